// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/guided_loops.h"

#include <cstdint>

#include "core/kernels/vector_math_detail.h"

// As in loops.cpp: templates, expanded at the end for float in one version per instruction set, and for
// double.

namespace assayer::kernels {
namespace {

/// g⁻¹ and its slope at one number.
template <class S>
struct Measured {
  S x;
  S slope;
};

/// The constants of Hapke's formula.
template <class S>
struct Geometry {
  explicit Geometry(const LinkSettings& link)
      : incidence(static_cast<S>(link.cos_incidence)),
        emission(static_cast<S>(link.cos_emission)),
        brightest((S(1) + S(2) * incidence) * (S(1) + S(2) * emission) / (S(4) * (incidence + emission))),
        scale(static_cast<S>(link.scale)) {}
  S incidence, emission, brightest, scale;
};

/// Of v < .9, where the bend that keeps v below 1 is not felt: softplus(200 (1 − v)) is 200 (1 − v).
template <class S>
struct DarkHapke {
  Geometry<S> g;
  ASSAYER_INLINE Measured<S> operator()(S v) const {
    const S gamma = std::sqrt(S(1) - v);
    const S p = S(1) + S(2) * g.incidence * gamma;
    const S q = S(1) + S(2) * g.emission * gamma;
    const S inverse = S(1) / (gamma * p * q);
    const S level = g.scale * g.brightest * gamma * inverse;
    return {level * v, level * (S(1) + v * (g.incidence * q + g.emission * p) * inverse)};
  }
};
template <class S>
struct BrightHapke {
  Geometry<S> g;
  ASSAYER_INLINE Measured<S> operator()(S v) const {
    const S t = S(200) * (S(1) - v);
    const bool straight = t > S(20);
    const S power = vec::exp(straight ? S(0) : t);
    const S absorbed = straight ? S(1) - v : vec::log1p(power) / S(200);
    const S bend = straight ? S(1) : power / (S(1) + power);
    // The root's slope is infinite at 0, where softplus of far too bright values underflows.
    const bool lost = absorbed < S(1e-12);
    const S gamma = std::sqrt(lost ? S(1e-12) : absorbed);
    const S p = S(1) + S(2) * g.incidence * gamma;
    const S q = S(1) + S(2) * g.emission * gamma;
    const S level = g.scale * g.brightest / (p * q);
    const S share = S(1) - absorbed;
    const S turn = lost ? S(0) : share * (g.incidence / p + g.emission / q) / gamma;
    return {level * share, level * (S(1) + turn) * bend};
  }
};
template <class S>
struct Exponential {
  S scale;
  ASSAYER_INLINE Measured<S> operator()(S v) const {
    const S x = scale * vec::exp(-v);
    return {x, -x};
  }
};
template <class S>
struct Straight {
  S scale;
  ASSAYER_INLINE Measured<S> operator()(S v) const { return {scale * v, scale}; }
};

/// Calls body(row, function) with the g⁻¹ that holds for the whole row.
template <class S, class Body>
ASSAYER_INLINE void each_row(const Mixed<S>& m, Body&& body) {
  const Geometry<S> geometry(m.link);
  for (Index row = 0; row < m.rows; ++row) {
    if (m.link.link == Link::Identity) {
      body(row, Straight<S>{geometry.scale});
    } else if (m.link.link == Link::Log) {
      body(row, Exponential<S>{geometry.scale});
    } else {
      const S* v = m.v + row * m.channels;
      S most = 0;
#pragma omp simd reduction(max : most)
      for (Index c = 0; c < m.channels; ++c) most = v[c] > most ? v[c] : most;
      if (most < S(0.9)) {
        body(row, DarkHapke<S>{geometry});
      } else {
        body(row, BrightHapke<S>{geometry});
      }
    }
  }
}

template <class S>
ASSAYER_INLINE void mixed_gaussian_any(const Mixed<S>& m, const S* x, const std::int64_t* rows,
                                       const S* __restrict precision, S weight, S* value,
                                       S* __restrict log_sd) {
  each_row(m, [&](Index row, const auto& function) __attribute__((always_inline)) {
    S* __restrict v = m.v + row * m.channels;
    const S* __restrict target = x + rows[row] * m.channels;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < m.channels; ++c) {
      const Measured<S> made = function(v[c]);
      const S difference = target[c] - made.x;
      const S w = difference * precision[c];
      sum += S(0.5) * difference * w;
      log_sd[c] += weight * difference * w;
      v[c] = weight * w * made.slope;
    }
    value[row] -= sum;
  });
}

template <class S>
ASSAYER_INLINE void mixed_sample_any(const Mixed<S>& m, const S* noise, const S* __restrict sd, S* x,
                                     S* value) {
  each_row(m, [&](Index row, const auto& function) __attribute__((always_inline)) {
    S* __restrict v = m.v + row * m.channels;
    const S* __restrict e = noise + row * m.channels;
    S* __restrict drawn = x + row * m.channels;
    S sum = 0;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < m.channels; ++c) {
      const Measured<S> made = function(v[c]);
      sum += S(0.5) * e[c] * e[c];
      drawn[c] = made.x + sd[c] * e[c];
      v[c] = made.slope;
    }
    value[row] += sum;
  });
}

