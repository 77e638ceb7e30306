// SPDX-License-Identifier: GPL-3.0-or-later
// What SimplexView draws; what it knows and does is in simplex_view.cpp.
#include <QFontMetricsF>
#include <algorithm>
#include <bit>
#include <cmath>

#include "ui/views/dots.h"
#include "ui/views/simplex_names.h"
#include "ui/views/simplex_view.h"
#include "ui/views/small_font.h"

namespace assayer::ui {
namespace {

constexpr double kTick = 5;  // pixels
constexpr std::size_t kMostRings = 400;
constexpr double kAround = 70;    // pixels outside of the frame whose signs may reach into it
constexpr double kLaneStep = 15;  // K = 2: between the roles that stand above each other

QPointF unit(const QPointF& direction) {
  const double length = std::hypot(direction.x(), direction.y());
  return length > 0 ? direction / length : QPointF(1, 0);
}

/// Text beside `at`, on the side to which `direction` points.
void drawBeside(QCPPainter& painter, const QPointF& at, const QPointF& direction, double gap,
                const QString& text) {
  const QFontMetricsF metrics(painter.font());
  const double width = metrics.horizontalAdvance(text) + 2;
  const double height = metrics.height();
  const QPointF middle =
      at + direction * gap + QPointF(direction.x() * width / 2, direction.y() * height / 2);
  painter.drawText(QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height),
                   Qt::AlignCenter | Qt::TextDontClip, text);
}

}  // namespace

double SimplexView::markerScale() const {
  // Many distinct compositions: smaller signs, or they would be one blot.
  const double many = std::clamp(std::log10(std::max(static_cast<double>(sites_.size()), 1.0)), 1.9, 3.7);
  const double crowd = 1.0 - 0.45 * (many - 1.9) / 1.8;
  return crowd * std::clamp(std::sqrt(zoom_), 0.8, 1.6);
}

QCPScatterStyle SimplexView::roleStyle(Role role, bool alone) const {
  const double scale = markerScale();
  const Theme& colours = theme();
  switch (role) {
    case Role::Labelled:
      return {QCPScatterStyle::ssCircle, QPen(Qt::NoPen), QBrush(colours.accent), 7.0 * scale};
    case Role::Unlabelled:
      return {QCPScatterStyle::ssCircle, QPen(colours.unlabelled, 1.3), QBrush(Qt::NoBrush), 11.0 * scale};
    case Role::HeldOut: {
      QColor grey = colours.axis;
      // Beside trained rows a wider faint ring: the dot would be covered.
      if (!alone) return {QCPScatterStyle::ssCircle, QPen(grey, 1), QBrush(Qt::NoBrush), 15.0 * scale};
      return {QCPScatterStyle::ssCircle, QPen(Qt::NoPen), QBrush(grey), 4.5 * scale};
    }
    case Role::Excluded:
      return {QCPScatterStyle::ssCross, QPen(colours.text, 1.2), QBrush(Qt::NoBrush), 7.0 * scale};
  }
  return {};
}

QColor SimplexView::densityColour(Role role) const {
  const Theme& colours = theme();
  switch (role) {
    case Role::Labelled:
      return colours.accent;
    case Role::Unlabelled:
      return colours.unlabelled;
    case Role::HeldOut:
      return colours.axis;
    case Role::Excluded:
      return colours.text;
  }
  return {};
}

QCPScatterStyle SimplexView::legendStyle(Role role) const {
  if (!crowded(role)) return roleStyle(role, true);
  return {QCPScatterStyle::ssSquare, QPen(Qt::NoPen), QBrush(densityColour(role)), 8};
}

