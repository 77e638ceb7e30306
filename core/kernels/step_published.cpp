// SPDX-License-Identifier: GPL-3.0-or-later
// What the authors' code computes in place of (9), (13), (14) and (20): core/model/published_objective.h has
// the list.
#include <cmath>

#include "core/kernels/step_impl_detail.h"

namespace assayer::kernels {

template <class S>
void Step<S>::Impl::sample_y(Index begin, Index rows, const S* noise, Index noise_stride) {
  for (Index k = 0; k + 1 < k_; ++k) {
    latent_sample(q_y_.at(k, begin, rows), noise + k * noise_stride, sample_u_ + k * stride_, unwanted_);
  }
  log_softmax(sample_u_, stride_, k_ - 1, rows, sample_y_, stride_);
  for (Index k = 0; k < k_; ++k) exp_all(sample_y_ + k * stride_, rows, sample_y_ + k * stride_);
}

template <class S>
void Step<S>::Impl::sample_y_backward(Index begin, Index rows, const S* noise, Index noise_stride) {
  softmax_backward(sample_y_, stride_, k_, rows, S(0), sample_gradient_, stride_);
  for (Index k = 0; k + 1 < k_; ++k) {
    latent_sample_backward(q_y_.at(k, begin, rows), noise + k * noise_stride, sample_gradient_ + k * stride_,
                           S(0));
  }
}

template <class S>
void Step<S>::Impl::sampled_volume(Index begin, Index rows, const S* noise, Index noise_stride, S weight,
                                   S* value) {
  sample_y(begin, rows, noise, noise_stride);
  log_volume(sample_y_, stride_, k_, rows, S(-1), value);
  std::fill_n(sample_gradient_, k_ * stride_, S(0));
  log_volume_backward(sample_y_, stride_, k_, rows, -weight, sample_gradient_, stride_);
  sample_y_backward(begin, rows, noise, noise_stride);
}

template <class S>
void Step<S>::Impl::sampled_divergence(const Piece& p) {
  constexpr S kFloor = S(1e-6);
  const S* noise = noise_.y_13 + p.from_l;
  const S weight = share(shape_.alphas.forward_label, shape_.rows_l);
  sample_y(0, p.l, noise, shape_.rows_l);
  S* per_row = value(Term::Jfd);
  for (Index k = 0; k < k_; ++k) {
    for (Index r = 0; r < p.l; ++r) {
      const S y = std::clamp(y_[k * stride_ + r], kFloor, S(1));
      const S drawn = sample_y_[k * stride_ + r];
      // std::clamp would turn NaN into a number on some paths: comparisons that NaN fails keep it.
      const S floored = drawn < kFloor ? kFloor : drawn;
      per_row[r] += y * (std::log(y) - std::log(floored));
      sample_gradient_[k * stride_ + r] = drawn < kFloor || drawn > S(1) ? S(0) : weight * y / floored;
    }
  }
  sample_y_backward(0, p.l, noise, shape_.rows_l);
}

template <class S>
void Step<S>::Impl::sampled_distance(const Piece& p) {
  distance_rows(Decoded<S>{decoded_, 2 * c_, p.l, c_, c_, shape_.softplus_spread}, x_,
                noise_.x_14 + p.from_l * c_, share(-shape_.alphas.reverse_label, shape_.rows_l),
                value(Term::Jrd), distance_);
}

template <class S>
void Step<S>::Impl::add_distance_gradient(const Piece& p) {
  // Row by row as in the decoder's output: means, then raw scales.
  for (Index i = 0; i < 2 * p.l * c_; ++i) decoded_[i] += distance_[i];
}

template class Step<float>::Impl;
template class Step<double>::Impl;

}  // namespace assayer::kernels
