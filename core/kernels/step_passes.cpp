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
void Step<S>::Impl::encode_measured(const MemberWeights<S>& member, const Piece& p) {
  first_layers(0, p.measured());
  q_y_.forward(member.q_y, 0, p.measured());
  if (p.u > 0) draw_y(p, value(Term::Lfx));
  encode_z(member, 0, p.measured());
}

template <class S>
void Step<S>::Impl::decode(const MemberWeights<S>& member, const Piece& p, const Source<S>& labelled,
                           const Source<S>& unlabelled) {
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
  if (l > 0) add_composition_prior(l, value(Term::Lfxy));
  for (Index i = 0; i < blocks_; ++i) decode_block(block(i, p), p, labelled, unlabelled);
}

template <class S>
void Step<S>::Impl::decode_block(const Block& b, const Piece& p, const Source<S>& labelled,
                                 const Source<S>& unlabelled) {
  const Index l = decoded_l(p);
  const Index units = p_x_.units() + 1;
  const Alphas& alphas = shape_.alphas;
  const auto forward_product = [&](Index column, Index rows, Index width, S* out) {
    product(rows, width, units, {p_x_.last() + column, decoder_stride_, true}, {b.weight, b.stride}, S(0),
            out, width);
  };
  forward_product(0, l + p.u, b.stride, decoded_);
  if (published() && reverse_label()) sampled_distance(p);
  if (l > 0)
    likelihood(b, 0, l, labelled, p.from_l, 0, share(alphas.forward, shape_.rows_l), value(Term::Lfxy));
  if (p.u > 0)
    likelihood(b, l, p.u, unlabelled, p.from_u, p.l, share(alphas.forward, shape_.rows_u), value(Term::Lfx));
  if (published() && reverse_label()) add_distance_gradient(p);
  heads_backward(b, 0, l + p.u, decoded_, b.stride);
  if (again(p) > 0) {
    forward_product(decoded(p), p.l, b.width, again_);
    square_distance(b, p);
    heads_backward(b, decoded(p), p.l, again_, b.width);
  }
  if (p.g > 0) {
    forward_product(l + p.u, p.g, b.stride, b.generated);
    draw_x(b, p);
  }
}

template <class S>
void Step<S>::Impl::heads_backward(const Block& b, Index column, Index rows, const S* gradient, Index width) {
  const Index units = p_x_.units();
  product(units + 1, width, rows, {p_x_.last() + column, decoder_stride_}, {gradient, width}, S(1),
          b.gradient, b.stride);
  product(units, rows, width, {b.weight, b.stride}, {gradient, width, true}, S(b.from == 0 ? 0 : 1),
          p_x_.last_gradient() + column, decoder_stride_);
}

template <class S>
void Step<S>::Impl::encode_generated(const MemberWeights<S>& member, const Piece& p) {
  if (p.g == 0) return;
  const Index begin = p.measured();
  first_layers(begin, p.g);
  q_y_.forward(member.q_y, begin, p.all());
  encode_z(member, begin, p.all());
  const S weight = share(shape_.alphas.reverse, shape_.rows_y);
  const S* z = noise_.prior_10 + p.from_g;
  given_y(begin, p.g, weight, value(Term::Lry));
  if (published()) {
    sampled_volume(begin, p.g, noise_.y_20 + p.from_g, shape_.rows_y, weight, value(Term::Lry));
  } else {
    given_z(begin, p.g, z, shape_.rows_y, weight, value(Term::Lry));
    if (!shape_.z_observed) add_log_prior(z, shape_.rows_y, p.g, S(-1), value(Term::Lry));
  }
  // Back through both encoders into the spectrum, and through that into the decoder's outputs.
  q_y_.backward(member.q_y, begin, p.all());
  q_z_.backward(member.q_z, begin, p.all());
  for (Index i = 0; i < blocks_; ++i) {
    const Block b = block(i, p);
    product(p.g, b.width, first_, {q_y_.stack.first_gradient() + begin, stride_, true},
            {first_weight_ + b.from * first_, first_, true}, S(0), x_gradient_ + b.from, c_);
    draw_x_backward(b, p, weight);
    heads_backward(b, decoded(p) - p.g, p.g, b.generated, b.stride);
  }
}

template <class S>
void Step<S>::Impl::labelled_terms(const Piece& p) {
  if (reverse()) {
    const S weight = share(shape_.alphas.reverse, shape_.rows_l);
    const S* z = noise_.prior_9 + p.from_l;
    given_y(0, p.l, weight, value(Term::Lrxy));
    if (published()) {
      sampled_volume(0, p.l, noise_.y_9 + p.from_l, shape_.rows_l, weight, value(Term::Lrxy));
    } else {
      given_z(0, p.l, z, shape_.rows_l, weight, value(Term::Lrxy));
      add_log_prior(z, shape_.rows_l, p.l, S(-1), value(Term::Lrxy));
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
  const Index columns = decoded(p) + again(p);
  if (columns == 0) return;
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
    draw_y_backward(p, y_gradient, weight);
  }
  q_y_.backward(member.q_y, 0, p.measured());
}

template <class S>
void Step<S>::Impl::encoder_weights(const MemberWeights<S>& member, const Piece& p) {
  product(first_, c_, p.all(), {q_y_.stack.first_gradient(), stride_}, {x_, c_}, S(1), first_gradient_, c_);
  const Index units = q_z_.stack.first_units();
  layer_weights(k_, units, p.all(), y_, stride_, q_z_.stack.first_gradient(), stride_,
                member.q_z.hidden[0].weight_gradient + c_ * units, static_cast<S*>(nullptr));
  q_y_.weights(member.q_y, p.all());
  q_z_.weights(member.q_z, p.all());
}

template class Step<float>::Impl;
template class Step<double>::Impl;

}  // namespace assayer::kernels
