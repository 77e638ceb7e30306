// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/train_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "small_data.h"

namespace assayer {
namespace {

using test::kNaN;
using test::lattice;
using test::make_data;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PlannedRun planned(const Dataset& data, std::string_view labelled, std::string_view unlabelled,
                   std::string_view unfeatured = "one-hot:3", const TrainConfig& config = {}) {
  auto plan = make_plan(data, labelled, unlabelled, unfeatured, config);
  EXPECT_TRUE(plan.has_value()) << plan.error().message();
  return plan ? *plan : PlannedRun{};
}

TEST(MakePlan, TakesTheRowsAsSelected) {
  const auto data = make_data(lattice(3, 2));  // 10 labelled, 2 not
  const auto run = planned(*data, "rows=0-2,5", "all");
  EXPECT_THAT(run.plan.labelled, ElementsAre(0, 1, 2, 5));
  EXPECT_EQ(run.plan.unlabelled.size(), 12U);
  EXPECT_EQ(run.plan.unfeatured, Matrix<double>({1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3));
  EXPECT_THAT(run.warnings, IsEmpty());
}

TEST(MakePlan, DropsRowsThatCannotServeAndSaysSo) {
  DatasetParts parts = lattice(3, 2);
  parts.spectra(4, 1) = std::numeric_limits<float>::quiet_NaN();
  const auto data = make_data(std::move(parts));
  const auto run = planned(*data, "all", "all");
  EXPECT_THAT(run.plan.labelled, ElementsAre(0, 1, 2, 3, 5, 6, 7, 8, 9));
  EXPECT_THAT(run.plan.unlabelled, ElementsAre(0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11));
  ASSERT_EQ(run.warnings.size(), 3U);
  EXPECT_THAT(run.warnings[0].english(), HasSubstr("2 of the 12 labelled rows have no composition"));
  EXPECT_THAT(run.warnings[1].english(),
              HasSubstr("1 of the 10 labelled rows hold values that are not numbers"));
  EXPECT_THAT(run.warnings[2].english(),
              HasSubstr("1 of the 12 unlabelled rows hold values that are not numbers"));
}

TEST(MakePlan, DrawsAtMostTheConfiguredLabels) {
  const auto data = make_data(lattice(20));  // 231 rows
  TrainConfig config;
  config.max_labelled = 50;
  const auto run = planned(*data, "all", "all", "one-hot:3", config);
  ASSERT_EQ(run.plan.labelled.size(), 50U);
  EXPECT_TRUE(std::ranges::is_sorted(run.plan.labelled));
  EXPECT_EQ(std::set<std::uint32_t>(run.plan.labelled.begin(), run.plan.labelled.end()).size(), 50U);
  EXPECT_EQ(run.plan.unlabelled.size(), 231U);
  ASSERT_EQ(run.warnings.size(), 1U);
  EXPECT_THAT(run.warnings[0].english(), HasSubstr("50 of the 231 labelled rows"));
  EXPECT_EQ(planned(*data, "all", "all", "one-hot:3", config).plan.labelled, run.plan.labelled);
  config.seed = 1;
  EXPECT_NE(planned(*data, "all", "all", "one-hot:3", config).plan.labelled, run.plan.labelled);
  config.max_labelled = 0;
  EXPECT_EQ(planned(*data, "all", "all", "one-hot:3", config).plan.labelled.size(), 231U);
}

TEST(MakePlan, TheDrawReachesEveryRow) {
  const auto data = make_data(lattice(4));  // 15 rows
  TrainConfig config;
  config.max_labelled = 5;
  std::vector<int> drawn(15, 0);
  for (config.seed = 0; config.seed < 300; ++config.seed)
    for (const auto row : planned(*data, "all", "all", "one-hot:3", config).plan.labelled) ++drawn[row];
  // Each row has a chance of 1/3 per seed: 100 ± 8.2; five standard deviations.
  for (const int count : drawn) EXPECT_NEAR(count, 100, 41);
}

TEST(MakePlan, NeedsALabelledRow) {
  const auto data = make_data(lattice(3, 2));
  for (const char* labelled : {"none", "rows=10-11"}) {
    const auto plan = make_plan(*data, labelled, "all", "one-hot:3", {});
    ASSERT_FALSE(plan) << labelled;
    EXPECT_EQ(plan.error().kind, Error::Kind::Data);
    EXPECT_THAT(plan.error().mend, HasSubstr("10 rows of these data qualify"));
  }
}

TEST(MakePlan, NeedsCompositions) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(3, 4, 1.0F);
  const auto plan = make_plan(*make_data(std::move(parts)), "all", "all", "corners:501:0.05", {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, Error::Kind::Data);
  EXPECT_THAT(plan.error().message(), HasSubstr("no compositions, which training needs"));
}

TEST(MakePlan, WarnsOfSourcesThatAreEmptyWhereTheirTermCounts) {
  const auto data = make_data(lattice(3));
  EXPECT_THAT(english(planned(*data, "all", "all", "none").warnings), ElementsAre(HasSubstr("unfeatured")));
  EXPECT_THAT(english(planned(*data, "all", "none").warnings), ElementsAre(HasSubstr("unlabelled")));
  TrainConfig config;
  config.method = "m2";
  EXPECT_THAT(planned(*data, "all", "all", "none", config).warnings, IsEmpty());
}

TEST(MakePlan, PassesOnWhatIsWrongWithAnExpression) {
  const auto data = make_data(lattice(3));
  const auto selection = make_plan(*data, "colour=red", "all", "none", {});
  ASSERT_FALSE(selection);
  EXPECT_EQ(selection.error().kind, Error::Kind::Usage);
  EXPECT_THAT(selection.error().where, HasSubstr("labelled"));
  const auto unfeatured = make_plan(*data, "all", "all", "edges:3", {});
  ASSERT_FALSE(unfeatured);
  EXPECT_EQ(unfeatured.error().where, "unfeatured");
  TrainConfig config;
  config.epochs = 0;
  const auto invalid = make_plan(*data, "all", "all", "none", config);
  ASSERT_FALSE(invalid);
  EXPECT_EQ(invalid.error().where, "epochs");
}

TEST(MakePlan, RolesGiveLabelledAndBothAsUnlabelled) {
  const auto data = make_data(lattice(2));  // 6 rows
  const Roles roles = {Role::Labelled, Role::Unlabelled, Role::HeldOut,
                       Role::Labelled, Role::Excluded,   Role::Unlabelled};
  const auto run = make_plan(*data, roles, Matrix<double>({0.5, 0.25, 0.25}, 1, 3), TrainConfig{});
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_THAT(run->plan.labelled, ElementsAre(0, 3));
  EXPECT_THAT(run->plan.unlabelled, ElementsAre(0, 1, 3, 5));
  EXPECT_EQ(run->plan.unfeatured.rows(), 1U);
}

TEST(MakePlan, RolesAndPointsMustFitTheData) {
  const auto data = make_data(lattice(2));
  const Roles roles(6, Role::Labelled);
  EXPECT_FALSE(make_plan(*data, Roles(5, Role::Labelled), {}, TrainConfig{}));
  EXPECT_FALSE(make_plan(*data, roles, Matrix<double>(2, 4, 0.25), TrainConfig{}));
  EXPECT_FALSE(make_plan(*data, roles, Matrix<double>(2, 3, 0.5), TrainConfig{}));
  EXPECT_FALSE(make_plan(*data, roles, Matrix<double>(1, 3, kNaN), TrainConfig{}));
  EXPECT_TRUE(make_plan(*data, roles, {}, TrainConfig{}));
}

TEST(SuggestPlan, TakesTheInteriorWhereItIsWellFilled) {
  const auto data = make_data(lattice(10));
  // On the order-10 lattice the parts in (0.1, 0.5667) are 0.2 to 0.5: 15 compositions at K = 3 by counting.
  const SuggestedPlan plan = suggest_plan(*data);
  EXPECT_EQ(plan.labelled, "interior:0.7");
  EXPECT_EQ(plan.unlabelled, "interior:0.7");
  EXPECT_EQ(plan.unfeatured, "corners:501:0.05");
  std::size_t inside = 0;
  for (int a = 2; a <= 5; ++a)
    for (int b = 2; b <= 5; ++b) inside += 10 - a - b >= 2 && 10 - a - b <= 5 ? 1 : 0;
  EXPECT_THAT(plan.reason.english(), HasSubstr(std::to_string(inside) + " of the 66 labelled spectra"));
  EXPECT_EQ(planned(*data, plan.labelled, plan.unlabelled, plan.unfeatured).plan.labelled.size(), inside);
}

TEST(SuggestPlan, LearnsFromSpectraWithoutComposition) {
  const auto data = make_data(lattice(10, 3));
  const SuggestedPlan plan = suggest_plan(*data);
  EXPECT_EQ(plan.unlabelled, "interior:0.7+not:labelled");
  const auto run = planned(*data, plan.labelled, plan.unlabelled, plan.unfeatured);
  EXPECT_EQ(run.plan.unlabelled.size(), run.plan.labelled.size() + 3);
}

TEST(SuggestPlan, FollowsTheFilesSplit) {
  DatasetParts parts = lattice(4);  // 15 rows, 3 in the interior
  std::vector<std::int64_t> split(15, 0);
  split[2] = split[8] = 1;
  parts.metadata.push_back({"split", split});
  const auto data = make_data(parts);
  const SuggestedPlan plan = suggest_plan(*data);
  EXPECT_EQ(plan.labelled, "split=0");
  EXPECT_EQ(plan.unlabelled, "split=0");
  EXPECT_EQ(planned(*data, plan.labelled, plan.unlabelled, plan.unfeatured).plan.unlabelled.size(), 13U);
  // A split without a second side says nothing.
  parts.metadata[0].values = std::vector<std::int64_t>(15, 0);
  EXPECT_EQ(suggest_plan(*make_data(parts)).labelled, "max<=0.8");
}

TEST(SuggestPlan, KeepsThePurestOutWhereThatLeavesMixtures) {
  const auto data = make_data(lattice(4));
  const SuggestedPlan plan = suggest_plan(*data);
  EXPECT_EQ(plan.labelled, "max<=0.8");
  EXPECT_EQ(planned(*data, plan.labelled, plan.unlabelled, plan.unfeatured).plan.labelled.size(), 12U);
}

TEST(SuggestPlan, UsesEveryLabelOfPureSamples) {
  const auto data = make_data(lattice(1));
  const SuggestedPlan plan = suggest_plan(*data);
  EXPECT_EQ(plan.labelled, "labelled");
  EXPECT_EQ(plan.unlabelled, "labelled");
  EXPECT_EQ(planned(*data, plan.labelled, plan.unlabelled, plan.unfeatured).plan.labelled.size(), 3U);
}

TEST(SuggestPlan, SaysThatTrainingNeedsCompositions) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(3, 4, 1.0F);
  const SuggestedPlan plan = suggest_plan(*make_data(std::move(parts)));
  EXPECT_EQ(plan.labelled, "none");
  EXPECT_EQ(plan.unlabelled, "all");
  EXPECT_EQ(plan.unfeatured, "none");
  EXPECT_THAT(plan.reason.english(), HasSubstr("needs compositions"));
}

TEST(SuggestPlan, SpreadsLessAroundTheCornersOfManyComponents) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(30, 4, 1.0F);
  parts.abundances = *Abundances::create(Matrix<double>(30, 30, 1.0 / 30), [] {
    std::vector<std::string> names;
    names.reserve(30);
    for (int k = 0; k < 30; ++k) names.push_back("c" + std::to_string(k));
    return names;
  }());
  const auto data = make_data(std::move(parts));
  const SuggestedPlan plan = suggest_plan(*data);
  EXPECT_EQ(plan.unfeatured, "corners:501:0.017");
  EXPECT_TRUE(make_unfeatured(plan.unfeatured, 30, 0));
}

TEST(SuggestPreset, IsOneThatExists) {
  EXPECT_TRUE(TrainConfig::from_preset(suggest_preset(*make_data(lattice(2))).name));
}

}  // namespace
}  // namespace assayer