template <class S>
ASSAYER_INLINE void mixed_sample_backward_any(const Mixed<S>& m, const S* x_gradient, const S* noise,
                                              const S* __restrict sd, S* __restrict log_sd) {
  for (Index row = 0; row < m.rows; ++row) {
    S* __restrict v = m.v + row * m.channels;
    const S* __restrict e = noise + row * m.channels;
    const S* __restrict g = x_gradient + row * m.channels;
    for (Index c = 0; c < m.channels; ++c) {
      log_sd[c] += g[c] * sd[c] * e[c];
      v[c] *= g[c];
    }
  }
}

/// γ, the positive root of a γ² + b γ + R − c = 0, and what its slope needs.
template <class S>
struct Root {
  S gamma;
  S slope;  ///< dγ/dR, 0 where R was out of range
};
template <class S>
ASSAYER_INLINE Root<S> root_of(const Geometry<S>& g, S x) {
  const S c = g.brightest;
  const S product = g.incidence * g.emission;
  const S sum = S(2) * (g.incidence + g.emission);
  const S least = -c / (S(8) * product);
  const S given = x / g.scale;
  S r = given < least ? least : given;
  r = r > c ? c : r;
  const S a = S(4) * product * r + c;
  const S b = sum * r;
  const S root = std::sqrt(b * b - S(4) * a * (r - c));
  const S gamma = (root - b) / (S(2) * a);
  const S slope = -(S(4) * product * gamma * gamma + sum * gamma + S(1)) / root;
  return {gamma, r == given ? slope : S(0)};
}

template <class S>
ASSAYER_INLINE void link_forward_any(const LinkSettings& link, const S* __restrict x, Index count,
                                     S* __restrict v) {
  const Geometry<S> g(link);
  if (link.link == Link::Identity) {
    for (Index i = 0; i < count; ++i) v[i] = x[i] / g.scale;
  } else if (link.link == Link::Log) {
    for (Index i = 0; i < count; ++i) {
      const S share = x[i] / g.scale;
      v[i] = -vec::log(share < S(1e-6) ? S(1e-6) : share);
    }
  } else {
    for (Index i = 0; i < count; ++i) {
      const S gamma = root_of(g, x[i]).gamma;
      v[i] = S(1) - gamma * gamma;
    }
  }
}

template <bool Add, class S>
ASSAYER_INLINE void link_backward_body(const LinkSettings& link, const S* __restrict x, Index count,
                                       const S* __restrict v_gradient, S* __restrict gradient) {
  const Geometry<S> g(link);
  const auto put = [&](Index i, S value)
                       __attribute__((always_inline)) { gradient[i] = Add ? gradient[i] + value : value; };
  if (link.link == Link::Identity) {
    for (Index i = 0; i < count; ++i) put(i, v_gradient[i] / g.scale);
  } else if (link.link == Link::Log) {
    for (Index i = 0; i < count; ++i) put(i, x[i] / g.scale < S(1e-6) ? S(0) : -v_gradient[i] / x[i]);
  } else {
    for (Index i = 0; i < count; ++i) {
      const Root<S> root = root_of(g, x[i]);
      put(i, v_gradient[i] * S(-2) * root.gamma * root.slope / g.scale);
    }
  }
}
template <class S>
ASSAYER_INLINE void link_backward_any(const LinkSettings& link, const S* x, Index count, const S* v_gradient,
                                      S* gradient, bool add) {
  if (add) {
    link_backward_body<true>(link, x, count, v_gradient, gradient);
  } else {
    link_backward_body<false>(link, x, count, v_gradient, gradient);
  }
}

template <class S>
struct Moments {
  S mean;
  S sd;
};
template <class S>
ASSAYER_INLINE Moments<S> moments_of(const S* __restrict x, Index channels) {
  S sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Index c = 0; c < channels; ++c) sum += x[c];
  const S mean = sum / static_cast<S>(channels);
  S squares = 0;
