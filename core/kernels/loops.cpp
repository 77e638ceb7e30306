// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/loops.h"

#include "core/kernels/scale_detail.h"

// Each loop is written once, as a template that the functions at the end expand for float and double; those
// for float in one version per instruction set. Rows that overlap nowhere are told apart by __restrict; `omp
// simd reduction` lets the compiler keep several partial sums.

namespace assayer::kernels {
namespace {

template <bool Softplus, class S>
ASSAYER_INLINE void gaussian_body(const Decoded<S>& d, const S* x, S weight, S* value) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict mean = d.out + row * d.stride;
    S* __restrict raw = mean + d.channels;
    const S* __restrict target = x + row * d.x_stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const S difference = target[c] - mean[c];
      if constexpr (Softplus) {
        const Scale<S> s = scale_of<true>(raw[c]);
        const S w = difference * s.inverse * s.inverse;
        const S square = difference * w;
        sum += S(0.5) * square + s.log_sd;
        mean[c] = weight * w;
        raw[c] = weight * (square - S(1)) * s.derivative;
      } else {
        const S r = raw[c];
        const S w = difference * vec::exp(-r);
        const S square = difference * w;
        sum += S(0.5) * (square + r);
        mean[c] = weight * w;
        raw[c] = S(0.5) * weight * (square - S(1));
      }
    }
    value[row] -= sum;
  }
}
template <class S>
ASSAYER_INLINE void gaussian_rows_any(const Decoded<S>& d, const S* x, S weight, S* value) {
  if (d.softplus) {
    gaussian_body<true>(d, x, weight, value);
  } else {
    gaussian_body<false>(d, x, weight, value);
  }
}

template <bool Softplus, class S>
ASSAYER_INLINE void sample_body(const Decoded<S>& d, const S* noise, S* x, S* value) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict mean = d.out + row * d.stride;
    S* __restrict raw = mean + d.channels;
    const S* __restrict e = noise + row * d.x_stride;
    S* __restrict drawn = x + row * d.x_stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const Scale<S> s = scale_of<Softplus>(raw[c]);
      const S deviation = s.sd * e[c];
      sum += S(0.5) * e[c] * e[c] + s.log_sd;
      drawn[c] = mean[c] + deviation;
      mean[c] = s.derivative;
      raw[c] = deviation;
    }
    value[row] += sum;
  }
}
template <class S>
ASSAYER_INLINE void sample_rows_any(const Decoded<S>& d, const S* noise, S* x, S* value) {
  if (d.softplus) {
    sample_body<true>(d, noise, x, value);
  } else {
    sample_body<false>(d, noise, x, value);
  }
}

template <class S>
ASSAYER_INLINE void sample_rows_backward_any(const Decoded<S>& d, const S* x_gradient, S weight) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict mean = d.out + row * d.stride;
    S* __restrict raw = mean + d.channels;
    const S* __restrict dx = x_gradient + row * d.x_stride;
    for (Index c = 0; c < d.channels; ++c) {
      raw[c] = (dx[c] * raw[c] + weight) * mean[c];
      mean[c] = dx[c];
    }
  }
}

template <class S>
ASSAYER_INLINE void square_rows_any(const Decoded<S>& d, const S* x, S weight, S* value) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict mean = d.out + row * d.stride;
    const S* __restrict target = x + row * d.x_stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const S difference = mean[c] - target[c];
      sum += difference * difference;
      mean[c] = S(2) * weight * difference;
    }
    value[row] += sum;
  }
}

