// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/run_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/kernels/loops.h"
#include "core/model/runtime.h"
#include "core/train/best_state.h"

namespace assayer::model {
namespace {

std::vector<std::uint8_t> generator_state(const at::Generator& generator) {
  const Tensor state = generator.get_state();
  const auto* bytes = state.data_ptr<std::uint8_t>();
  return {bytes, bytes + state.numel()};
}

void set_generator_state(at::Generator& generator, const std::vector<std::uint8_t>& bytes) {
  Tensor state = at::empty({static_cast<Index>(bytes.size())}, at::kByte);
  std::ranges::copy(bytes, state.data_ptr<std::uint8_t>());
  generator.set_state(state);
}

/// Copies numbers into a tensor of the same shape, on the CPU without any of LibTorch's own bookkeeping.
void copy_block(const Tensor& to, const Tensor& from) {
  if (to.is_cpu() && from.is_cpu()) {
    std::memcpy(to.data_ptr(), from.data_ptr(), from.nbytes());
  } else {
    to.copy_(from);
  }
}

/// Steps whose times make up the median of a run.
constexpr std::size_t kStepsTimed = 16384;

bool same_run(const ModelState& a, const ModelState& b) {
  TrainConfig config = a.config;
  config.epochs = b.config.epochs;  // a longer run may continue a shorter one
  config.snapshot_seconds = b.config.snapshot_seconds;
  if (config.step == "auto") config.step = b.config.step;  // of a checkpoint from before there was a choice
  config.checkpoint_seconds = b.config.checkpoint_seconds;
  return config == b.config && a.data_fingerprint == b.data_fingerprint &&
         a.plan.labelled == b.plan.labelled && a.plan.unlabelled == b.plan.unlabelled &&
         a.plan.unfeatured == b.plan.unfeatured;
}

}  // namespace

NamedArray named(std::string name, const Tensor& values) {
  const Tensor host = values.to(at::kCPU, at::kFloat).contiguous();
  return {std::move(name), host.sizes().vec(),
          std::vector<float>(host.data_ptr<float>(), host.data_ptr<float>() + host.numel())};
}

/// Copies a named array of the given shape into `target`.
Status copy_named(const std::vector<NamedArray>& arrays, const std::string& name, Tensor& target) {
  const auto found = std::ranges::find(arrays, name, &NamedArray::name);
  if (found == arrays.end() || found->shape != target.sizes().vec() ||
      static_cast<Index>(found->values.size()) != target.numel()) {
    return fail({Error::Kind::Data, "the checkpoint does not hold what a resumed run needs", name, "",
                 found == arrays.end() ? "nothing of that name" : "another shape", "Start a new run."});
  }
  target.copy_(at::from_blob(const_cast<float*>(found->values.data()), target.sizes(), at::kFloat));
  return {};
}

Status check_resume(const ModelState& resume, const ModelState& frame) {
  if (!resume.training) {
    return fail({Error::Kind::Usage, "this model cannot be resumed", "resume", "a checkpoint",
                 "a model without the state of its training", "Start a new run."});
  }
  if (!same_run(resume, frame)) {
    return fail({Error::Kind::Usage, "the checkpoint belongs to another run", "resume",
                 "the same data, selections and settings (epochs may be raised)", "different ones",
                 "Repeat the run's own settings, or start a new run."});
  }
  return {};
}

RunLoop::RunLoop(DatasetPtr data, ModelState frame, Parameters& parameters, AdamOptions adam,
                 at::Device device)
    : data_(std::move(data)),
      frame_(std::move(frame)),
      parameters_(parameters),
      adam_(parameters_, adam),
      device_(device),
      work_(device) {
  rates_.assign(static_cast<std::size_t>(config().members), config().rate);
  values_.resize(rates_.size());
  step_seconds_.reserve(kStepsTimed);
}

void RunLoop::seed_generators() {
  generators_.clear();
  for (Index m = 0; m < config().members; ++m)
    generators_.push_back(at::detail::createCPUGenerator(config().seed + static_cast<std::uint64_t>(m)));
  device_generators_.clear();
  if (device_.is_cpu()) return;
  for (Index m = 0; m < config().members; ++m) {
    device_generators_.push_back(at::globalContext().defaultGenerator(device_).clone());
    device_generators_.back().set_current_seed(config().seed + static_cast<std::uint64_t>(m));
  }
}

std::vector<std::vector<std::uint8_t>> RunLoop::generator_states() const {
  std::vector<std::vector<std::uint8_t>> states;
  states.reserve(generators_.size() + device_generators_.size());
  for (const auto* some : {&generators_, &device_generators_}) {
    for (const at::Generator& generator : *some) states.push_back(generator_state(generator));
  }
  return states;
}

void RunLoop::set_generator_states(const std::vector<std::vector<std::uint8_t>>& states) {
  for (std::size_t i = 0; i < states.size(); ++i) {
    const bool host = i < generators_.size();
    set_generator_state(host ? generators_[i] : device_generators_[i - generators_.size()], states[i]);
  }
}

Status RunLoop::restore(const ModelState& from) {
  const at::NoGradGuard no_grad;
  const TrainingState& training = *from.training;
  if (training.best && training.best->epoch > incomparable_until()) {
    if (auto restored =
            restore_best(training.best->weights.empty()
                             ? BestState{training.best->epoch, training.best->objective, from.weights, {}}
                             : *training.best);
        !restored)
      return restored;
  }
  if (auto loaded = parameters_.from_arrays(from.weights); !loaded) return loaded;
  Tensor first = adam_.first();
  Tensor second = adam_.second();
  if (auto copied = copy_named(training.moments, "adam/first", first); !copied) return copied;
  if (auto copied = copy_named(training.moments, "adam/second", second); !copied) return copied;
  const std::vector<std::vector<std::uint8_t>> own = generator_states();
  if (training.generators.size() != own.size()) {
    return fail({Error::Kind::Data, "the checkpoint has the wrong number of random generators", "generators",
                 std::to_string(own.size()), std::to_string(training.generators.size()),
                 "It was written with another device: name that one, or start a new run."});
  }
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (training.generators[i].size() != own[i].size()) {
      return fail({Error::Kind::Data, "the checkpoint's random generator has another size", "generators",
                   fmt::format("{} bytes", own[i].size()), fmt::format("{}", training.generators[i].size()),
                   "It was written with another version of LibTorch: start a new run."});
    }
  }
  set_generator_states(training.generators);
  adam_.set_steps(training.step);
  epoch_ = training.epoch;
  seconds_before_ = training.seconds;
  history_ = training.history;
  save();
  return {};
}

