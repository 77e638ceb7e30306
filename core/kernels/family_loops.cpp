// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/family_loops.h"

#include "core/kernels/scale_detail.h"

namespace assayer::kernels {
namespace {

/// log(1 + eᵘ), its derivative, and that one's logarithm, which share an exponential.
template <class S>
struct Softplus {
  S value;
  S slope;
  S log_slope;
};

template <class S>
ASSAYER_INLINE Softplus<S> softplus_of(S u) {
  const S t = vec::exp(-std::fabs(u));
  const S rest = vec::log1p(t);
  const bool positive = u > S(0);
  return {(positive ? u : S(0)) + rest, (positive ? S(1) : t) / (S(1) + t), (positive ? S(0) : u) - rest};
}

template <class S>
ASSAYER_INLINE void to_real_any(const S* x, const S* centre, Index rows, Index channels, S* u, S* log_slope) {
  for (Index row = 0; row < rows; ++row) {
    const S* __restrict in = x + row * channels;
    S* __restrict out = u + row * channels;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < channels; ++c) {
      const S value = in[c] + centre[c];
      // 1 − e⁻ˣ = tanh(x / 2) (1 + e⁻ˣ) cancels nothing where x is small.
      const S slope = vec::log(vec::tanh(S(0.5) * value) * (S(1) + vec::exp(-value)));
      out[c] = value + slope;
      sum += slope;
    }
    log_slope[row] = sum;
  }
}

template <bool Soft, class S>
ASSAYER_INLINE void positive_sample_body(const Decoded<S>& d, const S* noise, const S* centre, S* x, S* slope,
                                         S* value) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict mean = d.out + row * d.stride;
    S* __restrict raw = mean + d.channels;
    const S* __restrict e = noise + row * d.x_stride;
    S* __restrict drawn = x + row * d.x_stride;
    S* __restrict slopes = slope + row * d.x_stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const Scale<S> s = scale_of<Soft>(raw[c]);
      const S deviation = s.sd * e[c];
      const Softplus<S> p = softplus_of(mean[c] + deviation);
      sum += S(0.5) * e[c] * e[c] + s.log_sd + p.log_slope;
      drawn[c] = p.value - centre[c];
      slopes[c] = p.slope;
      mean[c] = s.derivative;
      raw[c] = deviation;
    }
    value[row] += sum;
  }
}
template <class S>
ASSAYER_INLINE void positive_sample_any(const Decoded<S>& d, const S* noise, const S* centre, S* x, S* slope,
                                        S* value) {
  if (d.softplus) {
    positive_sample_body<true>(d, noise, centre, x, slope, value);
  } else {
    positive_sample_body<false>(d, noise, centre, x, slope, value);
  }
}

template <class S>
ASSAYER_INLINE void positive_sample_backward_any(const Decoded<S>& d, const S* slope, const S* x_gradient,
                                                 S weight) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict mean = d.out + row * d.stride;
    S* __restrict raw = mean + d.channels;
    const S* __restrict slopes = slope + row * d.x_stride;
    const S* __restrict dx = x_gradient + row * d.x_stride;
    for (Index c = 0; c < d.channels; ++c) {
      const S du = dx[c] * slopes[c] + weight * (S(1) - slopes[c]);
      raw[c] = (du * raw[c] + weight) * mean[c];
      mean[c] = du;
    }
  }
}

template <class S>
ASSAYER_INLINE void positive_square_any(const Decoded<S>& d, const S* x, const S* centre, S weight,
                                        S* value) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict mean = d.out + row * d.stride;
    const S* __restrict target = x + row * d.x_stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const Softplus<S> p = softplus_of(mean[c]);
      const S difference = p.value - centre[c] - target[c];
      sum += difference * difference;
      mean[c] = S(2) * weight * difference * p.slope;
    }
    value[row] += sum;
  }
}

template <class S>
ASSAYER_INLINE void bernoulli_any(const Decoded<S>& d, const S* x, S weight, S* value) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict logit = d.out + row * d.stride;
    const S* __restrict target = x + row * d.x_stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const Softplus<S> p = softplus_of(logit[c]);
      sum += target[c] * logit[c] - p.value;
      logit[c] = weight * (target[c] - p.slope);
    }
    value[row] += sum;
  }
}

template <class S>
ASSAYER_INLINE void bernoulli_sample_any(const Decoded<S>& d, const S* noise, S temperature, S* x, S* value) {
  const S inverse = S(1) / temperature;
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict logit = d.out + row * d.stride;
    const S* __restrict e = noise + row * d.x_stride;
    S* __restrict drawn = x + row * d.x_stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const S m = logit[c];
      const Softplus<S> p = softplus_of(m);
      sum += p.value - m * p.slope;
      drawn[c] = vec::sigmoid((m + e[c]) * inverse);
      logit[c] = -m * p.slope * (S(1) - p.slope);
    }
    value[row] += sum;
  }
}

