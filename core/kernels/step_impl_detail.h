// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/family_loops.h"
#include "core/kernels/stack_detail.h"
#include "core/kernels/step.h"

namespace assayer::kernels {

/// Columns of every [units × columns] array are the rows of the mini-batch: labelled, then unlabelled, then
/// unfeatured ones; the decoder's are followed by the labelled ones again, with z ~ p(z), for (14).
template <class S>
class Step<S>::Impl {
 public:
  explicit Impl(StepShape shape);

  StepNoise<S>& noise() { return noise_; }
  void draw(Stream& stream);
  StepValues run(const MemberWeights<S>& member, const Source<S>& labelled, const Source<S>& unlabelled,
                 const Source<S>& unfeatured);

 private:
  /// Rows of the three sources in a piece, and where it begins in each.
  struct Piece {
    Index l, u, g;
    Index from_l, from_u, from_g;
    [[nodiscard]] Index measured() const { return l + u; }
    [[nodiscard]] Index all() const { return l + u + g; }
  };
  /// Channels whose decoder outputs are computed, compared and gone back from while they are in the second
  /// cache; weights and gradients of the heads [units + 1 × stride], means before raw scales.
  struct Block {
    Index from, width, stride;
    S* weight;
    S* gradient;
    S* generated;  ///< [unfeatured columns × stride] outputs, then gradients
  };
  /// Sums over the rows so far, in the order of kTerms.
  using Sums = std::array<double, kTermCount>;

  void pack(const MemberWeights<S>& member);
  void unpack(const MemberWeights<S>& member);
  void gather(const Piece& p, const Source<S>& labelled, const Source<S>& unlabelled,
              const Source<S>& unfeatured);
  void encode_measured(const MemberWeights<S>& member, const Piece& p);
  void decode(const MemberWeights<S>& member, const Piece& p, const Source<S>& labelled,
              const Source<S>& unlabelled);
  void decode_block(const Block& b, const Piece& p, const Source<S>& labelled, const Source<S>& unlabelled);
  /// Gradients of the heads' weights and of the units below from those of outputs [rows × width] at `column`.
  void heads_backward(const Block& b, Index column, Index rows, const S* gradient, Index width);
  void encode_generated(const MemberWeights<S>& member, const Piece& p);
  void labelled_terms(const Piece& p);
  /// (13) of the paper; (9)'s or (20)'s Jacobian, (13) and (14) of the published code.
  void divergence(const Piece& p);
  void sampled_volume(Index begin, Index rows, const S* noise, Index noise_stride, S weight, S* value);
  void sampled_divergence(const Piece& p);
  void sampled_distance(const Piece& p);
  void add_distance_gradient(const Piece& p);
  /// logits, compositions and gradients of a sample of q(y|x) apart from the ones in use.
  void sample_y(Index begin, Index rows, const S* noise, Index noise_stride);
  void sample_y_backward(Index begin, Index rows, const S* noise, Index noise_stride);
  void decode_backward(const MemberWeights<S>& member, const Piece& p);
  void encode_backward(const MemberWeights<S>& member, const Piece& p);
  void encoder_weights(const MemberWeights<S>& member, const Piece& p);
  void add_up(const Piece& p, Sums& sums) const;

  // What depends on the distributions.
  /// Rows from `at` on of the block's outputs; `from` and `row` are where they begin in their source and in
  /// x_.
  void likelihood(const Block& b, Index at, Index rows, const Source<S>& source, Index from, Index row,
                  S weight, S* value);
  void draw_x(const Block& b, const Piece& p);
  void draw_x_backward(const Block& b, const Piece& p, S weight);
  void square_distance(const Block& b, const Piece& p);
  void draw_y(const Piece& p, S* value);
  void draw_y_backward(const Piece& p, S* y_gradient, S weight);
  void given_y(Index begin, Index rows, S weight, S* value);
  void given_z(Index begin, Index rows, const S* z, Index z_stride, S weight, S* value);
  /// value[r] += log p(y_r) of labelled rows without its constant.
  void add_composition_prior(Index rows, S* value) const;
  /// value[r] += sign · log p(z_r) without its constant, where p(z) is not uniform.
  void add_log_prior(const S* z, Index z_stride, Index rows, S sign, S* value) const;
  [[nodiscard]] double constant(Term term) const;

