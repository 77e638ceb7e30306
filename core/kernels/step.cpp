// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/step.h"

#include <limits>

#include "core/kernels/step_impl_detail.h"

namespace assayer::kernels {
namespace {

/// What a block of the decoder's outputs may take, in numbers: with everything else it should stay in the
/// second cache.
constexpr Index kBlockNumbers = 128 * 1024;
constexpr Index kNarrowest = 64;
/// Rows of a source that are worked through at a time: enough for products to be worth packing weights for.
constexpr Index kPieceRows = 256;

Index count(std::size_t n) {
  return static_cast<Index>(n);
}

}  // namespace

template <class S>
Step<S>::Impl::Impl(StepShape shape)
    : shape_(std::move(shape)),
      c_(shape_.channels),
      k_(shape_.components),
      z_(shape_.nuisance),
      half_width_(static_cast<S>(shape_.half_width)),
      first_(shape_.hidden_y.front() + shape_.hidden_z.front()),
      q_y_(shape_.hidden_y, shape_.softplus_hidden, shape_.softplus_spread, shape_.components - 1,
           shape_.concrete_y),
      q_z_(shape_.hidden_z, shape_.softplus_hidden, shape_.softplus_spread, shape_.nuisance),
      p_x_(shape_.hidden_x, shape_.softplus_hidden) {
  if (!forward()) shape_.rows_u = 0;
  if (!reverse()) shape_.rows_y = 0;
  const Index most = std::max({shape_.rows_l, shape_.rows_u, shape_.rows_y, Index{1}});
  pieces_ = (most + kPieceRows - 1) / kPieceRows;
  const auto most_of = [&](Index rows) { return (rows + pieces_ - 1) / pieces_; };
  const Index l = most_of(shape_.rows_l);
  const Index g = most_of(shape_.rows_y);
  stride_ = l + most_of(shape_.rows_u) + g;
  decoder_stride_ = stride_ + l;
  const Index measured = std::max(stride_ - g, Index{1});
  // (14) of the published code takes a root over all channels.
  const Index narrow = published() ? c_ : std::max(kNarrowest, kBlockNumbers / (heads() * measured));
  blocks_ = (c_ + narrow - 1) / narrow;
  block_width_ = (c_ + blocks_ - 1) / blocks_;
  // Whole cache lines, but for the last block.
  if (blocks_ > 1) block_width_ = (block_width_ + 15) / 16 * 16;
  blocks_ = (c_ + block_width_ - 1) / block_width_;

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
  arena_.want(decoded_, measured * heads() * block_width_);
  arena_.want(generated_, g * heads() * c_);
  arena_.want(again_, l * block_width_);
  if (positive()) {
    arena_.want(slope_, g * c_);
    arena_.want(centre_, c_);
  }
  if (published()) {
    arena_.want(sample_u_, k_ * stride_);
    arena_.want(sample_y_, k_ * stride_);
    arena_.want(sample_gradient_, k_ * stride_);
    arena_.want(unwanted_, stride_);
    arena_.want(distance_, 2 * l * c_);
  }
  arena_.want(values_, count(kTermCount) * stride_);
  arena_.want(first_weight_, c_ * first_);
  arena_.want(first_gradient_, c_ * first_);
  arena_.want(heads_weight_, (p_x_.units() + 1) * heads() * c_);
  arena_.want(heads_gradient_, (p_x_.units() + 1) * heads() * c_);
  const Index b_l = shape_.rows_l;
  const Index b_u = shape_.rows_u;
  const Index b_y = shape_.rows_y;
  noise_.gumbel_count = shape_.concrete_y ? b_u * k_ : 0;
  noise_.logistic_count = bernoulli() ? b_y * c_ : 0;
  const Index normal_y = shape_.concrete_y ? 0 : b_u * (k_ - 1);
  noise_.normal_count = b_l * z_ + normal_y + b_u * z_ + (bernoulli() ? 0 : b_y * c_);
  if (published()) noise_.normal_count += (2 * b_l + b_y) * (k_ - 1) + b_l * c_;
  noise_.prior_count = (2 * b_l + b_y) * z_;
  arena_.want(noise_.normals, noise_.normal_count);
  arena_.want(noise_.priors, noise_.prior_count);
  arena_.want(noise_.units, noise_.gumbel_count + noise_.logistic_count);
  arena_.take();

  q_y_.stack.set_first(first_values, first_gradients);
  q_z_.stack.set_first(first_values + q_y_.stack.first_units() * stride_,
                       first_gradients + q_y_.stack.first_units() * stride_);
  p_x_.set_first(decoder_values, decoder_gradients);
  std::fill_n(p_x_.last() + p_x_.units() * decoder_stride_, decoder_stride_, S(1));
  for (std::size_t c = 0; c < shape_.x_centre.size() && positive(); ++c)
    centre_[c] = static_cast<S>(shape_.x_centre[c]);
  noise_.z_l = noise_.normals;
  noise_.y_u = shape_.concrete_y ? noise_.units : noise_.z_l + b_l * z_;
  noise_.z_u = noise_.z_l + b_l * z_ + normal_y;
  noise_.x_y = bernoulli() ? noise_.units + noise_.gumbel_count : noise_.z_u + b_u * z_;
  if (published()) {
    noise_.y_9 = noise_.x_y + b_y * c_;
    noise_.y_13 = noise_.y_9 + b_l * (k_ - 1);
    noise_.y_20 = noise_.y_13 + b_l * (k_ - 1);
    noise_.x_14 = noise_.y_20 + b_y * (k_ - 1);
  }
  noise_.prior_9 = noise_.priors;
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
  for (Index i = 0; i < blocks_; ++i) {
    const Block b = block(i, {});
    for (Index h = 0; h <= units; ++h) {
      const auto put = [&](const LayerWeights<S>& layer, S* to) {
        std::copy_n((h < units ? layer.weight + h * c_ : layer.bias) + b.from, b.width, to);
      };
      put(member.p_x.mean, b.weight + h * b.stride);
      if (heads() > 1) put(member.p_x.scale, b.weight + h * b.stride + b.width);
    }
  }
  std::fill_n(first_gradient_, c_ * first_, S(0));
  std::fill_n(heads_gradient_, (units + 1) * heads() * c_, S(0));
}

template <class S>
void Step<S>::Impl::unpack(const MemberWeights<S>& member) {
  const auto add = [](const S* from, Index n, S* to) {
    for (Index i = 0; i < n; ++i) to[i] += from[i];
  };
  const Index of_y = q_y_.stack.first_units();
  const Index of_z = q_z_.stack.first_units();
  for (Index c = 0; c < c_; ++c) {
    const S* column = first_gradient_ + c;
    S* to_y = member.q_y.hidden[0].weight_gradient + c * of_y;
    S* to_z = member.q_z.hidden[0].weight_gradient + c * of_z;
    for (Index unit = 0; unit < of_y; ++unit) to_y[unit] += column[unit * c_];
    for (Index unit = 0; unit < of_z; ++unit) to_z[unit] += column[(of_y + unit) * c_];
  }
  const Index units = p_x_.units();
  for (Index i = 0; i < blocks_; ++i) {
    const Block b = block(i, {});
    for (Index h = 0; h <= units; ++h) {
      const auto take = [&](const S* from, const LayerWeights<S>& layer) {
        add(from, b.width, (h < units ? layer.weight_gradient + h * c_ : layer.bias_gradient) + b.from);
      };
      take(b.gradient + h * b.stride, member.p_x.mean);
      if (heads() > 1) take(b.gradient + h * b.stride + b.width, member.p_x.scale);
    }
  }
}

template <class S>
auto Step<S>::Impl::block(Index number, const Piece& p) const -> Block {
  const Index from = number * block_width_;
  const Index width = std::min(block_width_, c_ - from);
  const Index before = (p_x_.units() + 1) * heads() * from;
  return {from,
          width,
          heads() * width,
          heads_weight_ + before,
          heads_gradient_ + before,
          generated_ + p.g * heads() * from};
}

template <class S>
void Step<S>::Impl::gather(const Piece& p, const Source<S>& labelled, const Source<S>& unlabelled,
                           const Source<S>& unfeatured) {
  const auto spectra = [&](const Source<S>& source, Index from, Index rows, Index at) {
    for (Index r = 0; r < rows; ++r)
      std::copy_n(source.x + source.spectrum(from + r) * c_, c_, x_ + (at + r) * c_);
  };
  const auto compositions = [&](const Source<S>& source, Index from, Index rows, Index at) {
    for (Index r = 0; r < rows; ++r) {
      const S* y = source.y + source.rows[from + r] * k_;
      for (Index k = 0; k < k_; ++k) y_[k * stride_ + at + r] = y[k];
    }
    for (Index k = 0; k < k_; ++k) {
      S* log_y = log_y_ + k * stride_ + at;
      // The published code floors labels before it takes their logits.
      for (Index r = 0; r < rows; ++r)
        log_y[r] = std::max(y_[k * stride_ + at + r], published() ? S(1e-5) : S(0));
      log_all(log_y, rows, log_y);
    }
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
    decode(member, p, labelled, unlabelled);
    encode_generated(member, p);
    labelled_terms(p);
    decode_backward(member, p);
    encode_backward(member, p);
    encoder_weights(member, p);
    add_up(p, sums);
  }
  unpack(member);

  const Alphas& alphas = shape_.alphas;
  StepValues result;
  result.terms.fill(std::numeric_limits<double>::quiet_NaN());
  const auto add = [&](Term term, double weight, Index rows) {
    if (weight == 0 || rows == 0) return;
    const auto t = static_cast<std::size_t>(term);
    result.entered[t] = true;
    result.terms[t] = sums[t] / static_cast<double>(rows) + constant(term);
    result.total += weight * result.terms[t];
  };
  add(Term::Lfxy, alphas.forward, shape_.rows_l);
  add(Term::Lfx, alphas.forward, shape_.rows_u);
  add(Term::Lrxy, alphas.reverse, shape_.rows_l);
  add(Term::Lry, alphas.reverse, shape_.rows_y);
  add(Term::Jfd, -alphas.forward_label, shape_.rows_l);
  add(Term::Jrd, -alphas.reverse_label, shape_.rows_l);
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
  impl_->draw(stream);
}

template <class S>
StepValues Step<S>::run(const MemberWeights<S>& member, const Source<S>& labelled,
                        const Source<S>& unlabelled, const Source<S>& unfeatured) {
  return impl_->run(member, labelled, unlabelled, unfeatured);
}

template class Step<float>;
template class Step<double>;

}  // namespace assayer::kernels
