// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/model/m1_networks.h"
#include "core/model/train_run.h"

namespace assayer::model {

/// A trained M1 that answers on the CPU. Immutable. z is what of the latent the composition does not explain
/// (M1Readout), so that tables and views that know y and z show it.
class M1Model final : public Model {
 public:
  static Result<std::shared_ptr<const M1Model>> create(ModelState state);

  [[nodiscard]] const ModelState& state() const override { return state_; }
  [[nodiscard]] Result<Prediction> predict(MatrixView<float> spectra,
                                           const Matrix<double>* composition) const override;
  [[nodiscard]] Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                                   const Matrix<double>& z) const override;
  [[nodiscard]] Result<Matrix<float>> sample(const Matrix<double>& composition, const Matrix<double>& z,
                                             std::int64_t samples, std::uint64_t seed) const override;

 private:
  M1Model(ModelState state, Sizes sizes);
  /// Puts the answers for spectra x [n, C] into the rows from `first` on.
  void predict_block(const Tensor& x, std::size_t first, const Matrix<double>* composition,
                     Prediction& result) const;
  /// h of the members [M, n, H].
  [[nodiscard]] Result<Tensor> latent(const Matrix<double>& composition, const Matrix<double>& z) const;

  ModelState state_;
  M1Networks networks_;
  Preprocessing preprocessing_;
  std::vector<M1Readout> readouts_;  ///< of the members
};

/// Training of M1: its bound is L_fx in records and tables, over the unlabelled spectra, or the labelled ones
/// where there are none.
class M1Run final : public RunLoop {
 public:
  static Result<std::unique_ptr<Trainer>> create(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                 const ModelState* resume);

 protected:
  [[nodiscard]] Index steps_per_epoch() const override { return sampler_.steps(); }
  void begin_epoch() override { sampler_.shuffle(generators()); }
  void prepare(Index step) override;
  Objective compute() override;
  [[nodiscard]] ModelState state_of(const Tensor& values) const override;
  [[nodiscard]] Result<std::shared_ptr<const Model>> model_of(ModelState state) const override;

 private:
  M1Run(DatasetPtr data, ModelState frame, std::unique_ptr<M1Networks> networks, at::Device device);

  std::unique_ptr<M1Networks> networks_;
  SourceSpectra x_l_, x_;  ///< labelled spectra, and those of the bound
  Matrix<double> y_l_;     ///< [n, K]
  Sampler sampler_;
  Tensor rows_;   ///< [M × batch] of the present step
  Tensor noise_;  ///< [M, S·B, H] of the present step
};

}  // namespace assayer::model
