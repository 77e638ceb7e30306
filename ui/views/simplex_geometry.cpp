// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/simplex_geometry.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>

namespace assayer::ui {
namespace {

double dot(const QPointF& a, const QPointF& b) {
  return a.x() * b.x() + a.y() * b.y();
}

/// Twice the area of the triangle; positive where a, b, c turn clockwise (y upwards).
double area(const QPointF& a, const QPointF& b, const QPointF& c) {
  return (c.x() - a.x()) * (b.y() - a.y()) - (b.x() - a.x()) * (c.y() - a.y());
}

QPointF nearestOnSegment(const QPointF& a, const QPointF& b, const QPointF& point) {
  const QPointF along = b - a;
  const double place = std::clamp(dot(point - a, along) / dot(along, along), 0.0, 1.0);
  return a + place * along;
}

}  // namespace

SimplexGeometry::SimplexGeometry(std::size_t components) {
  assert(components >= 2);
  if (components == 2) {
    corners_ = {{0, 0}, {1, 0}};
  } else if (components == 3) {
    corners_ = {{0, 0}, {0.5, std::sqrt(0.75)}, {1, 0}};
  } else {
    for (std::size_t k = 0; k < components; ++k) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(components);
      corners_.emplace_back(std::sin(angle), std::cos(angle));
    }
  }
}

QRectF SimplexGeometry::bounds() const {
  QPointF low = corners_.front();
  QPointF high = low;
  for (const QPointF& corner : corners_) {
    low = {std::min(low.x(), corner.x()), std::min(low.y(), corner.y())};
    high = {std::max(high.x(), corner.x()), std::max(high.y(), corner.y())};
  }
  return {low, high};
}

QPointF SimplexGeometry::position(std::span<const double> composition) const {
  assert(composition.size() == corners_.size());
  QPointF point;
  for (std::size_t k = 0; k < corners_.size(); ++k) point += composition[k] * corners_[k];
  return point;
}

QPointF SimplexGeometry::nearestInside(const QPointF& point) const {
  const std::size_t n = corners_.size();
  if (n == 2) return nearestOnSegment(corners_[0], corners_[1], point);
  bool inside = true;
  QPointF best;
  double bestDistance = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < n; ++k) {
    const QPointF& a = corners_[k];
    const QPointF& b = corners_[(k + 1) % n];
    if (area(a, b, point) >= 0) continue;
    inside = false;
    const QPointF candidate = nearestOnSegment(a, b, point);
    const double distance = dot(candidate - point, candidate - point);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return inside ? point : best;
}

std::vector<double> SimplexGeometry::composition(const QPointF& point) const {
  const QPointF at = nearestInside(point);
  const std::size_t n = corners_.size();
  if (n == 2) {
    const double second = std::clamp(at.x(), 0.0, 1.0);
    return {1 - second, second};
  }
  std::vector<double> edge(n);
  for (std::size_t k = 0; k < n; ++k) edge[k] = std::max(0.0, area(corners_[k], corners_[(k + 1) % n], at));
  // Wachspress weights multiplied through by every edge's area: finite on the border too. The corners'
  // own areas are equal in a regular polygon and cancel. For K = 3 this is the barycentric formula.
  std::vector<double> weights(n, 1.0);
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      if (j != k && (j + 1) % n != k) weights[k] *= edge[j];
    }
    sum += weights[k];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace assayer::ui
