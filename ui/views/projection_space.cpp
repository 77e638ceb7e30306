// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/projection_space.h"

#include <QKeyEvent>
#include <QMenu>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "ui/views/painted.h"
#include "ui/views/run_endmembers.h"

namespace assayer::ui {
namespace {

constexpr double kClickReach = 12;   // pixels
constexpr double kPerPixel = 0.008;  // radians of a drag
constexpr double kPerKey = 0.08;
constexpr double kPerTick = 0.012;
constexpr int kTick = 40;           // ms: as often as other views are drawn
constexpr std::size_t kSlices = 6;  // of depth: what is far is drawn first, and fainter

}  // namespace

ProjectionSpace::ProjectionSpace(QWidget* parent) : RowPlot(parent) {
  setEmptyText(tr("Three principal components appear here once data are open."));
  // The axes of a plane have no meaning here; the frame brings its own.
  for (QCPAxis* axis : axisRect()->axes()) {
    axis->setVisible(false);
    axis->grid()->setVisible(false);
  }
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { draw(painter); });
  timer_.setInterval(kTick);
  connect(&timer_, &QTimer::timeout, this, [this] {
    // Nobody sees a hidden view turn.
    if (isVisible()) setAngles(around_ + kPerTick, tilt_);
  });
  applyTheme();
}

void ProjectionSpace::setPca(DatasetPtr dataset, std::shared_ptr<const Pca> pca) {
  data_ = std::move(dataset);
  pca_ = std::move(pca);
  chosen_.clear();
  drawn_.clear();
  // They were of other components.
  endmembers_.clear();
  if (isEmpty()) {
    contentChanged();
    return;
  }
  // Of a large image only some rows have scores.
  for (std::uint32_t row = 0; row < data_->rows(); ++row)
    if (std::isfinite(pca_->scores(row, 0))) drawn_.push_back(row);
  if (const std::size_t step = (drawn_.size() + kMostDots - 1) / kMostDots; step > 1) {
    for (std::size_t i = 0; i * step < drawn_.size(); ++i) drawn_[i] = drawn_[i * step];
    drawn_.resize((drawn_.size() + step - 1) / step);
  }
  spans_ = {};
  for (std::size_t row = 0; row < pca_->scores.rows(); ++row)
    for (std::size_t axis = 0; axis < 3; ++axis) spans_[axis].add(pca_->scores(row, axis));
  fitFrame();
  restyle();
  contentChanged();
}

void ProjectionSpace::setEndmembers(std::vector<RunEndmembers> endmembers) {
  endmembers_ = std::move(endmembers);
  if (isEmpty()) endmembers_.clear();
  fitFrame();
  restyle();
  contentChanged();
}

void ProjectionSpace::fitFrame() {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    FiniteSpan span = spans_[axis];
    for (const RunEndmembers& run : endmembers_)
      for (std::size_t k = 0; k < run.scores.rows(); ++k) span.add(run.scores(k, axis));
    if (span.empty()) continue;
    centre_[axis] = (span.low + span.high) / 2;
    spread_[axis] = std::max((span.high - span.low) / 2, 1e-12);
  }
}

void ProjectionSpace::setTurning(bool on) {
  if (on)
    timer_.start();
  else
    timer_.stop();
}

void ProjectionSpace::setAngles(double around, double tilt) {
  around_ = std::remainder(around, 2 * std::numbers::pi);
  tilt_ = std::clamp(tilt, -std::numbers::pi / 2, std::numbers::pi / 2);
  refresh();
}

void ProjectionSpace::fit() {
  zoom_ = 1;
  PlotView::fit();
}

void ProjectionSpace::rescale() {
  zoom_ = 1;
}

bool ProjectionSpace::isEmpty() const {
  return !data_ || !pca_ || pca_->scores.rows() != data_->rows() || pca_->scores.cols() < 3;
}

