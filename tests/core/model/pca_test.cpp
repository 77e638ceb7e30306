// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/pca_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/base/random.h"

namespace assayer {
namespace {

/// Rows with known structure: scores along three orthonormal directions with variances 9, 4, 1, and small
/// noise.
struct Planted {
  Planted(std::size_t rows, std::size_t channels, double noise) : directions(3, channels) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t c = 0; c < channels; ++c) {
        directions(j, c) = std::sqrt(2.0 / static_cast<double>(channels)) *
                           std::cos(M_PI * (static_cast<double>(c) + 0.5) * static_cast<double>(j + 1) /
                                    static_cast<double>(channels));  // rows of the DCT are orthonormal
      }
    }
    Random random(4);
    DatasetParts parts;
    parts.spectra = Matrix<float>(rows, channels);
    for (std::size_t i = 0; i < rows; ++i) {
      const double scores[3] = {3 * random.normal(), 2 * random.normal(), random.normal()};
      for (std::size_t c = 0; c < channels; ++c) {
        double x = 5.0 + noise * random.normal();
        for (std::size_t j = 0; j < 3; ++j) x += scores[j] * directions(j, c);
        parts.spectra(i, c) = static_cast<float>(x);
      }
    }
    spectra = std::move(parts);
  }
  Matrix<double> directions;
  DatasetParts spectra;
};

/// Which of the three ways is taken follows from the shape.
class PcaShapes : public testing::TestWithParam<std::pair<std::size_t, std::size_t>> {};

TEST_P(PcaShapes, FindsPlantedDirections) {
  const auto [rows, channels] = GetParam();
  Planted planted(rows, channels, 0.01);
  const DatasetPtr data = *Dataset::create(std::move(planted.spectra));
  auto pca = model::fit_pca(*data, 5);
  ASSERT_TRUE(pca) << pca.error().message();
  ASSERT_EQ(pca->variance.size(), 5U);
  const double expected[3] = {9, 4, 1};
  for (std::size_t j = 0; j < 3; ++j) {
    // Sampling error of a variance: sqrt(2 / n), five of them.
    EXPECT_NEAR(pca->variance[j] / expected[j], 1.0, 5 * std::sqrt(2.0 / static_cast<double>(rows)));
    double inner = 0;
    double norm = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      inner += static_cast<double>(pca->loadings(j, c)) * planted.directions(j, c);
      norm += std::pow(static_cast<double>(pca->loadings(j, c)), 2);
    }
    EXPECT_NEAR(norm, 1.0, 1e-4);
    EXPECT_GT(std::abs(inner), 0.9) << "component " << j;
  }
  // Scores are what the loadings say, their variance is the one reported, and the sign rule holds.
  for (std::size_t j = 0; j < 3; ++j) {
    double squares = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      double score = 0;
      for (std::size_t c = 0; c < channels; ++c) {
        score += static_cast<double>(data->spectra()(i, c) - pca->mean[c]) *
                 static_cast<double>(pca->loadings(j, c));
      }
      ASSERT_NEAR(static_cast<double>(pca->scores(i, j)), score, 1e-3);
      squares += score * score;
    }
    EXPECT_NEAR(squares / static_cast<double>(rows - 1), pca->variance[j], 1e-3 * pca->variance[j]);
    float largest = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      if (std::abs(pca->loadings(j, c)) > std::abs(largest)) largest = pca->loadings(j, c);
    }
    EXPECT_GT(largest, 0.0F);
  }
  EXPECT_GT(pca->total_variance, pca->variance[0] + pca->variance[1] + pca->variance[2]);
}

INSTANTIATE_TEST_SUITE_P(CovarianceGramRandomised, PcaShapes,
                         testing::Values(std::pair<std::size_t, std::size_t>{500, 40},
                                         std::pair<std::size_t, std::size_t>{60, 300},
                                         std::pair<std::size_t, std::size_t>{1100, 1200}));

TEST(Pca, LeavesMaskedChannelsAndBrokenRowsOut) {
  Planted planted(80, 20, 0.01);
  for (std::size_t i = 0; i < 80; ++i) planted.spectra.spectra(i, 3) = 1e6F * static_cast<float>(i);
  planted.spectra.spectra(7, 5) = std::numeric_limits<float>::quiet_NaN();
  planted.spectra.bad_channels.assign(20, 0);
  planted.spectra.bad_channels[3] = 1;
  const DatasetPtr data = *Dataset::create(std::move(planted.spectra));
  auto pca = model::fit_pca(*data, 3);
  ASSERT_TRUE(pca);
  EXPECT_LT(pca->variance[0], 30);
  EXPECT_TRUE(std::isnan(pca->mean[3]));
  EXPECT_EQ(pca->loadings(0, 3), 0.0F);
  EXPECT_TRUE(std::isnan(pca->scores(7, 0)));
  EXPECT_TRUE(std::isfinite(pca->scores(8, 0)));
}

TEST(Pca, DirectionsWithoutVarianceStayFinite) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(4, 9, 1.0F);
  for (std::size_t i = 0; i < 4; ++i) parts.spectra(i, 2) = static_cast<float>(i);
  auto pca = model::fit_pca(**Dataset::create(std::move(parts)), 3);
  ASSERT_TRUE(pca);
  EXPECT_NEAR(pca->variance[0], 5.0 / 3.0, 1e-6);
  EXPECT_NEAR(pca->variance[1], 0.0, 1e-6);
  for (const float value : pca->loadings.values()) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace assayer
