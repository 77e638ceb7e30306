// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/nuisance_trace.h"

#include <QFontMetricsF>
#include <QMenu>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/viewmodels/finite_span.h"
#include "ui/views/dots.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kClickReach = 12;  // pixels

}  // namespace

NuisanceTrace::NuisanceTrace(QWidget* parent)
    : RowPlot(parent), points_(*this, PointPicture::kMostDots, [this] {
        restyle();
        refresh();
      }) {
  setEmptyText(tr("Train a model to see the nuisance z of every spectrum here."));
  // The groups' names stand above the axes.
  axisRect()->setMinimumMargins(QMargins(14, 26, 18, 10));
  xAxis->grid()->setVisible(false);
  new Painted(this, QStringLiteral("grid"), Painted::Clip::Viewport,
              [this](QCPPainter& painter) { drawSpans(painter); });
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect, [this](QCPPainter& painter) {
    drawPoints(painter);
    drawThreshold(painter);
  });
  applyTheme();
}

void NuisanceTrace::setData(DatasetPtr dataset) {
  data_ = std::move(dataset);
  z_.reset();
  dimension_ = 0;
  chosen_.clear();
  runs_.clear();
  sorting_ = {};
  if (threshold_) setThresholdShown(false);
  clear();
  setFollowsData(true);
  restyle();
  contentChanged();
}

void NuisanceTrace::setOrder(TraceOrder order) {
  if (order.by == TraceOrder::By::Column && (!data_ || order.column >= data_->metadata().size())) order = {};
  if (order == sorting_) return;
  sorting_ = order;
  setFollowsData(true);
  arrange();
}

QString NuisanceTrace::groupOf(std::uint32_t row) const {
  if (!data_->groups()) return {};
  const auto group = static_cast<std::size_t>(data_->groups()->of_row[row]);
  const std::vector<std::string>& names = data_->groups()->names;
  return group < names.size() ? QString::fromStdString(names[group]) : QString();
}

void NuisanceTrace::setValues(const Matrix<double>& z, int dimension) {
  shareValues(z.empty() ? nullptr : std::make_shared<const Matrix<double>>(z), dimension);
}

void NuisanceTrace::shareValues(std::shared_ptr<const Matrix<double>> z, int dimension) {
  const bool fits = data_ && z && !z->empty() && z->rows() == data_->rows();
  z_ = fits ? std::move(z) : nullptr;
  dimension_ = z_ ? std::clamp(dimension, 0, static_cast<int>(z_->cols()) - 1) : 0;
  if (!z_ && threshold_) setThresholdShown(false);
  arrange();
}

void NuisanceTrace::setDimension(int dimension) {
  if (dimension < 0 || !z_ || dimension >= static_cast<int>(z_->cols()) || dimension == dimension_) return;
  dimension_ = dimension;
  // Another dimension has another scale.
  if (threshold_) setThresholdShown(false);
  setFollowsData(true);
  arrange();
  Q_EMIT dimensionChanged(dimension);
}

TraceWanted NuisanceTrace::wanted() const {
  TraceWanted wanted{data_, sorting_, z_, dimension_, {}, shown_ ? shown_->rows : nullptr};
  for (const RunNuisance& run : runs_) wanted.runs.push_back(run.z);
  return wanted;
}

void NuisanceTrace::arrange() {
  if (!z_) {
    clear();
    restyle();
    contentChanged();
    return;
  }
  if (data_->rows() <= PointPicture::kMostDots) {
    // Nobody stops it.
    take(arrangeTrace(wanted(), RunControl()).value());
    return;
  }
  // Training brings new values faster than a million rows may be arranged: the newest come next, instead of
  // all the time taking the place of what is almost done.
  if (jobs_.busy()) {
    again_ = true;
    return;
  }
  jobs_.start<TraceArrangement>(
      tr("Nuisance trace"),
      [wanted = wanted()](RunControl& control, const ProgressFn&) { return arrangeTrace(wanted, control); },
      [this](Result<TraceArrangement>& arrangement) {
        if (arrangement) take(std::move(*arrangement));
        if (std::exchange(again_, false))
          arrange();
        else
          Q_EMIT settled();
      });
}

void NuisanceTrace::clear() {
  jobs_.abandon();
  again_ = false;
  shown_.reset();
  colour_.clear();
  points_.setIndex(nullptr);
  beyond_.clear();
}

void NuisanceTrace::take(TraceArrangement arrangement) {
  shown_ = std::move(arrangement);
  points_.setIndex(shown_->points);
  const std::vector<std::uint32_t>& order = shown_->rows->order;
  colour_.assign(order.size(), 0);
  if (const auto& groups = data_->groups())
    for (std::size_t place = 0; place < order.size(); ++place)
      colour_[place] =
          static_cast<std::uint8_t>(static_cast<std::size_t>(groups->of_row[order[place]]) % categoryCount());
  if (threshold_) beyond_ = beyondThreshold();
  restyle();
  contentChanged();
}

