// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "core/model/adam.h"
#include "core/model/objective.h"
#include "core/model/trained_model.h"
#include "core/train/engine.h"

namespace assayer::model {

/// Rows of one source in the order of the current epoch; a source shorter than the longest wraps around.
class Sampler {
 public:
  Sampler() = default;
  /// `rows` of which `batch` at most are taken at a time, for each of `members`.
  Sampler(Index rows, Index batch, Index members);

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index batch() const { return batch_; }
  [[nodiscard]] Index steps() const { return batch_ == 0 ? 0 : (rows_ + batch_ - 1) / batch_; }
  void shuffle(std::vector<at::Generator>& generators);
  /// Row numbers of step `step` of the epoch, members one after the other: [M × batch].
  [[nodiscard]] Tensor indices(Index step) const;

 private:
  Index rows_ = 0;
  Index batch_ = 0;
  std::vector<std::vector<std::int64_t>> order_;  ///< per member
};

/// The synchronous training loop of all members, with the state to return to.
class TrainRun final : public Trainer {
 public:
  static Result<std::unique_ptr<Trainer>> create(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                 const ModelState* resume);

  Result<TrainReport> run(RunControl& control, Observer& observer) override;
  [[nodiscard]] ModelState state() const override;
  [[nodiscard]] std::shared_ptr<const Model> model() const override;

 private:
  using Clock = std::chrono::steady_clock;
  enum class EpochEnd { Done, Stopped, Failed };

  /// Everything that changes while training, at an epoch's end.
  struct Saved {
    Tensor values;
    Tensor first;
    Tensor second;
    Index steps = 0;
    Index epoch = 0;
    double seconds = 0;
    std::vector<std::vector<std::uint8_t>> generators;
  };

  TrainRun(DatasetPtr data, ModelState frame, Sizes sizes, at::Device device);
  void begin();
  Status restore(const ModelState& from);
  void save();
  void roll_back();

  EpochEnd run_epoch(RunControl& control, Observer& observer);
  [[nodiscard]] Batch next_batch(Index step) const;
  Noise draw_noise();
  /// Takes note of members whose terms or gradients left the finite numbers; false when none is left.
  bool check(const Objective& objective);
  void freeze(Index member, std::string reason);
  void hold(RunControl& control, Observer& observer);
  void emit_snapshot(Observer& observer);
  [[nodiscard]] ModelState state_of(const Networks& networks) const;
  [[nodiscard]] ModelState saved_state() const;
  [[nodiscard]] double seconds() const;

  DatasetPtr data_;
  ModelState frame_;  ///< the parts of the state that do not change
  Networks networks_;
  Adam adam_;
  Preprocessing preprocessing_;
  ObjectiveOptions objective_;
  at::Device device_;

  Tensor x_l_, y_l_, x_u_, y_u_;  ///< sources: [n, C], [n, K]
  Tensor z_u_;                    ///< [M, U, Z] of (20), drawn once
  Sampler labelled_, unlabelled_, unfeatured_;
  std::vector<at::Generator> generators_;  ///< one per member
  Tensor normals_, uniforms_;              ///< [M, count] buffers of one step's noise

  Index epoch_ = 0;
  std::vector<ObjectiveRecord> history_;
  std::vector<double> rates_;          ///< [M], 0 for a frozen member
  std::vector<std::string> failures_;  ///< one sentence per frozen member
  ObjectiveRecord running_;            ///< sums over the steps of the epoch
  Saved saved_;

  double seconds_before_ = 0;  ///< training time of finished stretches
  std::optional<Clock::time_point> running_since_;
  std::vector<float> step_seconds_;
  Clock::time_point next_snapshot_;
  Clock::time_point next_checkpoint_;
  double rate_time_ = 0;  ///< training time and epoch at the last estimate of the rate
  Index rate_epoch_ = 0;
  double epochs_per_second_ = 0;
};

}  // namespace assayer::model
