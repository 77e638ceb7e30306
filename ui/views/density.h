// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QImage>
#include <QRectF>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assayer::ui {

/// More points than can be told apart, counted into squares of the screen. A square has the mean of its
/// points' colours, and is the fuller the more points it holds, by the logarithm of their number; one point
/// alone is still seen.
class Density {
 public:
  static constexpr double kSquare = 2;  ///< pixels

  /// Squares over `frame`, in pixels of the widget; `colours` are those that points may have.
  Density(const QRectF& frame, std::span<const QColor> colours);

  /// A point at these pixels with one of the colours. Outside of the frame it does not count; NaN lies
  /// outside.
  void add(double x, double y, std::size_t colour) {
    const double across = (x - left_) * (1 / kSquare);
    const double down = (y - top_) * (1 / kSquare);
    if (!(across >= 0 && across < columns_ && down >= 0 && down < lines_)) return;
    Sum& square = squares_[static_cast<std::size_t>(down) * static_cast<std::size_t>(columns_) +
                           static_cast<std::size_t>(across)];
    const Sum& more = colours_[colour];
    for (std::size_t part = 0; part < more.size(); ++part) square[part] += more[part];
  }

  /// The points that were in the frame.
  [[nodiscard]] std::size_t points() const;
  /// One pixel a square. `faintest` is the opacity of a square with one point, from 0 to 1.
  [[nodiscard]] QImage image(double faintest) const;
  /// Where the image lies in the widget: `frame` up to whole squares.
  [[nodiscard]] QRectF place() const;

 private:
  /// Red, green and blue, and the number of points: 16 million points at one spot before it runs over.
  using Sum = std::array<std::uint32_t, 4>;

  double left_;
  double top_;
  double columns_;  ///< whole numbers, compared with coordinates
  double lines_;
  std::vector<Sum> colours_;
  std::vector<Sum> squares_;
};

}  // namespace assayer::ui
