// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_values.py beside this file (numpy, scipy, scikit-learn), or closed forms.
#include "core/metrics/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/random.h"

namespace assayer {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr float kNaNf = std::numeric_limits<float>::quiet_NaN();
using Values = std::vector<double>;
using Spectrum = std::vector<float>;

TEST(KlDivergence, MatchesScipyEntropy) {
  EXPECT_NEAR(kl_divergence(Values{0.2, 0.3, 0.5}, Values{0.5, 0.25, 0.25}), 0.218011910943328, 1e-14);
}

TEST(KlDivergence, ClipsTheEstimateAndRenormalises) {
  EXPECT_NEAR(kl_divergence(Values{0.2, 0.3, 0.5}, Values{0, 0.25, 0.75}), 2.2931794420896394, 1e-12);
  EXPECT_NEAR(kl_divergence(Values{1, 0, 0}, Values{0.5, 0.5, 0}), 0.6931481805594453, 1e-14);
}

TEST(KlDivergence, IsZeroForEqualCompositions) {
  EXPECT_NEAR(kl_divergence(Values{0.125, 0.375, 0.5}, Values{0.125, 0.375, 0.5}), 0, 1e-15);
}

TEST(KlDivergence, IsUnknownWithNaNOnEitherSide) {
  EXPECT_TRUE(std::isnan(kl_divergence(Values{0.5, 0.5}, Values{kNaN, kNaN})));
  EXPECT_TRUE(std::isnan(kl_divergence(Values{kNaN, kNaN}, Values{0.5, 0.5})));
  EXPECT_TRUE(std::isnan(kl_divergence(Values{1, 0}, Values{1, kNaN})));
}

const Spectrum kTruth = {0.1F, 0.4F, 0.35F, 0.8F, 0.75F, 0.3F};
const Spectrum kEstimate = {0.2F, 0.35F, 0.3F, 0.9F, 0.6F, 0.45F};

TEST(EndmemberError, MatchesNumpy) {
  EXPECT_NEAR(endmember_error(kTruth, kEstimate), 0.2645750899920617, 1e-14);
}

TEST(EndmemberError, LeavesOutChannelsThatEitherLacks) {
  Spectrum truth = kTruth;
  Spectrum estimate = kEstimate;
  truth[2] = kNaNf;
  estimate[4] = kNaNf;
  EXPECT_NEAR(endmember_error(truth, estimate), 0.21213200415072536, 1e-14);
  EXPECT_NEAR(spectral_angle(truth, estimate), 9.241651981942013, 1e-11);
  EXPECT_TRUE(std::isnan(endmember_error(Spectrum{kNaNf, 1}, Spectrum{1, kNaNf})));
}

TEST(SpectralAngle, MatchesNumpy) {
  EXPECT_NEAR(spectral_angle(kTruth, kEstimate), 11.966469217577515, 1e-11);
}

TEST(SpectralAngle, HasItsClosedForms) {
  EXPECT_NEAR(spectral_angle(Spectrum{1, 0}, Spectrum{0, 3}), 90, 1e-12);
  EXPECT_NEAR(spectral_angle(Spectrum{1, 2}, Spectrum{-2, -4}), 180, 1e-12);
  EXPECT_NEAR(spectral_angle(Spectrum{1, 0}, Spectrum{1, 1}), 45, 1e-12);
  // Only the shape counts.
  EXPECT_NEAR(spectral_angle(Spectrum{1, 2, 3}, Spectrum{2, 4, 6}), 0, 1e-12);
  // An angle for which the arc cosine of the rounded scalar product would give 0.
  EXPECT_NEAR(spectral_angle(Spectrum{1, 0}, Spectrum{1, 0x1p-30F}), 0x1p-30 * 180 / M_PI, 1e-15);
}

TEST(SpectralAngle, IsUnknownForSpectraWithoutDirection) {
  EXPECT_TRUE(std::isnan(spectral_angle(Spectrum{0, 0}, Spectrum{1, 1})));
  EXPECT_TRUE(std::isnan(spectral_angle(Spectrum{kNaNf, kNaNf}, Spectrum{1, 1})));
}

TEST(RocAuc, MatchesScikitLearnWithTies) {
  const Values scores = {0.1, 0.4, 0.35, 0.8, 0.4, 0.7, 0.4, 0.6};
  const std::vector<std::uint8_t> positive = {0, 0, 1, 1, 1, 0, 0, 1};
  EXPECT_DOUBLE_EQ(roc_auc(scores, positive), 0.625);
}

TEST(RocAuc, IsThePairwiseProbability) {
  Random random(7);
  Values scores;
  std::vector<std::uint8_t> positive;
  for (int i = 0; i < 300; ++i) {
    scores.push_back(static_cast<double>(random.below(40)));  // many ties
    positive.push_back(random.below(4) == 0 ? 1 : 0);
  }
  double wins = 0;
  double pairs = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (positive[i] == 0 || positive[j] != 0) continue;
      ++pairs;
      wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
    }
  EXPECT_NEAR(roc_auc(scores, positive), wins / pairs, 1e-12);
}

