// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "core/kernels/pool.h"
#include "core/model/fused_step.h"

namespace assayer::model {

/// Everything that training with the fused step needs for its steps: shuffled rows, noise, members spread
/// over threads. A member's numbers do not depend on how many others or threads there are, and every draw is
/// a function of seed, epoch and step, so that nothing of it has to be kept for a resumed run. Nothing is
/// allocated after construction.
class FusedTraining {
 public:
  /// What is learnt from, float on the CPU, contiguous; must stay where it is. Undefined where a source is
  /// missing.
  struct Data {
    Tensor x_l;  ///< [n, C]
    Tensor y_l;  ///< [n, K]
    Tensor x_u;  ///< [n, C]
    Tensor y_u;  ///< [n, K]
    Tensor z_u;  ///< [M, n, Z] of (20)
  };
  FusedTraining(const TrainConfig& config, const Networks& networks, Data data);

  /// Shuffles every member's rows.
  void begin_epoch(Index epoch);
  /// Step `step` of the epoch, number `moment` of the run, of all members that are `active`.
  void differentiate(Index step, Index moment, const std::function<bool(Index)>& active,
                     std::vector<kernels::StepValues>& values);
  void for_members(const std::function<void(Index)>& work);

 private:
  /// Spectra of softplus-gaussian where their density is the Gaussian's, for all members and steps; empty
  /// with other likelihoods.
  struct RealSpectra {
    RealSpectra(const Tensor& x, const Families& families);
    std::vector<float> values;     ///< [n × C]
    std::vector<float> log_slope;  ///< [n]
  };
  /// Row numbers of one source: every member's own order.
  struct Rows {
    Rows(const Tensor& source, Index most, Index members);
    void shuffle(Index member, kernels::Stream&& stream);
    /// Writes the rows of step `step`; sources shorter than the longest wrap around.
    const std::int64_t* take(Index member, Index step, std::vector<std::int64_t>& into) const;
    Index rows = 0;
    Index batch = 0;
    std::vector<std::vector<std::int64_t>> order;
  };
  /// What one thread works with.
  struct Desk {
    kernels::Step<float> step;
    std::vector<std::int64_t> rows_l, rows_u, rows_y;
  };

  std::uint64_t seed_;
  Index members_;
  Data data_;
  RealSpectra real_l_, real_u_;
  Rows labelled_, unlabelled_, unfeatured_;
  std::vector<kernels::MemberWeights<float>> weights_;
  std::vector<Desk> desks_;
  kernels::Pool pool_;
};

}  // namespace assayer::model