std::array<double, 3> ProjectionSpace::scaled(std::size_t row) const {
  std::array<double, 3> point{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    point[axis] = (static_cast<double>(pca_->scores(row, axis)) - centre_[axis]) / spread_[axis];
  return point;
}

std::array<double, 3> ProjectionSpace::scaled(const RunEndmembers& run, std::size_t component) const {
  std::array<double, 3> point{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    point[axis] = (run.scores(component, axis) - centre_[axis]) / spread_[axis];
  return point;
}

ProjectionSpace::Look ProjectionSpace::look() const {
  const QRectF frame = axisRect()->rect();
  // A cube from −1 to 1 is √3 long at the most on either side of its middle.
  const double scale = zoom_ * std::min(frame.width(), frame.height()) / 2 / 1.75;
  return {std::cos(around_), std::sin(around_), std::cos(tilt_), std::sin(tilt_), frame.center(), scale};
}

ProjectionSpace::Seen ProjectionSpace::Look::project(const std::array<double, 3>& point) const {
  // PC3 stands upright; turned about it, then tilted.
  const double x = point[0] * cos_around - point[1] * sin_around;
  const double y = point[0] * sin_around + point[1] * cos_around;
  const double up = point[2] * cos_tilt - y * sin_tilt;
  const double depth = -(point[2] * sin_tilt + y * cos_tilt);
  return {centre + scale * QPointF(x, -up), depth};
}

std::optional<QPointF> ProjectionSpace::pixelOf(const Look& look, std::size_t row) const {
  const QPointF at = look.project(scaled(row)).at;
  if (!std::isfinite(at.x()) || !std::isfinite(at.y())) return std::nullopt;
  return at;
}

std::optional<QPointF> ProjectionSpace::pixelOfRow(std::uint32_t row) const {
  if (isEmpty() || row >= data_->rows()) return std::nullopt;
  return pixelOf(look(), row);
}

Rows ProjectionSpace::rowsInside(const SelectRegion& region) const {
  Rows rows;
  if (isEmpty()) return rows;
  const Look look = this->look();
  for (std::uint32_t row = 0; row < data_->rows(); ++row)
    if (const std::optional<QPointF> at = pixelOf(look, row); at && region.contains(*at)) rows.push_back(row);
  return rows;
}

std::optional<std::uint32_t> ProjectionSpace::rowAt(const QPointF& position) const {
  if (isEmpty()) return std::nullopt;
  std::optional<std::uint32_t> best;
  double reach = kClickReach * kClickReach;
  const Look look = this->look();
  for (const std::uint32_t row : drawn_) {
    const QPointF away = look.project(scaled(row)).at - position;
    const double distance = QPointF::dotProduct(away, away);
    if (distance < reach) {
      reach = distance;
      best = row;
    }
  }
  return best;
}

void ProjectionSpace::restyle() {
  std::vector<LegendEntry> entries;
  if (!isEmpty()) {
    if (data_->groups()) {
      const auto& names = data_->groups()->names;
      for (std::size_t g = 0; g < std::min<std::size_t>(names.size(), 12); ++g) {
        LegendEntry entry;
        entry.text = QString::fromStdString(names[g]);
        entry.marker = QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(Qt::NoPen),
                                       QBrush(categoryColour(g, theme().dark)), 6.5);
        entries.push_back(std::move(entry));
      }
    }
    addDrawnEntry(drawn_.size(), data_->rows(), entries);
    addEndmemberEntries(endmembers_, theme().dark, entries);
    chosen_.addEntries(theme(), entries);
  }
  strip().setEntries(std::move(entries));
}

void ProjectionSpace::drawFrame(QCPPainter& painter) const {
  constexpr std::array<std::pair<int, int>, 12> kEdges = {
      {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3}, {4, 6}, {5, 7}, {0, 4}, {1, 5}, {2, 6}, {3, 7}}};
  const auto corner = [](int i) {
    return std::array<double, 3>{(i & 1) != 0 ? 1.0 : -1.0, (i & 2) != 0 ? 1.0 : -1.0,
                                 (i & 4) != 0 ? 1.0 : -1.0};
  };
  const Look look = this->look();
  painter.setPen(QPen(theme().grid, 1));
  for (const auto& [from, to] : kEdges)
    painter.drawLine(QLineF(look.project(corner(from)).at, look.project(corner(to)).at));
  painter.setFont(font());
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::array<double, 3> low = {-1, -1, -1};
    std::array<double, 3> high = low;
    high[axis] = 1;
    painter.setPen(QPen(theme().axis, 1.2));
    painter.drawLine(QLineF(look.project(low).at, look.project(high).at));
    high[axis] = 1.12;
    painter.setPen(theme().text);
    painter.drawText(QRectF(look.project(high).at - QPointF(30, 10), QSizeF(60, 20)), Qt::AlignCenter,
                     QStringLiteral("PC%1").arg(axis + 1));
  }
}

