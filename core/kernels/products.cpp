// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/products.h"

// The interface of Fortran is the one that every BLAS has, and no header of one is needed for it.
extern "C" {
void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const float*,
            const int*, const float*, const int*, const float*, float*, const int*);
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*,
            const int*, const double*, const int*, const double*, double*, const int*);
}

namespace assayer::kernels {
namespace {

/// Multiplications per row up to which plain loops beat a call of BLAS.
constexpr Index kThin = 256;

template <class S, class Gemm>
void row_major(Gemm* gemm, Index m, Index n, Index k, Operand<S> a, Operand<S> b, S beta, S* c,
               Index c_stride) {
  if (m == 0 || n == 0) return;
  // Fortran's columns are our rows: it sees cᵀ = bᵀ aᵀ.
  const char* form_a = a.transposed ? "T" : "N";
  const char* form_b = b.transposed ? "T" : "N";
  const auto fortran = [](Index value) { return static_cast<int>(value); };
  const int rows = fortran(n);
  const int cols = fortran(m);
  const int inner = fortran(k);
  const int a_stride = fortran(a.stride);
  const int b_stride = fortran(b.stride);
  const int stride = fortran(c_stride);
  const S one = 1;
  gemm(form_b, form_a, &rows, &cols, &inner, &one, b.data, &b_stride, a.data, &a_stride, &beta, c, &stride);
}

bool thin(Index in_units, Index out_units) {
  return in_units * out_units <= kThin;
}

}  // namespace

void product(Index m, Index n, Index k, Operand<float> a, Operand<float> b, float beta, float* c,
             Index c_stride) {
  row_major(&sgemm_, m, n, k, a, b, beta, c, c_stride);
}

void product(Index m, Index n, Index k, Operand<double> a, Operand<double> b, double beta, double* c,
             Index c_stride) {
  row_major(&dgemm_, m, n, k, a, b, beta, c, c_stride);
}

template <class S>
void layer(const S* weight, Index in_units, Index out_units, Index rows, const S* in, Index in_stride, S* out,
           Index out_stride, const S* bias, bool add) {
  if (thin(in_units, out_units)) {
    thin_product(Thin<S>{weight, out_units, 1, in_units, out_units, rows}, in, in_stride, out, out_stride,
                 bias, add);
    return;
  }
  product(out_units, rows, in_units, {weight, out_units, true}, {in, in_stride}, S(add ? 1 : 0), out,
          out_stride);
  if (bias == nullptr) return;
  for (Index o = 0; o < out_units; ++o) {
    for (Index r = 0; r < rows; ++r) out[o * out_stride + r] += bias[o];
  }
}

template <class S>
void layer_backward(const S* weight, Index in_units, Index out_units, Index rows, const S* out_gradient,
                    Index out_stride, S* in_gradient, Index in_stride, bool add) {
  if (thin(in_units, out_units)) {
    // The same product with the roles of the two sides exchanged.
    thin_product(Thin<S>{weight, 1, out_units, out_units, in_units, rows}, out_gradient, out_stride,
                 in_gradient, in_stride, static_cast<const S*>(nullptr), add);
    return;
  }
  product(in_units, rows, out_units, {weight, out_units}, {out_gradient, out_stride}, S(add ? 1 : 0),
          in_gradient, in_stride);
}

template <class S>
void layer_weights(Index in_units, Index out_units, Index rows, const S* in, Index in_stride,
                   const S* out_gradient, Index out_stride, S* weight_gradient, S* bias_gradient) {
  if (thin(in_units, out_units)) {
    thin_outer(in, in_stride, in_units, out_gradient, out_stride, out_units, rows, weight_gradient);
  } else {
    product(in_units, out_units, rows, {in, in_stride}, {out_gradient, out_stride, true}, S(1),
            weight_gradient, out_units);
  }
  if (bias_gradient != nullptr) add_row_sums(out_gradient, out_stride, out_units, rows, bias_gradient);
}

template void layer(const float*, Index, Index, Index, const float*, Index, float*, Index, const float*,
                    bool);
template void layer(const double*, Index, Index, Index, const double*, Index, double*, Index, const double*,
                    bool);
template void layer_backward(const float*, Index, Index, Index, const float*, Index, float*, Index, bool);
template void layer_backward(const double*, Index, Index, Index, const double*, Index, double*, Index, bool);
template void layer_weights(Index, Index, Index, const float*, Index, const float*, Index, float*, float*);
template void layer_weights(Index, Index, Index, const double*, Index, const double*, Index, double*,
                            double*);

}  // namespace assayer::kernels
