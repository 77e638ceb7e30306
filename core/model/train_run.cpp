// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/train_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/runtime.h"

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

bool same_run(const ModelState& a, const ModelState& b) {
  TrainConfig config = a.config;
  config.epochs = b.config.epochs;  // a longer run may continue a shorter one
  config.snapshot_seconds = b.config.snapshot_seconds;
  config.checkpoint_seconds = b.config.checkpoint_seconds;
  return config == b.config && a.data_fingerprint == b.data_fingerprint &&
         a.plan.labelled == b.plan.labelled && a.plan.unlabelled == b.plan.unlabelled &&
         a.plan.unfeatured == b.plan.unfeatured;
}

Result<ModelState> make_frame(const Dataset& data, TrainPlan plan, TrainConfig config) {
  if (!data.abundances()) {
    return fail({Error::Kind::Data, "the data have no compositions to learn from", "/abundance", "", "",
                 "Training needs some spectra of known composition."});
  }
  const std::size_t k = data.components();
  if (plan.labelled.empty()) {
    return fail({Error::Kind::Data, "no labelled spectra", "labelled", "at least one row", "none",
                 "Give the role 'labelled' to spectra of known composition."});
  }
  if (!plan.unfeatured.empty() && plan.unfeatured.cols() != k) {
    return fail({Error::Kind::Usage, "unfeatured compositions have another number of parts than the data",
                 "unfeatured", std::to_string(k), std::to_string(plan.unfeatured.cols()), ""});
  }
  const auto usable = [&](const Rows& rows, bool labelled) -> Status {
    for (const std::uint32_t row : rows) {
      if (row >= data.rows() || !data.row_is_finite(row) || (labelled && !data.labelled(row))) {
        return fail({Error::Kind::Data, "a row cannot be used for training", fmt::format("row {}", row),
                     labelled ? "a finite spectrum with a composition" : "a finite spectrum", "",
                     "Take the row out of the selection."});
      }
    }
    return {};
  };
  if (auto good = usable(plan.labelled, true); !good) return fail(good.error());
  if (auto good = usable(plan.unlabelled, false); !good) return fail(good.error());

  ModelState frame;
  frame.data_fingerprint = data.fingerprint();
  frame.data_path = data.provenance().path;
  frame.components = data.component_names();
  frame.wavelength = data.wavelength();
  frame.channel_used.assign(data.channels(), 1);
  for (std::size_t c = 0; c < data.bad_channels().size(); ++c) {
    if (data.bad_channels()[c] != 0) frame.channel_used[c] = 0;
  }
  // The channel mean of every spectrum that training sees, each once; held-out rows stay out of it.
  Rows seen;
  std::ranges::set_union(plan.labelled, plan.unlabelled, std::back_inserter(seen));
  std::vector<double> sum(data.channels(), 0.0);
  for (const std::uint32_t row : seen) {
    const auto spectrum = data.spectra().row(row);
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += frame.channel_used[c] != 0 ? spectrum[c] : 0.0F;
  }
  frame.channel_mean.resize(sum.size());
  std::ranges::transform(sum, frame.channel_mean.begin(),
                         [&](double s) { return static_cast<float>(s / static_cast<double>(seen.size())); });
  frame.mean_z.assign(static_cast<std::size_t>(config.members * config.nuisance_dimensions), 0.0F);
  frame.plan = std::move(plan);
  frame.config = std::move(config);
  return frame;
}

}  // namespace

Sampler::Sampler(Index rows, Index batch, Index members)
    : rows_(rows), batch_(std::min(batch, rows)), order_(static_cast<std::size_t>(members)) {}

void Sampler::shuffle(std::vector<at::Generator>& generators) {
  if (rows_ == 0) return;
  for (std::size_t m = 0; m < order_.size(); ++m) {
    const Tensor order = at::randperm(rows_, generators[m], at::TensorOptions().dtype(at::kLong));
    order_[m].assign(order.data_ptr<std::int64_t>(), order.data_ptr<std::int64_t>() + rows_);
  }
}

