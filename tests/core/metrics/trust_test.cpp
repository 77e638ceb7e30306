// SPDX-License-Identifier: GPL-3.0-or-later
// What a method says of how far to trust it: intervals, misfit, and references that suit the spectra seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/random.h"
#include "core/metrics/evaluation.h"

namespace assayer {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

DatasetPtr dataset(DatasetParts parts) {
  auto made = Dataset::create(std::move(parts));
  EXPECT_TRUE(made) << made.error().message();
  return made ? *made : nullptr;
}

/// n spectra of two components, all of composition (.5, .5).
DatasetParts even(std::size_t n) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(n, 3, 0.5F);
  parts.abundances = *Abundances::create(Matrix<double>(n, 2, 0.5), {"a", "b"});
  return parts;
}

/// Predictions that miss the truth by the given distances, each stated with sd 1 (in per cent).
Prediction missing_by(const std::vector<double>& distances) {
  Prediction made;
  made.composition = Matrix<double>(distances.size(), 2);
  made.composition_sd = Matrix<double>(distances.size(), 2, 0.01);
  for (std::size_t i = 0; i < distances.size(); ++i) {
    made.composition(i, 0) = 0.5 + 0.01 * distances[i];
    made.composition(i, 1) = 0.5 - 0.01 * distances[i];
  }
  return made;
}

Evaluation evaluated(const Dataset& data, const Prediction& prediction, const Rows& training = {},
                     const EndmemberEstimate& endmembers = {}) {
  auto result = evaluate(data, prediction, endmembers, training, training, 1);
  EXPECT_TRUE(result) << result.error().message();
  return result ? *result : Evaluation();
}

std::map<double, double> coverage_of(const Evaluation& evaluation) {
  std::map<double, double> observed;
  for (const auto& at : evaluation.coverage) observed[at.level] = at.observed;
  return observed;
}

TEST(Coverage, CountsWhatLiesWithinTheNormalQuantiles) {
  // Quantiles .674, .994, 1.282, 1.960, 2.576.
  const auto observed =
      coverage_of(evaluated(*dataset(even(6)), missing_by({0.67, 0.68, 1.0, 1.29, 1.97, 2.58})));
  ASSERT_EQ(observed.size(), 5U);
  EXPECT_NEAR(observed.at(0.5), 1.0 / 6, 1e-12);
  EXPECT_NEAR(observed.at(0.68), 2.0 / 6, 1e-12);
  EXPECT_NEAR(observed.at(0.8), 3.0 / 6, 1e-12);
  EXPECT_NEAR(observed.at(0.95), 4.0 / 6, 1e-12);
  EXPECT_NEAR(observed.at(0.99), 5.0 / 6, 1e-12);
}

TEST(Coverage, JudgesHeldOutRowsWhereThereAreAny) {
  const auto data = dataset(even(4));
  const Prediction made = missing_by({0, 0, 3, 0});
  EXPECT_DOUBLE_EQ(coverage_of(evaluated(*data, made, {0, 1})).at(0.95), 0.5);
  EXPECT_DOUBLE_EQ(coverage_of(evaluated(*data, made, {0, 1, 2, 3})).at(0.95), 0.75);
}

TEST(Coverage, OfNormalErrorsIsTheLevel) {
  Random random(3);
  std::vector<double> errors(20000);
  for (double& error : errors) error = random.normal();
  for (const auto& [level, observed] : coverage_of(evaluated(*dataset(even(20000)), missing_by(errors))))
    EXPECT_NEAR(observed, level, 4 * std::sqrt(level * (1 - level) / 20000)) << level;
}

TEST(Coverage, IsNoneWithoutStatedSd) {
  Prediction made = missing_by({0, 1});
  made.composition_sd = Matrix<double>();
  EXPECT_TRUE(evaluated(*dataset(even(2)), made).coverage.empty());
  made.composition_sd = Matrix<double>(2, 2, kNaN);
  EXPECT_TRUE(evaluated(*dataset(even(2)), made).coverage.empty());
  made.composition_sd(0, 0) = 0.1;
  EXPECT_DOUBLE_EQ(coverage_of(evaluated(*dataset(even(2)), made)).at(0.5), 1) << "one entry has an sd";
}

TEST(Coverage, IsWritten) {
  Evaluation evaluation = evaluated(*dataset(even(2)), missing_by({0, 3}));
  evaluation.facts = {{"link", "hapke"}, {"task", "unmixing"}};
  const Json json = Json::parse(evaluation.to_json());
  ASSERT_EQ(json.at("intervals").size(), 5U);
  EXPECT_DOUBLE_EQ(json.at("intervals").at(3).at("level").get<double>(), 0.95);
  EXPECT_DOUBLE_EQ(json.at("intervals").at(3).at("coverage").get<double>(), 0.5);
  EXPECT_EQ(json.at("facts").at("link"), "hapke");
  const std::string table = evaluation.to_table();
  EXPECT_THAT(table, HasSubstr("stated 95 %"));
  EXPECT_THAT(table, HasSubstr("50.0 %"));
  EXPECT_THAT(table, HasSubstr("task: unmixing"));
}

