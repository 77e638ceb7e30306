// SPDX-License-Identifier: GPL-3.0-or-later
// Closed forms, and for the projection its defining inequality.
#include "core/numeric/simplex.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/base/random.h"
#include "expected_json.h"

namespace assayer {
namespace {

using Values = std::vector<double>;

Values closed(Values values, const SimplexOptions& options = {}) {
  to_simplex(values, options);
  return values;
}

constexpr SimplexOptions kProjection = {.closure = SimplexClosure::Projection};

TEST(Simplex, ClipsAndRenormalises) {
  EXPECT_EQ(closed({0.5, 1.5, -3}), (Values{0.25, 0.75, 0}));
  const Values floored = closed({0.6, 0.4, 0}, {.floor = 0.25});
  EXPECT_LT(test::distance(floored, Values{0.48, 0.32, 0.2}), 1e-15);
  EXPECT_EQ(closed({-1, -2, 0, -0.5}), (Values{0.25, 0.25, 0.25, 0.25}));
  EXPECT_EQ(closed({1e308, 1e308}), (Values{0.5, 0.5}));
  EXPECT_EQ(closed({-7, -7}, {.floor = 0.1}), (Values{0.5, 0.5}));
}

TEST(Simplex, ProjectsToTheNearestPoint) {
  EXPECT_EQ(closed({0.25, 0.25, 0.5}, kProjection), (Values{0.25, 0.25, 0.5}));
  EXPECT_EQ(closed({3, 0, 0}, kProjection), (Values{1, 0, 0}));
  EXPECT_EQ(closed({1, 0.5, -1}, kProjection), (Values{0.75, 0.25, 0}));
  EXPECT_LT(test::distance(closed({-1, -1, -1}, kProjection), Values(3, 1.0 / 3)), 1e-15);
  EXPECT_EQ(closed({1e15 + 0.5, 1e15}, kProjection), (Values{0.75, 0.25}));
}

TEST(Simplex, TheProjectionIsOptimal) {
  // p is the projection of v onto a convex set exactly if (v − p)·(q − p) ≤ 0 for every q of it; corners
  // suffice.
  Random random(3);
  for (const double floor : {0.0, 0.02}) {
    for (int round = 0; round < 200; ++round) {
      const std::size_t n = 1 + random.below(12);
      Values v(n);
      for (double& value : v) value = random.normal();
      const Values p = closed(v, {.closure = SimplexClosure::Projection, .floor = floor});
      EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1, 1e-14);
      for (std::size_t corner = 0; corner < n; ++corner) {
        double product = 0;
        for (std::size_t i = 0; i < n; ++i) {
          EXPECT_GE(p[i], floor);
          const double q = i == corner ? 1 - static_cast<double>(n - 1) * floor : floor;
          product += (v[i] - p[i]) * (q - p[i]);
        }
        EXPECT_LE(product, 1e-13);
      }
    }
  }
}

TEST(Simplex, WhatIsNotFiniteMakesAllUnknown) {
  for (const SimplexClosure closure : {SimplexClosure::Clip, SimplexClosure::Projection})
    for (const double bad : std::vector<double>{std::nan(""), INFINITY})
      for (const double value : closed({0.5, bad, 0.1}, {.closure = closure})) EXPECT_TRUE(std::isnan(value));
  EXPECT_TRUE(closed({}).empty());
}

TEST(Simplex, WorksRowByRow) {
  const Matrix<double> rows = to_simplex(Matrix<double>({1, 3, 2, 2, 0, 5}, 3, 2));
  EXPECT_EQ(rows, Matrix<double>({0.25, 0.75, 0.5, 0.5, 0, 1}, 3, 2));
}

}  // namespace
}  // namespace assayer
