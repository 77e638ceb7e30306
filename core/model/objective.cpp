// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/objective.h"

#include <cmath>

#include "core/model/published_objective.h"

namespace assayer::model {
namespace {

/// Rows repeated in blocks to the `rows` of the noise that goes with them.
Tensor repeat(const Tensor& t, Index rows) {
  const Index samples = rows / t.size(1);
  return samples == 1 ? t : t.repeat({1, samples, 1});
}

Gaussian repeat(const Gaussian& q, Index rows) {
  return {repeat(q.mean, rows), q.raw.defined() ? repeat(q.raw, rows) : q.raw, q.spread};
}

}  // namespace

namespace terms {

Tensor l_fxy(const Networks& networks, const Tensor& x, const Tensor& y, const Gaussian& qz,
             const Tensor& z_noise) {
  const Families& families = networks.families();
  const Index rows = z_noise.size(1);
  const Tensor composition = repeat(y, rows);
  const auto [z, log_qz] = families.draw_z(repeat(qz, rows), z_noise);
  const Gaussian px = networks.p_x(composition, z);
  Tensor bound = families.log_p_x(px, repeat(x, rows)) - log_qz;
  bound = families.plus_log_p_y(bound, families.y_prior.defined() ? composition.log() : composition);
  return families.plus_log_p_z(bound, z, 1);
}

Tensor l_fx(const Networks& networks, const Tensor& x, const Tensor& y_noise, const Tensor& z_noise) {
  const Families& families = networks.families();
  const Index rows = y_noise.size(1);
  const Tensor spectra = repeat(x, rows);
  const auto [log_y, log_qy] = networks.draw_log_y(repeat(networks.q_y(x), rows), y_noise);
  const Tensor y = log_y.exp();
  const auto [z, log_qz] = families.draw_z(networks.q_z(spectra, y), z_noise);
  const Gaussian px = networks.p_x(y, z);
  const Tensor bound = families.log_p_x(px, spectra) - log_qy - log_qz;
  return families.plus_log_p_z(families.plus_log_p_y(bound, log_y), z, 1);
}

Tensor l_rxy(const Networks& networks, const Gaussian& qy, const Gaussian& qz, const Tensor& y,
             const Tensor& z) {
  const Families& families = networks.families();
  const Index rows = z.size(1);
  Tensor log_qy = networks.log_q_y(qy, y);
  if (rows != log_qy.size(1)) log_qy = log_qy.repeat({1, rows / log_qy.size(1)});
  return families.plus_log_p_z(log_qy + families.log_q_z(repeat(qz, rows), z), z, -1);
}

Tensor l_ry(const Networks& networks, const Tensor& y, const Tensor& z, const Tensor& x_noise,
            ReverseZ reverse_z) {
  const Families& families = networks.families();
  const Tensor composition = repeat(y, x_noise.size(1));
  Families::Drawn nuisance{z, Tensor()};
  if (reverse_z == ReverseZ::Inferred) {
    nuisance = families.draw_z(repeat(networks.q_zy(y), z.size(1)), z);
  }
  const auto [x, log_px] = families.draw_x(networks.p_x(composition, nuisance.value), x_noise);
  const Tensor bound = networks.log_q_y(networks.q_y(x), composition) +
                       families.log_q_z(networks.q_z(x, composition), nuisance.value) - log_px;
  switch (reverse_z) {
    case ReverseZ::Latent:
      return families.plus_log_p_z(bound, nuisance.value, -1);
    case ReverseZ::Inferred:
      return bound - nuisance.log_density;
    case ReverseZ::Observed:
      break;
  }
  return bound;
}

Tensor j_fd(const Networks& networks, const Gaussian& qy, const Tensor& y) {
  return (y * (y.log() - networks.log_mean_y(qy))).sum(-1);
}

Tensor j_rd(const Networks& networks, const Tensor& x, const Tensor& y, const Tensor& z) {
  const Index rows = z.size(1);
  return (networks.mean_x(repeat(y, rows), z) - repeat(x, rows)).square().sum(-1);
}

Tensor k_z(const Networks& networks, const Tensor& y, const Tensor& z_noise, const Tensor& prior,
           const Tensor& x_noise) {
  const Families& families = networks.families();
  const Index members = y.size(0);
  const Index batch = y.size(1);
  const Index samples = z_noise.size(1) / batch;
  const Index spectra = x_noise.size(1) / batch;
  const auto [z, log_qzy] = families.draw_z(repeat(networks.q_zy(y), z_noise.size(1)), z_noise);
  const Tensor composition = repeat(y, x_noise.size(1));
  const Tensor x = families.draw_x(networks.p_x(composition, prior), x_noise).value;
  const Gaussian qz = networks.q_z(x, composition);
  // Every z against every spectrum: rows [T, S, B].
  const auto spread = [&](const Tensor& t, bool over_samples) {
    const Index z_size = t.size(-1);
    const Tensor shaped = over_samples ? t.view({members, spectra, 1, batch, z_size})
                                       : t.view({members, 1, samples, batch, z_size});
    return shaped.expand({members, spectra, samples, batch, z_size})
        .reshape({members, spectra * samples * batch, z_size});
  };
  const Gaussian each{spread(qz.mean, true), spread(qz.raw, true), qz.spread};
  const Tensor log_q = families.log_q_z(each, spread(z, false)).view({members, spectra, samples * batch});
  return log_qzy - (at::logsumexp(log_q, 1) - std::log(static_cast<double>(spectra)));
}

Tensor bound_of_samples(const Tensor& samples, Index rows, bool importance) {
  const Index count = samples.size(1) / rows;
  if (count == 1) return samples;
  const Tensor by_sample = samples.view({samples.size(0), count, rows});
  if (!importance) return by_sample.mean(1);
  return at::logsumexp(by_sample, 1) - std::log(static_cast<double>(count));
}

}  // namespace terms

ObjectiveOptions ObjectiveOptions::of(const TrainConfig& config) {
  ObjectiveOptions options;
  options.alphas = config.effective_alphas();
  if (config.reverse_z == "latent") options.reverse_z = ReverseZ::Latent;
  if (config.reverse_z == "inferred") options.reverse_z = ReverseZ::Inferred;
  options.importance = config.bound == "importance";
  options.published_code = config.objective == "published-code";
  return options;
}

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
  const auto bound = [&options](const Tensor& samples, const Tensor& data, bool weighted = true) {
    return terms::bound_of_samples(samples, data.size(1), options.importance && weighted);
  };
  // A term with weight 0 is not computed: M2 costs only its own terms.
  const bool reverse = alphas.reverse != 0;
  const Gaussian qz_l = networks.q_z(batch.x_l, batch.y_l);  // (7) and (9) share it
  const Gaussian qy_l = networks.q_y(batch.x_l);             // (9) and (13)
  if (alphas.forward != 0) {
    add(Term::Lfxy, alphas.forward,
        bound(terms::l_fxy(networks, batch.x_l, batch.y_l, qz_l, noise.z_l), batch.x_l));
    if (batch.x_u.defined()) {
      add(Term::Lfx, alphas.forward,
          bound(terms::l_fx(networks, batch.x_u, noise.y_u, noise.z_u), batch.x_u));
    }
  }
  if (reverse) {
    add(Term::Lrxy, alphas.reverse,
        bound(terms::l_rxy(networks, qy_l, qz_l, batch.y_l, noise.prior_9), batch.y_l));
    if (batch.y_u.defined()) {
      const Tensor& z = options.reverse_z == ReverseZ::Inferred ? noise.z_21 : noise.prior_10;
      add(Term::Lry, alphas.reverse,
          bound(terms::l_ry(networks, batch.y_u, z, noise.x_y, options.reverse_z), batch.y_u,
                networks.families().x_has_density()));
    }
  }
  if (alphas.forward_label != 0) {
    add(Term::Jfd, -alphas.forward_label, terms::j_fd(networks, qy_l, batch.y_l));
  }
  if (alphas.reverse_label != 0) {
    add(Term::Jrd, -alphas.reverse_label, terms::j_rd(networks, batch.x_l, batch.y_l, noise.prior_14));
  }
  if (alphas.consistency != 0 && options.reverse_z == ReverseZ::Inferred && batch.y_u.defined()) {
    add(Term::Kz, -alphas.consistency,
        terms::k_z(networks, batch.y_u, noise.z_21, noise.prior_22, noise.x_22));
  }
  return result;
}

}  // namespace assayer::model
