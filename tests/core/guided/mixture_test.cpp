// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_guided.py.
#include "core/guided/mixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/numeric/linear.h"
#include "tests/core/guided/simulated.h"

namespace assayer::guided {
namespace {

using test::distance;
using test::expected_guided;
using test::matrix_at;
using test::vector_at;

TEST(Mixture, IsTheFormula) {
  const auto& expected = expected_guided().at("formula");
  const Matrix<double> y = matrix_at(expected, "y");
  const Matrix<double> z = matrix_at(expected, "z");
  for (const Link link : {Link::Identity, Link::Hapke, Link::Log}) {
    const Mixture mixture = test::mixture_of(expected, link);
    EXPECT_EQ(mixture.nuisance(), 2U);
    EXPECT_LT(distance(mixture.linear_spectra(y, z), matrix_at(expected, "v")), 1e-14);
    EXPECT_LT(distance(mixture.spectra(y, z), matrix_at(expected, std::string(name(link)).c_str())), 1e-13)
        << name(link);
  }
}

TEST(Mixture, FractionsWeighByEfficiency) {
  Mixture mixture = test::mixture_of(expected_guided().at("formula"), Link::Hapke);
  mixture.efficiency = {2, 1, 0.5};
  const Matrix<double> f = mixture.fractions(Matrix<double>({0.25, 0.25, 0.5, 0, 0, 1}, 2, 3));
  EXPECT_NEAR(f(0, 0), 0.5, 1e-15);
  EXPECT_NEAR(f(0, 1), 0.25, 1e-15);
  EXPECT_NEAR(f(0, 2), 0.25, 1e-15);
  EXPECT_EQ(f(1, 2), 1);
}

TEST(Mixture, PureSpectraAreMeansOverTheNuisancesAndNotSpectraAtTheMean) {
  const Mixture mixture = test::mixture_of(expected_guided().at("formula"), Link::Hapke);
  const Matrix<double> z({-1.4, 0.3, 0.2, 1.1, 1.4, -1.3}, 3, 2);
  const Matrix<double> pure = mixture.pure_spectra(z);
  double curved = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < mixture.channels(); ++c) {
      double mean = 0;
      double mean_v = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        double v = mixture.endmembers(k, c);
        for (std::size_t j = 0; j < 2; ++j)
          v += (z(i, j) - mixture.z_centre[j]) * (mixture.tilt(j, c) + mixture.tilt_part(j * 3 + k, c));
        mean += from_linear(mixture.link, v) / 3;
        mean_v += v / 3;
      }
      EXPECT_NEAR(pure(k, c), mean, 1e-14);
      curved = std::max(curved, std::abs(pure(k, c) - from_linear(mixture.link, mean_v)));
    }
  }
  EXPECT_GT(curved, 1e-4);
}

MixtureStart fitted(const Matrix<double>& x, const Matrix<double>& y, Link link, std::size_t nuisance = 1) {
  auto start = fit_mixture(x, y, {.link = link, .nuisance = nuisance});
  EXPECT_TRUE(start) << start.error().message();
  return start ? *start : MixtureStart();
}

void expect_finite(const MixtureStart& start) {
  const Mixture& m = start.mixture;
  for (const std::span<const double> part :
       {m.endmembers.values(), m.tilt.values(), m.tilt_part.values(), std::span<const double>(m.efficiency),
        std::span<const double>(m.z_centre), std::span<const double>(m.spread_v),
        std::span<const double>(m.spread_x), start.t.values(), start.z.values()})
    EXPECT_TRUE(test::all_finite(part));
  for (const double sd : m.spread_x) EXPECT_GE(sd, 3e-3);
}

TEST(FitMixture, IsThatOfNumpy) {
  struct Case {
    const char* key;
    Link link;
    std::size_t nuisance;
    double tolerance;  // q ends where a simplex search ends
  };
  for (const auto& [key, link, nuisance, tolerance] :
       {Case{"fit_identity", Link::Identity, 1, 1e-9}, Case{"fit_hapke", Link::Hapke, 1, 2e-3},
        Case{"fit_two", Link::Hapke, 2, 2e-3}}) {
    SCOPED_TRACE(key);
    const auto& expected = expected_guided().at(key);
    const MixtureStart start = fitted(matrix_at(expected, "x"), matrix_at(expected, "y"), link, nuisance);
    const Mixture& m = start.mixture;
    EXPECT_LT(distance(m.efficiency, vector_at(expected, "q")), tolerance);
    EXPECT_LT(distance(m.endmembers, matrix_at(expected, "M")), tolerance);
    EXPECT_LT(distance(start.t, matrix_at(expected, "t")), 20 * tolerance);
    EXPECT_LT(distance(start.z, matrix_at(expected, "z")), 20 * tolerance);
    EXPECT_LT(distance(m.z_centre, vector_at(expected, "zc")), 20 * tolerance);
    EXPECT_LT(distance(m.tilt, matrix_at(expected, "b")), tolerance);
    EXPECT_LT(distance(m.tilt_part, matrix_at(expected, "dB")), 2 * tolerance);
    EXPECT_LT(distance(m.spread_v, vector_at(expected, "sv")), tolerance / 10);
    EXPECT_LT(distance(m.spread_x, vector_at(expected, "sx")), tolerance / 10);
    double sum = 0;
    for (const double q : m.efficiency) sum += std::log(q);
    EXPECT_NEAR(sum, 0, 1e-12);
  }
}

