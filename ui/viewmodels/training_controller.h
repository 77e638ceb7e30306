// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/run_control.h"
#include "core/train/engine.h"
#include "core/train/preprocessed.h"
#include "ui/viewmodels/postbox.h"
#include "ui/viewmodels/snapshot_mailbox.h"

namespace assayer::ui {

/// What a run needs, complete: the worker reads nothing else.
struct TrainingRequest {
  DatasetPtr data;
  TrainPlan plan;
  TrainConfig config;
  /// Where checkpoints go, so that a killed program loses at most one interval; empty: nowhere.
  QString autosave_path;
  /// Steps that the worker fits on the plan's rows and the model repeats.
  Pipeline pipeline{};
  /// The plan anew, on preprocessed data; must be set where there are steps.
  PlanMaker replan{};
  /// A run to go on with, bit for bit: it has `training`, `plan` is its own, and `config` too but for
  /// `epochs`. It brings its fitted steps; `pipeline` and `replan` are not looked at.
  std::shared_ptr<const ModelState> resume{};
};

/// Runs training on a worker thread and tells the UI thread what happens, at most 25 times a second.
///
/// All methods belong to the thread of this object. None waits for training, save the destructor and
/// `shutdown`, which join the worker after asking it to stop (a step takes milliseconds).
class TrainingController : public QObject {
  Q_OBJECT
 public:
  enum class State {
    Idle,       ///< no run yet
    Preparing,  ///< loading the engine, building the networks
    Running,
    Paused,
    Stopping,  ///< asked to stop, not yet there
    Finished,  ///< `report` or `error` says how
  };
  Q_ENUM(State)

  /// Wall-clock milliseconds between two drains of the mailbox: 25 Hz.
  static constexpr int kDrainInterval = 40;

  explicit TrainingController(QObject* parent = nullptr);
  ~TrainingController() override;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool active() const { return state_ != State::Idle && state_ != State::Finished; }

  /// Starts a run; does nothing and returns false while one is active.
  bool start(TrainingRequest request);
  void pause();
  void resume();
  void stop();
  /// Stops, joins, and reports the run's last checkpoint and results, but no end.
  void endNow();
  /// Stops and joins; nothing of the run is reported afterwards.
  void shutdown();
  /// Forgets the last run's results (the data changed); an active run is shut down first.
  void reset();

  /// The number of the current or last run, from 1.
  [[nodiscard]] std::uint64_t run() const { return run_; }
  [[nodiscard]] const std::optional<TrainingRequest>& request() const { return request_; }
  [[nodiscard]] const std::vector<ObjectiveRecord>& history() const { return history_; }
  [[nodiscard]] const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  [[nodiscard]] const std::shared_ptr<const Evaluation>& evaluation() const { return evaluation_; }
  /// The newest state that can be saved: the last checkpoint, or the snapshot's model where that is newer.
  [[nodiscard]] std::shared_ptr<const ModelState> model_state() const;
  /// The last state from which the run could be continued; null before the first.
  [[nodiscard]] const std::shared_ptr<const ModelState>& checkpoint() const { return checkpoint_; }
  [[nodiscard]] const std::optional<TrainReport>& report() const { return report_; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  /// The data in the space of the run's endmembers: those of the request, or preprocessed where that cannot
  /// be undone. Null before a run is prepared.
  [[nodiscard]] const DatasetPtr& shown_data() const { return shown_data_; }
  /// "LibTorch …", once the engine has been loaded.
  [[nodiscard]] const QString& engine_description() const { return engine_description_; }

  /// Shows a model that was trained before: as if its run had just finished.
  void adopt(std::shared_ptr<const ModelState> state, std::shared_ptr<const Snapshot> snapshot,
             std::shared_ptr<const Evaluation> evaluation, DatasetPtr shown_data);

  /// Where the worker posts; public for the test of what happens to posts of an older run.
  [[nodiscard]] SnapshotMailbox& mailbox() { return mailbox_; }

 Q_SIGNALS:
  void stateChanged(assayer::ui::TrainingController::State state);
  /// A new run began, or the results were forgotten: `history` is empty again.
  void cleared();
  /// New records at the end of `history()`, from index `first`.
  void recordsAdded(std::size_t first);
  void snapshotChanged();
  void evaluationChanged();
  /// `report()` is set, or `error()` is.
  void finished();
  /// The run has a newer `checkpoint()`.
  void checkpointChanged();
  void warned(const QString& text);
  /// What was said of a pause holds no longer: it is over.
  void withdrawn(const QString& text);

 private:
  class Worker;
  struct Outcome;

  void setState(State state);
  void wake();
  void drain();
  void onPrepared(std::uint64_t run, const QString& engine, const DatasetPtr& shown);
  void onPauseJudged(std::uint64_t run, const QString& advice);
  void withdrawPauseAdvice();
  void onFinished(std::uint64_t run, const std::shared_ptr<Outcome>& outcome);

  Postbox postbox_;
  SnapshotMailbox mailbox_;
  QTimer drain_timer_;
  QElapsedTimer since_drain_;
  std::thread thread_;
  std::shared_ptr<RunControl> control_;

  State state_ = State::Idle;
  std::uint64_t run_ = 0;
  std::optional<TrainingRequest> request_;
  std::vector<ObjectiveRecord> history_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const Evaluation> evaluation_;
  std::shared_ptr<const ModelState> checkpoint_;
  std::optional<TrainReport> report_;
  std::optional<Error> error_;
  QString engine_description_;
  DatasetPtr shown_data_;
  QString pause_advice_;  ///< said of the present pause; empty: nothing
};

}  // namespace assayer::ui