QCPScatterStyle SimplexView::unfeaturedStyle() const {
  // Some hundreds crowd in the corners: faint enough to add up to a density.
  const bool crowd = unfeatured_.rows() > 120;
  QColor line = categoryColour(1, theme().dark);
  QColor fill = line;
  line.setAlpha(crowd ? 150 : 255);
  fill.setAlpha(crowd ? 25 : 70);
  return {QCPScatterStyle::ssTriangle, QPen(line, crowd ? 0.8 : 1.0), QBrush(fill), crowd ? 4.5 : 6.5};
}

double SimplexView::laneOffset(Role role) const {
  if (geometry_.components() != 2) return 0;
  // Lanes only for the roles that occur.
  double lane = 1;
  for (const Role other : {Role::Labelled, Role::Unlabelled, Role::HeldOut, Role::Excluded}) {
    if (other == role) break;
    if (roleCount_[index(other)] > 0) ++lane;
  }
  return lane * kLaneStep;
}

void SimplexView::drawFrame(QCPPainter& painter) const {
  if (isEmpty()) return;
  const std::vector<QPointF>& corners = geometry_.corners();
  const std::size_t n = corners.size();
  if (n == 2) {
    painter.setPen(QPen(theme().axis, 1));
    painter.drawLine(QLineF(toPixel(corners[0]), toPixel(corners[1])));
    drawLineTicks(painter);
  } else {
    painter.setPen(QPen(theme().grid, 1));
    painter.setBrush(Qt::NoBrush);
    if (n == 3)
      drawTriangleLattice(painter);
    else
      drawPolygonLattice(painter);
    QPolygonF outline;
    for (const QPointF& corner : corners) outline << toPixel(corner);
    painter.setPen(QPen(theme().axis, 1, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin));
    painter.drawPolygon(outline);
    if (n == 3) drawTriangleTicks(painter);
  }
  drawNames(painter);
}

void SimplexView::drawTriangleLattice(QCPPainter& painter) const {
  const std::vector<QPointF>& corners = geometry_.corners();
  for (int tenth = 1; tenth < 10; ++tenth) {
    const double share = tenth / 10.0;
    for (std::size_t k = 0; k < 3; ++k) {
      // The line on which component k has this share.
      const QPointF towardsNext = share * corners[k] + (1 - share) * corners[(k + 1) % 3];
      const QPointF towardsLast = share * corners[k] + (1 - share) * corners[(k + 2) % 3];
      painter.drawLine(QLineF(toPixel(towardsNext), toPixel(towardsLast)));
    }
  }
}

void SimplexView::drawPolygonLattice(QCPPainter& painter) const {
  // A ring at t has the points t·p + (1 − t)·centre of all p on the border, the spokes those of the corners.
  // On the border a point is one composition, a mixture of two neighbours; inside it stands for many, and on
  // no ring is the share of a component the same for all of them, as it is on a line of the triangle. What
  // does hold: the image being linear, t parts of such a mixture with 1 − t parts of all components alike lie
  // on the ring. So its figure is how far out a point lies, on the way from the middle to the border, and not
  // the share of a component.
  const std::vector<QPointF>& corners = geometry_.corners();
  const QPointF centre = toPixel({0, 0});
  for (const QPointF& corner : corners) painter.drawLine(QLineF(centre, toPixel(corner)));
  for (int quarter = 1; quarter < 4; ++quarter) {
    QPolygonF ring;
    for (const QPointF& corner : corners) ring << toPixel(quarter / 4.0 * corner);
    painter.drawPolygon(ring);
  }
  painter.setFont(smallFont(font()));
  painter.setPen(theme().muted);
  const QFontMetricsF metrics(painter.font());
  const double step = QLineF(centre, toPixel(corners[0])).length() / 4;
  for (int quarter = 1; quarter < 4; ++quarter) {
    // On the spoke of the first corner, whose name stands outside. Where the rings are near to each other
    // the middle one alone, or none.
    const double room = quarter == 2 ? 2 * step : step;
    if (room < metrics.height() + 4) continue;
    const QString text = tr("%1 % out").arg(25 * quarter);
    QRectF box(0, 0, metrics.horizontalAdvance(text) + 4, metrics.height());
    box.moveCenter(toPixel(quarter / 4.0 * corners[0]));
    // The lines make room for it.
    painter.fillRect(box, theme().background);
    painter.drawText(box, Qt::AlignCenter | Qt::TextDontClip, text);
  }
}

