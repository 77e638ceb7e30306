// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/kernels/loops.h"
#include "core/model/networks.h"

namespace assayer::model {

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-4;
  double clip = 1;  ///< gradients are clipped element-wise to [−clip, clip] first
};

/// Adam (Kingma & Ba 2015, arXiv:1412.6980) on the block of all members' weights, one rate per member.
///
/// Ours rather than torch::optim::Adam because members have their own rates, a member can stand still, and
/// one pass over contiguous memory replaces a dozen kernels per weight.
class Adam {
 public:
  Adam(const Parameters& parameters, AdamOptions options);

  /// One step *up* the gradient. `rates` [M], times `factor`; a member with rate 0 keeps its weights and
  /// moments.
  void ascend(Parameters& parameters, std::span<const double> rates, double factor = 1);
  /// The same by passes of LibTorch's over the whole block, which on a device cost no more than one over a
  /// single weight; `begin_step` comes before. What `ascend` does where the weights are not on the CPU.
  void ascend_whole(Parameters& parameters, std::span<const double> rates, double factor);
  /// The same in two parts, the second of which different threads may do for different members.
  void begin_step() { ++steps_; }
  void ascend(Parameters& parameters, Index member, double rate);

  [[nodiscard]] Index steps() const { return steps_; }
  void set_steps(Index steps) { steps_ = steps; }
  [[nodiscard]] const Tensor& first() const { return first_; }
  [[nodiscard]] const Tensor& second() const { return second_; }

 private:
  /// Constants of the present step.
  [[nodiscard]] kernels::AdamStep present_step(double rate) const;

  AdamOptions options_;
  Tensor first_;
  Tensor second_;
  Index steps_ = 0;
  std::vector<double> rates_;  ///< that `element_rates_` were made of
  Tensor element_rates_;       ///< of every weight
};

/// Share of the rate at `step` of `steps`: up over the first 3 %, then down to 0 along a cosine (Loshchilov &
/// Hutter 2017, arXiv:1608.03983).
double cosine_schedule(Index step, Index steps);

/// Scales every member's gradient whose Euclidean norm exceeds `most` down to that.
void limit_gradient_norm(Parameters& parameters, double most);

}  // namespace assayer::model
