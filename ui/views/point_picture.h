// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QPointF>
#include <QRectF>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/data/selection.h"
#include "ui/viewmodels/point_index.h"
#include "ui/views/density.h"
#include "ui/views/legend_strip.h"
#include "ui/views/qcp.h"
#include "ui/views/select_region.h"

namespace assayer::ui {

/// Two linear axes as one map from the plane to pixels of the widget: for many points at once what
/// QCPAxis::coordToPixel does for one.
struct PixelMap {
  double x = 0;
  double per_x = 1;
  double y = 0;
  double per_y = 1;

  static PixelMap of(const QCPAxis& across, const QCPAxis& up);
  [[nodiscard]] QPointF operator()(double at_x, double at_y) const {
    return {x + per_x * at_x, y + per_y * at_y};
  }
  /// What lies under `pixels`.
  [[nodiscard]] PlaneBox plane(const QRectF& pixels) const;
  friend bool operator==(const PixelMap&, const PixelMap&) = default;
};

/// What the plots with many points share: whether those in view are drawn one by one, which the plot does by
/// itself, or as a density; and what is under the mouse or in a region, without looking at all of them.
class PointPicture {
 public:
  /// Of data with no more points each is drawn, always.
  static constexpr std::size_t kMostDots = 20000;

  /// Of more points each is drawn while no more than `mostInView` are in view. `turned` is called when
  /// a picture is the first with a density, or the first without: the legend says something else then.
  PointPicture(QCustomPlot& plot, std::size_t mostInView, std::function<void()> turned);

  /// In the plot's coordinates; null: none.
  void setIndex(std::shared_ptr<const PointIndex> index);
  [[nodiscard]] const PointIndex& index() const { return *index_; }

  /// As of the last `judge`.
  [[nodiscard]] bool dense() const { return dense_; }
  /// Whether what is in view now has to be a density. The first thing to ask when drawing.
  bool judge();
  /// Ascending numbers of the points in view and within `margin` pixels of it.
  [[nodiscard]] std::vector<std::uint32_t> inView(double margin) const;
  /// All points in view, or within `margin` pixels of it: `add(density, number, pixels)` adds each as what it
  /// stands for. The picture is that of the last time where points, axes and colours are the same and nobody
  /// called `forget`.
  template <class Add>
  void drawDensity(QCPPainter& painter, std::span<const QColor> colours, Add&& add, double margin = 0) {
    if (!keeps(colours)) {
      Density density(frame(), colours);
      under(frame().adjusted(-margin, -margin, margin, margin),
            [&](std::uint32_t number, const QPointF& at) { add(density, number, at); });
      keep(density, colours);
    }
    painter.drawImage(picture_.place, picture_.image);
  }
  /// What a point stands for is something else now.
  void forget() { picture_ = {}; }
  /// "density of 1,000,000 rows; zoom in for dots", where it is one. `text` has a place for the number.
  void addEntry(const QString& text, std::vector<LegendEntry>& entries) const;

  /// Calls `take(number, pixels)` for the points under `pixels`.
  template <class Take>
  void under(const QRectF& pixels, Take&& take) const {
    const PixelMap map = this->map();
    index_->within(map.plane(pixels),
                   [&](std::uint32_t number, double x, double y) { take(number, map(x, y)); });
  }
  /// The nearest point less than `reach` pixels away; of several as near the lowest number.
  [[nodiscard]] std::optional<std::uint32_t> nearest(const QPointF& position, double reach) const;
  /// Ascending numbers of the points in the region, by the pixel that QCPAxis::coordToPixel says.
  /// With `rowOf` [numbers] in place of numbers the rows that it says they have.
  [[nodiscard]] Rows inside(const SelectRegion& region, std::span<const std::uint32_t> rowOf = {}) const;

  [[nodiscard]] PixelMap map() const;

 private:
  struct Picture {
    QImage image;
    QRectF place;
    PixelMap map;
    QRectF frame;
    std::vector<QColor> colours;
  };

  [[nodiscard]] bool keeps(std::span<const QColor> colours) const;
  void keep(const Density& density, std::span<const QColor> colours);
  [[nodiscard]] QRectF frame() const;

  QCustomPlot& plot_;
  std::size_t mostInView_;
  std::shared_ptr<const PointIndex> index_;
  bool dense_ = false;
  bool told_ = false;  ///< what the legend says
  Picture picture_;    ///< the last density: a new selection does not count all points again
};

}  // namespace assayer::ui
