// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/kernels/loops.h"

namespace assayer::kernels {

/// Numbers and the gradient that is added to.
template <class S>
struct Weight {
  const S* value = nullptr;
  S* gradient = nullptr;
};

/// scale · (p · A + tanh(p · W + b) · V + c): what a small network adds to a linear prediction.
template <class S>
struct CorrectionWeights {
  Weight<S> linear;       ///< A [in × out]
  Weight<S> hidden;       ///< W [in × hidden]
  Weight<S> hidden_bias;  ///< b [hidden]
  Weight<S> out;          ///< V [hidden × out]
  Weight<S> bias;         ///< c [out]
};

/// One on arrays that hold one unit after the other for `rows` rows ([units × rows] at `stride`), with the
/// memory that its passes share. `rows` may begin anywhere in them.
template <class S>
struct CorrectionPass {
  Index in = 0;
  Index hidden = 0;
  Index out = 0;
  S scale = 1;
  Index stride = 0;
  S* units = nullptr;           ///< [hidden × stride] activations
  S* units_gradient = nullptr;  ///< [hidden × stride]
  S* added = nullptr;           ///< [out × stride] what was added; then its scaled gradient

  /// result += correction of p, for rows [begin, end).
  void forward(const CorrectionWeights<S>& weights, const S* p, Index begin, Index end, S* result) const;
  /// From the gradient with respect to the result; that of p is added to where it is asked for.
  void backward(const CorrectionWeights<S>& weights, const S* gradient, Index begin, Index end,
                S* p_gradient) const;
  /// Gradients of the weights over rows [0, rows), after `backward` of all of them.
  void weights(const CorrectionWeights<S>& weights, const S* p, Index rows) const;
  /// The gradient of −penalty · Σ squares of all weights; returns the sum of squares.
  [[nodiscard]] double penalise(const CorrectionWeights<S>& weights, double penalty) const;
};

extern template struct CorrectionPass<float>;
extern template struct CorrectionPass<double>;

/// The gradient of −penalty · Σ squares of `count` weights; returns the sum of squares.
template <class S>
double penalise(const Weight<S>& weight, Index count, double penalty);

}  // namespace assayer::kernels