void SimplexView::drawTriangleTicks(QCPPainter& painter) const {
  const std::vector<QPointF>& corners = geometry_.corners();
  painter.setFont(smallFont(font()));
  // Where the triangle is small, every second figure.
  const double side = QLineF(toPixel(corners[0]), toPixel(corners[2])).length();
  const int step = side < 330 ? 2 : 1;
  for (std::size_t k = 0; k < 3; ++k) {
    // Component k is read on the edge from the corner before it (0 %) to its own (100 %); the stub goes on
    // along the lattice line of that share, to lead the eye to it.
    const QPointF& zero = corners[(k + 2) % 3];
    const QPointF& whole = corners[k];
    const QPointF& other = corners[(k + 1) % 3];
    const QPointF along = unit(toPixel(zero) - toPixel(other));
    for (int tenth = 1; tenth < 10; ++tenth) {
      const double share = tenth / 10.0;
      const QPointF at = toPixel(share * whole + (1 - share) * zero);
      painter.setPen(QPen(theme().axis, 1));
      painter.drawLine(QLineF(at, at + along * kTick));
      if (tenth % step != 0) continue;
      painter.setPen(theme().muted);
      drawBeside(painter, at + along * kTick, along, 2, QString::number(10 * tenth));
    }
  }
}

void SimplexView::drawLineTicks(QCPPainter& painter) const {
  const std::vector<QPointF>& corners = geometry_.corners();
  const double length = QLineF(toPixel(corners[0]), toPixel(corners[1])).length();
  const int step = length < 360 ? 2 : 1;
  for (int tenth = 0; tenth <= 10; ++tenth) {
    const QPointF at = toPixel(corners[0] + tenth / 10.0 * (corners[1] - corners[0]));
    painter.setPen(QPen(theme().axis, 1));
    painter.drawLine(QLineF(at, at + QPointF(0, kTick)));
    if (tenth % step != 0) continue;
    painter.setPen(theme().muted);
    drawBeside(painter, at + QPointF(0, kTick), {0, 1}, 2,
               QString::number(10 * tenth) + QStringLiteral(" %"));
  }
}

void SimplexView::drawNames(QCPPainter& painter) const {
  const std::vector<QPointF>& corners = geometry_.corners();
  const QFontMetricsF metrics(font());
  painter.setFont(font());
  painter.setPen(theme().text);
  const QRectF frame = axisRect()->rect();
  const QPointF middle = toPixel(geometry_.bounds().center());
  const bool wraps = namesWrap(QLineF(toPixel(corners[0]), toPixel(corners[1])).length(), metrics);
  for (std::size_t k = 0; k < corners.size(); ++k) {
    const QPointF at = toPixel(corners[k]);
    const QString name = cornerName(k);
    if (corners.size() == 3) {
      // The lower names start at the picture's edge at the latest, and meet at the middle at the latest.
      const double room = k == 1 ? frame.width() - 8 : frame.width() / 2 - 16;
      const QString text = metrics.elidedText(name, Qt::ElideMiddle, room);
      const double width = metrics.horizontalAdvance(text) + 2;
      const double left = std::clamp(at.x() - width / 2, frame.left() + 4,
                                     std::max(frame.left() + 4, frame.right() - width - 4));
      const double top = k == 1 ? at.y() - metrics.height() - 5 : at.y() + 22;
      painter.drawText(QRectF(left, top, width, metrics.height()), Qt::AlignCenter | Qt::TextDontClip, text);
    } else if (corners.size() == 2) {
      // Below the figures, each with its own percentages: 0 is wholly the first, 100 wholly the second.
      const double room = frame.width() / 2 - 16;
      const QString text = metrics.elidedText(name, Qt::ElideMiddle, room);
      const double width = metrics.horizontalAdvance(text) + 2;
      const double left = std::clamp(at.x() - width / 2, frame.left() + 6,
                                     std::max(frame.left() + 6, frame.right() - width - 6));
      painter.drawText(QRectF(left, at.y() + kTick + metrics.height() + 10, width, metrics.height()),
                       Qt::AlignCenter | Qt::TextDontClip, text);
    } else {
      const CornerName placed = placeName(name, at, unit(at - middle), frame, wraps, metrics);
      QRectF line = placed.box;
      line.setHeight(metrics.height());
      for (const QString& text : placed.lines) {
        painter.drawText(line, placed.alignment | Qt::TextDontClip | Qt::TextSingleLine, text);
        line.translate(0, metrics.height());
      }
    }
  }
}

