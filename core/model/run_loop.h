// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/kernels/step_values.h"
#include "core/model/adam.h"
#include "core/model/objective.h"
#include "core/model/repeated_work.h"
#include "core/train/engine.h"
#include "core/train/frame.h"

namespace assayer::model {

/// The synchronous training loop that all methods share: epochs, stop and pause, snapshots, checkpoints, the
/// state to return to, and members that fail alone.
class RunLoop : public Trainer {
 public:
  Result<TrainReport> run(RunControl& control, Observer& observer) final;
  [[nodiscard]] ModelState state() const final;
  [[nodiscard]] std::shared_ptr<const Model> model() const final;

 protected:
  using Clock = std::chrono::steady_clock;

  /// `frame`: the parts of the state that do not change. `parameters` must outlive the loop.
  RunLoop(DatasetPtr data, ModelState frame, Parameters& parameters, AdamOptions adam, at::Device device);

  /// Steps of one epoch.
  [[nodiscard]] virtual Index steps_per_epoch() const = 0;
  /// Before the first step of an epoch: shuffling.
  virtual void begin_epoch() {}
  /// Draws what step `step` of the current epoch takes - rows and noise - and puts it where `compute` finds
  /// it: on a device into the same memory every time.
  virtual void prepare(Index step) = 0;
  /// The objective of the prepared step, with gradients to flow into the parameters. On a device it is
  /// recorded and replayed: see RepeatedWork for what it may not do.
  virtual Objective compute() = 0;
  /// Adds the gradients of step `step` to the parameters' and says what every member's objective was; members
  /// that are not `active` may be left out. By default `prepare`, `compute` and autograd.
  virtual void differentiate(Index step, std::vector<kernels::StepValues>& values);
  /// Calls work(m) for every member, where a method can on several threads.
  virtual void for_members(const std::function<void(Index)>& work);
  /// Whether steps draw from `generators`; otherwise their states need not be kept.
  [[nodiscard]] virtual bool draws_from_generators() const { return true; }
  /// After the gradients of a step are there, before they are used.
  virtual void after_backward() {}
  /// What the configured rate is multiplied with at this step of the run (0 is the first).
  [[nodiscard]] virtual double rate_factor(Index /*step*/) const { return 1; }
  /// The last epoch whose objective is not to be compared with those after it: its terms had other weights.
  [[nodiscard]] virtual Index incomparable_until() const { return 0; }
  /// Draws made once that a resumed run needs.
  [[nodiscard]] virtual std::vector<NamedArray> constants() const { return {}; }
  /// The state with these numbers in place of Parameters::values(); `training` is filled in by the loop.
  [[nodiscard]] virtual ModelState state_of(const Tensor& values) const = 0;
  [[nodiscard]] virtual Result<std::shared_ptr<const Model>> model_of(ModelState state) const = 0;

  /// Seeds the members' generators: member m with the configured seed + m.
  void seed_generators();
  /// Takes note of the present as the state to return to. Call once the weights have their first values.
  void save();
  /// Weights, moments, generators and history of a checkpoint.
  Status restore(const ModelState& from);

  [[nodiscard]] const TrainConfig& config() const { return frame_.config; }

  [[nodiscard]] const Dataset& data() const { return *data_; }
  [[nodiscard]] const ModelState& frame() const { return frame_; }
  [[nodiscard]] at::Device device() const { return device_; }
  /// One per member, of the host: what they start from is the same on every device.
  [[nodiscard]] std::vector<at::Generator>& generators() { return generators_; }
  /// One per member, for the numbers of a step: of the device where there is one, else the same.
  [[nodiscard]] std::vector<at::Generator>& step_generators() {
    return device_generators_.empty() ? generators_ : device_generators_;
  }
  [[nodiscard]] Index steps_done() const { return adam_.steps(); }
  [[nodiscard]] Index epochs_done() const { return epoch_; }
  /// Whether member m still learns.
  [[nodiscard]] bool active(Index m) const { return rates_[static_cast<std::size_t>(m)] != 0; }

 private:
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

  /// What is kept of the best epoch.
  struct Best {
    Tensor values;
    Index epoch = 0;
    double objective = 0;
  };

  void roll_back();
  /// Keeps the weights of the epoch that has just ended where they are the best so far.
  void note_best();
  Status restore_best(const BestState& best);
  EpochEnd run_epoch(RunControl& control, Observer& observer);
  /// Every row of outcome_ for the objective of a step whose gradients are there.
  [[nodiscard]] Tensor outcome_of(const Objective& objective) const;
  [[nodiscard]] std::vector<std::vector<std::uint8_t>> generator_states() const;
  void set_generator_states(const std::vector<std::vector<std::uint8_t>>& states);
  /// Takes note of members whose terms or gradients left the finite numbers; false when none is left.
  bool check(const std::vector<kernels::StepValues>& values);
  [[nodiscard]] bool finite_gradient(std::size_t p, Index member) const;
  void note_step_time(double seconds);
  void freeze(Index member, std::string reason);
  void hold(RunControl& control, Observer& observer);
  void emit_snapshot(Observer& observer);
  [[nodiscard]] ModelState saved_state() const;
  [[nodiscard]] double seconds() const;

  DatasetPtr data_;
  ModelState frame_;
  Parameters& parameters_;
  Adam adam_;
  at::Device device_;
  std::vector<at::Generator> generators_;
  std::vector<at::Generator> device_generators_;  ///< empty on the CPU

  RepeatedWork work_;
  Tensor outcome_;  ///< of the present step, rows of [M]: the objective, its terms, sums of the gradients
  std::vector<double> gradient_sums_;  ///< [parameters, M], on a device alone

  Index epoch_ = 0;
  std::vector<ObjectiveRecord> history_;
  std::vector<double> rates_;          ///< [M], 0 for a frozen member
  std::vector<std::string> failures_;  ///< one sentence per frozen member
  ObjectiveRecord running_;            ///< sums over the steps of the epoch
  Saved saved_;
  std::optional<Best> best_;

  double seconds_before_ = 0;  ///< training time of finished stretches
  std::optional<Clock::time_point> running_since_;
  std::vector<kernels::StepValues> values_;  ///< [M] of the present step
  std::array<bool, kTermCount> entered_{};   ///< which terms outcome_ has
  std::vector<float> step_seconds_;          ///< of the last steps, in a ring
  std::size_t step_seconds_next_ = 0;
  Clock::time_point next_snapshot_;
  Clock::time_point next_checkpoint_;
  double rate_time_ = 0;  ///< training time and epoch at the last estimate of the rate
  Index rate_epoch_ = 0;
  double epochs_per_second_ = 0;
};

/// Whether a run with `frame` may go on from `resume`; Usage error that says why not.
Status check_resume(const ModelState& resume, const ModelState& frame);

/// A tensor's numbers under a name, as float.
NamedArray named(std::string name, const Tensor& values);
/// Copies a named array of the given shape into `target`; Data error where there is none.
Status copy_named(const std::vector<NamedArray>& arrays, const std::string& name, Tensor& target);

}  // namespace assayer::model
