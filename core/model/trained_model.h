// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <memory>

#include "core/model/networks.h"
#include "core/train/engine.h"

namespace assayer::model {

/// Plain numbers as a tensor [rows, cols] of its own, in the precision of `options`.
Tensor to_tensor(MatrixView<double> values, const at::TensorOptions& options);

/// The networks' sizes that a model's state implies; Data error where they contradict each other.
Result<Sizes> sizes_of(const ModelState& state);

/// Channels that enter a model, their unit, and what is subtracted from them.
class Preprocessing {
 public:
  /// Of no channels.
  Preprocessing() = default;
  /// As the likelihood of the model asks for: in units of spectrum_scale and, with softplus-gaussian, raised
  /// to positive::kFloor before the mean is subtracted.
  explicit Preprocessing(const ModelState& state);
  /// `used` [C] and `mean` [C] as in ModelState.
  Preprocessing(const std::vector<std::uint8_t>& used, const std::vector<float>& mean);

  [[nodiscard]] Index channels() const { return static_cast<Index>(columns_.size()); }
  [[nodiscard]] Index all_channels() const { return all_; }
  /// What is subtracted, in the units that the networks see: [channels].
  [[nodiscard]] Tensor centre() const;
  /// Spectra of `rows` (in that order) as [rows, channels]. `finite`, where given, is set per row; rows that
  /// are not finite become zeros.
  [[nodiscard]] Tensor apply(MatrixView<float> spectra, std::span<const std::uint32_t> rows,
                             std::vector<std::uint8_t>* finite = nullptr) const;
  /// The same for the contiguous rows [first, first + count).
  [[nodiscard]] Tensor apply(MatrixView<float> spectra, std::size_t first, std::size_t count,
                             std::vector<std::uint8_t>* finite = nullptr) const;
  /// The same for one spectrum, into out[0 … channels). False, and zeros, where it is not finite.
  bool apply(std::span<const float> spectrum, float* out) const;
  /// Back to the units of the data: x [rows, channels] → [rows, C], unused channels NaN. `is_spread`: no mean
  /// is added.
  [[nodiscard]] Matrix<float> restore(const Tensor& x, bool is_spread) const;

 private:
  /// Channels next to each other.
  struct Stretch {
    std::uint32_t first;
    std::uint32_t count;
  };

  std::vector<std::uint32_t> columns_;
  std::vector<Stretch> stretches_;  ///< the same
  std::vector<float> mean_;         ///< of the columns, in units of scale_
  float scale_ = 1;
  float low_ = -std::numeric_limits<float>::infinity();  ///< values are kept in [low_, high_], in these units
  float high_ = std::numeric_limits<float>::infinity();
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
  /// The members' draws of y stand together; z is the first member's, as in `predict`.
  [[nodiscard]] Result<Prediction> predict_draws(MatrixView<float> spectra, const Matrix<double>* composition,
                                                 std::int64_t draws, std::uint64_t seed) const override;
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
  /// Var y_k of q(y|x) around its centre y [M, n, K].
  [[nodiscard]] Tensor posterior_variance(const Gaussian& qy, const Tensor& y) const;
  /// What draws of y need: see Networks::draw_log_y.
  [[nodiscard]] Tensor composition_noise(Index rows, at::Generator& generator) const;
  /// Rows [first, …) of the compositions given, clipped; y where they are not known.
  [[nodiscard]] Tensor known_or(const Matrix<double>& composition, std::size_t first, const Tensor& y) const;

  ModelState state_;
  Networks networks_;
  Preprocessing preprocessing_;
};

/// Networks of a state's settings, with zeros for weights.
Networks make_networks(const ModelState& state, Sizes sizes, at::Device device);

/// Draws of p(x|·) [M, n, C], the first `members` in turn: row n × samples + s, so that the draws of one
/// composition stand together.
Tensor draw_spectra(const Families& families, const Gaussian& px, Index members, std::int64_t samples,
                    std::uint64_t seed);

}  // namespace assayer::model
