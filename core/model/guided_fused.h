// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "core/kernels/guided_step.h"
#include "core/kernels/pool.h"
#include "core/model/guided_networks.h"
#include "core/model/source_spectra.h"

namespace assayer::model {

/// A start in the words of core/kernels/guided_step.h: sizes, and the numbers that do not change as S.
template <class S>
class GuidedKernel {
 public:
  GuidedKernel(const guided::Start& start, const Alphas& alphas, Index rows_l, Index rows_u, Index rows_y);
  [[nodiscard]] kernels::GuidedStep<S> step() const;

 private:
  kernels::GuidedShape shape_;
  std::vector<S> regression_, intercept_, y_axes_, y_offset_, z_axes_, z_offset_, z_slope_, z_intercept_,
      z_log_spread_, efficiency_, endmembers_, tilt_, tilt_part_, z_centre_, log_spread_x_, label_sd_;
};

/// Where a correction's weights of member m lie; `prefix` as given to Correction.
template <class S>
kernels::CorrectionWeights<S> correction_weights(const Parameters& parameters, const std::string& prefix,
                                                 Index member);
/// Where all of member m's weights lie. Valid as long as the networks' parameters; S is their type.
template <class S>
kernels::GuidedWeights<S> guided_weights(const GuidedNetworks& networks, Index member);

/// Steps of 'guided' by core/kernels: rows drawn with replacement, noise, members spread over threads. A
/// member's numbers do not depend on how many others or threads there are, and every draw is a function of
/// seed and step. Nothing is allocated after construction.
class FusedGuided {
 public:
  /// float on the CPU, contiguous; must stay where they are. Undefined where a source is missing.
  struct Source {
    SourceSpectra x;
    Tensor y;  ///< [n, K]
    GuidedNetworks::Seen seen;
    Index batch = 0;
    [[nodiscard]] Index rows() const { return x.empty() ? y.size(0) : x.rows(); }
  };
  FusedGuided(const guided::Start& start, const TrainConfig& config, const GuidedNetworks& networks,
              Source labelled, Source unlabelled, Source unfeatured);

  /// Step number `step` of the run, of all members that are `active`; adds to their gradients.
  void differentiate(Index step, double ramp, const std::function<bool(Index)>& active,
                     std::vector<kernels::StepValues>& values);
  void for_members(const std::function<void(Index)>& work);

 private:
  /// What one thread works with.
  struct Desk {
    kernels::GuidedStep<float> step;
    std::vector<std::int64_t> rows_l, rows_u, rows_y;
    std::vector<float> x_l, x_u;  ///< a mini-batch [B, C] of a source that does not keep its spectra
  };

  std::uint64_t seed_;
  Index members_;
  Source labelled_, unlabelled_, unfeatured_;
  std::vector<kernels::GuidedWeights<float>> weights_;
  std::vector<Desk> desks_;
  std::vector<std::int64_t> in_order_;  ///< 0, 1, …: the rows of a desk's mini-batch
  kernels::Pool pool_;
};

}  // namespace assayer::model
