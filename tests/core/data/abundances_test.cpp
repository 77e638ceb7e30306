// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/abundances.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

namespace assayer {
namespace {

using testing::HasSubstr;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Result<Abundances> rows_of_three(std::vector<double> values) {
  const std::size_t rows = values.size() / 3;
  return Abundances::create(Matrix<double>(std::move(values), rows, 3), {"a", "b", "c"});
}

TEST(Abundances, KnownAndMissingRows) {
  const auto table = rows_of_three({0.5, 0.25, 0.25, kNan, kNan, kNan, 1, 0, 0});
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_EQ(table->rows(), 3U);
  EXPECT_EQ(table->components(), 3U);
  EXPECT_TRUE(table->known(0));
  EXPECT_FALSE(table->known(1));
  EXPECT_TRUE(table->known(2));
  EXPECT_THAT(table->names(), testing::ElementsAre("a", "b", "c"));
}

TEST(Abundances, RoundedRowsAreNormalisedOnceAndForAll) {
  const auto table = rows_of_three({0.333, 0.333, 0.333, 0.1F, 0.2F, 0.7F, -0.0005, 0.5, 0.5});
  ASSERT_TRUE(table) << table.error().message();
  for (std::size_t r = 0; r < table->rows(); ++r) {
    const auto row = table->row(r);
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-15);
    for (const double value : row) EXPECT_GE(value, 0);
  }
  EXPECT_DOUBLE_EQ(table->row(0)[0], 1.0 / 3);
  EXPECT_EQ(table->row(2)[0], 0);
  const auto again = Abundances::create(table->values(), table->names());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->values(), table->values());
}

TEST(Abundances, NamesTheFirstRowThatDoesNotSumToOne) {
  const auto table = rows_of_three({1, 0, 0, 0.3, 0.3, 0.3, 0.5, 0.5, 0.5});
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().message(), HasSubstr("row 1 (counted from 0)"));
  EXPECT_THAT(table.error().message(), HasSubstr("a sum of 0.9"));
  EXPECT_THAT(table.error().message(), HasSubstr("1 more row is off"));
}

TEST(Abundances, RecognisesPercentages) {
  const auto table = rows_of_three({50, 30, 20});
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().mend, HasSubstr("divide them by 100"));
}

TEST(Abundances, ToleranceIsWhatTheHeaderSays) {
  EXPECT_TRUE(rows_of_three({0.5, 0.4991, 0}));
  EXPECT_FALSE(rows_of_three({0.5, 0.4989, 0}));
  EXPECT_TRUE(rows_of_three({0.5, 0.5009, -0.0009}));
  const auto negative = rows_of_three({0.5, 0.502, -0.002});
  ASSERT_FALSE(negative);
  EXPECT_THAT(negative.error().message(), HasSubstr("-0.002 for \"c\""));
}

TEST(Abundances, RefusesPartlyMissingAndInfiniteRows) {
  const auto partly = rows_of_three({0.5, kNan, 0.5});
  ASSERT_FALSE(partly);
  EXPECT_THAT(partly.error().message(), HasSubstr("NaN for \"b\""));
  EXPECT_FALSE(rows_of_three({INFINITY, 0, 0}));
  EXPECT_FALSE(rows_of_three({INFINITY, -INFINITY, 0}));
}

TEST(Abundances, NamesAreDistinctAndTwoAtLeast) {
  EXPECT_FALSE(Abundances::create(Matrix<double>(1, 1, 1.0), {"a"}));
  EXPECT_FALSE(Abundances::create(Matrix<double>(1, 2, 0.5), {"a", "a"}));
  EXPECT_FALSE(Abundances::create(Matrix<double>(1, 2, 0.5), {"a", ""}));
  EXPECT_FALSE(Abundances::create(Matrix<double>(1, 2, 0.5), {"a", "b", "c"}));
  EXPECT_TRUE(Abundances::create(Matrix<double>(1, 2, 0.5), {"a", "b"}));
}

}  // namespace
}  // namespace assayer