  void first_layers(Index begin, Index rows);
  void encode_z(const MemberWeights<S>& member, Index begin, Index end);
  void draw_z(Index begin, Index rows, const S* noise, Index noise_stride, S* value);
  void draw_z_backward(Index begin, Index rows, const S* noise, Index noise_stride, S weight);

  [[nodiscard]] bool forward() const { return shape_.alphas.forward != 0; }
  [[nodiscard]] bool published() const { return shape_.published_code; }
  [[nodiscard]] bool positive() const { return shape_.likelihood == StepShape::Likelihood::SoftplusGaussian; }
  [[nodiscard]] bool bernoulli() const { return shape_.likelihood == StepShape::Likelihood::Bernoulli; }
  [[nodiscard]] Index heads() const { return bernoulli() ? 1 : 2; }
  [[nodiscard]] Block block(Index number, const Piece& p) const;
  [[nodiscard]] Decoded<S> outputs(const Block& b, S* first, Index rows) const {
    return {first, b.stride, rows, b.width, c_, shape_.softplus_spread};
  }
  [[nodiscard]] Classes<S> classes(Index begin, Index rows) const {
    return {q_y_.mean + begin,
            q_y_.mean_gradient + begin,
            stride_,
            k_ - 1,
            rows,
            static_cast<S>(shape_.temperature)};
  }
  [[nodiscard]] bool reverse() const { return shape_.alphas.reverse != 0; }
  [[nodiscard]] bool reverse_label() const { return shape_.alphas.reverse_label != 0; }
  /// Decoder's columns: of (7), (8) and (10) together, and of (14).
  [[nodiscard]] Index decoded_l(const Piece& p) const {
    return forward() || (published() && reverse_label()) ? p.l : 0;
  }
  [[nodiscard]] Index decoded(const Piece& p) const { return decoded_l(p) + p.u + p.g; }
  [[nodiscard]] Index again(const Piece& p) const { return reverse_label() && !published() ? p.l : 0; }
  static S share(double weight, Index rows) { return static_cast<S>(weight / static_cast<double>(rows)); }
  S* value(Term term) { return values_ + static_cast<Index>(term) * stride_; }

  StepShape shape_;
  Index c_, k_, z_;
  S half_width_;
  Index pieces_;
  Index blocks_;
  Index block_width_;
  Index stride_;  ///< of arrays with a column per row of a piece
  Index decoder_stride_;
  Index first_;  ///< units of both encoders' first layers

  LatentNetwork<S> q_y_;
  LatentNetwork<S> q_z_;
  Stack<S> p_x_;
  StepNoise<S> noise_{};
  Arena<S> arena_;

  S* x_ = nullptr;           ///< [columns × C] spectra: measured, then generated
  S* x_gradient_ = nullptr;  ///< [unfeatured columns × C]
  S* y_ = nullptr;           ///< [K × columns] given or drawn compositions
  S* log_y_ = nullptr;       ///< [K × columns]
  S* logits_ = nullptr;      ///< [K − 1 × columns] of given or drawn compositions
  S* zeta_ = nullptr;        ///< [Z × columns]
  S* estimate_ = nullptr;    ///< [K × columns] log ȳ of (13)
  S* in_ = nullptr;          ///< [K + Z × decoder columns]
  S* in_gradient_ = nullptr;
  S* decoded_ = nullptr;    ///< [measured columns × block's stride] outputs, then gradients
  S* generated_ = nullptr;  ///< block after block, [unfeatured columns × block's stride]
  S* again_ = nullptr;      ///< [labelled columns × block's width] means of (14), then gradients
  S* slope_ = nullptr;      ///< [unfeatured columns × C] of softplus-gaussian draws
  S* centre_ = nullptr;     ///< [C] of softplus-gaussian spectra
  // Of the published code alone: a sample's logits and composition [K × columns], what a sample adds to a
  // value that is not wanted, and the gradients of (14), means then raw scales, [2 × labelled columns × C].
  S* sample_u_ = nullptr;
  S* sample_y_ = nullptr;
  S* sample_gradient_ = nullptr;
  S* unwanted_ = nullptr;
  S* distance_ = nullptr;
  S* values_ = nullptr;  ///< [terms × columns] each row's terms
  // The weights that work together, side by side: both encoders' first layers on x, weights [C × units]
  // and gradients [units × C]; the decoder's heads with their biases below, block after block.
  S* first_weight_ = nullptr;
  S* first_gradient_ = nullptr;
  S* heads_weight_ = nullptr;
  S* heads_gradient_ = nullptr;
};

}  // namespace assayer::kernels
