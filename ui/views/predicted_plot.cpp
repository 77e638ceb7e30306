// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/predicted_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/views/dots.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kClickReach = 12;  // pixels
constexpr double kQuantile = 1.959964;
/// Bars of more points than this would be a solid mass.
constexpr std::size_t kMostBars = 2000;

}  // namespace

PredictedPlot::PredictedPlot(QWidget* parent) : PlotView(parent) {
  setEmptyText(tr("Compare methods to see what they predict for spectra that they had not seen."));
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawPoints(painter); });
  applyTheme();
}

void PredictedPlot::setValidation(ValidationPtr validation) {
  validation_ = std::move(validation);
  setFollowsData(true);
  takeRows();
}

void PredictedPlot::setShown(std::size_t method, std::size_t component) {
  method_ = method;
  component_ = component;
  takeRows();
}

void PredictedPlot::setSelection(const Rows& rows) {
  selection_ = rows;
  restyle();
  refresh();
}

void PredictedPlot::takeRows() {
  rows_ = validation_ ? leftOutRows(*validation_, method_, component_) : std::vector<LeftOutRow>{};
  restyle();
  contentChanged();
}

QPointF PredictedPlot::pixelOf(const LeftOutRow& row) const {
  return {xAxis->coordToPixel(row.truth), yAxis->coordToPixel(row.predicted)};
}

std::optional<QPointF> PredictedPlot::pixelOfRow(std::uint32_t row) const {
  const auto found = std::ranges::find(rows_, row, &LeftOutRow::row);
  return found == rows_.end() ? std::nullopt : std::optional(pixelOf(*found));
}

void PredictedPlot::rescale() {
  double low = 0;
  double high = 0;
  for (const LeftOutRow& row : rows_) {
    low = std::min({low, row.truth, row.predicted});
    high = std::max({high, row.truth, row.predicted});
  }
  // The same scale on both axes: the diagonal is what a perfect prediction gives.
  xAxis->setRange(padded(low, high));
  yAxis->setRange(padded(low, high));
}

void PredictedPlot::restyle() {
  const bool known = validation_ && component_ < validation_->components.size();
  const QString component = known ? QString::fromStdString(validation_->components[component_]) : QString();
  xAxis->setLabel(tr("True share of %1").arg(component));
  yAxis->setLabel(tr("Predicted share of %1").arg(component));
  std::vector<LegendEntry> entries;
  if (!isEmpty() && method_ < validation_->methods.size()) {
    LegendEntry points;
    points.text =
        tr("%1, left-out spectra").arg(QString::fromStdString(validation_->methods[method_].method));
    points.marker = QCPScatterStyle(QCPScatterStyle::ssDisc, categoryColour(method_, theme().dark), 6);
    entries.push_back(std::move(points));
    if (std::ranges::any_of(rows_, [](const LeftOutRow& row) { return std::isfinite(row.sd); })) {
      LegendEntry bars;
      bars.text = tr("95 % interval");
      QColor colour = categoryColour(method_, theme().dark);
      colour.setAlpha(90);
      bars.line = QPen(colour, 1);
      entries.push_back(std::move(bars));
    }
    LegendEntry diagonal;
    diagonal.text = tr("predicted = true");
    diagonal.line = QPen(theme().muted, 1, Qt::DashLine);
    entries.push_back(std::move(diagonal));
    if (!selection_.empty()) {
      LegendEntry chosen;
      chosen.text = tr("selected rows");
      chosen.marker = selectedStyle(theme().selection);
      entries.push_back(std::move(chosen));
    }
  }
  strip().setEntries(std::move(entries));
}

const LeftOutRow* PredictedPlot::nearest(const QPointF& position) const {
  const LeftOutRow* best = nullptr;
  double reach = kClickReach * kClickReach;
  for (const LeftOutRow& row : rows_) {
    const QPointF away = pixelOf(row) - position;
    const double distance = QPointF::dotProduct(away, away);
    if (distance < reach) {
      reach = distance;
      best = &row;
    }
  }
  return best;
}