TEST(RocAuc, HasItsExtremes) {
  const std::vector<std::uint8_t> positive = {0, 0, 1, 1};
  EXPECT_DOUBLE_EQ(roc_auc(Values{1, 2, 3, std::numeric_limits<double>::infinity()}, positive), 1);
  EXPECT_DOUBLE_EQ(roc_auc(Values{3, 4, 1, 2}, positive), 0);
  EXPECT_DOUBLE_EQ(roc_auc(Values{5, 5, 5, 5}, positive), 0.5);
}

TEST(RocAuc, LeavesOutNaNAndNeedsBothClasses) {
  EXPECT_DOUBLE_EQ(roc_auc(Values{1, kNaN, 2, kNaN}, std::vector<std::uint8_t>{0, 0, 1, 1}), 1);
  EXPECT_TRUE(std::isnan(roc_auc(Values{1, 2}, std::vector<std::uint8_t>{0, 0})));
  EXPECT_TRUE(std::isnan(roc_auc(Values{1, 2}, std::vector<std::uint8_t>{1, 1})));
  EXPECT_TRUE(std::isnan(roc_auc(Values{1, kNaN}, std::vector<std::uint8_t>{0, 1})));
  EXPECT_TRUE(std::isnan(roc_auc(Values{}, std::vector<std::uint8_t>{})));
}

TEST(Median, MatchesNumpy) {
  Values values = {2.0, 7.5, -1.0, 3.25, 3.0, 11.0, 2.5, 5.75};
  EXPECT_DOUBLE_EQ(median(values), 3.125);
  EXPECT_NEAR(mad(values), 2.7798791596980035, 1e-14);
  values.pop_back();
  EXPECT_DOUBLE_EQ(median(values), 3);
  EXPECT_NEAR(mad(values), 1.482602218505602, 1e-14);
}

TEST(Median, LeavesOutNaN) {
  EXPECT_DOUBLE_EQ(median({kNaN, 4, 1, kNaN, 2}), 2);
  EXPECT_NEAR(mad(Values{kNaN, 4, 1, 2, kNaN}), 1.482602218505602, 1e-14);
  EXPECT_TRUE(std::isnan(median({})));
  EXPECT_TRUE(std::isnan(median({kNaN})));
  EXPECT_TRUE(std::isnan(mad(Values{})));
  EXPECT_DOUBLE_EQ(median({5}), 5);
  EXPECT_DOUBLE_EQ(mad(Values{5}), 0);
}

TEST(Mad, EstimatesTheStandardDeviationOfANormalSample) {
  Random random(11);
  Values values(20000);
  for (double& value : values) value = 3 + 0.5 * random.normal();
  // Its standard error is 1.17 σ / √n: five of them.
  EXPECT_NEAR(mad(values), 0.5, 5 * 1.17 * 0.5 / std::sqrt(20000.0));
}

