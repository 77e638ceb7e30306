// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/m1_run.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/runtime.h"

namespace assayer::model {
namespace {

/// Rows of a prediction that are in memory as tensors at a time.
constexpr std::size_t kBlock = 2048;

M1Networks make_m1_networks(const ModelState& state, Sizes sizes, at::Device device) {
  M1Networks networks(state.config, sizes, at::TensorOptions().dtype(at::kFloat).device(device));
  networks.set_centre(Preprocessing(state).centre().to(device));
  return networks;
}

/// One member's [n, D] as plain numbers.
Matrix<double> plain(const Tensor& values) {
  const Tensor host = values.detach().to(at::kCPU, at::kDouble).contiguous();
  const double* begin = host.data_ptr<double>();
  return {std::vector<double>(begin, begin + host.numel()), static_cast<std::size_t>(host.size(0)),
          static_cast<std::size_t>(host.size(1))};
}

}  // namespace

M1Model::M1Model(ModelState state, Sizes sizes)
    : state_(std::move(state)),
      networks_(make_m1_networks(state_, sizes, at::kCPU)),
      preprocessing_(state_) {}

Result<std::shared_ptr<const M1Model>> M1Model::create(ModelState state) {
  auto sizes = sizes_of(state);
  if (!sizes) return fail(sizes.error());
  std::shared_ptr<M1Model> model(new M1Model(std::move(state), *sizes));
  if (auto loaded = model->networks_.parameters().from_arrays(model->state_.weights); !loaded)
    return fail(loaded.error());
  for (Index m = 0; m < sizes->members; ++m) {
    auto readout = M1Readout::from(model->state_.fixed, m, sizes->components, sizes->nuisance);
    if (!readout) return fail(readout.error());
    model->readouts_.push_back(*std::move(readout));
  }
  return model;
}

Result<Prediction> M1Model::predict(MatrixView<float> spectra, const Matrix<double>* composition) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  const Sizes& sizes = networks_.sizes();
  const auto k = static_cast<std::size_t>(sizes.components);
  const auto z = static_cast<std::size_t>(sizes.nuisance);
  const std::size_t n = spectra.rows();
  if (auto fits = check_spectra(preprocessing_, spectra, k, composition); !fits) return fail(fits.error());
  Prediction result{
      Matrix<double>(n, k), Matrix<double>(n, k), Matrix<double>(n, z), Matrix<double>(n, z), {}, {}, {}};
  std::vector<std::uint8_t> finite;
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t count = std::min(kBlock, n - first);
    predict_block(preprocessing_.apply(spectra, first, count, &finite), first, composition, result);
    for (std::size_t i = 0; i < count; ++i) {
      if (finite[i] != 0) continue;
      for (Matrix<double>* part : {&result.composition, &result.composition_sd, &result.z, &result.z_sd})
        std::ranges::fill(part->row(first + i), std::numeric_limits<double>::quiet_NaN());
    }
  }
  return result;
}

