// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/kernels/step.h"
#include "core/model/networks.h"

namespace assayer::model {

/// Whether core/kernels computes a step of these settings; otherwise why not, as a sentence's end.
struct FusedCover {
  bool covered = false;
  std::string reason;
};
FusedCover fused_cover(const TrainConfig& config, at::Device device);

/// Settles which of the two paths computes, and notes it in the settings, because their numbers differ in the
/// last digits and so belong to the run. `resume`: settings of a checkpoint that is gone on from, or null.
/// Usage error where the user wants the fused step and it is not `cover`ed.
Status choose_step(TrainConfig& config, const FusedCover& cover, const TrainConfig* resume);

/// Settings, sizes and distributions in the words of the kernels. `rows_…`: of a mini-batch, 0 where a source
/// is missing.
kernels::StepShape step_shape(const TrainConfig& config, const Networks& networks, Index rows_l, Index rows_u,
                              Index rows_y);

/// Where member m's weights and gradients lie. Valid as long as the networks' parameters; S is their type.
template <class S>
kernels::MemberWeights<S> member_weights(const Networks& networks, const TrainConfig& config, Index member);

}  // namespace assayer::model