Tensor Sampler::indices(Index step) const {
  Tensor result = at::empty({static_cast<Index>(order_.size()) * batch_}, at::kLong);
  auto* out = result.data_ptr<std::int64_t>();
  for (const auto& order : order_) {
    for (Index i = 0; i < batch_; ++i) *out++ = order[static_cast<std::size_t>((step * batch_ + i) % rows_)];
  }
  return result;
}

Result<std::unique_ptr<Trainer>> TrainRun::create(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                  const ModelState* resume) {
  if (auto valid = config.validate(); !valid) return fail(valid.error());
  auto device = choose_device(config.device);
  if (!device) return fail(device.error());
  set_threads(static_cast<int>(config.threads));
  auto frame = make_frame(*data, std::move(plan), std::move(config));
  if (!frame) return fail(frame.error());
  auto sizes = sizes_of(*frame);
  if (!sizes) return fail(sizes.error());
  if (resume != nullptr) {
    if (!resume->training) {
      return fail({Error::Kind::Usage, "this model cannot be resumed", "resume", "a checkpoint",
                   "a model without the state of its training", "Start a new run."});
    }
    if (!same_run(*resume, *frame)) {
      return fail({Error::Kind::Usage, "the checkpoint belongs to another run", "resume",
                   "the same data, selections and settings (epochs may be raised)", "different ones",
                   "Repeat the run's own settings, or start a new run."});
    }
  }
  std::unique_ptr<TrainRun> run(new TrainRun(std::move(data), std::move(*frame), *sizes, *device));
  if (resume != nullptr) {
    if (auto restored = run->restore(*resume); !restored) return fail(restored.error());
  } else {
    run->begin();
  }
  return run;
}

TrainRun::TrainRun(DatasetPtr data, ModelState frame, Sizes sizes, at::Device device)
    : data_(std::move(data)),
      frame_(std::move(frame)),
      networks_(frame_.config, sizes, at::TensorOptions().dtype(at::kFloat).device(device)),
      adam_(networks_.parameters(), {frame_.config.adam_beta1, frame_.config.adam_beta2,
                                     frame_.config.adam_epsilon, frame_.config.gradient_clip}),
      preprocessing_(frame_.channel_used, frame_.channel_mean),
      objective_{frame_.config.effective_alphas(), frame_.config.reverse_z == "observed"},
      device_(device) {
  const TrainConfig& config = frame_.config;
  const Index members = sizes.members;
  const auto labels = [&](const Matrix<double>& values) {
    return simplex::clip_composition(to_tensor(values, at::kFloat), config.label_epsilon).to(device_);
  };
  Matrix<double> known(frame_.plan.labelled.size(), data_->components());
  for (std::size_t i = 0; i < known.rows(); ++i) {
    std::ranges::copy(data_->abundances()->row(frame_.plan.labelled[i]), known.row(i).begin());
  }
  x_l_ = preprocessing_.apply(data_->spectra(), frame_.plan.labelled).to(device_);
  y_l_ = labels(known);
  labelled_ = Sampler(x_l_.size(0), config.batch, members);
  if (!frame_.plan.unlabelled.empty()) {
    x_u_ = preprocessing_.apply(data_->spectra(), frame_.plan.unlabelled).to(device_);
    unlabelled_ = Sampler(x_u_.size(0), config.batch, members);
  }
  if (!frame_.plan.unfeatured.empty()) {
    y_u_ = labels(frame_.plan.unfeatured);
    unfeatured_ = Sampler(y_u_.size(0), config.batch, members);
  }
  const Index b_l = labelled_.batch();
  const Index b_u = unlabelled_.batch();
  const Index b_y = objective_.alphas.reverse != 0 ? unfeatured_.batch() : 0;
  const Index z = sizes.nuisance;
  normals_ = at::empty({members, b_l * z + b_u * (sizes.components - 1) + b_u * z + b_y * sizes.channels},
                       at::kFloat);
  uniforms_ = at::empty({members, 2 * b_l * z + b_y * z}, at::kFloat);
  for (Index m = 0; m < members; ++m) {
    generators_.push_back(at::detail::createCPUGenerator(config.seed + static_cast<std::uint64_t>(m)));
  }
  z_u_ = at::zeros({members, unfeatured_.rows(), z}, at::kFloat);
  rates_.assign(static_cast<std::size_t>(members), config.rate);
}

