// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <thread>

#include "core/train/baseline_run.h"
#include "core/train/methods.h"
#include "core/validation/fit_detail.h"
#include "core/validation/judging_detail.h"

namespace assayer {
namespace {

/// Hears how far a fit is and keeps its checkpoints; scores come from the finished model.
class Listener : public Observer {
 public:
  /// `part` is stopped after `epochs` epochs.
  Listener(const Fit& fit, std::int64_t epochs, const KeptFits& kept, RunControl& part,
           const std::function<void(double share)>& progress)
      : fit_(fit), epochs_(epochs), kept_(kept), part_(part), progress_(progress) {}
  void on_epoch(const ObjectiveRecord& record) override {
    // A baseline is fitted at once.
    if (!is_baseline(fit_.config.method) && epochs_ > 1)
      progress_(static_cast<double>(record.epoch) / static_cast<double>(epochs_));
    if (record.epoch >= epochs_ && epochs_ < fit_.config.epochs) part_.request_stop();
  }
  void on_snapshot(std::shared_ptr<const Snapshot> /*snapshot*/) override {}
  void on_checkpoint(const ModelState& state) override {
    const std::int64_t epoch = state.training ? state.training->epoch : 0;
    if (epoch == 0 || epoch >= fit_.config.epochs) return;
    // One that cannot be written costs time after a fall and nothing else; the record of the scores will
    // tell.
    [[maybe_unused]] const Status written = kept_.keep(fit_.name, state);
  }

 private:
  const Fit& fit_;
  std::int64_t epochs_;
  const KeptFits& kept_;
  RunControl& part_;
  const std::function<void(double share)>& progress_;
};

/// A checkpoint that does not fit is of another version of the program: the fit starts anew.
Result<std::unique_ptr<Trainer>> trainer_of(const Fit& fit, const TrainPlan& plan, TrainConfig config,
                                            std::optional<ModelState>& from, RunControl& control) {
  if (from) {
    auto resumed = make_trainer(fit.data, plan, config, &*from, &control);
    if (resumed || resumed.error().cancelled()) return resumed;
    from.reset();
  }
  return make_trainer(fit.data, plan, std::move(config), nullptr, &control);
}

TrainConfig config_of(const Fit& fit, const KeptFits& kept) {
  TrainConfig config = fit.config;
  constexpr double kInterval = 30;  // seconds, as `train` has it
  if (kept.keeps()) config.checkpoint_seconds = std::min(config.checkpoint_seconds, kInterval);
  return config;
}

/// Stops a part of a computation where the whole is stopped, while it lives. A part that is stopped at an
/// epoch needs a control of its own, and its epochs may be too long to look at the whole's in between.
class StopWithWhole {
 public:
  StopWithWhole(const RunControl& whole, RunControl& part)
      : watch_([&whole, &part](const std::stop_token& ended) {
          while (!ended.stop_requested() && !whole.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          if (whole.stop_requested()) part.request_stop();
        }) {}

 private:
  std::jthread watch_;
};

/// The scores on the test rows after `epochs` epochs, of which `done` have been made before.
Result<SplitScores> train_and_judge(const Fit& fit, std::int64_t done, std::int64_t epochs, Trainer& trainer,
                                    const KeptFits& kept, RunControl& control,
                                    const std::function<void(double share)>& progress) {
  const bool whole = epochs >= fit.config.epochs;
  RunControl part;
  // A part that has been made before is judged and not trained on.
  if (done == epochs && !whole) part.request_stop();
  Listener listener(fit, epochs, kept, part, progress);
  const auto report = [&] {
    if (whole) return trainer.run(control, listener);
    const StopWithWhole watch(control, part);
    return trainer.run(part, listener);
  }();
  if (!report) return fail(report.error());
  if (control.stop_requested()) return fail(Error::cancel());
  if (report->stopped_by == StopReason::Stopped && report->epochs < epochs) return fail(Error::cancel());
  if (report->stopped_by == StopReason::Numeric)
    return fail({Error::Kind::Numeric, report->message, fit.config.method, "", "", ""});
  const auto model = trainer.model();
  Matrix<float> spectra(fit.split.test.size(), fit.data->channels());
  for (std::size_t i = 0; i < fit.split.test.size(); ++i)
    std::ranges::copy(fit.data->spectra().row(fit.split.test[i]), spectra.row(i).begin());
  auto prediction = model->predict(spectra, nullptr);
  if (!prediction) return fail(prediction.error());
  SplitScores scores = score(*fit.data, *prediction, model->endmembers(), fit.split);
  scores.predicted = std::move(prediction->composition);
  scores.predicted_sd = std::move(prediction->composition_sd);
  return scores;
}

/// A failure of the fit alone, unless it was cancelled.
FitResult failed(const Error& error) {
  if (error.cancelled()) return fail(error);
  return Result<SplitScores>(fail(error));
}

}  // namespace

FitResult run_fit(const Fit& fit, const KeptFits& kept, RunControl& control,
                  const std::function<void(double share)>& progress) {
  if (auto scores = kept.scores(fit.name)) return Result<SplitScores>(*std::move(scores));
  const auto began = std::chrono::steady_clock::now();
  const TrainPlan plan{fit.labelled, fit.split.train, fit.unfeatured};
  if (auto clean = check_no_leak(plan, fit.split.test); !clean) return failed(clean.error());
  auto from = kept.checkpoint(fit.name);
  auto trainer = trainer_of(fit, plan, config_of(fit, kept), from, control);
  if (!trainer) return failed(trainer.error());
  auto scores = train_and_judge(fit, from ? from->training->epoch : 0, fit.config.epochs, **trainer, kept,
                                control, progress);
  if (!scores) return failed(scores.error());
  scores->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (from) scores->seconds += from->training->seconds;
  if (auto written = kept.finish(fit.name, *scores); !written) return fail(written.error());
  return scores;
}

FitResult run_part(const Fit& fit, std::int64_t epochs, std::optional<ModelState>& state,
                   const KeptFits& kept, RunControl& control,
                   const std::function<void(double share)>& progress) {
  const std::string record = fmt::format("{}_epoch-{}", fit.name, epochs);
  if (auto scores = kept.scores(record)) return Result<SplitScores>(*std::move(scores));
  const TrainPlan plan{fit.labelled, fit.split.train, fit.unfeatured};
  if (auto clean = check_no_leak(plan, fit.split.test); !clean) return failed(clean.error());
  if (!state) state = kept.checkpoint(fit.name);
  // It went beyond where it is to be judged, and the record of that is lost.
  if (state && state->training->epoch > epochs) state.reset();
  auto trainer = trainer_of(fit, plan, config_of(fit, kept), state, control);
  if (!trainer) return failed(trainer.error());
  auto scores =
      train_and_judge(fit, state ? state->training->epoch : 0, epochs, **trainer, kept, control, progress);
  if (!scores) return failed(scores.error());
  state = (*trainer)->state();
  // The record after the state: where the one is, the other is not needed any more.
  if (auto written = kept.keep(fit.name, *state); !written) return fail(written.error());
  scores->predicted = scores->predicted_sd = {};
  if (auto written = kept.finish(record, *scores); !written) return fail(written.error());
  return scores;
}

}  // namespace assayer
