// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <Qt>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "ui/views/palette.h"
#include "ui/views/qcp.h"

namespace assayer::ui {

/// How the lines of a run that is shown beside the active one are broken, the same in every plot and in the
/// list of runs. Colours are taken: they tell components and terms apart. The active run's lines are solid.
inline Qt::PenStyle runDash(std::uint64_t id) {
  constexpr std::array<Qt::PenStyle, 4> kStyles = {Qt::DashLine, Qt::DotLine, Qt::DashDotLine,
                                                   Qt::DashDotDotLine};
  return kStyles[id % kStyles.size()];
}

/// Where lines would not do: a colour and a hollow sign of its own for each run. Blue and orange are left to
/// what training uses, red to the selection.
inline QColor runColour(std::uint64_t id, bool dark) {
  constexpr std::array<std::size_t, 4> kColours = {3, 2, 4, 6};
  return categoryColour(kColours[id % kColours.size()], dark);
}

inline QCPScatterStyle runSign(std::uint64_t id, bool dark) {
  constexpr std::array<QCPScatterStyle::ScatterShape, 4> kShapes = {
      QCPScatterStyle::ssSquare, QCPScatterStyle::ssDiamond, QCPScatterStyle::ssTriangleInverted,
      QCPScatterStyle::ssCircle};
  return {kShapes[id % kShapes.size()], QPen(runColour(id, dark), 1.1), QBrush(Qt::NoBrush), 5.5};
}

/// The same for what a run generates, which stands among the rows: larger and stronger.
inline QCPScatterStyle runEndmemberSign(std::uint64_t id, bool dark) {
  QCPScatterStyle sign = runSign(id, dark);
  sign.setPen(QPen(runColour(id, dark), 2.2));
  sign.setSize(10);
  return sign;
}

/// Hollow signs of one run: more lie on top of each other. Of so many rows every n-th has one.
inline constexpr std::size_t kMostRunSigns = 600;
inline std::size_t runSignStep(std::size_t rows) {
  return std::max<std::size_t>(1, (rows + kMostRunSigns - 1) / kMostRunSigns);
}

/// `sign` at each of `points` whose pixel, `pixelOf(point)`, is in sight.
template <class Points, class PixelOf>
void drawRunSigns(QCPPainter& painter, const QRectF& visible, const QCPScatterStyle& sign,
                  const Points& points, PixelOf pixelOf) {
  sign.applyTo(&painter, sign.pen());
  for (const auto& point : points)
    if (const QPointF pixel = pixelOf(point); visible.contains(pixel)) sign.drawShape(&painter, pixel);
}

}  // namespace assayer::ui
