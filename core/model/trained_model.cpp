// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/trained_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/kernels/loops.h"
#include "core/model/moments.h"
#include "core/model/noise.h"
#include "core/model/runtime.h"
#include "core/train/frame.h"

namespace assayer::model {
namespace {

/// Rows of a prediction that are in memory as tensors at a time.
constexpr std::size_t kBlock = 2048;

/// Copies `source` [rows, D] into rows [first, …) of `target`.
void store(const Tensor& source, std::size_t first, Matrix<double>& target) {
  const Tensor host = source.to(at::kCPU, at::kDouble).contiguous();
  std::copy_n(host.data_ptr<double>(), static_cast<std::size_t>(host.numel()), target.row(first).data());
}

/// Draws behind the spread of a composition that no formula gives.
constexpr Index kSpreadDraws = 32;

/// Makes the answers for spectra that are not finite NaN.
void blank_rows(const std::vector<std::uint8_t>& finite, std::size_t first, Prediction& result) {
  for (std::size_t i = 0; i < finite.size(); ++i) {
    if (finite[i] != 0) continue;
    for (Matrix<double>* part : {&result.composition, &result.composition_sd, &result.z, &result.z_sd}) {
      std::ranges::fill(part->row(first + i), std::numeric_limits<double>::quiet_NaN());
    }
  }
}

}  // namespace

Tensor to_tensor(MatrixView<double> values, const at::TensorOptions& options) {
  return at::from_blob(const_cast<double*>(values.data()),
                       {static_cast<Index>(values.rows()), static_cast<Index>(values.cols())}, at::kDouble)
      .to(options.dtype(), /*non_blocking=*/false, /*copy=*/true);
}

Result<Sizes> sizes_of(const ModelState& state) {
  const auto broken = [](std::string what, std::string where, std::string expected, std::string found) {
    return fail({Error::Kind::Data, std::move(what), std::move(where), std::move(expected), std::move(found),
                 "The model file is damaged, or was not written by Assayer."});
  };
  Sizes sizes;
  sizes.members = state.config.members;
  sizes.components = static_cast<Index>(state.components.size());
  sizes.nuisance = state.config.nuisance_dimensions;
  sizes.channels = std::count_if(state.channel_used.begin(), state.channel_used.end(),
                                 [](std::uint8_t used) { return used != 0; });
  const std::size_t all = state.channel_used.size();
  if (sizes.components < 2) {
    return broken("a model needs at least two components", "components", "2 or more",
                  std::to_string(sizes.components));
  }
  if (sizes.channels < 2) {
    return broken("a model needs at least two channels", "channel_used", "2 or more",
                  std::to_string(sizes.channels));
  }
  if (state.wavelength.size() != all || state.channel_mean.size() != all) {
    return broken("wavelengths, channel mask and channel mean differ in length", "wavelength",
                  std::to_string(all),
                  fmt::format("{} and {}", state.wavelength.size(), state.channel_mean.size()));
  }
  if (state.mean_z.size() != static_cast<std::size_t>(sizes.members * sizes.nuisance)) {
    return broken("the mean nuisance has the wrong length", "mean_z",
                  std::to_string(sizes.members * sizes.nuisance), std::to_string(state.mean_z.size()));
  }
  return sizes;
}

Preprocessing::Preprocessing(const ModelState& state)
    : Preprocessing(state.channel_used, state.channel_mean) {
  if (state.config.likelihood == "gaussian") return;
  scale_ = static_cast<float>(spectrum_scale(state));
  for (float& mean : mean_) mean /= scale_;
  if (state.config.likelihood == "softplus-gaussian") low_ = static_cast<float>(positive::kFloor);
  if (state.config.likelihood == "bernoulli") {
    low_ = 0;
    high_ = 1;
  }
}

Tensor Preprocessing::centre() const {
  return at::tensor(mean_, at::kFloat);
}

Preprocessing::Preprocessing(const std::vector<std::uint8_t>& used, const std::vector<float>& mean)
    : all_(static_cast<Index>(used.size())) {
  for (std::size_t c = 0; c < used.size(); ++c) {
    if (used[c] == 0) continue;
    if (c == 0 || used[c - 1] == 0) stretches_.push_back({static_cast<std::uint32_t>(c), 0});
    ++stretches_.back().count;
    columns_.push_back(static_cast<std::uint32_t>(c));
    mean_.push_back(mean[c]);
  }
}

bool Preprocessing::apply(std::span<const float> spectrum, float* out) const {
  bool finite = true;
  std::size_t at = 0;
  for (const Stretch& stretch : stretches_) {
    const bool good = kernels::centre_values(spectrum.data() + stretch.first, stretch.count, scale_, low_,
                                             high_, mean_.data() + at, out + at);
    finite = finite && good;
    at += stretch.count;
  }
  if (!finite) std::fill_n(out, columns_.size(), 0.0F);
  return finite;
}

Tensor Preprocessing::apply(MatrixView<float> spectra, std::span<const std::uint32_t> rows,
                            std::vector<std::uint8_t>* finite) const {
  Tensor result = at::empty({static_cast<Index>(rows.size()), channels()}, at::kFloat);
  auto* out = result.data_ptr<float>();
  if (finite != nullptr) finite->assign(rows.size(), 1);
  for (std::size_t i = 0; i < rows.size(); ++i, out += channels()) {
    const bool good = apply(spectra.row(rows[i]), out);
    if (finite != nullptr) (*finite)[i] = good ? 1 : 0;
  }
  return result;
}

Tensor Preprocessing::apply(MatrixView<float> spectra, std::size_t first, std::size_t count,
                            std::vector<std::uint8_t>* finite) const {
  std::vector<std::uint32_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = static_cast<std::uint32_t>(first + i);
  return apply(spectra, rows, finite);
}

Matrix<float> Preprocessing::restore(const Tensor& x, bool is_spread) const {
  const Tensor host = x.to(at::kCPU, at::kFloat).contiguous();
  const auto rows = static_cast<std::size_t>(host.size(0));
  Matrix<float> result(rows, static_cast<std::size_t>(all_), std::numeric_limits<float>::quiet_NaN());
  const float* in = host.data_ptr<float>();
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      result(r, columns_[i]) = (*in++ + (is_spread ? 0.0F : mean_[i])) * scale_;
  }
  return result;
}