template <class S>
ASSAYER_INLINE void bernoulli_sample_backward_any(const Decoded<S>& d, const S* x, const S* x_gradient,
                                                  S temperature, S weight) {
  const S inverse = S(1) / temperature;
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict logit = d.out + row * d.stride;
    const S* __restrict drawn = x + row * d.x_stride;
    const S* __restrict dx = x_gradient + row * d.x_stride;
    for (Index c = 0; c < d.channels; ++c)
      logit[c] = dx[c] * drawn[c] * (S(1) - drawn[c]) * inverse + weight * logit[c];
  }
}

template <class S>
ASSAYER_INLINE void bernoulli_square_any(const Decoded<S>& d, const S* x, S weight, S* value) {
  for (Index row = 0; row < d.rows; ++row) {
    S* __restrict logit = d.out + row * d.stride;
    const S* __restrict target = x + row * d.x_stride;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < d.channels; ++c) {
      const S p = vec::sigmoid(logit[c]);
      const S difference = p - target[c];
      sum += difference * difference;
      logit[c] = S(2) * weight * difference * p * (S(1) - p);
    }
    value[row] += sum;
  }
}

template <class S>
ASSAYER_INLINE void concrete_sample_any(const Classes<S>& q, const S* gumbel, Index noise_stride, S* u,
                                        Index u_stride, S* value) {
  const S inverse = S(1) / q.temperature;
  const auto classes = static_cast<S>(q.dims + 1);
  const S* last = gumbel + q.dims * noise_stride;
  for (Index r = 0; r < q.rows; ++r) {
    // Σ g + K log Σ e⁻ᵍ, which is 0 where all are alike: relative to the last.
    S sum = 0;
    S exponentials = 1;
    for (Index k = 0; k < q.dims; ++k) {
      const S difference = gumbel[k * noise_stride + r] - last[r];
      sum += difference;
      exponentials += vec::exp(-difference);
      u[k * u_stride + r] = (q.logits[k * q.stride + r] + difference) * inverse;
    }
    value[r] += sum + classes * vec::log(exponentials);
  }
}

template <class S>
ASSAYER_INLINE void concrete_sample_backward_any(const Classes<S>& q, const S* u_gradient, Index u_stride) {
  const S inverse = S(1) / q.temperature;
  for (Index k = 0; k < q.dims; ++k) {
    for (Index r = 0; r < q.rows; ++r) q.gradient[k * q.stride + r] += u_gradient[k * u_stride + r] * inverse;
  }
}

template <class S>
ASSAYER_INLINE void concrete_density_any(const Classes<S>& q, const S* log_y, Index y_stride, S weight,
                                         S* value) {
  const auto classes = static_cast<S>(q.dims + 1);
  const S* last = log_y + q.dims * y_stride;
  for (Index r = 0; r < q.rows; ++r) {
    const S of_last = -q.temperature * last[r];
    const auto power = [&](Index k) {
      return q.logits[k * q.stride + r] - q.temperature * log_y[k * y_stride + r];
    };
    S most = of_last;
    S logits = 0;
    S log_volume = last[r];
    for (Index k = 0; k < q.dims; ++k) {
      most = power(k) > most ? power(k) : most;
      logits += q.logits[k * q.stride + r];
      log_volume += log_y[k * y_stride + r];
    }
    S sum = vec::exp(of_last - most);
    for (Index k = 0; k < q.dims; ++k) sum += vec::exp(power(k) - most);
    value[r] += logits - (q.temperature + S(1)) * log_volume - classes * (most + vec::log(sum));
    for (Index k = 0; k < q.dims; ++k)
      q.gradient[k * q.stride + r] += weight * (S(1) - classes * vec::exp(power(k) - most) / sum);
  }
}

/// Uniform numbers are kept this far from 0 and 1, whose logarithms do not exist.
template <class S>
ASSAYER_INLINE S inside(S uniform) {
  constexpr S kGrain = S(0x1p-24);
  const S low = uniform < kGrain ? kGrain : uniform;
  return low > S(1) - kGrain ? S(1) - kGrain : low;
}

template <class S>
ASSAYER_INLINE void gumbel_any(S* values, Index count) {
  for (Index i = 0; i < count; ++i) values[i] = -vec::log(-vec::log(inside(values[i])));
}

template <class S>
ASSAYER_INLINE void logistic_any(S* values, Index count) {
  for (Index i = 0; i < count; ++i) {
    const S u = inside(values[i]);
    values[i] = vec::log(u) - vec::log(S(1) - u);
  }
}

}  // namespace

