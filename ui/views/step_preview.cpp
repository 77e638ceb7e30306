// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/step_preview.h"

#include <algorithm>

#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/finite_span.h"

namespace assayer::ui {

namespace {

QVector<double> toVector(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

/// Least and largest finite value of all curves.
QCPRange rangeOf(const std::vector<std::vector<double>>& curves) {
  FiniteSpan span;
  for (const auto& curve : curves)
    for (const double value : curve) span.add(value);
  return span.empty() ? QCPRange(0, 1) : QCPRange(span.low, span.high);
}

}  // namespace

StepPreview::StepPreview(QWidget* parent) : PlotView(parent) {
  setObjectName(QStringLiteral("stepPreview"));
  setEmptyText(tr("Add a step to see what it does to the selected spectra."));
  yAxis2->setVisible(true);
  yAxis->setLabel(tr("Before"));
  yAxis2->setLabel(tr("After"));
  applyTheme();
}

void StepPreview::setPreview(std::shared_ptr<const PipelinePreview> preview) {
  preview_ = std::move(preview);
  for (QCPGraph* graph : before_) removeGraph(graph);
  for (QCPGraph* graph : after_) removeGraph(graph);
  before_.clear();
  after_.clear();
  if (preview_) {
    const auto add = [this](const PreviewSide& side, QCPAxis* values, std::vector<QCPGraph*>& graphs) {
      for (const auto& curve : side.values) {
        QCPGraph* graph = addGraph(xAxis, values);
        graph->setData(toVector(side.positions), toVector(curve), true);
        graphs.push_back(graph);
      }
    };
    add(preview_->before, yAxis, before_);
    add(preview_->after, yAxis2, after_);
    xAxis->setLabel(coreText(preview_->after.axis_title));
  }
  restyle();
  contentChanged();
}

bool StepPreview::isEmpty() const {
  return !preview_ || preview_->before.values.empty();
}

void StepPreview::rescale() {
  if (isEmpty()) return;
  const QCPRange positions = rangeOf({preview_->before.positions, preview_->after.positions});
  xAxis->setRange(positions);
  const QCPRange before = rangeOf(preview_->before.values);
  const QCPRange after = rangeOf(preview_->after.values);
  yAxis->setRange(padded(before.lower, before.upper));
  yAxis2->setRange(padded(after.lower, after.upper));
}

void StepPreview::restyle() {
  QColor faint = theme().muted;
  faint.setAlphaF(0.6F);
  for (QCPGraph* graph : before_) graph->setPen(QPen(faint, 1));
  for (QCPGraph* graph : after_) graph->setPen(QPen(theme().accent, 1.4));
  for (QCPAxis* axis : {yAxis2}) {
    axis->setBasePen(QPen(theme().axis));
    axis->setTickPen(QPen(theme().axis));
    axis->setSubTickPen(QPen(theme().axis));
    axis->setTickLabelColor(theme().accent);
    axis->setLabelColor(theme().accent);
    axis->setTickLabelFont(yAxis->tickLabelFont());
    axis->setLabelFont(yAxis->labelFont());
  }
}

QString StepPreview::statusAt(const QPointF& position) const {
  if (isEmpty()) return {};
  return tr("x %1  before %2  after %3")
      .arg(xAxis->pixelToCoord(position.x()), 0, 'g', 6)
      .arg(yAxis->pixelToCoord(position.y()), 0, 'g', 5)
      .arg(yAxis2->pixelToCoord(position.y()), 0, 'g', 5);
}

PlotTable StepPreview::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  // Files keep the title by which they are read again.
  table.header << tr("Side") << QString::fromStdString(preview_->after.axis_title);
  for (std::size_t i = 0; i < preview_->before.values.size(); ++i)
    table.header << tr("Spectrum %1").arg(i + 1);
  const auto add = [&](const QString& name, const PreviewSide& side) {
    for (std::size_t c = 0; c < side.positions.size(); ++c) {
      QStringList row{name, cell(side.positions[c])};
      for (const auto& curve : side.values) row << cell(curve[c]);
      table.rows << row;
    }
  };
  add(tr("before"), preview_->before);
  add(tr("after"), preview_->after);
  return table;
}

}  // namespace assayer::ui
