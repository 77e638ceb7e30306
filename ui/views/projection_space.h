// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "core/baselines/pca.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "ui/viewmodels/finite_span.h"
#include "ui/viewmodels/shown_run.h"
#include "ui/views/row_plot.h"

namespace assayer::ui {

/// Spectra in the space of the first three principal components, seen from any side. What pans elsewhere
/// turns here: the middle button or Space and a drag; the arrow keys, too. Each axis is scaled to its own
/// spread, or the third would be flat.
class ProjectionSpace : public RowPlot {
  Q_OBJECT
 public:
  explicit ProjectionSpace(QWidget* parent = nullptr);

  void setPca(DatasetPtr data, std::shared_ptr<const Pca> pca);
  /// Generated endmembers of runs, of the same components: drawn among the rows, and within the frame.
  void setEndmembers(std::vector<RunEndmembers> endmembers);
  /// Turns about the vertical by itself.
  void setTurning(bool on);
  [[nodiscard]] bool turning() const { return timer_.isActive(); }
  /// Radians about the vertical, and towards the eye.
  void setAngles(double around, double tilt);
  [[nodiscard]] double around() const { return around_; }
  [[nodiscard]] double tilt() const { return tilt_; }

  void fit() override;
  [[nodiscard]] PlotTable table() const override;
  [[nodiscard]] std::optional<QPointF> pixelOfRow(std::uint32_t row) const override;

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("projection-space"); }
  [[nodiscard]] bool isEmpty() const override;
  void rescale() override;
  void restyle() override;
  [[nodiscard]] std::size_t rowCount() const override { return data_ ? data_->rows() : 0; }
  [[nodiscard]] std::optional<std::uint32_t> rowAt(const QPointF& position) const override;
  [[nodiscard]] Rows rowsInside(const SelectRegion& region) const override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void extendMenu(QMenu& menu) override;
  void zoomAt(const QPointF& position, double factorX, double factorY) override;
  void panBy(const QPointF& pixels) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  struct Seen {
    QPointF at;        ///< in the widget
    double depth = 0;  ///< larger is nearer
  };
  /// How the space is looked at now: what all points share.
  struct Look {
    double cos_around, sin_around;
    double cos_tilt, sin_tilt;
    QPointF centre;  ///< pixels
    double scale;    ///< pixels for 1
    [[nodiscard]] Seen project(const std::array<double, 3>& point) const;
  };
  [[nodiscard]] Look look() const;
  [[nodiscard]] std::optional<QPointF> pixelOf(const Look& look, std::size_t row) const;
  [[nodiscard]] std::array<double, 3> scaled(std::size_t row) const;
  [[nodiscard]] std::array<double, 3> scaled(const RunEndmembers& run, std::size_t component) const;
  /// Centre and spread of the frame.
  void fitFrame();
  void drawEndmembers(QCPPainter& painter, const Look& look, const QRectF& visible) const;
  void draw(QCPPainter& painter) const;
  void drawFrame(QCPPainter& painter) const;

  DatasetPtr data_;
  std::shared_ptr<const Pca> pca_;
  std::vector<RunEndmembers> endmembers_;
  std::array<FiniteSpan, 3> spans_;  ///< of the rows' scores
  std::array<double, 3> centre_{};
  std::array<double, 3> spread_{1, 1, 1};
  std::vector<std::uint32_t> drawn_;  ///< rows with scores, or an even sample of them
  double around_ = 0.6;
  double tilt_ = 0.4;
  double zoom_ = 1;
  QTimer timer_;
};

}  // namespace assayer::ui
