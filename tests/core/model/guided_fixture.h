// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "core/model/guided_objective.h"
#include "fixture.h"
#include "tests/core/guided/expected_guided.h"

namespace assayer::test {

/// A start, two members and a batch in float64, with every number fixed as in expected_guided.py.
struct SmallGuided {
  /// `alter`: what the start has otherwise.
  explicit SmallGuided(guided::Task task = guided::Task::Unmixing,
                       const std::function<void(guided::Start&)>& alter = {}) {
    start = small_start();
    if (alter) alter(start);
    start.task = task;
    networks = std::make_unique<model::GuidedNetworks>(start, M, at::TensorOptions(at::kDouble));
    const at::NoGradGuard no_grad;
    model::Parameters& parameters = networks->parameters();
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      at::Tensor leaf = parameters.leaf(p).detach();
      leaf.copy_(fill(leaf.sizes(), 20 + static_cast<int>(p), 0.4));
    }
    batch.x_l = 0.45 + fill({M, BL, C}, 60, 0.15);
    batch.x_u = 0.45 + fill({M, BU, C}, 61, 0.15);
    batch.y_l = composition({M, BL, K}, 62);
    batch.y_u = composition({M, BY, K}, 63);
    batch.seen_l = networks->see(batch.x_l);
    batch.seen_u = networks->see(batch.x_u);
    noise.z_l = fill({M, BL, Z}, 64, 1.5);
    noise.y_u = fill({M, BU, K - 1}, 65, 1.5);
    noise.z_u = fill({M, BU, Z}, 66, 1.5);
    noise.x_y = fill({M, BY, C}, 67, 1.5);
    noise.prior_9 = fill({M, BL, Z}, 68, 1.4);
    noise.prior_10 = fill({M, BY, Z}, 69, 1.4);
    options.alphas.reverse = 0.1;
    options.task = task;
    options.ramp = 0.6;
    options.label_sd = at::tensor(start.label_sd, at::kDouble);
  }

  static Matrix<double> matrix(std::int64_t rows, std::int64_t cols, int p, double scale, double level = 0) {
    const at::Tensor values = level + fill({rows, cols}, p, scale);
    Matrix<double> made(static_cast<std::size_t>(rows), static_cast<std::size_t>(cols));
    std::copy_n(values.data_ptr<double>(), values.numel(), made.data());
    return made;
  }
  static std::vector<double> vector(std::int64_t size, int p, double scale, double level = 0) {
    const Matrix<double> made = matrix(1, size, p, scale, level);
    return {made.values().begin(), made.values().end()};
  }

  static guided::Start small_start() {
    guided::Start made;
    guided::Mixture& mixture = made.mixture;
    mixture.link = {.link = Link::Hapke, .scale = 1.2};
    mixture.efficiency = {std::exp(0.2), std::exp(-0.3), std::exp(0.1)};
    mixture.endmembers = matrix(K, C, 1, 0.25, 0.5);
    mixture.tilt = matrix(Z, C, 2, 0.05);
    mixture.tilt_part = matrix(Z * K, C, 3, 0.03);
    mixture.z_centre = {0.1, -0.2};
    mixture.spread_v.assign(C, 0.02);
    mixture.spread_x = vector(C, 4, 0.01, 0.03);
    made.y_encoder.input = guided::EncoderInput::Linear;
    made.y_encoder.regression = matrix(C, K, 5, 0.3);
    made.y_encoder.intercept = vector(K, 6, 0.05, 0.35);
    made.y_encoder.axes = matrix(C, 3, 7, 1);
    made.y_encoder.offset = vector(3, 8, 0.5);
    made.correction = true;
    made.z_encoder.input = guided::EncoderInput::Linear;
    made.z_encoder.axes = matrix(C, 2, 9, 1);
    made.z_encoder.offset = vector(2, 10, 0.5);
    made.z_slope = matrix(2 + K, Z, 11, 0.4);
    made.z_intercept = vector(Z, 12, 0.2);
    made.z_spread = vector(Z, 13, 0.1, 0.4);
    made.scale = 0.3;
    made.label_sd = vector(K, 14, 0.05, 0.1);
    made.intervals = {.variance = {1e-3, 1e-3, 1e-3}, .growth = 0, .gram = Matrix<double>(K, K)};
    made.misfit.axes = Matrix<double>(1, C);
    made.endmember_sd = Matrix<double>(K, C, 0.01);
    return made;
  }

  [[nodiscard]] model::Objective objective() const {
    return guided_objective(*networks, batch, noise, options);
  }

  static constexpr std::int64_t M = 2, C = 5, K = 3, Z = 2, BL = 3, BU = 2, BY = 4;
  guided::Start start;
  std::unique_ptr<model::GuidedNetworks> networks;
  model::GuidedBatch batch;
  model::Noise noise;
  model::GuidedOptions options;
};

}  // namespace assayer::test
