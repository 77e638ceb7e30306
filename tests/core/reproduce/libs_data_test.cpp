// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reproduce/libs_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/simulate/chemcam.h"

namespace assayer {
namespace {

TEST(LibsData, KeepsThePapersChannels) {
  const auto recipe = LibsRecipe::create();
  ASSERT_TRUE(recipe.has_value());
  const auto& channels = recipe->channels();
  EXPECT_EQ(channels.size(), 5485U);
  EXPECT_EQ(channels.front(), 110U);
  EXPECT_EQ(channels.back(), 5855U);
  EXPECT_TRUE(std::ranges::is_sorted(channels));
}

TEST(LibsData, DividesEachSpectrometerByItsSum) {
  Matrix<float> spectra(3, 6144, 2.0F);
  for (std::size_t c = 2048; c < 4098; ++c) spectra(0, c) = 50.0F;
  for (std::size_t c = 0; c < 1024; ++c) spectra(1, c) = -7.0F;  // clipped: the others share the light
  for (std::size_t c = 4098; c < 6144; ++c) spectra(2, c) = 0.0F;
  const auto recipe = LibsRecipe::create();
  ASSERT_TRUE(recipe.has_value());
  const auto applied = recipe->apply(spectra);
  ASSERT_TRUE(applied.has_value());
  const Matrix<float>& prepared = *applied;
  ASSERT_EQ(prepared.cols(), 5485U);
  for (const float v : prepared.row(0)) ASSERT_NEAR(v, 1, 1e-6);
  EXPECT_EQ(prepared(1, 0), 0.0F);
  EXPECT_NEAR(prepared(1, 1024 - 110), 2, 1e-6);
  EXPECT_NEAR(prepared(2, 0), 1, 1e-6);
  EXPECT_TRUE(std::isnan(prepared(2, 5484)));
}

TEST(LibsData, MatchesSiliconInSilicaAndNotInLime) {
  ChemcamSample silica;
  silica.oxides[0] = 1;
  ChemcamSample lime;
  lime.oxides[6] = 1;
  const auto axis = chemcam_axis();
  const auto a = chemcam_spectrum(silica, {9000, 3e16}, 0);
  const auto b = chemcam_spectrum(lime, {9000, 3e16}, 0);
  const LineMatch good = match_lines(axis, a, a, "Si", 0.02);
  EXPECT_GT(good.lines, 5U);
  EXPECT_EQ(good.found, good.lines);
  EXPECT_GT(static_cast<double>(good.matched), 0.5 * static_cast<double>(good.peaks));
  const LineMatch bad = match_lines(axis, b, a, "Si", 0.02);
  EXPECT_LT(bad.found, bad.lines / 2);
}

TEST(LibsData, TakesTheNamedGroupsAndNoLabelOfARock) {
  ChemcamOptions options;
  options.rocks = 6;
  options.shots = 0.1;
  RunControl control;
  const auto simulation = simulate_chemcam(options, control);
  ASSERT_TRUE(simulation);
  const std::vector<std::string> groups = {"Norite", "rocks"};
  const auto data = libs_data(**simulation, groups, false);
  ASSERT_TRUE(data) << data.error().message();
  EXPECT_EQ((*data)->rows(), 7U);
  EXPECT_EQ((*data)->channels(), 5485U);
  EXPECT_TRUE((*data)->labelled(0));
  EXPECT_FALSE((*data)->labelled(6));
  const auto known = libs_data(**simulation, groups, true);
  ASSERT_TRUE(known);
  EXPECT_TRUE((*known)->labelled(6));
}

TEST(MeasuredLibs, AreReadWithTheirCompositions) {
  const auto folder = std::filesystem::path(ASSAYER_SHARED_DIR) / "data";
  if (!std::filesystem::exists(folder / "bhvo2_chemcam.h5"))
    GTEST_SKIP() << folder << " has no measured spectra";
  RunControl control;
  const auto measured = measured_libs(folder, control);
  ASSERT_TRUE(measured) << measured.error().message();
  ASSERT_EQ(measured->size(), 5U);  // BHVO-2, three basalts, one rock on Mars
  const MeasuredLibs& bhvo2 = measured->front();
  EXPECT_EQ(bhvo2.spectra.rows(), 4U);
  ASSERT_TRUE(bhvo2.composition);
  const auto& y = *bhvo2.composition;
  EXPECT_NEAR(std::accumulate(y.begin(), y.end(), 0.0), 1, 1e-9);
  // The certificate of BHVO-2 (USGS): SiO2 49.9, Al2O3 13.5, FeOT 11.07, CaO 11.4, MgO 7.23 %.
  EXPECT_NEAR(y[0], 0.499, 0.003);
  EXPECT_NEAR(y[2], 0.135, 0.002);
  EXPECT_NEAR(y[3], 0.1107, 0.002);
  EXPECT_NEAR(y[6], 0.114, 0.002);
  EXPECT_NEAR(y[5], 0.0723, 0.002);
  ASSERT_TRUE((*measured)[1].composition);
  EXPECT_NEAR((*measured)[1].composition->at(0), 0.5406, 0.001);
  EXPECT_FALSE(measured->back().composition);
  const auto none = measured_libs(folder / "import", control);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

}  // namespace
}  // namespace assayer