Status check_spectra(const Preprocessing& preprocessing, MatrixView<float> spectra, std::size_t components,
                     const Matrix<double>* composition) {
  if (static_cast<Index>(spectra.cols()) != preprocessing.all_channels()) {
    return fail({Error::Kind::Data, "the spectra have other channels than the model", "spectra",
                 fmt::format("{} channels", preprocessing.all_channels()), fmt::format("{}", spectra.cols()),
                 "Resample the spectra to the model's wavelengths."});
  }
  if (composition != nullptr &&
      (composition->rows() != spectra.rows() || composition->cols() != components)) {
    return fail({Error::Kind::Data, "the given compositions do not fit the spectra and the model",
                 "composition", fmt::format("[{}, {}]", spectra.rows(), components),
                 fmt::format("[{}, {}]", composition->rows(), composition->cols()), ""});
  }
  return {};
}

Status check_decoder_input(const Matrix<double>& composition, const Matrix<double>& z, std::size_t components,
                           std::size_t dimensions) {
  if (composition.cols() != components || composition.rows() == 0) {
    return fail({Error::Kind::Usage, "the compositions do not fit the model", "composition",
                 fmt::format("{} parts", components), fmt::format("{}", composition.cols()), ""});
  }
  if (!z.empty() && (z.rows() != composition.rows() || z.cols() != dimensions)) {
    return fail({Error::Kind::Usage, "the nuisance values do not fit the model", "z",
                 fmt::format("[{}, {}]", composition.rows(), dimensions),
                 fmt::format("[{}, {}]", z.rows(), z.cols()), ""});
  }
  return {};
}

Status check_samples(std::int64_t samples) {
  if (samples >= 1) return {};
  return fail({Error::Kind::Usage, "the number of samples is out of range", "samples", "1 or more",
               std::to_string(samples), ""});
}

TrainedModel::TrainedModel(ModelState state, Sizes sizes)
    : state_(std::move(state)), networks_(make_networks(state_, sizes, at::kCPU)), preprocessing_(state_) {}

Networks make_networks(const ModelState& state, Sizes sizes, at::Device device) {
  Networks networks(state.config, sizes, at::TensorOptions().dtype(at::kFloat).device(device));
  networks.set_centre(Preprocessing(state).centre().to(device));
  return networks;
}

Result<std::shared_ptr<const TrainedModel>> TrainedModel::create(ModelState state) {
  auto sizes = sizes_of(state);
  if (!sizes) return fail(sizes.error());
  // make_shared cannot see the private constructor.
  std::shared_ptr<TrainedModel> model(new TrainedModel(std::move(state), *sizes));
  if (auto loaded = model->networks_.parameters().from_arrays(model->state_.weights); !loaded) {
    return fail(loaded.error());
  }
  return model;
}

