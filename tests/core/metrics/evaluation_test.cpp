// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_values.py beside this file (numpy, scipy, scikit-learn).
#include "core/metrics/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace assayer {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr float kNaNf = std::numeric_limits<float>::quiet_NaN();

/// Six spectra of four channels, three components, two groups; row 5 has no composition.
DatasetParts parts() {
  DatasetParts made;
  made.spectra = Matrix<float>(6, 4, 0.5F);
  made.abundances = *Abundances::create(Matrix<double>({0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 1.0, 0.0, 0.0, 0.0,
                                                        0.5, 0.5, 0.125, 0.125, 0.75, kNaN, kNaN, kNaN},
                                                       6, 3),
                                        {"olivine", "diopside", "bytownite"});
  made.groups = Groups{.of_row = {0, 0, 1, 1, 1, 0}, .names = {"Position 1", "Angle 2"}, .codes = {0, 1}};
  made.metadata.push_back({"outlier", std::vector<std::int64_t>{0, 0, 0, 1, 1, 0}});
  made.endmembers = Matrix<float>({1, 2, 3, 4, 4, 3, 2, 1, 1, 1, 1, 2}, 3, 4);
  return made;
}

DatasetPtr dataset(DatasetParts from = parts()) {
  auto made = Dataset::create(std::move(from));
  EXPECT_TRUE(made.has_value()) << made.error().message();
  return *made;
}

Prediction prediction() {
  Prediction made;
  made.composition = Matrix<double>(
      {0.4, 0.3, 0.3, 0.25, 0.625, 0.125, 0.8, 0.1, 0.1, 0.1, 0.4, 0.5, 0.2, 0.2, 0.6, 0.3, 0.3, 0.4}, 6, 3);
  made.composition_sd = Matrix<double>(6, 3);
  made.z = Matrix<double>({-1.0, -0.75, 0.5, 1.0, 0.25, -0.5}, 6, 1);
  made.z_sd = Matrix<double>(6, 1);
  return made;
}

EndmemberEstimate endmembers() {
  return {.mean = Matrix<float>({1, 2, 4, 4, 4, 3, 2, 1, 2, 1, 1, 1}, 3, 4), .sd = Matrix<float>(3, 4)};
}

Evaluation evaluated(const Dataset& data, const Prediction& predicted, const Rows& training = {0, 1},
                     const Rows& seen = {0, 1, 2}) {
  auto result = evaluate(data, predicted, endmembers(), training, seen, 4);
  EXPECT_TRUE(result.has_value()) << result.error().message();
  return *result;
}

TEST(Evaluate, MatchesScipyAndScikitLearn) {
  const Evaluation result = evaluated(*dataset(), prediction());
  EXPECT_EQ(result.rows, 6U);
  EXPECT_EQ(result.members, 4U);
  ASSERT_TRUE(result.kl);
  EXPECT_NEAR(result.kl->mean, 0.09333961997770943, 1e-6);  // scipy does not clip the zeros' counterparts
  EXPECT_NEAR(*result.kl->training, 0.041063008371504534, 1e-14);
  EXPECT_NEAR(*result.kl->held_out, 0.12819069438184605, 1e-14);
  ASSERT_TRUE(result.rmse);
  EXPECT_NEAR(result.rmse->mean, 0.11242281302693367, 1e-14);
  EXPECT_NEAR(result.rmse->per_component[0], 0.13616778865306825, 1e-14);
  EXPECT_NEAR(result.rmse->per_component[1], 0.0924211375534118, 1e-14);
  EXPECT_NEAR(result.rmse->per_component[2], 0.10408329997330665, 1e-14);
  ASSERT_TRUE(result.endmembers);
  EXPECT_NEAR(result.endmembers->l2[0], 1, 1e-14);
  EXPECT_EQ(result.endmembers->l2[1], 0);
  EXPECT_NEAR(result.endmembers->l2[2], 1.4142135623730951, 1e-14);
  EXPECT_NEAR(result.endmembers->mean_l2, (1 + 1.4142135623730951) / 3, 1e-14);
  EXPECT_NEAR(result.endmembers->sad[0], 7.905872154844791, 1e-11);
  EXPECT_NEAR(result.endmembers->sad[2], 31.002719133873992, 1e-11);
  EXPECT_NEAR(result.endmembers->mean_sad, (7.905872154844791 + 31.002719133873992) / 3, 1e-6);
  ASSERT_TRUE(result.z);
  EXPECT_DOUBLE_EQ(result.z->median(0, 0), -0.75);
  EXPECT_DOUBLE_EQ(result.z->median(1, 0), 0.5);
  EXPECT_NEAR(result.z->mad(1, 0), 0.3706505546264005, 1e-14);
  EXPECT_DOUBLE_EQ(result.z->accuracy, 1);
  ASSERT_TRUE(result.z_training);
  EXPECT_DOUBLE_EQ(result.z_training->median(0, 0), -0.875);
  ASSERT_TRUE(result.outlier_auc);
  EXPECT_DOUBLE_EQ(*result.outlier_auc, 0.875);
}

