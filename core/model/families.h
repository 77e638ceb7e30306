// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/distributions.h"
#include "core/train/train_config.h"

namespace assayer::model {

/// Which distributions the conditionals are (section 3.1), beside their networks' numbers: what of a value,
/// a density or a draw depends on that choice is asked here.
struct Families {
  enum class X { Gaussian, SoftplusGaussian, Bernoulli };
  enum class Y { LogisticNormal, Concrete };
  enum class Z { Interval, Gaussian };  ///< p(z) uniform with a logistic-normal q(z|·), or both Gaussian

  X x = X::Gaussian;
  Y y = Y::LogisticNormal;
  Z z = Z::Interval;
  double temperature = 1;
  double z_half_width = interval::kHalfWidth;
  Tensor x_centre;  ///< [C] softplus-gaussian: what was subtracted from the spectra that the networks see
  Tensor y_prior;   ///< [K] α of Dir(α), undefined for Dir(1)

  static Families of(const TrainConfig& config, Index components, const at::TensorOptions& options);

  /// A draw, and its log-density: [M, B].
  struct Drawn {
    Tensor value;
    Tensor log_density;
  };

  /// log p(x | y, z) of spectra as the networks see them.
  [[nodiscard]] Tensor log_p_x(const Gaussian& px, const Tensor& x) const;
  /// x ~ p(x | y, z). `noise` is standard normal; for the Bernoulli logistic, and the draw a relaxed one, so
  /// that a gradient passes it while the encoders still see pixels near 0 and 1. Its `log_density` then is
  /// the exact expectation of log p(x), minus the entropy, rather than the relaxed density: that one would go
  /// on to punish logits for being large, where the Bernoulli's entropy is long 0.
  [[nodiscard]] Drawn draw_x(const Gaussian& px, const Tensor& noise) const;
  /// Whether draws of x have a density of their own, as importance weights need.
  [[nodiscard]] bool x_has_density() const { return x != X::Bernoulli; }
  /// x̄ of (14): the mean; with softplus-gaussian the median, softplus(μ), as in the published code.
  [[nodiscard]] Tensor centre_of_x(const Tensor& mean) const;
  /// Mean of p(x | y, z).
  [[nodiscard]] Tensor mean_of_x(const Gaussian& px) const;

  [[nodiscard]] Drawn draw_z(const Gaussian& qz, const Tensor& noise) const;
  [[nodiscard]] Tensor log_q_z(const Gaussian& qz, const Tensor& z) const;
  /// z of ζ: q(z|·)'s mean, or with the interval its median.
  [[nodiscard]] Tensor z_of(const Tensor& zeta) const;
  /// Its derivative.
  [[nodiscard]] Tensor z_slope(const Tensor& zeta) const;
  /// `bound` + `sign` × log p(z).
  [[nodiscard]] Tensor plus_log_p_z(const Tensor& bound, const Tensor& z, double sign) const;
  /// `bound` + log p(y).
  [[nodiscard]] Tensor plus_log_p_y(const Tensor& bound, const Tensor& log_y) const;
};

}  // namespace assayer::model