Tensor TrainedModel::posterior_variance(const Gaussian& qy, const Tensor& y) const {
  const Index free_count = networks_.sizes().components - 1;
  if (networks_.y_is_plain()) {
    // To first order: ∂y_k/∂u_j = y_k (δ_kj − y_j).
    const Tensor free = y.narrow(-1, 0, free_count);
    const Tensor jacobian =
        at::diag_embed(y).narrow(-1, 0, free_count) - y.unsqueeze(-1) * free.unsqueeze(-2);  // [M, n, K, K−1]
    return at::matmul(jacobian.square(), qy.sd().square().unsqueeze(-1)).squeeze(-1);
  }
  // The same few draws for every row, so that a row's answer does not depend on its neighbours.
  at::Generator generator = at::detail::createCPUGenerator(state_.config.seed);
  Tensor sum = at::zeros_like(y);
  for (Index draw = 0; draw < kSpreadDraws; ++draw) {
    const Tensor noise = composition_noise(1, generator).expand({y.size(0), y.size(1), -1});
    sum += (networks_.draw_log_y(qy, noise).value.exp() - y).square();
  }
  return sum / static_cast<double>(kSpreadDraws);
}

Tensor TrainedModel::composition_noise(Index rows, at::Generator& generator) const {
  const Sizes& sizes = networks_.sizes();
  const bool concrete = networks_.families().y == Families::Y::Concrete;
  return NoiseSource::standard(concrete ? NoiseSource::Kind::Gumbel : NoiseSource::Kind::Normal,
                               {sizes.members, rows, concrete ? sizes.components : sizes.components - 1},
                               generator);
}

Tensor TrainedModel::known_or(const Matrix<double>& composition, std::size_t first, const Tensor& y) const {
  const auto count = static_cast<std::size_t>(y.size(1));
  const Tensor block = to_tensor({composition.row(first).data(), count, composition.cols()}, y.options());
  const Tensor known = at::isfinite(block).all(-1, true);
  return at::where(known, simplex::clip_composition(at::nan_to_num(block), state_.config.label_epsilon), y);
}

Result<Prediction> TrainedModel::predict_draws(MatrixView<float> spectra, const Matrix<double>* composition,
                                               std::int64_t draws, std::uint64_t seed) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  const Sizes& sizes = networks_.sizes();
  const auto k = static_cast<std::size_t>(sizes.components);
  const auto z = static_cast<std::size_t>(sizes.nuisance);
  const std::size_t n = spectra.rows();
  if (auto good = check_samples(draws); !good) return fail(good.error());
  if (auto fits = check_spectra(preprocessing_, spectra, k, composition); !fits) return fail(fits.error());
  Prediction result{
      Matrix<double>(n, k), Matrix<double>(n, k), Matrix<double>(n, z), Matrix<double>(n, z), {}, {}, {}};
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<std::uint8_t> finite;
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t count = std::min(kBlock, n - first);
    const auto rows = static_cast<Index>(count);
    const Tensor x =
        preprocessing_.apply(spectra, first, count, &finite).unsqueeze(0).expand({sizes.members, -1, -1});
    const Gaussian qy = networks_.q_y(x);
    Moments of_y;
    Moments of_z;
    for (std::int64_t draw = 0; draw < draws; ++draw) {
      const Tensor y = networks_.draw_log_y(qy, composition_noise(rows, generator)).value.exp();
      const Tensor given = composition != nullptr ? known_or(*composition, first, y) : y;
      const Tensor noise =
          NoiseSource::standard(NoiseSource::Kind::Normal, {sizes.members, rows, sizes.nuisance}, generator);
      const Tensor nuisance = networks_.families().draw_z(networks_.q_z(x, given), noise).value.select(0, 0);
      for (Index m = 0; m < sizes.members; ++m) of_y.add(y.select(0, m));
      of_z.add(nuisance);  // the first member's: see predict
    }
    store(of_y.mean(), first, result.composition);
    store(of_y.sd(), first, result.composition_sd);
    store(of_z.mean(), first, result.z);
    store(of_z.sd(), first, result.z_sd);
    blank_rows(finite, first, result);
  }
  return result;
}

