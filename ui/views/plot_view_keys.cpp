// SPDX-License-Identifier: GPL-3.0-or-later
// Keys of a plot, the focus that brings them, and its menu.
#include <QContextMenuEvent>
#include <QFocusEvent>
#include <QKeyEvent>
#include <QMenu>
#include <algorithm>

#include "ui/views/plot_view.h"

namespace assayer::ui {
namespace {

constexpr double kKeyStep = 0.1;       // of the range, for an arrow key
constexpr double kFineKeyStep = 0.01;  // with Shift

}  // namespace

void PlotView::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QAction* fitAction = menu->addAction(tr("Fit"), this, [this] { fit(); });
  fitAction->setShortcut(Qt::Key_Home);
  menu->addSeparator();
  if (selectsRows()) {
    QAction* lasso = menu->addAction(tr("Select by lasso"), this, [this](bool on) {
      setSelectShape(on ? SelectShape::Lasso : SelectShape::Rectangle);
      Q_EMIT statusText(on ? tr("A drag draws a lasso around the rows to select")
                           : tr("A drag draws a box around the rows to select, with Alt a lasso"));
    });
    lasso->setCheckable(true);
    lasso->setChecked(shape_ == SelectShape::Lasso);
  }
  extendMenu(*menu);
  addLegendMenu(*menu);
  // What the window does with the selection: roles.
  if (!actions().isEmpty()) {
    menu->addSeparator();
    menu->addActions(actions());
  }
  if (!menu->actions().last()->isSeparator()) menu->addSeparator();
  QAction* copy = menu->addAction(tr("Copy image"), this, [this] { copyImage(); });
  QAction* figure = menu->addAction(tr("Export figure…"), this, [this] { askExportFigure(); });
  QAction* values = menu->addAction(tr("Export data…"), this, [this] { askExportData(); });
  for (QAction* action : {fitAction, copy, figure, values}) action->setEnabled(!isEmpty());
  // Where the mouse happens to be says nothing about a menu that was asked for by a key.
  menu->popup(event->reason() == QContextMenuEvent::Keyboard ? mapToGlobal(rect().center())
                                                             : event->globalPos());
}

void PlotView::addLegendMenu(QMenu& menu) {
  const std::vector<LegendEntry>& entries = strip_->entries();
  if (std::ranges::none_of(entries, [](const LegendEntry& entry) { return entry.on.has_value(); })) return;
  QMenu* toggles = menu.addMenu(tr("Legend"));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].on) continue;
    const QString text = entries[i].text;
    QString shown = text;
    shown.replace(QLatin1Char('&'), QStringLiteral("&&"));
    QAction* action = toggles->addAction(shown, this, [this, i, text] {
      // A run that goes on may have changed the legend under the open menu.
      if (i < strip_->entries().size() && strip_->entries()[i].text == text)
        legendClicked(static_cast<int>(i));
    });
    action->setCheckable(true);
    action->setChecked(*entries[i].on);
  }
}

bool PlotView::navigate(const QKeyEvent& event) {
  constexpr Qt::KeyboardModifiers kOthers = Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier;
  if (isEmpty() || (event.modifiers() & kOthers) != 0) return false;
  double zoom = 0;
  QPointF step;
  switch (event.key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:  // + without Shift, on many keyboards
      zoom = kZoomPerStep;
      break;
    case Qt::Key_Minus:
      zoom = 1 / kZoomPerStep;
      break;
    // One looks to that side, so that the picture goes to the other.
    case Qt::Key_Left:
      step = {1, 0};
      break;
    case Qt::Key_Right:
      step = {-1, 0};
      break;
    case Qt::Key_Up:
      step = {0, 1};
      break;
    case Qt::Key_Down:
      step = {0, -1};
      break;
    default:
      return false;
  }
  bringUpToDate();
  const QRectF frame = axisRect()->rect();
  follow_ = false;
  if (zoom > 0) {
    zoomAt(frame.center(), zoom, zoom);
  } else {
    const double share = (event.modifiers() & Qt::ShiftModifier) != 0 ? kFineKeyStep : kKeyStep;
    panBy({share * step.x() * frame.width(), share * step.y() * frame.height()});
  }
  answers_ = true;
  refresh();
  return true;
}

void PlotView::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Home:
      fit();
      return;
    case Qt::Key_Escape:
      if (drag_ != Drag::None) {
        const bool stroke = drag_ == Drag::Stroke;
        endDrag();
        if (stroke) strokeEnded(true);
      } else if (!isEmpty()) {
        clearRequested();
      }
      return;
    case Qt::Key_Space:
      if (!event->isAutoRepeat()) {
        space_ = true;
        spaceUsed_ = false;
        updateCursor();
      }
      return;
    case Qt::Key_F10:
      // Where the desktop makes an event of its own of the Menu key, it does not of this one.
      if (event->modifiers() == Qt::ShiftModifier) {
        QContextMenuEvent menu(QContextMenuEvent::Keyboard, rect().center(), mapToGlobal(rect().center()));
        contextMenuEvent(&menu);
        return;
      }
      break;
    default:
      if (navigate(*event)) return;
  }
  QCustomPlot::keyPressEvent(event);
}

void PlotView::keyReleaseEvent(QKeyEvent* event) {
  if (event->key() != Qt::Key_Space) {
    QCustomPlot::keyReleaseEvent(event);
    return;
  }
  if (event->isAutoRepeat() || !space_) return;
  space_ = false;
  updateCursor();
  if (!spaceUsed_) Q_EMIT spaceTapped();
}

void PlotView::focusInEvent(QFocusEvent* event) {
  switch (event->reason()) {
    case Qt::TabFocusReason:
    case Qt::BacktabFocusReason:
    case Qt::ShortcutFocusReason:
      framed_ = true;
      break;
    // Back from a menu or another window: as it was.
    case Qt::PopupFocusReason:
    case Qt::MenuBarFocusReason:
    case Qt::ActiveWindowFocusReason:
      break;
    default:
      framed_ = false;
  }
  QCustomPlot::focusInEvent(event);
}

void PlotView::focusOutEvent(QFocusEvent* event) {
  space_ = false;
  updateCursor();
  QCustomPlot::focusOutEvent(event);
}

}  // namespace assayer::ui
