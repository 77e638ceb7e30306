// SPDX-License-Identifier: GPL-3.0-or-later
//
// One fused training step of one member (noise, objective, gradient, Adam) against its floor, in one program:
// the same matrix products alone, and as many exponentials, normals and updates alone. CPU time of the
// process. What the step takes beyond `floor` is gathering rows, the small networks, and passes over memory.
// With --benchmark_repetitions=9
// --benchmark_enable_random_interleaving=true the machine's moods fall on both alike.

#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "core/kernels/products.h"
#include "core/kernels/step.h"

namespace {

using namespace assayer;
using kernels::Index;

struct Setting {
  kernels::StepShape shape;
  Index rows;  ///< of every source
};

Setting crism() {
  Setting setting;
  setting.shape = {.channels = 165,
                   .components = 3,
                   .nuisance = 1,
                   .hidden_y = {5},
                   .hidden_z = {5},
                   .hidden_x = {20},
                   .rows_l = 100,
                   .rows_u = 100,
                   .rows_y = 100};
  setting.rows = 500;
  return setting;
}

Setting libs() {
  Setting setting;
  setting.shape = {.channels = 5485,
                   .components = 6,
                   .nuisance = 2,
                   .hidden_y = {25, 10},
                   .hidden_z = {5, 5},
                   .hidden_x = {50},
                   .rows_l = 100,
                   .rows_u = 100,
                   .rows_y = 100,
                   .likelihood = kernels::StepShape::Likelihood::SoftplusGaussian,
                   .x_centre = std::vector<double>(5485)};
  setting.rows = 500;
  return setting;
}

/// With a batch of 500 in place of the preset's 10,000.
Setting mnist() {
  Setting setting;
  setting.shape = {.channels = 784,
                   .components = 5,
                   .nuisance = 2,
                   .hidden_y = {500},
                   .hidden_z = {500},
                   .hidden_x = {500},
                   .rows_l = 500,
                   .rows_u = 500,
                   .rows_y = 500,
                   .softplus_hidden = true,
                   .likelihood = kernels::StepShape::Likelihood::Bernoulli,
                   .concrete_y = true};
  setting.rows = 1000;
  return setting;
}

/// Heads of the decoder.
Index heads(const kernels::StepShape& shape) {
  return shape.likelihood == kernels::StepShape::Likelihood::Bernoulli ? 1 : 2;
}

/// Weights of one member in one block, as many gradients and moments.
struct Member {
  explicit Member(const kernels::StepShape& shape) {
    const auto network = [&](Index in, const std::vector<Index>& hidden, Index out, Index heads = 2) {
      std::vector<std::pair<Index, Index>> layers;
      for (const Index width : hidden) {
        layers.emplace_back(in, width);
        in = width;
      }
      for (Index head = 0; head < heads; ++head) layers.emplace_back(in, out);
      return layers;
    };
    const auto of_y = network(shape.channels, shape.hidden_y, shape.components - 1, shape.concrete_y ? 1 : 2);
    const auto of_z = network(shape.channels + shape.components, shape.hidden_z, shape.nuisance);
    const auto of_x =
        network(shape.components + shape.nuisance, shape.hidden_x, shape.channels, heads(shape));
    std::size_t total = 0;
    for (const auto* layers : {&of_y, &of_z, &of_x}) {
      for (const auto& [in, out] : *layers) total += static_cast<std::size_t>((in + 1) * out);
    }
    for (auto* block : {&values, &gradients, &first, &second}) block->resize(total);
    kernels::Stream(1, kernels::Purpose::Noise, 0).normal(values);
    for (float& value : values) value *= 0.05F;
    std::size_t at = 0;
    const auto place = [&](const auto& layers, std::size_t hidden) {
      kernels::NetworkWeights<float> placed;
      for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto [in, out] = layers[i];
        const auto bias = at + static_cast<std::size_t>(in * out);
        const kernels::LayerWeights<float> layer{&values[at], &values[bias], &gradients[at],
                                                 &gradients[bias]};
        if (i < hidden) {
          placed.hidden.push_back(layer);
        } else {
          (i == hidden ? placed.mean : placed.scale) = layer;
        }
        at = bias + static_cast<std::size_t>(out);
      }
      return placed;
    };
    weights = {place(of_y, shape.hidden_y.size()), place(of_z, shape.hidden_z.size()),
               place(of_x, shape.hidden_x.size())};
  }
  std::vector<float> values, gradients, first, second;
  kernels::MemberWeights<float> weights;
};

struct Data {
  explicit Data(const Setting& setting)
      : x(static_cast<std::size_t>(setting.rows * setting.shape.channels)),
        y(static_cast<std::size_t>(setting.rows * setting.shape.components),
          1.0F / static_cast<float>(setting.shape.components)),
        z(static_cast<std::size_t>(setting.rows * setting.shape.nuisance)),
        log_slope(static_cast<std::size_t>(setting.rows)) {
    kernels::Stream(2, kernels::Purpose::Noise, 0).normal(x);
    for (Index r = 0; r < setting.shape.rows_l; ++r) rows.push_back((7 * r) % setting.rows);
  }
  std::vector<float> x, y, z, log_slope;
  std::vector<std::int64_t> rows;
};