template <bool Softplus, class S>
ASSAYER_INLINE void distance_body(const Decoded<S>& d, const S* x, const S* noise, S weight, S* value,
                                  S* gradient) {
  for (Index row = 0; row < d.rows; ++row) {
    const S* __restrict mean = d.out + row * d.stride;
    const S* __restrict raw = mean + d.channels;
    const S* __restrict target = x + row * d.x_stride;
    const S* __restrict e = noise + row * d.x_stride;
    S* __restrict mean_gradient = gradient + row * 2 * d.channels;
    S* __restrict raw_gradient = mean_gradient + d.channels;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const Scale<S> s = scale_of<Softplus>(raw[c]);
      const S deviation = s.sd * e[c];
      const S difference = mean[c] + deviation - target[c];
      sum += difference * difference;
      mean_gradient[c] = difference;
      raw_gradient[c] = difference * deviation * s.derivative;
    }
    // A root has no slope at 0: below this, none is passed on, as by the reference.
    const bool still = sum < S(1e-24);
    const S distance = still ? S(1e-12) : std::sqrt(sum);
    const S factor = still ? S(0) : weight / distance;
    value[row] += distance;
    for (Index c = 0; c < 2 * d.channels; ++c) mean_gradient[c] *= factor;
  }
}
template <class S>
ASSAYER_INLINE void distance_rows_any(const Decoded<S>& d, const S* x, const S* noise, S weight, S* value,
                                      S* gradient) {
  if (d.softplus) {
    distance_body<true>(d, x, noise, weight, value, gradient);
  } else {
    distance_body<false>(d, x, noise, weight, value, gradient);
  }
}

template <bool Softplus, class S>
ASSAYER_INLINE void latent_density_body(const Latent<S>& q, const S* target, S weight, S* value) {
  for (Index r = 0; r < q.rows; ++r) {
    const Scale<S> s = scale_of<Softplus>(q.raw[r]);
    const S difference = target[r] - q.mean[r];
    const S w = difference * s.inverse * s.inverse;
    value[r] -= S(0.5) * difference * w + s.log_sd;
    q.mean_gradient[r] += weight * w;
    q.raw_gradient[r] += weight * (difference * w - S(1)) * s.derivative;
  }
}
template <class S>
ASSAYER_INLINE void latent_density_any(const Latent<S>& q, const S* target, S weight, S* value) {
  if (q.softplus) {
    latent_density_body<true>(q, target, weight, value);
  } else {
    latent_density_body<false>(q, target, weight, value);
  }
}

template <bool Softplus, class S>
ASSAYER_INLINE void latent_sample_body(const Latent<S>& q, const S* noise, S* sample, S* value) {
  for (Index r = 0; r < q.rows; ++r) {
    const Scale<S> s = scale_of<Softplus>(q.raw[r]);
    sample[r] = q.mean[r] + s.sd * noise[r];
    value[r] += S(0.5) * noise[r] * noise[r] + s.log_sd;
  }
}
template <class S>
ASSAYER_INLINE void latent_sample_any(const Latent<S>& q, const S* noise, S* sample, S* value) {
  if (q.softplus) {
    latent_sample_body<true>(q, noise, sample, value);
  } else {
    latent_sample_body<false>(q, noise, sample, value);
  }
}

template <bool Softplus, class S>
ASSAYER_INLINE void latent_sample_backward_body(const Latent<S>& q, const S* noise, const S* gradient,
                                                S weight) {
  for (Index r = 0; r < q.rows; ++r) {
    const Scale<S> s = scale_of<Softplus>(q.raw[r]);
    q.mean_gradient[r] += gradient[r];
    q.raw_gradient[r] += (gradient[r] * s.sd * noise[r] + weight) * s.derivative;
  }
}
template <class S>
ASSAYER_INLINE void latent_sample_backward_any(const Latent<S>& q, const S* noise, const S* gradient,
                                               S weight) {
  if (q.softplus) {
    latent_sample_backward_body<true>(q, noise, gradient, weight);
  } else {
    latent_sample_backward_body<false>(q, noise, gradient, weight);
  }
}

template <class S>
ASSAYER_INLINE void log_softmax_any(const S* u, Index stride, Index dims, Index rows, S* log_y,
                                    Index log_stride) {
  // The last row holds the greatest logit, then the logarithm of the sum.
  S* last = log_y + dims * log_stride;
  for (Index r = 0; r < rows; ++r) last[r] = 0;
  for (Index k = 0; k < dims; ++k) {
    const S* logit = u + k * stride;
    for (Index r = 0; r < rows; ++r) last[r] = logit[r] > last[r] ? logit[r] : last[r];
  }
  for (Index r = 0; r < rows; ++r) {
    S sum = vec::exp(-last[r]);
    for (Index k = 0; k < dims; ++k) sum += vec::exp(u[k * stride + r] - last[r]);
    last[r] += vec::log(sum);
  }
  for (Index k = 0; k < dims; ++k) {
    for (Index r = 0; r < rows; ++r) log_y[k * log_stride + r] = u[k * stride + r] - last[r];
  }
  for (Index r = 0; r < rows; ++r) last[r] = -last[r];
}

