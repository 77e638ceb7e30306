// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused_step.h"

#include <fmt/format.h>

#include <stdexcept>

namespace assayer::model {

FusedCover fused_cover(const TrainConfig& config, at::Device device) {
  if (!device.is_cpu()) return {false, "it computes on the CPU only"};
  if (config.method == "guided") return {true, {}};
  if (config.flow != "none") return {false, "it knows no normalizing flow"};
  if (config.samples != 1) return {false, "it takes one sample of every expectation"};
  if (config.reverse_z == "inferred") return {false, "it does not infer z of unfeatured compositions"};
  return {true, {}};
}

Status choose_step(TrainConfig& config, const FusedCover& cover, const TrainConfig* resume) {
  if (config.step == "autograd") return {};
  // A checkpoint that does not say is from before there was a choice.
  if (config.step == "auto" && resume != nullptr) {
    config.step = resume->step == "auto" ? "autograd" : resume->step;
    if (config.step == "autograd") return {};
  }
  if (!cover.covered && config.step == "fused") {
    return fail({Error::Kind::Usage, "the fused step does not go with these settings", "step", "",
                 cover.reason, "Use step=auto, which takes autograd where it has to."});
  }
  config.step = cover.covered ? "fused" : "autograd";
  return {};
}

kernels::StepShape step_shape(const TrainConfig& config, const Networks& networks, Index rows_l, Index rows_u,
                              Index rows_y) {
  using Likelihood = kernels::StepShape::Likelihood;
  const Sizes& sizes = networks.sizes();
  const Families& families = networks.families();
  const auto numbers = [](const Tensor& tensor) {
    const Tensor host = tensor.to(at::kCPU, at::kDouble).contiguous();
    return std::vector<double>(host.data_ptr<double>(), host.data_ptr<double>() + host.numel());
  };
  const auto widths = [](const std::vector<std::int64_t>& layers) {
    return std::vector<kernels::Index>(layers.begin(), layers.end());
  };
  kernels::StepShape shape;
  shape.channels = sizes.channels;
  shape.components = sizes.components;
  shape.nuisance = sizes.nuisance;
  shape.hidden_y = widths(config.hidden_y);
  shape.hidden_z = widths(config.hidden_z);
  shape.hidden_x = widths(config.hidden_x);
  shape.rows_l = rows_l;
  shape.rows_u = rows_u;
  shape.rows_y = rows_y;
  shape.softplus_hidden = config.nonlinearity == "softplus";
  shape.softplus_spread = config.spread == "softplus";
  shape.half_width = config.z_half_width();
  shape.z_observed = config.reverse_z == "observed";
  shape.published_code = config.objective == "published-code";
  shape.alphas = config.effective_alphas();
  if (families.x == Families::X::SoftplusGaussian) {
    shape.likelihood = Likelihood::SoftplusGaussian;
    shape.x_centre = numbers(families.x_centre);
  }
  if (families.x == Families::X::Bernoulli) shape.likelihood = Likelihood::Bernoulli;
  shape.concrete_y = families.y == Families::Y::Concrete;
  shape.gaussian_z = families.z == Families::Z::Gaussian;
  shape.temperature = families.temperature;
  if (families.y_prior.defined()) {
    const Tensor alpha = families.y_prior.to(at::kCPU, at::kDouble);
    shape.y_prior = numbers(alpha);
    shape.y_prior_normaliser = (alpha.sum().lgamma() - alpha.lgamma().sum()).item<double>();
  }
  return shape;
}

template <class S>
kernels::MemberWeights<S> member_weights(const Networks& networks, const TrainConfig& config, Index member) {
  const Parameters& parameters = networks.parameters();
  const auto find = [&](const std::string& name) -> Parameters::Range {
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      if (parameters.name(p) == name) return parameters.range(p, member);
    }
    throw std::logic_error("no weight is called " + name);
  };
  const auto layer = [&](const std::string& name) {
    const Index weight = find(name + "/weight").offset;
    const Index bias = find(name + "/bias").offset;
    const S* values = parameters.values().data_ptr<S>();
    S* gradients = parameters.gradients().data_ptr<S>();
    return kernels::LayerWeights<S>{values + weight, values + bias, gradients + weight, gradients + bias};
  };
  const auto network = [&](const std::string& prefix, std::size_t layers, bool logits) {
    kernels::NetworkWeights<S> weights;
    for (std::size_t i = 0; i < layers; ++i)
      weights.hidden.push_back(layer(fmt::format("{}/hidden{}", prefix, i)));
    weights.mean = layer(prefix + (logits ? "/logits" : "/mean"));
    if (!logits) weights.scale = layer(prefix + (config.spread == "softplus" ? "/sd" : "/log_variance"));
    return weights;
  };
  const Families& families = networks.families();
  return {network("q_y", config.hidden_y.size(), families.y == Families::Y::Concrete),
          network("q_z", config.hidden_z.size(), false),
          network("p_x", config.hidden_x.size(), families.x == Families::X::Bernoulli)};
}

template kernels::MemberWeights<float> member_weights(const Networks&, const TrainConfig&, Index);
template kernels::MemberWeights<double> member_weights(const Networks&, const TrainConfig&, Index);

}  // namespace assayer::model
