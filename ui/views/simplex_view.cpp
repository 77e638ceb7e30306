// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/simplex_view.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <string>
#include <unordered_map>
#include <utility>

#include "ui/viewmodels/session_model.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kCompositionGrain = 1e-6;  // compositions nearer than this are one site
constexpr QMarginsF kRoomForNames(54, 30, 54, 46);

}  // namespace

SimplexView::SimplexView(QWidget* parent) : PlotView(parent) {
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
  setEmptyText(!data_ ? tr("Open a data set to see its compositions here.")
                      : tr("These spectra have no named components, hence no compositions to show."));
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
  buildSites();
  countRoles();
  countSelected();
  placeUnfeatured();
  placeRuns();
  setFollowsData(true);
  restyle();
  contentChanged();
}

bool SimplexView::shows(std::span<const double> composition) const {
  if (!face_) return true;
  const double shown = geometry_.shown(composition);
  return shown > kCompositionGrain && 1 - shown <= face_->mostOthers + kCompositionGrain;
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
  for (std::size_t row = 0; row < siteOfRow_.size(); ++row) {
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

void SimplexView::buildSites() {
  sites_.clear();
  siteStart_.assign(1, 0);
  siteRows_.clear();
  siteOfRow_.clear();
  withoutComposition_ = 0;
  offFace_ = 0;
  if (isEmpty()) return;
  const std::size_t rows = data_->rows();
  siteOfRow_.assign(rows, -1);
  std::unordered_map<std::string, std::int32_t> known;
  std::string key(geometry_.components() * sizeof(std::int32_t), '\0');
  for (std::size_t row = 0; row < rows; ++row) {
    if (!data_->labelled(row)) {
      ++withoutComposition_;
      continue;
    }
    const std::span<const double> composition = data_->abundances()->row(row);
    if (!shows(composition)) {
      ++offFace_;
      continue;
    }
    for (std::size_t k = 0; k < composition.size(); ++k) {
      const auto part = static_cast<std::int32_t>(std::lround(composition[k] / kCompositionGrain));
      std::memcpy(key.data() + k * sizeof part, &part, sizeof part);
    }
    const auto [place, isNew] = known.try_emplace(key, static_cast<std::int32_t>(sites_.size()));
    if (isNew) sites_.push_back({geometry_.position(composition), {}, 0});
    siteOfRow_[row] = place->second;
  }
  siteStart_.assign(sites_.size() + 1, 0);
  for (const std::int32_t site : siteOfRow_) {
    if (site >= 0) ++siteStart_[static_cast<std::size_t>(site) + 1];
  }
  for (std::size_t s = 1; s < siteStart_.size(); ++s) siteStart_[s] += siteStart_[s - 1];
  siteRows_.resize(siteStart_.back());
  std::vector<std::uint32_t> next(siteStart_.begin(), siteStart_.end() - 1);
  for (std::size_t row = 0; row < rows; ++row) {
    if (siteOfRow_[row] >= 0)
      siteRows_[next[static_cast<std::size_t>(siteOfRow_[row])]++] = static_cast<std::uint32_t>(row);
  }
}

void SimplexView::countRoles() {
  for (Site& site : sites_) site.of = {};
  roleCount_ = {};
  for (std::size_t row = 0; row < siteOfRow_.size(); ++row) {
    const std::size_t role = index(row < roles_.size() ? roles_[row] : Role::HeldOut);
    ++roleCount_[role];
    if (siteOfRow_[row] >= 0) ++sites_[static_cast<std::size_t>(siteOfRow_[row])].of[role];
  }
}

void SimplexView::countSelected() {
  for (Site& site : sites_) site.selected = 0;
  for (const std::uint32_t row : selection_) {
    if (row < siteOfRow_.size() && siteOfRow_[row] >= 0)
      ++sites_[static_cast<std::size_t>(siteOfRow_[row])].selected;
  }
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
      add(tr("rows"), siteOfRow_.size(), roleStyle(Role::HeldOut, true));
    } else {
      for (const Role role : kLegendOrder) {
        const std::size_t count = roleCount_[index(role)];
        if (count > 0 || role == Role::Labelled || role == Role::Unlabelled) {
          add(roleName(role), count, roleStyle(role, true));
        }
      }
    }
    if (unfeatured_.rows() > 0) add(tr("unfeatured"), unfeatured_.rows(), unfeaturedStyle());
    addRunEntries(entries);
    if (offFace_ > 0) add(tr("· off this triangle"), offFace_, std::nullopt);
    if (withoutComposition_ > 0) add(tr("· without composition"), withoutComposition_, std::nullopt);
  }
  strip().setEntries(std::move(entries));
}

// ------------------------------------------------------------------------------------------- geometry

void SimplexView::placeAxes() {
  const QRectF pixels = axisRect()->rect();
  const QRectF plane = geometry_.bounds();
  QMarginsF room = kRoomForNames;
  if (geometry_.components() == 2) room = QMarginsF(36, 70, 36, 50);
  if (geometry_.corners().size() > 3) room = QMarginsF(80, 34, 80, 34);
  const double width = std::max(20.0, pixels.width() - room.left() - room.right());
  const double height = std::max(20.0, pixels.height() - room.top() - room.bottom());
  double perUnit = width / plane.width();
  if (plane.height() > 0) perUnit = std::min(perUnit, height / plane.height());
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
