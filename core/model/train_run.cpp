// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/train_run.h"

#include <algorithm>
#include <cmath>

#include "core/model/fused_training.h"
#include "core/model/runtime.h"

namespace assayer::model {
namespace {

// Of the published code alone.
constexpr double kPublishedNorm = 5;
constexpr double kPublishedDecay = 0.9995;  // per epoch, from this one on
constexpr Index kPublishedConstant = 499;

/// Mean over the labelled rows of the mean of q(z | x_l, y_l), per member: z̄ of equation (18), [M × Z].
/// `y_l` [n, K].
std::vector<float> mean_nuisance(const Networks& networks, const SourceSpectra& x_l, const Tensor& y_l) {
  const at::NoGradGuard no_grad;
  const Index members = networks.sizes().members;
  const auto for_all = [members](const Tensor& rows) { return rows.unsqueeze(0).expand({members, -1, -1}); };
  const auto mean_of = [&](Index first, Index count) {
    const Gaussian qz = networks.q_z(for_all(x_l.block(first, count)), for_all(y_l.narrow(0, first, count)));
    return networks.families().z_of(qz.mean).mean(1);
  };
  Tensor mean;
  if (x_l.kept()) {
    mean = mean_of(0, x_l.rows());
  } else {
    mean = at::zeros({members, networks.sizes().nuisance}, at::kDouble);
    const Index at_once = rows_at_once(x_l.channels());
    for (Index first = 0; first < x_l.rows(); first += at_once) {
      const Index count = std::min(at_once, x_l.rows() - first);
      const double share = static_cast<double>(count) / static_cast<double>(x_l.rows());
      mean += share * mean_of(first, count).to(at::kDouble);
    }
  }
  mean = mean.to(at::kCPU, at::kFloat).contiguous();
  return {mean.data_ptr<float>(), mean.data_ptr<float>() + mean.numel()};
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

void Sampler::put_indices(Index step, at::Device device, Tensor& rows) const {
  Tensor fresh = indices(step);
  if (device.is_cpu()) {
    rows = std::move(fresh);
  } else if (rows.defined()) {
    rows.copy_(fresh);
  } else {
    rows = fresh.to(device);
  }
}

Result<std::unique_ptr<Trainer>> TrainRun::create(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                  const ModelState* resume) {
  if (auto valid = config.validate(); !valid) return fail(valid.error());
  auto device = choose_device(config, plan, data->spectra().cols(), fused_cover(config, at::kCPU).covered);
  if (!device) return fail(device.error());
  if (auto chosen = choose_step(config, fused_cover(config, *device), resume ? &resume->config : nullptr);
      !chosen)
    return fail(chosen.error());
  // Beside the pool of the fused step, threads of LibTorch's own would only spin.
  set_threads(config.step == "fused" ? 1 : static_cast<int>(config.threads));
  auto frame = make_frame(*data, std::move(plan), std::move(config));
  if (!frame) return fail(frame.error());
  note_device(*frame, *device);
  auto sizes = sizes_of(*frame);
  if (!sizes) return fail(sizes.error());
  if (resume != nullptr) {
    if (auto fits = check_resume(*resume, *frame); !fits) return fail(fits.error());
  }
  auto networks = std::make_unique<Networks>(make_networks(*frame, *sizes, *device));
  std::unique_ptr<TrainRun> run(
      new TrainRun(std::move(data), std::move(*frame), std::move(networks), *device));
  if (resume != nullptr) {
    if (auto restored = run->restore_from(*resume); !restored) return fail(restored.error());
  } else {
    run->begin();
  }
  run->start_fused();
  return run;
}

TrainRun::TrainRun(DatasetPtr data, ModelState frame, std::unique_ptr<Networks> networks, at::Device device)
    : RunLoop(std::move(data), frame, networks->parameters(),
              {frame.config.adam_beta1, frame.config.adam_beta2, frame.config.adam_epsilon,
               frame.config.gradient_clip},
              device),
      networks_(std::move(networks)),
      objective_(ObjectiveOptions::of(frame.config)) {
  const Index members = networks_->sizes().members;
  const TrainConfig& config = this->config();
  const TrainPlan& plan = this->frame().plan;
  const auto labels = [&](const Matrix<double>& values) {
    return simplex::clip_composition(to_tensor(values, at::kFloat), config.label_epsilon).to(device);
  };
  Matrix<double> known(plan.labelled.size(), this->data().components());
  for (std::size_t i = 0; i < known.rows(); ++i) {
    std::ranges::copy(this->data().abundances()->row(plan.labelled[i]), known.row(i).begin());
  }
  const Preprocessing preprocessing(this->frame());
  x_l_ = SourceSpectra(this->data().spectra(), preprocessing, plan.labelled, device);
  y_l_ = labels(known);
  labelled_ = Sampler(x_l_.rows(), config.batch, members);
  if (!plan.unlabelled.empty()) {
    x_u_ = SourceSpectra(this->data().spectra(), preprocessing, plan.unlabelled, device);
    unlabelled_ = Sampler(x_u_.rows(), config.batch, members);
  }
  if (!plan.unfeatured.empty()) {
    y_u_ = labels(plan.unfeatured);
    unfeatured_ = Sampler(y_u_.size(0), config.batch, members);
  }
  noise_ = NoiseSource(
      *networks_, objective_,
      {labelled_.batch(), unlabelled_.batch(), objective_.alphas.reverse != 0 ? unfeatured_.batch() : 0},
      config.samples);
  seed_generators();
  z_u_ = at::zeros({members, unfeatured_.rows(), networks_->sizes().nuisance}, at::kFloat);
}

void TrainRun::begin() {
  const at::NoGradGuard no_grad;
  for (Index m = 0; m < networks_->sizes().members; ++m) {
    at::Generator& generator = generators()[static_cast<std::size_t>(m)];
    networks_->initialise(m, generator);
    NoiseSource::draw_prior(networks_->families(), z_u_.select(0, m), generator);
  }
  z_u_ = z_u_.to(device());
  save();
}

TrainRun::~TrainRun() = default;

void TrainRun::start_fused() {
  if (config().step != "fused") return;
  const auto plain = [](Tensor& tensor) {
    if (tensor.defined()) tensor = tensor.contiguous();
    return tensor;
  };
  fused_ = std::make_unique<FusedTraining>(
      config(), *networks_, FusedTraining::Data{x_l_, plain(y_l_), x_u_, plain(y_u_), plain(z_u_)});
}

Status TrainRun::restore_from(const ModelState& from) {
  const at::NoGradGuard no_grad;
  if (auto copied = copy_named(from.training->constants, "z_u", z_u_); !copied) return copied;
  z_u_ = z_u_.to(device());
  return restore(from);
}

Index TrainRun::steps_per_epoch() const {
  return std::max({labelled_.steps(), unlabelled_.steps(),
                   objective_.alphas.reverse != 0 ? unfeatured_.steps() : Index{0}});
}

void TrainRun::begin_epoch() {
  if (fused_) {
    set_threads(1);  // as in `create`; a snapshot is all that LibTorch has to do
    return fused_->begin_epoch(epochs_done());
  }
  labelled_.shuffle(generators());
  unlabelled_.shuffle(generators());
  unfeatured_.shuffle(generators());
}

void TrainRun::prepare(Index step) {
  labelled_.put_indices(step, device(), rows_l_);
  if (!x_u_.empty()) unlabelled_.put_indices(step, device(), rows_u_);
  if (y_u_.defined()) unfeatured_.put_indices(step, device(), rows_y_);
  noise_.draw(step_generators());
}

Objective TrainRun::compute() {
  const Index members = networks_->sizes().members;
  const auto take = [members](const Tensor& source, const Tensor& rows) {
    return source.index_select(0, rows).view({members, -1, source.size(1)});
  };
  const auto spectra = [members](const SourceSpectra& source, const Tensor& rows) {
    return source.take(rows).view({members, -1, source.channels()});
  };
  Batch batch;
  batch.x_l = spectra(x_l_, rows_l_);
  batch.y_l = take(y_l_, rows_l_);
  if (!x_u_.empty()) batch.x_u = spectra(x_u_, rows_u_);
  Noise noise = noise_.noise();
  if (y_u_.defined() && objective_.alphas.reverse != 0) {
    batch.y_u = take(y_u_, rows_y_);
    if (objective_.reverse_z == ReverseZ::Observed) {
      const Tensor paired = rows_y_.view({members, -1, 1}).expand({members, -1, z_u_.size(2)});
      noise.prior_10 = z_u_.gather(1, paired).repeat({1, config().samples, 1});
    }
  }
  return objective(*networks_, batch, noise, objective_);
}

void TrainRun::differentiate(Index step, std::vector<kernels::StepValues>& values) {
  if (!fused_) return RunLoop::differentiate(step, values);
  fused_->differentiate(step, steps_done(), [this](Index m) { return active(m); }, values);
}

void TrainRun::for_members(const std::function<void(Index)>& work) {
  if (!fused_) return RunLoop::for_members(work);
  fused_->for_members(work);
}

void TrainRun::after_backward() {
  // Before the element-wise clip that Adam does.
  if (objective_.published_code) limit_gradient_norm(networks_->parameters(), kPublishedNorm);
}

double TrainRun::rate_factor(Index step) const {
  if (!objective_.published_code) return 1;
  const Index epoch = step / steps_per_epoch();
  return std::pow(kPublishedDecay, static_cast<double>(std::max<Index>(0, epoch - kPublishedConstant)));
}

std::vector<NamedArray> TrainRun::constants() const {
  return {named("z_u", z_u_)};
}

ModelState TrainRun::state_of(const Tensor& values) const {
  const at::NoGradGuard no_grad;
  Networks networks = make_networks(frame(), networks_->sizes(), values.device());
  networks.parameters().values().copy_(values);
  ModelState state = frame();
  state.weights = networks.parameters().to_arrays();
  state.mean_z = mean_nuisance(networks, x_l_, y_l_);
  return state;
}

Result<std::shared_ptr<const Model>> TrainRun::model_of(ModelState state) const {
  return TrainedModel::create(std::move(state));
}

}  // namespace assayer::model