void RunLoop::save() {
  const at::NoGradGuard no_grad;
  const auto copy = [](Tensor& to, const Tensor& from) {
    if (to.defined()) {
      copy_block(to, from);
    } else {
      to = from.clone();
    }
  };
  copy(saved_.values, parameters_.values());
  copy(saved_.first, adam_.first());
  copy(saved_.second, adam_.second());
  saved_.steps = adam_.steps();
  saved_.epoch = epoch_;
  saved_.seconds = seconds();
  if (!draws_from_generators() && !saved_.generators.empty()) return;
  saved_.generators = generator_states();
}

void RunLoop::note_best() {
  const auto objective = smoothed_objective(history_, incomparable_until());
  if (!objective || !std::isfinite(*objective) || *objective <= best_->objective) return;
  const at::NoGradGuard no_grad;
  copy_block(best_->values, parameters_.values());
  best_->epoch = epoch_;
  best_->objective = *objective;
}

Status RunLoop::restore_best(const BestState& best) {
  if (auto loaded = parameters_.from_arrays(best.weights); !loaded) return loaded;
  best_ = Best{parameters_.values().clone(), best.epoch, best.objective};
  return {};
}

void RunLoop::roll_back() {
  const at::NoGradGuard no_grad;
  parameters_.values().copy_(saved_.values);
  adam_.first().copy_(saved_.first);
  adam_.second().copy_(saved_.second);
  adam_.set_steps(saved_.steps);
  epoch_ = saved_.epoch;
  set_generator_states(saved_.generators);
}

