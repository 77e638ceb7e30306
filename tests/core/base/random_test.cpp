// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/random.h"

#include <gtest/gtest.h>
#include <algorithm>

#include <algorithm>
#include <cmath>
#include <set>

namespace assayer {
namespace {

TEST(Random, UsesTheStandardEngine) {
  // The 10000th output of mt19937_64 with its default seed is fixed by the C++ standard ([rand.predef]).
  Random random(5489);
  double value = 0;
  for (int i = 0; i < 10000; ++i) value = random.uniform();
  EXPECT_EQ(value, static_cast<double>(9981545732273789042ULL >> 11) * 0x1.0p-53);
}

TEST(Random, SameSeedSameDraws) {
  Random a(7);
  Random b(7);
  Random c(8);
  EXPECT_EQ(a.permutation(100), b.permutation(100));
  EXPECT_NE(a.permutation(100), c.permutation(100));
}

/// Mean and variance of draws against the law's, within five standard errors.
template <class Draw>
void expect_moments(const Draw& draw, double mean, double variance) {
  constexpr int n = 200000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = draw() - mean;
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 5 * std::sqrt(variance / n));
  EXPECT_NEAR(squares / n / variance, 1, 0.05);
}

TEST(Random, MomentsOfTheLaws) {
  Random random(1);
  expect_moments([&] { return random.uniform(-1.5, 1.5); }, 0, 9.0 / 12);
  expect_moments([&] { return random.normal(); }, 0, 1);
  for (const double shape : {0.3, 1.0, 4.5})
    expect_moments([&] { return random.gamma(shape); }, shape, shape);
}

TEST(Random, BelowIsEvenAndPermutationsAreComplete) {
  Random random(2);
  std::vector<int> counts(5);
  for (int i = 0; i < 50000; ++i) ++counts[random.below(5)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 5 * std::sqrt(10000 * 0.8));
  const auto order = random.permutation(1000);
  EXPECT_EQ(std::set<std::uint32_t>(order.begin(), order.end()).size(), 1000U);
  EXPECT_EQ(*std::ranges::max_element(order), 999U);
}

}  // namespace
}  // namespace assayer
