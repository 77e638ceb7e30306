// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/guided_start.h"
#include "core/model/moments.h"
#include "core/model/runtime.h"

namespace assayer::model {
namespace {

constexpr std::size_t kBlock = 2048;

Matrix<double> to_matrix(const Tensor& values) {
  const Tensor host = values.to(at::kCPU, at::kDouble).contiguous();
  Matrix<double> result(static_cast<std::size_t>(host.size(0)), static_cast<std::size_t>(host.size(1)));
  std::copy_n(host.data_ptr<double>(), host.numel(), result.data());
  return result;
}

/// The members' tilts averaged: they differ little, and one inversion serves them all.
guided::Mixture mean_mixture(const guided::Start& start, const GuidedNetworks& networks) {
  guided::Mixture mean = networks.mixture(start, 0);
  const auto members = static_cast<double>(networks.members());
  const auto scale = [](Matrix<double>& values, double factor) {
    for (std::size_t i = 0; i < values.size(); ++i) values.data()[i] *= factor;
  };
  const auto add = [](Matrix<double>& to, const Matrix<double>& values, double factor) {
    for (std::size_t i = 0; i < to.size(); ++i) to.data()[i] += factor * values.data()[i];
  };
  scale(mean.tilt, 1 / members);
  scale(mean.tilt_part, 1 / members);
  for (Index m = 1; m < networks.members(); ++m) {
    const guided::Mixture other = networks.mixture(start, m);
    add(mean.tilt, other.tilt, 1 / members);
    add(mean.tilt_part, other.tilt_part, 1 / members);
  }
  return mean;
}

}  // namespace

GuidedModel::GuidedModel(ModelState state, guided::Start start, Tensor labelled_z)
    : state_(std::move(state)),
      start_(std::move(start)),
      networks_(start_, state_.config.members, at::TensorOptions(at::kFloat)),
      preprocessing_(state_.channel_used, state_.channel_mean),
      labelled_z_(std::move(labelled_z)) {}

Result<std::shared_ptr<const GuidedModel>> GuidedModel::create(ModelState state) {
  const auto sizes = sizes_of(state);
  if (!sizes) return fail(sizes.error());
  auto start = guided::Start::from(state.fixed, state.facts, state.components.size(),
                                   static_cast<std::size_t>(sizes->channels));
  if (!start) return fail(start.error());
  if (static_cast<Index>(start->mixture.nuisance()) != sizes->nuisance) {
    return fail({Error::Kind::Data, "the model's start has other nuisance dimensions than its settings",
                 "start/tilt", std::to_string(sizes->nuisance), std::to_string(start->mixture.nuisance()),
                 "The model file is damaged."});
  }
  const auto found = std::ranges::find(state.weights, kLabelledNuisance, &NamedArray::name);
  const bool fits =
      found != state.weights.end() && found->shape.size() == 3 && found->shape[0] == sizes->members &&
      found->shape[1] > 0 && found->shape[2] == sizes->nuisance &&
      static_cast<Index>(found->values.size()) == found->shape[0] * found->shape[1] * found->shape[2];
  if (!fits) {
    return fail({Error::Kind::Data, "the nuisances of the labelled spectra are missing", kLabelledNuisance,
                 fmt::format("[{}, n, {}]", sizes->members, sizes->nuisance), "",
                 "The model file is damaged."});
  }
  const Tensor labelled = at::from_blob(found->values.data(), found->shape, at::kFloat).clone();
  std::shared_ptr<GuidedModel> model(new GuidedModel(std::move(state), *std::move(start), labelled));
  if (auto loaded = model->networks_.parameters().from_arrays(model->state_.weights); !loaded)
    return fail(loaded.error());
  model->inverter_ = std::make_unique<guided::Inverter>(mean_mixture(model->start_, model->networks_));
  return model;
}

Result<Prediction> GuidedModel::predict(MatrixView<float> spectra, const Matrix<double>* composition) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  const std::size_t n = spectra.rows();
  const auto k = static_cast<std::size_t>(networks_.components());
  const auto dimensions = static_cast<std::size_t>(networks_.nuisance());
  if (auto fits = check_spectra(preprocessing_, spectra, k, composition); !fits) return fail(fits.error());
  Prediction result{Matrix<double>(n, k),          Matrix<double>(n, k),   Matrix<double>(n, dimensions),
                    Matrix<double>(n, dimensions), std::vector<double>(n), std::vector<double>(n),
                    std::vector<double>(n)};
  const bool unmixing = start_.task == guided::Task::Unmixing;
  std::vector<std::uint8_t> finite;
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t count = std::min(kBlock, n - first);
    const Tensor x = preprocessing_.apply(spectra, first, count, &finite);
    const GuidedNetworks::Seen seen = networks_.see(x);
    const Tensor y_members = networks_.log_composition(seen).exp();  // [M, n, K]
    const Tensor y_encoder = y_members.mean(0);
    const Matrix<double> member_variance = to_matrix((y_members - y_encoder).square().mean(0));
    const Matrix<double> encoder = to_matrix(y_encoder);
    const Matrix<double> pls = guided::positive_composition(to_matrix(seen.base));
    const Matrix<double> plain = to_matrix(x);
    const auto inverted = (*inverter_)(plain);
    if (!inverted) return fail(inverted.error());
    const Matrix<double> joined = joined_composition(start_, pls, encoder, inverted->composition);
    const guided::Misfit misfit = guided::misfit_of(
        inverter_->residuals(plain, inverted->composition, inverted->z), start_.misfit.axes);

