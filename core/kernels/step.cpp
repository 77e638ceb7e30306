// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/step.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "core/kernels/stack_detail.h"

namespace assayer::kernels {
namespace {

/// What a piece of the decoder's output may take, in numbers: with everything else it should stay in the
/// second cache.
constexpr Index kPieceNumbers = 128 * 1024;
constexpr Index kFewestRows = 32;

Index count(std::size_t n) {
  return static_cast<Index>(n);
}

}  // namespace

/// Columns of every [units × columns] array are the rows of the mini-batch: labelled, then unlabelled, then
/// unfeatured ones; the decoder's are followed by the labelled ones again, with z ~ p(z), for (14).
template <class S>
class Step<S>::Impl {
 public:
  explicit Impl(StepShape shape);

  StepNoise<S>& noise() { return noise_; }
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
  /// Sums over the rows so far, in the order of kTerms.
  using Sums = std::array<double, kTermCount>;

  void pack(const MemberWeights<S>& member);
  void unpack(const MemberWeights<S>& member);
  void gather(const Piece& p, const Source<S>& labelled, const Source<S>& unlabelled,
              const Source<S>& unfeatured);
  void encode_measured(const MemberWeights<S>& member, const Piece& p);
  void decode(const MemberWeights<S>& member, const Piece& p);
  void encode_generated(const MemberWeights<S>& member, const Piece& p);
  void labelled_terms(const Piece& p);
  void decode_backward(const MemberWeights<S>& member, const Piece& p);
  void encode_backward(const MemberWeights<S>& member, const Piece& p);
  void encoder_weights(const MemberWeights<S>& member, const Piece& p);
  void add_up(const Piece& p, Sums& sums) const;

  void first_layers(Index begin, Index rows);
  void encode_z(const MemberWeights<S>& member, Index begin, Index end);
  /// log q(y|·) + log q(z|·) of given y and z, their gradients with `weight`.
  void given_density(Index begin, Index rows, const S* z, Index z_stride, S weight, S* value);
  void draw_z(Index begin, Index rows, const S* noise, Index noise_stride, S* value);
  void draw_z_backward(Index begin, Index rows, const S* noise, Index noise_stride, S weight);

  [[nodiscard]] bool forward() const { return shape_.alphas.forward != 0; }
  [[nodiscard]] bool reverse() const { return shape_.alphas.reverse != 0; }
  [[nodiscard]] bool reverse_label() const { return shape_.alphas.reverse_label != 0; }
  /// Decoder's columns: of (7), (8) and (10) together, and of (14).
  [[nodiscard]] Index decoded_l(const Piece& p) const { return forward() ? p.l : 0; }
  [[nodiscard]] Index decoded(const Piece& p) const { return decoded_l(p) + p.u + p.g; }
  [[nodiscard]] Index again(const Piece& p) const { return reverse_label() ? p.l : 0; }
  static S share(double weight, Index rows) { return static_cast<S>(weight / static_cast<double>(rows)); }
  S* value(Term term) { return values_ + static_cast<Index>(term) * stride_; }

