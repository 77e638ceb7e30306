// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/published_objective.h"

namespace assayer::model {
namespace {

constexpr double kFloor = 1e-5;

/// Σ log(y_k + 1e-5): the Jacobian of the simplex map as that code has it.
Tensor log_volume(const Tensor& composition) {
  return (composition + kFloor).log().sum(-1);
}

/// Free logits of a label.
Tensor label_logits(const Tensor& composition) {
  return simplex::logits(composition.clamp(kFloor, 1));
}

Tensor sampled_composition(const Gaussian& qy, const Tensor& noise) {
  return simplex::log_composition(reparameterise(qy, noise)).exp();
}

/// log p(x|y,z) − log q(z|x,y) at z ~ q(z|x,y), and that z.
struct Forward {
  Tensor bound;
  Gaussian px;
};
Forward forward(const Networks& networks, const Tensor& x, const Tensor& y, const Tensor& z_noise) {
  const double half = networks.z_half_width();
  const Gaussian qz = networks.q_z(x, y);
  const Tensor zeta = reparameterise(qz, z_noise);
  const Tensor log_qz = log_density_of_sample(qz, z_noise) - interval::log_jacobian(zeta, half);
  Gaussian px = networks.p_x(y, interval::from_logit(zeta, half));
  return {log_density(px, x) - log_qz, px};
}

}  // namespace

Objective published_objective(const Networks& networks, const Batch& batch, const Noise& noise,
                              const ObjectiveOptions& options) {
  const Alphas& alphas = options.alphas;
  Objective result;
  const auto add = [&result](Term term, double weight, const Tensor& per_row) {
    Tensor mean = per_row.mean(-1);
    const Tensor part = mean * weight;
    result.total = result.total.defined() ? result.total + part : part;
    result.terms[static_cast<std::size_t>(term)] = std::move(mean);
  };
  const Gaussian qy = networks.q_y(batch.x_l);
  const Forward labelled = forward(networks, batch.x_l, batch.y_l, noise.z_l);
  if (alphas.forward != 0) {
    add(Term::Lfxy, alphas.forward, labelled.bound);
    if (batch.x_u.defined()) {
      const Gaussian qy_u = networks.q_y(batch.x_u);
      const Tensor y = sampled_composition(qy_u, noise.y_u);
      const Tensor log_qy = log_density_of_sample(qy_u, noise.y_u) - log_volume(y);
      add(Term::Lfx, alphas.forward, forward(networks, batch.x_u, y, noise.z_u).bound - log_qy);
    }
  }
  if (alphas.reverse != 0) {
    add(Term::Lrxy, alphas.reverse,
        log_density(qy, label_logits(batch.y_l)) - log_volume(sampled_composition(qy, noise.y_9)));
    if (batch.y_u.defined()) {
      const Gaussian px = networks.p_x(batch.y_u, noise.prior_10);
      const Gaussian qy_x = networks.q_y(reparameterise(px, noise.x_y));
      add(Term::Lry, alphas.reverse,
          log_density(qy_x, label_logits(batch.y_u)) - log_volume(sampled_composition(qy_x, noise.y_20)) -
              log_density_of_sample(px, noise.x_y));
    }
  }
  if (alphas.forward_label != 0) {
    const Tensor y = batch.y_l.clamp(1e-6, 1);
    const Tensor estimate = sampled_composition(qy, noise.y_13).clamp(1e-6, 1);
    add(Term::Jfd, -alphas.forward_label, (y * (y.log() - estimate.log())).sum(-1));
  }
  if (alphas.reverse_label != 0) {
    const Tensor distance = (reparameterise(labelled.px, noise.x_14) - batch.x_l).square().sum(-1);
    add(Term::Jrd, -alphas.reverse_label, distance.clamp_min(1e-24).sqrt());
  }
  return result;
}

}  // namespace assayer::model
