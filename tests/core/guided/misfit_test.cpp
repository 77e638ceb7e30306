// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/misfit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "core/guided/folds.h"
#include "tests/core/guided/simulated.h"

namespace assayer::guided {
namespace {

MisfitReference fitted(const Matrix<double>& residuals) {
  auto reference = fit_misfit(residuals);
  EXPECT_TRUE(reference) << reference.error().message();
  return reference ? *reference : MisfitReference();
}

/// Rows whose root mean square is exp of the given numbers.
Matrix<double> of_sizes(const std::vector<double>& logarithms) {
  Matrix<double> residuals(logarithms.size(), 4);
  for (std::size_t i = 0; i < logarithms.size(); ++i)
    for (std::size_t c = 0; c < 4; ++c) residuals(i, c) = (c % 2 == 0 ? 1 : -1) * std::exp(logarithms[i]);
  return residuals;
}

TEST(Misfit, MedianAndMadByHand) {
  // Distances from the median 2: 2, 0, 1, 1, 7.
  const MisfitReference odd = fitted(of_sizes({0, 2, 1, 3, 9}));
  EXPECT_NEAR(odd.median, 2, 1e-12);
  EXPECT_NEAR(odd.mad, 1.482602218505602 * 1, 1e-12);
  // Sorted 0, 1, 4, 9: median 2.5, distances 2.5, 1.5, 1.5, 6.5.
  const MisfitReference even = fitted(of_sizes({4, 0, 9, 1}));
  EXPECT_NEAR(even.median, 2.5, 1e-12);
  EXPECT_NEAR(even.mad, 1.482602218505602 * 2, 1e-12);
  EXPECT_EQ(even.hidden_median, even.median) << "too few rows for axes";
}

TEST(Misfit, EqualRowsMakeNoOutliersOfEachOther) {
  const MisfitReference reference = fitted(of_sizes(std::vector<double>(30, 0.5)));
  EXPECT_NEAR(reference.median, 0.5, 1e-12);
  EXPECT_EQ(reference.mad, 1e-3);
}

TEST(Misfit, NothingLeftIsFinite) {
  const Misfit misfit = misfit_of(Matrix<double>(2, 5), Matrix<double>(1, 5));
  for (const double value : misfit.all) EXPECT_TRUE(std::isfinite(value));
  const MisfitReference reference = fitted(Matrix<double>(40, 5));
  EXPECT_TRUE(std::isfinite(reference.hidden_median));
}

TEST(Misfit, HiddenLeavesTheAxesOut) {
  const Matrix<double> axes({0.6, 0.8, 0, 0}, 1, 4);
  const Matrix<double> residuals({0.6 * 5, 0.8 * 5, 2, 0}, 1, 4);
  const Misfit misfit = misfit_of(residuals, axes);
  EXPECT_NEAR(misfit.all[0], 0.5 * std::log((25 + 4) / 4.0), 1e-12);
  EXPECT_NEAR(misfit.hidden[0], 0.5 * std::log(4 / 4.0), 1e-12);
}

struct Spectra {
  explicit Spectra(std::size_t n = 80) : residuals(n, 60) {
    Random random(2);
    for (std::size_t i = 0; i < n; ++i) {
      const double slope = 5 * random.normal();
      const double bend = 4 * random.normal();
      for (std::size_t c = 0; c < 60; ++c) {
        const double place = static_cast<double>(c) / 59 - 0.5;
        residuals(i, c) = slope * place + bend * (place * place - 0.08) + random.normal();
      }
    }
  }
  Matrix<double> residuals;
};

TEST(Misfit, ASpikeStandsOutWhereSmoothMisfitIsSetAside) {
  // The spectrum that is judged is none of those that say what is usual.
  const Spectra spectra(81);
  std::vector<std::uint32_t> others(80);
  std::iota(others.begin(), others.end(), 1U);
  const MisfitReference reference = fitted(rows_of(spectra.residuals, others));
  EXPECT_EQ(reference.axes.rows(), 8U);
  for (std::size_t a = 0; a < 8; ++a) {
    for (std::size_t b = 0; b < 8; ++b) {
      double dot = 0;
      for (std::size_t c = 0; c < 60; ++c) dot += reference.axes(a, c) * reference.axes(b, c);
      EXPECT_NEAR(dot, a == b ? 1 : 0, 1e-10);
    }
  }
  Matrix<double> spiked(1, 60);
  std::ranges::copy(spectra.residuals.row(0), spiked.row(0).begin());
  spiked(0, 30) += 12;
  const Misfit misfit = misfit_of(spiked, reference.axes);
  EXPECT_LT((misfit.all[0] - reference.median) / reference.mad, 3) << "lost among smooth misfits";
  EXPECT_GT((misfit.hidden[0] - reference.hidden_median) / reference.hidden_mad, 5);
  // And good rows do not.
  const Misfit good = misfit_of(spectra.residuals, reference.axes);
  std::size_t suspects = 0;
  for (const double value : good.hidden)
    if ((value - reference.hidden_median) / reference.hidden_mad > 5) ++suspects;
  EXPECT_LE(suspects, 1U);
}

TEST(Misfit, RowsThatAreOutliersThemselvesDoNotShapeTheAxes) {
  Spectra spectra;
  for (std::size_t c = 0; c < 60; ++c) spectra.residuals(7, c) = c == 11 ? 3000 : 0;
  const MisfitReference reference = fitted(spectra.residuals);
  for (std::size_t a = 0; a < reference.axes.rows(); ++a) EXPECT_LT(std::abs(reference.axes(a, 11)), 0.9);
  const Misfit misfit = misfit_of(spectra.residuals, reference.axes);
  EXPECT_GT((misfit.hidden[7] - reference.hidden_median) / reference.hidden_mad, 20);
}

TEST(Misfit, WhatIsHiddenIsToldByRowsThatTheAxesHaveNotSeen) {
  // Noise has no directions of its own: axes fitted to 40 rows explain those rows and no others.
  Random random(9);
  const auto noise = [&](std::size_t n) {
    Matrix<double> residuals(n, 40);
    for (std::size_t i = 0; i < residuals.size(); ++i) residuals.data()[i] = random.normal();
    return residuals;
  };
  const MisfitReference reference = fitted(noise(40));
  std::vector<double> scores;
  for (const double value : misfit_of(noise(400), reference.axes).hidden)
    scores.push_back(reference.hidden_score(value, 1));
  std::ranges::sort(scores);
  EXPECT_NEAR(scores[200], 0, 0.5);
}

TEST(MisfitGrowth, ByHand) {
  MisfitReference reference;
  reference.median = 1;
  reference.mad = 0.5;
  reference.growth = {3, 1};
  // 1 + 3 (h − 1) = 4, of which half the logarithm; 1 + 1 (h − 1) = 2.
  EXPECT_NEAR(reference.score(3, 2), (3 - 1 - 0.5 * std::log(4.0)) / (0.5 * std::sqrt(2.0)), 1e-12);
  EXPECT_NEAR(reference.excess(3, 2), 2 - 0.5 * std::log(4.0), 1e-12);
  EXPECT_EQ(reference.excess(1.1, 2), 0);
  EXPECT_NEAR(reference.score(3, 0.3), 4, 1e-12) << "nothing shrinks inside";
}

/// Noise whose mean square is 1 + `growth` times the distance of each row, which is uniform up to 4.
FarResiduals growing(double growth, Random& random) {
  FarResiduals split{Matrix<double>(300, 40), Matrix<double>(300, 40), {}};
  for (std::size_t i = 0; i < split.train.size(); ++i) split.train.data()[i] = random.normal();
  for (std::size_t i = 0; i < split.test.rows(); ++i) {
    split.leverage.push_back(1 + 4 * random.uniform());
    const double scale = std::sqrt(1 + growth * (split.leverage.back() - 1));
    for (double& value : split.test.row(i)) value = scale * random.normal();
  }
  return split;
}

TEST(MisfitGrowth, IsFoundAndMakesFarRowsOrdinary) {
  Random random(5);
  const FarResiduals split = growing(2.5, random);
  MisfitReference reference = fitted(split.train);
  ASSERT_TRUE(fit_growth(reference, {split}));
  EXPECT_NEAR(reference.growth.mean, 2.5, 0.3);
  EXPECT_NEAR(reference.hidden_growth.mean, 2.5, 0.4);
  const Misfit far = misfit_of(split.test, reference.axes);
  std::size_t suspects = 0;
  std::size_t before = 0;
  for (std::size_t i = 0; i < far.all.size(); ++i) {
    suspects += reference.score(far.all[i], split.leverage[i]) > 5 ? 1U : 0U;
    before += reference.score(far.all[i], 1) > 5 ? 1U : 0U;
  }
  EXPECT_EQ(suspects, 0U);
  EXPECT_GT(before, 200U) << "which is what it is for";
}

TEST(MisfitGrowth, IsNoneWhereNothingGrowsAndAnOutlierIsNoGrowth) {
  Random random(6);
  FarResiduals split = growing(0, random);
  for (std::size_t i = 0; i < 20; ++i)
    for (double& value : split.test.row(i)) value *= 1000;
  MisfitReference reference = fitted(split.train);
  ASSERT_TRUE(fit_growth(reference, {split}));
  EXPECT_LT(reference.growth.mean, 0.05);
  EXPECT_LT(reference.hidden_growth.mean, 0.05);
  EXPECT_GT(reference.score(misfit_of(split.test, reference.axes).all[3], split.leverage[3]), 5);
  ASSERT_TRUE(fit_growth(reference, {}));
  EXPECT_EQ(reference.growth, MisfitGrowth());
}

TEST(Misfit, AxesAreFewerThanAQuarterOfTheChannels) {
  Random random(1);
  Matrix<double> residuals(50, 12);
  for (std::size_t i = 0; i < residuals.size(); ++i) residuals.data()[i] = random.normal();
  EXPECT_EQ(fitted(residuals).axes.rows(), 3U);
}

}  // namespace
}  // namespace assayer::guided
