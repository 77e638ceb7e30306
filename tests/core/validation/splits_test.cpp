// SPDX-License-Identifier: GPL-3.0-or-later
// How rows are left out, and whether what is left out stays out.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/validation/validation.h"
#include "tests/core/validation/validation_data.h"

namespace assayer::test {
namespace {

using ::testing::HasSubstr;

/// 20 compositions, three spectra each, one after the other; the groups 0 … 3 in turn.
class ValidationSplits : public ::testing::Test {
 protected:
  const Replicates made_ = replicates();
  const DatasetPtr data_ = dataset_of(made_.parts);
  /// Not all rows: positions and rows differ.
  const Rows rows_ = [] {
    Rows rows;
    for (std::uint32_t row = 3; row < 60; ++row) rows.push_back(row);
    return rows;
  }();

  std::vector<Split> splits(std::string_view by, std::size_t repeats = 1, std::uint64_t seed = 0) const {
    const auto made = make_splits(*data_, rows_, by, repeats, seed);
    EXPECT_TRUE(made) << made.error().message();
    return made.value_or(std::vector<Split>{});
  }
  /// Both sides ascending, without a common row, together all rows.
  void expect_sound(const std::vector<Split>& made) const {
    for (const Split& split : made) {
      EXPECT_TRUE(std::ranges::is_sorted(split.train) && std::ranges::is_sorted(split.test));
      EXPECT_FALSE(split.train.empty() || split.test.empty());
      Rows all = split.train;
      all.insert(all.end(), split.test.begin(), split.test.end());
      std::ranges::sort(all);
      EXPECT_EQ(all, rows_);
    }
  }
  /// Every row judges once in each of the `repeats` runs of `folds` splits.
  void expect_each_row_once(const std::vector<Split>& made, std::size_t folds) const {
    for (std::size_t first = 0; first < made.size(); first += folds) {
      Rows tested;
      for (std::size_t s = first; s < first + folds; ++s)
        tested.insert(tested.end(), made[s].test.begin(), made[s].test.end());
      std::ranges::sort(tested);
      EXPECT_EQ(tested, rows_);
    }
  }
  static std::set<Rows> tests_of(const std::vector<Split>& made) {
    std::set<Rows> tests;
    for (const Split& split : made) tests.insert(split.test);
    return tests;
  }
  /// Codes of the groups that judge; fails where a group is torn.
  std::set<std::int32_t> groups_tested(const Split& split) const {
    std::set<std::int32_t> tested;
    for (const std::uint32_t row : split.test) tested.insert(data_->groups()->of_row[row]);
    for (const std::uint32_t row : split.train)
      EXPECT_FALSE(tested.contains(data_->groups()->of_row[row])) << row;
    return tested;
  }
};

TEST_F(ValidationSplits, FoldsOfRows) {
  const auto made = splits("kfold:4");
  ASSERT_EQ(made.size(), 4U);
  expect_sound(made);
  expect_each_row_once(made, 4);
  // Dealt evenly by the largest component: no fold has many more than another.
  for (const Split& split : made) EXPECT_NEAR(static_cast<double>(split.test.size()), 57.0 / 4, 2);
  EXPECT_EQ(tests_of(made), tests_of(splits("kfold:4")));
  EXPECT_NE(tests_of(made), tests_of(splits("kfold:4", 1, 1)));
}

TEST_F(ValidationSplits, FoldsOfWholeCompositions) {
  const auto made = splits("compositions:5");
  ASSERT_EQ(made.size(), 5U);
  expect_sound(made);
  expect_each_row_once(made, 5);
  for (const Split& split : made) {
    std::set<std::uint32_t> tested;
    for (const std::uint32_t row : split.test) tested.insert(row / 3);
    EXPECT_EQ(split.test.size(), 3 * tested.size()) << "all replicates of a composition";
    for (const std::uint32_t row : split.train) EXPECT_FALSE(tested.contains(row / 3)) << row;
  }
  // Rows alone would tear them.
  bool torn = false;
  for (const Split& split : splits("kfold:5"))
    for (const std::uint32_t row : split.test)
      torn =
          torn || std::ranges::any_of(split.train, [&](std::uint32_t other) { return other / 3 == row / 3; });
  EXPECT_TRUE(torn);
}

TEST_F(ValidationSplits, StratifiedFoldsShareGroupsAndCompositions) {
  const auto made = splits("stratified:3");
  ASSERT_EQ(made.size(), 3U);
  expect_sound(made);
  expect_each_row_once(made, 3);
  const auto largest = [&](std::uint32_t row) {
    const auto y = data_->abundances()->row(row);
    return static_cast<std::int32_t>(std::ranges::max_element(y) - y.begin());
  };
  // Of every group and largest component, as many in one fold as in another, to a row at either end of the
  // stratum's stretch; and so of all rows.
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::size_t>> counts;
  for (std::size_t s = 0; s < 3; ++s) {
    EXPECT_EQ(made[s].test.size(), 19U);
    for (const std::uint32_t row : made[s].test) {
      auto& of_fold = counts[{data_->groups()->of_row[row], largest(row)}];
      of_fold.resize(3);
      ++of_fold[s];
    }
  }
  EXPECT_EQ(counts.size(), 12U);
  for (const auto& [stratum, of_fold] : counts)
    EXPECT_LE(std::ranges::max(of_fold) - std::ranges::min(of_fold), 2U);
  EXPECT_EQ(tests_of(made), tests_of(splits("stratified:3")));
  EXPECT_NE(tests_of(made), tests_of(splits("stratified:3", 1, 1)));
}

TEST_F(ValidationSplits, StratifiedFoldsSpreadTheLargestComponentEvenly) {
  // One group, one stratum, its largest component from .5 to 1 in steps: every fold has one of every five
  // neighbours, so that the mean of each is within a fifth of the range's step from that of all.
  DatasetParts parts;
  parts.spectra = Matrix<float>(100, 2, 0.5F);
  Matrix<double> y(100, 2);
  Rows rows;
  for (std::size_t i = 0; i < 100; ++i) {
    y(i, 0) = 0.505 + 0.0049 * static_cast<double>((i * 37) % 100);
    y(i, 1) = 1 - y(i, 0);
    rows.push_back(static_cast<std::uint32_t>(i));
  }
  parts.abundances = *Abundances::create(y, {"a", "b"});
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto made = make_splits(*data, rows, "stratified:5", 1, 3);
  ASSERT_TRUE(made) << made.error().message();
  for (const Split& split : *made) {
    ASSERT_EQ(split.test.size(), 20U);
    std::vector<double> of_fold;
    of_fold.reserve(split.test.size());
    for (const std::uint32_t row : split.test) of_fold.push_back(y(row, 0));
    std::ranges::sort(of_fold);
    for (std::size_t i = 0; i < 20; ++i) {
      EXPECT_GE(of_fold[i], 0.505 + 0.0049 * 5 * static_cast<double>(i) - 1e-9);
      EXPECT_LE(of_fold[i], 0.505 + 0.0049 * (5 * static_cast<double>(i) + 4) + 1e-9);
    }
  }
}

TEST_F(ValidationSplits, EveryBeginningOfAStratifiedOrderHasTheSharesOfAll) {
  const Rows order = stratified_order(*data_, rows_, 7);
  EXPECT_EQ(std::set<std::uint32_t>(order.begin(), order.end()),
            std::set<std::uint32_t>(rows_.begin(), rows_.end()));
  EXPECT_EQ(order.size(), rows_.size());
  EXPECT_EQ(order, stratified_order(*data_, rows_, 7));
  EXPECT_NE(order, stratified_order(*data_, rows_, 8));
  std::map<std::int32_t, double> all;
  for (const std::uint32_t row : rows_) ++all[data_->groups()->of_row[row]];
  std::map<std::int32_t, double> so_far;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++so_far[data_->groups()->of_row[order[i]]];
    // Three strata in a group, each of them off by less than one row.
    for (const auto& [group, count] : all)
      EXPECT_NEAR(so_far[group], count * static_cast<double>(i + 1) / static_cast<double>(order.size()), 4.5);
  }
}

TEST(LearningSteps, AreGeometricAndEndWithAll) {
  EXPECT_EQ(learning_steps(3, 128, 5), (std::vector<std::size_t>{8, 16, 32, 64, 128}));
  EXPECT_EQ(learning_steps(14, 64, 3), (std::vector<std::size_t>{16, 32, 64})) << "two more than components";
  EXPECT_EQ(learning_steps(3, 8, 5), (std::vector<std::size_t>{8})) << "nothing below all";
  EXPECT_EQ(learning_steps(3, 10, 9), (std::vector<std::size_t>{8, 9, 10})) << "no repeats";
}

TEST_F(ValidationSplits, RepeatsHaveFoldsOfTheirOwn) {
  for (const auto* by : {"kfold:3", "compositions:3", "stratified:3"}) {
    const auto made = splits(by, 4);
    ASSERT_EQ(made.size(), 12U);
    expect_sound(made);
    expect_each_row_once(made, 3);
    EXPECT_EQ(tests_of(made).size(), 12U) << by;
  }
}

TEST_F(ValidationSplits, EveryGroupOnce) {
  const auto made = splits("group");
  ASSERT_EQ(made.size(), 4U);
  expect_sound(made);
  expect_each_row_once(made, 4);
  for (const Split& split : made) EXPECT_EQ(groups_tested(split).size(), 1U);
}

TEST_F(ValidationSplits, ChoicesOfGroups) {
  const auto all = splits("leave-groups:2");
  ASSERT_EQ(all.size(), 6U) << "two of four";
  expect_sound(all);
  std::set<std::set<std::int32_t>> choices;
  for (const Split& split : all) {
    EXPECT_EQ(groups_tested(split).size(), 2U);
    choices.insert(groups_tested(split));
  }
  EXPECT_EQ(choices.size(), 6U);
  EXPECT_EQ(splits("leave-groups:3").size(), 4U);
  EXPECT_EQ(tests_of(splits("leave-groups:1")), tests_of(splits("group")));

  std::set<std::set<Rows>> drawn;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto some = splits("leave-groups:2:3", 1, seed);
    ASSERT_EQ(some.size(), 3U);
    expect_sound(some);
    const auto tests = tests_of(some);
    EXPECT_EQ(tests.size(), 3U);
    EXPECT_TRUE(std::ranges::includes(tests_of(all), tests));
    EXPECT_EQ(tests, tests_of(splits("leave-groups:2:3", 1, seed)));
    drawn.insert(tests);
  }
  EXPECT_GT(drawn.size(), 1U) << "20 choices of 3 of 6: ten equal draws have a chance of 20^-9";
  EXPECT_EQ(splits("leave-groups:2:100").size(), 6U);
}

