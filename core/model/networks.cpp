// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/networks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>

namespace assayer::model {
namespace {

Nonlinearity nonlinearity_of(const TrainConfig& config) {
  return config.nonlinearity == "softplus" ? Nonlinearity::Softplus : Nonlinearity::Tanh;
}

Spread spread_of(const TrainConfig& config) {
  return config.spread == "softplus" ? Spread::Softplus : Spread::LogVariance;
}

}  // namespace

std::size_t Parameters::add(std::string name, Index rows, Index cols) {
  entries_.push_back({std::move(name), rows, cols, 0});
  return entries_.size() - 1;
}

void Parameters::allocate(Index members, const at::TensorOptions& options) {
  members_ = members;
  Index total = 0;
  for (Entry& entry : entries_) {
    entry.offset = total;
    total += members * entry.rows * entry.cols;
  }
  values_ = at::zeros({total}, options);
  gradients_ = at::zeros({total}, options);
  leaves_.clear();
  for (const Entry& entry : entries_) {
    const auto part = [&](const Tensor& block) {
      return block.narrow(0, entry.offset, members * entry.rows * entry.cols)
          .view({members, entry.rows, entry.cols});
    };
    Tensor leaf = part(values_).detach();
    leaf.requires_grad_(true);
    // Autograd adds in place into a gradient that is there already.
    leaf.mutable_grad() = part(gradients_);
    leaves_.push_back(std::move(leaf));
  }
}

Parameters::Range Parameters::range(std::size_t p, Index member) const {
  const Entry& entry = entries_[p];
  const Index length = entry.rows * entry.cols;
  return {entry.offset + member * length, length};
}

void Parameters::zero_gradients() {
  if (gradients_.is_cpu()) {
    std::memset(gradients_.data_ptr(), 0, gradients_.nbytes());
  } else {
    gradients_.zero_();
  }
}

std::vector<NamedArray> Parameters::to_arrays() const {
  std::vector<NamedArray> arrays;
  arrays.reserve(entries_.size());
  const Tensor host = values_.to(at::kCPU, at::kFloat).contiguous();
  for (const Entry& entry : entries_) {
    NamedArray array{entry.name, {members_, entry.rows, entry.cols}, {}};
    const float* begin = host.data_ptr<float>() + entry.offset;
    array.values.assign(begin, begin + members_ * entry.rows * entry.cols);
    arrays.push_back(std::move(array));
  }
  return arrays;
}

Status Parameters::from_arrays(std::span<const NamedArray> arrays) {
  const at::NoGradGuard no_grad;
  for (const Entry& entry : entries_) {
    const auto found = std::find_if(arrays.begin(), arrays.end(),
                                    [&](const NamedArray& array) { return array.name == entry.name; });
    const std::vector<std::int64_t> shape = {members_, entry.rows, entry.cols};
    const Index length = members_ * entry.rows * entry.cols;
    if (found == arrays.end()) {
      return fail({Error::Kind::Data, "a weight is missing from the model", entry.name,
                   fmt::format("[{}]", fmt::join(shape, ", ")), "",
                   "The file was not written by Assayer, or is damaged."});
    }
    if (found->shape != shape || static_cast<Index>(found->values.size()) != length) {
      return fail({Error::Kind::Data, "a weight's shape contradicts the model's configuration", entry.name,
                   fmt::format("[{}]", fmt::join(shape, ", ")),
                   fmt::format("[{}]", fmt::join(found->shape, ", ")),
                   "The file was not written by Assayer, or is damaged."});
    }
    // from_blob borrows; the copy below ends before `found` can go.
    const Tensor source = at::from_blob(const_cast<float*>(found->values.data()), {length}, at::kFloat);
    values_.narrow(0, entry.offset, length).copy_(source);
  }
  return {};
}

Mlp::Layer Mlp::add_layer(Parameters& parameters, const std::string& name, Index in, Index out) const {
  return {parameters.add(name + "/weight", in, out), parameters.add(name + "/bias", 1, out)};
}

Mlp::Mlp(Parameters& parameters, const std::string& prefix, Index in, std::span<const Index> hidden,
         Index out, Nonlinearity nonlinearity, Spread spread)
    : nonlinearity_(nonlinearity), spread_(spread) {
  for (std::size_t layer = 0; layer < hidden.size(); ++layer) {
    hidden_.push_back(add_layer(parameters, fmt::format("{}/hidden{}", prefix, layer), in, hidden[layer]));
    in = hidden[layer];
  }
  mean_ = add_layer(parameters, prefix + "/mean", in, out);
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
  if (spread_ == Spread::LogVariance) {
    glorot(scale_);
  } else {
    parameters.leaf(scale_.weight).detach().select(0, member).zero_();
    parameters.leaf(scale_.bias).detach().select(0, member).zero_();
  }
}

Networks::Networks(const TrainConfig& config, Sizes sizes, const at::TensorOptions& options)
    : sizes_(sizes),
      z_half_width_(config.z_half_width()),
      q_y_(parameters_, "q_y", sizes.channels, config.hidden_y, sizes.components - 1, nonlinearity_of(config),
           spread_of(config)),
      q_z_(parameters_, "q_z", sizes.channels + sizes.components, config.hidden_z, sizes.nuisance,
           nonlinearity_of(config), spread_of(config)),
      p_x_(parameters_, "p_x", sizes.components + sizes.nuisance, config.hidden_x, sizes.channels,
           nonlinearity_of(config), spread_of(config)) {
  parameters_.allocate(sizes.members, options);
}

void Networks::initialise(Index member, at::Generator& generator) {
  q_y_.initialise(parameters_, member, generator);
  q_z_.initialise(parameters_, member, generator);
  p_x_.initialise(parameters_, member, generator);
}

}  // namespace assayer::model