void step(benchmark::State& state, const Setting& setting) {
  kernels::Step<float> fused(setting.shape);
  Member member(setting.shape);
  const Data data(setting);
  const kernels::Source<float> labelled{.rows = data.rows.data(),
                                        .x = data.x.data(),
                                        .y = data.y.data(),
                                        .real = data.x.data(),
                                        .log_slope = data.log_slope.data()};
  const kernels::Source<float> unlabelled = labelled;
  const kernels::Source<float> unfeatured{.rows = data.rows.data(), .y = data.y.data(), .z = data.z.data()};
  const kernels::AdamStep adam{0.9,  0.999, 1,
                               1e-9, 1,     1e-4};  // a rate that leaves the weights where they are
  std::uint64_t moment = 0;
  for ([[maybe_unused]] auto _ : state) {
    std::fill(member.gradients.begin(), member.gradients.end(), 0.0F);
    kernels::Stream stream(1, kernels::Purpose::Noise, moment++);
    fused.draw(stream);
    benchmark::DoNotOptimize(fused.run(member.weights, labelled, unlabelled, unfeatured));
    kernels::adam_ascend(adam, static_cast<Index>(member.values.size()), member.gradients.data(),
                         member.first.data(), member.second.data(), member.values.data());
  }
}

void floor(benchmark::State& state, const Setting& setting) {
  const kernels::StepShape& shape = setting.shape;
  const Index c = shape.channels;
  const Index rows = shape.rows_l;
  const auto buffer = [](Index count) { return std::vector<float>(static_cast<std::size_t>(count), 0.01F); };
  const Index first = shape.hidden_y.front() + shape.hidden_z.front();
  const Index units = shape.hidden_x.back() + 1;
  const auto x = buffer(3 * rows * c);
  const auto encoder = buffer(first * c);
  auto hidden = buffer(first * 3 * rows);
  const auto decoder_hidden = buffer(units * 4 * rows);
  const Index width = heads(shape) * c;
  const auto weights = buffer(units * width);
  auto decoded = buffer(3 * rows * width);
  auto again = buffer(rows * c);
  auto heads_gradient = buffer(units * width);
  auto encoder_gradient = buffer(first * c);
  auto hidden_gradient = buffer(units * 4 * rows);
  auto x_gradient = buffer(rows * c);
  auto exponentials = buffer(4 * rows * c);
  auto normals = buffer(rows * c);
  Member member(shape);
  const kernels::AdamStep adam{0.9, 0.999, 1, 1e-9, 1, 1e-4};
  kernels::Stream stream(1, kernels::Purpose::Noise, 0);
  using kernels::product;
  for ([[maybe_unused]] auto _ : state) {
    product(first, 3 * rows, c, {encoder.data(), first, true}, {x.data(), c, true}, 0.0F, hidden.data(),
            3 * rows);
    product(3 * rows, width, units, {decoder_hidden.data(), 4 * rows, true}, {weights.data(), width}, 0.0F,
            decoded.data(), width);
    product(rows, c, units, {decoder_hidden.data(), 4 * rows, true}, {weights.data(), width}, 0.0F,
            again.data(), c);
    product(units, width, 3 * rows, {decoder_hidden.data(), 4 * rows}, {decoded.data(), width}, 0.0F,
            heads_gradient.data(), width);
    product(units, c, rows, {decoder_hidden.data(), 4 * rows}, {again.data(), c}, 0.0F, heads_gradient.data(),
            width);
    product(units, 3 * rows, width, {weights.data(), width}, {decoded.data(), width, true}, 0.0F,
            hidden_gradient.data(), 4 * rows);
    product(units, rows, c, {weights.data(), width}, {again.data(), c, true}, 0.0F, hidden_gradient.data(),
            4 * rows);
    product(c, first, 3 * rows, {x.data(), c, true}, {hidden.data(), 3 * rows, true}, 0.0F,
            encoder_gradient.data(), first);
    product(rows, c, first, {hidden.data(), 3 * rows, true}, {encoder.data(), first, true}, 0.0F,
            x_gradient.data(), c);
    kernels::exp_all(x.data(), 3 * rows * c, exponentials.data());
    kernels::exp_all(x.data(), rows * c, exponentials.data() + 3 * rows * c);
    stream.normal(normals);
    kernels::adam_ascend(adam, static_cast<Index>(member.values.size()), member.gradients.data(),
                         member.first.data(), member.second.data(), member.values.data());
    benchmark::ClobberMemory();
  }
}

}  // namespace

BENCHMARK_CAPTURE(step, crism, crism())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(floor, crism, crism())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(step, libs, libs())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(floor, libs, libs())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(step, mnist, mnist())->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(floor, mnist, mnist())->Unit(benchmark::kMicrosecond);

BENCHMARK_MAIN();
