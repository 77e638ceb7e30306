// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/views/wrapping_bar.h"

class QLabel;

namespace assayer::ui {

/// Offers what was not saved before the program ended. It waits in its place and blocks nothing; whoever owns
/// the place shows and hides it.
class RecoveryBar : public WrappingBar {
  Q_OBJECT
 public:
  explicit RecoveryBar(QWidget* parent = nullptr);
  void offer(const QString& text);
  [[nodiscard]] QString text() const;

 Q_SIGNALS:
  void recoverRequested();
  void discardRequested();
  /// Not now: it is offered again at the next start.
  void laterRequested();

 private:
  QLabel* label_;
};

}  // namespace assayer::ui
