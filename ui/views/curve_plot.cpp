// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/curve_plot.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/viewmodels/finite_span.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kReach = 14;  // pixels

QSharedPointer<QCPAxisTicker> tickerFor(bool logarithmic) {
  if (logarithmic) return QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog);
  return QSharedPointer<QCPAxisTicker>(new QCPAxisTicker);
}

}  // namespace

CurvePlot::CurvePlot(QString name, QWidget* parent) : PlotView(parent), name_(std::move(name)) {
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { draw(painter); });
  applyTheme();
}

void CurvePlot::setAxes(const Axes& axes) {
  axes_ = axes;
  xAxis->setLabel(axes.x);
  yAxis->setLabel(axes.y);
  for (const auto& [axis, logarithmic] :
       {std::pair(xAxis, axes.logarithmic_x), std::pair(yAxis, axes.logarithmic_y)}) {
    axis->setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    axis->setTicker(tickerFor(logarithmic));
    if (logarithmic) {
      axis->setNumberFormat(QStringLiteral("g"));
      axis->setNumberPrecision(4);
    }
  }
  setFollowsData(true);
  restyle();
  contentChanged();
}

void CurvePlot::setLines(std::vector<Line> lines) {
  lines_ = std::move(lines);
  shown_.assign(lines_.size(), true);
  setFollowsData(true);
  restyle();
  contentChanged();
}

bool CurvePlot::drawn(const Point& point) const {
  return std::isfinite(point.x) && std::isfinite(point.y) && (!axes_.logarithmic_x || point.x > 0) &&
         (!axes_.logarithmic_y || point.y > 0);
}

bool CurvePlot::isEmpty() const {
  return std::ranges::none_of(lines_, [&](const Line& line) {
    return std::ranges::any_of(line.points, [&](const Point& point) { return drawn(point); });
  });
}

void CurvePlot::rescale() {
  if (axes_.diagonal) {
    xAxis->setRange(-0.02, 1.02);
    yAxis->setRange(-0.02, 1.02);
    return;
  }
  FiniteSpan x;
  FiniteSpan y;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (!shown_[i]) continue;
    for (const Point& point : lines_[i].points) {
      if (!drawn(point)) continue;
      x.add(point.x);
      for (const double value : {point.y, point.low, point.high})
        if (!axes_.logarithmic_y || value > 0) y.add(value);
    }
  }
  if (x.empty()) return;
  const auto range = [](const FiniteSpan& span, bool logarithmic) {
    if (!logarithmic) return padded(span.low, span.high);
    const double air = std::max(std::pow(span.high / span.low, 0.06), 1.05);
    return QCPRange(span.low / air, span.high * air);
  };
  xAxis->setRange(range(x, axes_.logarithmic_x));
  yAxis->setRange(range(y, axes_.logarithmic_y));
}

void CurvePlot::restyle() {
  std::vector<LegendEntry> entries;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    LegendEntry entry;
    entry.text = lines_[i].name;
    entry.line = QPen(categoryColour(i, theme().dark), 1.8);
    entry.marker = QCPScatterStyle(QCPScatterStyle::ssDisc, categoryColour(i, theme().dark), 6);
    entry.on = shown_[i];
    entries.push_back(std::move(entry));
  }
  if (axes_.diagonal && !lines_.empty()) {
    LegendEntry diagonal;
    diagonal.text = axes_.diagonal_name;
    diagonal.line = QPen(theme().muted, 1, Qt::DashLine);
    entries.push_back(std::move(diagonal));
  }
  strip().setEntries(std::move(entries));
}

void CurvePlot::legendClicked(int entry) {
  if (entry < 0 || static_cast<std::size_t>(entry) >= lines_.size()) return;
  const auto line = static_cast<std::size_t>(entry);
  shown_[line] = !shown_[line];
  restyle();
  contentChanged();
}

QString CurvePlot::statusAt(const QPointF& position) const {
  QString text = tr("Click a method's name to hide or show it");
  double reach = kReach * kReach;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    for (const Point& point : lines_[i].points) {
      if (!shown_[i] || !drawn(point)) continue;
      const QPointF away = QPointF(xAxis->coordToPixel(point.x), yAxis->coordToPixel(point.y)) - position;
      const double distance = QPointF::dotProduct(away, away);
      if (distance >= reach) continue;
      reach = distance;
      text =
          QStringLiteral("%1 · %2 · %3").arg(lines_[i].name, cell(point.x), QString::number(point.y, 'g', 4));
      if (std::isfinite(point.low))
        text += QStringLiteral(" (%1 – %2)")
                    .arg(QString::number(point.low, 'g', 4), QString::number(point.high, 'g', 4));
    }
  }
  return text;
}

void CurvePlot::draw(QCPPainter& painter) const {
  if (isEmpty()) return;
  if (axes_.diagonal) {
    painter.setPen(QPen(theme().muted, 1, Qt::DashLine));
    painter.drawLine(QLineF(xAxis->coordToPixel(0), yAxis->coordToPixel(0), xAxis->coordToPixel(1),
                            yAxis->coordToPixel(1)));
  }
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (!shown_[i]) continue;
    const QColor colour = categoryColour(i, theme().dark);
    QPolygonF path;
    // Beside each other where methods share their x: bars would hide each other.
    const double shift = 3.0 * (static_cast<double>(i) - static_cast<double>(lines_.size() - 1) / 2);
    painter.setPen(QPen(colour, 1.2));
    for (const Point& point : lines_[i].points) {
      if (!drawn(point)) continue;
      const QPointF at(xAxis->coordToPixel(point.x) + shift, yAxis->coordToPixel(point.y));
      path << at;
      if (!std::isfinite(point.low) || !std::isfinite(point.high)) continue;
      // Below a logarithmic axis the bar ends at its bottom.
      const double low = axes_.logarithmic_y && point.low <= 0 ? yAxis->range().lower : point.low;
      painter.drawLine(QLineF(at.x(), yAxis->coordToPixel(low), at.x(), yAxis->coordToPixel(point.high)));
    }
    painter.setPen(QPen(colour, 1.8));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(path);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    for (const QPointF& at : path) painter.drawEllipse(at, 3.2, 3.2);
  }
}

PlotTable CurvePlot::table() const {
  PlotTable table;
  table.header << QStringLiteral("method") << axes_.x << axes_.y << QStringLiteral("low")
               << QStringLiteral("high");
  for (const Line& line : lines_)
    for (const Point& point : line.points)
      table.rows << QStringList{line.name, cell(point.x), cell(point.y), cell(point.low), cell(point.high)};
  return table;
}

}  // namespace assayer::ui
