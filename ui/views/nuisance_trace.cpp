// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/nuisance_trace.h"

#include <QFontMetricsF>
#include <QMenu>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <variant>

#include "core/metrics/metrics.h"
#include "ui/viewmodels/row_columns.h"
#include "ui/views/dots.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kClickReach = 12;  // pixels

/// As the table of rows sorts by the column.
std::vector<std::uint32_t> sortedByColumn(const DatasetPtr& data, std::size_t column) {
  const bool number = !std::holds_alternative<std::vector<std::string>>(data->metadata()[column].values);
  // Nobody stops it.
  return sortedRows({data, nullptr, nullptr}, {RowColumn::Kind::Metadata, column, {}, number}, false,
                    RunControl())
      .value();
}

}  // namespace

NuisanceTrace::NuisanceTrace(QWidget* parent) : RowPlot(parent) {
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
  z_ = {};
  finite_ = 0;
  dimension_ = 0;
  chosen_.clear();
  runs_.clear();
  sorting_ = {};
  if (threshold_) setThresholdShown(false);
  sortRows();
  setFollowsData(true);
  restyle();
  contentChanged();
}

void NuisanceTrace::setOrder(TraceOrder order) {
  if (order.by == TraceOrder::By::Column && (!data_ || order.column >= data_->metadata().size())) order = {};
  if (order == sorting_) return;
  sorting_ = order;
  sortRows();
  updateMedians();
  updateRuns();
  setFollowsData(true);
  restyle();
  contentChanged();
}

QString NuisanceTrace::groupOf(std::uint32_t row) const {
  if (!data_->groups()) return {};
  const auto group = static_cast<std::size_t>(data_->groups()->of_row[row]);
  const std::vector<std::string>& names = data_->groups()->names;
  return group < names.size() ? QString::fromStdString(names[group]) : QString();
}

void NuisanceTrace::sortRows() {
  order_.assign(data_ ? data_->rows() : 0, 0);
  std::iota(order_.begin(), order_.end(), 0U);
  spans_.clear();
  place_.resize(order_.size());
  if (order_.empty()) return;
  const auto by = [this](const auto& key) {
    std::ranges::stable_sort(order_, [&key](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  };
  const auto& groups = data_->groups();
  switch (sorting_.by) {
    case TraceOrder::By::Group:
      if (groups) by([&groups](std::uint32_t row) { return groups->of_row[row]; });
      break;
    case TraceOrder::By::Row:
      break;
    case TraceOrder::By::Column:
      order_ = sortedByColumn(data_, sorting_.column);
      break;
    case TraceOrder::By::Value:
      if (!z_.empty())
        by([this](std::uint32_t row) {
          const double z = z_(row, static_cast<std::size_t>(dimension_));
          return std::isnan(z) ? std::numeric_limits<double>::infinity() : z;
        });
      break;
  }
  for (std::size_t place = 0; place < order_.size(); ++place)
    place_[order_[place]] = static_cast<std::uint32_t>(place);
  if (!groups || sorting_.by != TraceOrder::By::Group) {
    spans_.push_back({0, order_.size(), QString(), 0});
    return;
  }
  for (std::size_t place = 0; place < order_.size(); ++place) {
    const std::int32_t group = groups->of_row[order_[place]];
    if (place == 0 || group != groups->of_row[order_[place - 1]])
      spans_.push_back({place, place, groupOf(order_[place]), static_cast<std::size_t>(group)});
    spans_.back().last = place + 1;
  }
}

void NuisanceTrace::setValues(const Matrix<double>& z, int dimension) {
  const int before = dimension_;
  z_ = data_ && z.rows() == data_->rows() ? z : Matrix<double>();
  dimension_ = std::clamp(dimension, 0, std::max(0, static_cast<int>(z_.cols()) - 1));
  if (sorting_.by == TraceOrder::By::Value) sortRows();
  if (z_.empty() && threshold_) setThresholdShown(false);
  updateMedians();
  if (dimension_ != before) updateRuns();
  restyle();
  contentChanged();
}

void NuisanceTrace::setDimension(int dimension) {
  if (dimension < 0 || dimension >= static_cast<int>(z_.cols()) || dimension == dimension_) return;
  dimension_ = dimension;
  if (sorting_.by == TraceOrder::By::Value) sortRows();
  // Another dimension has another scale.
  if (threshold_) setThresholdShown(false);
  updateMedians();
  updateRuns();
  setFollowsData(true);
  restyle();
  contentChanged();
  Q_EMIT dimensionChanged(dimension);
}

void NuisanceTrace::showGroup(std::size_t group) {
  const auto span = std::ranges::find(spans_, group, &Span::group);
  if (sorting_.by != TraceOrder::By::Group || span == spans_.end() || isEmpty()) return;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t place = span->first; place < span->last; ++place) {
    if (!std::isfinite(value(place))) continue;
    low = std::min(low, value(place));
    high = std::max(high, value(place));
  }
  if (!(low <= high)) return;
  setFollowsData(false);
  xAxis->setRange(static_cast<double>(span->first) - 0.5, static_cast<double>(span->last) - 0.5);
  yAxis->setRange(padded(low, high));
  refresh();
}

double NuisanceTrace::value(std::size_t place) const {
  return z_(order_[place], static_cast<std::size_t>(dimension_));
}

std::vector<double> NuisanceTrace::finiteValues() const {
  std::vector<double> values;
  values.reserve(z_.rows());
  for (std::size_t row = 0; row < z_.rows(); ++row)
    if (const double z = z_(row, static_cast<std::size_t>(dimension_)); std::isfinite(z)) values.push_back(z);
  return values;
}

void NuisanceTrace::updateMedians() {
  std::vector<double> values = finiteValues();
  finite_ = values.size();
  median_ = median(std::move(values));
  medians_ = mediansOf(z_);
  if (threshold_) beyond_ = beyondThreshold();
}

std::vector<double> NuisanceTrace::mediansOf(const Matrix<double>& z) const {
  std::vector<double> medians;
  for (const Span& span : spans_) {
    std::vector<double> values;
    for (std::size_t place = span.first; place < span.last && !z.empty(); ++place)
      values.push_back(z(order_[place], static_cast<std::size_t>(dimension_)));
    medians.push_back(median(std::move(values)));
  }
  return medians;
}

void NuisanceTrace::rescale() {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t row = 0; row < z_.rows(); ++row) {
    const double z = z_(row, static_cast<std::size_t>(dimension_));
    if (!std::isfinite(z)) continue;
    low = std::min(low, z);
    high = std::max(high, z);
  }
  for (const std::vector<double>& medians : runMedians_) {
    for (const double median : medians) {
      if (!std::isfinite(median)) continue;
      low = std::min(low, median);
      high = std::max(high, median);
    }
  }
  yAxis->setRange(padded(low, high));
  const double air = 0.01 * static_cast<double>(order_.size()) + 0.5;
  xAxis->setRange(-air, static_cast<double>(order_.size()) - 1 + air);
}

