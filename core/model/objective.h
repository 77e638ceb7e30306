// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "core/model/networks.h"
#include "core/train/objective_terms.h"

namespace assayer::model {

/// One mini-batch of every source, with a leading member dimension. Compositions are clipped already
/// (simplex::clip_composition), spectra preprocessed.
struct Batch {
  Tensor x_l;  ///< [M, B_l, C]
  Tensor y_l;  ///< [M, B_l, K]
  Tensor x_u;  ///< [M, B_u, C]
  Tensor y_u;  ///< [M, B_y, K]; undefined where there are no unfeatured compositions
};

/// Every random number of one step, drawn beforehand: with it fixed, each term is a plain function of the
/// weights. With S samples a row of data stands behind S rows of noise, in blocks: sample s of row b is row
/// s · B + b. What is normal here is Gumbel [.., K] where y is concrete and logistic where x is Bernoulli
/// (see Families).
struct Noise {
  Tensor z_l;       ///< [M, S·B_l, Z] normal: z ~ q(z|x_l, y_l) in (7)
  Tensor y_u;       ///< [M, S·B_u, K − 1] normal: y ~ q(y|x_u) in (8)
  Tensor z_u;       ///< [M, S·B_u, Z] normal: z ~ q(z|x_u, y) in (8)
  Tensor x_y;       ///< [M, S·B_y, C] normal: x ~ p(x|y_u, z) in (10), (20), (21)
  Tensor prior_9;   ///< [M, S·B_l, Z] z ~ p(z) in (9)
  Tensor prior_10;  ///< [M, S·B_y, Z] z ~ p(z) in (10), or z_u of (20)
  Tensor prior_14;  ///< [M, S·B_l, Z] z ~ p(z) for x̄ in (14)
  // With an inferred z of the unfeatured compositions alone, T being kMixture.
  Tensor z_21;      ///< [M, S·B_y, Z] normal: z ~ q(z|y_u) in (21) and (22)
  Tensor prior_22;  ///< [M, T·B_y, Z] z' ~ p(z) behind the x of (22)
  Tensor x_22;      ///< [M, T·B_y, C] normal: x ~ p(x|y_u, z') in (22)
  // The published code's objective alone, all normal.
  Tensor y_9;   ///< [M, B_l, K − 1] y at which the Jacobian of (9) is taken
  Tensor y_13;  ///< [M, B_l, K − 1] y in place of ȳ in (13)
  Tensor y_20;  ///< [M, B_y, K − 1] y at which the Jacobian of (20) is taken
  Tensor x_14;  ///< [M, B_l, C] x in place of x̄ in (14)
};

/// Spectra that stand for the integral of (22).
inline constexpr Index kMixture = 8;

/// How z of the unfeatured compositions comes about: drawn once and paired with them, (20); drawn from p(z),
/// (10); drawn from q(z|y), (21).
enum class ReverseZ { Observed, Latent, Inferred };

/// The terms, one value per row and sample [M, S·B]. Constants (log p(y), log p(z)) are in; log q(x) = −C log
/// 2γ is left out, for γ is arbitrary. Spectra have the density of the values that the networks see: units of
/// the data add a constant.
namespace terms {

/// (7): log p(x|y,z) − log q(z|x,y) + log p(y) + log p(z), z ~ q(z|x,y) = `qz`.
Tensor l_fxy(const Networks& networks, const Tensor& x, const Tensor& y, const Gaussian& qz,
             const Tensor& z_noise);
/// (8): log p(x|y,z) − log q(y|x) − log q(z|x,y) + log p(y) + log p(z), y ~ q(y|x), z ~ q(z|x,y).
Tensor l_fx(const Networks& networks, const Tensor& x, const Tensor& y_noise, const Tensor& z_noise);
/// (9): log q(y|x) + log q(z|x,y) − log p(z), z ~ p(z).
Tensor l_rxy(const Networks& networks, const Gaussian& qy, const Gaussian& qz, const Tensor& y,
             const Tensor& z);
/// (10): log q(y|x) + log q(z|x,y) − log p(z) − log p(x|y,z), x ~ p(x|y,z), `z` ~ p(z). (20): the same
/// without log p(z), `z` observed. (21): with log q(z|y) in place of log p(z), and `z` the noise of z ~
/// q(z|y).
Tensor l_ry(const Networks& networks, const Tensor& y, const Tensor& z, const Tensor& x_noise,
            ReverseZ reverse_z);
/// (13): KL(y ‖ ȳ), ȳ = softmax([μ(x), 0]).
Tensor j_fd(const Networks& networks, const Gaussian& qy, const Tensor& y);
/// (14): ‖x̄ − x‖², x̄ the mean of p(x|y,z), z ~ p(z).
Tensor j_rd(const Networks& networks, const Tensor& x, const Tensor& y, const Tensor& z);
/// (22): log q(z|y) − log 1/T Σ_t q(z|x_t,y), z ~ q(z|y), x_t ~ p(x|y,z'), z' ~ p(z) = `prior`; its mean over
/// z is the KL. With T draws in place of the integral it is too large by a little (Jensen).
Tensor k_z(const Networks& networks, const Tensor& y, const Tensor& z_noise, const Tensor& prior,
           const Tensor& x_noise);

/// S samples of `rows` rows, [M, S·B], to one bound per row [M, B]: their mean, or with `importance` the
/// logarithm of the mean of their exponentials (Burda et al. 2016, arXiv:1509.00519), which is no smaller,
/// and closer to the evidence the more samples.
Tensor bound_of_samples(const Tensor& samples, Index rows, bool importance);

}  // namespace terms

/// J of (15) for every member, with −α_c (22), and the terms it is made of; those that do not enter are
/// undefined.
struct Objective {
  Tensor total;                          ///< [M], to be maximised
  std::array<Tensor, kTermCount> terms;  ///< each [M], mean over the rows of its mini-batch
};

struct ObjectiveOptions {
  Alphas alphas;
  ReverseZ reverse_z = ReverseZ::Observed;
  /// Of the bounds (7) to (10) and (20), (21). Not where x of a reverse bound is Bernoulli: its relaxed draws
  /// have no weight, so that the mean is taken there.
  bool importance = false;
  bool published_code = false;  ///< what the authors' code computes (core/model/published_objective.h)

  static ObjectiveOptions of(const TrainConfig& config);
};

Objective objective(const Networks& networks, const Batch& batch, const Noise& noise,
                    const ObjectiveOptions& options);

}  // namespace assayer::model
