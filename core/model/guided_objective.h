// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/guided_networks.h"
#include "core/model/objective.h"

namespace assayer::model {

/// One mini-batch, with a leading member dimension. What the encoders see of measured spectra does not change
/// while training, so it is computed once for all rows.
struct GuidedBatch {
  Tensor x_l;  ///< [M, B_l, C]
  Tensor y_l;  ///< [M, B_l, K] clipped
  GuidedNetworks::Seen seen_l;
  Tensor x_u;  ///< [M, B_u, C], undefined without unlabelled spectra
  GuidedNetworks::Seen seen_u;
  Tensor y_u;  ///< [M, B_y, K], undefined without unfeatured compositions
};

struct GuidedOptions {
  Alphas alphas;
  guided::Task task = guided::Task::Unmixing;
  /// Weight of the posterior terms, 0 … 1: ramped up over the first tenth of the run, so that the start is
  /// not blurred before the spreads have found their size.
  double ramp = 1;
  /// The same as a number of the networks' device, which where defined counts instead.
  Tensor device_ramp;
  Tensor label_sd;  ///< [K]
};

/// J of 'guided' for every member:
///   α_f [(7) + (8)] + α_r [(9) + (20)] − α_f^d [KL(y ‖ ŷ) + mean_k ((y_k − ŷ_k) / (sd_k + .001))²] −
///   penalty.
/// The scaled squares keep small components from being neglected. For calibration no gradient of (8) reaches
/// q(y|x), and (9) and (20) leave its density out: without a mixing law they would pull at the composition.
/// `noise`: as for the paper's objective; prior_10 is the z of (20). The z of a pair (y_u, z_u) is drawn with
/// it, since any pair is legitimate.
Objective guided_objective(const GuidedNetworks& networks, const GuidedBatch& batch, const Noise& noise,
                           const GuidedOptions& options);

}  // namespace assayer::model
