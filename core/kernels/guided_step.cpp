// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/guided_step.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "core/kernels/guided_loops.h"
#include "core/kernels/guided_step_impl_detail.h"
#include "core/kernels/log_factorial.h"

namespace assayer::kernels {
namespace {

/// What a piece of spectra may take, in numbers.
constexpr Index kPieceNumbers = 32 * 1024;
constexpr Index kFewestRows = 25;

}  // namespace

template <class S>
GuidedStep<S>::Impl::Impl(const GuidedShape& shape, const GuidedFixed<S>& fixed)
    : shape_(shape),
      c_(shape.channels),
      k_(shape.components),
      z_(shape.nuisance),
      r_(shape.y_features),
      rz_(shape.z_features),
      inputs_(k_ + z_ + z_ * k_),
      half_width_(static_cast<S>(shape.half_width)) {
  if (!forward()) shape_.rows_u = 0;
  if (!reverse()) shape_.rows_y = 0;
  l_ = {0, shape_.rows_l};
  u_block_ = {l_.end(), shape_.rows_u};
  g_ = {u_block_.end(), shape_.rows_y};
  stride_ = g_.end();
  const Index most = std::max({l_.rows, u_block_.rows, g_.rows, Index{1}});
  piece_ = std::min(most, std::max(kFewestRows, kPieceNumbers / c_));
  take_memory();

  const auto put = [](std::span<const S> from, S* to) { std::ranges::copy(from, to); };
  const Index of_y = k_ + r_;
  const Index width = linear_input() ? of_y + rz_ : of_y;
  S* of_z = linear_input() ? axes_ + of_y : axes_ + c_ * of_y;
  const Index z_width = linear_input() ? width : rz_;
  for (Index c = 0; c < c_; ++c) {
    std::copy_n(fixed.regression.data() + c * k_, k_, axes_ + c * width);
    std::copy_n(fixed.y_axes.data() + c * r_, r_, axes_ + c * width + k_);
    std::copy_n(fixed.z_axes.data() + c * rz_, rz_, of_z + c * z_width);
  }
  put(fixed.intercept, offsets_);
  put(fixed.y_offset, offsets_ + k_);
  put(fixed.z_offset, offsets_ + of_y);
  put(fixed.z_slope, z_slope_);
  put(fixed.z_intercept, z_intercept_);
  put(fixed.z_log_spread, z_log_spread_);
  put(fixed.efficiency, efficiency_);
  put(fixed.endmembers, mixture_);
  put(fixed.tilt, mixture_ + k_ * c_);
  put(fixed.tilt_part, mixture_ + (k_ + z_) * c_);
  put(fixed.z_centre, z_centre_);
  put(fixed.log_spread_x, log_spread_x_);
  put(fixed.label_sd, label_sd_);
  std::copy_n(mixture_, k_ * c_, design_);
}

template <class S>
void GuidedStep<S>::Impl::take_memory() {
  const Index seen = k_ + r_ + rz_ + k_;
  const auto want = [this](S*& pointer, Index count) { arena_.want(pointer, count); };
  want(axes_, c_ * (k_ + r_ + rz_));
  want(offsets_, k_ + r_ + rz_);
  want(z_slope_, (rz_ + k_) * z_);
  want(z_intercept_, z_);
  want(z_log_spread_, z_);
  want(efficiency_, k_);
  want(mixture_, inputs_ * c_);
  want(z_centre_, z_);
  for (S** pointer : {&log_spread_x_, &sd_, &precision_, &log_sd_gradient_}) want(*pointer, c_);
  want(label_sd_, k_);
  for (S** pointer : {&design_, &design_gradient_}) want(*pointer, inputs_ * c_);
  for (S** pointer : {&seen_, &seen_gradient_}) want(*pointer, seen * stride_);
  for (S** pointer : {&t_, &log_y_hat_, &log_y_hat_gradient_, &log_y_, &y_gradient_})
    want(*pointer, k_ * stride_);
  for (S** pointer : {&y_mean_, &y_raw_, &y_mean_gradient_, &y_raw_gradient_, &logits_})
    want(*pointer, (k_ - 1) * stride_);
  for (S** pointer :
       {&z_mean_, &z_raw_, &z_mean_gradient_, &z_raw_gradient_, &zeta_, &z_value_, &z_gradient_})
    want(*pointer, z_ * stride_);
  for (S** pointer : {&in_, &in_gradient_}) want(*pointer, inputs_ * stride_);
  for (S** pointer : {&fit_, &posterior_, &label_, &given_, &zeta_given_}) want(*pointer, stride_);
  for (S** pointer : {&v_, &x_, &u_, &x_gradient_, &u_gradient_, &v_seen_}) want(*pointer, piece_ * c_);
  want(prior_, z_ * piece_);
  y_correction_ = {.in = r_,
                   .hidden = shape_.hidden,
                   .out = k_,
                   .scale = static_cast<S>(shape_.y_correction_scale),
                   .stride = stride_};
  z_correction_ = {.in = rz_ + k_,
                   .hidden = shape_.hidden,
                   .out = z_,
                   .scale = static_cast<S>(shape_.z_correction_scale),
                   .stride = stride_};
  for (CorrectionPass<S>* correction : {&y_correction_, &z_correction_}) {
    want(correction->units, correction->hidden * stride_);
    want(correction->units_gradient, correction->hidden * stride_);
    want(correction->added, correction->out * stride_);
  }
  noise_.normal_count = z_ * l_.rows + (k_ - 1 + z_) * u_block_.rows + g_.rows * c_;
  noise_.uniform_count = z_ * (l_.rows + g_.rows);
  want(noise_.normals, noise_.normal_count);
  want(noise_.uniforms, noise_.uniform_count);
  arena_.take();
  noise_.z_l = noise_.normals;
  noise_.y_u = noise_.z_l + z_ * l_.rows;
  noise_.z_u = noise_.y_u + (k_ - 1) * u_block_.rows;
  noise_.x_y = noise_.z_u + z_ * u_block_.rows;
  noise_.prior_9 = noise_.uniforms;
  noise_.prior_10 = noise_.prior_9 + z_ * l_.rows;
}

template <class S>
void GuidedStep<S>::Impl::pack(const GuidedWeights<S>& member) {
  const auto unit = static_cast<S>(shape_.tilt_unit);
  const auto learnt = [&](const S* change, Index rows, Index row) {
    for (Index i = 0; i < rows * c_; ++i) design_[row * c_ + i] = mixture_[row * c_ + i] + unit * change[i];
  };
  learnt(member.tilt_change.value, z_, k_);
  learnt(member.tilt_part_change.value, z_ * k_, k_ + z_);
  std::fill_n(design_gradient_, inputs_ * c_, S(0));
  std::fill_n(log_sd_gradient_, c_, S(0));
  const auto rate = static_cast<S>(shape_.decoder_rate);
  const auto least = static_cast<S>(shape_.least_spread);
  for (Index c = 0; c < c_; ++c) sd_[c] = log_spread_x_[c] + rate * member.x_log_sd_change.value[c];
  exp_all(sd_, c_, sd_);
  for (Index c = 0; c < c_; ++c) {
    sd_[c] += least;
    precision_[c] = S(1) / (sd_[c] * sd_[c]);
  }
  const auto spread = [&](S log_sd, S* row) {
    std::fill_n(row, stride_, S(2) * std::log(std::exp(log_sd) + least));
  };
  for (Index k = 0; k + 1 < k_; ++k) spread(member.y_log_sd.value[k], y_raw_ + k * stride_);
  for (Index d = 0; d < z_; ++d)
    spread(z_log_spread_[d] + member.z_log_sd_change.value[d], z_raw_ + d * stride_);

  std::fill_n(seen_gradient_, (k_ + r_ + rz_ + k_) * stride_, S(0));
  for (S* gradient : {log_y_hat_gradient_, y_gradient_}) std::fill_n(gradient, k_ * stride_, S(0));
  for (S* gradient : {y_mean_gradient_, y_raw_gradient_}) std::fill_n(gradient, (k_ - 1) * stride_, S(0));
  for (S* gradient : {z_mean_gradient_, z_raw_gradient_, z_gradient_})
    std::fill_n(gradient, z_ * stride_, S(0));
  for (S* value : {fit_, posterior_, label_, given_}) std::fill_n(value, stride_, S(0));
}

template <class S>
void GuidedStep<S>::Impl::unpack(const GuidedWeights<S>& member) {
  const auto unit = static_cast<S>(shape_.tilt_unit);
  const auto learnt = [&](S* gradient, Index rows, Index row) {
    for (Index i = 0; i < rows * c_; ++i) gradient[i] += unit * design_gradient_[row * c_ + i];
  };
  learnt(member.tilt_change.gradient, z_, k_);
  learnt(member.tilt_part_change.gradient, z_ * k_, k_ + z_);

  // What every row adds through −log σ, in one.
  const auto least = static_cast<S>(shape_.least_spread);
  const auto rate = static_cast<S>(shape_.decoder_rate);
  const double forward_rows = (l_.rows > 0 ? 1 : 0) + (u_block_.rows > 0 ? 1 : 0);
  const auto constant =
      static_cast<S>((g_.rows > 0 ? reverse_weight_ : 0.0) - shape_.alphas.forward * forward_rows);
  for (Index c = 0; c < c_; ++c) {
    const S slope = rate * (sd_[c] - least) / sd_[c];
    member.x_log_sd_change.gradient[c] += slope * (log_sd_gradient_[c] + constant);
  }
  const auto spread = [&](S log_sd, const S* raw_gradient) {
    const S sd = std::exp(log_sd);
    S sum = 0;
    add_row_sums(raw_gradient, stride_, 1, stride_, &sum);
    return S(2) * sd / (sd + least) * sum;
  };
  for (Index k = 0; k + 1 < k_; ++k)
    member.y_log_sd.gradient[k] += spread(member.y_log_sd.value[k], y_raw_gradient_ + k * stride_);
  for (Index d = 0; d < z_; ++d) {
    member.z_log_sd_change.gradient[d] +=
        spread(z_log_spread_[d] + member.z_log_sd_change.value[d], z_raw_gradient_ + d * stride_);
  }
  if (shape_.correction) y_correction_.weights(member.y, seen_ + k_ * stride_, stride_);
  z_correction_.weights(member.z, seen_ + (k_ + r_) * stride_, stride_);
}

template <class S>
double GuidedStep<S>::Impl::sum(const S* values, const Block& block) const {
  double total = 0;
  for (Index r = block.begin; r < block.end(); ++r) total += static_cast<double>(values[r]);
  return total;
}

template <class S>
StepValues GuidedStep<S>::Impl::run(const GuidedWeights<S>& member, double ramp,
                                    const GuidedSource<S>& labelled, const GuidedSource<S>& unlabelled,
                                    const GuidedSource<S>& unfeatured) {
  const Alphas& alphas = shape_.alphas;
  ramp_ = ramp;
  reverse_weight_ = alphas.reverse * ramp;
  pack(member);
  const S of_l = share(alphas.forward, l_.rows);
  const S of_u = share(alphas.forward, u_block_.rows);
  const auto ramped = static_cast<S>(ramp);

  gather(labelled, l_, true, true);
  gather(unlabelled, u_block_, true, false);
  gather(unfeatured, g_, false, true);
  encode_y(member, {0, l_.rows + u_block_.rows});
  draw_y(u_block_);
  encode_z(member, {0, l_.rows + u_block_.rows});
  if (forward()) {
    draw_z(l_, noise_.z_l, posterior_);
    draw_z(u_block_, noise_.z_u, posterior_);
  }
  for (Index d = 0; d < z_; ++d)
    std::copy_n(noise_.prior_10 + d * g_.rows, g_.rows, z_value_ + d * stride_ + g_.begin);
  decoder_inputs(forward() ? Block{0, stride_} : g_);
  if (forward()) {
    decode(l_, labelled, of_l, fit_);
    decode(u_block_, unlabelled, of_u, fit_);
  }
  if (g_.rows > 0) generate(member, g_);

  // Labels.
  if (reverse()) given_density(l_, noise_.prior_9, share(reverse_weight_, l_.rows), given_);
  if (alphas.forward_label != 0) {
    label_loss(seen_ + (k_ + r_ + rz_) * stride_, log_y_hat_, stride_, k_, l_.rows, label_sd_,
               share(-alphas.forward_label, l_.rows), label_, log_y_hat_gradient_);
  }
  // From the decoder back into the encoders.
  if (forward()) {
    through_decoder(l_);
    through_decoder(u_block_);
    draw_z_backward(l_, noise_.z_l, of_l * ramped);
    draw_z_backward(u_block_, noise_.z_u, of_u * ramped);
  }
  encoders_backward(member, {0, l_.rows + u_block_.rows}, false);
  unpack(member);

  double squares = 0;
  squares += z_correction_.penalise(member.z, shape_.weight_penalty);
  if (shape_.correction) squares += y_correction_.penalise(member.y, shape_.weight_penalty);
  const double rate = shape_.decoder_rate * shape_.decoder_rate;
  squares += rate * penalise(member.tilt_part_change, z_ * k_ * c_, shape_.weight_penalty * rate);

  // Constants that the loops leave out.
  const double half_log_two_pi = 0.5 * std::log(2.0 * std::numbers::pi);
  const auto c = static_cast<double>(c_);
  const auto z = static_cast<double>(z_);
  const auto l = shape_.calibration ? 0.0 : static_cast<double>(k_ - 1);
  const double log_gamma = log_factorial(static_cast<std::size_t>(k_ - 1));
  const double log_width = z * std::log(2.0 * shape_.half_width);
  double log_sd = 0;
  for (Index i = 0; i < c_; ++i) log_sd += std::log(static_cast<double>(sd_[i]));
  const double noise = log_sd + c * half_log_two_pi;
  StepValues result;
  result.terms.fill(std::numeric_limits<double>::quiet_NaN());
  result.total = -shape_.weight_penalty * squares;
  const auto add = [&](Term term, double weight, double value) {
    const auto t = static_cast<std::size_t>(term);
    result.entered[t] = true;
    result.terms[t] = value;
    result.total += weight * value;
  };
  const auto mean = [&](const S* values, const Block& block) {
    return sum(values, block) / static_cast<double>(block.rows);
  };
  const double prior = log_gamma - log_width;
  if (forward()) {
    add(Term::Lfxy, alphas.forward,
        mean(fit_, l_) - noise + ramp * (mean(posterior_, l_) + z * half_log_two_pi + log_width) + prior);
    if (u_block_.rows > 0) {
      add(Term::Lfx, alphas.forward,
          mean(fit_, u_block_) - noise +
              ramp * (mean(posterior_, u_block_) + (z + l) * half_log_two_pi + log_width) + prior);
    }
  }
  if (alphas.forward_label != 0) add(Term::Jfd, -alphas.forward_label, mean(label_, l_));
  if (reverse()) {
    // log q(z|x,y) at z and −log p(z): the width of z cancels in (9).
    add(Term::Lrxy, reverse_weight_, mean(given_, l_) - (z + l) * half_log_two_pi);
    if (g_.rows > 0)
      add(Term::Lry, reverse_weight_, mean(fit_, g_) + noise - (z + l) * half_log_two_pi - log_width);
  }
  return result;
}

template <class S>
GuidedStep<S>::GuidedStep(const GuidedShape& shape, const GuidedFixed<S>& fixed)
    : impl_(std::make_unique<Impl>(shape, fixed)) {}
template <class S>
GuidedStep<S>::~GuidedStep() = default;
template <class S>
GuidedStep<S>::GuidedStep(GuidedStep&&) noexcept = default;
template <class S>
GuidedStep<S>& GuidedStep<S>::operator=(GuidedStep&&) noexcept = default;

template <class S>
GuidedNoise<S>& GuidedStep<S>::noise() {
  return impl_->noise();
}

template <class S>
void GuidedStep<S>::draw(Stream& stream) {
  stream.draw(impl_->noise());
}

template <class S>
StepValues GuidedStep<S>::run(const GuidedWeights<S>& member, double ramp, const GuidedSource<S>& labelled,
                              const GuidedSource<S>& unlabelled, const GuidedSource<S>& unfeatured) {
  return impl_->run(member, ramp, labelled, unlabelled, unfeatured);
}

template class GuidedStep<float>;
template class GuidedStep<double>;

}  // namespace assayer::kernels
