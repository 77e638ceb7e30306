// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/training_controller.h"

#include <QDir>
#include <QFileInfo>
#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "core/io/model_file.h"
#include "core/metrics/evaluation.h"
#include "core/train/advice.h"
#include "core/train/baseline_run.h"
#include "core/train/methods.h"
#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {

using Clock = std::chrono::steady_clock;

struct TrainingController::Outcome {
  Result<TrainReport> report;
  std::shared_ptr<const ModelState> state;  ///< null where no trainer came to be
};

/// Everything that the training thread does; it knows the controller only as a place to post to.
class TrainingController::Worker : public Observer {
 public:
  /// Hears what is to be said of the model that a pause shows; empty: nothing.
  using PauseJudged = std::function<void(const QString& advice)>;

  Worker(TrainingRequest request, std::uint64_t run, SnapshotMailbox& mailbox, RunControl& control,
         PauseJudged judged)
      : request_(std::move(request)),
        run_(run),
        mailbox_(mailbox),
        control_(control),
        pause_judged_(std::move(judged)) {}

  Outcome run(const std::function<void(const QString& engine, const DatasetPtr& shown)>& prepared) {
    const ModelState* resume = request_.resume.get();
    auto data = resume == nullptr
                    ? preprocess_for(request_.data, request_.pipeline, request_.replan, &control_)
                : resume->preprocessing ? preprocess_with(request_.data, *resume->preprocessing, &control_)
                                        : preprocess_for(request_.data, Pipeline{}, Rows{}, &control_);
    if (!data) return {fail(data.error()), {}};
    if (data->pipeline && resume == nullptr) {
      auto plan = request_.replan(*data->seen);
      if (!plan) return {fail(plan.error()), {}};
      request_.plan = *std::move(plan);
      if (auto note = adapt_link(request_.config, request_.pipeline))
        data->warnings.push_back(*std::move(note));
      for (Message& warning : data->warnings) mailbox_.post_warning(run_, std::move(warning));
    }
    shown_ = data->pipeline && !data->pipeline->invertible() ? data->seen : data->raw;
    seen_ = request_.plan.labelled;
    seen_.insert(seen_.end(), request_.plan.unlabelled.begin(), request_.plan.unlabelled.end());
    std::sort(seen_.begin(), seen_.end());
    seen_.erase(std::unique(seen_.begin(), seen_.end()), seen_.end());
    if (resume == nullptr && shown_->abundances() && !is_baseline(request_.config.method))
      for (Message& advice : advise_before(*shown_, request_.plan))
        mailbox_.post_warning(run_, std::move(advice));
    auto trainer = make_trainer(*data, request_.plan, request_.config, resume, &control_);
    if (!trainer) return {fail(trainer.error()), {}};
    if (control_.stop_requested()) return {fail(Error::cancel()), {}};
    // A baseline computes without the engine.
    const auto engine = is_baseline(request_.config.method) ? nullptr : Engine::load().value_or(nullptr);
    prepared(engine ? QString::fromStdString(engine->description()) : QString(), shown_);
    auto report = (*trainer)->run(control_, *this);
    return {std::move(report), std::make_shared<ModelState>((*trainer)->state())};
  }

  void on_epoch(const ObjectiveRecord& record) override { mailbox_.post(run_, record); }

  void on_snapshot(std::shared_ptr<const Snapshot> snapshot) override {
    // Measures cost more than they tell when they change ten times a second; those of a pause and of the end
    // are always made, because they stay on the screen.
    const bool resting =
        control_.paused() || control_.stop_requested() || snapshot->epoch >= snapshot->epochs;
    std::shared_ptr<const Evaluation> evaluation;
    if (resting || Clock::now() - last_evaluation_ >= std::chrono::milliseconds(500)) {
      auto result = evaluate(*shown_, snapshot->prediction, snapshot->endmembers, request_.plan.labelled,
                             seen_, static_cast<std::size_t>(request_.config.members));
      if (result) {
        result->facts = snapshot->model->state().facts;
        evaluation = std::make_shared<Evaluation>(std::move(*result));
      } else if (!std::exchange(evaluation_failed_, true)) {
        mailbox_.post_warning(run_, said(result.error()));
      }
      last_evaluation_ = Clock::now();
    }
    // At the end and in a pause only, when somebody looks: what has been learnt for a moment may well be a
    // mean. Before the first epoch it cannot be anything else.
    const bool ends = control_.stop_requested() || snapshot->epoch >= snapshot->epochs;
    if (shown_->abundances() && (ends || (control_.paused() && snapshot->epoch > 0))) {
      std::vector<Message> advice =
          advise_after(*shown_, request_.plan, snapshot->prediction, snapshot->endmembers);
      if (ends)
        for (Message& one : advice) mailbox_.post_warning(run_, std::move(one));
      else
        pause_judged_(coreTexts(advice).join(QLatin1Char(' ')));
    }
    mailbox_.post(run_, std::move(snapshot), std::move(evaluation));
  }