TEST_F(ValidationSplits, RefuseWhatMakesNoSense) {
  const std::map<std::string, std::string> refused = {
      {"", "kfold:F"},
      {"folds:5", "kfold:F"},
      {"kfoldx:5", "kfold:F"},
      {"kfold", "at least 2"},
      {"kfold:", "at least 2"},
      {"kfold:1", "at least 2"},
      {"kfold:-3", "at least 2"},
      {"kfold:5x", "at least 2"},
      {"kfold:2.5", "at least 2"},
      {"kfold:99999999999999999999999", "at least 2"},
      {"kfold:58", "fewer rows than folds"},
      {"stratified", "at least 2"},
      {"stratified:1", "at least 2"},
      {"stratified:58", "no fewer rows than folds"},
      {"compositions", "at least 2"},
      {"compositions:0", "at least 2"},
      {"compositions:20", "fewer groups than folds"},  // 19 of the 20 have rows here
      {"group:1", "leave-groups"},
      {"leave-groups", "P at least 1"},
      {"leave-groups:", "P at least 1"},
      {"leave-groups:0", "P at least 1"},
      {"leave-groups:two", "P at least 1"},
      {"leave-groups:2:", "M at least 1"},
      {"leave-groups:2:0", "M at least 1"},
      {"leave-groups:2:1:1", "M at least 1"},
      {"leave-groups:4", "at least one stay"},
  };
  for (const auto& [by, words] : refused) {
    const auto made = make_splits(*data_, rows_, by, 1, 0);
    ASSERT_FALSE(made) << by;
    EXPECT_EQ(made.error().kind, Error::Kind::Usage) << by;
    EXPECT_THAT(made.error().message(), HasSubstr(words)) << by;
  }
  const auto never = make_splits(*data_, rows_, "kfold:3", 0, 0);
  ASSERT_FALSE(never);
  EXPECT_THAT(never.error().message(), HasSubstr("repeat"));
}

