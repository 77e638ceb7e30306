// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/image_map_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ui/views/colour_bar.h"
#include "ui/views/counted.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

/// So many selected pixels are drawn as squares of their own, of which a single one is seen in any image.
constexpr std::size_t kSquares = 4000;
constexpr int kRoomForLines = 64;      // pixels
constexpr double kSmallestSquare = 3;  // pixels of the screen
constexpr std::size_t kShades = 256;
/// In a table, rows beyond these are no use to anybody.
constexpr std::size_t kTableRows = 1'000'000;

/// Of a pixel without a difference: left out, it would look like one without any.
constexpr QRgb kNoDifference = 0xFF808080;

using Shades = std::array<QRgb, kShades>;
Shades shadesOf(QColor (*colour)(double)) {
  Shades table{};
  for (std::size_t i = 0; i < kShades; ++i) table[i] = colour(static_cast<double>(i) / (kShades - 1)).rgb();
  return table;
}

const Shades& shades(bool difference) {
  static const Shades kValues = shadesOf(viridis);
  static const Shades kDifferences = shadesOf(diverging);
  return difference ? kDifferences : kValues;
}

/// 0 … 255 for a value in its range.
int level(float value, const LayerImage::Range& range) {
  const double fraction = (static_cast<double>(value) - range.low) / (range.high - range.low);
  return static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * (kShades - 1)));
}

/// Place of a row in a picture's bands.
std::optional<std::size_t> placeOf(const LayerImage& image, std::size_t line, std::size_t sample) {
  const ImageWindow& window = image.window;
  if (line < window.line || sample < window.sample) return std::nullopt;
  if (line >= window.line + window.lines || sample >= window.sample + window.samples) return std::nullopt;
  return (line - window.line) / window.step * window.width() + (sample - window.sample) / window.step;
}

}  // namespace

ImageMapView::ImageMapView(QWidget* parent) : PlotView(parent) {
  setEmptyText(tr("Open an image to see its bands here, and maps once a model is trained."));
  xAxis->setLabel(tr("Sample"));
  yAxis->setLabel(tr("Line"));
  yAxis->setRangeReversed(true);
  // Room for long numbers from the start: a picture that moves aside while it is dragged slips off the
  // cursor.
  axisRect()->setMinimumMargins(QMargins(kRoomForLines, 10, 18, 10));
  new Painted(this, QStringLiteral("main"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawImages(painter); });
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawSelection(painter); });
  connect(this, &QCustomPlot::afterLayout, this, [this] {
    if (!placeAxes()) return;
    // Ticks, and the room that they take, were those of the ranges before.
    for (const auto phase :
         {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout})
      plotLayout()->update(phase);
    placeAxes();
  });
  applyTheme();
}

void ImageMapView::setShape(std::optional<ImageShape> shape) {
  shape_ = shape;
  setEmptyText(shape ? tr("The image is being read.")
                     : tr("Open an image to see its bands here, and maps once a model is trained."));
  image_.reset();
  detail_.reset();
  selection_.clear();
  compared_.clear();
  selected_ = {};
  setFollowsData(true);
  zoom_ = 1;
  restyle();
  contentChanged();
}

void ImageMapView::setImage(LayerImagePtr image, const QStringList& titles, double factor) {
  image_ = std::move(image);
  titles_ = titles;
  factor_ = factor;
  const bool bar = image_ && image_->bands.size() == 1;
  const bool changed = bar != (scale_ != nullptr);
  if (bar && scale_ == nullptr) scale_ = addColourBar(*this);
  if (!bar && scale_ != nullptr) removeColourBar(*this, std::exchange(scale_, nullptr));
  picture_ = image_ ? painted(*image_) : QImage();
  looked_ = {};
  // The bar has axes of its own, made after the theme was applied.
  if (changed)
    applyTheme();
  else
    restyle();
  setSelection(Rows(selection_));
  contentChanged();
}

void ImageMapView::setDetail(LayerImagePtr image) {
  detail_ = std::move(image);
  detailPicture_ = detail_ && image_ ? painted(*detail_) : QImage();
  refresh();
}

void ImageMapView::setComparison(const Rows& rows) {
  compared_ = rows;
  refresh();
}

void ImageMapView::setSelection(const Rows& rows) {
  selection_ = rows;
  selected_ = {};
  if (image_ && selection_.size() > kSquares) {
    const ImageWindow& window = image_->window;
    selected_ = QImage(static_cast<int>(window.width()), static_cast<int>(window.height()),
                       QImage::Format_ARGB32_Premultiplied);
    selected_.fill(Qt::transparent);
    QColor colour = theme().selection;
    colour.setAlpha(150);
    const QRgb value = qPremultiply(colour.rgba());
    for (const std::uint32_t row : selection_) {
      if (row >= shape_->rows * shape_->cols) continue;
      auto* line =
          reinterpret_cast<QRgb*>(selected_.scanLine(static_cast<int>(row / shape_->cols / window.step)));
      line[row % shape_->cols / window.step] = value;
    }
  }
  restyle();
  refresh();
}