QString NuisanceTrace::orderText() const {
  switch (sorting_.by) {
    case TraceOrder::By::Group:
      return spans_.size() > 1 ? tr("Spectrum, sorted by group") : tr("Spectrum");
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
  yAxis->setLabel(z_.cols() > 1 ? tr("Nuisance z%1").arg(dimension_ + 1) : tr("Nuisance z"));
  std::vector<LegendEntry> entries;
  if (!isEmpty()) {
    LegendEntry median;
    median.text = spans_.size() > 1 ? tr("median of the group") : tr("median");
    median.line = QPen(theme().text, 1.6);
    entries.push_back(std::move(median));
    addRunEntries(entries);
    addDrawnEntry(order_.size() / drawnStep(), order_.size(), entries);
    chosen_.addEntries(theme(), entries);
  }
  strip().setEntries(std::move(entries));
}

QPointF NuisanceTrace::pixelOfPlace(std::size_t place) const {
  return {xAxis->coordToPixel(static_cast<double>(place)), yAxis->coordToPixel(value(place))};
}

std::optional<QPointF> NuisanceTrace::pixelOfRow(std::uint32_t row) const {
  if (z_.empty() || row >= place_.size() || !std::isfinite(value(place_[row]))) return std::nullopt;
  return pixelOfPlace(place_[row]);
}

std::optional<std::size_t> NuisanceTrace::placeAt(const QPointF& position) const {
  std::optional<std::size_t> best;
  double reach = kClickReach * kClickReach;
  for (std::size_t place = 0; place < order_.size() && !z_.empty(); place += drawnStep()) {
    const QPointF away = pixelOfPlace(place) - position;
    const double distance = QPointF::dotProduct(away, away);
    // A NaN is never less.
    if (distance < reach) {
      reach = distance;
      best = place;
    }
  }
  return best;
}

std::optional<std::uint32_t> NuisanceTrace::rowAt(const QPointF& position) const {
  const std::optional<std::size_t> place = placeAt(position);
  return place ? std::optional(order_[*place]) : std::nullopt;
}

QString NuisanceTrace::statusAt(const QPointF& position) const {
  if (onThreshold(position))
    return tr("Drag the line, or press ↑ and ↓: what lies beyond is selected (%L1 rows)").arg(beyond_.size());
  const std::optional<std::size_t> place = placeAt(position);
  if (!place) return tr("Select: click takes the nearest spectrum, Shift adds, drag a box, Alt a lasso");
  QString text = tr("row %1").arg(order_[*place]);
  if (const QString group = groupOf(order_[*place]); !group.isEmpty()) text += QStringLiteral(" · ") + group;
  return text + QStringLiteral(" · %1 %2")
                    .arg(z_.cols() > 1 ? QStringLiteral("z%1").arg(dimension_ + 1) : QStringLiteral("z"),
                         QString::number(value(*place), 'g', 4));
}

void NuisanceTrace::extendMenu(QMenu& menu) {
  const auto choice = [this](QMenu& in, const QString& text, bool checked, auto chosen) {
    QAction* action = in.addAction(text, this, chosen);
    action->setCheckable(true);
    action->setChecked(checked);
  };
  for (int d = 0; z_.cols() > 1 && d < static_cast<int>(z_.cols()); ++d)
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
  for (std::size_t s = 0; s < spans_.size(); ++s) {
    const Span& span = spans_[s];
    const double left = xAxis->coordToPixel(static_cast<double>(span.first) - 0.5);
    const double right = xAxis->coordToPixel(static_cast<double>(span.last) - 0.5);
    if (right < frame.left() || left > frame.right()) continue;
    if (s > 0 && left > frame.left()) {
      painter.setPen(QPen(theme().grid, 1));
      painter.drawLine(QLineF(left, frame.top() - 16, left, frame.bottom()));
    }
    const double from = std::max(left, frame.left());
    const double room = std::min(right, frame.right()) - from - 6;
    if (room < metrics.averageCharWidth() * 3) continue;
    painter.setPen(theme().text);
    painter.drawText(QRectF(from + 3, frame.top() - metrics.height() - 3, room, metrics.height()),
                     Qt::AlignCenter | Qt::TextSingleLine,
                     metrics.elidedText(span.name, Qt::ElideMiddle, room));
  }
}

void NuisanceTrace::drawPoints(QCPPainter& painter) const {
  if (isEmpty()) return;
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-5, -5, 5, 5);
  const double diameter = order_.size() > 2000 ? 2.6 : order_.size() > 400 ? 3.4 : 4.5;
  // By colour, whatever the order of the spectra.
  const auto& groups = data_->groups();
  std::vector<QList<QPointF>> points(categoryCount());
  for (std::size_t place = 0; place < order_.size(); place += drawnStep()) {
    const QPointF at = pixelOfPlace(place);
    // Contains no NaN.
    if (!visible.contains(at)) continue;
    const auto group = groups ? static_cast<std::size_t>(groups->of_row[order_[place]]) : 0;
    points[group % points.size()].append(at);
  }
  for (std::size_t c = 0; c < points.size(); ++c) {
    QColor colour = categoryColour(c, theme().dark);
    colour.setAlpha(order_.size() > 400 ? 150 : 220);
    if (!points[c].isEmpty()) drawDots(painter, points[c], diameter, colour);
  }
  drawRuns(painter);
  drawMedians(painter, medians_, QPen(theme().text, 1.6, Qt::SolidLine, Qt::FlatCap));
  chosen_.draw(painter, theme(), visible, [this](std::uint32_t row) { return pixelOfRow(row); });
}