void TrainRun::begin() {
  const at::NoGradGuard no_grad;
  for (Index m = 0; m < networks_.sizes().members; ++m) {
    at::Generator& generator = generators_[static_cast<std::size_t>(m)];
    networks_.initialise(m, generator);
    z_u_.select(0, m).uniform_(-interval::kHalfWidth, interval::kHalfWidth, generator);
  }
  z_u_ = z_u_.to(device_);
  save();
}

Status TrainRun::restore(const ModelState& from) {
  const at::NoGradGuard no_grad;
  const TrainingState& training = *from.training;
  if (auto loaded = networks_.parameters().from_arrays(from.weights); !loaded) return loaded;
  Tensor first = adam_.first();
  Tensor second = adam_.second();
  if (auto copied = copy_named(training.moments, "adam/first", first); !copied) return copied;
  if (auto copied = copy_named(training.moments, "adam/second", second); !copied) return copied;
  if (auto copied = copy_named(training.constants, "z_u", z_u_); !copied) return copied;
  z_u_ = z_u_.to(device_);
  if (training.generators.size() != generators_.size()) {
    return fail({Error::Kind::Data, "the checkpoint has the wrong number of random generators", "generators",
                 std::to_string(generators_.size()), std::to_string(training.generators.size()),
                 "Start a new run."});
  }
  const std::size_t expected = generator_state(generators_.front()).size();
  for (std::size_t m = 0; m < generators_.size(); ++m) {
    if (training.generators[m].size() != expected) {
      return fail({Error::Kind::Data, "the checkpoint's random generator has another size", "generators",
                   fmt::format("{} bytes", expected), fmt::format("{}", training.generators[m].size()),
                   "It was written with another version of LibTorch: start a new run."});
    }
    set_generator_state(generators_[m], training.generators[m]);
  }
  adam_.set_steps(training.step);
  epoch_ = training.epoch;
  seconds_before_ = training.seconds;
  history_ = training.history;
  save();
  return {};
}

void TrainRun::save() {
  const at::NoGradGuard no_grad;
  const auto copy = [](Tensor& to, const Tensor& from) {
    if (to.defined()) {
      to.copy_(from);
    } else {
      to = from.clone();
    }
  };
  copy(saved_.values, networks_.parameters().values());
  copy(saved_.first, adam_.first());
  copy(saved_.second, adam_.second());
  saved_.steps = adam_.steps();
  saved_.epoch = epoch_;
  saved_.seconds = seconds();
  saved_.generators.resize(generators_.size());
  for (std::size_t m = 0; m < generators_.size(); ++m) saved_.generators[m] = generator_state(generators_[m]);
}

void TrainRun::roll_back() {
  const at::NoGradGuard no_grad;
  networks_.parameters().values().copy_(saved_.values);
  adam_.first().copy_(saved_.first);
  adam_.second().copy_(saved_.second);
  adam_.set_steps(saved_.steps);
  epoch_ = saved_.epoch;
  for (std::size_t m = 0; m < generators_.size(); ++m)
    set_generator_state(generators_[m], saved_.generators[m]);
}

double TrainRun::seconds() const {
  const double now =
      running_since_ ? std::chrono::duration<double>(Clock::now() - *running_since_).count() : 0.0;
  return seconds_before_ + now;
}

Batch TrainRun::next_batch(Index step) const {
  const Sizes& sizes = networks_.sizes();
  const auto take = [&](const Tensor& source, const Tensor& rows) {
    return source.index_select(0, rows).view({sizes.members, -1, source.size(1)});
  };
  Batch batch;
  const Tensor rows_l = labelled_.indices(step).to(device_);
  batch.x_l = take(x_l_, rows_l);
  batch.y_l = take(y_l_, rows_l);
  if (x_u_.defined()) batch.x_u = take(x_u_, unlabelled_.indices(step).to(device_));
  return batch;
}

