// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reproduce/runs.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace assayer {
namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(ReproduceSpread, IsMeanAndStandardDeviation) {
  const std::array<double, 4> values = {2, 4, kNaN, 6};
  const Spread spread = spread_of(values);
  EXPECT_EQ(spread.count, 3U);
  EXPECT_DOUBLE_EQ(spread.mean, 4);
  EXPECT_DOUBLE_EQ(spread.sd, 2);
  EXPECT_EQ(spread_text(values, 2), "4.00 ± 2.00");
  EXPECT_EQ(spread_text(std::array<double, 1>{0.26}, 1), "0.3");
  EXPECT_EQ(spread_text(std::array<double, 2>{kNaN, kNaN}), "–");
}

// Sleep data of Student 1908 (hours gained by two drugs, ten patients): the difference is 1.58 with a 95 %
// interval of 0.7001 to 2.4599 (R: t.test of the paired data).
TEST(ReproducePairedInterval, AgreesWithStudent) {
  const std::array<double, 10> second = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
  const std::array<double, 10> first = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
  const PairedInterval interval = paired_interval(second, first);
  EXPECT_NEAR(interval.mean, 1.58, 1e-12);
  EXPECT_NEAR(interval.low, 0.7001142, 1e-4);
  EXPECT_NEAR(interval.high, 2.4598858, 1e-4);
  EXPECT_EQ(interval_text(interval, 2), "+1.58 (+0.70 to +2.46)");
  const PairedInterval one = paired_interval(std::array<double, 2>{1, kNaN}, std::array<double, 2>{3, 4});
  EXPECT_DOUBLE_EQ(one.mean, -2);
  EXPECT_TRUE(std::isnan(one.low));
}

TEST(ReproduceFigureTable, QuotesWhatMustBe) {
  FigureTable table({"a", "b,c"});
  table.row({"say \"x\"", number_text(0.1)});
  table.row({"", number_text(kNaN)});
  EXPECT_EQ(table.text(), "a,\"b,c\"\n\"say \"\"x\"\"\",0.1\n,nan\n");
}

}  // namespace
}  // namespace assayer
