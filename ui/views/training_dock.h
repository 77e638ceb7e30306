// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <memory>

#include "core/metrics/evaluation.h"
#include "core/train/train_config.h"
#include "core/train/train_plan.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QTextBrowser;
class QTreeWidget;

namespace assayer::ui {

class TrainingSettings;
struct MatchedEndmembers;

/// The settings of the next run, the hand on the current one, and the measures of what it has learnt.
class TrainingDock : public QWidget {
  Q_OBJECT
 public:
  /// What the buttons offer.
  enum class Phase { Unavailable, Ready, Preparing, Running, Paused, Stopping };

  struct Progress {
    std::int64_t epoch = 0;
    std::int64_t epochs = 0;
    double epochs_per_second = 0;  ///< 0: not known yet
    double seconds = 0;
  };

  explicit TrainingDock(QWidget* parent = nullptr);

  void setConfig(const TrainConfig& config);
  void setSuggested(const SuggestedPreset& suggested);
  void setPhase(Phase phase);
  void setProgress(const Progress& progress);
  void setProgressText(const QString& text);
  void setEvaluation(const std::shared_ptr<const Evaluation>& evaluation);
  /// What a library has nearest to each endmember, below the measures; null clears.
  void setMatches(std::shared_ptr<const MatchedEndmembers> matches);
  /// Null where no library was compared with.
  [[nodiscard]] const MatchedEndmembers* matches() const { return matches_.get(); }

 Q_SIGNALS:
  void configEdited(const assayer::TrainConfig& config);
  void configRejected(const QString& message);
  void startRequested();
  void pauseRequested();
  void resumeRequested();
  void stopRequested();

 private:
  TrainingSettings* settings_;
  QPushButton* train_;
  QPushButton* pause_;
  QPushButton* stop_;
  QProgressBar* progress_;
  QLabel* progress_text_;
  QTreeWidget* results_;
  QTextBrowser* choices_;
  std::shared_ptr<const Evaluation> evaluation_;
  std::shared_ptr<const MatchedEndmembers> matches_;
  QString choices_text_;
  Phase phase_ = Phase::Unavailable;
};

}  // namespace assayer::ui
