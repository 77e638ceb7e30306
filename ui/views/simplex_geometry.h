// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QRectF>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace assayer::ui {

/// Where compositions of K components lie in the plane, y upwards.
///
/// K = 2: the segment from (0, 0) to (1, 0). K = 3: the equilateral triangle of side 1, the second component
/// at the top, the first at the left. K > 3: the regular polygon in the unit circle, the first component at
/// the top, clockwise; its interior points stand for many compositions. K > 3 may also be seen as a triangle
/// of some of its components (`triangle`).
class SimplexGeometry {
 public:
  explicit SimplexGeometry(std::size_t components);
  /// The triangle of K = 3 with `left` and `top` of K > 3 components; at the right `right`, or, where that is
  /// absent, all other components together. With three components a composition lies where their shares of
  /// each other put it, whatever the rest (see `shown`).
  static SimplexGeometry triangle(std::size_t components, std::size_t left, std::size_t top,
                                  std::optional<std::size_t> right);

  [[nodiscard]] std::size_t components() const { return components_; }
  [[nodiscard]] const std::vector<QPointF>& corners() const { return corners_; }
  /// The component at a corner; absent for all others together.
  [[nodiscard]] std::optional<std::size_t> componentAt(std::size_t corner) const { return at_[corner]; }
  [[nodiscard]] QRectF bounds() const;

  /// Whether every composition has its place: false in a triangle of three of K > 3 components.
  [[nodiscard]] bool showsAll() const;
  /// What part of a composition the figure shows: 1, or in a triangle of three components their sum.
  [[nodiscard]] double shown(std::span<const double> composition) const;
  /// The barycentric image: Σ yₖ · cornerₖ over the shown components, in shares of what is shown.
  /// `composition` has K entries; where nothing of it is shown, the middle.
  [[nodiscard]] QPointF position(std::span<const double> composition) const;
  /// The point itself, or the nearest one on the figure's border.
  [[nodiscard]] QPointF nearestInside(const QPointF& point) const;
  /// A composition whose image is `point` (for points outside: the nearest point): the only one for K <= 3,
  /// Wachspress coordinates in a polygon (Meyer et al. 2002, doi:10.1080/10867651.2002.10487551). In a
  /// triangle of K > 3 components those that it does not name are 0, or share the corner of all others
  /// equally.
  [[nodiscard]] std::vector<double> composition(const QPointF& point) const;
  /// Outline of the compositions with every component in [1/K − w/K, 1/K + w/K], the paper's interior: the
  /// convex hull of their images, anticlockwise. Two points for K = 2; empty for w <= 0. In a triangle of
  /// three of K > 3 components the images of those with at most `mostOthers` of the rest; empty where none
  /// has so little.
  [[nodiscard]] std::vector<QPointF> interior(double width, double mostOthers = 1) const;

 private:
  /// Shares of the corners of what is shown.
  [[nodiscard]] std::vector<double> weights(std::span<const double> composition) const;
  /// In a triangle of three of K > 3 components: of the compositions with every component in [low, high].
  [[nodiscard]] std::vector<QPointF> interiorOfThree(double low, double high, double mostOthers) const;

  std::size_t components_;
  std::vector<QPointF> corners_;
  std::vector<std::optional<std::size_t>> at_;  ///< [corners]
};

}  // namespace assayer::ui
