// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/baselines/pca.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "ui/views/row_plot.h"

namespace assayer::ui {

/// Spectra in the plane of two principal components (the paper's figure 6c).
class ProjectionView : public RowPlot {
  Q_OBJECT
 public:
  enum class Colour { Group, Component };

  explicit ProjectionView(QWidget* parent = nullptr);

  void setData(DatasetPtr data);
  void setPca(std::shared_ptr<const Pca> pca);
  /// Components counted from 0.
  void setAxes(int x, int y);
  [[nodiscard]] int horizontal() const { return x_; }
  [[nodiscard]] int vertical() const { return y_; }
  void setColour(Colour colour, int component = 0);

  [[nodiscard]] PlotTable table() const override;
  [[nodiscard]] std::optional<QPointF> pixelOfRow(std::uint32_t row) const override;

 Q_SIGNALS:
  void axesChanged(int x, int y);

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("projection"); }
  [[nodiscard]] bool isEmpty() const override;
  void rescale() override;
  void restyle() override;
  [[nodiscard]] std::size_t rowCount() const override { return data_ ? data_->rows() : 0; }
  [[nodiscard]] std::optional<std::uint32_t> rowAt(const QPointF& position) const override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void extendMenu(QMenu& menu) override;

 private:
  /// Colours are drawn in buckets; the last one is for rows without a value.
  static constexpr std::size_t kShades = 48;

  void chooseRows();
  void updateBuckets();
  [[nodiscard]] QColor bucketColour(std::size_t bucket) const;
  [[nodiscard]] bool drawn(std::size_t row) const;
  [[nodiscard]] QPointF pixelOf(std::size_t row) const;
  void drawPoints(QCPPainter& painter) const;

  DatasetPtr data_;
  std::shared_ptr<const Pca> pca_;
  int x_ = 0;
  int y_ = 1;
  Colour colour_ = Colour::Group;
  int component_ = 0;
  std::vector<std::uint32_t> shuffled_;  ///< rows drawn, in their order: no group lies wholly over another
  std::vector<std::uint8_t> bucket_;     ///< by row
  QCPColorScale* scale_ = nullptr;
};

}  // namespace assayer::ui