double RunLoop::seconds() const {
  const double now =
      running_since_ ? std::chrono::duration<double>(Clock::now() - *running_since_).count() : 0.0;
  return seconds_before_ + now;
}

void RunLoop::freeze(Index member, std::string reason) {
  rates_[static_cast<std::size_t>(member)] = 0;
  failures_.push_back(std::move(reason));
  const at::NoGradGuard no_grad;
  for (std::size_t p = 0; p < parameters_.count(); ++p) {
    const auto [offset, length] = parameters_.range(p, member);
    parameters_.values().narrow(0, offset, length).copy_(saved_.values.narrow(0, offset, length));
  }
}

Tensor RunLoop::outcome_of(const Objective& objective) const {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> rows = {objective.total.detach()};
  for (const Tensor& term : objective.terms) {
    if (term.defined()) rows.push_back(term.detach());
  }
  if (!device_.is_cpu()) {
    // In double precision a sum of floats is finite exactly if they are.
    for (std::size_t p = 0; p < parameters_.count(); ++p)
      rows.push_back(parameters_.of_members(parameters_.gradients(), p).sum(1, false, at::kDouble));
  }
  for (Tensor& row : rows) row = row.to(at::kDouble);
  return at::stack(rows, 0);
}

void RunLoop::differentiate(Index step, std::vector<kernels::StepValues>& values) {
  prepare(step);
  work_.run([this] {
    const Objective objective = compute();
    objective.total.sum().backward();
    for (std::size_t t = 0; t < kTermCount; ++t) entered_[t] = objective.terms[t].defined();
    const Tensor outcome = outcome_of(objective);
    if (outcome_.defined()) {
      outcome_.copy_(outcome);
    } else {
      outcome_ = outcome;
    }
    if (!device_.is_cpu()) after_backward();
  });
  const Tensor host = outcome_.to(at::kCPU);
  const auto members = static_cast<std::size_t>(parameters_.members());
  const double* row = host.data_ptr<double>();
  for (std::size_t m = 0; m < members; ++m) {
    values[m] = {};
    values[m].total = row[m];
    values[m].terms.fill(std::numeric_limits<double>::quiet_NaN());
    values[m].entered = entered_;
  }
  row += members;
  for (std::size_t t = 0; t < kTermCount; ++t) {
    if (!entered_[t]) continue;
    for (std::size_t m = 0; m < members; ++m) values[m].terms[t] = row[m];
    row += members;
  }
  if (!device_.is_cpu()) gradient_sums_.assign(row, row + parameters_.count() * members);
}

void RunLoop::for_members(const std::function<void(Index)>& work) {
  for (Index m = 0; m < parameters_.members(); ++m) work(m);
}

bool RunLoop::finite_gradient(std::size_t p, Index member) const {
  if (!device_.is_cpu()) {
    const auto members = static_cast<std::size_t>(parameters_.members());
    return std::isfinite(gradient_sums_[p * members + static_cast<std::size_t>(member)]);
  }
  const auto [offset, length] = parameters_.range(p, member);
  const Tensor& gradients = parameters_.gradients();
  return gradients.scalar_type() == at::kDouble
             ? kernels::all_finite(gradients.data_ptr<double>() + offset, length)
             : kernels::all_finite(gradients.data_ptr<float>() + offset, length);
}

