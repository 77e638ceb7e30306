// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_run.h"

#include <algorithm>
#include <cmath>

#include "core/model/fused_step.h"
#include "core/model/guided_model.h"
#include "core/model/runtime.h"
#include "core/model/trained_model.h"

namespace assayer::model {
namespace {

constexpr double kRampShare = 0.1;

}  // namespace

Result<std::unique_ptr<Trainer>> GuidedRun::create(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                   const ModelState* resume, const RunControl* control) {
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
  // The link wants spectra as they were measured.
  std::ranges::fill(frame->channel_mean, 0.0F);
  const auto sizes = sizes_of(*frame);
  if (!sizes) return fail(sizes.error());

  if (resume != nullptr) {
    if (auto fits = check_resume(*resume, *frame); !fits) return fail(fits.error());
    frame->fixed = resume->fixed;
    frame->facts = resume->facts;
  } else {
    Rows unlabelled_only;
    std::ranges::set_difference(frame->plan.unlabelled, frame->plan.labelled,
                                std::back_inserter(unlabelled_only));
    const GuidedData given{
        spectra_of(*data, frame->plan.labelled, frame->channel_used),
        compositions_of(*data, frame->plan.labelled),
        spectra_of(*data, reference_rows(frame->plan.labelled, unlabelled_only), frame->channel_used)};
    auto made = make_guided_start(given, frame->config, control);
    if (!made) return fail(made.error());
    frame->fixed = made->arrays();
    frame->facts = made->facts;
  }
  note_device(*frame, *device);
  // By way of the arrays in either case, so that a resumed run computes with the same numbers.
  auto start = guided::Start::from(frame->fixed, frame->facts, frame->components.size(),
                                   static_cast<std::size_t>(sizes->channels));
  if (!start) return fail(start.error());
  auto networks = std::make_unique<GuidedNetworks>(*start, frame->config.members,
                                                   at::TensorOptions(at::kFloat).device(*device));
  std::unique_ptr<GuidedRun> run(
      new GuidedRun(std::move(data), *std::move(frame), *std::move(start), std::move(networks), *device));
  if (resume != nullptr) {
    if (auto restored = run->restore(*resume); !restored) return fail(restored.error());
  } else {
    run->begin();
  }
  run->start_fused();
  return run;
}

GuidedRun::GuidedRun(DatasetPtr data, ModelState frame, guided::Start start,
                     std::unique_ptr<GuidedNetworks> networks, at::Device device)
    : RunLoop(std::move(data), frame, networks->parameters(),
              // A member's gradient is limited as a whole, so that its direction stays.
              {frame.config.adam_beta1, frame.config.adam_beta2, frame.config.adam_epsilon,
               std::numeric_limits<float>::max()},
              device),
      start_(std::move(start)),
      networks_(std::move(networks)) {
  const auto labels = [&](const Matrix<double>& values) {
    return simplex::clip_composition(to_tensor(values, at::kFloat), config().label_epsilon).to(device);
  };
  const TrainPlan& plan = this->frame().plan;
  labelled_ = source(plan.labelled);
  unlabelled_ = source(plan.unlabelled);
  y_l_ = labels(compositions_of(this->data(), plan.labelled));
  if (!plan.unfeatured.empty()) {
    unfeatured_ = labels(plan.unfeatured);
    unfeatured_batch_ = config().batch;
  }
  options_.alphas = config().effective_alphas();
  options_.task = start_.task;
  options_.label_sd =
      to_tensor({start_.label_sd.data(), 1, start_.label_sd.size()}, at::kFloat).squeeze(0).to(device);
  seed_generators();
}

GuidedRun::Source GuidedRun::source(const Rows& rows) const {
  const at::NoGradGuard no_grad;
  Source result;
  if (rows.empty()) return result;
  result.x = SourceSpectra(data().spectra(), Preprocessing(frame()), rows, device());
  result.batch = std::min<Index>(config().batch, result.rows());
  const Index at_once = rows_at_once(result.x.channels());
  if (result.rows() <= at_once) {
    result.seen = networks_->see(result.x.block(0, result.rows()));
    return result;
  }
  const auto put = [&](const Tensor& part, Index first, Tensor& all) {
    if (!all.defined()) all = at::empty({result.rows(), part.size(1)}, part.options());
    all.narrow(0, first, part.size(0)).copy_(part);
  };
  for (Index first = 0; first < result.rows(); first += at_once) {
    const Index count = std::min(at_once, result.rows() - first);
    const GuidedNetworks::Seen part = networks_->see(result.x.block(first, count));
    put(part.base, first, result.seen.base);
    put(part.y_features, first, result.seen.y_features);
    put(part.z_features, first, result.seen.z_features);
  }
  return result;
}

void GuidedRun::begin() {
  for (Index m = 0; m < config().members; ++m)
    networks_->initialise(m, generators()[static_cast<std::size_t>(m)]);
  save();
}

void GuidedRun::start_fused() {
  if (config().step != "fused") return;
  const auto plain = [](const Tensor& tensor) { return tensor.defined() ? tensor.contiguous() : tensor; };
  const auto given = [&](const Source& source, const Tensor& y) {
    return FusedGuided::Source{
        source.x,
        plain(y),
        {plain(source.seen.base), plain(source.seen.y_features), plain(source.seen.z_features)},
        source.batch};
  };
  fused_ = std::make_unique<FusedGuided>(start_, config(), *networks_, given(labelled_, y_l_),
                                         given(unlabelled_, Tensor()),
                                         FusedGuided::Source{{}, plain(unfeatured_), {}, unfeatured_batch_});
}

void GuidedRun::differentiate(Index step, std::vector<kernels::StepValues>& values) {
  if (!fused_) return RunLoop::differentiate(step, values);
  fused_->differentiate(steps_done(), ramp(), [this](Index m) { return active(m); }, values);
}

void GuidedRun::for_members(const std::function<void(Index)>& work) {
  if (!fused_) return RunLoop::for_members(work);
  fused_->for_members(work);
}

double GuidedRun::ramp() const {
  const double steps = kRampShare * static_cast<double>(config().epochs);
  return std::min(1.0, static_cast<double>(steps_done() + 1) / std::max(steps, 1.0));
}

Index GuidedRun::incomparable_until() const {
  // Until the ramp's end the weight of a term grows from step to step.
  return static_cast<Index>(std::ceil(kRampShare * static_cast<double>(config().epochs)));
}

void GuidedRun::reserve_draws() {
  const Index members = config().members;
  const Index z = networks_->nuisance();
  const auto rows = [&](Index batch) {
    return at::empty({members, batch}, at::TensorOptions(at::kLong).device(device()));
  };
  const auto numbers = [&](Index batch, Index width) {
    return at::empty({members, batch, width}, at::TensorOptions(at::kFloat).device(device()));
  };
  drawn_.rows_l = rows(labelled_.batch);
  drawn_.noise.z_l = numbers(labelled_.batch, z);
  drawn_.noise.prior_9 = numbers(labelled_.batch, z);
  if (unlabelled_.rows() > 0) {
    drawn_.rows_u = rows(unlabelled_.batch);
    drawn_.noise.y_u = numbers(unlabelled_.batch, networks_->components() - 1);
    drawn_.noise.z_u = numbers(unlabelled_.batch, z);
  }
  if (unfeatured_.defined() && options_.alphas.reverse != 0) {
    drawn_.rows_y = rows(unfeatured_batch_);
    drawn_.noise.x_y = numbers(unfeatured_batch_, labelled_.x.channels());
    drawn_.noise.prior_10 = numbers(unfeatured_batch_, z);
  }
  if (!device().is_cpu())
    options_.device_ramp = at::ones({}, at::TensorOptions(at::kDouble).device(device()));
}

void GuidedRun::prepare(Index /*step*/) {
  if (!drawn_.rows_l.defined()) reserve_draws();
  // Member by member from its own generator, so that a member does not depend on how many there are.
  const auto each = [this](const Tensor& of_all, auto&& draw) {
    for (Index m = 0; m < config().members; ++m)
      draw(of_all.select(0, m), step_generators()[static_cast<std::size_t>(m)]);
  };
  const auto draw_rows = [&](const Tensor& rows, Index count) {
    each(rows, [count](const Tensor& of_member, at::Generator& generator) {
      of_member.random_(0, count, generator);
    });
  };
  const auto draw_normal = [&](const Tensor& numbers) {
    each(numbers,
         [](const Tensor& of_member, at::Generator& generator) { of_member.normal_(0, 1, generator); });
  };
  const auto draw_uniform = [&](const Tensor& numbers) {
    each(numbers, [](const Tensor& of_member, at::Generator& generator) {
      of_member.uniform_(-interval::kHalfWidth, interval::kHalfWidth, generator);
    });
  };
  // The order decides which numbers a seed gives to what.
  draw_rows(drawn_.rows_l, labelled_.rows());
  draw_normal(drawn_.noise.z_l);
  draw_uniform(drawn_.noise.prior_9);
  if (drawn_.rows_u.defined()) {
    draw_rows(drawn_.rows_u, unlabelled_.rows());
    draw_normal(drawn_.noise.y_u);
    draw_normal(drawn_.noise.z_u);
  }
  if (drawn_.rows_y.defined()) {
    draw_rows(drawn_.rows_y, unfeatured_.size(0));
    draw_normal(drawn_.noise.x_y);
    draw_uniform(drawn_.noise.prior_10);
  }
  options_.ramp = ramp();
  if (options_.device_ramp.defined()) options_.device_ramp.fill_(options_.ramp);
}

Objective GuidedRun::compute() {
  const auto take = [members = config().members](const Tensor& from, const Tensor& rows) {
    return from.index_select(0, rows.flatten()).view({members, rows.size(1), -1});
  };
  const auto seen = [&](const Source& from, const Tensor& rows) {
    return GuidedNetworks::Seen{take(from.seen.base, rows), take(from.seen.y_features, rows),
                                take(from.seen.z_features, rows)};
  };
  const auto spectra = [members = config().members](const Source& from, const Tensor& rows) {
    return from.x.take(rows).view({members, rows.size(1), -1});
  };
  GuidedBatch batch;
  batch.x_l = spectra(labelled_, drawn_.rows_l);
  batch.y_l = take(y_l_, drawn_.rows_l);
  batch.seen_l = seen(labelled_, drawn_.rows_l);
  if (drawn_.rows_u.defined()) {
    batch.x_u = spectra(unlabelled_, drawn_.rows_u);
    batch.seen_u = seen(unlabelled_, drawn_.rows_u);
  }
  if (drawn_.rows_y.defined()) batch.y_u = take(unfeatured_, drawn_.rows_y);
  return guided_objective(*networks_, batch, drawn_.noise, options_);
}

void GuidedRun::after_backward() {
  limit_gradient_norm(networks_->parameters(), config().gradient_clip);
}

double GuidedRun::rate_factor(Index step) const {
  return cosine_schedule(step, config().epochs);
}

ModelState GuidedRun::state_of(const Tensor& values) const {
  const at::NoGradGuard no_grad;
  GuidedNetworks networks(start_, config().members, values.options());
  networks.parameters().values().copy_(values);
  ModelState state = frame();
  state.weights = networks.parameters().to_arrays();
  const Tensor z = labelled_nuisance(networks, labelled_.seen, y_l_);
  state.weights.push_back(named(kLabelledNuisance, z));
  const Tensor mean = z.mean(1).contiguous();
  state.mean_z.assign(mean.data_ptr<float>(), mean.data_ptr<float>() + mean.numel());
  return state;
}

Result<std::shared_ptr<const Model>> GuidedRun::model_of(ModelState state) const {
  return GuidedModel::create(std::move(state));
}

}  // namespace assayer::model
