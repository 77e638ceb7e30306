// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/loops.h"

namespace assayer::kernels {

/// A row-major matrix as a product sees it: element (r, c) at data[r · stride + c], or with rows and columns
/// exchanged.
template <class S>
struct Operand {
  const S* data;
  Index stride;
  bool transposed = false;
};

/// c [m × n, row-major] = a [m × k] b [k × n] + beta c, through the BLAS that LibTorch uses, too.
void product(Index m, Index n, Index k, Operand<float> a, Operand<float> b, float beta, float* c,
             Index c_stride);
void product(Index m, Index n, Index k, Operand<double> a, Operand<double> b, double beta, double* c,
             Index c_stride);

// Layers on arrays that hold one unit after the other, each for all rows beside each other ([units × rows] at
// a stride). Weights are [in × out], row-major. The smallest products go past BLAS, whose call costs more.

/// out = weightᵀ in + bias (none where null), or out += weightᵀ in.
template <class S>
void layer(const S* weight, Index in_units, Index out_units, Index rows, const S* in, Index in_stride, S* out,
           Index out_stride, const S* bias, bool add);
/// in_gradient (+)= weight out_gradient.
template <class S>
void layer_backward(const S* weight, Index in_units, Index out_units, Index rows, const S* out_gradient,
                    Index out_stride, S* in_gradient, Index in_stride, bool add);
/// weight_gradient += in out_gradientᵀ, bias_gradient += row sums (not where null).
template <class S>
void layer_weights(Index in_units, Index out_units, Index rows, const S* in, Index in_stride,
                   const S* out_gradient, Index out_stride, S* weight_gradient, S* bias_gradient);

}  // namespace assayer::kernels