template <class S>
ASSAYER_INLINE void softmax_backward_any(const S* y, Index stride, Index components, Index rows, S weight,
                                         S* gradient, Index gradient_stride) {
  for (Index r = 0; r < rows; ++r) {
    S sum = 0;
    for (Index k = 0; k < components; ++k) {
      S& g = gradient[k * gradient_stride + r];
      g = g * y[k * stride + r] + weight;
      sum += g;
    }
    for (Index k = 0; k < components; ++k) gradient[k * gradient_stride + r] -= y[k * stride + r] * sum;
  }
}

template <class S>
ASSAYER_INLINE void log_volume_any(const S* y, Index stride, Index components, Index rows, S sign, S* value) {
  for (Index k = 0; k < components; ++k) {
    for (Index r = 0; r < rows; ++r) value[r] += sign * vec::log(y[k * stride + r] + S(1e-5));
  }
}

template <class S>
ASSAYER_INLINE void log_volume_backward_any(const S* y, Index stride, Index components, Index rows, S weight,
                                            S* gradient, Index gradient_stride) {
  for (Index k = 0; k < components; ++k) {
    for (Index r = 0; r < rows; ++r)
      gradient[k * gradient_stride + r] += weight / (y[k * stride + r] + S(1e-5));
  }
}

template <class S>
ASSAYER_INLINE void stretch_any(const S* zeta, Index rows, S half_width, S* z, S* value) {
  for (Index r = 0; r < rows; ++r) {
    z[r] = S(2) * half_width * vec::sigmoid(zeta[r]) - half_width;
    value[r] -= vec::softplus(zeta[r]) + vec::softplus(-zeta[r]);
  }
}

template <class S>
ASSAYER_INLINE void stretch_backward_any(const S* z, Index rows, S half_width, S weight, S* gradient) {
  const S width = S(2) * half_width;
  for (Index r = 0; r < rows; ++r) {
    const S share = (z[r] + half_width) / width;
    gradient[r] = gradient[r] * width * share * (S(1) - share) + weight * (S(1) - S(2) * share);
  }
}

template <class S>
ASSAYER_INLINE void unstretch_any(const S* z, Index rows, S half_width, S* zeta, S* value) {
  for (Index r = 0; r < rows; ++r) {
    S share = (z[r] + half_width) / (S(2) * half_width);
    share = share < S(1e-5) ? S(1e-5) : share;
    share = share > S(1) - S(1e-5) ? S(1) - S(1e-5) : share;
    zeta[r] = vec::log(share) - vec::log(S(1) - share);
    value[r] += vec::softplus(zeta[r]) + vec::softplus(-zeta[r]);
  }
}

template <class S>
ASSAYER_INLINE void activate_any(S* values, Index stride, const S* bias, Index width, Index rows,
                                 bool softplus) {
  for (Index unit = 0; unit < width; ++unit) {
    S* v = values + unit * stride;
    const S b = bias[unit];
    if (softplus) {
      for (Index r = 0; r < rows; ++r) v[r] = vec::softplus(v[r] + b);
    } else {
      for (Index r = 0; r < rows; ++r) v[r] = vec::tanh(v[r] + b);
    }
  }
}

template <class S>
ASSAYER_INLINE void activate_backward_any(S* gradient, const S* values, Index stride, Index width, Index rows,
                                          bool softplus) {
  for (Index unit = 0; unit < width; ++unit) {
    S* g = gradient + unit * stride;
    const S* v = values + unit * stride;
    if (softplus) {
      // The logistic function of what softplus was applied to, of its result.
      for (Index r = 0; r < rows; ++r) g[r] *= S(1) - vec::exp(-v[r]);
    } else {
      for (Index r = 0; r < rows; ++r) g[r] *= S(1) - v[r] * v[r];
    }
  }
}

