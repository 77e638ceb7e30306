// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <numeric>
#include <string>

#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/model/objective.h"
#include "core/train/train_plan.h"

namespace assayer::test {

/// The closed formulas of expected_terms.py: element i of array number p.
inline at::Tensor fill(at::IntArrayRef shape, int p, double scale) {
  const auto i = at::arange(1, c10::multiply_integers(shape) + 1, at::kDouble);
  return (scale * (0.7 * i + 1.3 * p).sin()).view(shape);
}

inline at::Tensor composition(at::IntArrayRef shape, int p) {
  const auto i = at::arange(1, c10::multiply_integers(shape) + 1, at::kDouble);
  const auto y = (1.2 + (0.9 * i + 0.5 * p).sin()).view(shape);
  return y / y.sum(-1, true);
}

/// Two members of a small model in float64, with every number fixed.
struct SmallProblem {
  explicit SmallProblem(const std::string& nonlinearity)
      : networks(config(nonlinearity), {M, C, K, Z}, at::TensorOptions().dtype(at::kDouble)) {
    const at::NoGradGuard no_grad;
    for (std::size_t p = 0; p < networks.parameters().count(); ++p) {
      at::Tensor leaf = networks.parameters().leaf(p).detach();
      leaf.copy_(fill(leaf.sizes(), static_cast<int>(p), 0.4));
    }
    batch.x_l = fill({M, BL, C}, 40, 1.0);
    batch.x_u = fill({M, BU, C}, 41, 1.0);
    batch.y_l = composition({M, BL, K}, 42);
    batch.y_u = composition({M, BY, K}, 43);
    noise.z_l = fill({M, BL, Z}, 44, 1.5);
    noise.y_u = fill({M, BU, K - 1}, 45, 1.5);
    noise.z_u = fill({M, BU, Z}, 46, 1.5);
    noise.x_y = fill({M, BY, C}, 47, 1.5);
    noise.prior_9 = fill({M, BL, Z}, 48, 1.4);
    noise.prior_10 = fill({M, BY, Z}, 49, 1.4);
    noise.prior_14 = fill({M, BL, Z}, 50, 1.4);
  }

  static TrainConfig config(const std::string& nonlinearity) {
    TrainConfig config;
    config.members = M;
    config.nuisance_dimensions = Z;
    config.hidden_y = {3};
    config.hidden_z = {3, 2};
    config.hidden_x = {4};
    config.nonlinearity = nonlinearity;
    config.spread = nonlinearity == "tanh" ? "log-variance" : "softplus";
    return config;
  }

  static constexpr std::int64_t M = 2, C = 4, K = 3, Z = 2, BL = 3, BU = 2, BY = 5;
  model::Networks networks;
  model::Batch batch;
  model::Noise noise;
};

/// Mixtures of three smooth spectra with a gain as nuisance: `rows` spectra, 12 channels, two groups,
/// references.
inline DatasetPtr small_dataset(std::size_t rows = 60, std::uint64_t seed = 1) {
  constexpr std::size_t channels = 12;
  Random random(seed);
  DatasetParts parts;
  Matrix<float> endmembers(3, channels);
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < channels; ++c) {
      endmembers(k, c) = static_cast<float>(
          0.5 + 0.3 * std::sin(0.5 * static_cast<double>(c) + 2.0 * static_cast<double>(k)));
    }
  }
  parts.spectra = Matrix<float>(rows, channels);
  Matrix<double> y(rows, 3);
  Groups groups{{}, {"near", "far"}, {0, 1}};
  for (std::size_t i = 0; i < rows; ++i) {
    double sum = 0;
    for (double& part : y.row(i)) sum += part = random.gamma(2.0);
    for (double& part : y.row(i)) part /= sum;
    groups.of_row.push_back(static_cast<std::int32_t>(i % 2));
    const double gain = i % 2 == 0 ? 1.0 : 0.8;
    for (std::size_t c = 0; c < channels; ++c) {
      double x = 0;
      for (std::size_t k = 0; k < 3; ++k) x += y(i, k) * static_cast<double>(endmembers(k, c));
      parts.spectra(i, c) = static_cast<float>(gain * x + 0.003 * random.normal());
    }
  }
  std::vector<double> wavelength(channels);
  std::iota(wavelength.begin(), wavelength.end(), 1.0);
  parts.wavelength = *WavelengthAxis::create(std::move(wavelength), WavelengthUnit::Micrometre);
  parts.abundances = *Abundances::create(std::move(y), {"a", "b", "c"});
  parts.groups = std::move(groups);
  parts.endmembers = std::move(endmembers);
  return *Dataset::create(std::move(parts));
}

/// Of `small_dataset`: 30 rows labelled, 45 unlabelled, 20 compositions near the corners.
inline TrainPlan small_plan() {
  TrainPlan plan;
  plan.labelled.resize(30);
  std::iota(plan.labelled.begin(), plan.labelled.end(), 0U);
  plan.unlabelled.resize(45);
  std::iota(plan.unlabelled.begin(), plan.unlabelled.end(), 0U);
  plan.unfeatured = *make_unfeatured("corners:20:0.05", 3, 3);
  return plan;
}

}  // namespace assayer::test
