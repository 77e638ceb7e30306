// SPDX-License-Identifier: GPL-3.0-or-later
// What happens in one step of 'guided', forward and backward, in the order in which `run` calls it.
#include "core/kernels/guided_loops.h"
#include "core/kernels/guided_step_impl_detail.h"

namespace assayer::kernels {

template <class S>
void GuidedStep<S>::Impl::gather(const GuidedSource<S>& source, const Block& block, bool measured,
                                 bool composed) {
  const auto columns = [&](const S* from, Index width, Index row) {
    for (Index r = 0; r < block.rows; ++r) {
      const S* numbers = from + source.rows[r] * width;
      for (Index i = 0; i < width; ++i) seen_[(row + i) * stride_ + block.begin + r] = numbers[i];
    }
  };
  if (measured && block.rows > 0) {
    columns(source.base, k_, 0);
    columns(source.y_features, r_, k_);
    columns(source.z_features, rz_, k_ + r_);
  }
  if (!composed) return;
  columns(source.y, k_, k_ + r_ + rz_);
  for (Index k = 0; k < k_; ++k)
    log_all(seen_ + (k_ + r_ + rz_ + k) * stride_ + block.begin, block.rows,
            log_y_ + k * stride_ + block.begin);
  for (Index k = 0; k + 1 < k_; ++k) {
    for (Index r = block.begin; r < block.end(); ++r)
      logits_[k * stride_ + r] = log_y_[k * stride_ + r] - log_y_[(k_ - 1) * stride_ + r];
  }
}

template <class S>
void GuidedStep<S>::Impl::encode_y(const GuidedWeights<S>& member, const Block& block) {
  for (Index k = 0; k < k_; ++k)
    std::copy_n(seen_ + k * stride_ + block.begin, block.rows, t_ + k * stride_ + block.begin);
  if (shape_.correction) y_correction_.forward(member.y, seen_ + k_ * stride_, block.begin, block.end(), t_);
  positive_composition(t_ + block.begin, stride_, k_, block.rows, log_y_hat_ + block.begin);
  const S* last = log_y_hat_ + (k_ - 1) * stride_;
  for (Index k = 0; k + 1 < k_; ++k) {
    for (Index r = block.begin; r < block.end(); ++r)
      y_mean_[k * stride_ + r] = log_y_hat_[k * stride_ + r] - last[r];
  }
}

template <class S>
void GuidedStep<S>::Impl::draw_y(const Block& block) {
  if (block.rows == 0) return;
  S* drawn = seen_ + (k_ + r_ + rz_) * stride_ + block.begin;
  if (shape_.calibration) {
    // No gradient goes back into q(y|x), and nothing is drawn.
    for (Index k = 0; k < k_; ++k)
      exp_all(log_y_hat_ + k * stride_ + block.begin, block.rows, drawn + k * stride_);
    return;
  }
  S* posterior = posterior_ + block.begin;
  for (Index k = 0; k + 1 < k_; ++k) {
    latent_sample(q_y(k, block), noise_.y_u + k * block.rows, logits_ + k * stride_ + block.begin, posterior);
  }
  log_softmax(logits_ + block.begin, stride_, k_ - 1, block.rows, log_y_ + block.begin, stride_);
  for (Index k = 0; k < k_; ++k) {
    const S* log_y = log_y_ + k * stride_ + block.begin;
    exp_all(log_y, block.rows, drawn + k * stride_);
    for (Index r = 0; r < block.rows; ++r) posterior[r] += log_y[r];
  }
}

template <class S>
void GuidedStep<S>::Impl::encode_z(const GuidedWeights<S>& member, const Block& block) {
  const S* in = seen_ + (k_ + r_) * stride_;
  layer(z_slope_, rz_ + k_, z_, block.rows, in + block.begin, stride_, z_mean_ + block.begin, stride_,
        static_cast<const S*>(z_intercept_), false);
  z_correction_.forward(member.z, in, block.begin, block.end(), z_mean_);
}

template <class S>
void GuidedStep<S>::Impl::draw_z(const Block& block, const S* noise, S* posterior) {
  for (Index d = 0; d < z_; ++d) {
    const Index at = d * stride_ + block.begin;
    latent_sample(q_z(d, block), noise + d * block.rows, zeta_ + at, posterior + block.begin);
    stretch(zeta_ + at, block.rows, half_width_, z_value_ + at, posterior + block.begin);
  }
}

template <class S>
void GuidedStep<S>::Impl::draw_z_backward(const Block& block, const S* noise, S weight) {
  for (Index d = 0; d < z_; ++d) {
    const Index at = d * stride_ + block.begin;
    stretch_backward(z_value_ + at, block.rows, half_width_, weight, z_gradient_ + at);
    latent_sample_backward(q_z(d, block), noise + d * block.rows, z_gradient_ + at, weight);
  }
}

template <class S>
void GuidedStep<S>::Impl::given_density(const Block& block, const S* z, S weight, S* value) {
  S* values = value + block.begin;
  for (Index d = 0; d < z_; ++d) {
    S* zeta = zeta_given_ + block.begin;
    unstretch(z + d * block.rows, block.rows, half_width_, zeta, values);
    latent_density(q_z(d, block), zeta, weight, values);
  }
  if (shape_.calibration) return;
  for (Index k = 0; k < k_; ++k) {
    if (k + 1 < k_) latent_density(q_y(k, block), logits_ + k * stride_ + block.begin, weight, values);
    const S* log_y = log_y_ + k * stride_ + block.begin;
    for (Index r = 0; r < block.rows; ++r) values[r] -= log_y[r];
  }
}

template <class S>
void GuidedStep<S>::Impl::decoder_inputs(const Block& block) {
  const S* y = seen_ + (k_ + r_ + rz_) * stride_;
  for (Index r = block.begin; r < block.end(); ++r) {
    S sum = 0;
    for (Index k = 0; k < k_; ++k) sum += in_[k * stride_ + r] = y[k * stride_ + r] * efficiency_[k];
    for (Index k = 0; k < k_; ++k) in_[k * stride_ + r] /= sum;
  }
  for (Index d = 0; d < z_; ++d) {
    S* shift = in_ + (k_ + d) * stride_;
    for (Index r = block.begin; r < block.end(); ++r) shift[r] = z_value_[d * stride_ + r] - z_centre_[d];
    for (Index k = 0; k < k_; ++k) {
      const S* fraction = in_ + k * stride_;
      S* own = in_ + (k_ + z_ + d * k_ + k) * stride_;
      for (Index r = block.begin; r < block.end(); ++r) own[r] = shift[r] * fraction[r];
    }
  }
}

template <class S>
void GuidedStep<S>::Impl::decode_piece(Index begin, Index rows) {
  product(rows, c_, inputs_, {in_ + begin, stride_, true}, {design_, c_}, S(0), v_, c_);
}

template <class S>
void GuidedStep<S>::Impl::tilt_gradient(Index begin, Index rows) {
  // The endmembers stay as they are: their rows are left out.
  product(inputs_ - k_, c_, rows, {in_ + k_ * stride_ + begin, stride_}, {v_, c_}, S(1),
          design_gradient_ + k_ * c_, c_);
}

template <class S>
void GuidedStep<S>::Impl::decode(const Block& block, const GuidedSource<S>& source, S weight, S* value) {
  const std::int64_t* numbers = source.x_rows != nullptr ? source.x_rows : source.rows;
  for (Index done = 0; done < block.rows; done += piece_) {
    const Index rows = std::min(piece_, block.rows - done);
    const Index begin = block.begin + done;
    decode_piece(begin, rows);
    mixed_gaussian(Mixed<S>{v_, rows, c_, shape_.link}, source.x, numbers + done, precision_, weight,
                   value + begin, log_sd_gradient_);
    tilt_gradient(begin, rows);
    product(inputs_, rows, c_, {design_, c_}, {v_, c_, true}, S(0), in_gradient_ + begin, stride_);
  }
}

template <class S>
void GuidedStep<S>::Impl::see(Index begin, Index rows) {
  const Index of_y = k_ + r_;
  const Index of_all = of_y + rz_;
  S* seen = seen_ + begin;
  link_forward(shape_.link, x_, rows * c_, v_seen_);
  if (linear_input()) {
    product(of_all, rows, c_, {axes_, of_all, true}, {v_seen_, c_, true}, S(0), seen, stride_);
  } else {
    const S* u = x_;
    if (shape_.input == GuidedShape::Input::Snv) {
      snv_rows(x_, rows, c_, u_);
      u = u_;
    }
    product(of_y, rows, c_, {axes_, of_y, true}, {u, c_, true}, S(0), seen, stride_);
    product(rz_, rows, c_, {axes_ + c_ * of_y, rz_, true}, {v_seen_, c_, true}, S(0), seen + of_y * stride_,
            stride_);
  }
  for (Index i = 0; i < of_all; ++i) {
    for (Index r = 0; r < rows; ++r) seen[i * stride_ + r] += offsets_[i];
  }
}

template <class S>
void GuidedStep<S>::Impl::see_backward(Index begin, Index rows) {
  const Index of_y = k_ + r_;
  const Index of_all = of_y + rz_;
  const S* gradient = seen_gradient_ + begin;
  if (linear_input()) {
    product(rows, c_, of_all, {gradient, stride_, true}, {axes_, of_all, true}, S(0), u_gradient_, c_);
    link_backward(shape_.link, x_, rows * c_, u_gradient_, x_gradient_, false);
    return;
  }
  product(rows, c_, of_y, {gradient, stride_, true}, {axes_, of_y, true}, S(0), u_gradient_, c_);
  if (shape_.input == GuidedShape::Input::Snv) {
    snv_rows_backward(x_, rows, c_, u_gradient_, x_gradient_);
  } else {
    std::copy_n(u_gradient_, rows * c_, x_gradient_);
  }
  product(rows, c_, rz_, {gradient + of_y * stride_, stride_, true}, {axes_ + c_ * of_y, rz_, true}, S(0),
          u_gradient_, c_);
  link_backward(shape_.link, x_, rows * c_, u_gradient_, x_gradient_, true);
}

template <class S>
void GuidedStep<S>::Impl::generate(const GuidedWeights<S>& member, const Block& block) {
  const S weight = share(reverse_weight_, block.rows);
  for (Index done = 0; done < block.rows; done += piece_) {
    const Block part{block.begin + done, std::min(piece_, block.rows - done)};
    const S* noise = noise_.x_y + done * c_;
    const Mixed<S> mixed{v_, part.rows, c_, shape_.link};
    decode_piece(part.begin, part.rows);
    mixed_sample(mixed, noise, sd_, x_, fit_ + part.begin);
    see(part.begin, part.rows);
    encode_y(member, part);
    encode_z(member, part);
    for (Index d = 0; d < z_; ++d)
      std::copy_n(z_value_ + d * stride_ + part.begin, part.rows, prior_ + d * part.rows);
    given_density(part, prior_, weight, fit_);
    // Back through both encoders into the spectrum, and through that into the decoder.
    encoders_backward(member, part, true);
    see_backward(part.begin, part.rows);
    mixed_sample_backward(mixed, x_gradient_, noise, sd_, log_sd_gradient_);
    tilt_gradient(part.begin, part.rows);
  }
}

template <class S>
void GuidedStep<S>::Impl::through_decoder(const Block& block) {
  for (Index d = 0; d < z_; ++d) {
    S* shift = z_gradient_ + d * stride_;
    const S* direct = in_gradient_ + (k_ + d) * stride_;
    for (Index r = block.begin; r < block.end(); ++r) shift[r] = direct[r];
    for (Index k = 0; k < k_; ++k) {
      const S* own = in_gradient_ + (k_ + z_ + d * k_ + k) * stride_;
      const S* fraction = in_ + k * stride_;
      for (Index r = block.begin; r < block.end(); ++r) shift[r] += own[r] * fraction[r];
    }
  }
  if (shape_.calibration || block.begin == l_.begin) return;  // compositions are given
  const S* y = seen_ + (k_ + r_ + rz_) * stride_;
  for (Index r = block.begin; r < block.end(); ++r) {
    S sum = 0;
    S along = 0;
    for (Index k = 0; k < k_; ++k) {
      S& g = in_gradient_[k * stride_ + r];
      for (Index d = 0; d < z_; ++d)
        g += in_gradient_[(k_ + z_ + d * k_ + k) * stride_ + r] * in_[(k_ + d) * stride_ + r];
      sum += y[k * stride_ + r] * efficiency_[k];
      along += in_[k * stride_ + r] * g;
    }
    for (Index k = 0; k < k_; ++k)
      y_gradient_[k * stride_ + r] += efficiency_[k] / sum * (in_gradient_[k * stride_ + r] - along);
  }
}

template <class S>
void GuidedStep<S>::Impl::draw_y_backward(const Block& block, S weight) {
  const S* y = seen_ + (k_ + r_ + rz_) * stride_ + block.begin;
  S* gradient = y_gradient_ + block.begin;
  for (Index k = 0; k < k_; ++k) {
    const S* encoded = seen_gradient_ + (k_ + r_ + rz_ + k) * stride_ + block.begin;
    for (Index r = 0; r < block.rows; ++r) gradient[k * stride_ + r] += encoded[r];
  }
  softmax_backward(y, stride_, k_, block.rows, weight, gradient, stride_);
  for (Index k = 0; k + 1 < k_; ++k)
    latent_sample_backward(q_y(k, block), noise_.y_u + k * block.rows, gradient + k * stride_, weight);
}

template <class S>
void GuidedStep<S>::Impl::encoders_backward(const GuidedWeights<S>& member, const Block& block,
                                            bool into_features) {
  S* z_in = seen_gradient_ + (k_ + r_) * stride_;
  z_correction_.backward(member.z, z_mean_gradient_, block.begin, block.end(), z_in);
  layer_backward(static_cast<const S*>(z_slope_), rz_ + k_, z_, block.rows, z_mean_gradient_ + block.begin,
                 stride_, z_in + block.begin, stride_, true);
  if (!into_features && !shape_.calibration && u_block_.rows > 0)
    draw_y_backward(u_block_, share(shape_.alphas.forward, u_block_.rows) * static_cast<S>(ramp_));
  S* last = log_y_hat_gradient_ + (k_ - 1) * stride_;
  for (Index k = 0; k + 1 < k_; ++k) {
    const S* mean = y_mean_gradient_ + k * stride_;
    S* gradient = log_y_hat_gradient_ + k * stride_;
    for (Index r = block.begin; r < block.end(); ++r) {
      gradient[r] += mean[r];
      last[r] -= mean[r];
    }
  }
  positive_composition_backward(t_ + block.begin, stride_, k_, block.rows, log_y_hat_gradient_ + block.begin);
  if (shape_.correction) {
    y_correction_.backward(member.y, log_y_hat_gradient_, block.begin, block.end(),
                           into_features ? seen_gradient_ + k_ * stride_ : nullptr);
  }
  if (!into_features) return;
  for (Index k = 0; k < k_; ++k) {
    std::copy_n(log_y_hat_gradient_ + k * stride_ + block.begin, block.rows,
                seen_gradient_ + k * stride_ + block.begin);
  }
}

template class GuidedStep<float>::Impl;
template class GuidedStep<double>::Impl;

}  // namespace assayer::kernels
