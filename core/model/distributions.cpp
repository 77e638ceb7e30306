// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/distributions.h"

#include <cmath>
#include <numbers>

#include "core/model/fused.h"

namespace assayer::model {
namespace {

const double kHalfLogTwoPi = 0.5 * std::log(2.0 * std::numbers::pi);

double constant(const Tensor& like) {
  return kHalfLogTwoPi * static_cast<double>(like.size(-1));
}

}  // namespace

Tensor Gaussian::sd() const {
  return spread == Spread::LogVariance ? (0.5 * raw).exp() : at::softplus(raw) + 1e-5;
}

Tensor Gaussian::log_sd() const {
  return spread == Spread::LogVariance ? 0.5 * raw : sd().log();
}

Tensor reparameterise(const Gaussian& q, const Tensor& noise) {
  if (q.spread == Spread::LogVariance) return fused_sample(q.mean, q.raw, noise);
  return at::addcmul(q.mean, q.sd(), noise);
}

Tensor log_density(const Gaussian& q, const Tensor& value) {
  if (q.spread == Spread::LogVariance && q.mean.is_cpu()) {
    return fused_log_density(q.mean, q.raw, value) - constant(q.mean);
  }
  const Tensor sd = q.sd();
  return -(0.5 * ((value - q.mean) / sd).square() + q.log_sd()).sum(-1) - constant(q.mean);
}

Tensor log_density_of_sample(const Gaussian& q, const Tensor& noise) {
  return -(0.5 * noise.square().sum(-1) + q.log_sd().sum(-1)) - constant(q.mean);
}

namespace simplex {

Tensor log_composition(const Tensor& logits) {
  return at::log_softmax(at::constant_pad_nd(logits, {0, 1}), -1);
}

Tensor logits(const Tensor& composition) {
  const Tensor log_y = composition.log();
  const Index free = composition.size(-1) - 1;
  return log_y.narrow(-1, 0, free) - log_y.narrow(-1, free, 1);
}

Tensor log_density(const Gaussian& q, const Tensor& composition) {
  return model::log_density(q, logits(composition)) - composition.log().sum(-1);
}

Tensor log_density_of_sample(const Gaussian& q, const Tensor& noise, const Tensor& log_y) {
  return model::log_density_of_sample(q, noise) - log_y.sum(-1);
}

double uniform_log_density(Index components) {
  return std::lgamma(static_cast<double>(components));
}

Tensor clip_composition(const Tensor& composition, double epsilon) {
  const Tensor clipped = composition.clamp(epsilon, 1.0 - epsilon);
  return clipped / clipped.sum(-1, true);
}

}  // namespace simplex

namespace interval {

Tensor from_logit(const Tensor& zeta, double half_width) {
  return zeta.sigmoid() * (2.0 * half_width) - half_width;
}

Tensor logit(const Tensor& z, double half_width) {
  const Tensor share = ((z + half_width) / (2.0 * half_width)).clamp(1e-5, 1.0 - 1e-5);
  return share.log() - (-share).log1p();
}

Tensor log_jacobian(const Tensor& zeta, double half_width) {
  // log s + log(1 − s) = log_sigmoid(ζ) + log_sigmoid(−ζ), which does not cancel in the tails.
  const Tensor sum = at::log_sigmoid(zeta) + at::log_sigmoid(-zeta);
  return sum.sum(-1) + std::log(2.0 * half_width) * static_cast<double>(zeta.size(-1));
}

Tensor log_density(const Gaussian& q, const Tensor& z, double half_width) {
  const Tensor zeta = interval::logit(z, half_width);
  return model::log_density(q, zeta) - log_jacobian(zeta, half_width);
}

double uniform_log_density(Index dimensions, double half_width) {
  return -static_cast<double>(dimensions) * std::log(2.0 * half_width);
}

}  // namespace interval

}  // namespace assayer::model
