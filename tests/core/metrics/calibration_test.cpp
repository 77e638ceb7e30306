// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: calibration_expected.py beside this file (numpy, scipy).
#include "core/metrics/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/base/random.h"

namespace assayer {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// The rows of calibration_expected.py: four compositions of two components, three rows each.
struct Stated {
  Matrix<double> truth = Matrix<double>(12, 2), estimate = truth, sd = truth;

  Stated() {
    for (std::size_t i = 0; i < 12; ++i) {
      const auto at = static_cast<double>(i);
      const std::size_t step = i / 3 + 1;
      truth(i, 0) = static_cast<double>(step) / 6;
      truth(i, 1) = 1 - truth(i, 0);
      const double error = 0.1 * std::sin(1.7 * at);
      estimate(i, 0) = truth(i, 0) + error;
      estimate(i, 1) = truth(i, 1) - 0.8 * error;
      sd(i, 0) = 0.05 + 0.01 * static_cast<double>(i % 4);
      sd(i, 1) = 0.08;
    }
    sd(5, 1) = kNaN;
    estimate(7, 0) = estimate(7, 1) = kNaN;
  }
};

TEST(Calibration, IsThatOfScipy) {
  const Stated stated;
  const Calibration made = calibrate(stated.truth, stated.estimate, stated.sd);
  EXPECT_EQ(made.entries, 21U);
  EXPECT_EQ(made.clusters, 4U);
  constexpr std::array<std::array<double, 6>, 7> kExpected = {
      {{0.5, 0.428571428571, 0.184711571874, 0.712873738999, 0.363636363636, 0.500000000000},
       {0.6, 0.476190476190, 0.258046832034, 0.703813624003, 0.363636363636, 0.600000000000},
       {0.7, 0.761904761905, 0.549088263170, 0.893719869774, 0.545454545455, 1.000000000000},
       {0.8, 0.809523809524, 0.599994353098, 0.923324349472, 0.636363636364, 1.000000000000},
       {0.9, 0.904761904762, 0.710858609261, 0.973481232562, 0.818181818182, 1.000000000000},
       {0.95, 1.000000000000, 0.510109163545, 1.000000000000, 1.000000000000, 1.000000000000},
       {0.99, 1.000000000000, 0.510109163545, 1.000000000000, 1.000000000000, 1.000000000000}}};
  ASSERT_EQ(made.levels.size(), kExpected.size());
  for (std::size_t i = 0; i < kExpected.size(); ++i) {
    const CalibrationLevel& at = made.levels[i];
    EXPECT_EQ(at.level, kExpected[i][0]);
    EXPECT_NEAR(at.inside, kExpected[i][1], 1e-9);
    EXPECT_NEAR(at.low, kExpected[i][2], 1e-9) << at.level;
    EXPECT_NEAR(at.high, kExpected[i][3], 1e-9) << at.level;
    ASSERT_EQ(at.per_component.size(), 2U);
    EXPECT_NEAR(at.per_component[0], kExpected[i][4], 1e-9);
    EXPECT_NEAR(at.per_component[1], kExpected[i][5], 1e-9);
  }
}

TEST(Calibration, QuantilesAreThoseOfScipy) {
  constexpr std::array<std::array<double, 2>, 6> kExpected = {{{0.01, 0.012533469508},
                                                               {0.5, 0.674489750196},
                                                               {0.68, 0.994457883210},
                                                               {0.9, 1.644853626951},
                                                               {0.99, 2.575829303549},
                                                               {0.9999, 3.890591886413}}};
  for (const auto& [level, quantile] : kExpected)
    EXPECT_NEAR(normal_quantile(level), quantile, 1e-9) << level;
  EXPECT_EQ(normal_quantile(0), 0);
}

TEST(Calibration, HoldsWhatItStatesOfNormalErrors) {
  // 200 compositions, five rows each, errors of exactly the sd that is stated: the 95 % interval of a share
  // holds the level itself at nearly all of the seven levels.
  Random random(5);
  Matrix<double> truth(1000, 3);
  Matrix<double> estimate(1000, 3);
  Matrix<double> sd(1000, 3);
  for (std::size_t i = 0; i < 1000; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      const std::size_t step = i / 5 + k;
      truth(i, k) = static_cast<double>(step) / 600;
      sd(i, k) = 0.02 + 0.01 * static_cast<double>(k);
      estimate(i, k) = truth(i, k) + sd(i, k) * random.normal();
    }
  }
  std::size_t held = 0;
  for (const CalibrationLevel& at : calibrate(truth, estimate, sd).levels) {
    EXPECT_NEAR(at.inside, at.level, 0.04);
    if (at.low <= at.level && at.level <= at.high) ++held;
    EXPECT_LT(at.high - at.low, 0.1);
  }
  EXPECT_GE(held, 6U);
  // Half of the sd: overconfident, and by no chance.
  for (std::size_t i = 0; i < sd.size(); ++i) sd.data()[i] /= 2;
  for (const CalibrationLevel& at : calibrate(truth, estimate, sd).levels) EXPECT_LT(at.high, at.level);
}

