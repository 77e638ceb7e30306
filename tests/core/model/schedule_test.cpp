// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/model/adam.h"

namespace assayer::model {
namespace {

TEST(CosineSchedule, ByHand) {
  // 3 % of 600 are 18 steps up; the other 582 go down.
  EXPECT_DOUBLE_EQ(cosine_schedule(0, 600), 1.0 / 18);
  EXPECT_DOUBLE_EQ(cosine_schedule(8, 600), 0.5);
  EXPECT_DOUBLE_EQ(cosine_schedule(17, 600), 1);
  EXPECT_DOUBLE_EQ(cosine_schedule(18, 600), 1);
  EXPECT_DOUBLE_EQ(cosine_schedule(18 + 97, 600), 0.5 * (1 + std::sqrt(3) / 2));  // a sixth of the way
  EXPECT_NEAR(cosine_schedule(18 + 291, 600), 0.5, 1e-15);
  EXPECT_NEAR(cosine_schedule(599, 600), 0.5 * (1 - std::cos(std::numbers::pi / 582)), 1e-15);
  EXPECT_NEAR(cosine_schedule(700, 600), 0, 1e-15) << "beyond its end";
}

TEST(CosineSchedule, OfVeryFewSteps) {
  for (Index steps = 1; steps < 40; ++steps) {
    for (Index step = 0; step < steps; ++step) {
      EXPECT_GT(cosine_schedule(step, steps), 0) << step << " of " << steps;
      EXPECT_LE(cosine_schedule(step, steps), 1);
    }
  }
  EXPECT_EQ(cosine_schedule(0, 1), 1);
}

TEST(LimitGradientNorm, ScalesEachMemberAsAWhole) {
  Parameters parameters;
  parameters.add("a", 1, 2);
  parameters.add("b", 2, 1);
  parameters.allocate(3, at::TensorOptions(at::kDouble));
  const auto fill_member = [&](Index member, std::vector<double> values) {
    std::size_t at = 0;
    for (std::size_t p = 0; p < 2; ++p) {
      const auto [offset, length] = parameters.range(p, member);
      for (Index i = 0; i < length; ++i) parameters.gradients()[offset + i] = values[at++];
    }
  };
  const auto member = [&](Index m) {
    std::vector<double> values;
    for (std::size_t p = 0; p < 2; ++p) {
      const auto [offset, length] = parameters.range(p, m);
      for (Index i = 0; i < length; ++i) values.push_back(parameters.gradients()[offset + i].item<double>());
    }
    return values;
  };
  fill_member(0, {1, 5, 1, 3});  // norm 6
  fill_member(1, {1, 1, 1, 1});  // norm 2
  fill_member(2, {0, 0, 0, 0});
  limit_gradient_norm(parameters, 3);
  EXPECT_EQ(member(0), (std::vector<double>{0.5, 2.5, 0.5, 1.5}));
  EXPECT_EQ(member(1), (std::vector<double>{1, 1, 1, 1}));
  EXPECT_EQ(member(2), (std::vector<double>{0, 0, 0, 0}));
}

}  // namespace
}  // namespace assayer::model
