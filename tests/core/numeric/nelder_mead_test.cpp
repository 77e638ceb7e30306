// SPDX-License-Identifier: GPL-3.0-or-later
// Minima that are known in closed form.
#include "core/numeric/nelder_mead.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assayer {
namespace {

using Point = std::span<const double>;

double rosenbrock(Point x) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i)
    sum += 100 * std::pow(x[i + 1] - x[i] * x[i], 2) + std::pow(1 - x[i], 2);
  return sum;
}

TEST(NelderMead, FindsTheMinimumOfAQuadratic) {
  const auto bowl = [](Point x) {
    return 3 + std::pow(x[0] - 1, 2) + 10 * std::pow(x[1] + 2, 2) + 0.5 * std::pow(x[2] - 3, 2) + x[0] * x[1];
  };
  // Gradient 0: 2 (x − 1) + y = 0, 20 (y + 2) + x = 0.
  const double x = 80.0 / 39;
  const double y = -82.0 / 39;
  const Minimum minimum = minimise(bowl, std::vector<double>{0, 0, 0}, {.tolerance = 1e-10});
  EXPECT_TRUE(minimum.converged);
  EXPECT_NEAR(minimum.x[0], x, 1e-5);
  EXPECT_NEAR(minimum.x[1], y, 1e-5);
  EXPECT_NEAR(minimum.x[2], 3, 1e-5);
  EXPECT_NEAR(minimum.value, 3 + std::pow(x - 1, 2) + 10 * std::pow(y + 2, 2) + x * y, 1e-9);
}

TEST(NelderMead, FollowsRosenbrocksValley) {
  const Minimum two = minimise(rosenbrock, std::vector<double>{-1.2, 1});
  EXPECT_TRUE(two.converged);
  EXPECT_NEAR(two.x[0], 1, 1e-6);
  EXPECT_NEAR(two.x[1], 1, 1e-6);
  EXPECT_LT(two.evaluations, 400U);
  const Minimum five = minimise(rosenbrock, std::vector<double>{-1.2, 1, -1.2, 1, 0.5},
                                {.initial_step = 0.5, .max_evaluations = 20000});
  EXPECT_TRUE(five.converged);
  for (const double coordinate : five.x) EXPECT_NEAR(coordinate, 1, 1e-5);
}

TEST(NelderMead, HasOneDimensionAndNone) {
  const Minimum one = minimise([](Point x) { return std::cosh(x[0] - 0.25); }, std::vector<double>{5});
  EXPECT_TRUE(one.converged);
  EXPECT_NEAR(one.x[0], 0.25, 1e-4);
  EXPECT_NEAR(one.value, 1, 1e-8);
  const Minimum none = minimise([](Point) { return 7.0; }, {});
  EXPECT_EQ(none.value, 7);
  EXPECT_EQ(none.evaluations, 1U);
}

TEST(NelderMead, TakesNanForInfinity) {
  // Defined for x > 0 only; the minimum at 1 lies beside the edge, and one vertex of the first simplex beyond
  // it.
  const auto edge = [](Point x) {
    if (x[0] <= 0 || x[1] <= 0) return std::numeric_limits<double>::quiet_NaN();
    return x[0] - std::log(x[0]) + 2 * (x[1] - std::log(x[1]));
  };
  const Minimum minimum = minimise(edge, std::vector<double>{0.05, 4}, {.initial_step = -0.1});
  EXPECT_TRUE(minimum.converged);
  EXPECT_NEAR(minimum.x[0], 1, 1e-3);
  EXPECT_NEAR(minimum.x[1], 1, 1e-3);
  EXPECT_NEAR(minimum.value, 3, 1e-7);
}

TEST(NelderMead, GivesUpWhereNothingIsDefined) {
  const Minimum minimum = minimise([](Point) { return std::nan(""); }, std::vector<double>{1, 2});
  EXPECT_FALSE(minimum.converged);
  EXPECT_TRUE(std::isinf(minimum.value));
  EXPECT_LE(minimum.evaluations, 400U);
}

TEST(NelderMead, EndsOnANoisyPlateauWithTheBestPointSeen) {
  // A bowl with a plateau of radius 1 and a ripple that no tolerance can smooth.
  double least = std::numeric_limits<double>::infinity();
  std::size_t calls = 0;
  const auto noisy = [&](Point x) {
    ++calls;
    const double radius = std::hypot(x[0], x[1]);
    const double ripple = 1e-3 * std::sin(1e9 * (x[0] + 2 * x[1]));
    const double value = std::max(1.0, radius) + ripple;
    least = std::min(least, value);
    return value;
  };
  const Minimum minimum =
      minimise(noisy, std::vector<double>{4, -3}, {.initial_step = 0.5, .max_evaluations = 2000});
  EXPECT_EQ(minimum.evaluations, calls);
  EXPECT_LE(calls, 2000U);
  EXPECT_LT(minimum.value, 1.01);
  EXPECT_DOUBLE_EQ(minimum.value, least);
}

TEST(NelderMead, StopsAtTheLimitAndWhenAsked) {
  for (std::size_t limit = 1; limit < 40; ++limit) {
    std::size_t calls = 0;
    const auto counted = [&](Point x) {
      ++calls;
      return rosenbrock(x);
    };
    const Minimum minimum = minimise(counted, std::vector<double>{-1.2, 1, 2}, {.max_evaluations = limit});
    EXPECT_EQ(calls, limit);
    EXPECT_EQ(minimum.evaluations, limit);
    EXPECT_FALSE(minimum.converged);
    EXPECT_DOUBLE_EQ(rosenbrock(minimum.x), minimum.value);
  }
  RunControl control;
  std::size_t calls = 0;
  const auto stopping = [&](Point x) {
    if (++calls == 7) control.request_stop();
    return rosenbrock(x);
  };
  EXPECT_FALSE(minimise(stopping, std::vector<double>{-1.2, 1}, {}, &control).converged);
  EXPECT_EQ(calls, 7U);
}

}  // namespace
}  // namespace assayer
