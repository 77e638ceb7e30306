// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace assayer::kernels {

using Index = std::ptrdiff_t;

// The element-wise work of a training step, one pass over memory each and nothing allocated. Every function
// exists for float, compiled for several instruction sets, and for double, in which tests compare gradients.
//
// A Gaussian's scale is given as `raw`: log σ², or, `softplus`, the number whose softplus (plus 1e-5) is σ.
// Gradients are those of `weight` times the value that the same function adds.

// --- spectra: row-major, one row per spectrum
// -----------------------------------------------------------------

/// What the decoder gives for `rows` spectra in `channels` channels next to each other: row r has its means
/// at out[r · stride] and its raw scales `channels` later. The functions below replace both by gradients.
/// Rows of spectra, noise and gradients with respect to spectra are `x_stride` apart.
template <class S>
struct Decoded {
  S* out;
  Index stride;
  Index rows;
  Index channels;
  Index x_stride;
  bool softplus;
};

/// value[r] += log N(x_r; mean, σ²) without its constant.
void gaussian_rows(const Decoded<float>& d, const float* x, float weight, float* value);
void gaussian_rows(const Decoded<double>& d, const double* x, double weight, double* value);

/// x = mean + σ noise, value[r] −= log N(x_r; mean, σ²) without its constant. Leaves in `d` what
/// sample_rows_backward needs.
void sample_rows(const Decoded<float>& d, const float* noise, float* x, float* value);
void sample_rows(const Decoded<double>& d, const double* noise, double* x, double* value);
/// From the gradient with respect to x, and `weight` on the value of sample_rows.
void sample_rows_backward(const Decoded<float>& d, const float* x_gradient, float weight);
void sample_rows_backward(const Decoded<double>& d, const double* x_gradient, double weight);

/// value[r] += ‖mean − x_r‖²; only means are read and replaced.
void square_rows(const Decoded<float>& d, const float* x, float weight, float* value);
void square_rows(const Decoded<double>& d, const double* x, double weight, double* value);

/// The published code's (14): value[r] += ‖mean + σ noise − x_r‖₂. The gradients go to `gradient`, which has
/// the form of the decoder's output at stride 2 · channels; `d` is only read, and has all channels.
void distance_rows(const Decoded<float>& d, const float* x, const float* noise, float weight, float* value,
                   float* gradient);
void distance_rows(const Decoded<double>& d, const double* x, const double* noise, double weight,
                   double* value, double* gradient);

/// What networks see of `count` values of a spectrum, in float alone, as data sets have them:
/// out[i] = value / scale, kept within [low, high], less mean[i]. False where a value is not finite.
bool centre_values(const float* values, Index count, float scale, float low, float high, const float* mean,
                   float* out);

// --- latent variables: one dimension at a time, its entries of all rows beside each other
// ----------------------

/// A dimension of a small Gaussian for `rows` rows, and where its gradients are added to.
template <class S>
struct Latent {
  const S* mean;
  const S* raw;
  S* mean_gradient;
  S* raw_gradient;
  Index rows;
  bool softplus;
};

/// value[r] += log N(target_r) without its constant.
void latent_density(const Latent<float>& q, const float* target, float weight, float* value);
void latent_density(const Latent<double>& q, const double* target, double weight, double* value);

/// sample = mean + σ noise, value[r] −= log N(sample_r) without its constant.
void latent_sample(const Latent<float>& q, const float* noise, float* sample, float* value);
void latent_sample(const Latent<double>& q, const double* noise, double* sample, double* value);
/// From the gradient with respect to the sample, and `weight` on the value of latent_sample.
void latent_sample_backward(const Latent<float>& q, const float* noise, const float* sample_gradient,
                            float weight);
void latent_sample_backward(const Latent<double>& q, const double* noise, const double* sample_gradient,
                            double weight);

/// log softmax([u, 0]) of `dims` rows of logits at stride `stride`: dims + 1 rows of `log_y`.
void log_softmax(const float* u, Index stride, Index dims, Index rows, float* log_y, Index log_stride);
void log_softmax(const double* u, Index stride, Index dims, Index rows, double* log_y, Index log_stride);

/// In place: gradient with respect to the logits from that with respect to the composition `y` [components ×
/// rows], and `weight` on Σ_k log y_k.
void softmax_backward(const float* y, Index stride, Index components, Index rows, float weight,
                      float* gradient, Index gradient_stride);
