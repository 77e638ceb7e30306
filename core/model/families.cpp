// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families.h"

#include <cmath>
#include <numbers>

namespace assayer::model {
namespace {

Families::X x_of(const std::string& name) {
  if (name == "softplus-gaussian") return Families::X::SoftplusGaussian;
  return name == "bernoulli" ? Families::X::Bernoulli : Families::X::Gaussian;
}

}  // namespace

Families Families::of(const TrainConfig& config, Index components, const at::TensorOptions& options) {
  Families families;
  families.x = x_of(config.likelihood);
  families.y = config.y_posterior == "concrete" ? Y::Concrete : Y::LogisticNormal;
  families.z = config.z_prior == "gaussian" ? Z::Gaussian : Z::Interval;
  families.temperature = config.temperature;
  families.z_half_width = config.z_half_width();
  if (config.y_prior != std::vector<double>{1}) {
    families.y_prior = at::tensor(config.y_prior, at::kDouble).to(options).expand({components});
  }
  return families;
}

Tensor Families::log_p_x(const Gaussian& px, const Tensor& spectra) const {
  switch (x) {
    case X::SoftplusGaussian:
      return positive::log_density(px, spectra + x_centre);
    case X::Bernoulli:
      return bernoulli::log_density(px.mean, spectra);
    case X::Gaussian:
      break;
  }
  return log_density(px, spectra);
}

Families::Drawn Families::draw_x(const Gaussian& px, const Tensor& noise) const {
  switch (x) {
    case X::SoftplusGaussian: {
      const Tensor u = reparameterise(px, noise);
      return {positive::from_real(u) - x_centre, positive::log_density_of_sample(px, noise, u)};
    }
    case X::Bernoulli:
      return {bernoulli::relaxed_sample(px.mean, noise, temperature), -bernoulli::entropy(px.mean)};
    case X::Gaussian:
      break;
  }
  return {reparameterise(px, noise), log_density_of_sample(px, noise)};
}

Tensor Families::centre_of_x(const Tensor& mean) const {
  switch (x) {
    case X::SoftplusGaussian:
      return positive::from_real(mean) - x_centre;
    case X::Bernoulli:
      return mean.sigmoid();
    case X::Gaussian:
      break;
  }
  return mean;
}

Tensor Families::mean_of_x(const Gaussian& px) const {
  return x == X::SoftplusGaussian ? positive::mean(px) - x_centre : centre_of_x(px.mean);
}

Families::Drawn Families::draw_z(const Gaussian& qz, const Tensor& noise) const {
  const Tensor zeta = reparameterise(qz, noise);
  const Tensor log_q = log_density_of_sample(qz, noise);
  if (z == Z::Gaussian) return {zeta, log_q};
  return {interval::from_logit(zeta, z_half_width), log_q - interval::log_jacobian(zeta, z_half_width)};
}

Tensor Families::log_q_z(const Gaussian& qz, const Tensor& value) const {
  return z == Z::Gaussian ? log_density(qz, value) : interval::log_density(qz, value, z_half_width);
}

Tensor Families::z_of(const Tensor& zeta) const {
  return z == Z::Gaussian ? zeta : interval::from_logit(zeta, z_half_width);
}

Tensor Families::z_slope(const Tensor& zeta) const {
  if (z == Z::Gaussian) return at::ones_like(zeta);
  const Tensor share = zeta.sigmoid();
  return 2.0 * z_half_width * share * (1.0 - share);
}

Tensor Families::plus_log_p_z(const Tensor& bound, const Tensor& value, double sign) const {
  const auto dimensions = static_cast<double>(value.size(-1));
  if (z == Z::Interval) return bound + sign * interval::uniform_log_density(value.size(-1), z_half_width);
  return bound - sign * (0.5 * value.square().sum(-1) + 0.5 * std::log(2 * std::numbers::pi) * dimensions);
}

Tensor Families::plus_log_p_y(const Tensor& bound, const Tensor& log_y) const {
  if (!y_prior.defined()) return bound + simplex::uniform_log_density(log_y.size(-1));
  return bound + simplex::dirichlet_log_density(y_prior, log_y);
}

}  // namespace assayer::model
