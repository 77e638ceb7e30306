// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/adam.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/kernels/loops.h"

namespace assayer::model {

Adam::Adam(const Parameters& parameters, AdamOptions options)
    : options_(options),
      first_(at::zeros_like(parameters.values())),
      second_(at::zeros_like(parameters.values())) {}

void Adam::ascend(Parameters& parameters, std::span<const double> rates) {
  begin_step();
  for (Index m = 0; m < parameters.members(); ++m) ascend(parameters, m, rates[static_cast<std::size_t>(m)]);
}

void Adam::ascend(Parameters& parameters, Index member, double rate) {
  if (rate == 0) return;
  const at::NoGradGuard no_grad;
  const auto t = static_cast<double>(steps_);
  const double root_correction2 = std::sqrt(1.0 - std::pow(options_.beta2, t));
  const kernels::AdamStep step{.beta1 = options_.beta1,
                               .beta2 = options_.beta2,
                               .clip = options_.clip,
                               .rate = rate / (1.0 - std::pow(options_.beta1, t)),
                               .scale = 1.0 / root_correction2,
                               .epsilon = options_.epsilon};
  const Tensor& values = parameters.values();
  const Tensor& gradients = parameters.gradients();
  const auto in_place = [&](auto zero) {
    using Scalar = decltype(zero);
    auto* value = values.data_ptr<Scalar>();
    const auto* gradient = gradients.data_ptr<Scalar>();
    auto* first = first_.data_ptr<Scalar>();
    auto* second = second_.data_ptr<Scalar>();
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      const auto [offset, length] = parameters.range(p, member);
      kernels::adam_ascend(step, length, gradient + offset, first + offset, second + offset, value + offset);
    }
  };
  if (values.is_cpu() && values.scalar_type() == at::kDouble) return in_place(double{});
  if (values.is_cpu()) return in_place(float{});
  for (std::size_t p = 0; p < parameters.count(); ++p) {
    const auto [offset, length] = parameters.range(p, member);
    const Tensor gradient = gradients.narrow(0, offset, length).clamp(-step.clip, step.clip);
    Tensor first = first_.narrow(0, offset, length);
    Tensor second = second_.narrow(0, offset, length);
    first.mul_(step.beta1).add_(gradient, 1 - step.beta1);
    second.mul_(step.beta2).addcmul_(gradient, gradient, 1 - step.beta2);
    values.narrow(0, offset, length)
        .addcdiv_(first, second.sqrt().div_(root_correction2).add_(step.epsilon), step.rate);
  }
}

double cosine_schedule(Index step, Index steps) {
  const Index warm = std::max<Index>(1, steps * 3 / 100);
  if (step < warm) return static_cast<double>(step + 1) / static_cast<double>(warm);
  const double done =
      static_cast<double>(step - warm) / static_cast<double>(std::max<Index>(1, steps - warm));
  return 0.5 * (1 + std::cos(std::numbers::pi * std::min(done, 1.0)));
}

namespace {

void limit_norm_in_place(Parameters& parameters, double most) {
  float* gradients = parameters.gradients().data_ptr<float>();
  for (Index m = 0; m < parameters.members(); ++m) {
    double squares = 0;
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      const auto [offset, length] = parameters.range(p, m);
      for (Index i = offset; i < offset + length; ++i)
        squares += static_cast<double>(gradients[i]) * static_cast<double>(gradients[i]);
    }
    const double norm = std::sqrt(squares);
    if (norm <= most) continue;
    const auto factor = static_cast<float>(most / norm);
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      const auto [offset, length] = parameters.range(p, m);
      for (Index i = offset; i < offset + length; ++i) gradients[i] *= factor;
    }
  }
}

}  // namespace

void limit_gradient_norm(Parameters& parameters, double most) {
  const at::NoGradGuard no_grad;
  const Tensor& all = parameters.gradients();
  if (all.is_cpu() && all.scalar_type() == at::kFloat) return limit_norm_in_place(parameters, most);
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