QImage ImageMapView::painted(const LayerImage& image) const {
  const auto height = static_cast<int>(image.window.height());
  const auto width = static_cast<int>(image.window.width());
  QImage picture(width, height, QImage::Format_ARGB32_Premultiplied);
  // A detail has the colours of the whole, or its edges would show.
  const std::vector<LayerImage::Range>& ranges = image_->ranges;
  const bool single = image.bands.size() == 1;
  const Shades& table = shades(image.layer.difference);
  const QRgb none = image.layer.difference ? kNoDifference : 0;
  for (int y = 0; y < height; ++y) {
    auto* line = reinterpret_cast<QRgb*>(picture.scanLine(y));
    const std::size_t first = static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x) {
      if (single) {
        const float value = image.bands[0][first + x];
        line[x] = std::isfinite(value) ? table[static_cast<std::size_t>(level(value, ranges[0]))] : none;
        continue;
      }
      std::array<int, 3> rgb{};
      bool finite = true;
      for (std::size_t b = 0; b < 3; ++b) {
        const float value = image.bands[b][first + x];
        finite = finite && std::isfinite(value);
        rgb[b] = finite ? level(value, ranges[b]) : 0;
      }
      line[x] = finite ? qRgb(rgb[0], rgb[1], rgb[2]) : 0;
    }
  }
  return picture;
}

// ------------------------------------------------------------------------------------------- geometry

void ImageMapView::fit() {
  zoom_ = 1;
  PlotView::fit();
}

void ImageMapView::rescale() {
  zoom_ = 1;
}

bool ImageMapView::placeAxes() {
  if (isEmpty()) return false;
  const QRectF pixels = axisRect()->rect();
  const auto width = static_cast<double>(shape_->cols);
  const auto height = static_cast<double>(shape_->rows);
  // Square pixels, whatever the shape of the window.
  double perUnit = std::min(pixels.width() / width, pixels.height() / height);
  if (!(perUnit > 0)) return false;
  if (followsData()) centre_ = QPointF(width / 2, height / 2);
  perUnit *= zoom_;
  const QPointF half(pixels.width() / 2 / perUnit, pixels.height() / 2 / perUnit);
  // Whole numbers stand in the middle of their pixels.
  const QCPRange across(centre_.x() - half.x() - 0.5, centre_.x() + half.x() - 0.5);
  const QCPRange down(centre_.y() - half.y() - 0.5, centre_.y() + half.y() - 0.5);
  const bool changed = across != xAxis->range() || down != yAxis->range();
  xAxis->setRange(across);
  yAxis->setRange(down);
  const QRectF part(centre_ - half, centre_ + half);
  if (part != looked_) {
    looked_ = part;
    // Drawing is under way: what follows from it waits for the event loop.
    QMetaObject::invokeMethod(
        this, [this] { Q_EMIT looked(looked_, axisRect()->rect().size()); }, Qt::QueuedConnection);
  }
  return changed;
}

void ImageMapView::zoomAt(const QPointF& position, double factorX, double factorY) {
  const double factor = factorX < 1 || factorX > 1 ? factorX : factorY;
  const auto largest = static_cast<double>(std::max(shape_->rows, shape_->cols));
  const double zoom = std::clamp(zoom_ / factor, 0.2, std::max(1.0, largest / 4));
  const QPointF fixed(xAxis->pixelToCoord(position.x()) + 0.5, yAxis->pixelToCoord(position.y()) + 0.5);
  centre_ = fixed + (centre_ - fixed) * (zoom_ / zoom);
  zoom_ = zoom;
}

void ImageMapView::panBy(const QPointF& pixels) {
  centre_ -= QPointF(xAxis->pixelToCoord(pixels.x()) - xAxis->pixelToCoord(0),
                     yAxis->pixelToCoord(pixels.y()) - yAxis->pixelToCoord(0));
}

std::optional<std::uint32_t> ImageMapView::rowAt(const QPointF& position) const {
  if (isEmpty() || !axisRect()->rect().contains(position.toPoint())) return std::nullopt;
  const double sample = std::floor(xAxis->pixelToCoord(position.x()) + 0.5);
  const double line = std::floor(yAxis->pixelToCoord(position.y()) + 0.5);
  if (sample < 0 || line < 0 || sample >= static_cast<double>(shape_->cols) ||
      line >= static_cast<double>(shape_->rows))
    return std::nullopt;
  return static_cast<std::uint32_t>(static_cast<std::size_t>(line) * shape_->cols +
                                    static_cast<std::size_t>(sample));
}