void M1Model::predict_block(const Tensor& x, std::size_t first, const Matrix<double>* composition,
                            Prediction& result) const {
  const Sizes& sizes = networks_.sizes();
  const auto n = static_cast<std::size_t>(x.size(0));
  const auto k = static_cast<std::size_t>(sizes.components);
  const auto z = static_cast<std::size_t>(sizes.nuisance);
  const Gaussian qh = networks_.q_h(x.unsqueeze(0).expand({sizes.members, -1, -1}));
  const Tensor h = networks_.families().z_of(qh.mean);
  const Tensor slope = networks_.families().z_slope(qh.mean) * qh.sd();
  std::vector<Matrix<double>> of_member;
  for (Index m = 0; m < sizes.members; ++m) {
    const M1Readout& readout = readouts_[static_cast<std::size_t>(m)];
    const Matrix<double> latent = plain(h.select(0, m));
    const Matrix<double> sd = plain(slope.select(0, m));
    const Matrix<double> y = readout.compositions(latent);
    // The posterior's own spread through the regression, and what the regression leaves.
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t c = 0; c < k; ++c) {
        double variance = readout.spread[c] * readout.spread[c];
        for (std::size_t d = 0; d < sd.cols(); ++d) variance += std::pow(sd(i, d) * readout.read(d, c), 2);
        result.composition(first + i, c) += y(i, c) / static_cast<double>(sizes.members);
        result.composition_sd(first + i, c) += variance / static_cast<double>(sizes.members);
      }
    }
    if (m == 0) {  // the first member speaks of z, as with the other methods
      Matrix<double> given = y;
      for (std::size_t i = 0; composition != nullptr && i < n; ++i) {
        const auto row = composition->row(first + i);
        if (std::ranges::all_of(row, [](double part) { return std::isfinite(part); }))
          std::ranges::copy(row, given.row(i).begin());
      }
      const Matrix<double> of_z = readout.nuisance(latent, given);
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t d = 0; d < z; ++d) {
          double variance = 0;
          for (std::size_t e = 0; e < sd.cols(); ++e) variance += std::pow(sd(i, e) * readout.axes(d, e), 2);
          result.z(first + i, d) = of_z(i, d);
          result.z_sd(first + i, d) = std::sqrt(variance);
        }
      }
    }
    of_member.push_back(y);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < k; ++c) {
      double& spread = result.composition_sd(first + i, c);
      for (const Matrix<double>& y : of_member)
        spread +=
            std::pow(y(i, c) - result.composition(first + i, c), 2) / static_cast<double>(sizes.members);
      spread = std::sqrt(spread);
    }
  }
}

Result<Tensor> M1Model::latent(const Matrix<double>& composition, const Matrix<double>& z) const {
  const Sizes& sizes = networks_.sizes();
  if (auto fits = check_decoder_input(composition, z, static_cast<std::size_t>(sizes.components),
                                      static_cast<std::size_t>(sizes.nuisance));
      !fits)
    return fail(fits.error());
  std::vector<Tensor> members;
  for (const M1Readout& readout : readouts_)
    members.push_back(to_tensor(readout.latent(composition, z), at::kFloat));
  Tensor h = at::stack(members);
  const double half = networks_.families().z_half_width;
  if (networks_.families().z == Families::Z::Interval) h = h.clamp(-half, half);
  return h;
}

Result<EndmemberEstimate> M1Model::generate(const Matrix<double>& composition,
                                            const Matrix<double>& z) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  const auto h = latent(composition, z);
  if (!h) return fail(h.error());
  Tensor x = networks_.families().mean_of_x(networks_.p_x(*h));
  if (!z.empty()) x = x.narrow(0, 0, 1);  // a z means something to one member only
  const Tensor mean = x.mean(0);
  const Tensor sd = x.size(0) > 1 ? x.std(0, /*unbiased=*/true) : at::zeros_like(mean);
  return EndmemberEstimate{preprocessing_.restore(mean, false), preprocessing_.restore(sd, true)};
}

Result<Matrix<float>> M1Model::sample(const Matrix<double>& composition, const Matrix<double>& z,
                                      std::int64_t samples, std::uint64_t seed) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  if (auto good = check_samples(samples); !good) return fail(good.error());
  const auto h = latent(composition, z);
  if (!h) return fail(h.error());
  return preprocessing_.restore(draw_spectra(networks_.families(), networks_.p_x(*h),
                                             z.empty() ? networks_.sizes().members : 1, samples, seed),
                                false);
}

Result<std::unique_ptr<Trainer>> M1Run::create(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                               const ModelState* resume) {
  if (auto valid = config.validate(); !valid) return fail(valid.error());
  auto device = choose_device(config, plan, data->spectra().cols(), false);
  if (!device) return fail(device.error());
  set_threads(static_cast<int>(config.threads));
  auto frame = make_frame(*data, std::move(plan), std::move(config));
  if (!frame) return fail(frame.error());
  note_device(*frame, *device);
  auto sizes = sizes_of(*frame);
  if (!sizes) return fail(sizes.error());
  if (resume != nullptr) {
    if (auto fits = check_resume(*resume, *frame); !fits) return fail(fits.error());
  }
  auto networks = std::make_unique<M1Networks>(make_m1_networks(*frame, *sizes, *device));
  std::unique_ptr<M1Run> run(new M1Run(std::move(data), std::move(*frame), std::move(networks), *device));
  if (resume != nullptr) {
    if (auto restored = run->restore(*resume); !restored) return fail(restored.error());
  } else {
    for (Index m = 0; m < sizes->members; ++m)
      run->networks_->initialise(m, run->generators()[static_cast<std::size_t>(m)]);
    run->save();
  }
  return run;
}

