// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "core/kernels/pool.h"
#include "core/model/fused_step.h"
#include "core/model/source_spectra.h"

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
    SourceSpectra x_l;
    Tensor y_l;  ///< [n, K]
    SourceSpectra x_u;
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
  /// Spectra of softplus-gaussian where their density is the Gaussian's; empty with other likelihoods.
  struct RealSpectra {
    std::vector<float> values;     ///< [n × C]
    std::vector<float> log_slope;  ///< [n]
  };
  /// A mini-batch of a source that does not keep its spectra; empty for one that does.
  struct Prepared {
    std::vector<float> x;  ///< [B × C]
    RealSpectra real;
  };
  /// Row numbers of one source: every member's own order.
  struct Rows {
    Rows(Index rows_of_source, Index most, Index members);
    void shuffle(Index member, kernels::Stream&& stream);
    /// Writes the rows of step `step`; sources shorter than the longest wrap around.
    void take(Index member, Index step, std::vector<std::int64_t>& into) const;
    Index rows = 0;
    Index batch = 0;
    std::vector<std::vector<std::uint32_t>> order;
  };
  /// What one thread works with.
  struct Desk {
    kernels::Step<float> step;
    std::vector<std::int64_t> rows_l, rows_u, rows_y;
    Prepared x_l, x_u;
  };

  /// Room for the real spectra of `rows` spectra.
  [[nodiscard]] RealSpectra room_for_real(Index rows) const;
  void make_real(const float* x, Index rows, RealSpectra& real) const;
  /// Where the step finds the spectra of `rows`.
  void give(const SourceSpectra& source, const RealSpectra& real, const std::vector<std::int64_t>& rows,
            Prepared& prepared, kernels::Source<float>& to) const;

  std::uint64_t seed_;
  Index members_;
  Data data_;
  Tensor centre_;                ///< [C] of softplus-gaussian spectra, undefined with other likelihoods
  RealSpectra real_l_, real_u_;  ///< of sources that keep their spectra, for all members and steps
  Rows labelled_, unlabelled_, unfeatured_;
  std::vector<kernels::MemberWeights<float>> weights_;
  std::vector<Desk> desks_;
  std::vector<std::int64_t> in_order_;  ///< 0, 1, …: the rows of a desk's mini-batch
  kernels::Pool pool_;
};

}  // namespace assayer::model
