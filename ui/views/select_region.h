// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPolygonF>
#include <QRectF>

namespace assayer::ui {

/// What a drag encloses, in pixels of the widget: a rectangle or a lasso.
class SelectRegion {
 public:
  static SelectRegion rectangle(const QPointF& from, const QPointF& to) {
    return {QPolygonF(QRectF(from, to).normalized()), false};
  }
  static SelectRegion lasso(QPolygonF outline) { return {std::move(outline), true}; }

  [[nodiscard]] bool contains(const QPointF& point) const {
    if (point.x() < bounds_.left() || point.x() > bounds_.right()) return false;
    if (point.y() < bounds_.top() || point.y() > bounds_.bottom()) return false;
    return !lasso_ || outline_.containsPoint(point, Qt::OddEvenFill);
  }
  [[nodiscard]] const QPolygonF& outline() const { return outline_; }
  [[nodiscard]] QRectF bounds() const { return bounds_; }

 private:
  SelectRegion(QPolygonF outline, bool lasso)
      : outline_(std::move(outline)), bounds_(outline_.boundingRect()), lasso_(lasso) {}
  QPolygonF outline_;
  QRectF bounds_;
  bool lasso_;
};

}  // namespace assayer::ui