ASSAYER_CLONES void to_real_rows(const float* x, const float* centre, Index rows, Index channels, float* u,
                                 float* log_slope) {
  to_real_any(x, centre, rows, channels, u, log_slope);
}
void to_real_rows(const double* x, const double* centre, Index rows, Index channels, double* u,
                  double* log_slope) {
  to_real_any(x, centre, rows, channels, u, log_slope);
}
ASSAYER_CLONES void positive_sample_rows(const Decoded<float>& d, const float* noise, const float* centre,
                                         float* x, float* slope, float* value) {
  positive_sample_any(d, noise, centre, x, slope, value);
}
void positive_sample_rows(const Decoded<double>& d, const double* noise, const double* centre, double* x,
                          double* slope, double* value) {
  positive_sample_any(d, noise, centre, x, slope, value);
}
ASSAYER_CLONES void positive_sample_rows_backward(const Decoded<float>& d, const float* slope,
                                                  const float* x_gradient, float weight) {
  positive_sample_backward_any(d, slope, x_gradient, weight);
}
void positive_sample_rows_backward(const Decoded<double>& d, const double* slope, const double* x_gradient,
                                   double weight) {
  positive_sample_backward_any(d, slope, x_gradient, weight);
}
ASSAYER_CLONES void positive_square_rows(const Decoded<float>& d, const float* x, const float* centre,
                                         float weight, float* value) {
  positive_square_any(d, x, centre, weight, value);
}
void positive_square_rows(const Decoded<double>& d, const double* x, const double* centre, double weight,
                          double* value) {
  positive_square_any(d, x, centre, weight, value);
}
ASSAYER_CLONES void bernoulli_rows(const Decoded<float>& d, const float* x, float weight, float* value) {
  bernoulli_any(d, x, weight, value);
}
void bernoulli_rows(const Decoded<double>& d, const double* x, double weight, double* value) {
  bernoulli_any(d, x, weight, value);
}
ASSAYER_CLONES void bernoulli_sample_rows(const Decoded<float>& d, const float* noise, float temperature,
                                          float* x, float* value) {
  bernoulli_sample_any(d, noise, temperature, x, value);
}
void bernoulli_sample_rows(const Decoded<double>& d, const double* noise, double temperature, double* x,
                           double* value) {
  bernoulli_sample_any(d, noise, temperature, x, value);
}
ASSAYER_CLONES void bernoulli_sample_rows_backward(const Decoded<float>& d, const float* x,
                                                   const float* x_gradient, float temperature, float weight) {
  bernoulli_sample_backward_any(d, x, x_gradient, temperature, weight);
}
void bernoulli_sample_rows_backward(const Decoded<double>& d, const double* x, const double* x_gradient,
                                    double temperature, double weight) {
  bernoulli_sample_backward_any(d, x, x_gradient, temperature, weight);
}
ASSAYER_CLONES void bernoulli_square_rows(const Decoded<float>& d, const float* x, float weight,
                                          float* value) {
  bernoulli_square_any(d, x, weight, value);
}
void bernoulli_square_rows(const Decoded<double>& d, const double* x, double weight, double* value) {
  bernoulli_square_any(d, x, weight, value);
}
ASSAYER_CLONES void concrete_sample(const Classes<float>& q, const float* gumbel, Index noise_stride,
                                    float* u, Index u_stride, float* value) {
  concrete_sample_any(q, gumbel, noise_stride, u, u_stride, value);
}
void concrete_sample(const Classes<double>& q, const double* gumbel, Index noise_stride, double* u,
                     Index u_stride, double* value) {
  concrete_sample_any(q, gumbel, noise_stride, u, u_stride, value);
}
ASSAYER_CLONES void concrete_sample_backward(const Classes<float>& q, const float* u_gradient,
                                             Index u_stride) {
  concrete_sample_backward_any(q, u_gradient, u_stride);
}
void concrete_sample_backward(const Classes<double>& q, const double* u_gradient, Index u_stride) {
  concrete_sample_backward_any(q, u_gradient, u_stride);
}
ASSAYER_CLONES void concrete_density(const Classes<float>& q, const float* log_y, Index y_stride,
                                     float weight, float* value) {
  concrete_density_any(q, log_y, y_stride, weight, value);
}
void concrete_density(const Classes<double>& q, const double* log_y, Index y_stride, double weight,
                      double* value) {
  concrete_density_any(q, log_y, y_stride, weight, value);
}
ASSAYER_CLONES void gumbel_of_uniform(float* values, Index count) {
  gumbel_any(values, count);
}
void gumbel_of_uniform(double* values, Index count) {
  gumbel_any(values, count);
}
ASSAYER_CLONES void logistic_of_uniform(float* values, Index count) {
  logistic_any(values, count);
}
void logistic_of_uniform(double* values, Index count) {
  logistic_any(values, count);
}

}  // namespace assayer::kernels
