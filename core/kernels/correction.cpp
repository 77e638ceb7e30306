// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/correction.h"

#include "core/kernels/products.h"

namespace assayer::kernels {

template <class S>
void CorrectionPass<S>::forward(const CorrectionWeights<S>& weights, const S* p, Index begin, Index end,
                                S* result) const {
  const Index rows = end - begin;
  layer(weights.hidden.value, in, hidden, rows, p + begin, stride, units + begin, stride,
        static_cast<const S*>(nullptr), false);
  activate(units + begin, stride, weights.hidden_bias.value, hidden, rows, false);
  layer(weights.linear.value, in, out, rows, p + begin, stride, added + begin, stride, weights.bias.value,
        false);
  layer(weights.out.value, hidden, out, rows, units + begin, stride, added + begin, stride,
        static_cast<const S*>(nullptr), true);
  for (Index o = 0; o < out; ++o) {
    for (Index r = begin; r < end; ++r) result[o * stride + r] += scale * added[o * stride + r];
  }
}

template <class S>
void CorrectionPass<S>::backward(const CorrectionWeights<S>& weights, const S* gradient, Index begin,
                                 Index end, S* p_gradient) const {
  const Index rows = end - begin;
  for (Index o = 0; o < out; ++o) {
    for (Index r = begin; r < end; ++r) added[o * stride + r] = scale * gradient[o * stride + r];
  }
  layer_backward(weights.out.value, hidden, out, rows, added + begin, stride, units_gradient + begin, stride,
                 false);
  activate_backward(units_gradient + begin, units + begin, stride, hidden, rows, false);
  if (p_gradient == nullptr) return;
  layer_backward(weights.linear.value, in, out, rows, added + begin, stride, p_gradient + begin, stride,
                 true);
  layer_backward(weights.hidden.value, in, hidden, rows, units_gradient + begin, stride, p_gradient + begin,
                 stride, true);
}

template <class S>
void CorrectionPass<S>::weights(const CorrectionWeights<S>& weights, const S* p, Index rows) const {
  layer_weights(in, out, rows, p, stride, added, stride, weights.linear.gradient, weights.bias.gradient);
  layer_weights(hidden, out, rows, units, stride, added, stride, weights.out.gradient,
                static_cast<S*>(nullptr));
  layer_weights(in, hidden, rows, p, stride, units_gradient, stride, weights.hidden.gradient,
                weights.hidden_bias.gradient);
}

template <class S>
double CorrectionPass<S>::penalise(const CorrectionWeights<S>& weights, double penalty) const {
  return kernels::penalise(weights.linear, in * out, penalty) +
         kernels::penalise(weights.hidden, in * hidden, penalty) +
         kernels::penalise(weights.hidden_bias, hidden, penalty) +
         kernels::penalise(weights.out, hidden * out, penalty) +
         kernels::penalise(weights.bias, out, penalty);
}

template <class S>
double penalise(const Weight<S>& weight, Index count, double penalty) {
  const S slope = static_cast<S>(-2 * penalty);
  double squares = 0;
  for (Index i = 0; i < count; ++i) {
    const S value = weight.value[i];
    squares += static_cast<double>(value) * static_cast<double>(value);
    weight.gradient[i] += slope * value;
  }
  return squares;
}

template struct CorrectionPass<float>;
template struct CorrectionPass<double>;
template double penalise(const Weight<float>&, Index, double);
template double penalise(const Weight<double>&, Index, double);

}  // namespace assayer::kernels
