// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_guided.py.
#include "core/guided/intervals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/guided/folds.h"
#include "tests/core/guided/simulated.h"

namespace assayer::guided {
namespace {

using test::distance;
using test::expected_guided;

CompositionIntervals fitted(const Matrix<double>& y, const HeldOut& inside, const HeldOut& outside) {
  auto intervals = fit_intervals(y, inside, outside);
  EXPECT_TRUE(intervals) << intervals.error().message();
  return intervals ? *intervals : CompositionIntervals();
}

/// Predictions that are wrong by normal errors of sd `sd`.
HeldOut with_errors(const Matrix<double>& y, std::vector<Split> splits, double sd, Random& random) {
  HeldOut held{std::move(splits), {}};
  for (const Split& split : held.splits) {
    Matrix<double> predicted = rows_of(y, split.test);
    test::disturb(predicted, sd, random);
    held.predicted.push_back(std::move(predicted));
  }
  return held;
}

TEST(LeverageGram, IsTheFormula) {
  // YᵀY = diag(2, 8): (n / K) of it inverted, with n = 4 and K = 2.
  const Matrix<double> y({1, 0, 1, 0, 0, 2, 0, 2}, 4, 2);
  const auto gram = leverage_gram(y);
  ASSERT_TRUE(gram);
  EXPECT_LT(distance(*gram, Matrix<double>({1, 0, 0, 0.25}, 2, 2)), 1e-14);
}

TEST(LeverageGram, AveragesToOneOverTheRows) {
  Random random(1);
  const Matrix<double> y = test::mixed_compositions(40, random);
  CompositionIntervals intervals;
  intervals.gram = *leverage_gram(y);
  double sum = 0;
  for (std::size_t i = 0; i < 40; ++i) sum += intervals.leverage(y.row(i)) / 40;
  EXPECT_NEAR(sum, 1, 1e-12) << "the trace of the hat matrix is K";
}

TEST(LeverageGram, LeavesDirectionsOutThatNobodyHasSeen) {
  // Only the first two components occur.
  const auto gram = leverage_gram(Matrix<double>({0.2, 0.8, 0, 0.6, 0.4, 0, 0.5, 0.5, 0}, 3, 3));
  ASSERT_TRUE(gram);
  EXPECT_TRUE(test::all_finite(gram->values()));
  EXPECT_NEAR((*gram)(2, 2), 0, 1e-12);
  EXPECT_GT((*gram)(0, 0), 0);
}

TEST(Intervals, AreThoseOfNumpy) {
  const auto& expected = expected_guided().at("intervals");
  const Matrix<double> y = test::matrix_at(expected, "y");
  HeldOut inside;
  for (std::uint32_t s = 0; s < 3; ++s) {
    Split split;
    for (std::uint32_t i = 0; i < 12; ++i) (i % 3 == s ? split.test : split.train).push_back(i);
    inside.splits.push_back(std::move(split));
    inside.predicted.push_back(test::matrix_of(expected.at("inside").at(s)));
  }
  HeldOut outside{extrapolating_splits(y), {}};
  ASSERT_EQ(outside.splits.size(), expected.at("outside").size());
  for (std::size_t s = 0; s < outside.splits.size(); ++s) {
    EXPECT_EQ(outside.splits[s].test, expected.at("test_rows").at(s).get<std::vector<std::uint32_t>>());
    outside.predicted.push_back(test::matrix_of(expected.at("outside").at(s)));
  }
  const CompositionIntervals found = fitted(y, inside, outside);
  EXPECT_LT(distance(found.variance, test::vector_at(expected, "r2")), 1e-15);
  EXPECT_NEAR(found.growth, expected.at("rho").get<double>(), 1e-9);
  EXPECT_LT(distance(found.gram, test::matrix_at(expected, "gram")), 1e-10);
  const std::vector<double> corner = {1, 0, 0};
  EXPECT_NEAR(found.leverage(corner), expected.at("corner_leverage").get<double>(), 1e-10);
  EXPECT_LT(distance(found.variances(corner), test::vector_at(expected, "corner_variance")), 1e-12);
}

TEST(Intervals, GrowthByHand) {
  // Rows 0 and 1 are what is learnt from: YᵀY = (.52 .48; .48 .52), and (n / K) (YᵀY)⁻¹ = (13 −12; −12 13).
  const Matrix<double> y({0.4, 0.6, 0.6, 0.4, 0.67, 0.33}, 3, 2);
  // Wrong by .01 inside. Outside by .03, nine times in squares, at (.7, .3), whose leverage is
  // 13 (.49 + .09) − 24 · .21 = 2.5: ρ = (9 − 1) / (2.5 − 1).
  const HeldOut inside{{{{2}, {0, 1}}}, {Matrix<double>({0.41, 0.59, 0.59, 0.41}, 2, 2)}};
  const HeldOut outside{{{{0, 1}, {2}}}, {Matrix<double>({0.7, 0.3}, 1, 2)}};
  const CompositionIntervals found = fitted(y, inside, outside);
  EXPECT_NEAR(found.variance[0], 1e-4, 1e-12);
  EXPECT_NEAR(found.variance[1], 1e-4, 1e-12);
  EXPECT_NEAR(found.growth, 8 / 1.5, 1e-9);
}

TEST(Intervals, DoNotShrinkWhereExtrapolationIsBetter) {
  Random random(4);
  const Matrix<double> y = test::mixed_compositions(60, random);
  const HeldOut inside = with_errors(y, composition_splits(y, 5, 0), 0.03, random);
  const HeldOut outside = with_errors(y, extrapolating_splits(y), 0.01, random);
  const CompositionIntervals found = fitted(y, inside, outside);
  EXPECT_EQ(found.growth, 0);
  EXPECT_LT(distance(found.variances(std::vector<double>{1, 0, 0}), found.variance), 1e-15);
  EXPECT_EQ(fitted(y, inside, {}).growth, 0);
}

TEST(Intervals, AnExactFitIsNotTakenForCertainty) {
  Random random(4);
  const Matrix<double> y = test::mixed_compositions(20, random);
  const CompositionIntervals found = fitted(y, with_errors(y, composition_splits(y, 5, 0), 0, random), {});
  EXPECT_THAT(found.variance, testing::Each(1e-6));
}

TEST(Intervals, CoverNormalErrorsAsOftenAsTheySay) {
  Random random(12);
  const Matrix<double> y = test::mixed_compositions(400, random);
  const double sd = 0.02;
  const CompositionIntervals found = fitted(y, with_errors(y, composition_splits(y, 5, 0), sd, random), {});
  std::size_t inside = 0;
  std::size_t well_inside = 0;
  const std::size_t n = 3000;
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = y.row(i % 400);
    const std::vector<double> variance = found.variances(row);
    const double error = std::abs(sd * random.normal());
    if (error <= 1.959964 * std::sqrt(variance[i % 3])) ++inside;
    if (error <= 0.994458 * std::sqrt(variance[i % 3])) ++well_inside;
  }
  // Four standard errors of a share, and the estimate's own: 400 errors a component give sd to 3.5 %.
  EXPECT_NEAR(static_cast<double>(inside) / n, 0.95, 0.03);
  EXPECT_NEAR(static_cast<double>(well_inside) / n, 0.68, 0.06);
}

TEST(Intervals, CoverErrorsThatGrowWithLeverage) {
  // Errors whose variance is r² (1 + 4 (h − 1)₊), at splits of either kind.
  Random random(13);
  const Matrix<double> y = test::mixed_compositions(600, random, 0.95);
  const double sd = 0.002;
  const auto growing = [&](std::vector<Split> splits) {
    HeldOut held{std::move(splits), {}};
    for (const Split& split : held.splits) {
      CompositionIntervals rest;
      rest.gram = *leverage_gram(rows_of(y, split.train));
      Matrix<double> predicted = rows_of(y, split.test);
      for (std::size_t i = 0; i < predicted.rows(); ++i) {
        const double h = rest.leverage(predicted.row(i));
        for (double& part : predicted.row(i))
          part += sd * std::sqrt(1 + 4 * std::max(h - 1, 0.0)) * random.normal();
      }
      held.predicted.push_back(std::move(predicted));
    }
    return held;
  };
  const CompositionIntervals found =
      fitted(y, growing(composition_splits(y, 5, 0)), growing(extrapolating_splits(y)));
  EXPECT_NEAR(found.growth, 4, 1);
  // Not the mean square inside, where many rows lie further out than the mean.
  for (const double part : found.variance) EXPECT_NEAR(std::sqrt(part), sd, 0.1 * sd);
}

}  // namespace
}  // namespace assayer::guided
