// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/nmf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/baselines/extraction.h"
#include "tests/core/baselines/mixtures.h"

namespace assayer {
namespace {

using namespace testing;

NmfSettings of(std::size_t k) {
  NmfSettings settings;
  settings.endmembers = k;
  return settings;
}

TEST(Nmf, FindsCornersThatNoRowHas) {
  for (const std::size_t k : {3U, 4U}) {
    for (const double noise : {0.0, 0.002}) {
      Mixtures mix = without_pure_rows(800, k, 60, 0.8, 41 + k);
      Random random(4);
      add_noise(mix.spectra, noise, random);
      ExtractionSettings rows;
      rows.endmembers = k;
      const auto vca = extract_endmembers(mix.spectra, rows);
      const auto found = minimum_volume_nmf(mix.spectra, of(k));
      ASSERT_TRUE(vca && found);
      EXPECT_TRUE(found->converged);
      EXPECT_LT(worst_angle_deg(found->endmembers, mix.endmembers), 0.25) << k << ", noise " << noise;
      EXPECT_GT(worst_angle_deg(vca->spectra, mix.endmembers), 1.0) << k << ", noise " << noise;
      EXPECT_NEAR(found->residual_rms, noise, 0.1 * noise + 5e-4);
    }
  }
}

TEST(Nmf, LeavesPureRowsWhereTheyAre) {
  const Mixtures mix = with_pure_rows(400, 4, 50, 3);
  NmfSettings settings = of(4);
  settings.volume_weight = 0;
  const auto found = minimum_volume_nmf(mix.spectra, settings);
  ASSERT_TRUE(found);
  EXPECT_LT(worst_distance(found->endmembers, mix.endmembers), 1e-6);
  EXPECT_LT(found->residual_rms, 1e-8);
}

TEST(Nmf, ObjectiveIsWhatItClaimsAndNeverIncreases) {
  Mixtures mix = without_pure_rows(500, 3, 40, 0.85, 9);
  Random random(9);
  add_noise(mix.spectra, 0.01, random);
  const auto found = minimum_volume_nmf(mix.spectra, of(3));
  ASSERT_TRUE(found);
  ASSERT_GT(found->objective.size(), 3U);
  for (std::size_t i = 1; i < found->objective.size(); ++i) {
    EXPECT_LE(found->objective[i], found->objective[i - 1]) << i;
  }

  // By pencil for K = 3: the Gram matrix of the two rows of H M is 2 × 2, and δ, 1e-8 of it, does not matter.
  const Matrix<double> fitted = product(found->abundances, found->endmembers);
  double squares = 0;
  double spread = 0;
  for (std::size_t c = 0; c < 40; ++c) {
    double mean = 0;
    for (std::size_t r = 0; r < 500; ++r) mean += mix.spectra(r, c) / 500;
    for (std::size_t r = 0; r < 500; ++r) {
      squares += (mix.spectra(r, c) - fitted(r, c)) * (mix.spectra(r, c) - fitted(r, c));
      spread += (mix.spectra(r, c) - mean) * (mix.spectra(r, c) - mean);
    }
  }
  double uu = 0;
  double uv = 0;
  double vv = 0;
  for (std::size_t c = 0; c < 40; ++c) {
    const auto m = [&](std::size_t k) { return found->endmembers(k, c); };
    const double u = (m(0) - m(1)) / std::sqrt(2.0);
    const double v = (m(0) + m(1) - 2 * m(2)) / std::sqrt(6.0);
    uu += u * u;
    uv += u * v;
    vv += v * v;
  }
  const double expected = 0.5 * squares + 1e-4 * spread * std::log(uu * vv - uv * uv);
  EXPECT_NEAR(found->objective.back(), expected, 1e-6 * std::abs(expected));
  EXPECT_NEAR(found->residual_rms, std::sqrt(squares / (500 * 40)), 1e-12);
}

TEST(Nmf, KeepsItsConstraints) {
  Mixtures mix = without_pure_rows(300, 3, 30, 0.9, 13);
  // Below 0 in places, as dark measured channels are.
  for (std::size_t r = 0; r < 300; ++r) {
    for (std::size_t c = 0; c < 5; ++c) mix.spectra(r, c) -= 0.5;
  }
  Random random(13);
  add_noise(mix.spectra, 0.02, random);
  const auto found = minimum_volume_nmf(mix.spectra, of(3));
  ASSERT_TRUE(found);
  for (const double x : found->endmembers.values()) EXPECT_GE(x, 0);
  for (std::size_t r = 0; r < 300; ++r) {
    double sum = 0;
    for (const double a : found->abundances.row(r)) {
      EXPECT_GE(a, 0);
      sum += a;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST(Nmf, DearerVolumeIsSmaller) {
  const Mixtures mix = without_pure_rows(400, 3, 40, 0.9, 17);
  double last = std::numeric_limits<double>::infinity();
  for (const double weight : {1e-4, 1e-3, 1e-2}) {
    NmfSettings settings = of(3);
    settings.volume_weight = weight;
    const auto found = minimum_volume_nmf(mix.spectra, settings);
    ASSERT_TRUE(found);
    // The perimeter stands for the size.
    double size = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      size += distance(found->endmembers.row(k), found->endmembers.row((k + 1) % 3));
    }
    EXPECT_LT(size, last) << weight;
    last = size;
  }
}

TEST(Nmf, WorksInAlbedo) {
  LinkSettings hapke;
  hapke.link = Link::Hapke;
  hapke.scale = 1.2;
  const Mixtures mix = without_pure_rows(600, 3, 40, 0.85, 19);
  const Matrix<double> reflectance = from_linear(hapke, mix.spectra.view());
  const Matrix<double> endmembers = from_linear(hapke, mix.endmembers.view());
  NmfSettings settings = of(3);
  settings.link = hapke;
  const auto found = minimum_volume_nmf(reflectance, settings);
  ASSERT_TRUE(found);
  EXPECT_LT(worst_angle_deg(found->endmembers, endmembers), 0.5);
}

TEST(Nmf, IsTheSameEveryTimeAndForFloats) {
  const Mixtures mix = without_pure_rows(200, 3, 20, 0.9, 23);
  Matrix<float> single(200, 20);
  std::ranges::transform(mix.spectra.values(), single.data(), [](double x) { return static_cast<float>(x); });
  Matrix<double> wide(200, 20);
  std::ranges::copy(single.values(), wide.data());
  const auto once = minimum_volume_nmf(wide, of(3));
  const auto again = minimum_volume_nmf(wide, of(3));
  const auto floats = minimum_volume_nmf(single.view(), of(3));
  ASSERT_TRUE(once && again && floats);
  EXPECT_EQ(once->endmembers, again->endmembers);
  EXPECT_EQ(once->abundances, floats->abundances);
}

TEST(Nmf, ReportsProgressAndStopsWhenAsked) {
  const Mixtures mix = without_pure_rows(200, 3, 20, 0.9, 23);
  RunControl control;
  double fraction = 0;
  int calls = 0;
  const auto found = minimum_volume_nmf(mix.spectra, of(3), &control, [&](double now, std::string_view) {
    EXPECT_GT(now, fraction);
    fraction = now;
    if (++calls == 3) control.request_stop();
  });
  ASSERT_FALSE(found);
  EXPECT_TRUE(found.error().cancelled());
  EXPECT_EQ(calls, 3);
  EXPECT_LE(fraction, 1);

  NmfSettings settings = of(3);
  settings.max_iterations = 2;
  const auto unfinished = minimum_volume_nmf(mix.spectra, settings);
  ASSERT_TRUE(unfinished);
  EXPECT_FALSE(unfinished->converged);
  EXPECT_EQ(unfinished->objective.size(), 3U);
}

TEST(Nmf, SaysWhatIsWrong) {
  const Mixtures mix = with_pure_rows(100, 3, 30, 29);
  Matrix<double> with_nan = mix.spectra;
  with_nan(5, 6) = std::nan("");
  const auto nan = minimum_volume_nmf(with_nan, of(3));
  ASSERT_FALSE(nan);
  EXPECT_NE(nan.error().message().find("row 5, channel 6"), std::string::npos);
  const auto constant = minimum_volume_nmf(Matrix<double>(50, 30, 0.4), of(3));
  ASSERT_FALSE(constant);
  EXPECT_NE(constant.error().message().find("do not vary"), std::string::npos);
  const auto many = minimum_volume_nmf(mix.spectra, of(5));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().kind, Error::Kind::Data);
  EXPECT_NE(many.error().message().find("enough for 3"), std::string::npos);
  EXPECT_EQ(minimum_volume_nmf(mix.spectra, of(101)).error().kind, Error::Kind::Data);

  EXPECT_EQ(minimum_volume_nmf(mix.spectra, of(1)).error().where, "endmembers");
  NmfSettings settings = of(3);
  settings.volume_weight = -1;
  EXPECT_EQ(minimum_volume_nmf(mix.spectra, settings).error().where, "volume_weight");
  settings = of(3);
  settings.tolerance = 0;
  EXPECT_EQ(minimum_volume_nmf(mix.spectra, settings).error().where, "tolerance");
  settings = of(3);
  settings.max_iterations = 0;
  EXPECT_EQ(minimum_volume_nmf(mix.spectra, settings).error().where, "max_iterations");
  settings = of(3);
  settings.link.scale = 0;
  EXPECT_EQ(minimum_volume_nmf(mix.spectra, settings).error().kind, Error::Kind::Usage);
}

}  // namespace
}  // namespace assayer