bool RunLoop::check(const std::vector<kernels::StepValues>& values) {
  const Index members = parameters_.members();
  const auto stop_member = [&](Index m, const std::string& what) {
    const std::string who = members > 1 ? fmt::format("member {}: ", m) : std::string();
    freeze(m, fmt::format("{}{} is not finite in epoch {}; the state after epoch {} is kept", who, what,
                          epoch_ + 1, saved_.epoch));
  };
  for (Index m = 0; m < members; ++m) {
    const kernels::StepValues& value = values[static_cast<std::size_t>(m)];
    for (std::size_t t = 0; t < kTermCount && active(m); ++t) {
      if (!value.entered[t] || std::isfinite(value.terms[t])) continue;
      stop_member(m, fmt::format("{} ({})", name(kTerms[t]), description(kTerms[t])));
    }
    for (std::size_t p = 0; p < parameters_.count() && active(m); ++p) {
      if (!finite_gradient(p, m)) stop_member(m, fmt::format("the gradient of {}", parameters_.name(p)));
    }
  }
  const auto learning =
      static_cast<double>(std::ranges::count_if(rates_, [](double rate) { return rate != 0; }));
  if (learning == 0) return false;
  for (Index m = 0; m < members; ++m) {
    if (!active(m)) continue;
    const kernels::StepValues& value = values[static_cast<std::size_t>(m)];
    running_.total += value.total / learning;
    for (std::size_t t = 0; t < kTermCount; ++t) running_.terms[t] += value.terms[t] / learning;
  }
  return true;
}

void RunLoop::note_step_time(double seconds) {
  if (step_seconds_.size() < kStepsTimed) {
    step_seconds_.push_back(static_cast<float>(seconds));
  } else {
    step_seconds_[step_seconds_next_++ % kStepsTimed] = static_cast<float>(seconds);
  }
}

void RunLoop::hold(RunControl& control, Observer& observer) {
  seconds_before_ = seconds();
  running_since_.reset();
  emit_snapshot(observer);
  observer.on_checkpoint(saved_state());
  control.wait_while_paused();
  running_since_ = Clock::now();
}

RunLoop::EpochEnd RunLoop::run_epoch(RunControl& control, Observer& observer) {
  const Index steps = steps_per_epoch();
  running_ = {};
  begin_epoch();
  for (Index step = 0; step < steps; ++step) {
    if (control.stop_requested()) return EpochEnd::Stopped;
    if (control.paused()) {
      hold(control, observer);
      if (control.stop_requested()) return EpochEnd::Stopped;
    }
    const auto began = Clock::now();
    parameters_.zero_gradients();
    differentiate(step, values_);
    if (!check(values_)) return EpochEnd::Failed;
    const double factor = rate_factor(adam_.steps());
    if (device_.is_cpu()) {
      after_backward();
      adam_.begin_step();
      for_members([this, factor](Index m) {
        adam_.ascend(parameters_, m, factor * rates_[static_cast<std::size_t>(m)]);
      });
    } else {
      adam_.ascend(parameters_, rates_, factor);
    }
    const auto ended = Clock::now();
    note_step_time(std::chrono::duration<double>(ended - began).count());
    if (ended >= next_snapshot_) emit_snapshot(observer);
  }
  ++epoch_;
  running_.epoch = epoch_;
  running_.total /= static_cast<double>(steps);
  for (double& term : running_.terms) term /= static_cast<double>(steps);
  return EpochEnd::Done;
}

