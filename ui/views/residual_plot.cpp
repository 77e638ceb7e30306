// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/residual_plot.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ui/views/dots.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

/// Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996).
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

ResidualPlot::ResidualPlot(QWidget* parent) : PlotView(parent) {
  setEmptyText(tr("Compare methods to see their errors by acquisition group."));
  xAxis->grid()->setVisible(false);
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawBoxes(painter); });
  applyTheme();
}

void ResidualPlot::setValidation(ValidationPtr validation) {
  validation_ = std::move(validation);
  setFollowsData(true);
  takeRows();
}

void ResidualPlot::setShown(std::size_t method, std::size_t component) {
  method_ = method;
  component_ = component;
  takeRows();
}

std::vector<ResidualPlot::Box> ResidualPlot::boxesOf(std::size_t method, std::size_t component) const {
  std::vector<Box> boxes;
  if (!validation_ || !validation_->data) return boxes;
  const auto& groups = validation_->data->groups();
  std::map<std::size_t, std::vector<double>> errors;
  for (const LeftOutRow& row : leftOutRows(*validation_, method, component))
    errors[groups ? static_cast<std::size_t>(groups->of_row[row.row]) : 0].push_back(row.predicted -
                                                                                     row.truth);
  for (auto& [group, values] : errors) {
    std::ranges::sort(values);
    Box box;
    box.group = groups && group < groups->names.size() ? QString::fromStdString(groups->names[group])
                                                       : tr("all spectra");
    box.count = values.size();
    box.median = quantile(values, 0.5);
    box.lower = quantile(values, 0.25);
    box.upper = quantile(values, 0.75);
    const double reach = 1.5 * (box.upper - box.lower);
    box.low = box.lower;
    box.high = box.upper;
    for (const double value : values) {
      if (value < box.lower - reach || value > box.upper + reach) {
        box.beyond.push_back(value);
        continue;
      }
      box.low = std::min(box.low, value);
      box.high = std::max(box.high, value);
    }
    boxes.push_back(std::move(box));
  }
  return boxes;
}

void ResidualPlot::takeRows() {
  boxes_ = boxesOf(method_, component_);
  const QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
  for (std::size_t i = 0; i < boxes_.size(); ++i) ticker->addTick(static_cast<double>(i), boxes_[i].group);
  xAxis->setTicker(ticker);
  restyle();
  contentChanged();
}

void ResidualPlot::rescale() {
  double low = 0;
  double high = 0;
  for (const Box& box : boxes_) {
    low = std::min(low, box.low);
    high = std::max(high, box.high);
    for (const double value : box.beyond) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  yAxis->setRange(padded(low, high));
  xAxis->setRange(-0.6, static_cast<double>(boxes_.size()) - 0.4);
}

void ResidualPlot::restyle() {
  const bool known = validation_ && component_ < validation_->components.size();
  yAxis->setLabel(tr("Predicted − true share of %1")
                      .arg(known ? QString::fromStdString(validation_->components[component_]) : QString()));
  xAxis->setLabel(tr("Acquisition group"));
  std::vector<LegendEntry> entries;
  if (!isEmpty() && method_ < validation_->methods.size()) {
    const QColor colour = categoryColour(method_, theme().dark);
    QColor fill = colour;
    fill.setAlpha(70);
    LegendEntry box;
    box.text =
        tr("%1: quartiles and median").arg(QString::fromStdString(validation_->methods[method_].method));
    box.band = QBrush(fill);
    box.line = QPen(colour, 2);
    entries.push_back(std::move(box));
  }
  strip().setEntries(std::move(entries));
}

QString ResidualPlot::statusAt(const QPointF& position) const {
  const double place = std::round(xAxis->pixelToCoord(position.x()));
  if (place < 0 || place >= static_cast<double>(boxes_.size())) return {};
  const Box& box = boxes_[static_cast<std::size_t>(place)];
  return tr("%1 · %L2 predictions · median %3 · quartiles %4 and %5")
      .arg(box.group)
      .arg(static_cast<qulonglong>(box.count))
      .arg(box.median, 0, 'f', 4)
      .arg(box.lower, 0, 'f', 4)
      .arg(box.upper, 0, 'f', 4);
}

void ResidualPlot::drawBoxes(QCPPainter& painter) const {
  if (isEmpty()) return;
  const QColor colour = categoryColour(method_, theme().dark);
  QColor fill = colour;
  fill.setAlpha(70);
  painter.setPen(QPen(theme().muted, 1, Qt::DashLine));
  const QRectF frame = axisRect()->rect();
  painter.drawLine(QLineF(frame.left(), yAxis->coordToPixel(0), frame.right(), yAxis->coordToPixel(0)));
  for (std::size_t i = 0; i < boxes_.size(); ++i) {
    const Box& box = boxes_[i];
    const auto at = static_cast<double>(i);
    const double middle = xAxis->coordToPixel(at);
    const double left = xAxis->coordToPixel(at - 0.28);
    const double right = xAxis->coordToPixel(at + 0.28);
    const auto y = [&](double value) { return yAxis->coordToPixel(value); };
    painter.setPen(QPen(colour, 1.2));
    painter.drawLine(QLineF(middle, y(box.low), middle, y(box.lower)));
    painter.drawLine(QLineF(middle, y(box.upper), middle, y(box.high)));
    painter.setBrush(fill);
    painter.drawRect(QRectF(QPointF(left, y(box.upper)), QPointF(right, y(box.lower))));
    painter.setPen(QPen(colour, 2.2, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(QLineF(left, y(box.median), right, y(box.median)));
    QList<QPointF> points;
    for (const double value : box.beyond) points.append({middle, y(value)});
    QColor faint = colour;
    faint.setAlpha(150);
    drawDots(painter, points, 3.4, faint);
  }
}

PlotTable ResidualPlot::table() const {
  PlotTable table;
  if (!validation_) return table;
  table.header << QStringLiteral("method") << QStringLiteral("component") << QStringLiteral("group")
               << QStringLiteral("predictions") << QStringLiteral("low whisker")
               << QStringLiteral("lower quartile") << QStringLiteral("median")
               << QStringLiteral("upper quartile") << QStringLiteral("high whisker");
  const QStringList methods = methodNames(*validation_);
  const QStringList components = componentNames(*validation_);
  for (qsizetype m = 0; m < methods.size(); ++m)
    for (qsizetype k = 0; k < components.size(); ++k)
      for (const Box& box : boxesOf(static_cast<std::size_t>(m), static_cast<std::size_t>(k)))
        table.rows << QStringList{
            methods[m],    components[k],   box.group,        QString::number(box.count),
            cell(box.low), cell(box.lower), cell(box.median), cell(box.upper),
            cell(box.high)};
  return table;
}

}  // namespace assayer::ui
