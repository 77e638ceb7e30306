// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/start_sequence.h"

#include <QCoreApplication>
#include <QPixmap>
#include <QTimer>
#include <cstdio>
#include <utility>

#include "app/gui/paper_figures.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/views/main_window.h"

namespace assayer::gui {

StartSequence::StartSequence(ui::MainWindow& window, Options options, QObject* parent)
    : QObject(parent), window_(window), options_(std::move(options)) {
  connect(&window_, &ui::MainWindow::sessionOpened, this, &StartSequence::onOpened);
  connect(&window_, &ui::MainWindow::modelShown, this, &StartSequence::settle);
  connect(&window_, &ui::MainWindow::settled, this, [this] {
    if (step_ == Step::Settling) settle();
  });
  connect(&window_, &ui::MainWindow::failed, this, &StartSequence::complain);
  connect(&window_.training(), &ui::TrainingController::finished, this, &StartSequence::onTrainingFinished);
}

void StartSequence::begin() {
  if (options_.sample)
    window_.openSample();
  else if (!options_.file.isEmpty())
    window_.openFile(options_.file);
  else if (!options_.model.isEmpty())
    onOpened();
  else
    step_ = Step::Done;
}

bool StartSequence::configure() {
  TrainConfig config = window_.session().session().config();
  QStringList settings = options_.settings;
  if (options_.epochs) settings << QStringLiteral("epochs=%1").arg(*options_.epochs);
  for (const QString& setting : settings) {
    const qsizetype sign = setting.indexOf(QLatin1Char('='));
    const QString key = sign < 0 ? setting : setting.left(sign);
    const QString value = sign < 0 ? QString() : setting.mid(sign + 1);
    if (const Status status = config.set(key.toStdString(), value.toStdString()); !status) {
      complain(ui::errorText(status.error().in("--set")));
      return false;
    }
  }
  window_.session().setConfig(config);
  return true;
}

void StartSequence::onOpened() {
  // Later openings are the user's own.
  if (step_ != Step::Opening) return;
  if (!options_.model.isEmpty()) {
    step_ = Step::Model;
    window_.openModel(options_.model);
    return;
  }
  if (!configure()) return;
  if (!options_.train) {
    settle();
    return;
  }
  step_ = Step::Training;
  if (!window_.startTraining() && step_ == Step::Training) complain(window_.messageBar().text());
}

void StartSequence::onTrainingFinished() {
  if (step_ != Step::Training) return;
  const ui::TrainingController& training = window_.training();
  if (training.error()) {
    complain(ui::errorText(*training.error()));
    return;
  }
  if (training.report()->stopped_by == StopReason::Numeric) {
    complain(QString::fromStdString(training.report()->message));
    return;
  }
  settle();
}

void StartSequence::settle() {
  if (step_ == Step::Done) return;
  step_ = Step::Settling;
  if (window_.busy()) return;
  // One turn of the event loop: layouts and queued replots come first.
  step_ = Step::Done;
  if (options_.batch()) QTimer::singleShot(100, this, &StartSequence::finish);
}

void StartSequence::finish() {
  if (!options_.figures.isEmpty()) {
    QString error;
    if (!window_.exportAll(options_.figures, &error)) {
      complain(error);
      return;
    }
    if (!options_.reproduced.isEmpty() && !drawPaperFigures(&error)) {
      complain(error);
      return;
    }
  }
  if (options_.report.isEmpty()) {
    leave();
    return;
  }
  // Its writing goes on in the background; a failure comes to `complain`.
  connect(&window_, &ui::MainWindow::reportWritten, this, &StartSequence::leave);
  window_.exportReport(options_.report);
}

void StartSequence::leave() {
  window_.drawNow();
  if (!options_.screenshot.isEmpty() && !window_.grab().save(options_.screenshot)) {
    complain(tr("%1: the picture cannot be written").arg(options_.screenshot));
    return;
  }
  window_.close();
  QCoreApplication::exit(0);
}

bool StartSequence::drawPaperFigures(QString* error) {
  const auto& snapshot = window_.training().snapshot();
  if (!snapshot || !window_.session().data()) {
    *error = tr("%1: there is no model to draw").arg(options_.reproduced);
    return false;
  }
  return writePaperFigures(
      {options_.reproduced, window_.session().data(), window_.session().session(), *snapshot},
      options_.figures, error);
}

void StartSequence::complain(const QString& text) {
  // After the start, the message bar alone speaks.
  if (step_ == Step::Done && !options_.batch()) return;
  step_ = Step::Done;
  const QString line = text.isEmpty() ? tr("cancelled") : text;
  std::fprintf(stderr, "assayer: %s\n", line.toLocal8Bit().constData());
  if (!options_.batch()) return;
  window_.close();
  QCoreApplication::exit(1);
}

}  // namespace assayer::gui
