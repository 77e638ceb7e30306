// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused.h"

#include <torch/csrc/autograd/custom_function.h>

namespace assayer::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <class F>
void with_scalar(const Tensor& like, F&& f) {
  if (like.scalar_type() == at::kDouble) {
    f(double{});
  } else {
    f(float{});
  }
}

/// Rows and columns of [M, B, C] seen as one matrix.
struct Shape {
  explicit Shape(const Tensor& t) : cols(t.size(-1)), rows(cols == 0 ? 0 : t.numel() / cols) {}
  Index cols;
  Index rows;
};

struct LogDensity : torch::autograd::Function<LogDensity> {
  static Tensor forward(AutogradContext* context, const Tensor& mean_in, const Tensor& raw_in,
                        const Tensor& value_in) {
    const Tensor mean = mean_in.contiguous();
    const Tensor raw = raw_in.contiguous();
    const Tensor value = value_in.contiguous();
    // Kept for backward: w = (value − mean) / variance, and h = ½ ((value − mean)² / variance − 1).
    Tensor w = at::neg(raw).exp_();
    Tensor h = at::empty_like(raw);
    Tensor result = at::empty({mean.size(0), mean.size(1)}, mean.options());
    const Shape shape(mean);
    with_scalar(mean, [&](auto zero) {
      using Scalar = decltype(zero);
      const auto* m = mean.data_ptr<Scalar>();
      const auto* r = raw.data_ptr<Scalar>();
      const auto* v = value.data_ptr<Scalar>();
      auto* weighted = w.data_ptr<Scalar>();
      auto* half = h.data_ptr<Scalar>();
      auto* out = result.data_ptr<Scalar>();
      const auto one_half = static_cast<Scalar>(0.5);
      for (Index row = 0; row < shape.rows; ++row) {
        Scalar sums[8] = {};  // independent partial sums let the compiler use vector registers
        const Index begin = row * shape.cols;
        const Index end = begin + shape.cols;
        const auto element = [&](Index i) {
          const Scalar difference = v[i] - m[i];
          weighted[i] *= difference;
          const Scalar square = difference * weighted[i];
          half[i] = one_half * (square - 1);
          return r[i] + square;
        };
        Index i = begin;
        for (; i + 8 <= end; i += 8) {
          for (Index lane = 0; lane < 8; ++lane) sums[lane] += element(i + lane);
        }
        for (; i < end; ++i) sums[0] += element(i);
        out[row] = -one_half * (((sums[0] + sums[1]) + (sums[2] + sums[3])) +
                                ((sums[4] + sums[5]) + (sums[6] + sums[7])));
      }
    });
    context->save_for_backward({w, h});
    context->saved_data["value"] = value_in.requires_grad();
    return result;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor g = gradients[0].unsqueeze(-1);
    const Tensor mean_gradient = saved[0] * g;
    return {mean_gradient, saved[1] * g, context->saved_data["value"].toBool() ? -mean_gradient : Tensor()};
  }
};

struct Sample : torch::autograd::Function<Sample> {
  static Tensor forward(AutogradContext* context, const Tensor& mean, const Tensor& raw,
                        const Tensor& noise) {
    // deviation = exp(raw / 2) · noise; its derivative with respect to raw is half of it.
    const Tensor deviation = at::mul(raw, 0.5).exp_().mul_(noise);
    context->save_for_backward({deviation});
    return mean + deviation;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Tensor deviation = context->get_saved_variables()[0];
    return {gradients[0], (gradients[0] * deviation).mul_(0.5), Tensor()};
  }
};

}  // namespace

Tensor fused_log_density(const Tensor& mean, const Tensor& raw, const Tensor& value) {
  return LogDensity::apply(mean, raw, value);
}

Tensor fused_sample(const Tensor& mean, const Tensor& raw, const Tensor& noise) {
  return Sample::apply(mean, raw, noise);
}

}  // namespace assayer::model
