// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/model/guided_fused.h"
#include "core/model/guided_objective.h"
#include "core/model/guided_start.h"
#include "core/model/run_loop.h"
#include "core/model/source_spectra.h"

namespace assayer::model {

/// Training of the method 'guided'. An epoch is one step, since rows are drawn with replacement.
class GuidedRun final : public RunLoop {
 public:
  /// Makes the start, or takes it from `resume`; seconds, and `control` (may be null) can stop it.
  static Result<std::unique_ptr<Trainer>> create(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                 const ModelState* resume, const RunControl* control);

 protected:
  [[nodiscard]] Index steps_per_epoch() const override { return 1; }
  [[nodiscard]] Index incomparable_until() const override;
  void prepare(Index step) override;
  Objective compute() override;
  void differentiate(Index step, std::vector<kernels::StepValues>& values) override;
  void for_members(const std::function<void(Index)>& work) override;
  [[nodiscard]] bool draws_from_generators() const override { return !fused_; }
  void after_backward() override;
  [[nodiscard]] double rate_factor(Index step) const override;
  [[nodiscard]] ModelState state_of(const Tensor& values) const override;
  [[nodiscard]] Result<std::shared_ptr<const Model>> model_of(ModelState state) const override;

 private:
  /// A source's rows, as spectra and as the encoders see them.
  struct Source {
    SourceSpectra x;
    GuidedNetworks::Seen seen;  ///< of all of them, some 25 numbers a row
    Index batch = 0;
    [[nodiscard]] Index rows() const { return x.rows(); }
  };

  GuidedRun(DatasetPtr data, ModelState frame, guided::Start start, std::unique_ptr<GuidedNetworks> networks,
            at::Device device);
  /// `rows` of the frame's plan.
  [[nodiscard]] Source source(const Rows& rows) const;
  void begin();
  void start_fused();
  /// Weight of the posterior terms at the present step.
  [[nodiscard]] double ramp() const;

  guided::Start start_;
  std::unique_ptr<GuidedNetworks> networks_;
  Source labelled_, unlabelled_;
  Tensor y_l_;         ///< [n, K] clipped
  Tensor unfeatured_;  ///< [U, K] clipped
  Index unfeatured_batch_ = 0;
  GuidedOptions options_;
  /// What the present step drew.
  struct Drawn {
    Tensor rows_l, rows_u, rows_y;  ///< [M, B]
    Noise noise;
  };
  void reserve_draws();
  Drawn drawn_;
  std::unique_ptr<FusedGuided> fused_;
};

}  // namespace assayer::model