TEST_F(ValidationSplits, GroupsMustBeThere) {
  DatasetParts parts = made_.parts;
  parts.groups.reset();
  const DatasetPtr data = dataset_of(std::move(parts));
  for (const auto* by : {"group", "leave-groups:2"}) {
    const auto made = make_splits(*data, rows_, by, 1, 0);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, Error::Kind::Data);
    EXPECT_THAT(made.error().message(), HasSubstr("/group"));
  }
}

TEST(Leak, IsFoundAmongLabelledAndUnlabelledRowsAndNamed) {
  const Rows test = {7, 11, 13};
  EXPECT_TRUE(check_no_leak({{1, 2, 3}, {1, 2, 3, 12}, {}}, test));
  EXPECT_TRUE(check_no_leak({{1, 2, 3}, {1, 2, 3, 12}, {}}, {}));
  const auto expect_leak = [&](const TrainPlan& plan, const std::string& row, const std::string& kind) {
    const auto checked = check_no_leak(plan, test);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, Error::Kind::Data);
    EXPECT_EQ(checked.error().where, row);
    EXPECT_THAT(checked.error().message(), HasSubstr("among the " + kind));
  };
  expect_leak({{1, 11, 13}, {1}, {}}, "row 11", "labelled");
  expect_leak({{1, 2}, {1, 2, 13}, {}}, "row 13", "unlabelled");
  expect_leak({{7}, {13}, {}}, "row 7", "labelled");
}

