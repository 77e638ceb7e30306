// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/numeric/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/random.h"

namespace assayer {
namespace {

using Numbers = std::vector<std::uint32_t>;

std::vector<std::size_t> sizes(const Numbers& folds, std::size_t count) {
  std::vector<std::size_t> result(count, 0);
  for (const std::uint32_t fold : folds) ++result.at(fold);
  return result;
}

std::size_t spread(const std::vector<std::size_t>& counts) {
  const auto [least, most] = std::ranges::minmax(counts);
  return most - least;
}

TEST(Folds, AreOfEqualSizeAndSeeded) {
  for (const std::size_t n : {5U, 23U, 100U}) {
    const auto folds = assign_folds(n, {.folds = 5, .seed = 1});
    ASSERT_TRUE(folds);
    EXPECT_LE(spread(sizes(*folds, 5)), 1U);
    EXPECT_EQ(*folds, *assign_folds(n, {.folds = 5, .seed = 1}));
    EXPECT_NE(*folds, *assign_folds(n, {.folds = 5, .seed = 2}));
  }
}

TEST(Folds, AreShuffled) {
  // In how many of 2000 seeds do rows 0 and 1 share a fold? Expected share (n/k − 1) / (n − 1) = 1/9; 5σ is
  // 0.035.
  int together = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const auto folds = assign_folds(10, {.folds = 5, .seed = seed});
    together += (*folds)[0] == (*folds)[1] ? 1 : 0;
  }
  EXPECT_NEAR(together / 2000.0, 1.0 / 9, 0.035);
}

TEST(Folds, StratifyByTheLargestComponent) {
  Random random(4);
  Matrix<double> y(97, 4);
  for (std::size_t i = 0; i < y.rows(); ++i)
    for (double& value : y.row(i)) value = random.uniform();
  const auto folds = assign_folds(97, {.folds = 4, .seed = 5, .stratify_by = y});
  ASSERT_TRUE(folds);
  std::vector<std::vector<std::size_t>> counts(4, std::vector<std::size_t>(4, 0));
  for (std::size_t i = 0; i < 97; ++i) {
    const auto largest = static_cast<std::size_t>(std::ranges::max_element(y.row(i)) - y.row(i).begin());
    ++counts[largest][(*folds)[i]];
  }
  for (const auto& stratum : counts) EXPECT_LE(spread(stratum), 1U);
  EXPECT_LE(spread(sizes(*folds, 4)), 1U);

  y(3, 2) = std::nan("");
  EXPECT_EQ(assign_folds(97, {.stratify_by = y}).error().kind, Error::Kind::Data);
}

TEST(Folds, KeepGroupsWhole) {
  Random random(6);
  Numbers groups(120);
  Matrix<double> y(120, 3);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = 1000 * static_cast<std::uint32_t>(random.below(17));
    for (double& value : y.row(i)) value = random.uniform();
  }
  for (const bool stratified : {false, true}) {
    FoldOptions options = {.folds = 4, .seed = 7, .groups = groups};
    if (stratified) options.stratify_by = y;
    const auto folds = assign_folds(120, options);
    ASSERT_TRUE(folds);
    std::map<std::uint32_t, std::set<std::uint32_t>> seen;
    for (std::size_t i = 0; i < groups.size(); ++i) seen[groups[i]].insert((*folds)[i]);
    for (const auto& [group, where] : seen) EXPECT_EQ(where.size(), 1U) << group;
    for (const std::size_t size : sizes(*folds, 4)) EXPECT_GT(size, 15U);
  }
  EXPECT_EQ(assign_folds(120, {.folds = 18, .groups = groups}).error().kind, Error::Kind::Usage);
}

TEST(Folds, EveryFoldHasARow) {
  // One group that outweighs all, strata of one group each.
  Numbers groups(50, 0);
  Matrix<double> y(50, 5);
  for (std::uint32_t i = 0; i < 4; ++i) groups[46 + i] = 1 + i;
  for (std::size_t i = 0; i < 50; ++i) y(i, groups[i]) = 1;
  const auto folds = assign_folds(50, {.folds = 5, .stratify_by = y, .groups = groups});
  ASSERT_TRUE(folds);
  for (const std::size_t size : sizes(*folds, 5)) EXPECT_GT(size, 0U);
}

