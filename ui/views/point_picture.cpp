// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/point_picture.h"

#include <algorithm>
#include <utility>

namespace assayer::ui {

namespace {

/// Opacity of a square with one point: an outlier is to be seen beside millions.
constexpr double kFaintest = 0.4;
/// The map and the axes round differently; nearer to a border than this the axes are asked.
constexpr double kSure = 0.01;  // pixels

}  // namespace

PixelMap PixelMap::of(const QCPAxis& across, const QCPAxis& up) {
  const auto line = [](const QCPAxis& axis, double& at, double& per) {
    const QCPRange range = axis.range();
    const double first = axis.coordToPixel(range.lower);
    per = (axis.coordToPixel(range.upper) - first) / range.size();
    at = first - per * range.lower;
  };
  PixelMap map;
  line(across, map.x, map.per_x);
  line(up, map.y, map.per_y);
  return map;
}

PlaneBox PixelMap::plane(const QRectF& pixels) const {
  const auto [left, right] = std::minmax({(pixels.left() - x) / per_x, (pixels.right() - x) / per_x});
  const auto [low, high] = std::minmax({(pixels.top() - y) / per_y, (pixels.bottom() - y) / per_y});
  return {left, right, low, high};
}

PointPicture::PointPicture(QCustomPlot& plot, std::size_t mostInView, std::function<void()> turned)
    : plot_(plot), mostInView_(mostInView), index_(std::make_shared<const PointIndex>()) {
  const auto tell = [this, turned = std::move(turned)] {
    if (std::exchange(told_, dense_) != dense_) turned();
  };
  // Before, so that the picture has the legend that belongs to it; and after, for axes that the layout moved.
  QObject::connect(&plot, &QCustomPlot::beforeReplot, &plot, [this, tell] {
    judge();
    tell();
  });
  QObject::connect(&plot, &QCustomPlot::afterReplot, &plot, tell);
}

void PointPicture::setIndex(std::shared_ptr<const PointIndex> index) {
  index_ = index ? std::move(index) : std::make_shared<const PointIndex>();
  // The legend that the plot makes now says nothing of a density of so few.
  if (index_->size() <= kMostDots) dense_ = told_ = false;
  forget();
}

PixelMap PointPicture::map() const {
  return PixelMap::of(*plot_.xAxis, *plot_.yAxis);
}

QRectF PointPicture::frame() const {
  return plot_.axisRect()->rect();
}

bool PointPicture::judge() {
  // Apart, or a picture at the border would turn with every pixel of a pan.
  const std::size_t most = dense_ ? mostInView_ - mostInView_ / 10 : mostInView_;
  dense_ = index_->size() > kMostDots && index_->count(map().plane(frame()), most) > most;
  return dense_;
}

std::vector<std::uint32_t> PointPicture::inView(double margin) const {
  std::vector<std::uint32_t> numbers;
  under(frame().adjusted(-margin, -margin, margin, margin),
        [&](std::uint32_t number, const QPointF&) { numbers.push_back(number); });
  std::ranges::sort(numbers);
  return numbers;
}

bool PointPicture::keeps(std::span<const QColor> colours) const {
  return !picture_.image.isNull() && picture_.map == map() && picture_.frame == frame() &&
         std::ranges::equal(picture_.colours, colours);
}

void PointPicture::keep(const Density& density, std::span<const QColor> colours) {
  picture_ = {density.image(kFaintest), density.place(), map(), frame(), {colours.begin(), colours.end()}};
}

void PointPicture::addEntry(const QString& text, std::vector<LegendEntry>& entries) const {
  if (!dense_) return;
  LegendEntry entry;
  entry.text = text.arg(index_->size());
  entries.push_back(std::move(entry));
}

std::optional<std::uint32_t> PointPicture::nearest(const QPointF& position, double reach) const {
  std::optional<std::uint32_t> best;
  double least = reach * reach;
  under(QRectF(position - QPointF(reach, reach), position + QPointF(reach, reach)),
        [&](std::uint32_t number, const QPointF& at) {
          const QPointF away = at - position;
          const double distance = QPointF::dotProduct(away, away);
          if (distance < least || (best && distance == least && number < *best)) {
            least = distance;
            best = number;
          }
        });
  return best;
}

Rows PointPicture::inside(const SelectRegion& region, std::span<const std::uint32_t> rowOf) const {
  const PixelMap map = this->map();
  const QMarginsF sure(kSure, kSure, kSure, kSure);
  // Flags put a million numbers in order in no time; sorting them would take longer than finding them.
  std::vector<std::uint8_t> found(index_->numbers(), 0);
  std::size_t count = 0;
  index_->within(
      map.plane(region.bounds().marginsAdded(sure)), [&](std::uint32_t number, double x, double y) {
        const QPointF near = map(x, y);
        const QRectF around(near.x() - kSure, near.y() - kSure, 2 * kSure, 2 * kSure);
        const bool in = region.surelyContains(around) ||
                        region.contains({plot_.xAxis->coordToPixel(x), plot_.yAxis->coordToPixel(y)});
        found[rowOf.empty() ? number : rowOf[number]] = static_cast<std::uint8_t>(in);
        count += in ? 1 : 0;
      });
  Rows rows;
  rows.reserve(count);
  for (std::uint32_t number = 0; number < found.size(); ++number)
    if (found[number] != 0) rows.push_back(number);
  return rows;
}

}  // namespace assayer::ui