TEST(Evaluate, JudgesEveryRowWhereNoneIsHeldOut) {
  const Evaluation result = evaluated(*dataset(), prediction(), {0, 1, 2, 3, 4});
  EXPECT_FALSE(result.kl->held_out);
  EXPECT_NEAR(*result.kl->training, result.kl->mean, 1e-15);
  EXPECT_NEAR(result.rmse->mean, 0.10327955589886444, 1e-14);
}

TEST(Evaluate, KnowsNoTrainingRowsOfOtherData) {
  const Evaluation result = evaluated(*dataset(), prediction(), {}, {});
  EXPECT_FALSE(result.kl->training);
  EXPECT_NEAR(*result.kl->held_out, result.kl->mean, 1e-15);
  EXPECT_FALSE(result.z_training);
}

TEST(Evaluate, LeavesOutPredictionsThatAreNotFinite) {
  Prediction gaps = prediction();
  for (double& part : gaps.composition.row(2)) part = kNaN;
  gaps.z(2, 0) = kNaN;
  const Evaluation result = evaluated(*dataset(), gaps);
  EXPECT_EQ(result.rows, 5U);
  EXPECT_TRUE(std::isfinite(result.kl->mean));
  EXPECT_TRUE(std::isfinite(result.rmse->mean));
  EXPECT_DOUBLE_EQ(result.z->median(1, 0), 0.625);
}

TEST(Evaluate, SkipsMaskedAndMissingChannels) {
  DatasetParts masked = parts();
  masked.bad_channels = {0, 0, 0, 1};
  const Evaluation result = evaluated(*dataset(std::move(masked)), prediction());
  EXPECT_NEAR(result.endmembers->l2[0], 1, 1e-14);
  EXPECT_NEAR(result.endmembers->l2[2], 1, 1e-14);  // √2 with channel 3

  EndmemberEstimate gaps = endmembers();
  gaps.mean(2, 3) = kNaNf;
  const auto with_gaps = evaluate(*dataset(), prediction(), gaps, {}, {}, 1);
  ASSERT_TRUE(with_gaps);
  EXPECT_NEAR(with_gaps->endmembers->l2[2], 1, 1e-14);
}

TEST(Evaluate, MatchesReferencesByName) {
  DatasetParts shuffled = parts();
  shuffled.endmembers = Matrix<float>({1, 1, 1, 2, 1, 2, 3, 4, 4, 3, 2, 1}, 3, 4);
  shuffled.endmember_names = {"bytownite", "olivine", "diopside"};
  const Evaluation result = evaluated(*dataset(std::move(shuffled)), prediction());
  EXPECT_NEAR(result.endmembers->l2[0], 1, 1e-14);
  EXPECT_EQ(result.endmembers->l2[1], 0);
  EXPECT_NEAR(result.endmembers->l2[2], 1.4142135623730951, 1e-14);
}

TEST(Evaluate, TakesReferencesInTheirOrderWhereNamesDiffer) {
  DatasetParts named = parts();
  named.endmember_names = {"GDS70.d", "diopside", "HS106.3B"};
  const Evaluation result = evaluated(*dataset(std::move(named)), prediction());
  EXPECT_EQ(result.endmembers->l2[1], 0);
}

TEST(Evaluate, SaysNothingThatTheDataDoNotTell) {
  DatasetParts bare;
  bare.spectra = Matrix<float>(6, 4, 0.5F);
  const auto result = evaluate(*dataset(std::move(bare)), prediction(), endmembers(), {}, {}, 1);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->rows, 6U);
  EXPECT_FALSE(result->kl);
  EXPECT_FALSE(result->rmse);
  EXPECT_FALSE(result->endmembers);
  EXPECT_FALSE(result->z);
  EXPECT_FALSE(result->outlier_auc);
  const Json json = Json::parse(result->to_json());
  EXPECT_TRUE(json["kl"]["mean"].is_null());
  EXPECT_TRUE(json["rmse"]["mean"].is_null());
  EXPECT_TRUE(json["rmse"]["per_component"].is_object());
  EXPECT_TRUE(json["endmembers"]["mean_l2"].is_null());
  EXPECT_TRUE(json["z"]["group_accuracy"].is_null());
  EXPECT_TRUE(json["z"]["groups"].empty());
  EXPECT_TRUE(json["outliers"]["auc"].is_null());
  EXPECT_FALSE(result->to_table().empty());
}