void SimplexView::drawInterior(QCPPainter& painter) const {
  if (isEmpty() || !interior_) return;
  QPolygonF outline;
  for (const QPointF& point : geometry_.interior(*interior_, face_ ? face_->mostOthers : 1))
    outline << toPixel(point);
  if (outline.isEmpty()) return;
  QColor fill = theme().accent;
  fill.setAlpha(36);
  painter.setPen(QPen(theme().accent, geometry_.components() == 2 ? 5 : 1.4, Qt::SolidLine, Qt::FlatCap));
  painter.setBrush(fill);
  painter.drawPolygon(outline);
}

void SimplexView::drawUnfeatured(QCPPainter& painter) const {
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-20, -20, 20, 20);
  const QCPScatterStyle triangle = unfeaturedStyle();
  triangle.applyTo(&painter, triangle.pen());
  for (std::size_t u = 0; u < unfeaturedAt_.size(); ++u) {
    if (u < erased_.size() && erased_[u] != 0) continue;
    const QPointF pixel = toPixel(unfeaturedAt_[u]);
    if (visible.contains(pixel)) triangle.drawShape(&painter, pixel);
  }
  const std::size_t components = geometry_.components();
  for (std::size_t at = 0; at < sprayed_.size(); at += components)
    triangle.drawShape(&painter, toPixel(geometry_.position(std::span(sprayed_).subspan(at, components))));
}

void SimplexView::drawComposed(QCPPainter& painter) const {
  if (isEmpty() || composed_.empty()) return;
  const QPointF at = pixelOf(composed_);
  painter.setPen(QPen(theme().background, 4));
  painter.setBrush(Qt::NoBrush);
  painter.drawEllipse(at, 8, 8);
  painter.setPen(QPen(theme().text, 1.8));
  painter.drawEllipse(at, 8, 8);
  for (const QPointF& arm : {QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)})
    painter.drawLine(at + 4 * arm, at + 12 * arm);
}