/// Every composition twice, with nuisance +1 and −1: the nuisance is orthogonal to everything else.
struct Twins {
  explicit Twins(Link link, std::size_t pairs = 30) {
    Random random(5);
    const Matrix<double> single = test::mixed_compositions(pairs, random);
    settings = {.link = link, .scale = default_scale(link)};
    endmembers = test::linear_endmembers(25);
    efficiency = link == Link::Identity ? std::vector<double>{1, 1, 1}
                                        : std::vector<double>{std::exp(0.4), std::exp(-0.5), std::exp(0.1)};
    y = Matrix<double>(2 * pairs, 3);
    x = v = Matrix<double>(2 * pairs, 25);
    for (std::size_t i = 0; i < y.rows(); ++i) {
      std::ranges::copy(single.row(i / 2), y.row(i).begin());
      const std::vector<double> f = test::fractions(y.row(i), efficiency);
      const double sign = i % 2 == 0 ? 1 : -1;
      for (std::size_t c = 0; c < x.cols(); ++c) {
        v(i, c) = sign * 0.03 * std::cos(0.9 * static_cast<double>(c));
        for (std::size_t k = 0; k < 3; ++k) v(i, c) += f[k] * endmembers(k, c);
        x(i, c) = from_linear(settings, v(i, c));
      }
    }
  }
  LinkSettings settings;
  Matrix<double> endmembers, y, x, v;
  std::vector<double> efficiency;
};

TEST(FitMixture, RecoversWhatMadeMixturesWithoutNoise) {
  for (const Link link : {Link::Identity, Link::Hapke, Link::Log}) {
    SCOPED_TRACE(name(link));
    const Twins twins(link);
    const MixtureStart start = fitted(twins.x, twins.y, link);
    // Without noise the penalty on log q has nothing to weigh against: the residual may fall without limit.
    EXPECT_LT(distance(start.mixture.efficiency, twins.efficiency), 1e-4);
    // The link hapke undoes itself to 1e-6 of scale.
    EXPECT_LT(distance(start.mixture.endmembers, twins.endmembers), 1e-4);
    EXPECT_LT(distance(start.mixture.linear_spectra(twins.y, start.z), twins.v), 1e-4);
    const double level = kHalfWidth * std::tanh(0.6);
    const double sign = start.z(0, 0) > 0 ? 1 : -1;
    for (std::size_t i = 0; i < twins.y.rows(); ++i)
      EXPECT_NEAR(start.z(i, 0), sign * (i % 2 == 0 ? level : -level), 1e-3);
    for (const double part : start.mixture.tilt_part.values()) EXPECT_NEAR(part, 0, 1e-4);
  }
}

TEST(FitMixture, ThePenaltyPullsEfficienciesOfNoisyDataTowardsOne) {
  Twins twins(Link::Hapke);
  Random random(2);
  for (std::size_t i = 0; i < twins.x.size(); ++i) twins.x.data()[i] += 0.05 * random.normal();
  const MixtureStart start = fitted(twins.x, twins.y, Link::Hapke);
  double found = 0;
  double truth = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    found += std::pow(std::log(start.mixture.efficiency[k]), 2);
    truth += std::pow(std::log(twins.efficiency[k]), 2);
  }
  EXPECT_LT(found, 0.5 * truth);
}

TEST(FitMixture, ErrorsOfTheLabelsAreNoNuisance) {
  // Labels are wrong by far more than the nuisance moves the spectra.
  Random random(8);
  const std::size_t n = 120;
  const Matrix<double> truth = test::mixed_compositions(n, random, 0.6);
  const Matrix<double> ends = test::linear_endmembers(30);
  Matrix<double> x = test::mixture_spectra({.link = Link::Identity}, truth, ends, {1, 1, 1}, 0.0005, random);
  std::vector<double> nuisance(n);
  Matrix<double> y = truth;
  for (std::size_t i = 0; i < n; ++i) {
    nuisance[i] = random.uniform(-1, 1);
    for (std::size_t c = 0; c < 30; ++c)
      x(i, c) += 0.01 * nuisance[i] * std::cos(2.3 * static_cast<double>(c));
    const double shift = 0.08 * random.normal();
    y(i, 0) = std::clamp(y(i, 0) + shift, 0.0, 1.0);
    y(i, 1) = std::max(1 - y(i, 0) - y(i, 2), 0.0);
    y(i, 2) = 1 - y(i, 0) - y(i, 1);
  }
  const MixtureStart start = fitted(x, y, Link::Identity);
  EXPECT_GT(std::abs(test::correlation(test::column(start.t, 0), nuisance)), 0.98);

  // What an analysis of the residual as it is would have found instead.
  const auto fit = least_squares(y, x);
  ASSERT_TRUE(fit);
  Matrix<double> e = product(y, fit->coefficients);
  for (std::size_t i = 0; i < e.size(); ++i) e.data()[i] = x.data()[i] - e.data()[i];
  const auto svd = leading_svd(e, 1);
  ASSERT_TRUE(svd);
  EXPECT_LT(std::abs(test::correlation(test::column(svd->left, 0), nuisance)), 0.5);
}