TEST(Evaluate, WorksForMethodsWithoutNuisance) {
  Prediction flat = prediction();
  flat.z = {};
  flat.z_sd = {};
  const Evaluation result = evaluated(*dataset(), flat);
  EXPECT_TRUE(result.kl);
  EXPECT_FALSE(result.z);
  EXPECT_FALSE(result.outlier_auc);
}

TEST(Evaluate, HasNoOutlierAreaWithOneClass) {
  DatasetParts clean = parts();
  clean.metadata[0].values = std::vector<std::int64_t>(6, 0);
  EXPECT_FALSE(evaluated(*dataset(std::move(clean)), prediction()).outlier_auc);
}

TEST(Evaluate, RefusesPredictionsOfOtherData) {
  Prediction shorter = prediction();
  shorter.composition = Matrix<double>(5, 3, 0.2);
  const auto rows = evaluate(*dataset(), shorter, endmembers(), {}, {}, 1);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, Error::Kind::Data);
  EXPECT_EQ(rows.error().found, "5");

  Prediction narrower = prediction();
  narrower.composition = Matrix<double>(6, 2, 0.5);
  const auto components = evaluate(*dataset(), narrower, endmembers(), {}, {}, 1);
  ASSERT_FALSE(components);
  EXPECT_THAT(components.error().message(), HasSubstr("components"));

  EXPECT_FALSE(evaluate(*dataset(), prediction(), endmembers(), {6}, {}, 1));
}

TEST(EvaluationJson, HasTheDocumentedShapeAndFullPrecision) {
  const Evaluation result = evaluated(*dataset(), prediction());
  const Json json = Json::parse(result.to_json());
  EXPECT_EQ(json["rows"], 6);
  EXPECT_EQ(json["members"], 4);
  EXPECT_EQ(json["kl"]["mean"].get<double>(), result.kl->mean);
  EXPECT_EQ(json["kl"]["training"].get<double>(), *result.kl->training);
  EXPECT_EQ(json["kl"]["held_out"].get<double>(), *result.kl->held_out);
  EXPECT_EQ(json["rmse"]["mean"].get<double>(), result.rmse->mean);
  EXPECT_EQ(json["rmse"]["per_component"]["bytownite"].get<double>(), result.rmse->per_component[2]);
  EXPECT_EQ(json["endmembers"]["mean_l2"].get<double>(), result.endmembers->mean_l2);
  EXPECT_EQ(json["endmembers"]["mean_sad"].get<double>(), result.endmembers->mean_sad);
  EXPECT_EQ(json["endmembers"]["per_component"]["olivine"]["l2"].get<double>(), result.endmembers->l2[0]);
  EXPECT_EQ(json["endmembers"]["per_component"]["olivine"]["sad"].get<double>(), result.endmembers->sad[0]);
  EXPECT_EQ(json["z"]["group_accuracy"], 1);
  EXPECT_EQ(json["z"]["group_accuracy_training"], 1);
  ASSERT_EQ(json["z"]["groups"].size(), 2U);
  EXPECT_EQ(json["z"]["groups"][1]["group"], "Angle 2");
  EXPECT_EQ(json["z"]["groups"][0]["median"], Json::array({-0.75}));
  EXPECT_EQ(json["z"]["groups"][1]["mad"][0].get<double>(), result.z->mad(1, 0));
  EXPECT_EQ(json["z"]["groups"][0]["median_training"], Json::array({-0.875}));
  EXPECT_EQ(json["outliers"]["auc"], 0.875);
}

TEST(EvaluationJson, WritesNaNAsNull) {
  DatasetParts three = parts();
  three.groups->names.emplace_back("Position 2");
  three.groups->codes.push_back(2);
  const Json json = Json::parse(evaluated(*dataset(std::move(three)), prediction()).to_json());
  EXPECT_TRUE(json["z"]["groups"][2]["median"][0].is_null());
}

TEST(EvaluationTable, NamesEveryMeasure) {
  const std::string table = evaluated(*dataset(), prediction()).to_table();
  for (const char* part : {"KL", "held out", "RMSE", "olivine", "SAD", "Angle 2", "outliers", "0.875"})
    EXPECT_THAT(table, HasSubstr(part));
}

}  // namespace
}  // namespace assayer
