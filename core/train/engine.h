// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/baselines/pca.h"
#include "core/data/dataset.h"
#include "core/train/model_state.h"
#include "core/train/results.h"
#include "core/train/train_config.h"
#include "core/train/train_plan.h"

namespace assayer {

/// The channels on one side of a model; used[c] = 0 where a channel means nothing to it.
struct ModelChannels {
  WavelengthAxis wavelength = WavelengthAxis::channels(0);
  std::vector<std::uint8_t> used;
};

/// A trained model, immutable: any thread may ask it.
class Model {
 public:
  virtual ~Model() = default;
  [[nodiscard]] virtual const ModelState& state() const = 0;

  /// Composition, then z given that composition. `spectra` [N, C] in the units of the training data, with
  /// the model's channels; masked channels are ignored. Where `composition` is given (a row of it may be
  /// NaN), z is inferred with it instead (the paper's figure 6).
  [[nodiscard]] virtual Result<Prediction> predict(MatrixView<float> spectra,
                                                   const Matrix<double>* composition = nullptr) const = 0;
  /// The same from `draws` samples y ~ q(y | x), z ~ q(z | x, y) of each member: means and standard
  /// deviations over them. z is inferred with the drawn y, or with `composition` where that is known. Usage
  /// error for a method that draws nothing.
  [[nodiscard]] virtual Result<Prediction> predict_draws(MatrixView<float> spectra,
                                                         const Matrix<double>* composition,
                                                         std::int64_t draws, std::uint64_t seed) const;
  /// Mean spectra of p(x | y, z) [N, C], averaged over members, masked channels NaN. `z` [N, Z], or empty:
  /// each member's own z̄.
  [[nodiscard]] virtual Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                                           const Matrix<double>& z) const = 0;
  /// `samples` draws of p(x | y, z) per composition, members in turn: [N × samples, C].
  [[nodiscard]] virtual Result<Matrix<float>> sample(const Matrix<double>& composition,
                                                     const Matrix<double>& z, std::int64_t samples,
                                                     std::uint64_t seed) const = 0;
  // Where spectra are preprocessed, the two sides of a model differ (core/train/preprocessed.h).

  /// Of the spectra that `predict` takes.
  [[nodiscard]] virtual ModelChannels input() const { return {state().wavelength, state().channel_used}; }
  /// Of the spectra that `generate`, `sample` and `endmembers` yield.
  [[nodiscard]] virtual ModelChannels output() const { return input(); }
  /// Empty where generated spectra have the unit of the data; else what was done to them, "clip, norm3".
  [[nodiscard]] virtual std::string output_space() const { return {}; }
  /// `data` as generated spectra are to be compared with; null where that is as they are.
  [[nodiscard]] virtual Result<DatasetPtr> in_output_space(const Dataset& /*data*/,
                                                           const RunControl* /*control*/) const {
    return DatasetPtr();
  }

  /// `generate` at the corners of the simplex, equation (18).
  [[nodiscard]] EndmemberEstimate endmembers() const;
};

/// A run at one moment, copied out of the trainer: what views draw.
struct Snapshot {
  std::int64_t epoch = 0;
  std::int64_t epochs = 0;
  std::int64_t steps = 0;
  double seconds = 0;            ///< training time so far, pauses not counted
  double epochs_per_second = 0;  ///< over the last seconds
  EndmemberEstimate endmembers;
  Prediction prediction;               ///< every row of the data; z with the row's composition where known
  std::shared_ptr<const Model> model;  ///< frozen copy, for exploring
};

/// Hears from a run, on the thread that runs it. Must return quickly.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Every epoch, in order, none left out.
  virtual void on_epoch(const ObjectiveRecord& record) = 0;
  /// At wall-clock intervals (`snapshot_seconds`), when a pause begins, and at the end.
  virtual void on_snapshot(std::shared_ptr<const Snapshot> snapshot) = 0;
  /// At wall-clock intervals (`checkpoint_seconds`), when a pause begins, and at the end; always an epoch's
  /// end, so that a resumed run continues bit for bit. The state has `training` set.
  virtual void on_checkpoint(const ModelState& state) = 0;
};

enum class StopReason { Completed, Stopped, Numeric };
/// "completed", "stopped", "numeric".
std::string_view to_string(StopReason reason);

struct TrainReport {
  StopReason stopped_by = StopReason::Completed;
  /// For Numeric: the term, member and epoch, and what was kept.
  std::string message;
  std::int64_t epochs = 0;
  std::int64_t steps = 0;
  double seconds = 0;
  double step_seconds_median = 0;
  ObjectiveRecord last;
};

/// One training run. Synchronous: the caller chooses the thread. Not reentrant.
class Trainer {
 public:
  virtual ~Trainer() = default;
  /// Trains until the configured epoch, a stop, or a non-finite number. May be called again after a stop: it
  /// goes on.
  virtual Result<TrainReport> run(RunControl& control, Observer& observer) = 0;
  /// The state after the last good epoch, with `training` set.
  [[nodiscard]] virtual ModelState state() const = 0;
  [[nodiscard]] virtual std::shared_ptr<const Model> model() const = 0;
};

/// The door to the numerical engine (LibTorch), which is a library of its own that is loaded on the first
/// call: it takes most of a second, so a desktop program calls `load` on a worker.
class Engine {
 public:
  virtual ~Engine() = default;
  static Result<std::shared_ptr<const Engine>> load();

  /// "LibTorch 1.13.1 (CPU)".
  [[nodiscard]] virtual std::string description() const = 0;
  /// Keeps `data`. `resume`, where given, must carry `training` and match data, plan and configuration in all
  /// that decides the numbers; its `config.epochs` may be raised. A method that settles something before its
  /// training (guided: some seconds) polls `control` (may be null) and is cancelled by a stop.
  virtual Result<std::unique_ptr<Trainer>> create_trainer(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                          const ModelState* resume = nullptr,
                                                          const RunControl* control = nullptr) const = 0;
  virtual Result<std::shared_ptr<const Model>> create_model(ModelState state) const = 0;
  /// See Pca. Rows that are not finite are left out of the fit and have NaN scores.
  virtual Result<Pca> fit_pca(const Dataset& data, std::size_t components) const = 0;
};

}  // namespace assayer