Noise TrainRun::draw_noise() {
  const Sizes& sizes = networks_.sizes();
  for (Index m = 0; m < sizes.members; ++m) {
    at::Generator& generator = generators_[static_cast<std::size_t>(m)];
    normals_.select(0, m).normal_(0, 1, generator);
    uniforms_.select(0, m).uniform_(-interval::kHalfWidth, interval::kHalfWidth, generator);
  }
  const auto cutter = [&](const Tensor& buffer) {
    return [this, &sizes, &buffer, at = Index{0}](Index rows, Index cols) mutable {
      const Tensor part = buffer.narrow(1, at, rows * cols).reshape({sizes.members, rows, cols}).to(device_);
      at += rows * cols;
      return part;
    };
  };
  const Index z = sizes.nuisance;
  const Index b_y = objective_.alphas.reverse != 0 ? unfeatured_.batch() : 0;
  auto normal = cutter(normals_);
  auto uniform = cutter(uniforms_);
  Noise noise;
  noise.z_l = normal(labelled_.batch(), z);
  noise.y_u = normal(unlabelled_.batch(), sizes.components - 1);
  noise.z_u = normal(unlabelled_.batch(), z);
  noise.x_y = normal(b_y, sizes.channels);
  noise.prior_9 = uniform(labelled_.batch(), z);
  noise.prior_14 = uniform(labelled_.batch(), z);
  noise.prior_10 = uniform(b_y, z);
  return noise;
}

void TrainRun::freeze(Index member, std::string reason) {
  rates_[static_cast<std::size_t>(member)] = 0;
  failures_.push_back(std::move(reason));
  const at::NoGradGuard no_grad;
  Parameters& parameters = networks_.parameters();
  for (std::size_t p = 0; p < parameters.count(); ++p) {
    const auto [offset, length] = parameters.range(p, member);
    parameters.values().narrow(0, offset, length).copy_(saved_.values.narrow(0, offset, length));
  }
}