    Tensor given = to_tensor(joined, y_encoder.options());
    if (composition != nullptr) given = known_or(*composition, first, given);
    given = simplex::clip_composition(given, state_.config.label_epsilon);
    const Gaussian qz = networks_.q_z(seen, given.expand({networks_.members(), -1, -1}));
    const Tensor z_members = interval::from_logit(qz.mean);
    const Tensor share = qz.mean.sigmoid();
    const Tensor slope = 2.0 * interval::kHalfWidth * share * (1.0 - share);
    const Matrix<double> z = to_matrix(z_members.mean(0));
    const Matrix<double> z_sd =
        to_matrix(((slope * qz.sd()).square().mean(0) + z_members.var(0, /*unbiased=*/false)).sqrt());

    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = first + i;
      if (finite[i] == 0) {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        for (Matrix<double>* part : {&result.composition, &result.composition_sd, &result.z, &result.z_sd})
          std::ranges::fill(part->row(row), nan);
        result.extrapolation[row] = result.misfit[row] = result.hidden_misfit[row] = nan;
        continue;
      }
      std::ranges::copy(joined.row(i), result.composition.row(row).begin());
      const std::vector<double> variance = start_.intervals.variances(joined.row(i));
      const double leverage = start_.intervals.leverage(joined.row(i));
      // A spectrum explained so many times worse than others as far out is predicted so many times worse.
      const double worse = std::exp(2 * start_.misfit.excess(misfit.all[i], leverage));
      for (std::size_t part = 0; part < k; ++part) {
        const double apart = unmixing ? encoder(i, part) - inverted->composition(i, part) : 0.0;
        result.composition_sd(row, part) =
            std::sqrt(worse * variance[part] + member_variance(i, part) + apart * apart / 2);
      }
      result.extrapolation[row] = leverage;
      std::ranges::copy(z.row(i), result.z.row(row).begin());
      std::ranges::copy(z_sd.row(i), result.z_sd.row(row).begin());
      result.misfit[row] = start_.misfit.score(misfit.all[i], leverage);
      result.hidden_misfit[row] = start_.misfit.hidden_score(misfit.hidden[i], leverage);
    }
  }
  return result;
}

Tensor GuidedModel::known_or(const Matrix<double>& composition, std::size_t first, const Tensor& y) const {
  const auto count = static_cast<std::size_t>(y.size(-2));
  const Tensor block = to_tensor({composition.row(first).data(), count, composition.cols()}, y.options());
  return at::where(at::isfinite(block).all(-1, true), at::nan_to_num(block), y);
}

Result<Prediction> GuidedModel::predict_draws(MatrixView<float> spectra, const Matrix<double>* composition,
                                              std::int64_t draws, std::uint64_t seed) const {
  if (auto good = check_samples(draws); !good) return fail(good.error());
  auto result = predict(spectra, composition);
  if (!result) return result;
  const at::NoGradGuard no_grad;
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const auto noise = [&](const Gaussian& q) { return at::empty_like(q.mean).normal_(0, 1, generator); };
  std::vector<std::uint8_t> finite;
  for (std::size_t first = 0; first < spectra.rows(); first += kBlock) {
    const std::size_t count = std::min(kBlock, spectra.rows() - first);
    const GuidedNetworks::Seen seen = networks_.see(preprocessing_.apply(spectra, first, count, &finite));
    const Gaussian qy = networks_.q_y(networks_.log_composition(seen));
    Moments of_y;
    Moments of_z;
    for (std::int64_t draw = 0; draw < draws; ++draw) {
      const Tensor y = simplex::log_composition(qy.mean + qy.sd() * noise(qy)).exp();  // [M, n, K]
      Tensor given = composition != nullptr ? known_or(*composition, first, y) : y;
      given = simplex::clip_composition(given, state_.config.label_epsilon);
      const Gaussian qz = networks_.q_z(seen, given);
      const Tensor z = interval::from_logit(qz.mean + qz.sd() * noise(qz));
      for (Index m = 0; m < networks_.members(); ++m) {
        of_y.add(y.select(0, m));
        of_z.add(z.select(0, m));
      }
    }
    const auto store = [&](const Tensor& values, Matrix<double>& into) {
      const Matrix<double> block = to_matrix(values);
      for (std::size_t i = 0; i < count; ++i)
        if (finite[i] != 0) std::ranges::copy(block.row(i), into.row(first + i).begin());
    };
    store(of_y.mean(), result->composition);
    store(of_y.sd(), result->composition_sd);
    store(of_z.mean(), result->z);
    store(of_z.sd(), result->z_sd);
  }
  return result;
}

