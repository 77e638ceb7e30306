// SPDX-License-Identifier: GPL-3.0-or-later
// Element lines and named peaks over spectra.
#include <QFontMetricsF>
#include <algorithm>
#include <map>
#include <utility>

#include "ui/views/small_font.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {

namespace {

/// Places for an element's name below each other, from the top of the frame.
constexpr int kNameRows = 4;

bool isFree(const QRectF& box, const std::vector<QRectF>& taken) {
  return std::ranges::none_of(taken, [&box](const QRectF& other) { return other.intersects(box); });
}

}  // namespace

void SpectraPlot::setMarks(std::vector<Mark> marks) {
  marks_ = std::move(marks);
  // The elements' entries in the legend are others.
  restyle();
  refresh();
}

void SpectraPlot::setPeaks(std::vector<Peak> peaks) {
  peaks_ = std::move(peaks);
  refresh();
}

std::optional<double> SpectraPlot::fromNanometres(double nm) const {
  switch (unit_) {
    case WavelengthUnit::Nanometre:
      return nm;
    case WavelengthUnit::Micrometre:
      return nm / 1e3;
    case WavelengthUnit::InverseCentimetre:
      return 1e7 / nm;
    case WavelengthUnit::Channel:
    case WavelengthUnit::Pixel:
      break;
  }
  return std::nullopt;
}

void SpectraPlot::addMarkEntries(std::vector<LegendEntry>& entries) const {
  if (!data_ || order_.empty()) return;
  // An element none of whose lines the data reach has nothing to explain.
  std::map<QString, QColor> drawn;
  for (const Mark& mark : marks_) {
    const auto at = fromNanometres(mark.nm);
    if (at && *at >= position_[order_.front()] && *at <= position_[order_.back()])
      drawn.emplace(mark.element, mark.colour);
  }
  for (const auto& [element, colour] : drawn) {
    LegendEntry entry;
    entry.text = element;
    entry.line = QPen(colour, 1.4);
    entries.push_back(std::move(entry));
  }
}

void SpectraPlot::drawMarks(QCPPainter& painter) const {
  if (isEmpty() || (marks_.empty() && peaks_.empty())) return;
  const QRectF frame = axisRect()->rect();
  painter.setFont(smallFont(font()));
  for (const Mark& mark : marks_) {
    const auto at = fromNanometres(mark.nm);
    if (!at) continue;
    const double x = xAxis->coordToPixel(*at);
    if (x < frame.left() || x > frame.right()) continue;
    painter.setPen(QPen(faded(mark.colour, 60 + static_cast<int>(140 * mark.weight)), 1));
    painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()));
  }
  // Peaks first: their names say the element, too.
  std::vector<QRectF> taken;
  drawPeaks(painter, taken);
  nameMarks(painter, taken);
}

void SpectraPlot::drawPeaks(QCPPainter& painter, std::vector<QRectF>& taken) const {
  const QRectF frame = axisRect()->rect();
  const QFontMetricsF metrics(painter.font());
  // Names stand above their peaks where there is room; the highest are named first.
  std::vector<const Peak*> byHeight;
  byHeight.reserve(peaks_.size());
  for (const Peak& peak : peaks_) byHeight.push_back(&peak);
  std::ranges::stable_sort(byHeight, std::ranges::greater{}, &Peak::height);
  for (const Peak* peak : byHeight) {
    const auto at = fromNanometres(peak->nm);
    if (!at) continue;
    const QPointF tip(xAxis->coordToPixel(*at), yAxis->coordToPixel(peak->height));
    if (!frame.contains(tip)) continue;
    const double width = metrics.horizontalAdvance(peak->text);
    // Upright, or neighbours would cover each other; beside a tip that has no room above.
    QRectF box(tip.x() - metrics.height() / 2, tip.y() - width - 6, metrics.height(), width);
    const bool above = box.top() >= frame.top();
    if (!above) box.moveTopLeft({tip.x() + 3, frame.top() + 2});
    if (!isFree(box, taken) || box.right() > frame.right()) continue;
    taken.push_back(box);
    painter.setPen(theme().text);
    painter.save();
    painter.translate(box.center());
    painter.rotate(-90);
    painter.drawText(QRectF(-width / 2, -metrics.height() / 2, width, metrics.height()), Qt::AlignCenter,
                     peak->text);
    painter.restore();
    if (!above) continue;
    painter.setPen(QPen(theme().muted, 1));
    painter.drawLine(tip - QPointF(0, 1), tip - QPointF(0, 5));
  }
}

void SpectraPlot::nameMarks(QCPPainter& painter, std::vector<QRectF>& taken) const {
  const QRectF frame = axisRect()->rect();
  const QFontMetricsF metrics(painter.font());
  std::map<QString, std::pair<const Mark*, double>> strongest;
  for (const Mark& mark : marks_) {
    const auto at = fromNanometres(mark.nm);
    if (!at) continue;
    const double x = xAxis->coordToPixel(*at);
    if (x < frame.left() || x > frame.right()) continue;
    auto& known = strongest[mark.element];
    if (known.first == nullptr || mark.weight > known.first->weight) known = {&mark, x};
  }
  for (const auto& [element, found] : strongest) {
    const auto& [mark, x] = found;
    const QSizeF size(metrics.horizontalAdvance(mark->text), metrics.height());
    // At the top, right of the line or left of it, or as far down as a few names take.
    for (int place = 0; place < 2 * kNameRows; ++place) {
      const int row = place / 2;
      const QPointF corner(place % 2 == 0 ? x + 3 : x - 3 - size.width(),
                           frame.top() + 2 + row * size.height());
      const QRectF box(corner, size);
      if (!frame.contains(box) || !isFree(box, taken)) continue;
      taken.push_back(box);
      painter.setPen(mark->colour);
      painter.drawText(box, Qt::AlignCenter | Qt::TextSingleLine, mark->text);
      break;
    }
  }
}

}  // namespace assayer::ui
