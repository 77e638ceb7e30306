// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QList>
#include <QPointF>
#include <cstddef>

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
