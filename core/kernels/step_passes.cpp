// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to one piece of a mini-batch, forward and backward, in the order in which `run` calls it.
#include "core/kernels/step_impl_detail.h"

namespace assayer::kernels {

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
      if (published()) continue;
      for (Index r = 0; r < p.u; ++r) fx[r] += log_y[r];
    }
    if (published()) log_volume(y_ + p.l, stride_, k_, p.u, S(1), fx);
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
  if (published() && reverse_label()) sampled_distance(p);
  if (l > 0) gaussian_rows(part(0, l), x_, share(alphas.forward, shape_.rows_l), value(Term::Lfxy));
  if (p.u > 0)
    gaussian_rows(part(l, p.u), x_ + p.l * c_, share(alphas.forward, shape_.rows_u), value(Term::Lfx));
  if (published() && reverse_label()) add_distance_gradient(p);
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
    if (published()) continue;
    const S* log_y = log_y_ + k * stride_ + begin;
    for (Index r = 0; r < rows; ++r) value[r] -= log_y[r];
  }
  if (published()) return;
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
  if (published())
    sampled_volume(begin, p.g, noise_.y_20 + p.from_g, shape_.rows_y, weight, value(Term::Lry));
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
    if (published()) {
      sampled_volume(0, p.l, noise_.y_9 + p.from_l, shape_.rows_l,
                     share(shape_.alphas.reverse, shape_.rows_l), value(Term::Lrxy));
    }
  }
  if (shape_.alphas.forward_label == 0) return;
  if (published()) {
    sampled_divergence(p);
  } else {
    divergence(p);
  }
}

template <class S>
void Step<S>::Impl::divergence(const Piece& p) {
  // (13): Σ_k y_k (log y_k − log ȳ_k), whose gradient with respect to logit k is ȳ_k Σ y − y_k.
  const S weight = share(shape_.alphas.forward_label, shape_.rows_l);
  log_softmax(q_y_.mean, stride_, k_ - 1, p.l, estimate_, stride_);
  S* per_row = value(Term::Jfd);
  for (Index k = 0; k < k_; ++k) {
    const S* y = y_ + k * stride_;
    const S* log_y = log_y_ + k * stride_;
    S* estimate = estimate_ + k * stride_;
    for (Index r = 0; r < p.l; ++r) per_row[r] += y[r] * (log_y[r] - estimate[r]);
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
    if (published()) log_volume_backward(y_ + p.l, stride_, k_, p.u, weight, y_gradient, decoder_stride_);
    softmax_backward(y_ + p.l, stride_, k_, p.u, published() ? S(0) : weight, y_gradient, decoder_stride_);
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

template class Step<float>::Impl;
template class Step<double>::Impl;

}  // namespace assayer::kernels