Status GuidedModel::check_generate(const Matrix<double>& composition, const Matrix<double>& z) const {
  return check_decoder_input(composition, z, static_cast<std::size_t>(networks_.components()),
                             static_cast<std::size_t>(networks_.nuisance()));
}

Result<EndmemberEstimate> GuidedModel::generate(const Matrix<double>& composition,
                                                const Matrix<double>& z) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  if (auto fits = check_generate(composition, z); !fits) return fail(fits.error());
  const Index members = networks_.members();
  const auto n = static_cast<Index>(composition.rows());
  const Tensor y = to_tensor(composition, labelled_z_.options());
  Tensor x;  // [M, n, C]
  if (!z.empty()) {
    const Tensor inside = to_tensor(z, y.options()).clamp(-interval::kHalfWidth, interval::kHalfWidth);
    x = networks_.p_x(y.expand({members, -1, -1}), inside.expand({members, -1, -1})).mean;
  } else {
    // One composition at a time: all nuisances of all compositions would not fit for long spectra.
    std::vector<Tensor> means;
    const Index kept = labelled_z_.size(1);
    for (Index i = 0; i < n; ++i) {
      const Tensor repeated = y.select(0, i).expand({members, kept, -1});
      means.push_back(networks_.p_x(repeated, labelled_z_).mean.mean(1));
    }
    x = at::stack(means, 1);
  }
  const Tensor mean = x.mean(0);
  Tensor variance = x.size(0) > 1 ? x.var(0, /*unbiased=*/true) : at::zeros_like(mean);
  const Matrix<double> f = start_.mixture.fractions(composition);
  const Tensor shares = to_tensor(f, y.options()).square();
  variance = variance + at::matmul(shares, to_tensor(start_.endmember_sd, y.options()).square());
  return EndmemberEstimate{preprocessing_.restore(mean, false),
                           preprocessing_.restore(variance.sqrt(), true)};
}

Result<Matrix<float>> GuidedModel::sample(const Matrix<double>& composition, const Matrix<double>& z,
                                          std::int64_t samples, std::uint64_t seed) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  if (auto good = check_samples(samples); !good) return fail(good.error());
  if (auto fits = check_generate(composition, z); !fits) return fail(fits.error());
  const Index members = networks_.members();
  const Tensor y = to_tensor(composition, labelled_z_.options()).expand({members, -1, -1});
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<Tensor> draws;
  for (std::int64_t s = 0; s < samples; ++s) {
    // Without a z, those of the labelled spectra in turn: real nuisances.
    const Tensor given = z.empty()
                             ? labelled_z_.narrow(1, s % labelled_z_.size(1), 1).expand({-1, y.size(1), -1})
                             : to_tensor(z, y.options())
                                   .clamp(-interval::kHalfWidth, interval::kHalfWidth)
                                   .expand({members, -1, -1});
    const Gaussian px = networks_.p_x(y, given);
    const Tensor mean = px.mean.select(0, s % members);
    const Tensor noise = at::empty(mean.sizes(), mean.options()).normal_(0, 1, generator);
    draws.push_back(mean + px.sd().select(0, s % members) * noise);
  }
  return preprocessing_.restore(at::stack(draws, 1).flatten(0, 1), false);
}

Tensor labelled_nuisance(const GuidedNetworks& networks, const GuidedNetworks::Seen& seen, const Tensor& y) {
  const at::NoGradGuard no_grad;
  const Gaussian qz = networks.q_z(seen, y.expand({networks.members(), -1, -1}));
  const Tensor z = interval::from_logit(qz.mean).to(at::kCPU);
  const Index n = z.size(1);
  if (n <= kLabelledKept) return z.contiguous();
  const Tensor chosen = (at::arange(kLabelledKept, at::kLong) * n).div(kLabelledKept, "floor");
  return z.index_select(1, chosen).contiguous();
}

}  // namespace assayer::model