#pragma omp simd reduction(+ : squares)
  for (Index c = 0; c < channels; ++c) squares += (x[c] - mean) * (x[c] - mean);
  const S variance = squares / static_cast<S>(channels);
  return {mean, std::sqrt(variance > S(1e-20) ? variance : S(1e-20))};
}

template <class S>
ASSAYER_INLINE void snv_rows_any(const S* x, Index rows, Index channels, S* u) {
  for (Index row = 0; row < rows; ++row) {
    const S* __restrict from = x + row * channels;
    S* __restrict to = u + row * channels;
    const Moments<S> moments = moments_of(from, channels);
    for (Index c = 0; c < channels; ++c) to[c] = (from[c] - moments.mean) / moments.sd;
  }
}

template <class S>
ASSAYER_INLINE void snv_rows_backward_any(const S* x, Index rows, Index channels, const S* u_gradient,
                                          S* gradient) {
  for (Index row = 0; row < rows; ++row) {
    const S* __restrict from = x + row * channels;
    const S* __restrict g = u_gradient + row * channels;
    S* __restrict to = gradient + row * channels;
    const Moments<S> moments = moments_of(from, channels);
    // With u = (x − mean) / sd: du/dx = (I − 1/C − u uᵀ/C) / sd.
    S along = 0;
    S level = 0;
#pragma omp simd reduction(+ : along, level)
    for (Index c = 0; c < channels; ++c) {
      along += g[c] * (from[c] - moments.mean);
      level += g[c];
    }
    along /= moments.sd * moments.sd * static_cast<S>(channels);
    level /= static_cast<S>(channels);
    for (Index c = 0; c < channels; ++c)
      to[c] = (g[c] - level - (from[c] - moments.mean) * along) / moments.sd;
  }
}

template <class S>
ASSAYER_INLINE S positive(S t) {
  const S sharp = S(100) * t;
  return (sharp > S(20) ? t : vec::log1p(vec::exp(sharp > S(20) ? S(20) : sharp)) / S(100)) + S(1e-6);
}

/// Rows that are worked on together: sums over components stay in registers and the first cache.
constexpr Index kRows = 64;

template <class S>
ASSAYER_INLINE void positive_composition_any(const S* t, Index stride, Index components, Index rows,
                                             S* log_y) {
  S sum[kRows];
  for (Index begin = 0; begin < rows; begin += kRows) {
    const Index count = rows - begin < kRows ? rows - begin : kRows;
    for (Index r = 0; r < count; ++r) sum[r] = 0;
    for (Index k = 0; k < components; ++k) {
      const S* __restrict from = t + k * stride + begin;
      S* __restrict to = log_y + k * stride + begin;
      for (Index r = 0; r < count; ++r) {
        const S part = positive(from[r]);
        sum[r] += part;
        to[r] = vec::log(part);
      }
    }
    for (Index r = 0; r < count; ++r) sum[r] = vec::log(sum[r]);
    for (Index k = 0; k < components; ++k) {
      S* __restrict to = log_y + k * stride + begin;
      for (Index r = 0; r < count; ++r) to[r] -= sum[r];
    }
  }
}

template <class S>
ASSAYER_INLINE void positive_composition_backward_any(const S* t, Index stride, Index components, Index rows,
                                                      S* gradient) {
  S sum[kRows];
  S total[kRows];
  for (Index begin = 0; begin < rows; begin += kRows) {
    const Index count = rows - begin < kRows ? rows - begin : kRows;
    for (Index r = 0; r < count; ++r) sum[r] = total[r] = 0;
    for (Index k = 0; k < components; ++k) {
      const S* __restrict from = t + k * stride + begin;
      const S* __restrict g = gradient + k * stride + begin;
      for (Index r = 0; r < count; ++r) {
        sum[r] += positive(from[r]);
        total[r] += g[r];
      }
    }
    for (Index r = 0; r < count; ++r) total[r] /= sum[r];
    for (Index k = 0; k < components; ++k) {
      const S* __restrict from = t + k * stride + begin;
      S* __restrict g = gradient + k * stride + begin;
      for (Index r = 0; r < count; ++r) {
        const S sharp = S(100) * from[r];
        const S bend = sharp > S(20) ? S(1) : vec::sigmoid(sharp > S(20) ? S(20) : sharp);
        g[r] = (g[r] / positive(from[r]) - total[r]) * bend;
      }
    }
  }
}