void SimplexView::drawBrush(QCPPainter& painter) const {
  if (isEmpty() || !brushes() || cursor_.isNull()) return;
  painter.setPen(QPen(theme().muted, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawEllipse(cursor_, brushRadius_, brushRadius_);
}

void SimplexView::drawMarks(QCPPainter& painter) {
  if (isEmpty()) return;
  points_.judge();
  const std::vector<std::uint32_t> near =
      points_.dense() ? std::vector<std::uint32_t>() : points_.inView(kAround);
  const auto draw = [&](Role role) {
    if (!crowded(role)) drawRole(painter, role, points_.dense() ? sitesWith_[index(role)] : near);
  };
  if (points_.dense()) drawDensity(painter);
  draw(Role::HeldOut);
  drawUnfeatured(painter);
  drawRuns(painter);
  draw(Role::Unlabelled);
  draw(Role::Labelled);
  draw(Role::Excluded);
  drawSelected(painter);
}

void SimplexView::drawDensity(QCPPainter& painter) {
  std::array<QColor, kRoles> colours;
  std::array<double, kRoles> lane{};
  unsigned crowds = 0;  // a bit a role, as in rolesOf_
  for (const Role role : kLegendOrder) {
    colours[index(role)] = densityColour(role);
    lane[index(role)] = laneOffset(role);
    if (crowded(role)) crowds |= 1U << index(role);
  }
  points_.drawDensity(
      painter, colours,
      [&](Density& density, std::uint32_t site, const QPointF& at) {
        for (unsigned left = rolesOf_[site] & crowds; left != 0; left &= left - 1) {
          const auto role = static_cast<std::size_t>(std::countr_zero(left));
          density.add(at.x(), at.y() - lane[role], role);
        }
      },
      geometry_.components() == 2 ? kAround : 0);
}

void SimplexView::drawRole(QCPPainter& painter, Role role, std::span<const std::uint32_t> sites) const {
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-20, -kAround, 20, kAround);
  const QPointF lane(0, laneOffset(role));
  const bool lanes = geometry_.components() == 2;
  for (const bool alone : {true, false}) {
    const QCPScatterStyle style = roleStyle(role, alone);
    style.applyTo(&painter, style.pen());
    for (const std::uint32_t s : sites) {
      const QPointF at = toPixel(sites_.at[s]);
      if (!has(s, role) || !visible.contains(at)) continue;
      const bool company =
          !lanes && role == Role::HeldOut && (has(s, Role::Labelled) || has(s, Role::Unlabelled));
      if (alone == company) continue;
      style.drawShape(&painter, at - lane);
    }
    if (role != Role::HeldOut) break;
  }
}

void SimplexView::drawSelected(QCPPainter& painter) const {
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-20, -kAround, 20, kAround);
  const bool lanes = geometry_.components() == 2;
  if (selectedSites_.size() > kMostRings && (!lanes || points_.dense())) {
    // So many rings would be one blot, and slow.
    const QPen pen(theme().selection, 5.5 * markerScale(), Qt::SolidLine, Qt::RoundCap);
    const PixelMap map = points_.map();
    const auto pixel = [this, &map](std::uint32_t s) { return map(sites_.at[s].x(), sites_.at[s].y()); };
    if (!lanes) {
      drawCrowd(painter, visible, selectedSites_, pen,
                [&](std::uint32_t s) { return std::optional(pixel(s)); });
      return;
    }
    for (const Role role : kLegendOrder)
      drawCrowd(painter, visible, selectedSites_, pen,
                [&, lane = QPointF(0, laneOffset(role))](std::uint32_t s) {
                  return has(s, role) ? std::optional(pixel(s) - lane) : std::nullopt;
                });
    return;
  }
  // Solid where the whole site is selected, dotted where only some of its rows are.
  const double ring = 8.5 * markerScale() + 1;
  painter.setBrush(Qt::NoBrush);
  for (const std::uint32_t s : selectedSites_) {
    QPointF centre = toPixel(sites_.at[s]);
    if (!visible.contains(centre)) continue;
    const bool whole = selectedOf_[s] == sites_.rows_of(s).size();
    painter.setPen(QPen(theme().selection, 1.8, whole ? Qt::SolidLine : Qt::DotLine));
    double tall = ring;
    if (lanes) {
      // One capsule about the lanes in use.
      double low = 1e9;
      double high = 0;
      for (const Role role : {Role::Labelled, Role::Unlabelled, Role::HeldOut, Role::Excluded}) {
        if (!has(s, role)) continue;
        low = std::min(low, laneOffset(role));
        high = std::max(high, laneOffset(role));
      }
      centre -= QPointF(0, (low + high) / 2);
      tall += (high - low) / 2;
    }
    painter.drawRoundedRect(QRectF(centre.x() - ring, centre.y() - tall, 2 * ring, 2 * tall), ring, ring);
  }
}

}  // namespace assayer::ui
