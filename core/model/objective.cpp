// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/objective.h"

#include "core/model/published_objective.h"

namespace assayer::model {
namespace terms {

Tensor l_fxy(const Networks& networks, const Tensor& x, const Tensor& y, const Gaussian& qz,
             const Tensor& z_noise) {
  const Tensor zeta = reparameterise(qz, z_noise);
  const Tensor log_qz = log_density_of_sample(qz, z_noise) - interval::log_jacobian(zeta);
  const Gaussian px = networks.p_x(y, interval::from_logit(zeta));
  return log_density(px, x) - log_qz + simplex::uniform_log_density(y.size(-1)) +
         interval::uniform_log_density(zeta.size(-1));
}

Tensor l_fx(const Networks& networks, const Tensor& x, const Tensor& y_noise, const Tensor& z_noise) {
  const Gaussian qy = networks.q_y(x);
  const Tensor log_y = simplex::log_composition(reparameterise(qy, y_noise));
  const Tensor log_qy = simplex::log_density_of_sample(qy, y_noise, log_y);
  const Tensor y = log_y.exp();
  const Gaussian qz = networks.q_z(x, y);
  const Tensor zeta = reparameterise(qz, z_noise);
  const Tensor log_qz = log_density_of_sample(qz, z_noise) - interval::log_jacobian(zeta);
  const Gaussian px = networks.p_x(y, interval::from_logit(zeta));
  return log_density(px, x) - log_qy - log_qz + simplex::uniform_log_density(y.size(-1)) +
         interval::uniform_log_density(zeta.size(-1));
}

Tensor l_rxy(const Gaussian& qy, const Gaussian& qz, const Tensor& y, const Tensor& z) {
  return simplex::log_density(qy, y) + interval::log_density(qz, z) -
         interval::uniform_log_density(z.size(-1));
}

Tensor l_ry(const Networks& networks, const Tensor& y, const Tensor& z, const Tensor& x_noise,
            bool z_observed) {
  const Gaussian px = networks.p_x(y, z);
  const Tensor x = reparameterise(px, x_noise);
  const Tensor bound = simplex::log_density(networks.q_y(x), y) +
                       interval::log_density(networks.q_z(x, y), z) - log_density_of_sample(px, x_noise);
  return z_observed ? bound : bound - interval::uniform_log_density(z.size(-1));
}

Tensor j_fd(const Gaussian& qy, const Tensor& y) {
  return (y * (y.log() - simplex::log_composition(qy.mean))).sum(-1);
}

Tensor j_rd(const Networks& networks, const Tensor& x, const Tensor& y, const Tensor& z) {
  return (networks.mean_x(y, z) - x).square().sum(-1);
}

}  // namespace terms

Objective objective(const Networks& networks, const Batch& batch, const Noise& noise,
                    const ObjectiveOptions& options) {
  if (options.published_code) return published_objective(networks, batch, noise, options);
  const Alphas& alphas = options.alphas;
  Objective result;
  const auto add = [&result](Term term, double weight, const Tensor& per_row) {
    Tensor mean = per_row.mean(-1);
    const Tensor part = mean * weight;
    result.total = result.total.defined() ? result.total + part : part;
    result.terms[static_cast<std::size_t>(term)] = std::move(mean);
  };
  // A term with weight 0 is not computed: M2 costs only its own terms.
  const bool reverse = alphas.reverse != 0;
  const Gaussian qz_l = networks.q_z(batch.x_l, batch.y_l);  // (7) and (9) share it
  const Gaussian qy_l = networks.q_y(batch.x_l);             // (9) and (13)
  if (alphas.forward != 0) {
    add(Term::Lfxy, alphas.forward, terms::l_fxy(networks, batch.x_l, batch.y_l, qz_l, noise.z_l));
    if (batch.x_u.defined()) {
      add(Term::Lfx, alphas.forward, terms::l_fx(networks, batch.x_u, noise.y_u, noise.z_u));
    }
  }
  if (reverse) {
    add(Term::Lrxy, alphas.reverse, terms::l_rxy(qy_l, qz_l, batch.y_l, noise.prior_9));
    if (batch.y_u.defined()) {
      add(Term::Lry, alphas.reverse,
          terms::l_ry(networks, batch.y_u, noise.prior_10, noise.x_y, options.z_observed));
    }
  }
  if (alphas.forward_label != 0) add(Term::Jfd, -alphas.forward_label, terms::j_fd(qy_l, batch.y_l));
  if (alphas.reverse_label != 0) {
    add(Term::Jrd, -alphas.reverse_label, terms::j_rd(networks, batch.x_l, batch.y_l, noise.prior_14));
  }
  return result;
}

}  // namespace assayer::model