template <class S>
ASSAYER_INLINE void label_loss_any(const S* y, const S* log_y_hat, Index stride, Index components, Index rows,
                                   const S* sd, S weight, S* value, S* gradient) {
  const S share = S(1) / static_cast<S>(components);
  for (Index k = 0; k < components; ++k) {
    const S inverse = S(1) / sd[k];
    const S* __restrict truth = y + k * stride;
    const S* __restrict log_estimate = log_y_hat + k * stride;
    S* __restrict g = gradient + k * stride;
    for (Index r = 0; r < rows; ++r) {
      const S estimate = vec::exp(log_estimate[r]);
      const S scaled = (truth[r] - estimate) * inverse;
      value[r] += truth[r] * (vec::log(truth[r]) - log_estimate[r]) + share * scaled * scaled;
      g[r] -= weight * (truth[r] + S(2) * share * scaled * inverse * estimate);
    }
  }
}

}  // namespace

ASSAYER_CLONES void mixed_gaussian(const Mixed<float>& m, const float* x, const std::int64_t* rows,
                                   const float* precision, float weight, float* value, float* log_sd) {
  mixed_gaussian_any(m, x, rows, precision, weight, value, log_sd);
}
void mixed_gaussian(const Mixed<double>& m, const double* x, const std::int64_t* rows,
                    const double* precision, double weight, double* value, double* log_sd) {
  mixed_gaussian_any(m, x, rows, precision, weight, value, log_sd);
}
ASSAYER_CLONES void mixed_sample(const Mixed<float>& m, const float* noise, const float* sd, float* x,
                                 float* value) {
  mixed_sample_any(m, noise, sd, x, value);
}
void mixed_sample(const Mixed<double>& m, const double* noise, const double* sd, double* x, double* value) {
  mixed_sample_any(m, noise, sd, x, value);
}
ASSAYER_CLONES void mixed_sample_backward(const Mixed<float>& m, const float* x_gradient, const float* noise,
                                          const float* sd, float* log_sd) {
  mixed_sample_backward_any(m, x_gradient, noise, sd, log_sd);
}
void mixed_sample_backward(const Mixed<double>& m, const double* x_gradient, const double* noise,
                           const double* sd, double* log_sd) {
  mixed_sample_backward_any(m, x_gradient, noise, sd, log_sd);
}
ASSAYER_CLONES void link_forward(const LinkSettings& link, const float* x, Index count, float* v) {
  link_forward_any(link, x, count, v);
}
void link_forward(const LinkSettings& link, const double* x, Index count, double* v) {
  link_forward_any(link, x, count, v);
}
ASSAYER_CLONES void link_backward(const LinkSettings& link, const float* x, Index count,
                                  const float* v_gradient, float* gradient, bool add) {
  link_backward_any(link, x, count, v_gradient, gradient, add);
}
void link_backward(const LinkSettings& link, const double* x, Index count, const double* v_gradient,
                   double* gradient, bool add) {
  link_backward_any(link, x, count, v_gradient, gradient, add);
}
ASSAYER_CLONES void snv_rows(const float* x, Index rows, Index channels, float* u) {
  snv_rows_any(x, rows, channels, u);
}
void snv_rows(const double* x, Index rows, Index channels, double* u) {
  snv_rows_any(x, rows, channels, u);
}
ASSAYER_CLONES void snv_rows_backward(const float* x, Index rows, Index channels, const float* u_gradient,
                                      float* gradient) {
  snv_rows_backward_any(x, rows, channels, u_gradient, gradient);
}
void snv_rows_backward(const double* x, Index rows, Index channels, const double* u_gradient,
                       double* gradient) {
  snv_rows_backward_any(x, rows, channels, u_gradient, gradient);
}
ASSAYER_CLONES void positive_composition(const float* t, Index stride, Index components, Index rows,
                                         float* log_y) {
  positive_composition_any(t, stride, components, rows, log_y);
}
void positive_composition(const double* t, Index stride, Index components, Index rows, double* log_y) {
  positive_composition_any(t, stride, components, rows, log_y);
}
ASSAYER_CLONES void positive_composition_backward(const float* t, Index stride, Index components, Index rows,
                                                  float* gradient) {
  positive_composition_backward_any(t, stride, components, rows, gradient);
}
void positive_composition_backward(const double* t, Index stride, Index components, Index rows,
                                   double* gradient) {
  positive_composition_backward_any(t, stride, components, rows, gradient);
}
ASSAYER_CLONES void label_loss(const float* y, const float* log_y_hat, Index stride, Index components,
                               Index rows, const float* sd, float weight, float* value, float* gradient) {
  label_loss_any(y, log_y_hat, stride, components, rows, sd, weight, value, gradient);
}
void label_loss(const double* y, const double* log_y_hat, Index stride, Index components, Index rows,
                const double* sd, double weight, double* value, double* gradient) {
  label_loss_any(y, log_y_hat, stride, components, rows, sd, weight, value, gradient);
}

}  // namespace assayer::kernels
