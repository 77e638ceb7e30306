// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QStringList>
#include <optional>

#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "ui/viewmodels/image_map_model.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// A layer of an image, one value per pixel in viridis or three as red, green and blue, with the selected
/// rows over it. Differences have diverging colours, with 0 in their middle, and grey where one of the two
/// has no value. Lines go down, pixels are square; a pixel is the row line × samples + sample.
class ImageMapView : public PlotView {
  Q_OBJECT
 public:
  explicit ImageMapView(QWidget* parent = nullptr);

  /// No shape: nothing to show.
  void setShape(std::optional<ImageShape> shape);
  /// The picture of the whole image, null for none, and what its values are, per band: "tree (%)".
  /// `factor` is what values are multiplied with for the reader (100 for per cent).
  void setImage(LayerImagePtr image, const QStringList& titles, double factor);
  /// A finer picture of a part, drawn over the whole in its colours; null for none.
  void setDetail(LayerImagePtr image);
  void setSelection(const Rows& rows);
  /// The rows that the selection is compared with, in gold; as long as they are not too many to outline.
  void setComparison(const Rows& rows);

  void fit() override;
  [[nodiscard]] PlotTable table() const override;
  /// The middle of a row's pixel in the widget; nothing without an image.
  [[nodiscard]] std::optional<QPointF> pixelOfRow(std::uint32_t row) const;
  /// The value of a band that is drawn at a row; nothing where no picture has it.
  [[nodiscard]] std::optional<float> valueOfRow(std::uint32_t row, std::size_t band = 0) const;
  [[nodiscard]] const LayerImagePtr& image() const { return image_; }
  [[nodiscard]] const LayerImagePtr& detail() const { return detail_; }

 Q_SIGNALS:
  void selectionRequested(const assayer::Rows& rows, assayer::ui::SelectMode mode);
  /// The row under the cursor; −1 where there is none.
  void rowHovered(qint64 row);
  /// What part of the image is seen, in its pixels, and on how many of the screen.
  void looked(const QRectF& part, QSize screen);

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("map"); }
  [[nodiscard]] bool isEmpty() const override { return !shape_ || !image_; }
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  [[nodiscard]] bool selectsRows() const override { return true; }
  void clickedAt(const QPointF& position, SelectMode mode) override;
  void regionDrawn(const SelectRegion& region, SelectMode mode) override;
  void clearRequested() override;
  void hovered(const QPointF& position) override;
  void zoomAt(const QPointF& position, double factorX, double factorY) override;
  void panBy(const QPointF& pixels) override;

 private:
  /// Whether the ranges are others than before.
  bool placeAxes();
  [[nodiscard]] QImage painted(const LayerImage& image) const;
  void drawImages(QCPPainter& painter) const;
  void drawPicture(QCPPainter& painter, const QImage& picture, const ImageWindow& window) const;
  void drawSelection(QCPPainter& painter) const;
  void drawRows(QCPPainter& painter, const Rows& rows, const QColor& colour) const;
  [[nodiscard]] std::optional<std::uint32_t> rowAt(const QPointF& position) const;

  std::optional<ImageShape> shape_;
  LayerImagePtr image_;
  LayerImagePtr detail_;
  QImage picture_;
  QImage detailPicture_;
  QStringList titles_;
  double factor_ = 1;
  Rows selection_;
  Rows compared_;
  QImage selected_;  ///< of many rows: a cell of the whole's picture each
  double zoom_ = 1;
  QPointF centre_;
  QRectF looked_;
  qint64 hoveredRow_ = -1;
  QCPColorScale* scale_ = nullptr;
};

}  // namespace assayer::ui
