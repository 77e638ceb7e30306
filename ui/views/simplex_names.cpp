// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/simplex_names.h"

#include <algorithm>
#include <cmath>

namespace assayer::ui {
namespace {

constexpr double kGap = 8;     // pixels between a corner and its name
constexpr double kBorder = 4;  // of the picture
/// A corner whose direction is no more to the side than that has its name above or below, in all the width.
constexpr double kUpright = 0.1;

double widthOf(const QStringList& lines, const QFontMetricsF& metrics) {
  double width = 0;
  for (const QString& line : lines) width = std::max(width, metrics.horizontalAdvance(line));
  return width;
}

/// In two lines, at the space that makes them narrowest; in one where there is none.
QStringList broken(const QString& name, const QFontMetricsF& metrics) {
  QStringList best{name};
  for (qsizetype at = name.indexOf(QLatin1Char(' ')); at >= 0; at = name.indexOf(QLatin1Char(' '), at + 1)) {
    const QStringList lines{name.first(at).trimmed(), name.sliced(at).trimmed()};
    if (widthOf(lines, metrics) < widthOf(best, metrics)) best = lines;
  }
  return best;
}

}  // namespace

bool namesWrap(double apart, const QFontMetricsF& metrics) {
  return apart > 3 * metrics.height();
}

double roomBeside(const QString& name, double x, bool wraps, const QFontMetricsF& metrics) {
  if (std::abs(x) <= kUpright) return 0;
  const QStringList lines = wraps ? broken(name, metrics) : QStringList{name};
  // A pixel more: the way from pixels to the axes and back rounds.
  return widthOf(lines, metrics) + kGap + kBorder + 1;
}

CornerName placeName(const QString& name, const QPointF& at, const QPointF& outward, const QRectF& frame,
                     bool wraps, const QFontMetricsF& metrics) {
  const double beside = outward.x() < 0 ? at.x() - frame.left() : frame.right() - at.x();
  const bool upright = std::abs(outward.x()) <= kUpright;
  const double room = upright ? frame.width() - 3 * kBorder : std::max(30.0, beside - kGap - kBorder);
  CornerName placed;
  placed.lines = {name};
  if (wraps && metrics.horizontalAdvance(name) > room) placed.lines = broken(name, metrics);
  for (QString& line : placed.lines) line = metrics.elidedText(line, Qt::ElideMiddle, room);
  placed.alignment = upright ? Qt::AlignHCenter : outward.x() < 0 ? Qt::AlignRight : Qt::AlignLeft;
  const QSizeF size(widthOf(placed.lines, metrics) + 2,
                    static_cast<double>(placed.lines.size()) * metrics.height());
  placed.box = QRectF(QPointF(), size);
  placed.box.moveCenter(at + kGap * outward +
                        QPointF(outward.x() * size.width() / 2, outward.y() * size.height() / 2));
  // The room above and below is for one line. A corner out of sight takes its name along.
  if (frame.contains(at)) {
    const double lowest = std::max(frame.top(), frame.bottom() - size.height());
    placed.box.moveTop(std::clamp(placed.box.top(), frame.top(), lowest));
  }
  return placed;
}

}  // namespace assayer::ui