void NuisanceTrace::drawMedians(QCPPainter& painter, const std::vector<double>& medians,
                                const QPen& pen) const {
  painter.setPen(pen);
  for (std::size_t s = 0; s < spans_.size(); ++s) {
    if (!std::isfinite(medians[s])) continue;
    const double y = yAxis->coordToPixel(medians[s]);
    painter.drawLine(QLineF(xAxis->coordToPixel(static_cast<double>(spans_[s].first) - 0.5) + 1, y,
                            xAxis->coordToPixel(static_cast<double>(spans_[s].last) - 0.5) - 1, y));
  }
}

PlotTable NuisanceTrace::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  table.header << QStringLiteral("order") << QStringLiteral("row") << QStringLiteral("group");
  for (std::size_t d = 0; d < z_.cols(); ++d) table.header << QStringLiteral("z%1").arg(d + 1);
  for (const RunNuisance& run : runs_)
    for (std::size_t d = 0; d < run.z->cols(); ++d)
      table.header << QStringLiteral("z%1 of %2").arg(d + 1).arg(run.name);
  for (std::size_t place = 0; place < order_.size(); ++place) {
    QStringList cells{QString::number(place), QString::number(order_[place]), groupOf(order_[place])};
    for (const double z : z_.row(order_[place])) cells << cell(z);
    for (const RunNuisance& run : runs_)
      for (const double z : run.z->row(order_[place])) cells << cell(z);
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
