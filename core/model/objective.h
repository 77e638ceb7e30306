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
/// weights.
struct Noise {
  Tensor z_l;       ///< [M, B_l, Z] normal: z ~ q(z|x_l, y_l) in (7)
  Tensor y_u;       ///< [M, B_u, K − 1] normal: y ~ q(y|x_u) in (8)
  Tensor z_u;       ///< [M, B_u, Z] normal: z ~ q(z|x_u, y) in (8)
  Tensor x_y;       ///< [M, B_y, C] normal: x ~ p(x|y_u, z) in (10), (20)
  Tensor prior_9;   ///< [M, B_l, Z] z ~ p(z) in (9)
  Tensor prior_10;  ///< [M, B_y, Z] z ~ p(z) in (10), or z_u of (20)
  Tensor prior_14;  ///< [M, B_l, Z] z ~ p(z) for x̄ in (14)
  // The published code's objective alone, all normal.
  Tensor y_9;   ///< [M, B_l, K − 1] y at which the Jacobian of (9) is taken
  Tensor y_13;  ///< [M, B_l, K − 1] y in place of ȳ in (13)
  Tensor y_20;  ///< [M, B_y, K − 1] y at which the Jacobian of (20) is taken
  Tensor x_14;  ///< [M, B_l, C] x in place of x̄ in (14)
};

/// The terms, one value per row [M, B]. Constants (log p(y), log p(z)) are in; log q(x) = −C log 2γ is left
/// out, for γ is arbitrary.
namespace terms {

/// (7): log p(x|y,z) − log q(z|x,y) + log p(y) + log p(z), z ~ q(z|x,y) = `qz`.
Tensor l_fxy(const Networks& networks, const Tensor& x, const Tensor& y, const Gaussian& qz,
             const Tensor& z_noise);
/// (8): log p(x|y,z) − log q(y|x) − log q(z|x,y) + log p(y) + log p(z), y ~ q(y|x), z ~ q(z|x,y).
Tensor l_fx(const Networks& networks, const Tensor& x, const Tensor& y_noise, const Tensor& z_noise);
/// (9): log q(y|x) + log q(z|x,y) − log p(z), z ~ p(z).
Tensor l_rxy(const Gaussian& qy, const Gaussian& qz, const Tensor& y, const Tensor& z);
/// (10): log q(y|x) + log q(z|x,y) − log p(z) − log p(x|y,z), x ~ p(x|y,z). With `z_observed`, (20): the same
/// without log p(z).
Tensor l_ry(const Networks& networks, const Tensor& y, const Tensor& z, const Tensor& x_noise,
            bool z_observed);
/// (13): KL(y ‖ ȳ), ȳ = softmax([μ(x), 0]).
Tensor j_fd(const Gaussian& qy, const Tensor& y);
/// (14): ‖x̄ − x‖², x̄ the mean of p(x|y,z), z ~ p(z).
Tensor j_rd(const Networks& networks, const Tensor& x, const Tensor& y, const Tensor& z);

}  // namespace terms

/// J of (15) for every member, and the terms it is made of; those that do not enter are undefined.
struct Objective {
  Tensor total;                          ///< [M], to be maximised
  std::array<Tensor, kTermCount> terms;  ///< each [M], mean over the rows of its mini-batch
};

struct ObjectiveOptions {
  Alphas alphas;
  bool z_observed = true;       ///< (20) instead of (10)
  bool published_code = false;  ///< what the authors' code computes (core/model/published_objective.h)
};

Objective objective(const Networks& networks, const Batch& batch, const Noise& noise,
                    const ObjectiveOptions& options);

}  // namespace assayer::model
