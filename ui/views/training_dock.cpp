// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/training_dock.h"

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStyle>
#include <QTextBrowser>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "ui/viewmodels/library_matching.h"
#include "ui/viewmodels/run_words.h"
#include "ui/views/results_tree.h"
#include "ui/views/sign_icon.h"
#include "ui/views/training_settings.h"

namespace assayer::ui {

TrainingDock::TrainingDock(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("trainingDock"));
  settings_ = new TrainingSettings;
  settings_->setObjectName(QStringLiteral("trainingSettings"));
  connect(settings_, &TrainingSettings::edited, this, &TrainingDock::configEdited);
  connect(settings_, &TrainingSettings::rejected, this, &TrainingDock::configRejected);

  train_ = new QPushButton(signIcon(Sign::Play), tr("&Train"));
  train_->setObjectName(QStringLiteral("trainButton"));
  pause_ = new QPushButton(signIcon(Sign::Pause), tr("&Pause"));
  pause_->setObjectName(QStringLiteral("pauseButton"));
  stop_ = new QPushButton(signIcon(Sign::Stop), tr("St&op"));
  stop_->setObjectName(QStringLiteral("stopButton"));
  connect(train_, &QPushButton::clicked, this, &TrainingDock::startRequested);
  connect(stop_, &QPushButton::clicked, this, &TrainingDock::stopRequested);
  connect(pause_, &QPushButton::clicked, this, [this] {
    if (phase_ == Phase::Paused)
      Q_EMIT resumeRequested();
    else
      Q_EMIT pauseRequested();
  });
  auto* buttons = new QHBoxLayout;
  for (QPushButton* button : {train_, pause_, stop_}) buttons->addWidget(button);

  progress_ = new QProgressBar;
  progress_->setObjectName(QStringLiteral("trainingProgress"));
  progress_->setRange(0, 1000);
  progress_->setTextVisible(true);
  progress_text_ = new QLabel;
  progress_text_->setObjectName(QStringLiteral("trainingProgressText"));
  progress_text_->setWordWrap(true);

  results_ = makeResultsTree();
  results_->setObjectName(QStringLiteral("results"));
  choices_ = new QTextBrowser;
  choices_->setObjectName(QStringLiteral("choices"));
  choices_->setFrameShape(QFrame::NoFrame);
  choices_->setAccessibleName(tr("What the method chose, and why"));
  choices_->hide();

  auto* scroll = new QScrollArea;
  scroll->setWidget(settings_);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setMinimumWidth(settings_->leastWidth() + style()->pixelMetric(QStyle::PM_ScrollBarExtent));

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(6, 6, 6, 6);
  column->addWidget(scroll, 5);
  column->addLayout(buttons);
  column->addWidget(progress_);
  column->addWidget(progress_text_);
  column->addWidget(results_, 2);
  column->addWidget(choices_, 1);

  setPhase(Phase::Unavailable);
}

void TrainingDock::setConfig(const TrainConfig& config) {
  settings_->setConfig(config);
}

void TrainingDock::setSuggested(const SuggestedPreset& suggested) {
  settings_->setSuggested(suggested);
}

void TrainingDock::setPhase(Phase phase) {
  phase_ = phase;
  const bool idle = phase == Phase::Unavailable || phase == Phase::Ready;
  // What a run was started with stays readable and cannot be mistaken for what one could change in it.
  settings_->setEnabled(idle);
  train_->setEnabled(phase == Phase::Ready);
  pause_->setEnabled(phase == Phase::Running || phase == Phase::Paused);
  pause_->setText(phase == Phase::Paused ? tr("&Resume") : tr("&Pause"));
  pause_->setIcon(signIcon(phase == Phase::Paused ? Sign::Play : Sign::Pause));
  stop_->setEnabled(phase == Phase::Preparing || phase == Phase::Running || phase == Phase::Paused);
}

void TrainingDock::setProgress(const Progress& progress) {
  const double fraction =
      progress.epochs > 0 ? static_cast<double>(progress.epoch) / static_cast<double>(progress.epochs) : 0;
  progress_->setValue(static_cast<int>(std::lround(fraction * 1000)));
  QString text = tr("Epoch %L1 of %L2").arg(progress.epoch).arg(progress.epochs);
  if (progress.epochs_per_second > 0) {
    const double left = static_cast<double>(progress.epochs - progress.epoch) / progress.epochs_per_second;
    text += tr(" · %1 epochs/s · %2 left")
                .arg(progress.epochs_per_second, 0, 'f', progress.epochs_per_second < 10 ? 1 : 0)
                .arg(durationText(left));
  }
  progress_text_->setText(text);
}

void TrainingDock::setProgressText(const QString& text) {
  progress_text_->setText(text);
}

void TrainingDock::setEvaluation(const std::shared_ptr<const Evaluation>& evaluation) {
  evaluation_ = evaluation;
  fillResultsTree(*results_, evaluation_.get(), matches_.get());
  const QString choices = evaluation ? choicesText(*evaluation) : QString();
  // Setting the same text again would scroll what is being read back to its beginning.
  if (choices != choices_text_) choices_->setHtml(choices);
  choices_text_ = choices;
  choices_->setVisible(!choices.isEmpty());
}

void TrainingDock::setMatches(std::shared_ptr<const MatchedEndmembers> matches) {
  matches_ = std::move(matches);
  fillResultsTree(*results_, evaluation_.get(), matches_.get());
}

}  // namespace assayer::ui
