// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "app/gui/options.h"

namespace assayer::ui {
class MainWindow;
}

namespace assayer::gui {

/// Does with the window what the command line asked for, step by step as the window reports back: open,
/// show or train a model, write figures, report and picture, quit.
class StartSequence : public QObject {
  Q_OBJECT
 public:
  StartSequence(ui::MainWindow& window, Options options, QObject* parent = nullptr);

  void begin();

 private:
  enum class Step { Opening, Model, Training, Settling, Done };

  void onOpened();
  void onTrainingFinished();
  void settle();
  void finish();
  /// The picture of the window comes last.
  void leave();
  /// One line on standard error; ends a batch with exit status 1.
  void complain(const QString& text);
  [[nodiscard]] bool configure();
  bool drawPaperFigures(QString* error);

  ui::MainWindow& window_;
  Options options_;
  Step step_ = Step::Opening;
};

}  // namespace assayer::gui
