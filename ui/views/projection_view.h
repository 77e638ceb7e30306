// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QString>
#include <memory>
#include <optional>
#include <vector>

#include "core/baselines/pca.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "ui/viewmodels/job_runner.h"
#include "ui/viewmodels/row_axes.h"
#include "ui/viewmodels/shown_run.h"
#include "ui/views/point_picture.h"
#include "ui/views/row_plot.h"

namespace assayer::ui {

/// Spectra in the plane of two principal components (the paper's figure 6c), or of anything else that every
/// row has a number of. More rows than are drawn one by one (PointPicture) are put in place by a worker.
class ProjectionView : public RowPlot {
  Q_OBJECT
 public:
  /// Component: of the known composition. Axis: one of `axes()`.
  enum class Colour { Group, Component, Axis };

  explicit ProjectionView(QWidget* parent = nullptr);

  void setData(DatasetPtr data);
  void setPca(std::shared_ptr<const Pca> pca);
  /// What the model on display says of the rows; null: no model.
  void setSnapshot(std::shared_ptr<const Snapshot> snapshot);
  /// Runs beside the model on display. Where an axis is of a model's results, their rows have hollow signs;
  /// of many rows as many as can be told apart, evenly, and the legend says so, and which runs lack an axis.
  void setRuns(std::vector<ShownRun> runs);
  [[nodiscard]] const std::vector<ShownRun>& runs() const { return runs_; }
  /// Generated endmembers, of `pca`: drawn where both axes are principal components.
  void setEndmembers(std::vector<RunEndmembers> endmembers);
  [[nodiscard]] const RowAxes& axes() const { return axes_; }
  /// Places in `axes().all()`.
  void setAxes(int x, int y);
  [[nodiscard]] int horizontal() const { return axes_.indexOf(x_); }
  [[nodiscard]] int vertical() const { return axes_.indexOf(y_); }
  /// `index`: of the component, or of the axis.
  void setColour(Colour colour, int index = 0);
  [[nodiscard]] Colour colour() const { return colour_; }

  [[nodiscard]] bool busy() const override { return jobs_.busy(); }
  [[nodiscard]] PlotTable table() const override;
  [[nodiscard]] std::optional<QPointF> pixelOfRow(std::uint32_t row) const override;

 Q_SIGNALS:
  /// Also where other axes can be chosen now.
  void axesChanged(int x, int y);

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("projection"); }
  [[nodiscard]] bool isEmpty() const override;
  void rescale() override;
  void restyle() override;
  [[nodiscard]] std::size_t rowCount() const override { return data_ ? data_->rows() : 0; }
  [[nodiscard]] std::optional<std::uint32_t> rowAt(const QPointF& position) const override;
  [[nodiscard]] Rows rowsInside(const SelectRegion& region) const override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void extendMenu(QMenu& menu) override;

 private:
  /// Colours are drawn in buckets; the last one is for rows without a value.
  static constexpr std::size_t kShades = 48;

  void shuffleRows();
  /// Puts the rows where the axes have them; `others`: other axes than before, whose picture does not stand
  /// until that is done.
  void placeRows(bool others);
  /// After a change of what there is to draw against.
  void updateAxes();
  /// Where rows of other runs have signs, on the axes that are drawn now.
  void placeRuns();
  [[nodiscard]] bool betweenScores() const;
  void addRunEntries(std::vector<LegendEntry>& entries) const;
  /// Of a column in the exported table.
  [[nodiscard]] static QString columnTitle(const RowAxes& axes, const RowAxis& axis);
  void addRunHeaders(QStringList& header) const;
  void addRunCells(std::size_t row, QStringList& cells) const;
  void addEndmemberRows(PlotTable& table) const;
  void drawRuns(QCPPainter& painter, const QRectF& visible) const;
  /// The endmember under the cursor; empty where there is none.
  [[nodiscard]] QString endmemberAt(const QPointF& position) const;
  void applyColour(Colour colour, int index);
  void updateBuckets();
  /// Of the finite values; low above high without one.
  [[nodiscard]] QCPRange span(const RowAxis& axis) const;
  [[nodiscard]] QString colourTitle() const;
  [[nodiscard]] QColor bucketColour(std::size_t bucket) const;
  [[nodiscard]] bool drawn(std::size_t row) const;
  [[nodiscard]] QPointF toPixel(double x, double y) const;
  [[nodiscard]] QPointF pixelOf(std::size_t row) const {
    return toPixel(axes_.value(x_, row), axes_.value(y_, row));
  }
  void drawPoints(QCPPainter& painter);
  void drawDotsInView(QCPPainter& painter, const QRectF& visible) const;
  /// Of many rows those in view, in an order that has nothing to do with their groups.
  [[nodiscard]] std::vector<std::uint32_t> rowsInView() const;

  DatasetPtr data_;
  std::shared_ptr<const Pca> pca_;
  std::shared_ptr<const Snapshot> snapshot_;
  /// A run beside the model on display, and where its rows have signs.
  struct RunRows {
    RowAxes axes;
    QString missing;  ///< the axis that the run does not have; empty: it has both
    std::vector<QPointF> at;
  };
  std::vector<ShownRun> runs_;
  std::vector<RunRows> run_rows_;  ///< by run
  std::vector<RunEndmembers> endmembers_;
  RowAxes axes_;
  RowAxis x_{RowAxis::Kind::Score, 0};
  RowAxis y_{RowAxis::Kind::Score, 1};
  Colour colour_ = Colour::Group;
  int component_ = 0;
  RowAxis shade_;  ///< for Colour::Axis
  /// What the user chose, drawn whenever there is a model that has it.
  RowAxis wished_x_{RowAxis::Kind::Score, 0};
  RowAxis wished_y_{RowAxis::Kind::Score, 1};
  std::optional<RowAxis> wished_shade_;
  std::vector<std::uint32_t> shuffled_;  ///< few rows, as they are drawn: no group lies wholly over another
  std::vector<std::uint8_t> bucket_;     ///< by row
  JobRunner jobs_;
  bool again_ = false;  ///< something else is wanted than the worker was told
  PointPicture points_;
  QCPColorScale* scale_ = nullptr;
};

}  // namespace assayer::ui
