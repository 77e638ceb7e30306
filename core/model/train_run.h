// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "core/model/noise.h"
#include "core/model/run_loop.h"
#include "core/model/source_spectra.h"
#include "core/model/trained_model.h"

namespace assayer::model {

/// Rows of one source in the order of the current epoch; a source shorter than the longest wraps around.
class Sampler {
 public:
  Sampler() = default;
  /// `rows` of which `batch` at most are taken at a time, for each of `members`.
  Sampler(Index rows, Index batch, Index members);

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index batch() const { return batch_; }
  [[nodiscard]] Index steps() const { return batch_ == 0 ? 0 : (rows_ + batch_ - 1) / batch_; }
  void shuffle(std::vector<at::Generator>& generators);
  /// Row numbers of step `step` of the epoch, members one after the other: [M × batch].
  [[nodiscard]] Tensor indices(Index step) const;
  /// The same into `rows`: on the host in their place, on a device copied to where they are.
  void put_indices(Index step, at::Device device, Tensor& rows) const;

 private:
  Index rows_ = 0;
  Index batch_ = 0;
  std::vector<std::vector<std::uint32_t>> order_;  ///< per member
};

class FusedTraining;

/// Training of the paper's networks.
class TrainRun final : public RunLoop {
 public:
  ~TrainRun() override;
  static Result<std::unique_ptr<Trainer>> create(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                 const ModelState* resume);

 protected:
  [[nodiscard]] Index steps_per_epoch() const override;
  void begin_epoch() override;
  void prepare(Index step) override;
  Objective compute() override;
  void differentiate(Index step, std::vector<kernels::StepValues>& values) override;
  void for_members(const std::function<void(Index)>& work) override;
  [[nodiscard]] bool draws_from_generators() const override { return fused_ == nullptr; }
  void after_backward() override;
  [[nodiscard]] double rate_factor(Index step) const override;
  [[nodiscard]] std::vector<NamedArray> constants() const override;
  [[nodiscard]] ModelState state_of(const Tensor& values) const override;
  [[nodiscard]] Result<std::shared_ptr<const Model>> model_of(ModelState state) const override;

 private:
  TrainRun(DatasetPtr data, ModelState frame, std::unique_ptr<Networks> networks, at::Device device);
  void begin();
  Status restore_from(const ModelState& from);
  void start_fused();

  std::unique_ptr<Networks> networks_;
  ObjectiveOptions objective_;

  SourceSpectra x_l_, x_u_;
  Tensor y_l_, y_u_;  ///< [n, K]
  Tensor z_u_;        ///< [M, U, Z] of (20), drawn once
  Sampler labelled_, unlabelled_, unfeatured_;
  Tensor rows_l_, rows_u_, rows_y_;  ///< [M × batch] of the present step
  NoiseSource noise_;
  std::unique_ptr<FusedTraining> fused_;  ///< null with autograd
};

}  // namespace assayer::model