  void on_checkpoint(const ModelState& state) override {
    auto copy = std::make_shared<ModelState>(state);
    if (!request_.autosave_path.isEmpty()) {
      const std::filesystem::path path = request_.autosave_path.toStdString();
      if (auto written = write_model(*copy, path, true); !written && !std::exchange(autosave_failed_, true))
        mailbox_.post_warning(run_, said(written.error()));
    }
    mailbox_.post(run_, std::shared_ptr<const ModelState>(std::move(copy)));
  }

 private:
  static Message said(const Error& error) { return Message::verbatim(errorText(error).toStdString()); }

  TrainingRequest request_;
  std::uint64_t run_;
  SnapshotMailbox& mailbox_;
  RunControl& control_;
  PauseJudged pause_judged_;
  Rows seen_;
  DatasetPtr shown_;
  Clock::time_point last_evaluation_;
  bool evaluation_failed_ = false;
  bool autosave_failed_ = false;
};

TrainingController::TrainingController(QObject* parent)
    : QObject(parent), mailbox_([this] { postbox_.post([this] { wake(); }); }) {
  drain_timer_.setSingleShot(true);
  drain_timer_.setTimerType(Qt::PreciseTimer);
  connect(&drain_timer_, &QTimer::timeout, this, &TrainingController::drain);
}

TrainingController::~TrainingController() {
  // Members that the worker uses are still there; signals are not wanted any more.
  blockSignals(true);
  shutdown();
}

bool TrainingController::start(TrainingRequest request) {
  if (active()) return false;
  // The last run's thread has delivered its outcome as its last act.
  if (thread_.joinable()) thread_.join();
  ++run_;
  mailbox_.begin(run_);
  history_.clear();
  snapshot_.reset();
  evaluation_.reset();
  checkpoint_.reset();
  report_.reset();
  error_.reset();
  shown_data_.reset();
  request_ = request;
  control_ = std::make_shared<RunControl>();
  Q_EMIT cleared();
  if (request.resume) {
    history_ = request.resume->training->history;
    if (!history_.empty()) Q_EMIT recordsAdded(0);
  }
  setState(State::Preparing);

  thread_ = std::thread([this, request = std::move(request), run = run_, control = control_]() mutable {
    Worker worker(std::move(request), run, mailbox_, *control, [this, run](const QString& advice) {
      postbox_.post([this, run, advice] { onPauseJudged(run, advice); });
    });
    auto outcome =
        std::make_shared<Outcome>(worker.run([this, run](const QString& engine, const DatasetPtr& shown) {
          postbox_.post([this, run, engine, shown] { onPrepared(run, engine, shown); });
        }));
    postbox_.post([this, run, outcome] { onFinished(run, outcome); });
  });
  return true;
}

void TrainingController::pause() {
  if (state_ != State::Running) return;
  control_->pause();
  setState(State::Paused);
}

void TrainingController::resume() {
  if (state_ != State::Paused) return;
  control_->resume();
  setState(State::Running);
}

void TrainingController::stop() {
  if (!active() || state_ == State::Stopping) return;
  control_->request_stop();
  setState(State::Stopping);
}

void TrainingController::shutdown() {
  const bool was_active = active();
  if (control_) control_->request_stop();
  if (thread_.joinable()) thread_.join();
  // What this run left in the postbox finds a newer number.
  if (was_active) {
    mailbox_.begin(++run_);
    drain_timer_.stop();
    setState(State::Finished);
  }
}

void TrainingController::endNow() {
  if (!active()) return;
  control_->request_stop();
  if (thread_.joinable()) thread_.join();
  drain();
  shutdown();
}

void TrainingController::reset() {
  shutdown();
  mailbox_.begin(++run_);
  history_.clear();
  snapshot_.reset();
  evaluation_.reset();
  checkpoint_.reset();
  report_.reset();
  error_.reset();
  shown_data_.reset();
  request_.reset();
  Q_EMIT cleared();
  setState(State::Idle);
}