void softmax_backward(const double* y, Index stride, Index components, Index rows, double weight,
                      double* gradient, Index gradient_stride);

/// The published code's Jacobian: value[r] += sign · Σ_k log(y_k + 1e-5), and its gradient added to
/// `gradient`.
void log_volume(const float* y, Index stride, Index components, Index rows, float sign, float* value);
void log_volume(const double* y, Index stride, Index components, Index rows, double sign, double* value);
void log_volume_backward(const float* y, Index stride, Index components, Index rows, float weight,
                         float* gradient, Index gradient_stride);
void log_volume_backward(const double* y, Index stride, Index components, Index rows, double weight,
                         double* gradient, Index gradient_stride);

/// z = 2 a sigmoid(ζ) − a, and value[r] += log σ(ζ) + log σ(−ζ).
void stretch(const float* zeta, Index rows, float half_width, float* z, float* value);
void stretch(const double* zeta, Index rows, double half_width, double* z, double* value);
/// In place: gradient with respect to ζ from that with respect to z and `weight` on the value of stretch.
void stretch_backward(const float* z, Index rows, float half_width, float weight, float* gradient);
void stretch_backward(const double* z, Index rows, double half_width, double weight, double* gradient);
/// ζ of z, kept 1e-5 of the width from the border, and value[r] −= log σ(ζ) + log σ(−ζ).
void unstretch(const float* z, Index rows, float half_width, float* zeta, float* value);
void unstretch(const double* z, Index rows, double half_width, double* zeta, double* value);

/// out = log in, out = exp in.
void log_all(const float* in, Index count, float* out);
void log_all(const double* in, Index count, double* out);
void exp_all(const float* in, Index count, float* out);
void exp_all(const double* in, Index count, double* out);

// --- hidden layers and weights
// -----------------------------------------------------------------------------------

/// In place: nonlinearity(values + bias) of `width` units for `rows` rows, one unit after the other.
void activate(float* values, Index stride, const float* bias, Index width, Index rows, bool softplus);
void activate(double* values, Index stride, const double* bias, Index width, Index rows, bool softplus);
/// In place: gradient before the nonlinearity from that after it and what `activate` gave.
void activate_backward(float* gradient, const float* values, Index stride, Index width, Index rows,
                       bool softplus);
void activate_backward(double* gradient, const double* values, Index stride, Index width, Index rows,
                       bool softplus);

/// Products that are too small for BLAS. out[o][r] (+)= Σ_i weight[i · i_step + o · o_step] in[i][r].
template <class S>
struct Thin {
  const S* weight;
  Index i_step;
  Index o_step;
  Index in;
  Index out;
  Index rows;
};
void thin_product(const Thin<float>& p, const float* in, Index in_stride, float* out, Index out_stride,
                  const float* bias, bool add);
void thin_product(const Thin<double>& p, const double* in, Index in_stride, double* out, Index out_stride,
                  const double* bias, bool add);
/// weight[i · out + o] += Σ_r a[i][r] b[o][r].
void thin_outer(const float* a, Index a_stride, Index in, const float* b, Index b_stride, Index out,
                Index rows, float* weight);
void thin_outer(const double* a, Index a_stride, Index in, const double* b, Index b_stride, Index out,
                Index rows, double* weight);
/// sums[i] += Σ_r values[i][r].
void add_row_sums(const float* values, Index stride, Index width, Index rows, float* sums);
void add_row_sums(const double* values, Index stride, Index width, Index rows, double* sums);

/// One member's step of Adam *up* a gradient that is clipped to [−clip, clip] first (Kingma & Ba 2015,
/// arXiv:1412.6980). `rate` is divided by the first correction, `scale` is 1 over the root of the second.
struct AdamStep {
  double beta1, beta2, clip, rate, scale, epsilon;
};
void adam_ascend(const AdamStep& step, Index count, const float* gradient, float* first, float* second,
                 float* value);
void adam_ascend(const AdamStep& step, Index count, const double* gradient, double* first, double* second,
                 double* value);

/// Whether all are finite.
bool all_finite(const float* values, Index count);
bool all_finite(const double* values, Index count);

}  // namespace assayer::kernels
