// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/flow.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace assayer::model {
namespace {

constexpr Index kCouplingUnits = 16;

/// log(1 + reach (1 − tanh²)), where `bent` is the tanh.
Tensor planar_log_det(const Tensor& reach, const Tensor& bent) {
  return (reach * (1.0 - bent.square())).log1p().squeeze(-1);
}

/// a of a + reach · tanh(a + b) = target, with its gradient. reach > −1 makes the left side increase.
Tensor planar_root(const Tensor& reach, const Tensor& b, const Tensor& target) {
  Tensor root;
  {
    const at::NoGradGuard no_grad;
    const int halvings = target.scalar_type() == at::kDouble ? 52 : 24;
    Tensor low = target - reach.abs();
    Tensor high = target + reach.abs();
    for (int i = 0; i < halvings; ++i) {
      const Tensor middle = 0.5 * (low + high);
      const Tensor above = middle + reach * (middle + b).tanh() > target;
      high = at::where(above, middle, high);
      low = at::where(above, low, middle);
    }
    root = 0.5 * (low + high);
  }
  const Tensor bent = (root + b).tanh();
  const Tensor slope = (1.0 + reach * (1.0 - bent.square())).detach();
  return root - (root + reach * bent - target) / slope;
}

}  // namespace

Flow::Flow(Parameters& parameters, const std::string& prefix, Kind kind, Index dimensions, Index layers)
    : kind_(kind), dimensions_(dimensions) {
  if (kind == Kind::None) return;
  const Index front = dimensions / 2;
  for (Index l = 0; l < layers; ++l) {
    const auto add = [&](const char* name, Index rows, Index cols) {
      return parameters.add(fmt::format("{}/flow{}/{}", prefix, l, name), rows, cols);
    };
    Layer layer;
    if (kind == Kind::Planar) {
      layer.first = add("direction", dimensions, 1);
      layer.second = add("step", 1, dimensions);
      layer.third = add("offset", 1, 1);
    } else {
      layer.keep_front = l % 2 == 0;
      const Index kept = layer.keep_front ? front : dimensions - front;
      layer.first = add("hidden/weight", kept, kCouplingUnits);
      layer.second = add("hidden/bias", 1, kCouplingUnits);
      layer.third = add("scale_and_shift/weight", kCouplingUnits, 2 * (dimensions - kept));
      layer.fourth = add("scale_and_shift/bias", 1, 2 * (dimensions - kept));
    }
    layers_.push_back(layer);
  }
}

Flow::Planar Flow::planar(const Parameters& parameters, const Layer& layer) {
  const Tensor& v = parameters.leaf(layer.first);
  const Tensor& w = parameters.leaf(layer.second);
  const Tensor along = at::matmul(w, v);
  // softplus, shifted so that w = 0 is the identity, minus 1: above −1, whatever w is.
  const Tensor reach = at::softplus(along + std::log(std::numbers::e - 1.0)) - 1.0;
  const Tensor length = v.square().sum(1, true).clamp_min(1e-12);
  return {v, w + (reach - along) * v.transpose(1, 2) / length, parameters.leaf(layer.third), reach};
}

Flow::Mapped Flow::coupling(const Parameters& parameters, const Layer& layer, const Tensor& u,
                            bool backward) const {
  const Index front = dimensions_ / 2;
  const Tensor head = u.narrow(-1, 0, front);
  const Tensor tail = u.narrow(-1, front, dimensions_ - front);
  const Tensor& kept = layer.keep_front ? head : tail;
  const Tensor& moved = layer.keep_front ? tail : head;
  const Tensor hidden = at::baddbmm(parameters.leaf(layer.second), kept, parameters.leaf(layer.first)).tanh();
  const Tensor out = at::baddbmm(parameters.leaf(layer.fourth), hidden, parameters.leaf(layer.third));
  // Bounded, so that no draw is thrown out of the range of numbers.
  const Tensor log_scale = out.narrow(-1, 0, moved.size(-1)).tanh();
  const Tensor shift = out.narrow(-1, moved.size(-1), moved.size(-1));
  const Tensor changed = backward ? (moved - shift) * (-log_scale).exp() : moved * log_scale.exp() + shift;
  return {layer.keep_front ? at::cat({head, changed}, -1) : at::cat({changed, tail}, -1), log_scale.sum(-1)};
}

Flow::Mapped Flow::forward(const Parameters& parameters, const Tensor& u) const {
  Mapped result{u, Tensor()};
  for (const Layer& layer : layers_) {
    Tensor log_det;
    if (kind_ == Kind::Planar) {
      const Planar p = planar(parameters, layer);
      const Tensor bent = (at::matmul(result.value, p.v) + p.b).tanh();
      result.value = result.value + bent * p.w;
      log_det = planar_log_det(p.reach, bent);
    } else {
      Mapped step = coupling(parameters, layer, result.value, false);
      result.value = step.value;
      log_det = step.log_det;
    }
    result.log_det = result.log_det.defined() ? result.log_det + log_det : log_det;
  }
  return result;
}

Flow::Mapped Flow::inverse(const Parameters& parameters, const Tensor& mapped) const {
  Mapped result{mapped, Tensor()};
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    Tensor log_det;
    if (kind_ == Kind::Planar) {
      const Planar p = planar(parameters, *layer);
      const Tensor bent = (planar_root(p.reach, p.b, at::matmul(result.value, p.v)) + p.b).tanh();
      result.value = result.value - bent * p.w;
      log_det = planar_log_det(p.reach, bent);
    } else {
      Mapped step = coupling(parameters, *layer, result.value, true);
      result.value = step.value;
      log_det = step.log_det;
    }
    result.log_det = result.log_det.defined() ? result.log_det + log_det : log_det;
  }
  return result;
}

void Flow::initialise(Parameters& parameters, Index member, at::Generator& generator) const {
  const at::NoGradGuard no_grad;
  for (const Layer& layer : layers_) {
    const auto part = [&](std::size_t p) { return parameters.leaf(p).detach().select(0, member); };
    // Drawn on the host, so that a seed means the same on every device.
    const Tensor first = part(layer.first);
    first.copy_(at::empty(first.sizes(), first.options().device(at::kCPU)).uniform_(-1, 1, generator));
    part(layer.second).zero_();
    part(layer.third).zero_();
    if (kind_ == Kind::Coupling) part(layer.fourth).zero_();
  }
}

}  // namespace assayer::model
