// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "core/kernels/guided_step.h"
#include "core/kernels/stack_detail.h"

namespace assayer::kernels {

/// Columns of every [units × columns] array are the rows of the mini-batch: labelled, then unlabelled, then
/// unfeatured ones. Spectra are worked through in pieces of a few rows that fit the second cache.
template <class S>
class GuidedStep<S>::Impl {
 public:
  Impl(const GuidedShape& shape, const GuidedFixed<S>& fixed);

  GuidedNoise<S>& noise() { return noise_; }
  StepValues run(const GuidedWeights<S>& member, double ramp, const GuidedSource<S>& labelled,
                 const GuidedSource<S>& unlabelled, const GuidedSource<S>& unfeatured);

 private:
  /// A source's columns.
  struct Block {
    Index begin;
    Index rows;
    [[nodiscard]] Index end() const { return begin + rows; }
  };

  void take_memory();
  void pack(const GuidedWeights<S>& member);
  void gather(const GuidedSource<S>& source, const Block& block, bool measured, bool composed);

  void encode_y(const GuidedWeights<S>& member, const Block& block);
  void draw_y(const Block& block);
  void encode_z(const GuidedWeights<S>& member, const Block& block);
  void draw_z(const Block& block, const S* noise, S* posterior);
  void given_density(const Block& block, const S* z, S weight, S* value);
  void decoder_inputs(const Block& block);
  void decode(const Block& block, const GuidedSource<S>& source, S weight, S* value);
  void decode_piece(Index begin, Index rows);
  void tilt_gradient(Index begin, Index rows);
  void generate(const GuidedWeights<S>& member, const Block& block);
  void see(Index begin, Index rows);
  void see_backward(Index begin, Index rows);
  void encoders_backward(const GuidedWeights<S>& member, const Block& block, bool into_features);
  void through_decoder(const Block& block);
  void draw_z_backward(const Block& block, const S* noise, S weight);
  void draw_y_backward(const Block& block, S weight);
  void unpack(const GuidedWeights<S>& member);
  [[nodiscard]] double sum(const S* values, const Block& block) const;

  [[nodiscard]] bool forward() const { return shape_.alphas.forward != 0; }
  [[nodiscard]] bool reverse() const { return shape_.alphas.reverse != 0; }
  [[nodiscard]] bool linear_input() const { return shape_.input == GuidedShape::Input::Linear; }
  static S share(double weight, Index rows) {
    return rows > 0 ? static_cast<S>(weight / static_cast<double>(rows)) : S(0);
  }
  /// Dimension d of a Gaussian with its numbers at these arrays, of a block.
  Latent<S> latent(S* mean, S* raw, S* mean_gradient, S* raw_gradient, Index d, const Block& block) const {
    const Index at = d * stride_ + block.begin;
    return {mean + at, raw + at, mean_gradient + at, raw_gradient + at, block.rows, false};
  }
  Latent<S> q_y(Index d, const Block& block) const {
    return latent(y_mean_, y_raw_, y_mean_gradient_, y_raw_gradient_, d, block);
  }
  Latent<S> q_z(Index d, const Block& block) const {
    return latent(z_mean_, z_raw_, z_mean_gradient_, z_raw_gradient_, d, block);
  }

  GuidedShape shape_;
  Index c_, k_, z_, r_, rz_;
  Index inputs_;  ///< of the decoder: fractions, shifts, and shifts times fractions
  Index stride_;
  Index piece_;  ///< rows of spectra at a time
  Block l_{}, u_block_{}, g_{};
  double ramp_ = 1;            ///< of the present step
  double reverse_weight_ = 0;  ///< of (9) and (20), ramped
  S half_width_;
  CorrectionPass<S> y_correction_;
  CorrectionPass<S> z_correction_;
  GuidedNoise<S> noise_{};
  Arena<S> arena_;

  // What the start has settled. Axes [C × (K + R)] and [C × R'], side by side where both see v.
  S* axes_ = nullptr;
  S* offsets_ = nullptr;  ///< [K + R + R']
  S* z_slope_ = nullptr;
  S* z_intercept_ = nullptr;
  S* z_log_spread_ = nullptr;
  S* efficiency_ = nullptr;
  S* mixture_ = nullptr;  ///< [inputs × C] as the start has it
  S* z_centre_ = nullptr;
  S* log_spread_x_ = nullptr;
  S* label_sd_ = nullptr;

  // The member's decoder [inputs × C], its gradient, and its noise.
  S* design_ = nullptr;
  S* design_gradient_ = nullptr;
  S* sd_ = nullptr;
  S* precision_ = nullptr;
  S* log_sd_gradient_ = nullptr;  ///< [C] without the constants

  // What the encoders see: PLS [K], features of y [R], features of z [R'], composition [K], one row each.
  S* seen_ = nullptr;
  S* seen_gradient_ = nullptr;
  S* t_ = nullptr;                   ///< [K × columns] PLS as corrected
  S* log_y_hat_ = nullptr;           ///< [K × columns]
  S* log_y_hat_gradient_ = nullptr;  ///< [K × columns], then with respect to t
  S* y_mean_ = nullptr;              ///< [K − 1 × columns] q(y|x) of logits
  S* y_raw_ = nullptr;
  S* y_mean_gradient_ = nullptr;
  S* y_raw_gradient_ = nullptr;
  S* z_mean_ = nullptr;  ///< [Z × columns] q(z|x,y) of ζ
  S* z_raw_ = nullptr;
  S* z_mean_gradient_ = nullptr;
  S* z_raw_gradient_ = nullptr;
  S* logits_ = nullptr;  ///< [K − 1 × columns] of given or drawn compositions
  S* log_y_ = nullptr;   ///< [K × columns]
  S* zeta_ = nullptr;    ///< [Z × columns]
  S* z_value_ = nullptr;
  S* z_gradient_ = nullptr;
  S* y_gradient_ = nullptr;  ///< [K × columns] of drawn compositions
  S* in_ = nullptr;          ///< [inputs × columns]
  S* in_gradient_ = nullptr;
  S* fit_ = nullptr;        ///< [columns] log p(x|y,z) or the reverse bound
  S* posterior_ = nullptr;  ///< [columns] −log q of what was drawn
  S* label_ = nullptr;      ///< [columns] (13)
  S* given_ = nullptr;      ///< [columns] (9)

  // A piece of spectra [piece × C].
  S* v_ = nullptr;
  S* x_ = nullptr;
  S* u_ = nullptr;
  S* x_gradient_ = nullptr;
  S* u_gradient_ = nullptr;
  S* v_seen_ = nullptr;      ///< g of x_
  S* zeta_given_ = nullptr;  ///< [columns] of a given z
  S* prior_ = nullptr;       ///< [Z × piece] z of (20)
};

}  // namespace assayer::kernels
