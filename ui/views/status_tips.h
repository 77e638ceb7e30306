// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QString>

class QMainWindow;
class QMenu;
class QStatusBar;
class QWidget;

namespace assayer::ui {

/// Without its marks, and no further than the first sentence or line: what of a tool tip fits a status bar.
QString firstSentence(const QString& tip);

/// Says in the window's status bar what the tool tip of a control says, while the mouse is over the control
/// or the keyboard has gone to it: a tool tip itself is seen only by who holds the mouse still. What has a
/// status tip of its own is left to Qt. Items of menus get theirs from their tool tips.
class StatusTips : public QObject {
  Q_OBJECT
 public:
  /// Belongs to the window, which has its status bar already.
  explicit StatusTips(QMainWindow& window);

  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  /// In the window, or in a panel that floats.
  [[nodiscard]] bool inWindow(const QWidget& widget) const;
  void show(const QWidget& widget);
  void clear();
  static void fill(const QMenu& menu);

  // Compared only: events still come while the window goes.
  const QObject* window_;
  QPointer<QStatusBar> bar_;
  QString shown_;
};

}  // namespace assayer::ui
