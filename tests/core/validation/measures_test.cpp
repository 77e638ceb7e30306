// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assayer::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

SplitScores scored(double kl, double r2 = 0.5) {
  return {.kl = kl,
          .rmse = 2 * kl,
          .rmse_per = {kl, kl},
          .r2 = {r2, kNaN},
          .covered = 0.9,
          .l2 = {},
          .sad = {},
          .z_accuracy = {},
          .seconds = 1};
}

/// Methods with the same three splits, four rows to learn from for one that judges.
Validation validation_of(const std::vector<std::vector<double>>& kl) {
  Validation made;
  made.splits.assign(3, Split{.train = {0, 1, 2, 3}, .test = {4}});
  for (std::size_t m = 0; m < kl.size(); ++m) {
    MethodScores scores{"m" + std::to_string(m), {}};
    for (const double each : kl[m])
      scores.splits.push_back(std::isnan(each) ? std::nullopt : std::optional(scored(each)));
    made.methods.push_back(std::move(scores));
  }
  return made;
}

TEST(Measures, AreTakenFromASplit) {
  SplitScores scores = scored(0.1, 0.75);
  EXPECT_EQ(value_of(scores, Measure::Kl), 0.1);
  EXPECT_EQ(value_of(scores, Measure::Rmse), 0.2);
  EXPECT_EQ(value_of(scores, Measure::R2), 0.75) << "components without variation do not count";
  EXPECT_EQ(value_of(scores, Measure::Covered), 0.9);
  EXPECT_FALSE(value_of(scores, Measure::EndmemberL2));
  EXPECT_FALSE(value_of(scores, Measure::EndmemberSad));
  EXPECT_FALSE(value_of(scores, Measure::ZAccuracy));
  scores.l2 = 3;
  scores.sad = 2;
  scores.z_accuracy = 0.4;
  scores.covered = kNaN;
  scores.r2 = {kNaN, kNaN};
  EXPECT_EQ(value_of(scores, Measure::EndmemberL2), 3);
  EXPECT_EQ(value_of(scores, Measure::EndmemberSad), 2);
  EXPECT_EQ(value_of(scores, Measure::ZAccuracy), 0.4);
  EXPECT_FALSE(value_of(scores, Measure::Covered));
  EXPECT_FALSE(value_of(scores, Measure::R2));
}

TEST(Measures, SummaryIsMeanAndSampleDeviation) {
  const Summary three = summarise({{1.0}, {2.0}, std::nullopt, {6.0}, {kNaN}});
  EXPECT_DOUBLE_EQ(three.mean, 3);
  EXPECT_DOUBLE_EQ(three.sd, std::sqrt(7));  // (4 + 1 + 9) / 2
  const Summary one = summarise({{2.0}});
  EXPECT_EQ(one.mean, 2);
  EXPECT_TRUE(std::isnan(one.sd));
  EXPECT_TRUE(std::isnan(summarise(std::vector<std::optional<double>>{}).mean));
  const Validation made = validation_of({{0.1, 0.3, kNaN}});
  EXPECT_DOUBLE_EQ(summarise(made.methods[0], Measure::Kl).mean, 0.2);
}

TEST(Measures, PairedDifferenceIsThatOfCommonSplits) {
  const Validation made = validation_of({{0.1, 0.2, 0.4}, {0.3, 0.3, 0.7}, {kNaN, 0.1, kNaN}});
  const auto pair = paired_difference(made.methods[0], made.methods[1], made.splits, Measure::Rmse);
  // −.4, −.2, −.6: mean −.4, variance .04; t(2) = 4.302653, one third of a split and a quarter of overlap.
  EXPECT_NEAR(pair.mean, -0.4, 1e-12);
  const double half = 4.302653 * std::sqrt(0.04 * (1.0 / 3 + 1.0 / 4));
  EXPECT_NEAR(pair.low, -0.4 - half, 1e-4);
  EXPECT_NEAR(pair.high, -0.4 + half, 1e-4);
  const auto single = paired_difference(made.methods[0], made.methods[2], made.splits, Measure::Kl);
  EXPECT_NEAR(single.mean, 0.1, 1e-12);
  EXPECT_TRUE(std::isnan(single.low) && std::isnan(single.high));
  EXPECT_TRUE(
      std::isnan(paired_difference(made.methods[0], made.methods[1], made.splits, Measure::ZAccuracy).mean));
}

TEST(Measures, BestIsMarkedOnlyWhereEveryIntervalExcludesZero) {
  EXPECT_EQ(clear_best(validation_of({{0.3, 0.31, 0.29}, {0.1, 0.11, 0.09}}), Measure::Kl), 1U);
  // Ahead in the mean, but of one split only.
  EXPECT_FALSE(clear_best(validation_of({{0.3, 0.3, 0.3}, {0.1, 0.3, 0.31}}), Measure::Kl));
  // Clear of one, not of the other.
  EXPECT_FALSE(
      clear_best(validation_of({{0.3, 0.31, 0.29}, {0.1, 0.11, 0.09}, {0.1, 0.09, 0.1}}), Measure::Kl));
  EXPECT_FALSE(clear_best(validation_of({{0.1, 0.1, 0.1}}), Measure::Kl))
      << "there is nothing to be better than";
  // One that failed everywhere is not beaten, and does not stand in the way.
  EXPECT_EQ(
      clear_best(validation_of({{0.3, 0.31, 0.29}, {kNaN, kNaN, kNaN}, {0.1, 0.11, 0.09}}), Measure::Kl), 2U);
  // A share inside intervals is not the better the larger it is.
  EXPECT_FALSE(clear_best(validation_of({{0.3, 0.31, 0.29}, {0.1, 0.11, 0.09}}), Measure::Covered));
  Validation r2 = validation_of({{0.3, 0.3, 0.3}, {0.3, 0.3, 0.3}});
  for (std::size_t s = 0; s < 3; ++s) r2.methods[0].splits[s]->r2[0] = 0.9 + 0.001 * static_cast<double>(s);
  EXPECT_EQ(clear_best(r2, Measure::R2), 0U);
}

}  // namespace
}  // namespace assayer::test