std::optional<QPointF> ImageMapView::pixelOfRow(std::uint32_t row) const {
  if (isEmpty() || row >= shape_->rows * shape_->cols) return std::nullopt;
  const std::size_t line = row / shape_->cols;
  return QPointF(xAxis->coordToPixel(static_cast<double>(row % shape_->cols)),
                 yAxis->coordToPixel(static_cast<double>(line)));
}

std::optional<float> ImageMapView::valueOfRow(std::uint32_t row, std::size_t band) const {
  if (isEmpty() || band >= image_->bands.size()) return std::nullopt;
  const std::size_t line = row / shape_->cols;
  const std::size_t sample = row % shape_->cols;
  for (const LayerImage* image : {detail_.get(), image_.get()}) {
    if (image == nullptr || image->layer != image_->layer) continue;
    if (const auto place = placeOf(*image, line, sample)) return image->bands[band][*place];
  }
  return std::nullopt;
}

// -------------------------------------------------------------------------------------------- drawing

void ImageMapView::restyle() {
  std::vector<LegendEntry> entries;
  if (!isEmpty() && image_->bands.size() == 3) {
    constexpr std::array<Qt::GlobalColor, 3> kColours = {Qt::red, Qt::green, Qt::blue};
    for (std::size_t b = 0; b < 3; ++b) {
      LegendEntry entry;
      entry.text = titles_.value(static_cast<qsizetype>(b));
      entry.marker =
          QCPScatterStyle(QCPScatterStyle::ssSquare, QPen(theme().axis, 0.5), QBrush(kColours[b]), 7);
      entries.push_back(std::move(entry));
    }
  }
  if (!isEmpty() && !selection_.empty()) {
    LegendEntry chosen;
    chosen.text = selection_.size() == 1 ? tr("row %1").arg(selection_.front())
                                         : tr("%1 selected rows").arg(selection_.size());
    QColor fill = theme().selection;
    fill.setAlpha(150);
    chosen.marker = QCPScatterStyle(QCPScatterStyle::ssSquare, QPen(theme().selection, 1), QBrush(fill), 7);
    entries.push_back(std::move(chosen));
  }
  strip().setEntries(std::move(entries));
  xAxis->grid()->setVisible(false);
  yAxis->grid()->setVisible(false);
  if (scale_ != nullptr && image_) {
    scale_->setVisible(!isEmpty());
    scale_->setDataRange(QCPRange(image_->ranges[0].low * factor_, image_->ranges[0].high * factor_));
    styleColourBar(*scale_, theme(), titles_.value(0), image_->layer.difference ? diverging : viridis);
  }
}

void ImageMapView::drawPicture(QCPPainter& painter, const QImage& picture, const ImageWindow& window) const {
  // Cells at the right and lower edge may reach beyond the window by less than a step.
  const QPointF from(xAxis->coordToPixel(static_cast<double>(window.sample) - 0.5),
                     yAxis->coordToPixel(static_cast<double>(window.line) - 0.5));
  const QPointF to(
      xAxis->coordToPixel(static_cast<double>(window.sample + window.width() * window.step) - 0.5),
      yAxis->coordToPixel(static_cast<double>(window.line + window.height() * window.step) - 0.5));
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  painter.drawImage(QRectF(from, to), picture);
}

void ImageMapView::drawImages(QCPPainter& painter) const {
  if (isEmpty()) return;
  drawPicture(painter, picture_, image_->window);
  if (detail_ && detail_->layer == image_->layer) drawPicture(painter, detailPicture_, detail_->window);
}

void ImageMapView::drawSelection(QCPPainter& painter) const {
  if (isEmpty()) return;
  drawRows(painter, compared_, theme().comparison);
  if (selected_.isNull())
    drawRows(painter, selection_, theme().selection);
  else
    drawPicture(painter, selected_, image_->window);
}

