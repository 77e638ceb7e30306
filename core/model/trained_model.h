// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/model/networks.h"
#include "core/train/engine.h"

namespace assayer::model {

/// Plain numbers as a tensor [rows, cols] of its own, in the precision of `options`.
Tensor to_tensor(MatrixView<double> values, const at::TensorOptions& options);

/// The networks' sizes that a model's state implies; Data error where they contradict each other.
Result<Sizes> sizes_of(const ModelState& state);

/// Channels that enter a model, and what is subtracted from them.
class Preprocessing {
 public:
  /// `used` [C] and `mean` [C] as in ModelState.
  Preprocessing(const std::vector<std::uint8_t>& used, const std::vector<float>& mean);

  [[nodiscard]] Index channels() const { return static_cast<Index>(columns_.size()); }
  [[nodiscard]] Index all_channels() const { return all_; }
  /// Spectra of `rows` (in that order) as [rows, channels]. `finite`, where given, is set per row; rows that
  /// are not finite become zeros.
  [[nodiscard]] Tensor apply(MatrixView<float> spectra, std::span<const std::uint32_t> rows,
                             std::vector<std::uint8_t>* finite = nullptr) const;
  /// The same for the contiguous rows [first, first + count).
  [[nodiscard]] Tensor apply(MatrixView<float> spectra, std::size_t first, std::size_t count,
                             std::vector<std::uint8_t>* finite = nullptr) const;
  /// Back to the units of the data: x [rows, channels] → [rows, C], unused channels NaN. `is_spread`: no mean
  /// is added.
  [[nodiscard]] Matrix<float> restore(const Tensor& x, bool is_spread) const;

 private:
  bool copy_row(std::span<const float> spectrum, float* out) const;
  std::vector<std::uint32_t> columns_;
  std::vector<float> mean_;  ///< of the columns
  Index all_ = 0;
};

/// Whether spectra, and compositions given with them (may be null), fit a model of K components; Data error
/// that says how not.
Status check_spectra(const Preprocessing& preprocessing, MatrixView<float> spectra, std::size_t components,
                     const Matrix<double>* composition);
/// Whether compositions [N, K] and nuisances [N, Z] (or none) can be decoded; Usage error otherwise.
Status check_decoder_input(const Matrix<double>& composition, const Matrix<double>& z, std::size_t components,
                           std::size_t dimensions);
/// Usage error for less than one sample.
Status check_samples(std::int64_t samples);

/// A model that answers on the CPU. Immutable; holds its own copy of the weights.
class TrainedModel final : public Model {
 public:
  static Result<std::shared_ptr<const TrainedModel>> create(ModelState state);

  [[nodiscard]] const ModelState& state() const override { return state_; }
  [[nodiscard]] Result<Prediction> predict(MatrixView<float> spectra,
                                           const Matrix<double>* composition) const override;
  [[nodiscard]] Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                                   const Matrix<double>& z) const override;
  [[nodiscard]] Result<Matrix<float>> sample(const Matrix<double>& composition, const Matrix<double>& z,
                                             std::int64_t samples, std::uint64_t seed) const override;

 private:
  TrainedModel(ModelState state, Sizes sizes);
  /// [M, N, K] and [M, N, Z] inputs of the decoder from plain matrices; the members' own z̄ when `z` is empty.
  struct DecoderInput {
    Tensor y;
    Tensor z;
  };
  [[nodiscard]] Result<DecoderInput> decoder_input(const Matrix<double>& composition,
                                                   const Matrix<double>& z) const;

  ModelState state_;
  Networks networks_;
  Preprocessing preprocessing_;
};

/// Mean over the labelled rows of the mean of q(z | x_l, y_l), per member: z̄ of equation (18), [M × Z].
/// `x_l` [n, C] preprocessed, `y_l` [n, K].
std::vector<float> mean_nuisance(const Networks& networks, const Tensor& x_l, const Tensor& y_l);

}  // namespace assayer::model