TEST(StudentsQuantile, IsThatOfScipy) {
  // student_expected.py
  const std::map<std::size_t, double> expected = {
      {1, 12.706205},  {2, 4.302653},     {3, 3.182446},  {4, 2.776445},  {5, 2.570582},  {6, 2.446912},
      {7, 2.364624},   {8, 2.306004},     {9, 2.262157},  {10, 2.228139}, {11, 2.200985}, {12, 2.178813},
      {13, 2.160369},  {14, 2.144787},    {15, 2.131450}, {16, 2.119905}, {17, 2.109816}, {18, 2.100922},
      {19, 2.093024},  {20, 2.085963},    {21, 2.079614}, {22, 2.073873}, {23, 2.068658}, {24, 2.063899},
      {25, 2.059539},  {26, 2.055529},    {27, 2.051831}, {28, 2.048407}, {29, 2.045230}, {30, 2.042272},
      {31, 2.039513},  {35, 2.030108},    {40, 2.021075}, {60, 2.000298}, {99, 1.984217}, {120, 1.979930},
      {500, 1.964720}, {10000, 1.960201},
  };
  for (const auto& [degrees, value] : expected)
    EXPECT_NEAR(student_975(degrees), value, degrees <= 30 ? 5.1e-5 : 1e-4) << degrees;
  EXPECT_TRUE(std::isnan(student_975(0)));
}

}  // namespace
}  // namespace assayer::test
