// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/colour_bar.h"

namespace assayer::ui {

QCPColorScale* addColourBar(QCustomPlot& plot) {
  auto* bar = new QCPColorScale(&plot);
  bar->setType(QCPAxis::atRight);
  bar->setBarWidth(9);
  bar->setRangeDrag(false);
  bar->setRangeZoom(false);
  plot.plotLayout()->addElement(1, 1, bar);
  auto* sides = new QCPMarginGroup(&plot);
  plot.axisRect()->setMarginGroup(QCP::msTop | QCP::msBottom, sides);
  bar->setMarginGroup(QCP::msTop | QCP::msBottom, sides);
  return bar;
}

void removeColourBar(QCustomPlot& plot, QCPColorScale* bar) {
  plot.plotLayout()->remove(bar);
  plot.plotLayout()->simplify();
}

void styleColourBar(QCPColorScale& bar, const Theme& theme, const QString& title,
                    const std::function<QColor(double)>& shade) {
  QCPColorGradient gradient;
  gradient.clearColorStops();
  for (int stop = 0; stop <= 32; ++stop) gradient.setColorStopAt(stop / 32.0, shade(stop / 32.0));
  bar.setGradient(gradient);
  QCPAxis* axis = bar.axis();
  const QCPAxis* like = bar.parentPlot()->xAxis;
  axis->setLabel(title);
  axis->setLabelFont(like->labelFont());
  axis->setLabelColor(theme.text);
  axis->setTickLabelFont(like->tickLabelFont());
  axis->setTickLabelColor(theme.muted);
  axis->setBasePen(Qt::NoPen);
  axis->setTickPen(QPen(theme.axis, 1));
  axis->setSubTickPen(Qt::NoPen);
  axis->setTickLength(0, 4);
  // The frame of the bar.
  for (const QCPAxis::AxisType side : {QCPAxis::atLeft, QCPAxis::atTop, QCPAxis::atBottom})
    for (QCPAxis* other : axis->axisRect()->axes(side)) other->setBasePen(Qt::NoPen);
}

}  // namespace assayer::ui
