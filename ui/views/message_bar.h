// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/views/wrapping_bar.h"

class QLabel;
class QToolButton;

namespace assayer::ui {

/// A message that stays until it is read, inside the window: it blocks nothing, and its text can be copied.
/// Whoever owns its place shows and hides it, on `shownChanged`.
class MessageBar : public WrappingBar {
  Q_OBJECT
 public:
  enum class Level { Information, Warning, Error };

  explicit MessageBar(QWidget* parent = nullptr);

  /// Replaces what is shown.
  void showMessage(Level level, const QString& text);
  void dismiss();
  [[nodiscard]] QString text() const;
  [[nodiscard]] Level level() const { return level_; }

 Q_SIGNALS:
  void shownChanged(bool shown);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void restyle();

  QLabel* icon_;
  QLabel* label_;
  QToolButton* close_;
  Level level_ = Level::Information;
};

}  // namespace assayer::ui