void ProjectionSpace::draw(QCPPainter& painter) const {
  if (isEmpty()) return;
  drawFrame(painter);
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-5, -5, 5, 5);
  const double diameter = data_->rows() > 2000 ? 3.2 : data_->rows() > 400 ? 4.2 : 5.5;
  std::vector<QList<QPointF>> points(kSlices * categoryCount());
  const Look look = this->look();
  for (const std::uint32_t row : drawn_) {
    const Seen seen = look.project(scaled(row));
    // Contains no NaN.
    if (!visible.contains(seen.at)) continue;
    const double near = std::clamp((seen.depth + 1.75) / 3.5, 0.0, 1.0);
    const auto slice = std::min(kSlices - 1, static_cast<std::size_t>(near * kSlices));
    const std::size_t group =
        data_->groups() ? static_cast<std::size_t>(data_->groups()->of_row[row]) % categoryCount() : 0;
    points[slice * categoryCount() + group].append(seen.at);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].isEmpty()) continue;
    QColor colour = categoryColour(i % categoryCount(), theme().dark);
    colour.setAlpha(70 + static_cast<int>(130 * (i / categoryCount()) / (kSlices - 1)));
    drawDots(painter, points[i], diameter, colour);
  }
  drawEndmembers(painter, look, visible);
  chosen_.draw(painter, theme(), visible, [this, &look](std::uint32_t row) {
    return row < rowCount() ? pixelOf(look, row) : std::nullopt;
  });
}

void ProjectionSpace::drawEndmembers(QCPPainter& painter, const Look& look, const QRectF& visible) const {
  for (const RunEndmembers& run : endmembers_) {
    std::vector<std::array<double, 3>> at;
    for (std::size_t k = 0; k < run.scores.rows(); ++k) at.push_back(scaled(run, k));
    drawRunSigns(painter, visible, runEndmemberSign(run.id, theme().dark), at,
                 [&look](const std::array<double, 3>& point) { return look.project(point).at; });
  }
}

QString ProjectionSpace::statusAt(const QPointF& position) const {
  const Look look = this->look();
  if (const QString endmember = endmemberUnder(
          position, data_.get(), endmembers_,
          [&](const RunEndmembers& run, std::size_t k) { return look.project(scaled(run, k)).at; });
      !endmember.isEmpty())
    return endmember;
  const std::optional<std::uint32_t> row = rowAt(position);
  if (!row)
    return tr("Turn: middle-drag, Space-drag or the arrow keys; select: click, drag a box, Alt a lasso");
  QString text = tr("row %1").arg(*row);
  for (std::size_t axis = 0; axis < 3; ++axis)
    text += QStringLiteral(" · PC%1 %2")
                .arg(axis + 1)
                .arg(static_cast<double>(pca_->scores(*row, axis)), 0, 'g', 4);
  return text;
}

void ProjectionSpace::extendMenu(QMenu& menu) {
  QAction* turn = menu.addAction(tr("Turn by itself"), this, [this](bool on) { setTurning(on); });
  turn->setCheckable(true);
  turn->setChecked(turning());
}

void ProjectionSpace::zoomAt(const QPointF& /*position*/, double factorX, double factorY) {
  zoom_ = std::clamp(zoom_ / (factorX < 1 || factorX > 1 ? factorX : factorY), 0.3, 50.0);
}

void ProjectionSpace::panBy(const QPointF& pixels) {
  setAngles(around_ + kPerPixel * pixels.x(), tilt_ + kPerPixel * pixels.y());
}

void ProjectionSpace::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      setAngles(around_ - kPerKey, tilt_);
      return;
    case Qt::Key_Right:
      setAngles(around_ + kPerKey, tilt_);
      return;
    case Qt::Key_Up:
      setAngles(around_, tilt_ - kPerKey);
      return;
    case Qt::Key_Down:
      setAngles(around_, tilt_ + kPerKey);
      return;
    default:
      PlotView::keyPressEvent(event);
  }
}

PlotTable ProjectionSpace::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  table.header << QStringLiteral("row") << QStringLiteral("PC1") << QStringLiteral("PC2")
               << QStringLiteral("PC3");
  for (std::size_t row = 0; row < data_->rows(); ++row)
    table.rows << QStringList{QString::number(row), cell(pca_->scores(row, 0)), cell(pca_->scores(row, 1)),
                              cell(pca_->scores(row, 2))};
  for (const RunEndmembers& run : endmembers_)
    for (std::size_t k = 0; k < run.scores.rows(); ++k) {
      QStringList cells{endmemberText(*data_, run, k)};
      for (std::size_t axis = 0; axis < 3; ++axis) cells << cell(static_cast<float>(run.scores(k, axis)));
      table.rows << cells;
    }
  return table;
}

}  // namespace assayer::ui
