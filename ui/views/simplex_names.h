// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFontMetricsF>
#include <QPointF>
#include <QRectF>
#include <QString>
#include <QStringList>

/// The names at the corners of a polygon, outside of it. One that is too long for one line between its corner
/// and the picture's edge is broken at a space; what is too long for two is shortened in the middle.
namespace assayer::ui {

struct CornerName {
  QRectF box;  ///< around the lines, each as high as the font
  QStringList lines;
  Qt::Alignment alignment;  ///< of the lines: towards the corner
};

/// Whether two lines at each corner do not get in each other's way, where neighbouring corners are so many
/// pixels apart.
bool namesWrap(double apart, const QFontMetricsF& metrics);

/// Pixels that a name wants between its corner and the picture's edge, to stand there whole; 0 where it goes
/// above or below its corner. `x`: to the right, of the unit vector out of the polygon.
double roomBeside(const QString& name, double x, bool wraps, const QFontMetricsF& metrics);

/// `at`: the corner in pixels; `outward`: unit vector out of the polygon there, y downwards; `frame`: what
/// the picture shows.
CornerName placeName(const QString& name, const QPointF& at, const QPointF& outward, const QRectF& frame,
                     bool wraps, const QFontMetricsF& metrics);

}  // namespace assayer::ui
