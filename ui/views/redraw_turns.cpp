// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/redraw_turns.h"

#include "ui/views/plot_view.h"

namespace assayer::ui {

RedrawTurns::RedrawTurns(QObject* parent) : QObject(parent) {
  // Fires when the event loop has nothing else to do.
  turn_.setSingleShot(true);
  turn_.setInterval(0);
  connect(&turn_, &QTimer::timeout, this, [this] {
    drawNext();
    if (!waiting_.isEmpty()) turn_.start();
  });
}

void RedrawTurns::add(PlotView& view) {
  if (waiting_.contains(&view)) return;
  waiting_.append(&view);
  if (!turn_.isActive()) turn_.start();
}

void RedrawTurns::drawNext() {
  const QPointer<PlotView> view = waiting_.takeFirst();
  // Hidden meanwhile: it is drawn when it is shown.
  if (view && view->isVisible()) view->drawNow();
}

}  // namespace assayer::ui