TEST(OutlierScore, IsTheWorstOfTheThreeInFives) {
  Prediction made;
  made.composition = Matrix<double>(5, 2, 0.5);
  // Median 0, deviations .2, .1, 0, .1, .3: MAD .1 · 1.4826.
  made.z = Matrix<double>({-0.2, -0.1, 0, 0.1, 0.3}, 5, 1);
  const double of_z = 0.3 / (1.482602218505602 * 0.1);
  EXPECT_NEAR(outlier_score(made, std::nullopt)[4], of_z / 5, 1e-9);

  made.misfit = {7.5, -9, 0, 0, 1};
  made.hidden_misfit = {1, 10, 0, 0, 1.5};
  const auto scores = outlier_score(made, std::nullopt);
  EXPECT_NEAR(scores[0], 1.5, 1e-12) << "misfit";
  EXPECT_NEAR(scores[1], 2, 1e-12) << "hidden misfit";
  EXPECT_NEAR(scores[2], 0, 1e-12);
  EXPECT_NEAR(scores[4], of_z / 5, 1e-9) << "z";
}

TEST(OutlierScore, ComparesWithTheOwnGroup) {
  Prediction made;
  made.composition = Matrix<double>(8, 2, 0.5);
  made.z = Matrix<double>({-1, -0.9, -1.1, -1, 1, 0.9, 1.1, -1}, 8, 1);
  const Groups groups{.of_row = {0, 0, 0, 0, 1, 1, 1, 1}, .names = {"near", "far"}, .codes = {0, 1}};
  const auto scores = outlier_score(made, groups);
  EXPECT_GT(scores[7], 1) << "would be quite normal in the other group";
  EXPECT_LT(scores[3], 1);
}

TEST(OutlierScore, OfWhatIsNotKnownIsNotKnown) {
  Prediction made;
  made.composition = Matrix<double>(3, 2, 0.5);
  made.z = Matrix<double>({0.1, kNaN, 0.2}, 3, 1);
  made.misfit = {0, kNaN, 20};
  made.hidden_misfit = {0, kNaN, 0};
  const auto scores = outlier_score(made, std::nullopt);
  EXPECT_TRUE(std::isnan(scores[1]));
  EXPECT_NEAR(scores[2], 4, 1e-12);
}

TEST(OutlierScore, MakesTheArea) {
  DatasetParts parts = even(5);
  parts.metadata.push_back({"outlier", std::vector<std::int64_t>{0, 0, 0, 0, 1}});
  const auto data = dataset(std::move(parts));
  Prediction made = missing_by({0, 0, 0, 0, 0});
  made.z = Matrix<double>({-0.2, 0.3, 0.1, -0.1, 0}, 5, 1);
  EXPECT_DOUBLE_EQ(*evaluated(*data, made).outlier_auc, 0) << "z says nothing of it";
  made.misfit = {0, 0, 0, 0, 30};
  EXPECT_DOUBLE_EQ(*evaluated(*data, made).outlier_auc, 1);
}

/// Two groups whose references differ: rows 0 … 2 of the first, 3 of the second.
DatasetParts by_group() {
  DatasetParts parts = even(4);
  parts.groups = Groups{.of_row = {0, 0, 0, 1}, .names = {"near", "far"}, .codes = {0, 1}};
  const auto of = [](float level) { return Matrix<float>(2, 3, level); };
  parts.endmembers_by_group = {of(1.0F), of(2.0F)};
  parts.endmembers = of(1.5F);
  return parts;
}

TEST(References, AreWeighedByTheGroupsOfTheTrainingRows) {
  const auto data = dataset(by_group());
  const auto l2 = [&](float level, const Rows& training) {
    const EndmemberEstimate estimate{.mean = Matrix<float>(2, 3, level), .sd = Matrix<float>(2, 3)};
    return evaluated(*data, missing_by({0, 0, 0, 0}), training, estimate).endmembers->mean_l2;
  };
  EXPECT_NEAR(l2(1.0F, {0, 1}), 0, 1e-6) << "the first group alone";
  EXPECT_NEAR(l2(2.0F, {3}), 0, 1e-6) << "the second group alone";
  EXPECT_NEAR(l2(1.5F, {2, 3}), 0, 1e-6) << "one of each";
  EXPECT_NEAR(l2(1.25F, {0, 1, 2, 3}), 0, 1e-6) << "three to one";
  EXPECT_NEAR(l2(1.25F, {}), 0, 1e-6) << "all rows where none was used";
  EXPECT_NEAR(l2(2.0F, {0, 1}), std::sqrt(3.0), 1e-6);
}

TEST(References, AreTheFilesOwnWithoutGroups) {
  DatasetParts parts = by_group();
  parts.endmembers_by_group.clear();
  const auto data = dataset(std::move(parts));
  const EndmemberEstimate estimate{.mean = Matrix<float>(2, 3, 1.5F), .sd = Matrix<float>(2, 3)};
  EXPECT_NEAR(evaluated(*data, missing_by({0, 0, 0, 0}), {0, 1}, estimate).endmembers->mean_l2, 0, 1e-6);
}

TEST(Trust, LeavesOutWhatAMethodDoesNotTell) {
  Prediction made = missing_by({0, 0});
  EXPECT_TRUE(made.trust().empty());
  made.misfit = {1, 2};
  ASSERT_EQ(made.trust().size(), 1U);
  EXPECT_EQ(made.trust()[0].first, "misfit");
  made.extrapolation = {1, 2};
  made.hidden_misfit = {3, 4};
  ASSERT_EQ(made.trust().size(), 3U);
  EXPECT_EQ(made.trust()[0].first, "extrapolation");
  EXPECT_EQ(made.trust()[2].first, "hidden misfit");
  EXPECT_EQ((*made.trust()[2].second)[1], 4);
}

}  // namespace
}  // namespace assayer