template <class S>
ASSAYER_INLINE void thin_product_any(const Thin<S>& p, const S* in, Index in_stride, S* out, Index out_stride,
                                     const S* bias, bool add) {
  for (Index o = 0; o < p.out; ++o) {
    S* __restrict result = out + o * out_stride;
    if (!add) {
      const S first = bias != nullptr ? bias[o] : S(0);
      for (Index r = 0; r < p.rows; ++r) result[r] = first;
    }
    for (Index i = 0; i < p.in; ++i) {
      const S w = p.weight[i * p.i_step + o * p.o_step];
      const S* __restrict v = in + i * in_stride;
      for (Index r = 0; r < p.rows; ++r) result[r] += w * v[r];
    }
  }
}

template <class S>
ASSAYER_INLINE void thin_outer_any(const S* a, Index a_stride, Index in, const S* b, Index b_stride,
                                   Index out, Index rows, S* weight) {
  for (Index i = 0; i < in; ++i) {
    for (Index o = 0; o < out; ++o) {
      const S* left = a + i * a_stride;
      const S* right = b + o * b_stride;
      S sum = 0;
#pragma omp simd reduction(+ : sum)
      for (Index r = 0; r < rows; ++r) sum += left[r] * right[r];
      weight[i * out + o] += sum;
    }
  }
}

template <class S>
ASSAYER_INLINE void add_row_sums_any(const S* values, Index stride, Index width, Index rows, S* sums) {
  for (Index i = 0; i < width; ++i) {
    const S* v = values + i * stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index r = 0; r < rows; ++r) sum += v[r];
    sums[i] += sum;
  }
}

template <class S>
ASSAYER_INLINE void adam_any(const AdamStep& step, Index count, const S* __restrict gradient,
                             S* __restrict first, S* __restrict second, S* __restrict value) {
  const auto beta1 = static_cast<S>(step.beta1);
  const auto beta2 = static_cast<S>(step.beta2);
  const auto clip = static_cast<S>(step.clip);
  const auto rate = static_cast<S>(step.rate);
  const auto scale = static_cast<S>(step.scale);
  const auto epsilon = static_cast<S>(step.epsilon);
  for (Index i = 0; i < count; ++i) {
    S g = gradient[i];
    g = g > clip ? clip : g;
    g = g < -clip ? -clip : g;
    const S f = beta1 * first[i] + (S(1) - beta1) * g;
    const S s = beta2 * second[i] + (S(1) - beta2) * g * g;
    first[i] = f;
    second[i] = s;
    value[i] += rate * f / (std::sqrt(s) * scale + epsilon);
  }
}

template <class S>
ASSAYER_INLINE bool all_finite_any(const S* values, Index count) {
  S sum = 0;  // of 0 · value: NaN as soon as one is not finite, and never an overflow
#pragma omp simd reduction(+ : sum)
  for (Index i = 0; i < count; ++i) sum += S(0) * values[i];
  return sum == S(0);
}

}  // namespace

