// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <algorithm>
#include <vector>

#include "core/base/matrix.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "ui/views/row_plot.h"

namespace assayer::ui {

/// The nuisance z of every spectrum, sorted by group, with each group's median (the paper's figure 6a).
class NuisanceTrace : public RowPlot {
  Q_OBJECT
 public:
  explicit NuisanceTrace(QWidget* parent = nullptr);

  void setData(DatasetPtr data);
  /// `z` [N, Z]; rows that are NaN are left out. An empty matrix clears.
  void setValues(const Matrix<double>& z, int dimension = 0);
  void setDimension(int dimension);
  [[nodiscard]] int dimension() const { return dimension_; }
  /// Zooms to the spectra of one group (the paper's figure 6b).
  void showGroup(std::size_t group);

  [[nodiscard]] PlotTable table() const override;
  [[nodiscard]] std::optional<QPointF> pixelOfRow(std::uint32_t row) const override;

 Q_SIGNALS:
  void dimensionChanged(int dimension);

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("nuisance"); }
  [[nodiscard]] bool isEmpty() const override { return finite_ == 0; }
  void rescale() override;
  void restyle() override;
  [[nodiscard]] std::size_t rowCount() const override { return place_.size(); }
  [[nodiscard]] std::optional<std::uint32_t> rowAt(const QPointF& position) const override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void extendMenu(QMenu& menu) override;

 private:
  struct Span {
    std::size_t first = 0;  ///< places in order_: [first, last)
    std::size_t last = 0;
    QString name;
    std::size_t group = 0;
    double median = 0;  ///< NaN without a finite value
  };

  void updateMedians();
  /// Every so many places are drawn.
  [[nodiscard]] std::size_t drawnStep() const {
    return std::max<std::size_t>(1, (order_.size() + kMostDots - 1) / kMostDots);
  }
  [[nodiscard]] double value(std::size_t place) const;
  [[nodiscard]] QPointF pixelOfPlace(std::size_t place) const;
  [[nodiscard]] std::optional<std::size_t> placeAt(const QPointF& position) const;
  void drawSpans(QCPPainter& painter) const;
  void drawPoints(QCPPainter& painter) const;

  DatasetPtr data_;
  std::vector<std::uint32_t> order_;  ///< rows by group, then row
  std::vector<std::uint32_t> place_;  ///< inverse of order_
  std::vector<Span> spans_;
  Matrix<double> z_;
  int dimension_ = 0;
  std::size_t finite_ = 0;
};

}  // namespace assayer::ui
