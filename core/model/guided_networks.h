// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/guided/start.h"
#include "core/model/distributions.h"
#include "core/model/networks.h"

namespace assayer::model {

namespace guided_constants {

/// The decoder's rates are a tenth of the encoders': its start is the better one. A weight that is used
/// with this factor moves by so much less at the same rate.
inline constexpr double kDecoderRate = 0.1;
inline constexpr double kLeastSpread = 1e-3;
inline constexpr Index kHidden = 8;
inline constexpr double kYCorrectionScale = 0.1;
inline constexpr double kZCorrectionScale = 1;
inline constexpr double kWeightPenalty = 1e-3;
/// Added to the sd of the labels that divides their squared errors.
inline constexpr double kLeastLabelSpread = 1e-3;

}  // namespace guided_constants

/// A link (core/mixing/link.h) as tensors see it, with gradients: [.., C] → [.., C].
Tensor to_linear(const LinkSettings& link, const Tensor& x);
Tensor from_linear(const LinkSettings& link, const Tensor& v);
/// u of spectra (guided::encoder_values).
Tensor encoder_values(guided::EncoderInput input, const LinkSettings& link, const Tensor& x);

/// log ŷ, ŷ ∝ softplus(100 t) / 100 + 1e-6 (guided::positive_composition).
Tensor log_positive_composition(const Tensor& t);

/// What a small network adds to a linear prediction: 0.1 (p · A + tanh(p · W + b) · V + c). A, V and c start
/// at 0, so that training starts from the linear prediction.
class Correction {
 public:
  Correction() = default;
  Correction(Parameters& parameters, const std::string& prefix, Index in, Index hidden, Index out,
             double scale);
  [[nodiscard]] Tensor operator()(const Parameters& parameters, const Tensor& p) const;
  void initialise(Parameters& parameters, Index member, at::Generator& generator) const;
  /// Σ of squares of all weights per member [M].
  [[nodiscard]] Tensor norm(const Parameters& parameters) const;

 private:
  std::size_t linear_ = 0, hidden_ = 0, hidden_bias_ = 0, out_ = 0, bias_ = 0;
  double scale_ = 1;
};

/// Encoders and decoder of 'guided' on a start: what of it is learnt are the corrections of both encoders,
/// their spreads, the tilts and the noise.
class GuidedNetworks {
 public:
  GuidedNetworks(const guided::Start& start, Index members, const at::TensorOptions& options);

  [[nodiscard]] Parameters& parameters() { return parameters_; }
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }
  [[nodiscard]] Index members() const { return parameters_.members(); }
  [[nodiscard]] Index components() const { return components_; }
  [[nodiscard]] Index nuisance() const { return nuisance_; }
  void initialise(Index member, at::Generator& generator);

  /// What the encoders see of spectra x [.., C]: PLS(u) and p of u for q(y|x), p of v for q(z|x,y).
  struct Seen {
    Tensor base;        ///< [.., K]
    Tensor y_features;  ///< [.., R]
    Tensor z_features;  ///< [.., R']
  };
  [[nodiscard]] Seen see(const Tensor& x) const;
  /// log ŷ [M, B, K].
  [[nodiscard]] Tensor log_composition(const Seen& seen) const;
  /// q(y|x): K − 1 free logits around those of ŷ.
  [[nodiscard]] Gaussian q_y(const Tensor& log_composition) const;
  /// q(z|x,y): ζ. y [M, B, K].
  [[nodiscard]] Gaussian q_z(const Seen& seen, const Tensor& y) const;
  /// p(x|y,z), y [M, B, K], z [M, B, Z].
  [[nodiscard]] Gaussian p_x(const Tensor& y, const Tensor& z) const;
  /// 1e-3 × the squares of the encoders' weights and of ΔB − ΔB₀ (in units of the spread of v): [M].
  [[nodiscard]] Tensor penalty() const;

  /// Member m's tilts as learnt, in the units of the start's mixture.
  [[nodiscard]] guided::Mixture mixture(const guided::Start& start, Index member) const;

 private:
  LinkSettings link_;
  guided::EncoderInput input_ = guided::EncoderInput::Spectra;
  bool correct_ = false;
  Index components_ = 0;
  Index nuisance_ = 0;
  double scale_ = 1;

  // Fixed by the start.
  Tensor regression_, intercept_, y_axes_, y_offset_, z_axes_, z_offset_;
  Tensor z_slope_, z_intercept_, z_log_spread_;
  Tensor efficiency_, endmembers_, tilt_, tilt_part_, z_centre_, log_spread_x_;

  Parameters parameters_;
  Correction y_correction_, z_correction_;
  std::size_t y_spread_ = 0, z_spread_ = 0, x_spread_ = 0, tilt_change_ = 0, tilt_part_change_ = 0;
};

}  // namespace assayer::model
