// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/simplex_view.h"

#include <QFontMetricsF>
#include <QLineF>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "ui/viewmodels/session_model.h"
#include "ui/views/painted.h"
#include "ui/views/simplex_names.h"

namespace assayer::ui {
namespace {

/// In view of many sites; a sign with an outline takes longer than a dot.
constexpr std::size_t kMostSigns = 8000;
constexpr QMarginsF kRoomForNames(54, 30, 54, 46);
constexpr QMarginsF kRoomAroundPolygon(80, 34, 80, 34);

/// Pixels for a unit of the plane where it is drawn in `pixels` but for the room around.
double scaleIn(const QSizeF& pixels, const QRectF& plane, const QMarginsF& room) {
  const double width = std::max(20.0, pixels.width() - room.left() - room.right());
  const double height = std::max(20.0, pixels.height() - room.top() - room.bottom());
  const double across = width / plane.width();
  return plane.height() > 0 ? std::min(across, height / plane.height()) : across;
}

}  // namespace

SimplexView::SimplexView(QWidget* parent)
    : PlotView(parent), points_(*this, kMostSigns, [this] {
        restyle();
        refresh();
      }) {
  setEmptyText(tr("Open a data set to see its compositions here."));
  axisRect()->setAutoMargins(QCP::msNone);
  axisRect()->setMargins(QMargins(2, 2, 2, 2));
  // The axes only map the plane to pixels; the figure brings its own ticks.
  for (QCPAxis* axis : axisRect()->axes()) {
    axis->setVisible(false);
    axis->grid()->setVisible(false);
  }
  strip().setCentred(true);
  new Painted(this, QStringLiteral("grid"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawFrame(painter); });
  new Painted(this, QStringLiteral("main"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawInterior(painter); });
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawMarks(painter); });
  new Painted(this, QStringLiteral("overlay"), Painted::Clip::AxisRect, [this](QCPPainter& painter) {
    drawComposed(painter);
    drawBrush(painter);
  });
  connect(this, &QCustomPlot::afterLayout, this, &SimplexView::placeAxes);
  applyTheme();
}

void SimplexView::setData(DatasetPtr dataset) {
  data_ = std::move(dataset);
  roles_.clear();
  selection_.clear();
  unfeatured_ = {};
  face_.reset();
  interior_.reset();
  composed_.clear();
  runs_.clear();
  setEmptyText(!data_
                   ? tr("Open a data set to see its compositions here.")
                   : tr("These spectra have no compositions. Where they are known, File ▸ Add Compositions… "
                        "brings them in from a table or an array."));
  rebuild();
}

void SimplexView::setFace(std::optional<Face> face) {
  const std::size_t components = data_ ? data_->component_names().size() : 0;
  if (face) {
    const std::size_t right = face->right.value_or(components);
    const bool known =
        face->left < components && face->top < components && (!face->right || right < components);
    if (components <= 3 || !known || face->left == face->top || face->left == right || face->top == right)
      return;
  }
  if (face == face_) return;
  face_ = face;
  rebuild();
}

void SimplexView::rebuild() {
  const std::size_t components = data_ ? data_->component_names().size() : 0;
  geometry_ = face_ ? SimplexGeometry::triangle(components, face_->left, face_->top, face_->right)
                    : SimplexGeometry(std::max<std::size_t>(components, 2));
  placeRows();
  placeUnfeatured();
  placeRuns();
  setFollowsData(true);
  restyle();
  contentChanged();
}

bool SimplexView::shows(std::span<const double> composition) const {
  return SimplexFace{geometry_, face_.has_value(), face_ ? face_->mostOthers : 1}.shows(composition);
}

void SimplexView::setInterior(std::optional<double> width) {
  if (width == interior_) return;
  interior_ = width;
  refresh();
}

void SimplexView::setBrushRadius(double pixels) {
  brushRadius_ = std::clamp(pixels, 2.0, 300.0);
  layer(QStringLiteral("overlay"))->replot();
}

void SimplexView::setRoles(const Roles& roles) {
  roles_ = roles;
  countRoles();
  restyle();
  refresh();
}

void SimplexView::setUnfeatured(const Matrix<double>& compositions) {
  unfeatured_ = compositions;
  erased_.clear();
  placeUnfeatured();
  restyle();
  refresh();
}

void SimplexView::placeUnfeatured() {
  unfeaturedAt_.clear();
  if (unfeatured_.cols() != geometry_.components()) return;
  constexpr double kNowhere = std::numeric_limits<double>::quiet_NaN();
  unfeaturedAt_.reserve(unfeatured_.rows());
  for (std::size_t u = 0; u < unfeatured_.rows(); ++u) {
    const auto composition = unfeatured_.row(u);
    unfeaturedAt_.push_back(shows(composition) ? geometry_.position(composition)
                                               : QPointF(kNowhere, kNowhere));
  }
}