  StepShape shape_;
  Index c_, k_, z_;
  S half_width_;
  Index piece_rows_;
  Index pieces_;
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
  S* decoded_ = nullptr;  ///< [decoder columns × 2 C] outputs, then gradients
  S* again_ = nullptr;    ///< [labelled columns × C] means of (14), then gradients
  S* values_ = nullptr;   ///< [terms × columns] each row's terms
  // The weights that work together, side by side: both encoders' first layers on x [C × units], the decoder's
  // heads with their biases below [units + 1 × 2 C].
  S* first_weight_ = nullptr;
  S* first_gradient_ = nullptr;
  S* heads_weight_ = nullptr;
  S* heads_gradient_ = nullptr;
};

template <class S>
Step<S>::Impl::Impl(StepShape shape)
    : shape_(std::move(shape)),
      c_(shape_.channels),
      k_(shape_.components),
      z_(shape_.nuisance),
      half_width_(static_cast<S>(shape_.half_width)),
      first_(shape_.hidden_y.front() + shape_.hidden_z.front()),
      q_y_(shape_.hidden_y, shape_.softplus_hidden, shape_.softplus_spread, shape_.components - 1),
      q_z_(shape_.hidden_z, shape_.softplus_hidden, shape_.softplus_spread, shape_.nuisance),
      p_x_(shape_.hidden_x, shape_.softplus_hidden) {
  if (!forward()) shape_.rows_u = 0;
  if (!reverse()) shape_.rows_y = 0;
  const Index most = std::max({shape_.rows_l, shape_.rows_u, shape_.rows_y, Index{1}});
  piece_rows_ = std::min(most, std::max(kFewestRows, kPieceNumbers / (6 * c_)));
  pieces_ = (most + piece_rows_ - 1) / piece_rows_;
  const auto most_of = [&](Index rows) { return (rows + pieces_ - 1) / pieces_; };
  const Index l = most_of(shape_.rows_l);
  const Index g = most_of(shape_.rows_y);
  stride_ = l + most_of(shape_.rows_u) + g;
  decoder_stride_ = stride_ + l;

  q_y_.want(arena_, stride_);
  q_z_.want(arena_, stride_);
  p_x_.want(arena_, decoder_stride_, 1);
  S* first_values = nullptr;
  S* first_gradients = nullptr;
  S* decoder_values = nullptr;
  S* decoder_gradients = nullptr;
  arena_.want(first_values, first_ * stride_);
  arena_.want(first_gradients, first_ * stride_);
  arena_.want(decoder_values, (p_x_.first_units() + 1) * decoder_stride_);
  arena_.want(decoder_gradients, p_x_.first_units() * decoder_stride_);
  arena_.want(x_, stride_ * c_);
  arena_.want(x_gradient_, g * c_);
  arena_.want(y_, k_ * stride_);
  arena_.want(log_y_, k_ * stride_);
  arena_.want(logits_, (k_ - 1) * stride_);
  arena_.want(zeta_, z_ * stride_);
  arena_.want(estimate_, k_ * stride_);
  arena_.want(in_, (k_ + z_) * decoder_stride_);
  arena_.want(in_gradient_, (k_ + z_) * decoder_stride_);
  arena_.want(decoded_, stride_ * 2 * c_);
  arena_.want(again_, l * c_);
  arena_.want(values_, count(kTermCount) * stride_);
  arena_.want(first_weight_, c_ * first_);
  arena_.want(first_gradient_, c_ * first_);
  arena_.want(heads_weight_, (p_x_.units() + 1) * 2 * c_);
  arena_.want(heads_gradient_, (p_x_.units() + 1) * 2 * c_);
  const Index b_l = shape_.rows_l;
  const Index b_u = shape_.rows_u;
  const Index b_y = shape_.rows_y;
  noise_.normal_count = b_l * z_ + b_u * (k_ - 1) + b_u * z_ + b_y * c_;
  noise_.uniform_count = (2 * b_l + b_y) * z_;
  arena_.want(noise_.normals, noise_.normal_count);
  arena_.want(noise_.uniforms, noise_.uniform_count);
  arena_.take();

  q_y_.stack.set_first(first_values, first_gradients);
  q_z_.stack.set_first(first_values + q_y_.stack.first_units() * stride_,
                       first_gradients + q_y_.stack.first_units() * stride_);
  p_x_.set_first(decoder_values, decoder_gradients);
  std::fill_n(p_x_.last() + p_x_.units() * decoder_stride_, decoder_stride_, S(1));
  noise_.z_l = noise_.normals;
  noise_.y_u = noise_.z_l + b_l * z_;
  noise_.z_u = noise_.y_u + b_u * (k_ - 1);
  noise_.x_y = noise_.z_u + b_u * z_;
  noise_.prior_9 = noise_.uniforms;
  noise_.prior_14 = noise_.prior_9 + b_l * z_;
  noise_.prior_10 = noise_.prior_14 + b_l * z_;
}

template <class S>
void Step<S>::Impl::pack(const MemberWeights<S>& member) {
  const Index of_y = q_y_.stack.first_units();
  const Index of_z = q_z_.stack.first_units();
  for (Index c = 0; c < c_; ++c) {
    S* row = first_weight_ + c * first_;
    std::copy_n(member.q_y.hidden[0].weight + c * of_y, of_y, row);
    std::copy_n(member.q_z.hidden[0].weight + c * of_z, of_z, row + of_y);
  }
  const Index units = p_x_.units();
  for (Index h = 0; h <= units; ++h) {
    S* row = heads_weight_ + h * 2 * c_;
    std::copy_n(h < units ? member.p_x.mean.weight + h * c_ : member.p_x.mean.bias, c_, row);
    std::copy_n(h < units ? member.p_x.scale.weight + h * c_ : member.p_x.scale.bias, c_, row + c_);
  }
  std::fill_n(first_gradient_, c_ * first_, S(0));
  std::fill_n(heads_gradient_, (units + 1) * 2 * c_, S(0));
}

template <class S>
void Step<S>::Impl::unpack(const MemberWeights<S>& member) {
  const auto add = [](const S* from, Index n, S* to) {
    for (Index i = 0; i < n; ++i) to[i] += from[i];
  };
  const Index of_y = q_y_.stack.first_units();
  const Index of_z = q_z_.stack.first_units();
  for (Index c = 0; c < c_; ++c) {
    const S* row = first_gradient_ + c * first_;
    add(row, of_y, member.q_y.hidden[0].weight_gradient + c * of_y);
    add(row + of_y, of_z, member.q_z.hidden[0].weight_gradient + c * of_z);
  }
  const Index units = p_x_.units();
  for (Index h = 0; h <= units; ++h) {
    const S* row = heads_gradient_ + h * 2 * c_;
    add(row, c_, h < units ? member.p_x.mean.weight_gradient + h * c_ : member.p_x.mean.bias_gradient);
    add(row + c_, c_, h < units ? member.p_x.scale.weight_gradient + h * c_ : member.p_x.scale.bias_gradient);
  }
}

template <class S>
void Step<S>::Impl::gather(const Piece& p, const Source<S>& labelled, const Source<S>& unlabelled,
                           const Source<S>& unfeatured) {
  const auto spectra = [&](const Source<S>& source, Index from, Index rows, Index at) {
    for (Index r = 0; r < rows; ++r)
      std::copy_n(source.x + source.rows[from + r] * c_, c_, x_ + (at + r) * c_);
  };
  const auto compositions = [&](const Source<S>& source, Index from, Index rows, Index at) {
    for (Index r = 0; r < rows; ++r) {
      const S* y = source.y + source.rows[from + r] * k_;
      for (Index k = 0; k < k_; ++k) y_[k * stride_ + at + r] = y[k];
    }
    for (Index k = 0; k < k_; ++k) log_all(y_ + k * stride_ + at, rows, log_y_ + k * stride_ + at);
    for (Index k = 0; k + 1 < k_; ++k) {
      for (Index r = at; r < at + rows; ++r)
        logits_[k * stride_ + r] = log_y_[k * stride_ + r] - log_y_[(k_ - 1) * stride_ + r];
    }
  };
  spectra(labelled, p.from_l, p.l, 0);
  spectra(unlabelled, p.from_u, p.u, p.l);
  compositions(labelled, p.from_l, p.l, 0);
  compositions(unfeatured, p.from_g, p.g, p.measured());
  if (shape_.z_observed && unfeatured.z != nullptr) {
    for (Index r = 0; r < p.g; ++r) {
      const S* z = unfeatured.z + unfeatured.rows[p.from_g + r] * z_;
      for (Index d = 0; d < z_; ++d) noise_.prior_10[d * shape_.rows_y + p.from_g + r] = z[d];
    }
  }
}

template <class S>
void Step<S>::Impl::first_layers(Index begin, Index rows) {
  product(first_, rows, c_, {first_weight_, first_, true}, {x_ + begin * c_, c_, true}, S(0),
          q_y_.stack.first() + begin, stride_);
}

template <class S>
void Step<S>::Impl::encode_z(const MemberWeights<S>& member, Index begin, Index end) {
  // q(z|x,y) sees y after x: the lower rows of its first weight.
  const Index units = q_z_.stack.first_units();
  layer(member.q_z.hidden[0].weight + c_ * units, k_, units, end - begin, y_ + begin, stride_,
        q_z_.stack.first() + begin, stride_, static_cast<const S*>(nullptr), true);
  q_z_.forward(member.q_z, begin, end);
}

template <class S>
void Step<S>::Impl::draw_z(Index begin, Index rows, const S* noise, Index noise_stride, S* value) {
  for (Index d = 0; d < z_; ++d) {
    S* zeta = zeta_ + d * stride_ + begin;
    latent_sample(q_z_.at(d, begin, rows), noise + d * noise_stride, zeta, value);
    stretch(zeta, rows, half_width_, in_ + (k_ + d) * decoder_stride_ + begin, value);
  }
}

template <class S>
void Step<S>::Impl::draw_z_backward(Index begin, Index rows, const S* noise, Index noise_stride, S weight) {
  for (Index d = 0; d < z_; ++d) {
    const Index at = (k_ + d) * decoder_stride_ + begin;
    stretch_backward(in_ + at, rows, half_width_, weight, in_gradient_ + at);
    latent_sample_backward(q_z_.at(d, begin, rows), noise + d * noise_stride, in_gradient_ + at, weight);
  }
}

template <class S>
void Step<S>::Impl::encode_measured(const MemberWeights<S>& member, const Piece& p) {
  first_layers(0, p.measured());
  q_y_.forward(member.q_y, 0, p.measured());
  if (p.u > 0) {
    S* fx = value(Term::Lfx);
    for (Index k = 0; k + 1 < k_; ++k) {
      latent_sample(q_y_.at(k, p.l, p.u), noise_.y_u + k * shape_.rows_u + p.from_u,
                    logits_ + k * stride_ + p.l, fx);
    }
    log_softmax(logits_ + p.l, stride_, k_ - 1, p.u, log_y_ + p.l, stride_);
    for (Index k = 0; k < k_; ++k) {
      const S* log_y = log_y_ + k * stride_ + p.l;
      exp_all(log_y, p.u, y_ + k * stride_ + p.l);
      for (Index r = 0; r < p.u; ++r) fx[r] += log_y[r];
    }
  }
  encode_z(member, 0, p.measured());
}

template <class S>
void Step<S>::Impl::decode(const MemberWeights<S>& member, const Piece& p) {
  const Index l = decoded_l(p);
  const Index columns = decoded(p) + again(p);
  if (columns == 0) return;
  if (l > 0) draw_z(0, l, noise_.z_l + p.from_l, shape_.rows_l, value(Term::Lfxy));
  // Without (7) there is no (8), and the unfeatured columns come first.
  if (p.u > 0) draw_z(l, p.u, noise_.z_u + p.from_u, shape_.rows_u, value(Term::Lfx));
  const auto put = [&](const S* from, Index rows, Index row, Index at) {
    std::copy_n(from, rows, in_ + row * decoder_stride_ + at);
  };
  for (Index k = 0; k < k_; ++k) {
    put(y_ + k * stride_, l, k, 0);
    put(y_ + k * stride_ + p.l, p.u + p.g, k, l);
    put(y_ + k * stride_, again(p), k, decoded(p));
  }
  for (Index d = 0; d < z_; ++d) {
    put(noise_.prior_10 + d * shape_.rows_y + p.from_g, p.g, k_ + d, l + p.u);
    put(noise_.prior_14 + d * shape_.rows_l + p.from_l, again(p), k_ + d, decoded(p));
  }
  layer(member.p_x.hidden[0].weight, k_ + z_, p_x_.first_units(), columns, in_, decoder_stride_, p_x_.first(),
        decoder_stride_, static_cast<const S*>(nullptr), false);
  p_x_.forward(member.p_x, 0, columns);
  const Index units = p_x_.units() + 1;
  product(decoded(p), 2 * c_, units, {p_x_.last(), decoder_stride_, true}, {heads_weight_, 2 * c_}, S(0),
          decoded_, 2 * c_);
  product(again(p), c_, units, {p_x_.last() + decoded(p), decoder_stride_, true}, {heads_weight_, 2 * c_},
          S(0), again_, c_);

  const bool softplus = shape_.softplus_spread;
  const auto part = [&](Index at, Index rows) {
    return Decoded<S>{decoded_ + at * 2 * c_, 2 * c_, rows, c_, softplus};
  };
  const Alphas& alphas = shape_.alphas;
  if (l > 0) gaussian_rows(part(0, l), x_, share(alphas.forward, shape_.rows_l), value(Term::Lfxy));
  if (p.u > 0)
    gaussian_rows(part(l, p.u), x_ + p.l * c_, share(alphas.forward, shape_.rows_u), value(Term::Lfx));
  if (again(p) > 0) {
    square_rows(Decoded<S>{again_, c_, p.l, c_, false}, x_, share(-alphas.reverse_label, shape_.rows_l),
                value(Term::Jrd));
  }
  if (p.g > 0)
    sample_rows(part(l + p.u, p.g), noise_.x_y + p.from_g * c_, x_ + p.measured() * c_, value(Term::Lry));
}

template <class S>
void Step<S>::Impl::given_density(Index begin, Index rows, const S* z, Index z_stride, S weight, S* value) {
  for (Index k = 0; k < k_; ++k) {
    if (k + 1 < k_) latent_density(q_y_.at(k, begin, rows), logits_ + k * stride_ + begin, weight, value);
    const S* log_y = log_y_ + k * stride_ + begin;
    for (Index r = 0; r < rows; ++r) value[r] -= log_y[r];
  }
  for (Index d = 0; d < z_; ++d) {
    // The estimate's rows are free until (13) needs them.
    unstretch(z + d * z_stride, rows, half_width_, estimate_, value);
    latent_density(q_z_.at(d, begin, rows), estimate_, weight, value);
  }
}

template <class S>
void Step<S>::Impl::encode_generated(const MemberWeights<S>& member, const Piece& p) {
  if (p.g == 0) return;
  const Index begin = p.measured();
  first_layers(begin, p.g);
  q_y_.forward(member.q_y, begin, p.all());
  encode_z(member, begin, p.all());
  const S weight = share(shape_.alphas.reverse, shape_.rows_y);
  given_density(begin, p.g, noise_.prior_10 + p.from_g, shape_.rows_y, weight, value(Term::Lry));
  // Back through both encoders into the spectrum, and through that into the decoder's outputs.
  q_y_.backward(member.q_y, begin, p.all());
  q_z_.backward(member.q_z, begin, p.all());
  product(p.g, c_, first_, {q_y_.stack.first_gradient() + begin, stride_, true},
          {first_weight_, first_, true}, S(0), x_gradient_, c_);
  sample_rows_backward(
      Decoded<S>{decoded_ + (decoded(p) - p.g) * 2 * c_, 2 * c_, p.g, c_, shape_.softplus_spread},
      x_gradient_, weight);
}

template <class S>
void Step<S>::Impl::labelled_terms(const Piece& p) {
  if (reverse()) {
    given_density(0, p.l, noise_.prior_9 + p.from_l, shape_.rows_l,
                  share(shape_.alphas.reverse, shape_.rows_l), value(Term::Lrxy));
  }
  if (shape_.alphas.forward_label == 0) return;
  // (13): Σ_k y_k (log y_k − log ȳ_k), whose gradient with respect to logit k is ȳ_k Σ y − y_k.
  const S weight = share(shape_.alphas.forward_label, shape_.rows_l);
  log_softmax(q_y_.mean, stride_, k_ - 1, p.l, estimate_, stride_);
  S* divergence = value(Term::Jfd);
  for (Index k = 0; k < k_; ++k) {
    const S* y = y_ + k * stride_;
    const S* log_y = log_y_ + k * stride_;
    S* estimate = estimate_ + k * stride_;
    for (Index r = 0; r < p.l; ++r) divergence[r] += y[r] * (log_y[r] - estimate[r]);
    if (k + 1 == k_) break;
    exp_all(estimate, p.l, estimate);
    S* gradient = q_y_.mean_gradient + k * stride_;
    for (Index r = 0; r < p.l; ++r) {
      S sum = 0;
      for (Index j = 0; j < k_; ++j) sum += y_[j * stride_ + r];
      gradient[r] += weight * (y[r] - estimate[r] * sum);
    }
  }
}

template <class S>
void Step<S>::Impl::decode_backward(const MemberWeights<S>& member, const Piece& p) {
  const Index first = decoded(p);
  const Index columns = first + again(p);
  if (columns == 0) return;
  const Index units = p_x_.units();
  const Index width = 2 * c_;
  product(units + 1, width, first, {p_x_.last(), decoder_stride_}, {decoded_, width}, S(1), heads_gradient_,
          width);
  product(units + 1, c_, again(p), {p_x_.last() + first, decoder_stride_}, {again_, c_}, S(1),
          heads_gradient_, width);
  product(units, first, width, {heads_weight_, width}, {decoded_, width, true}, S(0), p_x_.last_gradient(),
          decoder_stride_);
  product(units, again(p), c_, {heads_weight_, width}, {again_, c_, true}, S(0), p_x_.last_gradient() + first,
          decoder_stride_);
  p_x_.backward(member.p_x, 0, columns);
  layer_weights(k_ + z_, p_x_.first_units(), columns, in_, decoder_stride_, p_x_.first_gradient(),
                decoder_stride_, member.p_x.hidden[0].weight_gradient, static_cast<S*>(nullptr));
  p_x_.weights(member.p_x, columns);
  const Index drawn = decoded_l(p) + p.u;
  if (drawn == 0) return;
  layer_backward(member.p_x.hidden[0].weight, k_ + z_, p_x_.first_units(), drawn, p_x_.first_gradient(),
                 decoder_stride_, in_gradient_, decoder_stride_, false);
}

template <class S>
void Step<S>::Impl::encode_backward(const MemberWeights<S>& member, const Piece& p) {
  const Index l = decoded_l(p);
  if (l > 0)
    draw_z_backward(0, l, noise_.z_l + p.from_l, shape_.rows_l, share(shape_.alphas.forward, shape_.rows_l));
  const S weight = shape_.rows_u > 0 ? share(shape_.alphas.forward, shape_.rows_u) : S(0);
  if (p.u > 0) draw_z_backward(p.l, p.u, noise_.z_u + p.from_u, shape_.rows_u, weight);
  q_z_.backward(member.q_z, 0, p.measured());
  if (p.u > 0) {
    const Index units = q_z_.stack.first_units();
    S* y_gradient = in_gradient_ + p.l;
    layer_backward(member.q_z.hidden[0].weight + c_ * units, k_, units, p.u,
                   q_z_.stack.first_gradient() + p.l, stride_, y_gradient, decoder_stride_, true);
    softmax_backward(y_ + p.l, stride_, k_, p.u, weight, y_gradient, decoder_stride_);
    for (Index k = 0; k + 1 < k_; ++k) {
      latent_sample_backward(q_y_.at(k, p.l, p.u), noise_.y_u + k * shape_.rows_u + p.from_u,
                             y_gradient + k * decoder_stride_, weight);
    }
  }
  q_y_.backward(member.q_y, 0, p.measured());
}

template <class S>
void Step<S>::Impl::encoder_weights(const MemberWeights<S>& member, const Piece& p) {
  product(c_, first_, p.all(), {x_, c_, true}, {q_y_.stack.first_gradient(), stride_, true}, S(1),
          first_gradient_, first_);
  const Index units = q_z_.stack.first_units();
  layer_weights(k_, units, p.all(), y_, stride_, q_z_.stack.first_gradient(), stride_,
                member.q_z.hidden[0].weight_gradient + c_ * units, static_cast<S*>(nullptr));
  q_y_.weights(member.q_y, p.all());
  q_z_.weights(member.q_z, p.all());
}

template <class S>
void Step<S>::Impl::add_up(const Piece& p, Sums& sums) const {
  for (const Term term : kTerms) {
    const bool of_u = term == Term::Lfx;
    const Index rows = of_u ? p.u : term == Term::Lry ? p.g : p.l;
    const S* values = values_ + static_cast<Index>(term) * stride_;
    for (Index r = 0; r < rows; ++r) sums[static_cast<std::size_t>(term)] += static_cast<double>(values[r]);
  }
}

template <class S>
StepValues Step<S>::Impl::run(const MemberWeights<S>& member, const Source<S>& labelled,
                              const Source<S>& unlabelled, const Source<S>& unfeatured) {
  pack(member);
  Sums sums{};
  for (Index i = 0; i < pieces_; ++i) {
    const auto from = [&](Index rows) { return rows * i / pieces_; };
    const auto size = [&](Index rows) { return rows * (i + 1) / pieces_ - rows * i / pieces_; };
    const Piece p{size(shape_.rows_l), size(shape_.rows_u), size(shape_.rows_y),
                  from(shape_.rows_l), from(shape_.rows_u), from(shape_.rows_y)};
    std::fill_n(values_, count(kTermCount) * stride_, S(0));
    gather(p, labelled, unlabelled, unfeatured);
    encode_measured(member, p);
    decode(member, p);
    encode_generated(member, p);
    labelled_terms(p);
    decode_backward(member, p);
    encode_backward(member, p);
    encoder_weights(member, p);
    add_up(p, sums);
  }
  unpack(member);

  // Constants that the loops leave out.
  const double half_log_two_pi = 0.5 * std::log(2.0 * std::numbers::pi);
  const auto c = static_cast<double>(c_);
  const auto z = static_cast<double>(z_);
  const auto l = static_cast<double>(k_ - 1);
  const double log_gamma = std::lgamma(static_cast<double>(k_));
  const double log_width = z * std::log(2.0 * shape_.half_width);
  const Alphas& alphas = shape_.alphas;
  StepValues result;
  result.terms.fill(std::numeric_limits<double>::quiet_NaN());
  const auto add = [&](Term term, double weight, Index rows, double constant) {
    if (weight == 0 || rows == 0) return;
    const auto t = static_cast<std::size_t>(term);
    result.entered[t] = true;
    result.terms[t] = sums[t] / static_cast<double>(rows) + constant;
    result.total += weight * result.terms[t];
  };
  add(Term::Lfxy, alphas.forward, shape_.rows_l, (z - c) * half_log_two_pi + log_gamma);
  add(Term::Lfx, alphas.forward, shape_.rows_u, (z + l - c) * half_log_two_pi + log_gamma);
  add(Term::Lrxy, alphas.reverse, shape_.rows_l, -(l + z) * half_log_two_pi);
  add(Term::Lry, alphas.reverse, shape_.rows_y,
      (c - l - z) * half_log_two_pi - (shape_.z_observed ? log_width : 0.0));
  add(Term::Jfd, -alphas.forward_label, shape_.rows_l, 0);
  add(Term::Jrd, -alphas.reverse_label, shape_.rows_l, 0);
  return result;
}

template <class S>
Step<S>::Step(StepShape shape) : impl_(std::make_unique<Impl>(std::move(shape))) {}
template <class S>
Step<S>::~Step() = default;
template <class S>
Step<S>::Step(Step&&) noexcept = default;
template <class S>
Step<S>& Step<S>::operator=(Step&&) noexcept = default;

template <class S>
StepNoise<S>& Step<S>::noise() {
  return impl_->noise();
}

template <class S>
void Step<S>::draw(Stream& stream) {
  StepNoise<S>& noise = impl_->noise();
  const auto of = [](S* values, Index n) { return std::span<S>(values, static_cast<std::size_t>(n)); };
  stream.normal(of(noise.normals, noise.normal_count));
  stream.uniform(of(noise.uniforms, noise.uniform_count), S(-1.5), S(1.5));
}

template <class S>
StepValues Step<S>::run(const MemberWeights<S>& member, const Source<S>& labelled,
                        const Source<S>& unlabelled, const Source<S>& unfeatured) {
  return impl_->run(member, labelled, unlabelled, unfeatured);
}

template class Step<float>;
template class Step<double>;

}  // namespace assayer::kernels
