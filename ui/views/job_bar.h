// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace assayer::ui {

/// What a worker is doing, how far it is, and the button that cancels it; hidden when nothing goes on.
class JobBar : public QWidget {
  Q_OBJECT
 public:
  explicit JobBar(QWidget* parent = nullptr);

  void begin(const QString& title);
  void setProgress(double fraction, const QString& what);
  void end();

 Q_SIGNALS:
  void cancelRequested();

 private:
  QLabel* label_;
  QProgressBar* bar_;
  QToolButton* cancel_;
  QString title_;
};

}  // namespace assayer::ui
