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

void Adam::ascend(Parameters& parameters, std::span<const double> rates, double factor) {
  begin_step();
  if (!parameters.values().is_cpu()) return ascend_whole(parameters, rates, factor);
  for (Index m = 0; m < parameters.members(); ++m)
    ascend(parameters, m, factor * rates[static_cast<std::size_t>(m)]);
}

kernels::AdamStep Adam::present_step(double rate) const {
  const auto t = static_cast<double>(steps_);
  return {.beta1 = options_.beta1,
          .beta2 = options_.beta2,
          .clip = options_.clip,
          .rate = rate / (1.0 - std::pow(options_.beta1, t)),
          .scale = 1.0 / std::sqrt(1.0 - std::pow(options_.beta2, t)),
          .epsilon = options_.epsilon};
}

void Adam::ascend_whole(Parameters& parameters, std::span<const double> rates, double factor) {
  const at::NoGradGuard no_grad;
  const Tensor& values = parameters.values();
  if (!element_rates_.defined() || !std::ranges::equal(rates, rates_)) {
    rates_.assign(rates.begin(), rates.end());
    element_rates_ = at::empty_like(values);
    const Tensor of_member = at::tensor(rates_, at::kDouble).to(values.options()).unsqueeze(1);
    for (std::size_t p = 0; p < parameters.count(); ++p)
      parameters.of_members(element_rates_, p).copy_(of_member);
  }
  const kernels::AdamStep step = present_step(factor);
  const Tensor gradient = parameters.gradients().clamp(-step.clip, step.clip);
  Tensor first = first_ * step.beta1 + gradient * (1 - step.beta1);
  Tensor second = second_ * step.beta2 + gradient.square() * (1 - step.beta2);
  if (std::ranges::find(rates_, 0.0) != rates_.end()) {
    // Nothing of a frozen member may enter: its gradient is no number.
    const Tensor moves = element_rates_ != 0;
    first = at::where(moves, first, first_);
    second = at::where(moves, second, second_);
  }
  first_.copy_(first);
  second_.copy_(second);
  values.addcdiv_(first * element_rates_, second.sqrt_().mul_(step.scale).add_(step.epsilon), step.rate);
}

void Adam::ascend(Parameters& parameters, Index member, double rate) {
  if (rate == 0) return;
  const at::NoGradGuard no_grad;
  const kernels::AdamStep step = present_step(rate);
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
  if (values.scalar_type() == at::kDouble) return in_place(double{});
  in_place(float{});
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
  // Without a look at a number, which would make a device wait.
  Tensor squares = at::zeros({parameters.members()}, all.options().dtype(at::kDouble));
  for (std::size_t p = 0; p < parameters.count(); ++p)
    squares += parameters.of_members(all, p).square().sum(1, false, at::kDouble);
  const Tensor factor = (most / squares.sqrt()).clamp_max(1).to(all.scalar_type()).unsqueeze(1);
  for (std::size_t p = 0; p < parameters.count(); ++p) parameters.of_members(all, p).mul_(factor);
}

}  // namespace assayer::model
