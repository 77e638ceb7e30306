// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QRectF>
#include <cstddef>
#include <span>
#include <vector>

namespace assayer::ui {

/// Where compositions of K components lie in the plane, y upwards.
///
/// K = 2: the segment from (0, 0) to (1, 0). K = 3: the equilateral triangle of side 1, the second component
/// at the top, the first at the left. K > 3: the regular polygon in the unit circle, the first component at
/// the top, clockwise; its interior points stand for many compositions.
class SimplexGeometry {
 public:
  explicit SimplexGeometry(std::size_t components);

  [[nodiscard]] std::size_t components() const { return corners_.size(); }
  [[nodiscard]] const std::vector<QPointF>& corners() const { return corners_; }
  [[nodiscard]] QRectF bounds() const;

  /// The barycentric image: Σ yₖ · cornerₖ. `composition` has K entries.
  [[nodiscard]] QPointF position(std::span<const double> composition) const;
  /// The point itself, or the nearest one on the figure's border.
  [[nodiscard]] QPointF nearestInside(const QPointF& point) const;
  /// A composition whose image is `point` (for points outside: the nearest point): the only one for K <= 3,
  /// Wachspress coordinates beyond (Meyer et al. 2002, doi:10.1080/10867651.2002.10487551).
  [[nodiscard]] std::vector<double> composition(const QPointF& point) const;

 private:
  std::vector<QPointF> corners_;
};

}  // namespace assayer::ui
