// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/kernels/loops.h"
#include "core/mixing/link.h"

namespace assayer::kernels {

// The element-wise work of a step of 'guided', beside that of loops.h and with its conventions: gradients are
// those of `weight` times the value that the same function adds.

/// Spectra of a mixture in the link's domain, row-major: row r at v[r · channels]. The functions below
/// replace v by gradients with respect to it, or by what a later one needs.
template <class S>
struct Mixed {
  S* v;
  Index rows;
  Index channels;
  LinkSettings link;
};

/// value[r] −= Σ_c (x_rc − g⁻¹(v_rc))² / (2 σ_c²), and the same of every channel to log_sd[c], times
/// `weight`. Row r of x is at x[rows[r] · channels]. `precision`: 1 / σ².
void mixed_gaussian(const Mixed<float>& m, const float* x, const std::int64_t* rows, const float* precision,
                    float weight, float* value, float* log_sd);
void mixed_gaussian(const Mixed<double>& m, const double* x, const std::int64_t* rows,
                    const double* precision, double weight, double* value, double* log_sd);

/// x = g⁻¹(v) + σ noise; value[r] += Σ noise² / 2. Leaves dx/dv in v.
void mixed_sample(const Mixed<float>& m, const float* noise, const float* sd, float* x, float* value);
void mixed_sample(const Mixed<double>& m, const double* noise, const double* sd, double* x, double* value);
/// From the gradient with respect to x: v becomes that with respect to v, and log_sd[c] += Σ_r gradient σ
/// noise.
void mixed_sample_backward(const Mixed<float>& m, const float* x_gradient, const float* noise,
                           const float* sd, float* log_sd);
void mixed_sample_backward(const Mixed<double>& m, const double* x_gradient, const double* noise,
                           const double* sd, double* log_sd);

/// v = g(x) of `count` numbers.
void link_forward(const LinkSettings& link, const float* x, Index count, float* v);
void link_forward(const LinkSettings& link, const double* x, Index count, double* v);
/// gradient (+)= v_gradient · dg/dx.
void link_backward(const LinkSettings& link, const float* x, Index count, const float* v_gradient,
                   float* gradient, bool add);
void link_backward(const LinkSettings& link, const double* x, Index count, const double* v_gradient,
                   double* gradient, bool add);

/// Each of `rows` spectra less its mean, over its standard deviation; and back.
void snv_rows(const float* x, Index rows, Index channels, float* u);
void snv_rows(const double* x, Index rows, Index channels, double* u);
void snv_rows_backward(const float* x, Index rows, Index channels, const float* u_gradient, float* gradient);
void snv_rows_backward(const double* x, Index rows, Index channels, const double* u_gradient,
                       double* gradient);

/// log ŷ of ŷ ∝ softplus(100 t) / 100 + 1e-6, [components × rows] at a stride.
void positive_composition(const float* t, Index stride, Index components, Index rows, float* log_y);
void positive_composition(const double* t, Index stride, Index components, Index rows, double* log_y);
/// In place: gradient with respect to t from that with respect to log ŷ.
void positive_composition_backward(const float* t, Index stride, Index components, Index rows,
                                   float* gradient);
void positive_composition_backward(const double* t, Index stride, Index components, Index rows,
                                   double* gradient);

/// value[r] += Σ_k y_k (log y_k − log ŷ_k) + mean_k ((y_k − ŷ_k) / sd_k)², and its gradient added to
/// `gradient`.
void label_loss(const float* y, const float* log_y_hat, Index stride, Index components, Index rows,
                const float* sd, float weight, float* value, float* gradient);
void label_loss(const double* y, const double* log_y_hat, Index stride, Index components, Index rows,
                const double* sd, double weight, double* value, double* gradient);

}  // namespace assayer::kernels
