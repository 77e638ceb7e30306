// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/density.h"

#include <algorithm>
#include <cmath>

namespace assayer::ui {

Density::Density(const QRectF& frame, std::span<const QColor> colours)
    : left_(frame.left()),
      top_(frame.top()),
      columns_(std::max(1.0, std::ceil(frame.width() / kSquare))),
      lines_(std::max(1.0, std::ceil(frame.height() / kSquare))),
      squares_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(lines_)) {
  for (const QColor& colour : colours)
    colours_.push_back({static_cast<std::uint32_t>(colour.red()), static_cast<std::uint32_t>(colour.green()),
                        static_cast<std::uint32_t>(colour.blue()), 1});
}

std::size_t Density::points() const {
  std::size_t points = 0;
  for (const Sum& square : squares_) points += square[3];
  return points;
}

QRectF Density::place() const {
  return {left_, top_, kSquare * columns_, kSquare * lines_};
}

QImage Density::image(double faintest) const {
  std::uint32_t most = 1;
  for (const Sum& square : squares_) most = std::max(most, square[3]);
  // Of one point a square there is nothing to grade.
  const double per = most > 1 ? (1 - faintest) / std::log(most) : 0;
  // Few numbers are as frequent as the small ones: their logarithms are worth keeping.
  std::array<std::uint8_t, 1024> opacity{};
  const auto opacityOf = [&](std::uint32_t n) {
    return static_cast<std::uint8_t>(std::lround(255 * (faintest + per * std::log(n))));
  };
  for (std::uint32_t n = 1; n < opacity.size(); ++n) opacity[n] = opacityOf(n);
  QImage picture(static_cast<int>(columns_), static_cast<int>(lines_), QImage::Format_ARGB32_Premultiplied);
  picture.fill(Qt::transparent);
  const Sum* square = squares_.data();
  for (int line = 0; line < picture.height(); ++line) {
    auto* pixel = reinterpret_cast<QRgb*>(picture.scanLine(line));
    for (int column = 0; column < picture.width(); ++column, ++square) {
      const std::uint32_t n = (*square)[3];
      if (n == 0) continue;
      const int alpha = n < opacity.size() ? opacity[n] : opacityOf(n);
      const auto mean = [&](std::size_t part) { return static_cast<int>(((*square)[part] + n / 2) / n); };
      pixel[column] = qPremultiply(qRgba(mean(0), mean(1), mean(2), alpha));
    }
  }
  return picture;
}

}  // namespace assayer::ui
