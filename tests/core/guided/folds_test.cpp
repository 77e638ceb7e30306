// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/folds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace assayer::guided {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Matrix<double> of_two(const std::vector<double>& first) {
  Matrix<double> y(first.size(), 2);
  for (std::size_t i = 0; i < first.size(); ++i) {
    y(i, 0) = first[i];
    y(i, 1) = 1 - first[i];
  }
  return y;
}

TEST(ExtrapolatingSplits, TestTheUpperQuarterOfEachComponent) {
  const auto splits = extrapolating_splits(of_two({0.1, 0.2, 0.3, 0.4, 0.5}));
  ASSERT_EQ(splits.size(), 2U);
  EXPECT_THAT(splits[0].test, ElementsAre(3, 4));
  EXPECT_THAT(splits[0].train, ElementsAre(0, 1, 2));
  EXPECT_THAT(splits[1].test, ElementsAre(0, 1));
  EXPECT_THAT(splits[1].train, ElementsAre(2, 3, 4));
}

TEST(ExtrapolatingSplits, InterpolateTheQuantile) {
  // The 75th percentiles lie a quarter of the way between order statistics: .3 + .1 and .8 + .025.
  const auto splits = extrapolating_splits(of_two({0.1, 0.3, 0.2, 0.7}));
  ASSERT_EQ(splits.size(), 2U);
  EXPECT_THAT(splits[0].test, ElementsAre(3));
  EXPECT_THAT(splits[1].test, ElementsAre(0));
}

TEST(ExtrapolatingSplits, TakeCompositionsThatDifferByRoundingForEqual) {
  const auto splits = extrapolating_splits(of_two({0.1, 0.2, 0.3, 0.5, 0.5 - 1e-10, 0.5 - 2e-10}));
  ASSERT_FALSE(splits.empty());
  EXPECT_THAT(splits[0].test, ElementsAre(3, 4, 5));
}

TEST(ExtrapolatingSplits, SkipACornerWithoutWhichTheRestDoesNotSpan) {
  // Only rows 6 and 7 hold the third component.
  const Matrix<double> y({0.1, 0.9, 0, 0.2, 0.8, 0, 0.4,  0.6,  0,   0.6, 0.4, 0,
                          0.8, 0.2, 0, 0.9, 0.1, 0, 0.35, 0.35, 0.3, 0.3, 0.3, 0.4},
                         8, 3);
  const auto splits = extrapolating_splits(y);
  ASSERT_EQ(splits.size(), 2U);
  EXPECT_THAT(splits[0].test, ElementsAre(4, 5));
  EXPECT_THAT(splits[1].test, ElementsAre(0, 1));
}

TEST(ExtrapolatingSplits, SkipWhereTheRestSpansByLessThanOnePercent) {
  // Of (½ + d, ½ − d) the least singular value over √n is the root mean square of √2 d.
  const auto spread = [](double d) {
    return extrapolating_splits(of_two({0.5 + d, 0.5 - d, 0.5 + d, 0.5 - d, 0.5 + d, 0.5 - d, 0.9, 0.9}));
  };
  const auto wide = spread(0.0072);  // √2 · .0072 > .01
  ASSERT_EQ(wide.size(), 2U);
  EXPECT_THAT(wide[0].test, ElementsAre(6, 7));
  const auto narrow = spread(0.0070);
  ASSERT_EQ(narrow.size(), 1U);
  EXPECT_THAT(narrow[0].test, ElementsAre(1, 3, 5)) << "only the second component's is left";
}

TEST(ExtrapolatingSplits, AreNoneForFewRows) {
  EXPECT_THAT(extrapolating_splits(Matrix<double>(0, 3)), IsEmpty());
  EXPECT_THAT(extrapolating_splits(Matrix<double>(1, 3, 1.0 / 3)), IsEmpty());
  EXPECT_THAT(extrapolating_splits(Matrix<double>(9, 3, 1.0 / 3)), IsEmpty()) << "one composition";
  // Three rows would be left for three components.
  EXPECT_THAT(extrapolating_splits(Matrix<double>({1, 0, 0, 0, 1, 0, 0, 0, 1, 0.4, 0.3, 0.3}, 4, 3)),
              IsEmpty());
}

TEST(CompositionSplits, NeverTearReplicates) {
  const std::vector<double> compositions = {0.1, 0.3, 0.3, 0.6, 0.1, 0.8, 0.6, 0.3, 0.1, 0.9, 0.8};
  const Matrix<double> y = of_two(compositions);
  const auto splits = composition_splits(y, 3, 5);
  ASSERT_EQ(splits.size(), 3U);
  std::map<double, std::set<std::size_t>> folds_of;
  std::vector<int> tested(compositions.size(), 0);
  for (std::size_t s = 0; s < splits.size(); ++s) {
    EXPECT_EQ(splits[s].train.size() + splits[s].test.size(), compositions.size());
    EXPECT_FALSE(splits[s].test.empty());
    for (const std::uint32_t row : splits[s].test) {
      ++tested[row];
      folds_of[compositions[row]].insert(s);
      EXPECT_FALSE(std::ranges::binary_search(splits[s].train, row));
    }
  }
  EXPECT_THAT(tested, testing::Each(1));
  EXPECT_EQ(folds_of.size(), 5U);
  for (const auto& [composition, folds] : folds_of) EXPECT_EQ(folds.size(), 1U) << composition;
}

TEST(CompositionSplits, AreNoMoreThanCompositions) {
  EXPECT_EQ(composition_splits(of_two({0.2, 0.4, 0.2, 0.4}), 5, 0).size(), 2U);
  EXPECT_THAT(composition_splits(of_two({0.2, 0.2, 0.2}), 5, 0), IsEmpty());
  EXPECT_THAT(composition_splits(Matrix<double>(0, 2), 5, 0), IsEmpty());
}

TEST(CompositionSplits, FollowTheSeed) {
  std::vector<double> compositions;
  compositions.reserve(20);
  for (int i = 0; i < 20; ++i) compositions.push_back(0.04 * i);
  const auto tests = [&](std::uint64_t seed) {
    std::vector<std::vector<std::uint32_t>> rows;
    for (const Split& split : composition_splits(of_two(compositions), 4, seed)) rows.push_back(split.test);
    return rows;
  };
  EXPECT_EQ(tests(3), tests(3));
  EXPECT_NE(tests(3), tests(4));
}

TEST(RowsOf, KeepsTheOrderAsked) {
  const Matrix<double> values({1, 2, 3, 4, 5, 6}, 3, 2);
  EXPECT_EQ(rows_of(values, {2, 0}), Matrix<double>({5, 6, 1, 2}, 2, 2));
  EXPECT_EQ(rows_of(values, {}).rows(), 0U);
}

}  // namespace
}  // namespace assayer::guided