TEST(Folds, RefuseWhatMakesNoSense) {
  EXPECT_EQ(assign_folds(10, {.folds = 1}).error().kind, Error::Kind::Usage);
  EXPECT_EQ(assign_folds(4, {.folds = 5}).error().kind, Error::Kind::Usage);
  EXPECT_EQ(assign_folds(10, {.groups = Numbers(9)}).error().kind, Error::Kind::Usage);
  EXPECT_EQ(assign_folds(10, {.stratify_by = Matrix<double>(9, 2)}).error().kind, Error::Kind::Usage);
}

TEST(Groups, AreEqualRows) {
  const double nan = std::nan("");
  const Matrix<double> y({0.5, 0.5, 0, 1, 0.5, 0.5, nan, 1, -0.0, 1, nan, 1, 0.5, 0.25}, 7, 2);
  EXPECT_EQ(groups_of_equal_rows(y), (Numbers{0, 1, 0, 2, 1, 2, 3}));
}

TEST(SplitsOfFolds, CoverEverythingOnce) {
  const auto splits = splits_of_folds(Numbers{2, 0, 2, 1});
  ASSERT_EQ(splits.size(), 3U);
  EXPECT_EQ(splits[0].test, (Numbers{1}));
  EXPECT_EQ(splits[0].train, (Numbers{0, 2, 3}));
  EXPECT_EQ(splits[2].test, (Numbers{0, 2}));
  EXPECT_EQ(splits[2].train, (Numbers{1, 3}));
}

TEST(LeaveGroupsOut, EnumeratesAllChoicesInOrder) {
  const Numbers groups = {7, 3, 7, 9, 5};
  const auto splits = leave_groups_out(groups, 2);
  ASSERT_TRUE(splits);
  // Groups 3 5, 3 7, 3 9, 5 7, 5 9, 7 9.
  const std::vector<Numbers> tests = {{1, 4}, {0, 1, 2}, {1, 3}, {0, 2, 4}, {3, 4}, {0, 2, 3}};
  ASSERT_EQ(splits->size(), tests.size());
  for (std::size_t s = 0; s < tests.size(); ++s) {
    EXPECT_EQ((*splits)[s].test, tests[s]);
    Numbers all = (*splits)[s].train;
    all.insert(all.end(), tests[s].begin(), tests[s].end());
    std::ranges::sort(all);
    EXPECT_EQ(all, (Numbers{0, 1, 2, 3, 4}));
  }
  EXPECT_EQ(leave_groups_out(groups, 1)->size(), 4U);
  EXPECT_EQ(leave_groups_out(groups, 3)->size(), 4U);
}

TEST(LeaveGroupsOut, DrawsASeededSampleWithoutRepetition) {
  Numbers groups(40);
  for (std::uint32_t i = 0; i < 40; ++i) groups[i] = i;
  // 780 pairs are enumerated; C(40, 10) is 8e8 and is not.
  for (const std::size_t left_out : {2U, 10U}) {
    const auto splits = leave_groups_out(groups, left_out, 50, 3);
    ASSERT_TRUE(splits);
    ASSERT_EQ(splits->size(), 50U);
    std::set<Numbers> different;
    for (const Split& split : *splits) {
      EXPECT_EQ(split.test.size(), left_out);
      EXPECT_EQ(split.train.size(), 40 - left_out);
      different.insert(split.test);
    }
    EXPECT_EQ(different.size(), 50U);
    EXPECT_EQ((*splits)[7].test, (*leave_groups_out(groups, left_out, 50, 3))[7].test);
    EXPECT_FALSE(std::ranges::equal(*splits, *leave_groups_out(groups, left_out, 50, 4), {}, &Split::test,
                                    &Split::test));
  }
  EXPECT_EQ(leave_groups_out(groups, 10).error().kind, Error::Kind::Usage);
  EXPECT_EQ(leave_groups_out(groups, 40).error().kind, Error::Kind::Usage);
  EXPECT_EQ(leave_groups_out(groups, 0).error().kind, Error::Kind::Usage);
}

TEST(LeaveGroupsOut, SamplesUniformly) {
  // Each of the 10 pairs of 5 groups in 3 of 10 samples; 5σ of 2000 seeds is 0.051.
  std::map<Numbers, int> drawn;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const auto splits = leave_groups_out(Numbers{0, 1, 2, 3, 4}, 2, 3, seed);
    for (const Split& split : *splits) ++drawn[split.test];
  }
  EXPECT_EQ(drawn.size(), 10U);
  for (const auto& [test, count] : drawn) EXPECT_NEAR(count / 2000.0, 0.3, 0.051);
}

}  // namespace
}  // namespace assayer
