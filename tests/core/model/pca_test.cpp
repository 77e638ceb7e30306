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

/// Pretends to be a file.
class InFile final : public SpectraSource {
 public:
  explicit InFile(Matrix<float> values) : values_(std::move(values)) {}
  [[nodiscard]] std::size_t rows() const override { return values_.rows(); }
  [[nodiscard]] std::size_t channels() const override { return values_.cols(); }
  [[nodiscard]] std::size_t block_rows() const override { return 100; }
  [[nodiscard]] std::size_t few_rows() const override { return 10; }
  Status read(std::size_t first, std::size_t count, std::span<float> out) const override {
    std::copy_n(values_.row(first).data(), count * channels(), out.data());
    read_ += count;
    return {};
  }
  [[nodiscard]] std::size_t rows_read() const { return read_; }

 private:
  Matrix<float> values_;
  mutable std::size_t read_ = 0;
};

TEST(Pca, OfSpectraThatStayInTheirFileSomeStandForAll) {
  Planted planted(60000, 12, 0.01);
  planted.spectra.spectra(0, 5) = std::numeric_limits<float>::quiet_NaN();
  const auto source = std::make_shared<InFile>(std::move(planted.spectra.spectra));
  DatasetParts parts;
  parts.shared_spectra = *Spectra::in_file(source);
  const DatasetPtr data = *Dataset::create(std::move(parts));
  const auto pca = model::fit_pca(*data, 3);
  ASSERT_TRUE(pca) << pca.error().message();
  EXPECT_LT(source->rows_read(), 16500U);
  ASSERT_EQ(pca->scores.rows(), 60000U);
  const double expected[3] = {9, 4, 1};
  for (std::size_t j = 0; j < 3; ++j)
    EXPECT_NEAR(pca->variance[j] / expected[j], 1.0, 5 * std::sqrt(2.0 / 16384));
  std::size_t drawn = 0;
  for (std::size_t i = 0; i < 60000; ++i) {
    if (std::isnan(pca->scores(i, 0))) continue;
    ++drawn;
    double score = 0;
    for (std::size_t c = 0; c < 12; ++c)
      score += static_cast<double>(data->spectra()(i, c) - pca->mean[c]) *
               static_cast<double>(pca->loadings(0, c));
    ASSERT_NEAR(static_cast<double>(pca->scores(i, 0)), score, 1e-3) << i;
  }
  EXPECT_EQ(drawn, 16383U);  // one of them is not finite
  EXPECT_TRUE(std::isnan(pca->scores(0, 0)));
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