Result<Prediction> TrainedModel::predict(MatrixView<float> spectra, const Matrix<double>* composition) const {
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
    const Tensor x =
        preprocessing_.apply(spectra, first, count, &finite).unsqueeze(0).expand({sizes.members, -1, -1});
    const Gaussian qy = networks_.q_y(x);
    const Tensor y = networks_.log_mean_y(qy).exp();  // [M, n, K]
    const Tensor mean = y.mean(0);
    store(mean, first, result.composition);
    store(((y - mean).square().mean(0) + posterior_variance(qy, y).mean(0)).sqrt(), first,
          result.composition_sd);

    Tensor given = y;
    if (composition != nullptr) given = known_or(*composition, first, y);
    // Members' nuisances have no common sign or order, so that their mean would say nothing: the first one
    // speaks.
    const Gaussian qz = networks_.q_z(x, given);
    const Tensor zeta = qz.mean.select(0, 0);
    store(networks_.families().z_of(zeta), first, result.z);
    store(networks_.families().z_slope(zeta) * qz.sd().select(0, 0), first, result.z_sd);

    blank_rows(finite, first, result);
  }
  return result;
}

Result<TrainedModel::DecoderInput> TrainedModel::decoder_input(const Matrix<double>& composition,
                                                               const Matrix<double>& z) const {
  const Sizes& sizes = networks_.sizes();
  const auto k = static_cast<std::size_t>(sizes.components);
  const auto dimensions = static_cast<std::size_t>(sizes.nuisance);
  if (auto fits = check_decoder_input(composition, z, k, dimensions); !fits) return fail(fits.error());
  const at::TensorOptions options = networks_.parameters().values().options();
  const auto n = static_cast<Index>(composition.rows());
  const Tensor y = simplex::clip_composition(to_tensor(composition, options), state_.config.label_epsilon);
  DecoderInput input;
  input.y = y.unsqueeze(0).expand({sizes.members, n, sizes.components});
  if (z.empty()) {
    input.z = at::from_blob(const_cast<float*>(state_.mean_z.data()), {sizes.members, 1, sizes.nuisance},
                            at::kFloat)
                  .to(options.dtype())
                  .expand({sizes.members, n, sizes.nuisance});
  } else {
    Tensor inside = to_tensor(z, options);
    if (networks_.families().z == Families::Z::Interval) {  // the prior's support
      inside = inside.clamp(-networks_.z_half_width(), networks_.z_half_width());
    }
    input.z = inside.unsqueeze(0).expand({sizes.members, n, sizes.nuisance});
  }
  return input;
}

Result<EndmemberEstimate> TrainedModel::generate(const Matrix<double>& composition,
                                                 const Matrix<double>& z) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  auto input = decoder_input(composition, z);
  if (!input) return fail(input.error());
  Tensor x = networks_.families().mean_of_x(networks_.p_x(input->y, input->z));  // [M, n, C]
  // A given z means something to one member only (see predict).
  if (!z.empty()) x = x.narrow(0, 0, 1);
  const Tensor mean = x.mean(0);
  const Tensor sd = x.size(0) > 1 ? x.std(0, /*unbiased=*/true) : at::zeros_like(mean);
  return EndmemberEstimate{preprocessing_.restore(mean, false), preprocessing_.restore(sd, true)};
}

Result<Matrix<float>> TrainedModel::sample(const Matrix<double>& composition, const Matrix<double>& z,
                                           std::int64_t samples, std::uint64_t seed) const {
  const at::NoGradGuard no_grad;
  set_threads(static_cast<int>(state_.config.threads));
  if (auto good = check_samples(samples); !good) return fail(good.error());
  auto input = decoder_input(composition, z);
  if (!input) return fail(input.error());
  return preprocessing_.restore(draw_spectra(networks_.families(), networks_.p_x(input->y, input->z),
                                             z.empty() ? networks_.sizes().members : 1, samples, seed),
                                false);
}

Tensor draw_spectra(const Families& families, const Gaussian& px, Index members, std::int64_t samples,
                    std::uint64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<Tensor> draws;
  for (std::int64_t s = 0; s < samples; ++s) {
    const auto of_member = [&](const Tensor& t) { return t.defined() ? t.select(0, s % members) : t; };
    const Gaussian one{of_member(px.mean), of_member(px.raw), px.spread};
    const Tensor noise = at::empty(one.mean.sizes(), one.mean.options());
    // Pixels are drawn as such, 0 or 1: the relaxed draws are for training alone.
    if (families.x == Families::X::Bernoulli) {
      draws.push_back((noise.uniform_(0, 1, generator) < one.mean.sigmoid()).to(at::kFloat));
    } else {
      draws.push_back(families.draw_x(one, noise.normal_(0, 1, generator)).value);
    }
  }
  return at::stack(draws, 1).flatten(0, 1);
}

}  // namespace assayer::model
