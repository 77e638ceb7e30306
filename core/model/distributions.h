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
/// Log-density of Dir(α): log Γ(Σ α) − Σ log Γ(α_k) + Σ (α_k − 1) log y_k: [M, B]. `alpha` [K].
Tensor dirichlet_log_density(const Tensor& alpha, const Tensor& log_y);
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

/// Concrete distribution (Maddison et al. 2016, arXiv:1611.00712; Gumbel-softmax, Jang et al. 2016,
/// arXiv:1611.01144) on the simplex, with respect to the same measure as the logistic-normal. `logits`
/// [M, B, K − 1] are log α_k of all classes but the last, whose is 0: α matters up to a factor only. All in
/// the log domain, since at a low temperature y underflows.
namespace concrete {
/// log y of a sample: log softmax((log α + g) / τ). `gumbel` [M, B, K].
Tensor log_sample(const Tensor& logits, const Tensor& gumbel, double temperature);
/// log Γ(K) + (K − 1) log τ + Σ [log α_k − (τ + 1) log y_k] − K log Σ α_k y_k^−τ: [M, B].
Tensor log_density(const Tensor& logits, const Tensor& log_y, double temperature);
}  // namespace concrete

/// Gaussian pushed through softplus, for spectra above 0: u ~ N(μ, diag σ²), x = log(1 + e^u).
namespace positive {
/// Values that are to be given a density are raised to this: u goes to −∞ towards 0, where noise would
/// outweigh the lines. In units of the spectra's mean (see Families).
inline constexpr double kFloor = 0.01;
/// x of u.
Tensor from_real(const Tensor& u);
/// u of x > 0.
Tensor to_real(const Tensor& x);
/// log N(u; μ, diag σ²) − Σ log dx/du: [M, B].
Tensor log_density(const Gaussian& q, const Tensor& x);
/// The same at the x of u = μ + σ `noise`.
Tensor log_density_of_sample(const Gaussian& q, const Tensor& noise, const Tensor& u);
/// E[x], by the trapezoid rule over u: better than 1e-3 for σ up to 5.
Tensor mean(const Gaussian& q);
}  // namespace positive

/// Bernoulli with the given logits, for values of 0 to 1.
namespace bernoulli {
/// Σ x log p + (1 − x) log(1 − p): [M, B]. The cross-entropy for grey values between 0 and 1.
Tensor log_density(const Tensor& logits, const Tensor& x);
/// Relaxed draw sigmoid((logits + `logistic`) / τ) (Maddison et al. 2016, appendix B), which a gradient
/// passes.
Tensor relaxed_sample(const Tensor& logits, const Tensor& logistic, double temperature);
/// −E log p(x), exact: [M, B].
Tensor entropy(const Tensor& logits);
}  // namespace bernoulli

}  // namespace assayer::model
