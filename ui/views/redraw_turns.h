// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>
#include <QPointer>
#include <QTimer>

namespace assayer::ui {

class PlotView;

/// Lets the plots of a window draw one after the other, with the mouse and the keyboard heard in between:
/// all of them drawn in one go would keep the window from answering for longer than a person notices.
class RedrawTurns : public QObject {
  Q_OBJECT
 public:
  explicit RedrawTurns(QObject* parent = nullptr);

  /// `view` draws itself once those that asked before it have; asking twice makes no difference.
  void add(PlotView& view);

 private:
  void drawNext();

  QList<QPointer<PlotView>> waiting_;
  QTimer turn_;
};

}  // namespace assayer::ui
