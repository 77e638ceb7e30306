// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/minerals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace assayer {
namespace {

// Wavelengths of the local minima, on a 1 nm grid.
std::vector<double> minima(const BandModel& model, double first, double last) {
  std::vector<double> found;
  const auto steps = static_cast<int>(std::ceil((last - first) * 1000));
  for (int i = 0; i < steps; ++i) {
    const double um = first + i * 0.001;
    const double here = model.reflectance(um);
    if (here < model.reflectance(um - 0.001) && here < model.reflectance(um + 0.001)) found.push_back(um);
  }
  return found;
}

TEST(Minerals, OneBandIsAGaussianInWavelengthOfTheLogarithm) {
  const BandModel model{-0.5, 0.1, {{1.2, 0.3, -0.7}}};
  EXPECT_NEAR(std::log(model.reflectance(1.2)), -0.5 + 0.1 / 1.2 - 0.7, 1e-12);
  // Half the strength at half the full width, on both sides.
  EXPECT_NEAR(std::log(model.reflectance(1.35)), -0.5 + 0.1 / 1.35 - 0.35, 1e-12);
  EXPECT_NEAR(std::log(model.reflectance(1.05)), -0.5 + 0.1 / 1.05 - 0.35, 1e-12);
}

TEST(Minerals, BandsLieWhereTheMineralsHaveThem) {
  const auto minerals = laboratory_minerals();
  // Olivine: one broad complex with its minimum near 1.05–1.08 µm for forsterite; the 1.25 µm shoulder makes
  // the long side less steep than the short one of a lone band.
  const auto olivine = minima(minerals[0].spectrum, 0.9, 2.5);
  ASSERT_EQ(olivine.size(), 1U);
  EXPECT_GT(olivine[0], 1.03);
  EXPECT_LT(olivine[0], 1.09);
  EXPECT_LT(minerals[0].spectrum.reflectance(1.25), 0.75 * minerals[0].spectrum.reflectance(1.7));

  const auto diopside = minima(minerals[1].spectrum, 0.9, 2.5);
  ASSERT_EQ(diopside.size(), 2U);
  EXPECT_NEAR(diopside[0], 1.05, 0.02);
  EXPECT_NEAR(diopside[1], 2.31, 0.02);

  const auto bytownite = minima(minerals[2].spectrum, 0.9, 2.5);
  ASSERT_EQ(bytownite.size(), 1U);
  EXPECT_NEAR(bytownite[0], 1.25, 0.02);
  const double depth = 1 - minerals[2].spectrum.reflectance(1.25) / minerals[2].spectrum.reflectance(2.4);
  EXPECT_GT(depth, 0.05);
  EXPECT_LT(depth, 0.2);  // weak: a trace of iron
}

TEST(Minerals, SpectraAreReflectancesAndTheFeldsparIsTheLightest) {
  const auto minerals = laboratory_minerals();
  for (const Mineral& mineral : minerals) {
    const auto steps = static_cast<int>((kBandModelLastUm - kBandModelFirstUm) * 100);
    for (int i = 0; i <= steps; ++i) {
      const double um = kBandModelFirstUm + i * 0.01;
      EXPECT_GT(mineral.spectrum.reflectance(um), 0.1) << mineral.name << " at " << um;
      EXPECT_LT(mineral.spectrum.reflectance(um), 1.0) << mineral.name << " at " << um;
    }
  }
  EXPECT_LT(minerals[2].density, minerals[0].density);
  EXPECT_LT(minerals[2].density, minerals[1].density);
}

TEST(Minerals, TheContainerIsAGreyPolymer) {
  const BandModel container = container_surface();
  for (const double band : {1.215, 1.73, 2.31}) {
    EXPECT_LT(container.reflectance(band), container.reflectance(band - 0.1)) << band;
    EXPECT_LT(container.reflectance(band), container.reflectance(band + 0.1)) << band;
  }
  EXPECT_LT(container.reflectance(1.5), 0.5);
}

}  // namespace
}  // namespace assayer