QString PredictedPlot::statusAt(const QPointF& position) const {
  const LeftOutRow* row = nearest(position);
  if (row == nullptr)
    return tr("Select: click takes the nearest spectrum, Shift adds, drag a box, Alt a lasso");
  QString text = tr("row %1 · true %2 · predicted %3")
                     .arg(row->row)
                     .arg(row->truth, 0, 'f', 3)
                     .arg(row->predicted, 0, 'f', 3);
  if (std::isfinite(row->sd)) text += tr(" ± %1").arg(row->sd, 0, 'f', 3);
  return text;
}

void PredictedPlot::clickedAt(const QPointF& position, SelectMode mode) {
  if (const LeftOutRow* row = nearest(position)) Q_EMIT selectionRequested({row->row}, mode);
}

void PredictedPlot::regionDrawn(const SelectRegion& region, SelectMode mode) {
  Rows rows;
  for (const LeftOutRow& row : rows_)
    if (region.contains(pixelOf(row))) rows.push_back(row.row);
  std::ranges::sort(rows);
  rows.erase(std::ranges::unique(rows).begin(), rows.end());
  Q_EMIT selectionRequested(rows, mode);
}

void PredictedPlot::clearRequested() {
  Q_EMIT selectionRequested({}, SelectMode::Replace);
}

void PredictedPlot::drawPoints(QCPPainter& painter) const {
  if (isEmpty()) return;
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-5, -5, 5, 5);
  QColor colour = categoryColour(method_, theme().dark);
  painter.setPen(QPen(theme().muted, 1, Qt::DashLine));
  const QCPRange x = xAxis->range();
  painter.drawLine(QLineF(xAxis->coordToPixel(x.lower), yAxis->coordToPixel(x.lower),
                          xAxis->coordToPixel(x.upper), yAxis->coordToPixel(x.upper)));
  if (rows_.size() <= kMostBars) {
    QColor faint = colour;
    faint.setAlpha(90);
    painter.setPen(QPen(faint, 1));
    for (const LeftOutRow& row : rows_) {
      if (!std::isfinite(row.sd)) continue;
      const double at = xAxis->coordToPixel(row.truth);
      painter.drawLine(QLineF(at, yAxis->coordToPixel(row.predicted - kQuantile * row.sd), at,
                              yAxis->coordToPixel(row.predicted + kQuantile * row.sd)));
    }
  }
  QList<QPointF> points;
  for (const LeftOutRow& row : rows_) {
    const QPointF at = pixelOf(row);
    if (visible.contains(at)) points.append(at);
  }
  colour.setAlpha(rows_.size() > 400 ? 150 : 220);
  drawDots(painter, points, rows_.size() > 2000 ? 2.6 : rows_.size() > 400 ? 3.4 : 4.5, colour);
  const QCPScatterStyle chosen = selectedStyle(theme().selection);
  chosen.applyTo(&painter, chosen.pen());
  for (const LeftOutRow& row : rows_)
    if (std::ranges::binary_search(selection_, row.row) && visible.contains(pixelOf(row)))
      chosen.drawShape(&painter, pixelOf(row));
}

PlotTable PredictedPlot::table() const {
  PlotTable table;
  if (!validation_) return table;
  table.header << QStringLiteral("method") << QStringLiteral("component") << QStringLiteral("split")
               << QStringLiteral("row") << QStringLiteral("true") << QStringLiteral("predicted")
               << QStringLiteral("sd");
  // All that the page can show, not only what it does show.
  const QStringList methods = methodNames(*validation_);
  const QStringList components = componentNames(*validation_);
  for (qsizetype m = 0; m < methods.size(); ++m)
    for (qsizetype k = 0; k < components.size(); ++k)
      for (const LeftOutRow& row :
           leftOutRows(*validation_, static_cast<std::size_t>(m), static_cast<std::size_t>(k)))
        table.rows << QStringList{methods[m],
                                  components[k],
                                  QString::number(row.split + 1),
                                  QString::number(row.row),
                                  cell(row.truth),
                                  cell(row.predicted),
                                  cell(row.sd)};
  return table;
}

}  // namespace assayer::ui