void NuisanceTrace::showGroup(std::size_t group) {
  if (isEmpty() || shown_->rows->sorting.by != TraceOrder::By::Group) return;
  const auto span = std::ranges::find(shown_->rows->spans, group, &TraceSpan::group);
  if (span == shown_->rows->spans.end()) return;
  FiniteSpan values;
  for (std::size_t place = span->first; place < span->last; ++place) values.add(shown_->value(place));
  if (values.empty()) return;
  setFollowsData(false);
  xAxis->setRange(static_cast<double>(span->first) - 0.5, static_cast<double>(span->last) - 0.5);
  yAxis->setRange(padded(values.low, values.high));
  refresh();
}

void NuisanceTrace::rescale() {
  FiniteSpan values = shown_->span;
  for (const std::vector<double>& medians : shown_->run_medians)
    for (const double median : medians) values.add(median);
  yAxis->setRange(padded(values.low, values.high));
  const auto rows = static_cast<double>(rowCount());
  const double air = 0.01 * rows + 0.5;
  xAxis->setRange(-air, rows - 1 + air);
}

QString NuisanceTrace::orderText() const {
  switch (sorting_.by) {
    case TraceOrder::By::Group:
      return shown_ && shown_->rows->spans.size() > 1 ? tr("Spectrum, sorted by group") : tr("Spectrum");
    case TraceOrder::By::Row:
      return tr("Spectrum");
    case TraceOrder::By::Column:
      return tr("Spectrum, sorted by %1")
          .arg(QString::fromStdString(data_->metadata()[sorting_.column].name));
    case TraceOrder::By::Value:
      return tr("Spectrum, sorted by z");
  }
  return {};
}

void NuisanceTrace::restyle() {
  xAxis->setLabel(orderText());
  yAxis->setLabel(z_ && z_->cols() > 1 ? tr("Nuisance z%1").arg(dimension_ + 1) : tr("Nuisance z"));
  std::vector<LegendEntry> entries;
  if (!isEmpty()) {
    LegendEntry median;
    median.text = shown_->rows->spans.size() > 1 ? tr("median of the group") : tr("median");
    median.line = QPen(theme().text, 1.6);
    entries.push_back(std::move(median));
    addRunEntries(entries);
    points_.addEntry(tr("density of %L1 rows; zoom in for dots"), entries);
    chosen_.addEntries(theme(), entries);
  }
  strip().setEntries(std::move(entries));
}

QPointF NuisanceTrace::pixelOfPlace(std::size_t place) const {
  return {xAxis->coordToPixel(static_cast<double>(place)), yAxis->coordToPixel(shown_->value(place))};
}

std::optional<QPointF> NuisanceTrace::pixelOfRow(std::uint32_t row) const {
  if (row >= rowCount()) return std::nullopt;
  const std::size_t place = shown_->rows->place[row];
  if (!std::isfinite(shown_->value(place))) return std::nullopt;
  return pixelOfPlace(place);
}

std::optional<std::size_t> NuisanceTrace::placeAt(const QPointF& position) const {
  return points_.nearest(position, kClickReach);
}

std::optional<std::uint32_t> NuisanceTrace::rowAt(const QPointF& position) const {
  const std::optional<std::size_t> place = placeAt(position);
  return place ? std::optional(shown_->rows->order[*place]) : std::nullopt;
}

Rows NuisanceTrace::rowsInside(const SelectRegion& region) const {
  return shown_ ? points_.inside(region, shown_->rows->order) : Rows();
}

QString NuisanceTrace::statusAt(const QPointF& position) const {
  if (onThreshold(position))
    return tr("Drag the line, or press ↑ and ↓: what lies beyond is selected (%L1 rows)").arg(beyond_.size());
  const std::optional<std::size_t> place = placeAt(position);
  if (!place) return tr("Select: click takes the nearest spectrum, Shift adds, drag a box, Alt a lasso");
  const std::uint32_t row = shown_->rows->order[*place];
  QString text = tr("row %1").arg(row);
  if (const QString group = groupOf(row); !group.isEmpty()) text += QStringLiteral(" · ") + group;
  return text + QStringLiteral(" · %1 %2")
                    .arg(shown_->z->cols() > 1 ? QStringLiteral("z%1").arg(shown_->dimension + 1)
                                               : QStringLiteral("z"),
                         QString::number(shown_->value(*place), 'g', 4));
}

void NuisanceTrace::extendMenu(QMenu& menu) {
  const auto choice = [this](QMenu& in, const QString& text, bool checked, auto chosen) {
    QAction* action = in.addAction(text, this, chosen);
    action->setCheckable(true);
    action->setChecked(checked);
  };
  for (int d = 0; z_ && z_->cols() > 1 && d < static_cast<int>(z_->cols()); ++d)
    choice(menu, tr("Nuisance z%1").arg(d + 1), d == dimension_, [this, d] { setDimension(d); });
  if (!data_) return;
  QMenu* orders = menu.addMenu(tr("Sort by"));
  using By = TraceOrder::By;
  const auto order = [&](const QString& text, TraceOrder by) {
    choice(*orders, text, sorting_ == by, [this, by] { setOrder(by); });
  };
  if (data_->groups()) order(tr("Group"), {By::Group, 0});
  order(tr("Row"), {data_->groups() ? By::Row : By::Group, 0});
  order(tr("Value of z"), {By::Value, 0});
  for (std::size_t column = 0; column < data_->metadata().size(); ++column)
    order(QString::fromStdString(data_->metadata()[column].name), {By::Column, column});
}

