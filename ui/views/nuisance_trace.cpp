// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/nuisance_trace.h"

#include <QFontMetricsF>
#include <QMenu>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ui/views/dots.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kClickReach = 12;  // pixels

}  // namespace

NuisanceTrace::NuisanceTrace(QWidget* parent) : RowPlot(parent) {
  setEmptyText(tr("Train a model to see the nuisance z of every spectrum here."));
  // The groups' names stand above the axes.
  axisRect()->setMinimumMargins(QMargins(14, 26, 18, 10));
  xAxis->grid()->setVisible(false);
  new Painted(this, QStringLiteral("grid"), Painted::Clip::Viewport,
              [this](QCPPainter& painter) { drawSpans(painter); });
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawPoints(painter); });
  applyTheme();
}

void NuisanceTrace::setData(DatasetPtr dataset) {
  data_ = std::move(dataset);
  z_ = {};
  finite_ = 0;
  dimension_ = 0;
  chosen_.clear();
  order_.clear();
  place_.clear();
  spans_.clear();
  if (data_) {
    order_.resize(data_->rows());
    std::iota(order_.begin(), order_.end(), 0U);
    if (const auto& groups = data_->groups()) {
      std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
        return groups->of_row[a] < groups->of_row[b];
      });
      for (std::size_t place = 0; place < order_.size(); ++place) {
        const std::int32_t group = groups->of_row[order_[place]];
        if (place == 0 || group != groups->of_row[order_[place - 1]]) {
          const auto g = static_cast<std::size_t>(group);
          spans_.push_back({place, place,
                            g < groups->names.size() ? QString::fromStdString(groups->names[g]) : QString(),
                            g, kNaN});
        }
        spans_.back().last = place + 1;
      }
    } else {
      spans_.push_back({0, order_.size(), QString(), 0, kNaN});
    }
    place_.resize(order_.size());
    for (std::size_t place = 0; place < order_.size(); ++place)
      place_[order_[place]] = static_cast<std::uint32_t>(place);
  }
  setFollowsData(true);
  restyle();
  contentChanged();
}

void NuisanceTrace::setValues(const Matrix<double>& z, int dimension) {
  z_ = data_ && z.rows() == data_->rows() ? z : Matrix<double>();
  dimension_ = std::clamp(dimension, 0, std::max(0, static_cast<int>(z_.cols()) - 1));
  updateMedians();
  restyle();
  contentChanged();
}

void NuisanceTrace::setDimension(int dimension) {
  if (dimension < 0 || dimension >= static_cast<int>(z_.cols()) || dimension == dimension_) return;
  dimension_ = dimension;
  updateMedians();
  setFollowsData(true);
  restyle();
  contentChanged();
  Q_EMIT dimensionChanged(dimension);
}

void NuisanceTrace::showGroup(std::size_t group) {
  const auto span = std::ranges::find(spans_, group, &Span::group);
  if (span == spans_.end() || isEmpty()) return;
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

void NuisanceTrace::updateMedians() {
  finite_ = 0;
  std::vector<double> values;
  for (Span& span : spans_) {
    span.median = kNaN;
    if (z_.empty()) continue;
    values.clear();
    for (std::size_t place = span.first; place < span.last; ++place) {
      if (std::isfinite(value(place))) values.push_back(value(place));
    }
    finite_ += values.size();
    if (values.empty()) continue;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    span.median = *middle;
    if (values.size() % 2 == 0) span.median = (*middle + *std::max_element(values.begin(), middle)) / 2;
  }
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
  yAxis->setRange(padded(low, high));
  const double air = 0.01 * static_cast<double>(order_.size()) + 0.5;
  xAxis->setRange(-air, static_cast<double>(order_.size()) - 1 + air);
}

void NuisanceTrace::restyle() {
  xAxis->setLabel(spans_.size() > 1 ? tr("Spectrum, sorted by group") : tr("Spectrum"));
  yAxis->setLabel(z_.cols() > 1 ? tr("Nuisance z%1").arg(dimension_ + 1) : tr("Nuisance z"));
  std::vector<LegendEntry> entries;
  if (!isEmpty()) {
    LegendEntry median;
    median.text = spans_.size() > 1 ? tr("median of the group") : tr("median");
    median.line = QPen(theme().text, 1.6);
    entries.push_back(std::move(median));
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
  const std::optional<std::size_t> place = placeAt(position);
  if (!place) return tr("Select: click takes the nearest spectrum, Shift adds, drag a box, Alt a lasso");
  QString text = tr("row %1").arg(order_[*place]);
  for (const Span& span : spans_) {
    if (*place >= span.first && *place < span.last && !span.name.isEmpty())
      text += QStringLiteral(" · ") + span.name;
  }
  return text + QStringLiteral(" · %1 %2")
                    .arg(z_.cols() > 1 ? QStringLiteral("z%1").arg(dimension_ + 1) : QStringLiteral("z"),
                         QString::number(value(*place), 'g', 4));
}

void NuisanceTrace::extendMenu(QMenu& menu) {
  if (z_.cols() < 2) return;
  for (int d = 0; d < static_cast<int>(z_.cols()); ++d) {
    QAction* action = menu.addAction(tr("Nuisance z%1").arg(d + 1), this, [this, d] { setDimension(d); });
    action->setCheckable(true);
    action->setChecked(d == dimension_);
  }
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
  QList<QPointF> points;
  for (std::size_t s = 0; s < spans_.size(); ++s) {
    points.clear();
    for (std::size_t place = spans_[s].first; place < spans_[s].last; place += drawnStep()) {
      const QPointF at = pixelOfPlace(place);
      // Contains no NaN.
      if (visible.contains(at)) points.append(at);
    }
    QColor colour = categoryColour(s, theme().dark);
    colour.setAlpha(order_.size() > 400 ? 150 : 220);
    drawDots(painter, points, diameter, colour);
  }
  for (const Span& span : spans_) {
    if (!std::isfinite(span.median)) continue;
    const double y = yAxis->coordToPixel(span.median);
    painter.setPen(QPen(theme().text, 1.6, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(QLineF(xAxis->coordToPixel(static_cast<double>(span.first) - 0.5) + 1, y,
                            xAxis->coordToPixel(static_cast<double>(span.last) - 0.5) - 1, y));
  }
  chosen_.draw(painter, theme(), visible, [this](std::uint32_t row) { return pixelOfRow(row); });
}

PlotTable NuisanceTrace::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  table.header << QStringLiteral("order") << QStringLiteral("row") << QStringLiteral("group");
  for (std::size_t d = 0; d < z_.cols(); ++d) table.header << QStringLiteral("z%1").arg(d + 1);
  std::size_t span = 0;
  for (std::size_t place = 0; place < order_.size(); ++place) {
    while (place >= spans_[span].last) ++span;
    QStringList cells{QString::number(place), QString::number(order_[place]), spans_[span].name};
    for (const double z : z_.row(order_[place])) cells << cell(z);
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