void SimplexView::setSelection(const Rows& rows) {
  selection_ = rows;
  countSelected();
  refresh();
}

void SimplexView::setTool(Tool tool) {
  tool_ = tool;
  layer(QStringLiteral("overlay"))->replot();
}

void SimplexView::fit() {
  zoom_ = 1;
  PlotView::fit();
}

bool SimplexView::isEmpty() const {
  return !data_ || data_->component_names().size() < 2;
}

void SimplexView::rescale() {
  zoom_ = 1;
}

PlotTable SimplexView::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  table.header << QStringLiteral("row") << QStringLiteral("role");
  for (const std::string& name : data_->component_names())
    table.header << QString::fromStdString(name) + " (fraction)";
  for (std::size_t row = 0; row < rowCount(); ++row) {
    const Role role = row < roles_.size() ? roles_[row] : Role::HeldOut;
    QStringList cells{QString::number(row), roleName(role)};
    for (std::size_t k = 0; k < geometry_.components(); ++k) {
      cells << (data_->labelled(row) ? cell(data_->abundances()->row(row)[k]) : QString());
    }
    table.rows << cells;
  }
  for (std::size_t u = 0; u < unfeatured_.rows(); ++u) {
    QStringList cells{QString(), QStringLiteral("unfeatured")};
    for (const double part : unfeatured_.row(u)) cells << cell(part);
    table.rows << cells;
  }
  addRunRows(table);
  return table;
}

// ---------------------------------------------------------------------------------------------- sites

void SimplexView::placeRows() {
  jobs_.abandon();
  // Signs of another simplex would stand at wrong places meanwhile.
  take({});
  if (isEmpty()) return;
  const SimplexFace face{geometry_, face_.has_value(), face_ ? face_->mostOthers : 1};
  if (data_->rows() <= PointPicture::kMostDots) {
    // Nobody stops it.
    take(findSites(*data_, face, RunControl()).value());
    return;
  }
  jobs_.start<SimplexSites>(
      tr("Simplex"),
      [data = data_, face](RunControl& control, const ProgressFn&) {
        return findSites(*data, face, control);
      },
      [this](Result<SimplexSites>& sites) {
        if (sites) take(std::move(*sites));
        restyle();
        contentChanged();
        Q_EMIT settled();
      });
}

void SimplexView::take(SimplexSites sites) {
  sites_ = std::move(sites);
  points_.setIndex(sites_.index);
  countRoles();
  countSelected();
}

void SimplexView::countRoles() {
  counts_.assign(sites_.size(), {});
  rolesOf_.assign(sites_.size(), 0);
  roleCount_ = {};
  for (std::size_t row = 0; row < rowCount(); ++row) {
    const std::size_t role = index(row < roles_.size() ? roles_[row] : Role::HeldOut);
    ++roleCount_[role];
    if (row >= sites_.of_row.size() || sites_.of_row[row] < 0) continue;
    const auto site = static_cast<std::size_t>(sites_.of_row[row]);
    ++counts_[site][role];
    rolesOf_[site] = static_cast<std::uint8_t>(rolesOf_[site] | 1U << role);
  }
  for (const Role role : kLegendOrder) {
    std::vector<std::uint32_t>& with = sitesWith_[index(role)];
    with.clear();
    for (std::uint32_t site = 0; site < sites_.size() && with.size() <= kFewSigns; ++site)
      if (has(site, role)) with.push_back(site);
  }
  points_.forget();
}

bool SimplexView::crowded(Role role) const {
  return points_.dense() && sitesWith_[index(role)].size() > kFewSigns;
}

void SimplexView::countSelected() {
  selectedOf_.assign(sites_.size(), 0);
  selectedSites_.clear();
  for (const std::uint32_t row : selection_)
    if (row < sites_.of_row.size() && sites_.of_row[row] >= 0)
      ++selectedOf_[static_cast<std::size_t>(sites_.of_row[row])];
  for (std::uint32_t site = 0; site < sites_.size() && !selection_.empty(); ++site)
    if (selectedOf_[site] > 0) selectedSites_.push_back(site);
}