bool TrainRun::check(const Objective& objective) {
  const Index members = networks_.sizes().members;
  const auto who = [&](Index m) { return members > 1 ? fmt::format("member {}: ", m) : std::string(); };
  const auto kept = fmt::format("in epoch {}; the state after epoch {} is kept", epoch_ + 1, saved_.epoch);
  std::array<Tensor, kTermCount> values;
  for (std::size_t t = 0; t < kTermCount; ++t) {
    if (objective.terms[t].defined()) values[t] = objective.terms[t].detach().to(at::kCPU, at::kDouble);
  }
  const Tensor total = objective.total.detach().to(at::kCPU, at::kDouble);
  for (Index m = 0; m < members; ++m) {
    if (rates_[static_cast<std::size_t>(m)] == 0) continue;
    for (std::size_t t = 0; t < kTermCount; ++t) {
      if (!values[t].defined() || std::isfinite(values[t].data_ptr<double>()[m])) continue;
      freeze(m, fmt::format("{}{} ({}) is not finite {}", who(m), name(kTerms[t]), description(kTerms[t]),
                            kept));
      break;
    }
    if (rates_[static_cast<std::size_t>(m)] == 0) continue;
    for (std::size_t p = 0; p < networks_.parameters().count(); ++p) {
      const auto [offset, length] = networks_.parameters().range(p, m);
      const Tensor gradient = networks_.parameters().gradients().narrow(0, offset, length);
      if (std::isfinite(gradient.sum().item<double>())) continue;
      freeze(m, fmt::format("{}the gradient of {} is not finite {}", who(m), networks_.parameters().name(p),
                            kept));
      break;
    }
  }
  const auto active =
      static_cast<double>(std::ranges::count_if(rates_, [](double rate) { return rate != 0; }));
  if (active == 0) return false;
  for (Index m = 0; m < members; ++m) {
    if (rates_[static_cast<std::size_t>(m)] == 0) continue;
    running_.total += total.data_ptr<double>()[m] / active;
    for (std::size_t t = 0; t < kTermCount; ++t) {
      running_.terms[t] += values[t].defined() ? values[t].data_ptr<double>()[m] / active
                                               : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return true;
}

void TrainRun::hold(RunControl& control, Observer& observer) {
  seconds_before_ = seconds();
  running_since_.reset();
  emit_snapshot(observer);
  observer.on_checkpoint(saved_state());
  control.wait_while_paused();
  running_since_ = Clock::now();
}

TrainRun::EpochEnd TrainRun::run_epoch(RunControl& control, Observer& observer) {
  const Index steps = std::max({labelled_.steps(), unlabelled_.steps(),
                                objective_.alphas.reverse != 0 ? unfeatured_.steps() : Index{0}});
  running_ = {};
  labelled_.shuffle(generators_);
  unlabelled_.shuffle(generators_);
  unfeatured_.shuffle(generators_);
  for (Index step = 0; step < steps; ++step) {
    if (control.stop_requested()) return EpochEnd::Stopped;
    if (control.paused()) {
      hold(control, observer);
      if (control.stop_requested()) return EpochEnd::Stopped;
    }
    const auto began = Clock::now();
    Batch batch = next_batch(step);
    Noise noise = draw_noise();
    if (y_u_.defined() && objective_.alphas.reverse != 0) {
      const Index members = networks_.sizes().members;
      const Tensor rows = unfeatured_.indices(step).to(device_);
      batch.y_u = y_u_.index_select(0, rows).view({members, -1, y_u_.size(1)});
      if (objective_.z_observed) {
        const Tensor paired = rows.view({members, -1, 1}).expand({members, -1, z_u_.size(2)});
        noise.prior_10 = z_u_.gather(1, paired);
      }
    }
    networks_.parameters().zero_gradients();
    const Objective value = objective(networks_, batch, noise, objective_);
    value.total.sum().backward();
    if (!check(value)) return EpochEnd::Failed;
    adam_.ascend(networks_.parameters(), rates_);
    const auto ended = Clock::now();
    step_seconds_.push_back(std::chrono::duration<float>(ended - began).count());
    if (ended >= next_snapshot_) emit_snapshot(observer);
  }
  ++epoch_;
  running_.epoch = epoch_;
  running_.total /= static_cast<double>(steps);
  for (double& term : running_.terms) term /= static_cast<double>(steps);
  return EpochEnd::Done;
}

Result<TrainReport> TrainRun::run(RunControl& control, Observer& observer) {
  set_threads(static_cast<int>(frame_.config.threads));
  TrainReport report;
  running_since_ = Clock::now();
  rate_time_ = seconds();
  rate_epoch_ = epoch_;
  next_snapshot_ = Clock::now();
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

ModelState TrainRun::state_of(const Networks& networks) const {
  ModelState state = frame_;
  state.weights = networks.parameters().to_arrays();
  state.mean_z = mean_nuisance(networks, x_l_, y_l_);
  return state;
}

ModelState TrainRun::saved_state() const {
  // The live networks may be in the middle of an epoch: others with the saved weights answer for z̄.
  const at::NoGradGuard no_grad;
  Networks networks(frame_.config, networks_.sizes(), networks_.parameters().values().options());
  networks.parameters().values().copy_(saved_.values);
  ModelState state = state_of(networks);

  TrainingState training;
  training.epoch = saved_.epoch;
  training.step = saved_.steps;
  training.seconds = saved_.seconds;
  training.moments = {named("adam/first", saved_.first), named("adam/second", saved_.second)};
  training.generators = saved_.generators;
  training.constants = {named("z_u", z_u_)};
  training.history = history_;
  state.training = std::move(training);
  return state;
}

ModelState TrainRun::state() const {
  return saved_state();
}

std::shared_ptr<const Model> TrainRun::model() const {
  auto model = TrainedModel::create(saved_state());
  return model ? std::shared_ptr<const Model>(*model) : nullptr;
}

void TrainRun::emit_snapshot(Observer& observer) {
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
  auto model = TrainedModel::create(state_of(networks_));
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
