// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assayer::ui {

/// A growing series kept small enough to draw: smallest and largest value of each stretch of x, in the order
/// in which they came. Stretches double in length when there are too many, hence nothing is recomputed as
/// the series grows. Short series are kept whole.
class Envelope {
 public:
  explicit Envelope(std::size_t maxPoints = 1600) : maxStretches_(maxPoints / 2) {}

  /// Values that are not finite are left out.
  void append(double x, double y);
  void clear();

  struct Point {
    double x = 0;
    double y = 0;
  };
  /// Ascending in x, at most `maxPoints`.
  [[nodiscard]] std::vector<Point> points() const;
  [[nodiscard]] bool empty() const { return stretches_.empty(); }

 private:
  struct Stretch {
    Point low;
    Point high;
    std::size_t count = 0;
  };
  std::size_t maxStretches_;
  std::size_t perStretch_ = 1;
  std::vector<Stretch> stretches_;
};

}  // namespace assayer::ui
