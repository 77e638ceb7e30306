// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QList>
#include <QPointF>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "ui/views/density.h"
#include "ui/views/qcp.h"

namespace assayer::ui {

/// Rows that a view draws as dots. Of an image's millions, more would take longer than a view may, and show
/// nothing else; views then take rows evenly, and say how many.
inline constexpr std::size_t kMostDots = 40000;

/// Filled discs of one colour in one call.
inline void drawDots(QCPPainter& painter, const QList<QPointF>& at, double diameter, const QColor& colour) {
  painter.setPen(QPen(colour, diameter, Qt::SolidLine, Qt::RoundCap));
  painter.drawPoints(at.constData(), static_cast<int>(at.size()));
}

/// Chosen points over all others in one colour: dots with `pen`'s width and cap while no more than
/// `kMostOfCrowd` are in view, else a density that stands out from that of all points. `pixelOf(number)`
/// yields an optional QPointF. Half transparent dots that wide take four times as long as those of all rows.
inline constexpr qsizetype kMostOfCrowd = 5000;
template <class Numbers, class PixelOf>
void drawCrowd(QCPPainter& painter, const QRectF& visible, const Numbers& numbers, const QPen& pen,
               PixelOf pixelOf) {
  constexpr double kFaintest = 0.65;
  const QColor colour = pen.color();
  QList<QPointF> points;
  std::optional<Density> density;
  for (const auto number : numbers) {
    const std::optional<QPointF> at = pixelOf(number);
    if (!at || !visible.contains(*at)) continue;
    if (!density && points.size() == kMostOfCrowd) {
      density.emplace(visible, std::span(&colour, 1));
      for (const QPointF& before : std::as_const(points)) density->add(before.x(), before.y(), 0);
    }
    if (density)
      density->add(at->x(), at->y(), 0);
    else
      points.append(*at);
  }
  if (density) {
    painter.drawImage(density->place(), density->image(kFaintest));
    return;
  }
  painter.setPen(pen);
  painter.drawPoints(points.constData(), static_cast<int>(points.size()));
}

/// The sign of selected rows: a square that is seen over any dot.
inline QCPScatterStyle selectedStyle(const QColor& colour) {
  QColor fill = colour;
  fill.setAlpha(110);
  return {QCPScatterStyle::ssSquare, QPen(colour, 1.3), QBrush(fill), 6.5};
}

/// The sign of rows that the selection is compared with.
inline QCPScatterStyle comparedStyle(const QColor& colour) {
  QColor fill = colour;
  fill.setAlpha(120);
  return {QCPScatterStyle::ssDiamond, QPen(colour, 1.3), QBrush(fill), 8};
}

}  // namespace assayer::ui
