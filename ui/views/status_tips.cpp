// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/status_tips.h"

#include <QAction>
#include <QApplication>
#include <QFocusEvent>
#include <QMainWindow>
#include <QMenu>
#include <QRegularExpression>
#include <QStatusBar>
#include <QTextDocument>
#include <QTextDocumentFragment>
#include <QVariant>
#include <algorithm>
#include <array>

namespace assayer::ui {
namespace {

constexpr const char* kGiven = "statusTipFromToolTip";

/// An action without a tool tip answers with its text, which says nothing new.
bool hasToolTip(const QAction& action) {
  QString text = action.text();
  text.remove(QStringLiteral("..."));
  // As Qt takes the marks of keys out: the letter after one stays, even where it is another &.
  for (qsizetype i = 0; i < text.size(); ++i)
    if (text[i] == QLatin1Char('&')) text.remove(i, 1);
  return action.toolTip() != text.trimmed();
}

bool byKey(Qt::FocusReason reason) {
  constexpr std::array kKeys = {Qt::TabFocusReason, Qt::BacktabFocusReason, Qt::ShortcutFocusReason};
  return std::ranges::find(kKeys, reason) != kKeys.end();
}

}  // namespace

QString firstSentence(const QString& tip) {
  const QString text =
      (Qt::mightBeRichText(tip) ? QTextDocumentFragment::fromHtml(tip).toPlainText() : tip).trimmed();
  // The full stop of an abbreviation, as in "et al. 2014", has no capital after it.
  static const QRegularExpression kEnd(QStringLiteral("\\n|(?<=[.!?])\\s+(?=\\p{Lu})"));
  const qsizetype end = text.indexOf(kEnd);
  return end < 0 ? text : text.left(end).trimmed();
}

StatusTips::StatusTips(QMainWindow& window) : QObject(&window), window_(&window), bar_(window.statusBar()) {
  // Controls come and go with the data: one filter for all that there will ever be.
  QCoreApplication::instance()->installEventFilter(this);
}

bool StatusTips::eventFilter(QObject* watched, QEvent* event) {
  const QEvent::Type type = event->type();
  if (type == QEvent::Show) {
    if (const auto* menu = qobject_cast<const QMenu*>(watched)) fill(*menu);
    return false;
  }
  const bool comes = type == QEvent::Enter || type == QEvent::FocusIn;
  const bool goes = type == QEvent::Leave || type == QEvent::FocusOut;
  if ((!comes && !goes) || !watched->isWidgetType()) return false;
  const auto& widget = *static_cast<const QWidget*>(watched);
  if (widget.toolTip().isEmpty() || !widget.statusTip().isEmpty() || !inWindow(widget)) return false;
  if (goes)
    clear();
  else if (type == QEvent::Enter || byKey(static_cast<const QFocusEvent*>(event)->reason()))
    show(widget);
  return false;
}

bool StatusTips::inWindow(const QWidget& widget) const {
  const QWidget* top = widget.window();
  return top == window_ || (top->windowType() == Qt::Tool && top->parentWidget() == window_);
}

void StatusTips::show(const QWidget& widget) {
  if (!bar_) return;
  shown_ = firstSentence(widget.toolTip());
  bar_->showMessage(shown_);
}

void StatusTips::clear() {
  // What has been said since then stays.
  if (bar_ && !shown_.isEmpty() && bar_->currentMessage() == shown_) bar_->clearMessage();
  shown_.clear();
}

void StatusTips::fill(const QMenu& menu) {
  const QList<QAction*> actions = menu.actions();
  for (QAction* action : actions) {
    // One that was given here follows the tool tip.
    if (!action->statusTip().isEmpty() && action->statusTip() != action->property(kGiven).toString())
      continue;
    const QString tip = hasToolTip(*action) ? firstSentence(action->toolTip()) : QString();
    if (tip == action->statusTip()) continue;
    action->setProperty(kGiven, tip);
    action->setStatusTip(tip);
  }
}

}  // namespace assayer::ui
