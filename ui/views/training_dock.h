// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <memory>
#include <utility>
#include <vector>

#include "core/metrics/evaluation.h"
#include "core/train/train_config.h"

class QComboBox;
class QDoubleSpinBox;
class QGroupBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTextBrowser;
class QTreeWidget;

namespace assayer::ui {

class ModelSettings;
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
  [[nodiscard]] const TrainConfig& config() const { return config_; }
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
  void buildSettings();
  void apply(const char* key, const QString& value);
  /// Settings that an edit led to, or the reason why it led nowhere.
  void take(Result<TrainConfig> changed);
  static QComboBox* choiceBox(const char* name, const std::vector<std::pair<QString, const char*>>& choices);
  void applyOther();
  /// The settings of a preset, with what belongs to the machine and the seed kept.
  void applyPreset(const QString& name);
  void showAlphas();

  TrainConfig config_;
  bool filling_ = false;

  QWidget* settings_;
  QComboBox* preset_;
  QComboBox* method_;
  QComboBox* link_;
  QComboBox* task_;
  QSpinBox* epochs_;
  QSpinBox* members_;
  QSpinBox* labelled_;
  QSpinBox* batch_;
  QLineEdit* seed_;
  QDoubleSpinBox* rate_;
  QDoubleSpinBox* alpha_f_;
  QDoubleSpinBox* alpha_fd_;
  QDoubleSpinBox* alpha_r_;
  QDoubleSpinBox* alpha_rd_;
  ModelSettings* model_;
  QLineEdit* other_;
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
