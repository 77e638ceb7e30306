// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/matrix.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "ui/viewmodels/job_runner.h"
#include "ui/viewmodels/trace_arrangement.h"
#include "ui/views/point_picture.h"
#include "ui/views/row_plot.h"

namespace assayer::ui {

/// The nuisance of a run that is shown beside the active one.
struct RunNuisance {
  std::uint64_t id = 0;  ///< decides the pattern of its lines
  QString name;
  std::shared_ptr<const Matrix<double>> z;  ///< [N, Z], not null
};

/// The nuisance z of every spectrum, sorted by group, with each group's median (the paper's figure 6a), or by
/// row, a column or z itself; and a threshold that selects what lies beyond it.
///
/// More rows than are drawn one by one (PointPicture) are arranged by a worker; what was shown stands until
/// it is done, unless it is of other data.
class NuisanceTrace : public RowPlot {
  Q_OBJECT
 public:
  explicit NuisanceTrace(QWidget* parent = nullptr);

  void setData(DatasetPtr data);
  /// `z` [N, Z]; rows that are NaN are left out. An empty matrix clears, and so does null.
  void setValues(const Matrix<double>& z, int dimension = 0);
  void shareValues(std::shared_ptr<const Matrix<double>> z, int dimension);
  void setDimension(int dimension);
  /// Other runs to compare with, by their medians; those with other rows than the data, and in dimensions
  /// that they do not have, are left out.
  void setRuns(std::vector<RunNuisance> runs);
  [[nodiscard]] const std::vector<RunNuisance>& runs() const { return runs_; }
  [[nodiscard]] int dimension() const { return dimension_; }
  /// An order that the data do not have is that by group.
  void setOrder(TraceOrder order);
  [[nodiscard]] TraceOrder order() const { return sorting_; }
  /// Zooms to the spectra of one group (the paper's figure 6b), where they are sorted by it.
  void showGroup(std::size_t group);

  /// Shows the line, at first where the farthest rows begin to stand out, or takes it away.
  void setThresholdShown(bool shown);
  void setThreshold(double z);
  [[nodiscard]] std::optional<double> threshold() const { return threshold_; }
  /// Rows above the threshold where it lies above the median of all, else those below it.
  [[nodiscard]] Rows beyondThreshold() const;

  [[nodiscard]] bool busy() const override { return jobs_.busy(); }
  [[nodiscard]] PlotTable table() const override;
  [[nodiscard]] std::optional<QPointF> pixelOfRow(std::uint32_t row) const override;

 Q_SIGNALS:
  void dimensionChanged(int dimension);
  void thresholdShown(bool shown);

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("nuisance"); }
  [[nodiscard]] bool isEmpty() const override { return !shown_ || shown_->finite == 0; }
  void rescale() override;
  void restyle() override;
  [[nodiscard]] std::size_t rowCount() const override { return shown_ ? shown_->rows->place.size() : 0; }
  [[nodiscard]] Rows rowsInside(const SelectRegion& region) const override;
  [[nodiscard]] std::optional<std::uint32_t> rowAt(const QPointF& position) const override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void extendMenu(QMenu& menu) override;
  [[nodiscard]] bool strokesAt(const QPointF& position) const override;
  void strokeTo(const QPointF& position) override;
  void strokeEnded(bool cancelled) override;
  void hovered(const QPointF& position) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  /// Has what is wanted arranged, now or by the worker.
  void arrange();
  [[nodiscard]] TraceWanted wanted() const;
  void take(TraceArrangement arrangement);
  void clear();
  void selectBeyond();
  [[nodiscard]] bool onThreshold(const QPointF& position) const;
  [[nodiscard]] QString orderText() const;
  /// Empty where the data have none.
  [[nodiscard]] QString groupOf(std::uint32_t row) const;
  [[nodiscard]] QPointF pixelOfPlace(std::size_t place) const;
  [[nodiscard]] std::optional<std::size_t> placeAt(const QPointF& position) const;
  void drawSpans(QCPPainter& painter) const;
  void drawPoints(QCPPainter& painter);
  void drawMedians(QCPPainter& painter, const std::vector<double>& medians, const QPen& pen) const;
  // nuisance_trace_runs.cpp
  [[nodiscard]] bool hasDimension(const RunNuisance& run) const;
  void drawRuns(QCPPainter& painter) const;
  void addRunEntries(std::vector<LegendEntry>& entries) const;
  void drawThreshold(QCPPainter& painter) const;

  DatasetPtr data_;
  TraceOrder sorting_;
  std::shared_ptr<const Matrix<double>> z_;  ///< of as many rows as the data, or null
  int dimension_ = 0;
  std::vector<RunNuisance> runs_;
  JobRunner jobs_;
  bool again_ = false;  ///< something else is wanted than the worker was told
  std::optional<TraceArrangement> shown_;
  std::vector<std::uint8_t> colour_;  ///< of what is shown, by place
  PointPicture points_;
  std::optional<double> threshold_;
  std::optional<double> threshold_before_;  ///< the stroke, for Esc
  Rows beyond_;
};

}  // namespace assayer::ui
