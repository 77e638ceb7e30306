// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/distributions.h"

#include <cmath>
#include <numbers>

#include "core/kernels/log_factorial.h"
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
  return kernels::log_factorial(static_cast<std::size_t>(components - 1));
}

Tensor dirichlet_log_density(const Tensor& alpha, const Tensor& log_y) {
  return ((alpha - 1.0) * log_y).sum(-1) + (alpha.sum().lgamma() - alpha.lgamma().sum());
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

namespace concrete {
namespace {

/// log α of all K classes.
Tensor all_classes(const Tensor& logits) {
  return at::constant_pad_nd(logits, {0, 1});
}

}  // namespace

Tensor log_sample(const Tensor& logits, const Tensor& gumbel, double temperature) {
  return at::log_softmax((all_classes(logits) + gumbel) / temperature, -1);
}

Tensor log_density(const Tensor& logits, const Tensor& log_y, double temperature) {
  const auto classes = static_cast<double>(log_y.size(-1));
  const Tensor log_alpha = all_classes(logits);
  return (log_alpha - (temperature + 1.0) * log_y).sum(-1) -
         classes * at::logsumexp(log_alpha - temperature * log_y, -1) +
         (kernels::log_factorial(static_cast<std::size_t>(log_y.size(-1) - 1)) +
          (classes - 1.0) * std::log(temperature));
}

}  // namespace concrete

namespace positive {

Tensor from_real(const Tensor& u) {
  return at::softplus(u);
}

Tensor to_real(const Tensor& x) {
  return x + at::expm1(-x).neg().log();
}

Tensor log_density(const Gaussian& q, const Tensor& x) {
  // dx/du = sigmoid(u) = 1 − e^−x.
  const Tensor log_slope = at::expm1(-x).neg().log();
  return model::log_density(q, x + log_slope) - log_slope.sum(-1);
}

Tensor log_density_of_sample(const Gaussian& q, const Tensor& noise, const Tensor& u) {
  return model::log_density_of_sample(q, noise) - at::log_sigmoid(u).sum(-1);
}

Tensor mean(const Gaussian& q) {
  // For an analytic integrand the rule converges faster than any power of the step.
  constexpr double kStep = 0.25;
  constexpr int kReach = 24;
  const Tensor sd = q.sd();
  Tensor sum = at::zeros_like(q.mean);
  double weights = 0;
  for (int i = -kReach; i <= kReach; ++i) {
    const double node = kStep * i;
    const double weight = std::exp(-0.5 * node * node);
    sum = sum + weight * at::softplus(q.mean + node * sd);
    weights += weight;
  }
  return sum / weights;
}

}  // namespace positive

namespace bernoulli {

Tensor log_density(const Tensor& logits, const Tensor& x) {
  return (x * logits - at::softplus(logits)).sum(-1);
}

Tensor relaxed_sample(const Tensor& logits, const Tensor& logistic, double temperature) {
  return ((logits + logistic) / temperature).sigmoid();
}

Tensor entropy(const Tensor& logits) {
  return (at::softplus(logits) - logits * logits.sigmoid()).sum(-1);
}

}  // namespace bernoulli

}  // namespace assayer::model
