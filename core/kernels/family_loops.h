// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/loops.h"

namespace assayer::kernels {

// The element-wise work of the distributions beside the default ones (core/model/distributions.h), with the
// conventions of core/kernels/loops.h.

// --- softplus-gaussian: u ~ N(mean, σ²), x = log(1 + eᵘ) − centre, the centre being what was subtracted from
// the spectra

/// u of `rows` spectra, whose density then is the Gaussian's, and for each the sum of log dx/du that is taken
/// off its logarithm.
void to_real_rows(const float* x, const float* centre, Index rows, Index channels, float* u,
                  float* log_slope);
void to_real_rows(const double* x, const double* centre, Index rows, Index channels, double* u,
                  double* log_slope);

/// x of a draw, value[r] −= log p(x_r) without its constant. Leaves in `d` and `slope` what
/// positive_sample_rows_backward needs.
void positive_sample_rows(const Decoded<float>& d, const float* noise, const float* centre, float* x,
                          float* slope, float* value);
void positive_sample_rows(const Decoded<double>& d, const double* noise, const double* centre, double* x,
                          double* slope, double* value);
/// From the gradient with respect to x, and `weight` on the value of positive_sample_rows.
void positive_sample_rows_backward(const Decoded<float>& d, const float* slope, const float* x_gradient,
                                   float weight);
void positive_sample_rows_backward(const Decoded<double>& d, const double* slope, const double* x_gradient,
                                   double weight);

/// value[r] += ‖softplus(mean) − centre − x_r‖²; only means are read and replaced.
void positive_square_rows(const Decoded<float>& d, const float* x, const float* centre, float weight,
                          float* value);
void positive_square_rows(const Decoded<double>& d, const double* x, const double* centre, double weight,
                          double* value);

// --- Bernoulli: means are logits, and there are no scales

/// value[r] += Σ x log p + (1 − x) log(1 − p).
void bernoulli_rows(const Decoded<float>& d, const float* x, float weight, float* value);
void bernoulli_rows(const Decoded<double>& d, const double* x, double weight, double* value);

/// Relaxed draw x = sigmoid((logit + noise) / temperature), value[r] += the Bernoulli's entropy. Leaves in
/// `d` what bernoulli_sample_rows_backward needs.
void bernoulli_sample_rows(const Decoded<float>& d, const float* noise, float temperature, float* x,
                           float* value);
void bernoulli_sample_rows(const Decoded<double>& d, const double* noise, double temperature, double* x,
                           double* value);
/// From the draw, the gradient with respect to it, and `weight` on the value of bernoulli_sample_rows.
void bernoulli_sample_rows_backward(const Decoded<float>& d, const float* x, const float* x_gradient,
                                    float temperature, float weight);
void bernoulli_sample_rows_backward(const Decoded<double>& d, const double* x, const double* x_gradient,
                                    double temperature, double weight);

/// value[r] += ‖sigmoid(logit) − x_r‖².
void bernoulli_square_rows(const Decoded<float>& d, const float* x, float weight, float* value);
void bernoulli_square_rows(const Decoded<double>& d, const double* x, double weight, double* value);

// --- concrete: `dims` logits [dims × rows], log α of all classes but the last

/// Logits and their gradients for `rows` rows.
template <class S>
struct Classes {
  const S* logits;
  S* gradient;
  Index stride;
  Index dims;
  Index rows;
  S temperature;
};

/// `u` [dims × rows]: the logits, relative to the last, of the composition that `gumbel` [dims + 1 × rows at
/// noise_stride] draws. value[r] −= what log q(y) has beside −Σ_k log y_k, which depends on the noise alone.
void concrete_sample(const Classes<float>& q, const float* gumbel, Index noise_stride, float* u,
                     Index u_stride, float* value);
void concrete_sample(const Classes<double>& q, const double* gumbel, Index noise_stride, double* u,
                     Index u_stride, double* value);
/// From the gradient with respect to `u`.
void concrete_sample_backward(const Classes<float>& q, const float* u_gradient, Index u_stride);
void concrete_sample_backward(const Classes<double>& q, const double* u_gradient, Index u_stride);

/// value[r] += log q(y_r) without its constant, of given log y [dims + 1 × rows at y_stride].
void concrete_density(const Classes<float>& q, const float* log_y, Index y_stride, float weight,
                      float* value);
void concrete_density(const Classes<double>& q, const double* log_y, Index y_stride, double weight,
                      double* value);

// --- noise

/// In place, of numbers that are uniform on (0, 1): standard Gumbel, standard logistic.
void gumbel_of_uniform(float* values, Index count);
void gumbel_of_uniform(double* values, Index count);
void logistic_of_uniform(float* values, Index count);
void logistic_of_uniform(double* values, Index count);

}  // namespace assayer::kernels
