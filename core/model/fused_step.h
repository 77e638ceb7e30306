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

/// Settings and sizes in the words of the kernels. `rows_…`: of a mini-batch, 0 where a source is missing.
kernels::StepShape step_shape(const TrainConfig& config, const Sizes& sizes, Index rows_l, Index rows_u,
                              Index rows_y);

/// Where member m's weights and gradients lie. Valid as long as the networks' parameters; S is their type.
template <class S>
kernels::MemberWeights<S> member_weights(const Networks& networks, const TrainConfig& config, Index member);

}  // namespace assayer::model
