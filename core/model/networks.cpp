// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/networks.h"

#include <fmt/format.h>

#include <cmath>

namespace assayer::model {
Nonlinearity nonlinearity_of(const TrainConfig& config) {
  return config.nonlinearity == "softplus" ? Nonlinearity::Softplus : Nonlinearity::Tanh;
}

Spread spread_of(const TrainConfig& config) {
  return config.spread == "softplus" ? Spread::Softplus : Spread::LogVariance;
}

namespace {

Flow::Kind flow_of(const TrainConfig& config) {
  if (config.flow == "planar") return Flow::Kind::Planar;
  return config.flow == "coupling" ? Flow::Kind::Coupling : Flow::Kind::None;
}

}  // namespace

Mlp::Layer Mlp::add_layer(Parameters& parameters, const std::string& name, Index in, Index out) const {
  return {parameters.add(name + "/weight", in, out), parameters.add(name + "/bias", 1, out)};
}

Mlp::Mlp(Parameters& parameters, const std::string& prefix, Index in, std::span<const Index> hidden,
         Index out, Nonlinearity nonlinearity, Spread spread, Heads heads)
    : heads_(heads), nonlinearity_(nonlinearity), spread_(spread) {
  for (std::size_t layer = 0; layer < hidden.size(); ++layer) {
    hidden_.push_back(add_layer(parameters, fmt::format("{}/hidden{}", prefix, layer), in, hidden[layer]));
    in = hidden[layer];
  }
  mean_ = add_layer(parameters, prefix + (heads == Heads::Logits ? "/logits" : "/mean"), in, out);
  if (heads == Heads::Logits) return;
  scale_ = add_layer(parameters, prefix + (spread == Spread::LogVariance ? "/log_variance" : "/sd"), in, out);
}

namespace {

Tensor affine(const Parameters& parameters, std::size_t weight, std::size_t bias, const Tensor& input) {
  return at::baddbmm(parameters.leaf(bias), input, parameters.leaf(weight));
}

}  // namespace

Tensor Mlp::hidden(const Parameters& parameters, const Tensor& input) const {
  Tensor activation = input;
  for (const Layer& layer : hidden_) {
    const Tensor sum = affine(parameters, layer.weight, layer.bias, activation);
    activation = nonlinearity_ == Nonlinearity::Tanh ? sum.tanh() : at::softplus(sum);
  }
  return activation;
}

Gaussian Mlp::operator()(const Parameters& parameters, const Tensor& input) const {
  const Tensor activation = hidden(parameters, input);
  if (heads_ == Heads::Logits) {
    return {affine(parameters, mean_.weight, mean_.bias, activation), Tensor(), spread_};
  }
  return {affine(parameters, mean_.weight, mean_.bias, activation),
          affine(parameters, scale_.weight, scale_.bias, activation), spread_};
}

Tensor Mlp::mean(const Parameters& parameters, const Tensor& input) const {
  return affine(parameters, mean_.weight, mean_.bias, hidden(parameters, input));
}

void Mlp::initialise(Parameters& parameters, Index member, at::Generator& generator) const {
  const at::NoGradGuard no_grad;
  const auto glorot = [&](const Layer& layer) {
    const Tensor weight = parameters.leaf(layer.weight).detach().select(0, member);
    const auto fans = static_cast<double>(weight.size(0) + weight.size(1));
    const double bound = std::sqrt(2.0) * std::sqrt(6.0 / fans);
    // Drawn on the host, so that a seed means the same on every device.
    weight.copy_(
        at::empty(weight.sizes(), weight.options().device(at::kCPU)).uniform_(-bound, bound, generator));
    parameters.leaf(layer.bias).detach().select(0, member).zero_();
  };
  for (const Layer& layer : hidden_) glorot(layer);
  glorot(mean_);
  if (heads_ == Heads::Logits) return;
  if (spread_ == Spread::LogVariance) {
    glorot(scale_);
  } else {
    parameters.leaf(scale_.weight).detach().select(0, member).zero_();
    parameters.leaf(scale_.bias).detach().select(0, member).zero_();
  }
}

Networks::Networks(const TrainConfig& config, Sizes sizes, const at::TensorOptions& options)
    : sizes_(sizes),
      families_(Families::of(config, sizes.components, options)),
      q_y_(parameters_, "q_y", sizes.channels, config.hidden_y, sizes.components - 1, nonlinearity_of(config),
           spread_of(config),
           families_.y == Families::Y::Concrete ? Mlp::Heads::Logits : Mlp::Heads::MeanAndScale),
      q_z_(parameters_, "q_z", sizes.channels + sizes.components, config.hidden_z, sizes.nuisance,
           nonlinearity_of(config), spread_of(config)),
      p_x_(parameters_, "p_x", sizes.components + sizes.nuisance, config.hidden_x, sizes.channels,
           nonlinearity_of(config), spread_of(config),
           families_.x == Families::X::Bernoulli ? Mlp::Heads::Logits : Mlp::Heads::MeanAndScale),
      flow_(parameters_, "q_y", flow_of(config), sizes.components - 1, config.flow_layers) {
  if (config.reverse_z == "inferred") {
    q_zy_.emplace(parameters_, "q_zy", sizes.components, config.hidden_zy, sizes.nuisance,
                  nonlinearity_of(config), spread_of(config));
  }
  parameters_.allocate(sizes.members, options);
}

Families::Drawn Networks::draw_log_y(const Gaussian& qy, const Tensor& noise) const {
  if (families_.y == Families::Y::Concrete) {
    const Tensor log_y = concrete::log_sample(qy.mean, noise, families_.temperature);
    return {log_y, concrete::log_density(qy.mean, log_y, families_.temperature)};
  }
  const Tensor u = reparameterise(qy, noise);
  if (flow_.is_identity()) {
    const Tensor log_y = simplex::log_composition(u);
    return {log_y, simplex::log_density_of_sample(qy, noise, log_y)};
  }
  const Flow::Mapped mapped = flow_.forward(parameters_, u);
  const Tensor log_y = simplex::log_composition(mapped.value);
  return {log_y, simplex::log_density_of_sample(qy, noise, log_y) - mapped.log_det};
}

Tensor Networks::log_q_y(const Gaussian& qy, const Tensor& y) const {
  if (families_.y == Families::Y::Concrete) {
    return concrete::log_density(qy.mean, y.log(), families_.temperature);
  }
  if (flow_.is_identity()) return simplex::log_density(qy, y);
  const Flow::Mapped free = flow_.inverse(parameters_, simplex::logits(y));
  return log_density(qy, free.value) - free.log_det - y.log().sum(-1);
}

Tensor Networks::log_mean_y(const Gaussian& qy) const {
  return simplex::log_composition(flow_.is_identity() ? qy.mean : flow_.forward(parameters_, qy.mean).value);
}

void Networks::initialise(Index member, at::Generator& generator) {
  q_y_.initialise(parameters_, member, generator);
  q_z_.initialise(parameters_, member, generator);
  p_x_.initialise(parameters_, member, generator);
  if (q_zy_) q_zy_->initialise(parameters_, member, generator);
  flow_.initialise(parameters_, member, generator);
}

}  // namespace assayer::model
