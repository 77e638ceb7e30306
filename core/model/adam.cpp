// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/adam.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace assayer::model {

Adam::Adam(const Parameters& parameters, AdamOptions options)
    : options_(options),
      first_(at::zeros_like(parameters.values())),
      second_(at::zeros_like(parameters.values())) {}

namespace {

struct Coefficients {
  double beta1, beta2, clip, rate, root_correction2, epsilon;
};

template <class Scalar>
void ascend_range(Scalar* value, const Scalar* gradient, Scalar* first, Scalar* second, Index length,
                  const Coefficients& c) {
  const auto beta1 = static_cast<Scalar>(c.beta1);
  const auto beta2 = static_cast<Scalar>(c.beta2);
  const auto clip = static_cast<Scalar>(c.clip);
  const auto rate = static_cast<Scalar>(c.rate);
  const auto scale = static_cast<Scalar>(1.0 / c.root_correction2);
  const auto epsilon = static_cast<Scalar>(c.epsilon);
  for (Index i = 0; i < length; ++i) {
    const Scalar g = std::clamp(gradient[i], -clip, clip);
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    value[i] += rate * first[i] / (std::sqrt(second[i]) * scale + epsilon);
  }
}

}  // namespace

void Adam::ascend(Parameters& parameters, std::span<const double> rates) {
  const at::NoGradGuard no_grad;
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const double correction1 = 1.0 - std::pow(options_.beta1, t);
  Coefficients c{
      options_.beta1,  options_.beta2, options_.clip, 0, std::sqrt(1.0 - std::pow(options_.beta2, t)),
      options_.epsilon};
  for (std::size_t p = 0; p < parameters.count(); ++p) {
    for (Index m = 0; m < parameters.members(); ++m) {
      const double rate = rates[static_cast<std::size_t>(m)];
      if (rate == 0) continue;
      c.rate = rate / correction1;
      const auto [offset, length] = parameters.range(p, m);
      if (parameters.values().is_cpu()) {
        const auto step = [&](auto* value, auto* gradient, auto* first, auto* second) {
          ascend_range(value + offset, gradient + offset, first + offset, second + offset, length, c);
        };
        if (parameters.values().scalar_type() == at::kDouble) {
          step(parameters.values().data_ptr<double>(), parameters.gradients().data_ptr<double>(),
               first_.data_ptr<double>(), second_.data_ptr<double>());
        } else {
          step(parameters.values().data_ptr<float>(), parameters.gradients().data_ptr<float>(),
               first_.data_ptr<float>(), second_.data_ptr<float>());
        }
        continue;
      }
      const Tensor gradient = parameters.gradients().narrow(0, offset, length).clamp(-c.clip, c.clip);
      Tensor first = first_.narrow(0, offset, length);
      Tensor second = second_.narrow(0, offset, length);
      first.mul_(c.beta1).add_(gradient, 1 - c.beta1);
      second.mul_(c.beta2).addcmul_(gradient, gradient, 1 - c.beta2);
      parameters.values()
          .narrow(0, offset, length)
          .addcdiv_(first, second.sqrt().div_(c.root_correction2).add_(c.epsilon), c.rate);
    }
  }
}

double cosine_schedule(Index step, Index steps) {
  const Index warm = std::max<Index>(1, steps * 3 / 100);
  if (step < warm) return static_cast<double>(step + 1) / static_cast<double>(warm);
  const double done =
      static_cast<double>(step - warm) / static_cast<double>(std::max<Index>(1, steps - warm));
  return 0.5 * (1 + std::cos(std::numbers::pi * std::min(done, 1.0)));
}

void limit_gradient_norm(Parameters& parameters, double most) {
  const at::NoGradGuard no_grad;
  for (Index m = 0; m < parameters.members(); ++m) {
    double squares = 0;
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      const auto [offset, length] = parameters.range(p, m);
      squares += parameters.gradients().narrow(0, offset, length).square().sum().item<double>();
    }
    const double norm = std::sqrt(squares);
    if (norm <= most) continue;
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      const auto [offset, length] = parameters.range(p, m);
      parameters.gradients().narrow(0, offset, length).mul_(most / norm);
    }
  }
}

}  // namespace assayer::model