TEST(FitMixture, FindsTwoNuisances) {
  Random random(4);
  const std::size_t n = 100;
  const Matrix<double> y = test::mixed_compositions(n, random);
  Matrix<double> x = test::mixture_spectra({.link = Link::Identity}, y, test::linear_endmembers(30),
                                           {1, 1, 1}, 1e-4, random);
  std::vector<double> strong(n);
  std::vector<double> weak(n);
  for (std::size_t i = 0; i < n; ++i) {
    strong[i] = random.uniform(-1, 1);
    weak[i] = random.uniform(-1, 1);
    for (std::size_t c = 0; c < 30; ++c)
      x(i, c) += 0.05 * strong[i] * std::cos(1.9 * static_cast<double>(c)) +
                 0.01 * weak[i] * std::cos(2.6 * static_cast<double>(c));
  }
  const MixtureStart start = fitted(x, y, Link::Identity, 2);
  ASSERT_EQ(start.t.cols(), 2U);
  EXPECT_GT(std::abs(test::correlation(test::column(start.t, 0), strong)), 0.95);
  EXPECT_GT(std::abs(test::correlation(test::column(start.t, 1), weak)), 0.95);
  EXPECT_NEAR(test::correlation(test::column(start.t, 0), test::column(start.t, 1)), 0, 0.1);
  EXPECT_EQ(start.mixture.tilt_part.rows(), 6U);
}

TEST(FitMixture, TakesFewerRowsThanUnknowns) {
  Random random(6);
  for (const std::size_t n : {2U, 3U, 4U}) {
    const Matrix<double> y = test::mixed_compositions(n, random);
    const Matrix<double> x = test::mixture_spectra({.link = Link::Hapke, .scale = 1.2}, y,
                                                   test::linear_endmembers(10), {1, 1, 1}, 0.01, random);
    for (const std::size_t nuisance : {1U, 2U}) expect_finite(fitted(x, y, Link::Hapke, nuisance));
  }
}

TEST(FitMixture, TakesSpectraThatDoNotVary) {
  Random random(6);
  const Matrix<double> y = test::mixed_compositions(12, random);
  for (const Link link : {Link::Identity, Link::Hapke}) {
    const MixtureStart start = fitted(Matrix<double>(12, 6, 0.4), y, link);
    expect_finite(start);
    EXPECT_LT(distance(start.mixture.spectra(y, start.z), Matrix<double>(12, 6, 0.4)), 1e-6);
    for (const double z : start.z.values()) EXPECT_EQ(z, 0) << "no residual, no nuisance";
  }
}

TEST(FitMixture, TakesOneComposition) {
  Random random(6);
  Matrix<double> y(10, 3, 1.0 / 3);
  const Matrix<double> x = test::mixture_spectra({.link = Link::Hapke, .scale = 1.2}, y,
                                                 test::linear_endmembers(8), {1, 1, 1}, 0.01, random);
  const MixtureStart start = fitted(x, y, Link::Hapke);
  expect_finite(start);
  // The one mixture is explained, whatever its parts are said to be.
  const Matrix<double> mean = start.mixture.spectra(y, start.z);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(mean.data()[i], x.data()[i], 0.04);
}

TEST(FitMixture, RefusesTooLittle) {
  const auto refused = [](std::size_t n, std::size_t channels, std::size_t rows, std::size_t k) {
    const auto start = fit_mixture(Matrix<double>(n, channels, 0.5), Matrix<double>(rows, k, 0.5), {});
    return !start && start.error().kind == Error::Kind::Data;
  };
  EXPECT_TRUE(refused(1, 5, 1, 2));
  EXPECT_TRUE(refused(5, 1, 5, 2));
  EXPECT_TRUE(refused(5, 5, 5, 1));
  EXPECT_TRUE(refused(5, 5, 4, 2));
}

TEST(FitMixture, CanBeStopped) {
  const Twins twins(Link::Hapke);
  RunControl control;
  control.request_stop();
  const auto start = fit_mixture(twins.x, twins.y, {}, &control);
  ASSERT_FALSE(start);
  EXPECT_TRUE(start.error().cancelled());
}

}  // namespace
}  // namespace assayer::guided
