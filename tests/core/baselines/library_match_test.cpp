// SPDX-License-Identifier: GPL-3.0-or-later
// Spectra that are straight lines, so that linear resampling is exact and the angles are known.
#include "core/baselines/library_match.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assayer {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

WavelengthAxis axis_of(std::vector<double> values, WavelengthUnit unit) {
  auto axis = WavelengthAxis::create(std::move(values), unit);
  EXPECT_TRUE(axis);
  return *axis;
}

double angle(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return std::acos(ab / std::sqrt(aa * bb)) * 180 / M_PI;
}

TEST(LibraryMatch, RanksByAngleOnTheCommonRange) {
  // The spectra reach beyond the library on both sides, with other steps.
  const WavelengthAxis axis = axis_of({300, 400, 500, 600, 700, 800}, WavelengthUnit::Nanometre);
  const WavelengthAxis library_axis = axis_of({350, 475, 525, 725}, WavelengthUnit::Nanometre);
  Matrix<float> library(3, 4);
  const auto line = [](std::size_t l, double at) {
    return l == 0 ? 1000.0 - at : l == 1 ? at : 0.5 * at + 100;
  };
  for (std::size_t l = 0; l < 3; ++l)
    for (std::size_t c = 0; c < 4; ++c) library(l, c) = static_cast<float>(line(l, library_axis[c]));
  // What lies outside of the library must not count.
  const Matrix<float> spectra({1e6, 800, 1000, 1200, 1400, -1e6}, 1, 6);
  const auto matches = match_library(spectra, axis, library, library_axis);
  ASSERT_TRUE(matches) << matches.error().message();
  EXPECT_EQ(matches->channels, 4U);
  EXPECT_EQ(matches->low, 400);
  EXPECT_EQ(matches->high, 700);
  ASSERT_EQ(matches->ranked.size(), 1U);
  const std::vector<LibraryMatch>& ranked = matches->ranked[0];
  ASSERT_EQ(ranked.size(), 3U);
  EXPECT_EQ(ranked[0].index, 1U);
  EXPECT_NEAR(ranked[0].angle, 0, 1e-5);
  EXPECT_EQ(ranked[1].index, 2U);
  EXPECT_NEAR(ranked[1].angle, angle({800, 1000, 1200, 1400}, {300, 350, 400, 450}), 1e-5);
  EXPECT_EQ(ranked[2].index, 0U);
  EXPECT_NEAR(ranked[2].angle, angle({800, 1000, 1200, 1400}, {600, 500, 400, 300}), 1e-5);

  const auto best = match_library(spectra, axis, library, library_axis, 1);
  ASSERT_EQ(best->ranked[0].size(), 1U);
  EXPECT_EQ(best->ranked[0][0].index, 1U);
}

TEST(LibraryMatch, ConvertsUnitsAndDirections) {
  const WavelengthAxis axis = axis_of({2000, 2200, 2400, 2500}, WavelengthUnit::Nanometre);
  // 5000, 4545.45…, 4166.66…, 4000 cm-1; wavenumbers descend while wavelengths ascend, and here they are
  // turned round.
  const WavelengthAxis wavenumbers =
      axis_of({4000, 1e7 / 2400, 1e7 / 2200, 5000}, WavelengthUnit::InverseCentimetre);
  const WavelengthAxis micrometres = axis_of({2.6, 2.1, 1.9}, WavelengthUnit::Micrometre);
  const Matrix<float> spectra({1, 2, 5, 3}, 1, 4);
  const auto same = match_library(spectra, axis, Matrix<float>({3, 5, 2, 1}, 1, 4), wavenumbers);
  ASSERT_TRUE(same) << same.error().message();
  EXPECT_EQ(same->channels, 4U);
  EXPECT_NEAR(same->ranked[0][0].angle, 0, 1e-5);
  const auto micro = match_library(spectra, axis, Matrix<float>({2.6, 2.1, 1.9}, 1, 3), micrometres);
  ASSERT_TRUE(micro) << micro.error().message();
  EXPECT_EQ(micro->channels, 4U);
  EXPECT_NEAR(micro->ranked[0][0].angle, angle({1, 2, 5, 3}, {2, 2.2, 2.4, 2.5}), 1e-5);
}

TEST(LibraryMatch, LeavesOutWhatIsNotKnown) {
  const WavelengthAxis axis = axis_of({1, 2, 3, 4}, WavelengthUnit::Micrometre);
  const Matrix<float> library({1, 2, kNaN, 4, kNaN, kNaN, kNaN, kNaN, 1, 1, 1, 1}, 3, 4);
  const auto matches = match_library(Matrix<float>({1, 2, 50, 4}, 1, 4), axis, library, axis);
  ASSERT_TRUE(matches);
  // Channels that coincide with the library's need no neighbour.
  EXPECT_EQ(matches->ranked[0][0].index, 0U);
  EXPECT_NEAR(matches->ranked[0][0].angle, 0, 1e-5);
  EXPECT_EQ(matches->ranked[0][1].index, 2U);
  EXPECT_EQ(matches->ranked[0][2].index, 1U);
  EXPECT_TRUE(std::isnan(matches->ranked[0][2].angle));
}

TEST(LibraryMatch, RefusesWhatHasNothingInCommon) {
  const WavelengthAxis axis = axis_of({1, 2, 3}, WavelengthUnit::Micrometre);
  const WavelengthAxis far = axis_of({3000, 4000, 5000}, WavelengthUnit::Nanometre);
  const Matrix<float> three({1, 2, 3}, 1, 3);
  // One channel, 3 µm, is common.
  const auto one = match_library(three, axis, three, far);
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().kind, Error::Kind::Data);
  EXPECT_NE(one.error().message().find("3.0"), std::string::npos);
  EXPECT_EQ(match_library(three, axis, three, WavelengthAxis::channels(3)).error().kind, Error::Kind::Usage);
  EXPECT_EQ(match_library(three, WavelengthAxis::channels(3), three, WavelengthAxis::channels(3))->channels,
            3U);
  EXPECT_EQ(match_library(three, axis, Matrix<float>(1, 4, 1.0), axis).error().kind, Error::Kind::Usage);
}

}  // namespace
}  // namespace assayer
