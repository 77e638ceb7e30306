// SPDX-License-Identifier: GPL-3.0-or-later
// What of a step depends on the distributions: the counterpart of core/model/families.h.
#include <cmath>
#include <numbers>

#include "core/kernels/log_factorial.h"
#include "core/kernels/step_impl_detail.h"

namespace assayer::kernels {

template <class S>
void Step<S>::Impl::draw(Stream& stream) {
  const auto numbers = [](S* first, Index count) {
    return std::span<S>(first, static_cast<std::size_t>(count));
  };
  stream.normal(numbers(noise_.normals, noise_.normal_count));
  if (shape_.gaussian_z) {
    stream.normal(numbers(noise_.priors, noise_.prior_count));
  } else {
    // The paper's interval, whatever the published code's z lives on.
    stream.uniform(numbers(noise_.priors, noise_.prior_count), S(-1.5), S(1.5));
  }
  const Index units = noise_.gumbel_count + noise_.logistic_count;
  if (units == 0) return;
  stream.uniform(numbers(noise_.units, units), S(0), S(1));
  gumbel_of_uniform(noise_.units, noise_.gumbel_count);
  logistic_of_uniform(noise_.units + noise_.gumbel_count, noise_.logistic_count);
}

template <class S>
void Step<S>::Impl::likelihood(const Block& b, Index at, Index rows, const Source<S>& source, Index from,
                               Index row, S weight, S* value) {
  const S* x = x_ + row * c_ + b.from;
  S* first = decoded_ + at * b.stride;
  if (bernoulli()) return bernoulli_rows(outputs(b, first, rows), x, weight, value);
  if (!positive()) return gaussian_rows(outputs(b, first, rows), x, weight, value);
  for (Index r = 0; r < rows; ++r) {
    const std::int64_t number = source.spectrum(from + r);
    gaussian_rows(outputs(b, first + r * b.stride, 1), source.real + number * c_ + b.from, weight, value + r);
    if (b.from == 0) value[r] -= source.log_slope[number];
  }
}

template <class S>
void Step<S>::Impl::draw_x(const Block& b, const Piece& p) {
  const Decoded<S> d = outputs(b, b.generated, p.g);
  const S* noise = noise_.x_y + p.from_g * c_ + b.from;
  S* x = x_ + p.measured() * c_ + b.from;
  if (bernoulli()) {
    bernoulli_sample_rows(d, noise, static_cast<S>(shape_.temperature), x, value(Term::Lry));
  } else if (positive()) {
    positive_sample_rows(d, noise, centre_ + b.from, x, slope_ + b.from, value(Term::Lry));
  } else {
    sample_rows(d, noise, x, value(Term::Lry));
  }
}

template <class S>
void Step<S>::Impl::draw_x_backward(const Block& b, const Piece& p, S weight) {
  const Decoded<S> d = outputs(b, b.generated, p.g);
  const S* x_gradient = x_gradient_ + b.from;
  if (bernoulli()) {
    bernoulli_sample_rows_backward(d, x_ + p.measured() * c_ + b.from, x_gradient,
                                   static_cast<S>(shape_.temperature), weight);
  } else if (positive()) {
    positive_sample_rows_backward(d, slope_ + b.from, x_gradient, weight);
  } else {
    sample_rows_backward(d, x_gradient, weight);
  }
}

template <class S>
void Step<S>::Impl::square_distance(const Block& b, const Piece& p) {
  const Decoded<S> d{again_, b.width, p.l, b.width, c_, false};
  const S* x = x_ + b.from;
  const S weight = share(-shape_.alphas.reverse_label, shape_.rows_l);
  if (bernoulli()) {
    bernoulli_square_rows(d, x, weight, value(Term::Jrd));
  } else if (positive()) {
    positive_square_rows(d, x, centre_ + b.from, weight, value(Term::Jrd));
  } else {
    square_rows(d, x, weight, value(Term::Jrd));
  }
}

template <class S>
void Step<S>::Impl::draw_y(const Piece& p, S* value) {
  const S* noise = noise_.y_u + p.from_u;
  if (shape_.concrete_y) {
    concrete_sample(classes(p.l, p.u), noise, shape_.rows_u, logits_ + p.l, stride_, value);
  } else {
    for (Index k = 0; k + 1 < k_; ++k) {
      latent_sample(q_y_.at(k, p.l, p.u), noise + k * shape_.rows_u, logits_ + k * stride_ + p.l, value);
    }
  }
  log_softmax(logits_ + p.l, stride_, k_ - 1, p.u, log_y_ + p.l, stride_);
  for (Index k = 0; k < k_; ++k) {
    const S* log_y = log_y_ + k * stride_ + p.l;
    exp_all(log_y, p.u, y_ + k * stride_ + p.l);
    if (published()) continue;
    // −log q(y|x) has Σ log y_k, of either distribution; log p(y) the rest of the power.
    const S power =
        shape_.y_prior.empty() ? S(1) : static_cast<S>(shape_.y_prior[static_cast<std::size_t>(k)]);
    for (Index r = 0; r < p.u; ++r) value[r] += power * log_y[r];
  }
  if (published()) log_volume(y_ + p.l, stride_, k_, p.u, S(1), value);
}

template <class S>
void Step<S>::Impl::draw_y_backward(const Piece& p, S* y_gradient, S weight) {
  const S* y = y_ + p.l;
  if (published()) log_volume_backward(y, stride_, k_, p.u, weight, y_gradient, decoder_stride_);
  softmax_backward(y, stride_, k_, p.u, published() ? S(0) : weight, y_gradient, decoder_stride_);
  if (!shape_.y_prior.empty()) {
    double sum = -static_cast<double>(k_);
    for (const double alpha : shape_.y_prior) sum += alpha;
    for (Index k = 0; k + 1 < k_; ++k) {
      const S power = weight * static_cast<S>(shape_.y_prior[static_cast<std::size_t>(k)] - 1);
      S* gradient = y_gradient + k * decoder_stride_;
      for (Index r = 0; r < p.u; ++r)
        gradient[r] += power - weight * static_cast<S>(sum) * y[k * stride_ + r];
    }
  }
  if (shape_.concrete_y) return concrete_sample_backward(classes(p.l, p.u), y_gradient, decoder_stride_);
  for (Index k = 0; k + 1 < k_; ++k) {
    latent_sample_backward(q_y_.at(k, p.l, p.u), noise_.y_u + k * shape_.rows_u + p.from_u,
                           y_gradient + k * decoder_stride_, weight);
  }
}

template <class S>
void Step<S>::Impl::add_composition_prior(Index rows, S* value) const {
  for (std::size_t k = 0; k < shape_.y_prior.size(); ++k) {
    const S power = static_cast<S>(shape_.y_prior[k] - 1);
    const S* log_y = log_y_ + static_cast<Index>(k) * stride_;
    for (Index r = 0; r < rows; ++r) value[r] += power * log_y[r];
  }
}

template <class S>
void Step<S>::Impl::draw_z(Index begin, Index rows, const S* noise, Index noise_stride, S* value) {
  for (Index d = 0; d < z_; ++d) {
    S* z = in_ + (k_ + d) * decoder_stride_ + begin;
    S* zeta = shape_.gaussian_z ? z : zeta_ + d * stride_ + begin;
    latent_sample(q_z_.at(d, begin, rows), noise + d * noise_stride, zeta, value);
    if (!shape_.gaussian_z) stretch(zeta, rows, half_width_, z, value);
  }
  add_log_prior(in_ + k_ * decoder_stride_ + begin, decoder_stride_, rows, S(1), value);
}

template <class S>
void Step<S>::Impl::draw_z_backward(Index begin, Index rows, const S* noise, Index noise_stride, S weight) {
  for (Index d = 0; d < z_; ++d) {
    const Index at = (k_ + d) * decoder_stride_ + begin;
    if (shape_.gaussian_z) {
      for (Index r = 0; r < rows; ++r) in_gradient_[at + r] -= weight * in_[at + r];
    } else {
      stretch_backward(in_ + at, rows, half_width_, weight, in_gradient_ + at);
    }
    latent_sample_backward(q_z_.at(d, begin, rows), noise + d * noise_stride, in_gradient_ + at, weight);
  }
}

template <class S>
void Step<S>::Impl::given_y(Index begin, Index rows, S weight, S* value) {
  if (shape_.concrete_y)
    return concrete_density(classes(begin, rows), log_y_ + begin, stride_, weight, value);
  for (Index k = 0; k < k_; ++k) {
    if (k + 1 < k_) latent_density(q_y_.at(k, begin, rows), logits_ + k * stride_ + begin, weight, value);
    if (published()) continue;
    const S* log_y = log_y_ + k * stride_ + begin;
    for (Index r = 0; r < rows; ++r) value[r] -= log_y[r];
  }
}

template <class S>
void Step<S>::Impl::given_z(Index begin, Index rows, const S* z, Index z_stride, S weight, S* value) {
  for (Index d = 0; d < z_; ++d) {
    const S* target = z + d * z_stride;
    if (!shape_.gaussian_z) {
      // The estimate's rows are free until (13) needs them.
      unstretch(target, rows, half_width_, estimate_, value);
      target = estimate_;
    }
    latent_density(q_z_.at(d, begin, rows), target, weight, value);
  }
}

template <class S>
void Step<S>::Impl::add_log_prior(const S* z, Index z_stride, Index rows, S sign, S* value) const {
  if (!shape_.gaussian_z) return;
  for (Index d = 0; d < z_; ++d) {
    for (Index r = 0; r < rows; ++r) value[r] -= sign * S(0.5) * z[d * z_stride + r] * z[d * z_stride + r];
  }
}

template <class S>
double Step<S>::Impl::constant(Term term) const {
  const double half_log_two_pi = 0.5 * std::log(2.0 * std::numbers::pi);
  const auto z = static_cast<double>(z_);
  const auto free = static_cast<double>(k_ - 1);
  const double log_gamma = log_factorial(static_cast<std::size_t>(k_ - 1));
  const double log_width = z * std::log(2.0 * shape_.half_width);
  const double log_p_x = bernoulli() ? 0 : -half_log_two_pi * static_cast<double>(c_);
  const double log_q_y =
      shape_.concrete_y ? log_gamma + free * std::log(shape_.temperature) : -free * half_log_two_pi;
  const double log_q_z = -z * half_log_two_pi - (shape_.gaussian_z ? 0 : log_width);
  // The published code leaves out log p(y) and log p(z), and has no log q(z|x,y) in its reverse bounds.
  const double log_p_z = published() ? 0 : shape_.gaussian_z ? -z * half_log_two_pi : -log_width;
  const double log_p_y = published() ? 0 : shape_.y_prior.empty() ? log_gamma : shape_.y_prior_normaliser;
  const double reverse = log_q_y + (published() ? 0 : log_q_z);
  switch (term) {
    case Term::Lfxy:
      return log_p_x - log_q_z + log_p_y + log_p_z;
    case Term::Lfx:
      return log_p_x - log_q_y - log_q_z + log_p_y + log_p_z;
    case Term::Lrxy:
      return reverse - log_p_z;
    case Term::Lry:
      return reverse - (shape_.z_observed ? 0 : log_p_z) - log_p_x;
    default:
      return 0;
  }
}

template class Step<float>::Impl;
template class Step<double>::Impl;

}  // namespace assayer::kernels
