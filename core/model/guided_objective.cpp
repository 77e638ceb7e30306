// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_objective.h"

namespace assayer::model {
Objective guided_objective(const GuidedNetworks& networks, const GuidedBatch& batch, const Noise& noise,
                           const GuidedOptions& options) {
  const Alphas& alphas = options.alphas;
  const bool unmixing = options.task == guided::Task::Unmixing;
  const double constants = simplex::uniform_log_density(networks.components()) +
                           interval::uniform_log_density(networks.nuisance());
  const double prior_z = interval::uniform_log_density(networks.nuisance());

  const Tensor ramp =
      options.device_ramp.defined() ? options.device_ramp : at::scalar_tensor(options.ramp, at::kDouble);

  Objective result;
  result.total = -networks.penalty();
  const auto add = [&](Term term, const auto& weight, const Tensor& rows) {
    Tensor& value = result.terms[static_cast<std::size_t>(term)];
    value = rows.mean(-1);
    result.total = result.total + weight * value;
  };

  const Tensor log_y_hat = networks.log_composition(batch.seen_l);
  const Gaussian qz = networks.q_z(batch.seen_l, batch.y_l);
  if (alphas.forward != 0) {
    const Tensor zeta = reparameterise(qz, noise.z_l);
    const Tensor log_q = log_density_of_sample(qz, noise.z_l) - interval::log_jacobian(zeta);
    const Gaussian px = networks.p_x(batch.y_l, interval::from_logit(zeta));
    add(Term::Lfxy, alphas.forward, log_density(px, batch.x_l) - ramp * log_q + constants);
  }
  if (alphas.forward_label != 0) {
    const Tensor divergence = (batch.y_l * (batch.y_l.log() - log_y_hat)).sum(-1);
    const Tensor scaled =
        ((batch.y_l - log_y_hat.exp()) / (options.label_sd + guided_constants::kLeastLabelSpread)).square();
    add(Term::Jfd, -alphas.forward_label, divergence + scaled.mean(-1));
  }
  if (alphas.reverse != 0) {
    Tensor reverse = interval::log_density(qz, noise.prior_9);
    if (unmixing) reverse = reverse + simplex::log_density(networks.q_y(log_y_hat), batch.y_l);
    add(Term::Lrxy, alphas.reverse * ramp, reverse - prior_z);
  }
  if (alphas.forward != 0 && batch.x_u.defined()) {
    const Tensor log_composition = networks.log_composition(batch.seen_u);
    Tensor y;
    Tensor log_q;
    if (unmixing) {
      const Gaussian qy = networks.q_y(log_composition);
      const Tensor log_y = simplex::log_composition(reparameterise(qy, noise.y_u));
      y = log_y.exp();
      log_q = simplex::log_density_of_sample(qy, noise.y_u, log_y);
    } else {
      y = log_composition.detach().exp();
    }
    const Gaussian qz_u = networks.q_z(batch.seen_u, y);
    const Tensor zeta = reparameterise(qz_u, noise.z_u);
    const Tensor log_qz = log_density_of_sample(qz_u, noise.z_u) - interval::log_jacobian(zeta);
    log_q = log_q.defined() ? log_q + log_qz : log_qz;
    const Gaussian px = networks.p_x(y, interval::from_logit(zeta));
    add(Term::Lfx, alphas.forward, log_density(px, batch.x_u) - ramp * log_q + constants);
  }
  if (alphas.reverse != 0 && batch.y_u.defined()) {
    const Gaussian px = networks.p_x(batch.y_u, noise.prior_10);
    const Tensor x = reparameterise(px, noise.x_y);
    const GuidedNetworks::Seen seen = networks.see(x);
    Tensor reverse = interval::log_density(networks.q_z(seen, batch.y_u), noise.prior_10) -
                     log_density_of_sample(px, noise.x_y);
    if (unmixing)
      reverse = reverse + simplex::log_density(networks.q_y(networks.log_composition(seen)), batch.y_u);
    add(Term::Lry, alphas.reverse * ramp, reverse);
  }
  return result;
}

}  // namespace assayer::model
