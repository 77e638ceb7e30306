// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/trained_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/runtime.h"

namespace assayer::model {
namespace {

/// Rows of a prediction that are in memory as tensors at a time.
constexpr std::size_t kBlock = 2048;

/// Copies `source` [rows, D] into rows [first, …) of `target`.
void store(const Tensor& source, std::size_t first, Matrix<double>& target) {
  const Tensor host = source.to(at::kCPU, at::kDouble).contiguous();
  std::copy_n(host.data_ptr<double>(), static_cast<std::size_t>(host.numel()), target.row(first).data());
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

Preprocessing::Preprocessing(const std::vector<std::uint8_t>& used, const std::vector<float>& mean)
    : all_(static_cast<Index>(used.size())) {
  for (std::size_t c = 0; c < used.size(); ++c) {
    if (used[c] == 0) continue;
    columns_.push_back(static_cast<std::uint32_t>(c));
    mean_.push_back(mean[c]);
  }
}

bool Preprocessing::copy_row(std::span<const float> spectrum, float* out) const {
  bool finite = true;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    out[i] = spectrum[columns_[i]] - mean_[i];
    finite = finite && std::isfinite(out[i]);
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
    const bool good = copy_row(spectra.row(rows[i]), out);
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
      result(r, columns_[i]) = *in++ + (is_spread ? 0.0F : mean_[i]);
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
    : state_(std::move(state)),
      networks_(state_.config, sizes, at::TensorOptions().dtype(at::kFloat)),
      preprocessing_(state_.channel_used, state_.channel_mean) {}

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
    const Tensor y = simplex::log_composition(qy.mean).exp();  // [M, n, K]
    // Posterior spread to first order: ∂y_k/∂u_j = y_k (δ_kj − y_j).
    const Tensor free = y.narrow(-1, 0, sizes.components - 1);
    const Tensor jacobian = at::diag_embed(y).narrow(-1, 0, sizes.components - 1) -
                            y.unsqueeze(-1) * free.unsqueeze(-2);  // [M, n, K, K − 1]
    const Tensor posterior = at::matmul(jacobian.square(), qy.sd().square().unsqueeze(-1)).squeeze(-1);
    const Tensor mean = y.mean(0);
    store(mean, first, result.composition);
    store(((y - mean).square().mean(0) + posterior.mean(0)).sqrt(), first, result.composition_sd);

    Tensor given = y;
    if (composition != nullptr) {
      const Tensor block = to_tensor({composition->row(first).data(), count, k}, y.options());
      const Tensor known = at::isfinite(block).all(-1, true);
      given =
          at::where(known, simplex::clip_composition(at::nan_to_num(block), state_.config.label_epsilon), y);
    }
    // Members' nuisances have no common sign or order, so that their mean would say nothing: the first one
    // speaks.
    const Gaussian qz = networks_.q_z(x, given);
    const double half_width = networks_.z_half_width();
    const Tensor share = qz.mean.select(0, 0).sigmoid();
    store(interval::from_logit(qz.mean.select(0, 0), half_width), first, result.z);
    store(2.0 * half_width * share * (1.0 - share) * qz.sd().select(0, 0), first, result.z_sd);

    for (std::size_t i = 0; i < count; ++i) {
      if (finite[i] != 0) continue;
      for (Matrix<double>* part : {&result.composition, &result.composition_sd, &result.z, &result.z_sd}) {
        std::ranges::fill(part->row(first + i), std::numeric_limits<double>::quiet_NaN());
      }
    }
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
    const Tensor inside =
        to_tensor(z, options)
            .clamp(-networks_.z_half_width(), networks_.z_half_width());  // the prior's support
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
  Tensor x = networks_.mean_x(input->y, input->z);  // [M, n, C]
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
  const Gaussian px = networks_.p_x(input->y, input->z);
  const Tensor sd = px.sd();
  const Index members = z.empty() ? networks_.sizes().members : 1;
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<Tensor> draws;
  for (std::int64_t s = 0; s < samples; ++s) {
    const Tensor mean = px.mean.select(0, s % members);
    const Tensor noise = at::empty(mean.sizes(), mean.options()).normal_(0, 1, generator);
    draws.push_back(mean + sd.select(0, s % members) * noise);
  }
  // Row n × samples + s: the draws of one composition stand together.
  return preprocessing_.restore(at::stack(draws, 1).flatten(0, 1), false);
}

std::vector<float> mean_nuisance(const Networks& networks, const Tensor& x_l, const Tensor& y_l) {
  const at::NoGradGuard no_grad;
  const Index members = networks.sizes().members;
  const auto for_all = [members](const Tensor& rows) { return rows.unsqueeze(0).expand({members, -1, -1}); };
  const Gaussian qz = networks.q_z(for_all(x_l), for_all(y_l));
  const Tensor mean =
      interval::from_logit(qz.mean, networks.z_half_width()).mean(1).to(at::kCPU, at::kFloat).contiguous();
  return {mean.data_ptr<float>(), mean.data_ptr<float>() + mean.numel()};
}

}  // namespace assayer::model