void SimplexView::restyle() {
  std::vector<LegendEntry> entries;
  if (!isEmpty()) {
    const auto add = [&](const QString& name, std::size_t count, std::optional<QCPScatterStyle> marker) {
      LegendEntry entry;
      entry.text = name + QLatin1Char(' ') + QString::number(count);
      entry.marker = std::move(marker);
      entries.push_back(std::move(entry));
    };
    if (roles_.empty()) {
      add(tr("rows"), rowCount(), legendStyle(Role::HeldOut));
    } else {
      for (const Role role : kLegendOrder) {
        const std::size_t count = roleCount_[index(role)];
        // None is a number, too; but who excludes nothing need not know of it.
        if (count > 0 || role != Role::Excluded) add(roleName(role), count, legendStyle(role));
      }
    }
    if (unfeatured_.rows() > 0 || !roles_.empty())
      add(tr("unfeatured"), unfeatured_.rows(), unfeaturedStyle());
    addRunEntries(entries);
    if (sites_.off_face > 0) add(tr("· off this triangle"), sites_.off_face, std::nullopt);
    if (sites_.without_composition > 0)
      add(tr("· without composition"), sites_.without_composition, std::nullopt);
    if (geometry_.corners().size() > 3) {
      LegendEntry entry;
      entry.text = tr("· rings: how far out, from the middle to the border");
      entries.push_back(std::move(entry));
    }
    points_.addEntry(tr("density of %L1 compositions; zoom in for signs"), entries);
  }
  strip().setEntries(std::move(entries));
}

// ------------------------------------------------------------------------------------------- geometry

QString SimplexView::cornerName(std::size_t corner) const {
  const auto component = geometry_.componentAt(corner);
  return component ? QString::fromStdString(data_->component_names()[*component]) : tr("all others");
}

QMarginsF SimplexView::roomAround(const QSizeF& pixels) const {
  const std::vector<QPointF>& corners = geometry_.corners();
  if (geometry_.components() == 2) return {36, 70, 36, 50};
  if (corners.size() == 3) return kRoomForNames;
  // Beside a polygon there is as much as its names want, but half of the width is the figure's. Of corners
  // further in, what lies between them and its edge is theirs as well: that is no less than where all names
  // have the most.
  QMarginsF room = kRoomAroundPolygon;
  const double most = std::max(room.left(), pixels.width() / 4);
  const QRectF plane = geometry_.bounds();
  const double perUnit = scaleIn(pixels, plane, {most, room.top(), most, room.bottom()});
  const QFontMetricsF metrics(font());
  const bool wraps = namesWrap(QLineF(corners[0], corners[1]).length() * perUnit, metrics);
  double side = room.left();
  for (std::size_t k = 0; k < corners.size(); ++k) {
    const double from_edge = (plane.right() - std::abs(corners[k].x())) * perUnit;
    side = std::max(side, roomBeside(cornerName(k), corners[k].x(), wraps, metrics) - from_edge);
  }
  room.setLeft(std::min(side, most));
  room.setRight(room.left());
  return room;
}

void SimplexView::placeAxes() {
  const QRectF pixels = axisRect()->rect();
  const QRectF plane = geometry_.bounds();
  const QMarginsF room = roomAround(pixels.size());
  double perUnit = scaleIn(pixels.size(), plane, room);
  if (followsData()) {
    // The room below is not that above: the middle of the figure is not that of the picture.
    centre_ = plane.center() +
              QPointF((room.right() - room.left()) / 2, (room.top() - room.bottom()) / 2) / perUnit;
  }
  perUnit *= zoom_;
  const QPointF half(pixels.width() / 2 / perUnit, pixels.height() / 2 / perUnit);
  xAxis->setRange(centre_.x() - half.x(), centre_.x() + half.x());
  yAxis->setRange(centre_.y() - half.y(), centre_.y() + half.y());
}

QPointF SimplexView::toPixel(const QPointF& point) const {
  return {xAxis->coordToPixel(point.x()), yAxis->coordToPixel(point.y())};
}

QPointF SimplexView::fromPixel(const QPointF& pixel) const {
  return {xAxis->pixelToCoord(pixel.x()), yAxis->pixelToCoord(pixel.y())};
}

QPointF SimplexView::pixelOf(std::span<const double> composition) const {
  return toPixel(geometry_.position(composition));
}

void SimplexView::zoomAt(const QPointF& position, double factorX, double factorY) {
  // One scale for both directions, or angles would lie.
  const double wanted = zoom_ / (factorX < 1 || factorX > 1 ? factorX : factorY);
  const double zoom = std::clamp(wanted, 0.2, 500.0);
  const QPointF fixed = fromPixel(position);
  centre_ = fixed + (centre_ - fixed) * (zoom_ / zoom);
  zoom_ = zoom;
}

void SimplexView::panBy(const QPointF& pixels) {
  centre_ -= fromPixel(pixels) - fromPixel(QPointF(0, 0));
  placeAxes();
}

}  // namespace assayer::ui