class Nuisance : public testing::Test {
 protected:
  static std::vector<std::uint32_t> all(std::size_t n) {
    std::vector<std::uint32_t> rows(n);
    std::iota(rows.begin(), rows.end(), 0U);
    return rows;
  }
  const Matrix<double> z{
      {-1.0, 0.2, -0.8, 0.1, -0.9, 0.5, 0.5, 0.3, 0.7, -0.2, -0.7, 0.1, 0.6, 0.9, 1.4, 0.0}, 8, 2};
  const std::vector<std::int32_t> group = {0, 0, 0, 1, 1, 1, 1, 0};
};

TEST_F(Nuisance, ByGroupMatchesNumpyAndScipy) {
  const auto result = nuisance_by_group(z, group, 2, all(8));
  const Values medians = {-0.85, 0.15, 0.55, 0.2};
  const Values mads = {0.14826022185056015, 0.14826022185056023, 0.14826022185056015, 0.3706505546264005};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(result.median.values()[i], medians[i], 1e-15);
    EXPECT_NEAR(result.mad.values()[i], mads[i], 1e-15);
  }
  EXPECT_DOUBLE_EQ(result.accuracy, 0.75);
}

TEST_F(Nuisance, CountsTheGivenRowsOnly) {
  const auto result = nuisance_by_group(z, group, 2, std::vector<std::uint32_t>{0, 1, 2, 3, 4, 6});
  EXPECT_DOUBLE_EQ(result.median(0, 0), -0.9);
  EXPECT_DOUBLE_EQ(result.median(1, 0), 0.6);
  EXPECT_DOUBLE_EQ(result.accuracy, 1);
}

TEST_F(Nuisance, LeavesOutNaNRows) {
  Matrix<double> gaps = z;
  gaps(5, 1) = kNaN;
  gaps(7, 0) = kNaN;
  const auto result = nuisance_by_group(gaps, group, 2, all(8));
  EXPECT_DOUBLE_EQ(result.median(0, 1), 0.2);
  EXPECT_DOUBLE_EQ(result.median(1, 1), 0.3);
  EXPECT_DOUBLE_EQ(result.accuracy, 1);
}

TEST_F(Nuisance, GivesNaNForGroupsWithoutRows) {
  const auto result = nuisance_by_group(z, group, 3, all(8));
  EXPECT_TRUE(std::isnan(result.median(2, 0)));
  EXPECT_TRUE(std::isnan(result.mad(2, 1)));
  EXPECT_DOUBLE_EQ(result.accuracy, 0.75);
  EXPECT_TRUE(std::isnan(nuisance_by_group(z, group, 2, {}).accuracy));
}

TEST_F(Nuisance, OutlierScoresMatchNumpyAndScipy) {
  const Values expected = {1.0117346252941222, 0.33724487509804124, 2.360714125686285,  0.33724487509804124,
                           1.0791836003137307, 8.431121877451025,   1.8885713005490286, 15.176019379411843};
  const Values scores = outlier_scores(z, group, 2);
  ASSERT_EQ(scores.size(), expected.size());
  for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], expected[i], 1e-12) << i;
}

TEST_F(Nuisance, OutlierScoresWithoutGroupsUseOne) {
  const std::vector<std::int32_t> one(8, 0);
  EXPECT_EQ(outlier_scores(z, {}, 0), outlier_scores(z, one, 1));
}

TEST(OutlierScores, AreKnownWhereTheSpreadIsZero) {
  const Matrix<double> z({1, 1, 1, 2, kNaN}, 5, 1);
  const Values scores = outlier_scores(z, {}, 0);
  EXPECT_EQ(scores[0], 0);
  EXPECT_TRUE(std::isinf(scores[3]));
  EXPECT_TRUE(std::isnan(scores[4]));
}

}  // namespace
}  // namespace assayer