void TrainingController::adopt(std::shared_ptr<const ModelState> state,
                               std::shared_ptr<const Snapshot> snapshot,
                               std::shared_ptr<const Evaluation> evaluation, DatasetPtr shown_data) {
  reset();
  shown_data_ = std::move(shown_data);
  checkpoint_ = std::move(state);
  snapshot_ = std::move(snapshot);
  evaluation_ = std::move(evaluation);
  if (checkpoint_ && checkpoint_->training) history_ = checkpoint_->training->history;
  if (!history_.empty()) Q_EMIT recordsAdded(0);
  if (snapshot_) Q_EMIT snapshotChanged();
  if (evaluation_) Q_EMIT evaluationChanged();
}

std::shared_ptr<const ModelState> TrainingController::model_state() const {
  const std::int64_t saved = checkpoint_ && checkpoint_->training ? checkpoint_->training->epoch : -1;
  if (snapshot_ && snapshot_->model && (!checkpoint_ || (saved >= 0 && snapshot_->epoch > saved)))
    // Shares ownership with the model, whose state lives as long as it does.
    return {snapshot_->model, &snapshot_->model->state()};
  return checkpoint_;
}

void TrainingController::setState(State state) {
  if (state == state_) return;
  state_ = state;
  if (state != State::Paused) withdrawPauseAdvice();
  Q_EMIT stateChanged(state);
}

void TrainingController::wake() {
  if (drain_timer_.isActive()) return;
  const qint64 elapsed = since_drain_.isValid() ? since_drain_.elapsed() : kDrainInterval;
  drain_timer_.start(static_cast<int>(std::max<qint64>(0, kDrainInterval - elapsed)));
}

void TrainingController::drain() {
  since_drain_.start();
  SnapshotMailbox::Contents contents = mailbox_.take();
  if (!contents.records.empty()) {
    const std::size_t first = history_.size();
    history_.insert(history_.end(), contents.records.begin(), contents.records.end());
    Q_EMIT recordsAdded(first);
  }
  if (contents.checkpoint) {
    checkpoint_ = std::move(contents.checkpoint);
    Q_EMIT checkpointChanged();
  }
  if (contents.snapshot) {
    snapshot_ = std::move(contents.snapshot);
    Q_EMIT snapshotChanged();
  }
  if (contents.evaluation) {
    evaluation_ = std::move(contents.evaluation);
    Q_EMIT evaluationChanged();
  }
  // One after the other, each would take the place of the one before.
  if (!contents.warnings.empty()) Q_EMIT warned(coreTexts(contents.warnings).join(QLatin1Char(' ')));
}

void TrainingController::onPrepared(std::uint64_t run, const QString& engine, const DatasetPtr& shown) {
  if (run != run_) return;
  shown_data_ = shown;
  engine_description_ = engine;
  if (state_ == State::Preparing) setState(State::Running);
  // A drain that a warning had asked for may have come between, and was told without these data.
  if (snapshot_) Q_EMIT snapshotChanged();
}

void TrainingController::onPauseJudged(std::uint64_t run, const QString& advice) {
  // A run that goes on again is judged later, by what it has learnt until then.
  if (run != run_ || state_ != State::Paused) return;
  const QString text = advice.isEmpty() ? QString() : tr("So far: %1").arg(advice);
  // A snapshot that was due just as the pause began is followed by that of the pause, with the same weights.
  if (text == pause_advice_) return;
  withdrawPauseAdvice();
  pause_advice_ = text;
  if (!text.isEmpty()) Q_EMIT warned(text);
}

void TrainingController::withdrawPauseAdvice() {
  const QString text = std::exchange(pause_advice_, {});
  if (!text.isEmpty()) Q_EMIT withdrawn(text);
}

void TrainingController::onFinished(std::uint64_t run, const std::shared_ptr<Outcome>& outcome) {
  if (run != run_) return;
  drain_timer_.stop();
  drain();
  if (outcome->state) {
    checkpoint_ = outcome->state;
    Q_EMIT checkpointChanged();
  }
  if (outcome->report)
    report_ = *outcome->report;
  else
    error_ = outcome->report.error();
  setState(State::Finished);
  Q_EMIT finished();
}

}  // namespace assayer::ui
