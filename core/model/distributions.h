// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/tensor.h"

namespace assayer::model {

/// What a network's scale head holds.
enum class Spread { LogVariance, Softplus };

/// A diagonal Gaussian's parameters as a network gives them.
struct Gaussian {
  Tensor mean;  ///< [M, B, D]
  Tensor raw;   ///< [M, B, D] log σ², or the number whose softplus is σ (plus 1e-5, as in the published code)
  Spread spread = Spread::LogVariance;

  [[nodiscard]] Tensor sd() const;
  [[nodiscard]] Tensor log_sd() const;
};

/// μ + σ ε, equation (16). `noise` [M, B, D] standard normal.
Tensor reparameterise(const Gaussian& q, const Tensor& noise);

/// log N(value; μ, diag σ²), summed over the last dimension: [M, B].
Tensor log_density(const Gaussian& q, const Tensor& value);
/// The same at the value μ + σ `noise`, without forming it.
Tensor log_density_of_sample(const Gaussian& q, const Tensor& noise);

/// Additive logistic-normal on the simplex (Aitchison & Shen 1980, doi:10.2307/2335470): u ~ N(μ, diag σ²) on
/// K − 1 free logits, y = softmax([u, 0]), with respect to the Lebesgue measure on the first K − 1 entries of
/// y.
namespace simplex {
/// log softmax([u, 0]): [M, B, K].
Tensor log_composition(const Tensor& logits);
/// alr(y)_k = log(y_k / y_K): [M, B, K − 1]. y > 0 (see clip_composition).
Tensor logits(const Tensor& composition);
/// log q(y | ·) of given compositions: log N(alr(y)) − Σ_k log y_k: [M, B].
Tensor log_density(const Gaussian& q, const Tensor& composition);
/// log q at a sample: of the noise that made it and of its logarithm `log_y` [M, B, K].
Tensor log_density_of_sample(const Gaussian& q, const Tensor& noise, const Tensor& log_y);
/// Log-density of Dir(1): log Γ(K).
double uniform_log_density(Index components);
/// Entries clipped to [ε, 1 − ε] and renormalised: labels on the border have no finite logit.
Tensor clip_composition(const Tensor& composition, double epsilon);
}  // namespace simplex

/// Logistic-normal stretched to the prior's interval (−a, a): ζ ~ N(μ, diag σ²), z = 2 a sigmoid(ζ) − a. a is
/// 1.5 in the paper and π / 2 in the published code.
namespace interval {
inline constexpr double kHalfWidth = 1.5;
/// z of ζ.
Tensor from_logit(const Tensor& zeta, double half_width = kHalfWidth);
/// ζ of z; z is kept 1e-5 of the width away from the border.
Tensor logit(const Tensor& z, double half_width = kHalfWidth);
/// log |dz/dζ| summed over the last dimension: Σ log(2 a s (1 − s)): [M, B].
Tensor log_jacobian(const Tensor& zeta, double half_width = kHalfWidth);
/// log q(z | ·) of given z: [M, B].
Tensor log_density(const Gaussian& q, const Tensor& z, double half_width = kHalfWidth);
/// Log-density of U(−a, a)^Z: −Z log 2a.
double uniform_log_density(Index dimensions, double half_width = kHalfWidth);
}  // namespace interval

}  // namespace assayer::model