ASSAYER_CLONES void gaussian_rows(const Decoded<float>& d, const float* x, float weight, float* value) {
  gaussian_rows_any(d, x, weight, value);
}
void gaussian_rows(const Decoded<double>& d, const double* x, double weight, double* value) {
  gaussian_rows_any(d, x, weight, value);
}
ASSAYER_CLONES void sample_rows(const Decoded<float>& d, const float* noise, float* x, float* value) {
  sample_rows_any(d, noise, x, value);
}
void sample_rows(const Decoded<double>& d, const double* noise, double* x, double* value) {
  sample_rows_any(d, noise, x, value);
}
ASSAYER_CLONES void sample_rows_backward(const Decoded<float>& d, const float* x_gradient, float weight) {
  sample_rows_backward_any(d, x_gradient, weight);
}
void sample_rows_backward(const Decoded<double>& d, const double* x_gradient, double weight) {
  sample_rows_backward_any(d, x_gradient, weight);
}
ASSAYER_CLONES void square_rows(const Decoded<float>& d, const float* x, float weight, float* value) {
  square_rows_any(d, x, weight, value);
}
void square_rows(const Decoded<double>& d, const double* x, double weight, double* value) {
  square_rows_any(d, x, weight, value);
}
ASSAYER_CLONES void latent_density(const Latent<float>& q, const float* target, float weight, float* value) {
  latent_density_any(q, target, weight, value);
}
void latent_density(const Latent<double>& q, const double* target, double weight, double* value) {
  latent_density_any(q, target, weight, value);
}
ASSAYER_CLONES void latent_sample(const Latent<float>& q, const float* noise, float* sample, float* value) {
  latent_sample_any(q, noise, sample, value);
}
void latent_sample(const Latent<double>& q, const double* noise, double* sample, double* value) {
  latent_sample_any(q, noise, sample, value);
}
ASSAYER_CLONES void latent_sample_backward(const Latent<float>& q, const float* noise,
                                           const float* sample_gradient, float weight) {
  latent_sample_backward_any(q, noise, sample_gradient, weight);
}
void latent_sample_backward(const Latent<double>& q, const double* noise, const double* sample_gradient,
                            double weight) {
  latent_sample_backward_any(q, noise, sample_gradient, weight);
}
ASSAYER_CLONES void log_softmax(const float* u, Index stride, Index dims, Index rows, float* log_y,
                                Index log_stride) {
  log_softmax_any(u, stride, dims, rows, log_y, log_stride);
}
void log_softmax(const double* u, Index stride, Index dims, Index rows, double* log_y, Index log_stride) {
  log_softmax_any(u, stride, dims, rows, log_y, log_stride);
}
ASSAYER_CLONES void softmax_backward(const float* y, Index stride, Index components, Index rows, float weight,
                                     float* gradient, Index gradient_stride) {
  softmax_backward_any(y, stride, components, rows, weight, gradient, gradient_stride);
}
void softmax_backward(const double* y, Index stride, Index components, Index rows, double weight,
                      double* gradient, Index gradient_stride) {
  softmax_backward_any(y, stride, components, rows, weight, gradient, gradient_stride);
}
ASSAYER_CLONES void distance_rows(const Decoded<float>& d, const float* x, const float* noise, float weight,
                                  float* value, float* gradient) {
  distance_rows_any(d, x, noise, weight, value, gradient);
}
ASSAYER_CLONES void log_volume(const float* y, Index stride, Index components, Index rows, float sign,
                               float* value) {
  log_volume_any(y, stride, components, rows, sign, value);
}
ASSAYER_CLONES void log_volume_backward(const float* y, Index stride, Index components, Index rows,
                                        float weight, float* gradient, Index gradient_stride) {
  log_volume_backward_any(y, stride, components, rows, weight, gradient, gradient_stride);
}
void distance_rows(const Decoded<double>& d, const double* x, const double* noise, double weight,
                   double* value, double* gradient) {
  distance_rows_any(d, x, noise, weight, value, gradient);
}
void log_volume(const double* y, Index stride, Index components, Index rows, double sign, double* value) {
  log_volume_any(y, stride, components, rows, sign, value);
}
void log_volume_backward(const double* y, Index stride, Index components, Index rows, double weight,
                         double* gradient, Index gradient_stride) {
  log_volume_backward_any(y, stride, components, rows, weight, gradient, gradient_stride);
}
ASSAYER_CLONES void stretch(const float* zeta, Index rows, float half_width, float* z, float* value) {
  stretch_any(zeta, rows, half_width, z, value);
}
void stretch(const double* zeta, Index rows, double half_width, double* z, double* value) {
  stretch_any(zeta, rows, half_width, z, value);
}
ASSAYER_CLONES void stretch_backward(const float* z, Index rows, float half_width, float weight,
                                     float* gradient) {
  stretch_backward_any(z, rows, half_width, weight, gradient);
}
void stretch_backward(const double* z, Index rows, double half_width, double weight, double* gradient) {
  stretch_backward_any(z, rows, half_width, weight, gradient);
}
ASSAYER_CLONES void unstretch(const float* z, Index rows, float half_width, float* zeta, float* value) {
  unstretch_any(z, rows, half_width, zeta, value);
}
void unstretch(const double* z, Index rows, double half_width, double* zeta, double* value) {
  unstretch_any(z, rows, half_width, zeta, value);
}
ASSAYER_CLONES void log_all(const float* in, Index count, float* out) {
  for (Index i = 0; i < count; ++i) out[i] = vec::log(in[i]);
}
void log_all(const double* in, Index count, double* out) {
  for (Index i = 0; i < count; ++i) out[i] = vec::log(in[i]);
}
ASSAYER_CLONES void exp_all(const float* in, Index count, float* out) {
  for (Index i = 0; i < count; ++i) out[i] = vec::exp(in[i]);
}
void exp_all(const double* in, Index count, double* out) {
  for (Index i = 0; i < count; ++i) out[i] = vec::exp(in[i]);
}
ASSAYER_CLONES void activate(float* values, Index stride, const float* bias, Index width, Index rows,
                             bool softplus) {
  activate_any(values, stride, bias, width, rows, softplus);
}
void activate(double* values, Index stride, const double* bias, Index width, Index rows, bool softplus) {
  activate_any(values, stride, bias, width, rows, softplus);
}
ASSAYER_CLONES void activate_backward(float* gradient, const float* values, Index stride, Index width,
                                      Index rows, bool softplus) {
  activate_backward_any(gradient, values, stride, width, rows, softplus);
}
void activate_backward(double* gradient, const double* values, Index stride, Index width, Index rows,
                       bool softplus) {
  activate_backward_any(gradient, values, stride, width, rows, softplus);
}
ASSAYER_CLONES void thin_product(const Thin<float>& p, const float* in, Index in_stride, float* out,
                                 Index out_stride, const float* bias, bool add) {
  thin_product_any(p, in, in_stride, out, out_stride, bias, add);
}
void thin_product(const Thin<double>& p, const double* in, Index in_stride, double* out, Index out_stride,
                  const double* bias, bool add) {
  thin_product_any(p, in, in_stride, out, out_stride, bias, add);
}
ASSAYER_CLONES void thin_outer(const float* a, Index a_stride, Index in, const float* b, Index b_stride,
                               Index out, Index rows, float* weight) {
  thin_outer_any(a, a_stride, in, b, b_stride, out, rows, weight);
}
void thin_outer(const double* a, Index a_stride, Index in, const double* b, Index b_stride, Index out,
                Index rows, double* weight) {
  thin_outer_any(a, a_stride, in, b, b_stride, out, rows, weight);
}
ASSAYER_CLONES void add_row_sums(const float* values, Index stride, Index width, Index rows, float* sums) {
  add_row_sums_any(values, stride, width, rows, sums);
}
void add_row_sums(const double* values, Index stride, Index width, Index rows, double* sums) {
  add_row_sums_any(values, stride, width, rows, sums);
}
ASSAYER_CLONES void adam_ascend(const AdamStep& step, Index count, const float* gradient, float* first,
                                float* second, float* value) {
  adam_any(step, count, gradient, first, second, value);
}
void adam_ascend(const AdamStep& step, Index count, const double* gradient, double* first, double* second,
                 double* value) {
  adam_any(step, count, gradient, first, second, value);
}
ASSAYER_CLONES bool all_finite(const float* values, Index count) {
  return all_finite_any(values, count);
}
bool all_finite(const double* values, Index count) {
  return all_finite_any(values, count);
}
ASSAYER_CLONES bool centre_values(const float* values, Index count, float scale, float low, float high,
                                  const float* mean, float* out) {
  float sum = 0;  // as in all_finite
#pragma omp simd reduction(+ : sum)
  for (Index i = 0; i < count; ++i) {
    const float value = values[i] / scale;
    const float above = value < low ? low : value;
    out[i] = (high < above ? high : above) - mean[i];
    sum += 0.0F * value;
  }
  return sum == 0.0F;
}

}  // namespace assayer::kernels