void ImageMapView::drawRows(QCPPainter& painter, const Rows& rows, const QColor& colour) const {
  if (rows.empty() || rows.size() > kSquares) return;
  const double pixel = std::abs(xAxis->coordToPixel(1) - xAxis->coordToPixel(0));
  const double side = std::max(kSmallestSquare, pixel);
  QColor fill = colour;
  fill.setAlpha(150);
  painter.setAntialiasing(false);
  const std::size_t cols = shape_->cols;
  const auto has = [&rows](std::size_t row) {
    return std::ranges::binary_search(rows, static_cast<std::uint32_t>(row));
  };
  QList<QRectF> squares;
  QList<QLineF> edges;
  for (const std::uint32_t row : rows) {
    const auto at = pixelOfRow(row);
    if (!at) continue;
    const QRectF square(at->x() - side / 2, at->y() - side / 2, side, side);
    squares << square;
    const std::size_t sample = row % cols;
    if (sample == 0 || !has(row - 1)) edges << QLineF(square.topLeft(), square.bottomLeft());
    if (sample + 1 == cols || !has(row + 1U)) edges << QLineF(square.topRight(), square.bottomRight());
    if (row < cols || !has(row - cols)) edges << QLineF(square.topLeft(), square.topRight());
    if (!has(row + cols)) edges << QLineF(square.bottomLeft(), square.bottomRight());
  }
  painter.setPen(Qt::NoPen);
  painter.setBrush(fill);
  painter.drawRects(squares.constData(), static_cast<int>(squares.size()));
  // Edges of the region, cased in white: red is no mark on a red map.
  for (const QPen& pen : {QPen(Qt::white, 3), QPen(colour, 1.4)}) {
    painter.setPen(pen);
    painter.drawLines(edges);
  }
}

// ---------------------------------------------------------------------------------------- interaction

QString ImageMapView::statusAt(const QPointF& position) const {
  const std::optional<std::uint32_t> row = rowAt(position);
  if (!row) return tr("Select: click takes a pixel, Shift adds, drag a box, Alt a lasso");
  QString text =
      tr("line %1, sample %2 (row %3)").arg(*row / shape_->cols).arg(*row % shape_->cols).arg(*row);
  for (std::size_t b = 0; b < image_->bands.size(); ++b) {
    const std::optional<float> value = valueOfRow(*row, b);
    text += QStringLiteral(" · %1 %2")
                .arg(titles_.value(static_cast<qsizetype>(b)),
                     value && std::isfinite(*value)
                         ? QString::number(static_cast<double>(*value) * factor_, 'g', 4)
                         : tr("no value"));
  }
  return text;
}

void ImageMapView::hovered(const QPointF& position) {
  const std::optional<std::uint32_t> row = position.isNull() ? std::nullopt : rowAt(position);
  const qint64 now = row ? static_cast<qint64>(*row) : -1;
  if (now == hoveredRow_) return;
  hoveredRow_ = now;
  Q_EMIT rowHovered(now);
}

void ImageMapView::clickedAt(const QPointF& position, SelectMode mode) {
  if (const std::optional<std::uint32_t> row = rowAt(position)) Q_EMIT selectionRequested({*row}, mode);
}

void ImageMapView::regionDrawn(const SelectRegion& region, SelectMode mode) {
  const QRectF bounds = region.bounds();
  const auto clampTo = [](double value, std::size_t size) {
    return static_cast<std::size_t>(std::clamp(value, 0.0, static_cast<double>(size)));
  };
  // Pixels whose middle is inside.
  const std::size_t firstLine = clampTo(std::ceil(yAxis->pixelToCoord(bounds.top())), shape_->rows);
  const std::size_t lastLine = clampTo(std::floor(yAxis->pixelToCoord(bounds.bottom())) + 1, shape_->rows);
  const std::size_t first = clampTo(std::ceil(xAxis->pixelToCoord(bounds.left())), shape_->cols);
  const std::size_t last = clampTo(std::floor(xAxis->pixelToCoord(bounds.right())) + 1, shape_->cols);
  Rows rows;
  for (std::size_t line = firstLine; line < lastLine; ++line) {
    const double y = yAxis->coordToPixel(static_cast<double>(line));
    for (std::size_t sample = first; sample < last; ++sample)
      if (region.contains({xAxis->coordToPixel(static_cast<double>(sample)), y}))
        rows.push_back(static_cast<std::uint32_t>(line * shape_->cols + sample));
  }
  Q_EMIT selectionRequested(rows, mode);
}

void ImageMapView::clearRequested() {
  Q_EMIT selectionRequested({}, SelectMode::Replace);
}

PlotTable ImageMapView::table() const {
  PlotTable table;
  table.header << QStringLiteral("line") << QStringLiteral("sample");
  if (isEmpty()) return table;
  for (std::size_t b = 0; b < image_->bands.size(); ++b)
    table.header << titles_.value(static_cast<qsizetype>(b));
  const ImageWindow& window = image_->window;
  const std::size_t count = std::min(kTableRows, image_->bands[0].size());
  for (std::size_t i = 0; i < count; ++i) {
    QStringList cells{QString::number(window.line + i / window.width() * window.step),
                      QString::number(window.sample + i % window.width() * window.step)};
    for (const std::vector<float>& band : image_->bands)
      cells << cell(static_cast<float>(static_cast<double>(band[i]) * factor_));
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