Result<TrainReport> RunLoop::run(RunControl& control, Observer& observer) {
  // Members of the fused step have threads of their own.
  set_threads(config().step == "fused" ? 1 : static_cast<int>(config().threads));
  TrainReport report;
  running_since_ = Clock::now();
  rate_time_ = seconds();
  rate_epoch_ = epoch_;
  next_snapshot_ = Clock::now();
  // Room for the whole run, within reason: epochs then allocate nothing.
  constexpr std::int64_t kMostReserved = 1 << 20;
  const std::int64_t left = std::max<std::int64_t>(0, frame_.config.epochs - epoch_);
  history_.reserve(history_.size() + static_cast<std::size_t>(std::min(left, kMostReserved)));
  if (!best_) {
    const at::NoGradGuard no_grad;
    best_ = Best{parameters_.values().clone(), 0, -std::numeric_limits<double>::infinity()};
  }
  const auto checkpoint_interval = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(frame_.config.checkpoint_seconds));
  next_checkpoint_ = Clock::now() + checkpoint_interval;
  const bool any_rate = std::ranges::any_of(rates_, [](double rate) { return rate != 0; });
  EpochEnd end = any_rate ? EpochEnd::Done : EpochEnd::Failed;
  while (end == EpochEnd::Done && epoch_ < frame_.config.epochs) {
    end = run_epoch(control, observer);
    if (end != EpochEnd::Done) break;
    history_.push_back(running_);
    save();
    note_best();
    observer.on_epoch(running_);
    if (Clock::now() >= next_checkpoint_) {
      observer.on_checkpoint(saved_state());
      next_checkpoint_ = Clock::now() + checkpoint_interval;
    }
  }
  if (end != EpochEnd::Done) roll_back();
  seconds_before_ = seconds();
  running_since_.reset();
  emit_snapshot(observer);
  observer.on_checkpoint(saved_state());

  report.stopped_by = end == EpochEnd::Done      ? StopReason::Completed
                      : end == EpochEnd::Stopped ? StopReason::Stopped
                                                 : StopReason::Numeric;
  for (const std::string& failure : failures_) {
    if (!report.message.empty()) report.message += "; ";
    report.message += failure;
  }
  report.epochs = epoch_;
  report.steps = adam_.steps();
  report.seconds = seconds_before_;
  if (!step_seconds_.empty()) {
    std::vector<float> sorted = step_seconds_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::ranges::nth_element(sorted, middle);
    report.step_seconds_median = *middle;
  }
  if (!history_.empty()) report.last = history_.back();
  return report;
}

ModelState RunLoop::saved_state() const {
  // The live weights may be in the middle of an epoch.
  ModelState state = state_of(saved_.values);

  TrainingState training;
  training.epoch = saved_.epoch;
  training.step = saved_.steps;
  training.seconds = saved_.seconds;
  training.moments = {named("adam/first", saved_.first), named("adam/second", saved_.second)};
  training.generators = saved_.generators;
  training.constants = constants();
  training.history = history_;
  if (best_ && best_->epoch > 0) {
    training.best = BestState{best_->epoch, best_->objective, {}, {}};
    if (best_->epoch != saved_.epoch) {
      ModelState best = state_of(best_->values);
      training.best->weights = std::move(best.weights);
      training.best->mean_z = std::move(best.mean_z);
    }
  }
  state.training = std::move(training);
  return state;
}

ModelState RunLoop::state() const {
  return saved_state();
}

std::shared_ptr<const Model> RunLoop::model() const {
  auto model = model_of(saved_state());
  return model ? *model : nullptr;
}

void RunLoop::emit_snapshot(Observer& observer) {
  const auto began = Clock::now();
  const double time = seconds();
  if (time - rate_time_ > 1.0 || epochs_per_second_ == 0) {
    const double passed = time - rate_time_;
    if (passed > 0 && epoch_ > rate_epoch_) {
      epochs_per_second_ = static_cast<double>(epoch_ - rate_epoch_) / passed;
      rate_time_ = time;
      rate_epoch_ = epoch_;
    }
  }
  auto model = model_of(state_of(parameters_.values()));
  if (!model) return;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->epoch = epoch_;
  snapshot->epochs = frame_.config.epochs;
  snapshot->steps = adam_.steps();
  snapshot->seconds = time;
  snapshot->epochs_per_second = epochs_per_second_;
  snapshot->endmembers = (*model)->endmembers();
  auto prediction = (*model)->predict(data_->spectra(), &data_->abundances()->values());
  if (!prediction) return;
  snapshot->prediction = std::move(*prediction);
  snapshot->model = *model;
  observer.on_snapshot(std::move(snapshot));
  // Looking must not slow learning down: at most a tenth of the time goes into snapshots.
  const auto cost = Clock::now() - began;
  const auto interval = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(frame_.config.snapshot_seconds));
  next_snapshot_ = Clock::now() + std::max(interval, 9 * cost);
}

}  // namespace assayer::model
