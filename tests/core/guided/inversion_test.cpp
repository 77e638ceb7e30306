// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_guided.py, which inverts with scipy's nnls.
#include "core/guided/inversion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/guided/simulated.h"

namespace assayer::guided {
namespace {

using test::distance;
using test::expected_guided;
using test::matrix_at;
using test::vector_at;

Inverted inverted(const Inverter& inverter, const Matrix<double>& x) {
  auto result = inverter(x);
  EXPECT_TRUE(result) << result.error().message();
  return result ? *std::move(result) : Inverted();
}

TEST(Inverter, IsThatOfScipy) {
  const auto& fit = expected_guided().at("fit_identity");
  Matrix<double> x = matrix_at(fit, "x");
  x = Matrix<double>(std::vector<double>(x.data(), x.data() + 6 * x.cols()), 6, x.cols());
  const auto& expected = expected_guided().at("inversion");
  const Inverted found = inverted(Inverter(test::mixture_of(fit, Link::Identity)), x);
  EXPECT_LT(distance(found.composition, matrix_at(expected, "y")), 1e-8);
  EXPECT_LT(distance(found.z, matrix_at(expected, "z")), 1e-12);
  EXPECT_LT(distance(found.misfit, vector_at(expected, "misfit")), 1e-7);
}

TEST(Inverter, IsThatOfScipyWithTwoNuisances) {
  const auto& expected = expected_guided().at("inversion_two");
  const Inverter inverter(test::mixture_of(expected, Link::Hapke));
  std::vector<double> sd = vector_at(expected, "sv");
  std::vector<double> sorted = sd;
  std::ranges::sort(sorted);
  ASSERT_EQ(sd[8], 0.001);
  sd[8] = 0.3 * sorted[4];
  EXPECT_LT(distance(inverter.sd(), sd), 1e-15);
  const Inverted found = inverted(inverter, matrix_at(expected, "x"));
  EXPECT_LT(distance(found.composition, matrix_at(expected, "found_y")), 1e-7);
  EXPECT_LT(distance(found.z, matrix_at(expected, "found_z")), 1e-12);
  EXPECT_LT(distance(found.misfit, vector_at(expected, "found_misfit")), 1e-7);
}

/// Tilts on channels of their own, so that one dimension says nothing about the other.
Mixture mixture(std::size_t nuisance, std::size_t channels = 40, double sd = 0.01) {
  Mixture made;
  made.link = {.link = Link::Hapke, .scale = 1.2};
  made.efficiency = {std::exp(0.3), std::exp(-0.4), std::exp(0.1)};
  made.endmembers = test::linear_endmembers(channels);
  made.tilt = Matrix<double>(nuisance, channels);
  made.tilt_part = Matrix<double>(nuisance * 3, channels);
  made.z_centre.assign(nuisance, 0.25);
  for (std::size_t j = 0; j < nuisance; ++j) {
    for (std::size_t c = j; c < channels; c += 2 * nuisance) {
      made.tilt(j, c) = c % 4 == j ? 0.05 : -0.05;
      for (std::size_t k = 0; k < 3; ++k) made.tilt_part(j * 3 + k, c) = 0.004 * static_cast<double>(k);
    }
  }
  made.spread_v.assign(channels, sd);
  made.spread_x.assign(channels, sd);
  return made;
}

TEST(Inverter, RecoversCompositionAndNuisanceWithoutNoise) {
  Random random(3);
  for (const std::size_t nuisance : {1U, 2U}) {
    const Mixture truth = mixture(nuisance);
    const Matrix<double> y = test::mixed_compositions(50, random, 0.9);
    Matrix<double> z(50, nuisance);
    for (std::size_t i = 0; i < z.size(); ++i)
      z.data()[i] = -1.5 + 0.125 * static_cast<double>(random.below(25));
    const Inverted found = inverted(Inverter(truth), truth.spectra(y, z));
    EXPECT_LT(distance(found.z, z), 1e-12) << nuisance;
    EXPECT_LT(distance(found.composition, y), 1e-4) << nuisance;
    for (const double misfit : found.misfit) EXPECT_LT(misfit, 0.01);
  }
}

TEST(Inverter, CornersKeepATraceOfTheOthers) {
  const Mixture truth = mixture(1);
  const Matrix<double> corners({1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3);
  const Inverted found = inverted(Inverter(truth), truth.spectra(corners, Matrix<double>(3, 1, 0.5)));
  for (std::size_t k = 0; k < 3; ++k) {
    double sum = 0;
    for (const double part : found.composition.row(k)) {
      EXPECT_GT(part, 0.9e-4);
      sum += part;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_GT(found.composition(k, k), 0.999);
  }
}

TEST(Inverter, NothingNearbyFitsBetter) {
  const Mixture truth = mixture(1);
  const Inverter inverter(truth);
  Random random(9);
  const Matrix<double> y = test::mixed_compositions(20, random, 0.98);
  Matrix<double> x = truth.spectra(y, Matrix<double>(20, 1, 0.5));
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] += 0.01 * random.normal();
  const Inverted found = inverted(inverter, x);
  const Matrix<double> v = to_linear(truth.link, x);
  // ‖(v − f E(z)) / s‖² + (Σf − 1)² / .001², the last minimised over the length of f.
  const auto cost = [&](std::size_t row, std::vector<double> f, double z) {
    const auto at = [&](double length) {
      double sum = 1e6 * (length - 1) * (length - 1);
      for (std::size_t c = 0; c < v.cols(); ++c) {
        double fit = 0;
        for (std::size_t k = 0; k < 3; ++k)
          fit += length * f[k] *
                 (truth.endmembers(k, c) + (z - 0.25) * (truth.tilt(0, c) + truth.tilt_part(k, c)));
        const double r = (v(row, c) - fit) / 0.01;
        sum += r * r;
      }
      return sum;
    };
    const double slope = (at(1.001) - at(0.999)) / 0.002;
    const double curvature = (at(1.001) - 2 * at(1) + at(0.999)) / 1e-6;
    return at(1 - slope / curvature);
  };
  for (std::size_t i = 0; i < 20; ++i) {
    const std::vector<double> f = test::fractions(found.composition.row(i), truth.efficiency);
    const double least = cost(i, f, found.z(i, 0));
    for (const double step : {-0.125, 0.125}) {
      if (std::abs(found.z(i, 0) + step) > 1.5) continue;
      EXPECT_GE(cost(i, f, found.z(i, 0) + step), least - 1e-2);
    }
    for (std::size_t from = 0; from < 3; ++from) {
      for (std::size_t to = 0; to < 3; ++to) {
        if (from == to || f[from] < 0.01) continue;
        std::vector<double> moved = f;
        moved[from] -= 0.005;
        moved[to] += 0.005;
        EXPECT_GE(cost(i, moved, found.z(i, 0)), least - 1e-2) << "row " << i;
      }
    }
  }
}

TEST(Inverter, MisfitIsOneForNoiseOfTheStatedSize) {
  const std::size_t channels = 80;
  Mixture truth = mixture(1, channels);
  for (std::size_t c = 0; c < channels; ++c) truth.spread_v[c] = 0.004 + 0.0001 * static_cast<double>(c);
  Random random(7);
  const std::size_t n = 200;
  const Matrix<double> y = test::mixed_compositions(n, random);
  Matrix<double> v = truth.linear_spectra(y, Matrix<double>(n, 1, 0.5));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < channels; ++c) v(i, c) += truth.spread_v[c] * random.normal();
  const Inverted found = inverted(Inverter(truth), from_linear(truth.link, v));
  double square = 0;
  for (const double misfit : found.misfit) square += misfit * misfit / static_cast<double>(n);
  // Two free fractions and z are fitted: 77 of 80 degrees of freedom remain. 200 × 77 terms: sd .011.
  EXPECT_NEAR(square, 77.0 / 80.0, 0.04);
}

TEST(Inverter, ResidualsAreInUnitsOfTheirSd) {
  const Mixture truth = mixture(1);
  const Inverter inverter(truth);
  const Matrix<double> y({0.2, 0.3, 0.5}, 1, 3);
  const Matrix<double> z(1, 1, -0.75);
  Matrix<double> v = truth.linear_spectra(y, z);
  for (std::size_t c = 0; c < v.cols(); ++c) v(0, c) += 0.001 * static_cast<double>(c % 5);
  const Matrix<double> residuals = inverter.residuals(from_linear(truth.link, v), y, z);
  for (std::size_t c = 0; c < v.cols(); ++c)
    EXPECT_NEAR(residuals(0, c), 0.1 * static_cast<double>(c % 5), 1e-3);
}

TEST(Inverter, SpectraThatNothingExplainsStillGetAComposition) {
  const Inverter inverter(mixture(1));
  Matrix<double> x(3, 40, 0.0);
  for (std::size_t c = 0; c < 40; ++c) x(1, c) = 5;
  for (std::size_t c = 0; c < 40; ++c) x(2, c) = c % 2 == 0 ? -0.3 : 0.9;
  const Inverted found = inverted(inverter, x);
  EXPECT_TRUE(test::all_finite(found.composition.values()));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(found.composition(i, 0) + found.composition(i, 1) + found.composition(i, 2), 1, 1e-12);
    EXPECT_GT(found.misfit[i], 5);
  }
}

}  // namespace
}  // namespace assayer::guided
