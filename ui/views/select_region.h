// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPolygonF>
#include <QRectF>
#include <cstdint>
#include <vector>

namespace assayer::ui {

/// What a drag encloses, in pixels of the widget: a rectangle or a lasso.
class SelectRegion {
 public:
  static SelectRegion rectangle(const QPointF& from, const QPointF& to) {
    return {QPolygonF(QRectF(from, to).normalized()), false};
  }
  /// Inside is what a ray from the point to the left crosses the outline an odd number of times for, as
  /// QPolygonF::containsPoint has it with Qt::OddEvenFill.
  static SelectRegion lasso(QPolygonF outline) { return {std::move(outline), true}; }

  /// Of a lasso with hundreds of corners only the few edges at the point's height are looked at: a million
  /// rows may be asked about.
  [[nodiscard]] bool contains(const QPointF& point) const {
    if (point.x() < bounds_.left() || point.x() > bounds_.right()) return false;
    if (point.y() < bounds_.top() || point.y() > bounds_.bottom()) return false;
    return !lasso_ || lassoContains(point);
  }
  /// Whether all of `box` is surely inside; of a lasso never.
  [[nodiscard]] bool surelyContains(const QRectF& box) const {
    return !lasso_ && bounds_.left() <= box.left() && box.right() <= bounds_.right() &&
           bounds_.top() <= box.top() && box.bottom() <= bounds_.bottom();
  }
  [[nodiscard]] const QPolygonF& outline() const { return outline_; }
  [[nodiscard]] QRectF bounds() const { return bounds_; }

 private:
  struct Edge {
    double top;
    double bottom;
    double x;      ///< at `top`
    double slope;  ///< of x, for 1 downwards
  };
  SelectRegion(QPolygonF outline, bool lasso);
  [[nodiscard]] bool lassoContains(const QPointF& point) const;
  [[nodiscard]] std::size_t band(double y) const;

  QPolygonF outline_;
  QRectF bounds_;
  bool lasso_;
  std::vector<Edge> edges_;               ///< band by band: an edge is in all that it passes
  std::vector<std::uint32_t> bandStart_;  ///< [bands + 1] into edges_
};

}  // namespace assayer::ui
