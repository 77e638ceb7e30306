// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QImage>
#include <QPointF>
#include <QRect>
#include <array>
#include <cstdlib>

namespace assayer::ui::testing {

/// Pixels that have a colour, or nearly.
inline int pixelsOf(const QImage& picture, const QColor& colour) {
  int count = 0;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x) {
      const QColor at = picture.pixelColor(x, y);
      if (std::abs(at.red() - colour.red()) + std::abs(at.green() - colour.green()) +
              std::abs(at.blue() - colour.blue()) <
          40)
        ++count;
    }
  return count;
}

/// Those in the square of 13 pixels about a point.
inline int pixelsAbout(const QImage& picture, const QPointF& middle, const QColor& colour) {
  return pixelsOf(picture.copy(QRect(middle.toPoint() - QPoint(6, 6), QSize(13, 13))), colour);
}

/// Those there that have at least two fifths of the colour over the background: a thin line that falls
/// between pixels is nowhere of its own colour.
inline int tintedAbout(const QImage& picture, const QPointF& middle, const QColor& colour,
                       const QColor& background) {
  const auto away = [&background](const QColor& from) {
    return std::array<double, 3>{static_cast<double>(background.red() - from.red()),
                                 static_cast<double>(background.green() - from.green()),
                                 static_cast<double>(background.blue() - from.blue())};
  };
  const auto dot = [](const std::array<double, 3>& a, const std::array<double, 3>& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  };
  const std::array<double, 3> full = away(colour);
  int count = 0;
  for (int y = -6; y <= 6; ++y)
    for (int x = -6; x <= 6; ++x) {
      const QPoint at = middle.toPoint() + QPoint(x, y);
      if (!picture.rect().contains(at)) continue;
      const std::array<double, 3> here = away(picture.pixelColor(at));
      const double share = dot(here, full) / dot(full, full);
      const std::array<double, 3> rest = {here[0] - share * full[0], here[1] - share * full[1],
                                          here[2] - share * full[2]};
      if (share >= 0.4 && dot(rest, rest) < 400) ++count;
    }
  return count;
}

}  // namespace assayer::ui::testing