void NuisanceTrace::drawSpans(QCPPainter& painter) const {
  if (isEmpty()) return;
  const QRectF frame = axisRect()->rect();
  const QFontMetricsF metrics(font());
  painter.setFont(font());
  const std::vector<TraceSpan>& spans = shown_->rows->spans;
  // The one span of a trace that is not sorted by group has no name.
  const bool named = data_->groups() && shown_->rows->sorting.by == TraceOrder::By::Group;
  for (std::size_t s = 0; s < spans.size(); ++s) {
    const TraceSpan& span = spans[s];
    const double left = xAxis->coordToPixel(static_cast<double>(span.first) - 0.5);
    const double right = xAxis->coordToPixel(static_cast<double>(span.last) - 0.5);
    if (right < frame.left() || left > frame.right()) continue;
    if (s > 0 && left > frame.left()) {
      painter.setPen(QPen(theme().grid, 1));
      painter.drawLine(QLineF(left, frame.top() - 16, left, frame.bottom()));
    }
    const double from = std::max(left, frame.left());
    const double room = std::min(right, frame.right()) - from - 6;
    if (!named || room < metrics.averageCharWidth() * 3) continue;
    painter.setPen(theme().text);
    painter.drawText(QRectF(from + 3, frame.top() - metrics.height() - 3, room, metrics.height()),
                     Qt::AlignCenter | Qt::TextSingleLine,
                     metrics.elidedText(groupOf(shown_->rows->order[span.first]), Qt::ElideMiddle, room));
  }
}

void NuisanceTrace::drawPoints(QCPPainter& painter) {
  if (isEmpty()) return;
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-5, -5, 5, 5);
  std::vector<QColor> colours;
  colours.reserve(categoryCount());
  for (std::size_t c = 0; c < categoryCount(); ++c) colours.push_back(categoryColour(c, theme().dark));
  if (points_.judge()) {
    points_.drawDensity(painter, colours, [this](Density& density, std::uint32_t place, const QPointF& at) {
      density.add(at.x(), at.y(), colour_[place]);
    });
  } else {
    const std::vector<std::uint32_t> places = points_.inView(5);
    // Zoomed in on a few of many, they are as large as few are.
    const std::size_t crowd = rowCount() > PointPicture::kMostDots ? places.size() : rowCount();
    const double diameter = crowd > 2000 ? 2.6 : crowd > 400 ? 3.4 : 4.5;
    // By colour, whatever the order of the spectra.
    std::vector<QList<QPointF>> dots(colours.size());
    for (const std::uint32_t place : places) dots[colour_[place]].append(pixelOfPlace(place));
    for (std::size_t c = 0; c < dots.size(); ++c) {
      colours[c].setAlpha(crowd > 400 ? 150 : 220);
      if (!dots[c].isEmpty()) drawDots(painter, dots[c], diameter, colours[c]);
    }
  }
  drawRuns(painter);
  drawMedians(painter, shown_->medians, QPen(theme().text, 1.6, Qt::SolidLine, Qt::FlatCap));
  chosen_.draw(painter, theme(), visible, [this](std::uint32_t row) { return pixelOfRow(row); });
}

void NuisanceTrace::drawMedians(QCPPainter& painter, const std::vector<double>& medians,
                                const QPen& pen) const {
  painter.setPen(pen);
  const std::vector<TraceSpan>& spans = shown_->rows->spans;
  for (std::size_t s = 0; s < spans.size(); ++s) {
    if (!std::isfinite(medians[s])) continue;
    const double y = yAxis->coordToPixel(medians[s]);
    painter.drawLine(QLineF(xAxis->coordToPixel(static_cast<double>(spans[s].first) - 0.5) + 1, y,
                            xAxis->coordToPixel(static_cast<double>(spans[s].last) - 0.5) - 1, y));
  }
}

PlotTable NuisanceTrace::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  table.header << QStringLiteral("order") << QStringLiteral("row") << QStringLiteral("group");
  const std::vector<std::uint32_t>& order = shown_->rows->order;
  for (std::size_t d = 0; d < shown_->z->cols(); ++d) table.header << QStringLiteral("z%1").arg(d + 1);
  for (const RunNuisance& run : runs_)
    for (std::size_t d = 0; d < run.z->cols(); ++d)
      table.header << QStringLiteral("z%1 of %2").arg(d + 1).arg(run.name);
  for (std::size_t place = 0; place < order.size(); ++place) {
    QStringList cells{QString::number(place), QString::number(order[place]), groupOf(order[place])};
    for (const double z : shown_->z->row(order[place])) cells << cell(z);
    for (const RunNuisance& run : runs_)
      for (const double z : run.z->row(order[place])) cells << cell(z);
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
