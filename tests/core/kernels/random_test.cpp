// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

namespace assayer::kernels {
namespace {

std::vector<float> normals(std::uint64_t seed, Purpose purpose, std::uint64_t moment, std::size_t count) {
  std::vector<float> values(count);
  Stream(seed, purpose, moment).normal(values);
  return values;
}

double correlation(const std::vector<float>& a, const std::vector<float>& b, std::size_t lag = 0) {
  double sum = 0;
  for (std::size_t i = 0; i + lag < a.size(); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i + lag]);
  return sum / static_cast<double>(a.size() - lag);
}

TEST(Stream, NormalsHaveTheMomentsOfTheirDistribution) {
  constexpr std::size_t n = 4'000'000;
  const auto values = normals(1, Purpose::Noise, 0, n);
  std::array<double, 5> sums{};
  for (const float value : values) {
    double power = 1;
    for (double& sum : sums) sum += power *= static_cast<double>(value);
  }
  // Of the first five powers: 0, 1, 0, 3, 0, within five standard errors (variances 1, 2, 15, 96, 945).
  const std::array<double, 5> mean{0, 1, 0, 3, 0};
  const std::array<double, 5> variance{1, 2, 15, 96, 945};
  for (std::size_t p = 0; p < 5; ++p) {
    EXPECT_NEAR(sums[p] / n, mean[p], 5 * std::sqrt(variance[p] / n)) << "power " << p + 1;
  }
}

TEST(Stream, NormalsHaveTheDistributionFunctionOfTheirs) {
  constexpr std::size_t n = 1'000'000;
  auto values = normals(2, Purpose::Noise, 7, n);
  std::ranges::sort(values);
  double distance = 0;  // Kolmogorov & Smirnov
  for (std::size_t i = 0; i < n; ++i) {
    const double expected = 0.5 * std::erfc(-static_cast<double>(values[i]) / std::sqrt(2.0));
    distance = std::max(distance, std::abs(expected - static_cast<double>(i) / n));
  }
  EXPECT_LT(distance * std::sqrt(static_cast<double>(n)), 1.95);  // the 99.9 % point
  EXPECT_GT(values.back(), 4.3F);
  EXPECT_LT(values.back(), 6.8F);
}

TEST(Stream, IsIndependentOfOtherSeedsMomentsPurposesAndOfItself) {
  constexpr std::size_t n = 400'000;
  const double most = 5 / std::sqrt(static_cast<double>(n));
  const auto base = normals(3, Purpose::Noise, 5, n);
  for (const std::size_t lag : {1U, 2U, 15U, 16U, 17U, 32U, 48U, 1000U})
    EXPECT_LT(std::abs(correlation(base, base, lag)), most) << lag;
  for (const auto& other : {normals(4, Purpose::Noise, 5, n), normals(3, Purpose::Noise, 6, n),
                            normals(3, Purpose::Shuffle, 5, n), normals(5, Purpose::Noise, 3, n)}) {
    EXPECT_LT(std::abs(correlation(base, other)), most);
    EXPECT_LT(std::abs(correlation(base, other, 1)), most);
  }
  // The first number of consecutive moments, which a training's steps are, is itself a sample.
  double sum = 0;
  double squares = 0;
  for (std::uint64_t moment = 0; moment < 20'000; ++moment) {
    const double value = static_cast<double>(normals(9, Purpose::Noise, moment, 1)[0]);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 20'000, 0, 5 / std::sqrt(20'000.0));
  EXPECT_NEAR(squares / 20'000, 1, 5 * std::sqrt(2.0 / 20'000));
}

TEST(Stream, RepeatsItselfAndDoesNotDependOnTheLengthAsked) {
  EXPECT_EQ(normals(1, Purpose::Noise, 2, 1000), normals(1, Purpose::Noise, 2, 1000));
  const auto longer = normals(1, Purpose::Noise, 2, 1000);
  const auto shorter = normals(1, Purpose::Noise, 2, 101);
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
}

TEST(Stream, UniformsFillTheirInterval) {
  constexpr std::size_t n = 1'000'000;
  std::vector<float> values(n);
  Stream(5, Purpose::Noise, 1).uniform(values, -1.5F, 1.5F);
  std::array<double, 30> counts{};
  for (const float value : values) {
    ASSERT_GE(value, -1.5F);
    ASSERT_LE(value, 1.5F);
    counts[std::min<std::size_t>(29, static_cast<std::size_t>((static_cast<double>(value) + 1.5) * 10))] += 1;
  }
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - n / 30.0) * (count - n / 30.0) / (n / 30.0);
  EXPECT_LT(chi_square, 58.3);  // 29 degrees of freedom, 99.9 %
}

TEST(Stream, ShufflesEveryOrderEquallyOften) {
  std::map<std::vector<std::uint32_t>, int> seen;
  constexpr int times = 24'000;
  for (std::uint64_t moment = 0; moment < times; ++moment) {
    std::vector<std::uint32_t> order(4);
    std::iota(order.begin(), order.end(), 0U);
    Stream(6, Purpose::Shuffle, moment).shuffle(order);
    ++seen[order];
  }
  ASSERT_EQ(seen.size(), 24U);
  double chi_square = 0;
  for (const auto& [order, count] : seen) chi_square += (count - 1000.0) * (count - 1000.0) / 1000.0;
  EXPECT_LT(chi_square, 49.7);  // 23 degrees of freedom, 99.9 %
  std::vector<std::uint32_t> many(10'000);
  std::iota(many.begin(), many.end(), 0U);
  const auto sorted = many;
  Stream(6, Purpose::Shuffle, 0).shuffle(many);
  EXPECT_NE(many, sorted);
  std::ranges::sort(many);
  EXPECT_EQ(many, sorted);
}

}  // namespace
}  // namespace assayer::kernels