M1Run::M1Run(DatasetPtr data, ModelState frame, std::unique_ptr<M1Networks> networks, at::Device device)
    : RunLoop(std::move(data), frame, networks->parameters(),
              {frame.config.adam_beta1, frame.config.adam_beta2, frame.config.adam_epsilon,
               frame.config.gradient_clip},
              device),
      networks_(std::move(networks)) {
  const TrainPlan& plan = this->frame().plan;
  const Preprocessing preprocessing(this->frame());
  x_l_ = SourceSpectra(this->data().spectra(), preprocessing, plan.labelled, device);
  x_ = plan.unlabelled.empty()
           ? x_l_
           : SourceSpectra(this->data().spectra(), preprocessing, plan.unlabelled, device);
  y_l_ = compositions_of(this->data(), plan.labelled);
  const Index members = networks_->sizes().members;
  sampler_ = Sampler(x_.rows(), config().batch, members);
  noise_ = at::empty({members, config().samples * sampler_.batch(), networks_->latent()},
                     at::TensorOptions(at::kFloat).device(device));
  seed_generators();
}

void M1Run::prepare(Index step) {
  sampler_.put_indices(step, device(), rows_);
  for (Index m = 0; m < networks_->sizes().members; ++m)
    noise_.select(0, m).normal_(0, 1, step_generators()[static_cast<std::size_t>(m)]);
}

Objective M1Run::compute() {
  const Tensor x = x_.take(rows_).view({networks_->sizes().members, -1, x_.channels()});
  const Tensor bound =
      terms::bound_of_samples(terms::l_x(*networks_, x, noise_), x.size(1), config().bound == "importance");
  Objective result;
  Tensor& mean = result.terms[static_cast<std::size_t>(Term::Lfx)];
  mean = bound.mean(-1);
  result.total = config().effective_alphas().forward * mean;
  return result;
}

ModelState M1Run::state_of(const Tensor& values) const {
  const at::NoGradGuard no_grad;
  M1Networks networks = make_m1_networks(frame(), networks_->sizes(), values.device());
  networks.parameters().values().copy_(values);
  ModelState state = frame();
  state.weights = networks.parameters().to_arrays();
  const Sizes& sizes = networks_->sizes();
  const auto latent_of = [&](Index first, Index count) {
    return networks.latent_of(x_l_.block(first, count).unsqueeze(0).expand({sizes.members, -1, -1}));
  };
  std::vector<Tensor> blocks;
  const Index at_once = x_l_.kept() ? x_l_.rows() : rows_at_once(x_l_.channels());
  for (Index first = 0; first < x_l_.rows(); first += at_once)
    blocks.push_back(latent_of(first, std::min(at_once, x_l_.rows() - first)));
  const Tensor h = blocks.size() == 1 ? blocks.front() : at::cat(blocks, 1);
  state.mean_z.clear();
  for (Index m = 0; m < sizes.members; ++m) {
    const Matrix<double> latent = plain(h.select(0, m));
    const auto readout = M1Readout::fit(latent, y_l_, static_cast<std::size_t>(sizes.nuisance));
    if (!readout) {  // weights that left the finite numbers; RunLoop says so
      state.mean_z.resize(state.mean_z.size() + static_cast<std::size_t>(sizes.nuisance));
      continue;
    }
    readout->add_to(state.fixed, m);
    const Matrix<double> z = readout->nuisance(latent, y_l_);
    for (std::size_t d = 0; d < z.cols(); ++d) {
      double sum = 0;
      for (std::size_t i = 0; i < z.rows(); ++i) sum += z(i, d);
      state.mean_z.push_back(static_cast<float>(sum / static_cast<double>(z.rows())));
    }
  }
  state.facts["readout"] =
      "Compositions are read from the latent by least squares on the labelled rows; z is what of the latent "
      "they do not explain.";
  return state;
}

Result<std::shared_ptr<const Model>> M1Run::model_of(ModelState state) const {
  return M1Model::create(std::move(state));
}

}  // namespace assayer::model
