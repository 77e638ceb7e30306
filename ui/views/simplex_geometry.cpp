// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/simplex_geometry.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

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

/// Convex hull, anticlockwise (y upwards): Andrew's monotone chain, from left to right below, and back above.
std::vector<QPointF> hull(std::vector<QPointF> points) {
  constexpr double kFlat = 1e-12;
  if (points.empty()) return {};
  std::ranges::sort(points, {}, [](const QPointF& point) { return std::pair(point.x(), point.y()); });
  std::vector<QPointF> outline;
  for (int half = 0; half < 2; ++half) {
    const std::size_t start = outline.size();
    for (const QPointF& point : points) {
      while (outline.size() >= start + 2 && area(outline[outline.size() - 2], outline.back(), point) > -kFlat)
        outline.pop_back();
      outline.push_back(point);
    }
    // The other half begins with it.
    outline.pop_back();
    std::ranges::reverse(points);
  }
  return outline;
}

}  // namespace

SimplexGeometry::SimplexGeometry(std::size_t components) : components_(components) {
  assert(components >= 2);
  for (std::size_t k = 0; k < components; ++k) at_.emplace_back(k);
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

SimplexGeometry SimplexGeometry::triangle(std::size_t components, std::size_t left, std::size_t top,
                                          std::optional<std::size_t> right) {
  assert(components > 3 && left != top && left != right && top != right);
  SimplexGeometry geometry(3);
  geometry.components_ = components;
  geometry.at_ = {left, top, right};
  return geometry;
}

bool SimplexGeometry::showsAll() const {
  return at_.size() == components_ ||
         std::ranges::any_of(at_, [](const auto& component) { return !component; });
}

double SimplexGeometry::shown(std::span<const double> composition) const {
  if (showsAll()) return 1;
  double sum = 0;
  for (const auto& component : at_) sum += composition[*component];
  return sum;
}

std::vector<double> SimplexGeometry::weights(std::span<const double> composition) const {
  std::vector<double> shares(corners_.size());
  double named = 0;
  for (std::size_t c = 0; c < shares.size(); ++c) {
    if (at_[c]) named += shares[c] = composition[*at_[c]];
  }
  for (std::size_t c = 0; c < shares.size(); ++c) {
    if (!at_[c]) shares[c] = std::max(0.0, 1 - named);
  }
  if (at_.size() == components_) return shares;
  double sum = 0;
  for (const double share : shares) sum += share;
  for (double& share : shares) share = sum > 0 ? share / sum : 1.0 / static_cast<double>(shares.size());
  return shares;
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
  assert(composition.size() == components_);
  const std::vector<double> shares = weights(composition);
  QPointF point;
  for (std::size_t c = 0; c < corners_.size(); ++c) point += shares[c] * corners_[c];
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
  std::vector<double> shares(n, 1.0);
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      if (j != k && (j + 1) % n != k) shares[k] *= edge[j];
    }
    sum += shares[k];
  }
  const auto unnamed = static_cast<double>(components_ - n + 1);
  std::vector<double> values(components_, 0.0);
  for (std::size_t c = 0; c < n; ++c) {
    if (at_[c]) {
      values[*at_[c]] = shares[c] / sum;
      continue;
    }
    for (std::size_t k = 0; k < components_; ++k) {
      if (std::ranges::find(at_, std::optional(k)) == at_.end()) values[k] = shares[c] / sum / unnamed;
    }
  }
  return values;
}

std::vector<QPointF> SimplexGeometry::interiorOfThree(double low, double high, double mostOthers) const {
  // Be y the three named components, s = y₁ + y₂ + y₃, and n = K − 3 the number of the others. The rule
  // bounds each of these by [low, high], so that together they have any sum from n·low to n·high, whatever y
  // is. Of the others the face asks for their sum alone, 1 − s ≤ mostOthers. Hence the y that occur among the
  // compositions that the rule takes and the face shows are just
  //   P = { low ≤ yᵢ ≤ high, least ≤ s ≤ most }, least = 1 − min(n·high, mostOthers), most = 1 − n·low.
  // P is convex, and the image Σ yᵢ/s · cornerᵢ is a central projection of it, which takes segments to
  // segments (s > 0): the image of P is the convex hull of its vertices' images. At a vertex three of P's
  // planes meet, of which two parallel ones are none: two yᵢ are at a bound, and the third is at a bound too
  // or is what s at a bound leaves for it.
  constexpr double kLeastShown = 1e-6;  // a face shows nothing of compositions with less
  constexpr double kRounding = 1e-12;
  const double others = static_cast<double>(components_) - 3;
  const double least = std::max(1 - std::min(others * high, mostOthers), kLeastShown);
  const double most = 1 - others * low;
  std::vector<QPointF> images;
  for (std::size_t i = 0; i < 3; ++i) {
    for (const double first : {low, high}) {
      for (const double second : {low, high}) {
        for (const double third : {low, high, least - first - second, most - first - second}) {
          const double sum = first + second + third;
          if (third < low - kRounding || third > high + kRounding) continue;
          if (sum < least - kRounding || sum > most + kRounding) continue;
          images.push_back(
              (third * corners_[i] + first * corners_[(i + 1) % 3] + second * corners_[(i + 2) % 3]) / sum);
        }
      }
    }
  }
  return hull(std::move(images));
}

std::vector<QPointF> SimplexGeometry::interior(double width, double mostOthers) const {
  if (width <= 0) return {};
  const std::size_t n = components_;
  const double low = std::max(0.0, (1 - width) / static_cast<double>(n));
  const double high = std::min(1.0, (1 + width) / static_cast<double>(n));
  if (!showsAll()) return interiorOfThree(low, high, mostOthers);
  std::vector<QPointF> pure;
  for (std::size_t k = 0; k < n; ++k) {
    std::vector<double> y(n, 0.0);
    y[k] = 1;
    pure.push_back(position(y));
  }
  // The composition that reaches farthest in a direction has as much as it may of the components whose images
  // lie farthest. Their order changes only at directions across the line between two of these images.
  std::vector<double> turns;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const QPointF between = pure[j] - pure[i];
      if (dot(between, between) > 1e-12) turns.push_back(std::atan2(between.x(), -between.y()));
    }
  }
  std::ranges::sort(turns);
  std::vector<QPointF> outline;
  for (std::size_t t = 0; t < turns.size(); ++t) {
    const double next = t + 1 < turns.size() ? turns[t + 1] : turns.front() + 2 * std::numbers::pi;
    if (next - turns[t] < 1e-9) continue;
    const double angle = (turns[t] + next) / 2;
    const QPointF direction(std::cos(angle), std::sin(angle));
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, std::ranges::greater{}, [&](std::size_t k) { return dot(pure[k], direction); });
    double left = 1 - low * static_cast<double>(n);
    QPointF farthest;
    for (const std::size_t k : order) {
      const double extra = std::clamp(left, 0.0, high - low);
      left -= extra;
      farthest += (low + extra) * pure[k];
    }
    if (outline.empty() || dot(farthest - outline.back(), farthest - outline.back()) > 1e-18)
      outline.push_back(farthest);
  }
  return outline;
}

}  // namespace assayer::ui