TEST(Calibration, ReplicatesThatMissTogetherTellLess) {
  // Ten compositions: all 20 rows of the first five are inside, none of the others.
  Matrix<double> truth(200, 1);
  Matrix<double> estimate(200, 1);
  const Matrix<double> sd(200, 1, 0.1);
  for (std::size_t i = 0; i < 200; ++i) {
    const std::size_t step = i / 20;
    truth(i, 0) = static_cast<double>(step) / 10;
    estimate(i, 0) = truth(i, 0) + (i < 100 ? 0.0 : 1.0);
  }
  const CalibrationLevel together = calibrate(truth, estimate, sd).levels.front();
  EXPECT_EQ(together.inside, 0.5);
  // As ten coins would: Wilson's interval of 5 of about 9 or 10 is .22 – .78 or wider, that of 100 of 200
  // .43 – .57.
  EXPECT_LT(together.low, 0.25);
  EXPECT_GT(together.high, 0.75);
  for (std::size_t i = 0; i < 200; ++i) {
    truth(i, 0) = static_cast<double>(i) / 200;
    estimate(i, 0) = truth(i, 0) + (i % 2 == 0 ? 0.0 : 1.0);
  }
  const CalibrationLevel apart = calibrate(truth, estimate, sd).levels.front();
  EXPECT_GT(apart.low, 0.42);
  EXPECT_LT(apart.high, 0.58);
}

TEST(Calibration, OfNothingIsEmpty) {
  const Stated stated;
  EXPECT_TRUE(calibrate(stated.truth, stated.estimate, Matrix<double>()).levels.empty());
  const Matrix<double> none(12, 2, kNaN);
  const Calibration unknown = calibrate(stated.truth, stated.estimate, none);
  EXPECT_EQ(unknown.entries, 0U);
  EXPECT_TRUE(unknown.levels.empty());
}

TEST(Calibration, AnSdOfNothingHoldsTheTruthItselfOnly) {
  const Matrix<double> truth({0.5, 0.25}, 2, 1);
  const Matrix<double> estimate({0.5, 0.250001}, 2, 1);
  const Calibration made = calibrate(truth, estimate, Matrix<double>(2, 1));
  EXPECT_EQ(made.levels.back().inside, 0.5);
}

TEST(Calibration, OneCompositionTellsNoIntervalOfTheShare) {
  const Matrix<double> truth(6, 1, 0.4);
  const Matrix<double> estimate(6, 1, 0.45);
  const CalibrationLevel at = calibrate(truth, estimate, Matrix<double>(6, 1, 1.0)).levels.front();
  EXPECT_EQ(at.inside, 1);
  EXPECT_TRUE(std::isnan(at.low) && std::isnan(at.high));
}

}  // namespace
}  // namespace assayer
