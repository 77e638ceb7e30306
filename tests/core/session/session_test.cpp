// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../train/small_data.h"

namespace assayer {
namespace {

using test::lattice;
using test::make_data;
using testing::ElementsAre;
using testing::HasSubstr;

Session started(DatasetPtr data) {
  auto session = Session::start(std::move(data));
  EXPECT_TRUE(session.has_value()) << session.error().message();
  return session ? *session : Session();
}

TEST(Session, StartsWithTheSuggestedPlan) {
  const auto data = make_data(lattice(10, 2));
  const Session session = started(data);
  const SuggestedPlan suggested = suggest_plan(*data);
  const auto expected =
      make_plan(*data, suggested.labelled, suggested.unlabelled, suggested.unfeatured, session.config());
  const auto plan = session.plan();
  ASSERT_TRUE(expected && plan);
  EXPECT_EQ(plan->plan.labelled, expected->plan.labelled);
  EXPECT_EQ(plan->plan.unlabelled, expected->plan.unlabelled);
  EXPECT_EQ(plan->plan.unfeatured, expected->plan.unfeatured);
  EXPECT_EQ(session.suggestion().english(), suggested.reason.english());
  EXPECT_EQ(session.roles().size(), 68U);
  EXPECT_EQ(session.roles()[0], Role::HeldOut);      // a corner
  EXPECT_EQ(session.roles()[67], Role::Unlabelled);  // no composition
}

TEST(Session, ShowsTheDrawnLabelsAsRoles) {
  // Order 80: 3321 compositions, of which the interior holds more than the 500 of max_labelled.
  const auto data = make_data(lattice(80));
  const Session session = started(data);
  const auto plan = session.plan();
  ASSERT_TRUE(plan);
  EXPECT_EQ(rows_with(session.roles(), Role::Labelled).size(), 500U);
  EXPECT_EQ(plan->plan.labelled, rows_with(session.roles(), Role::Labelled));
  EXPECT_GT(rows_with(session.roles(), Role::Unlabelled).size(), 0U);
  EXPECT_THAT(session.suggestion().english(), HasSubstr("drawn with seed 0"));
}

TEST(Session, ExcludesSpectraThatAreNotFinite) {
  DatasetParts parts = lattice(10);
  parts.spectra(30, 2) = std::numeric_limits<float>::quiet_NaN();
  const Session session = started(make_data(std::move(parts)));
  EXPECT_THAT(rows_with(session.roles(), Role::Excluded), ElementsAre(30));
}

TEST(Session, OpensDataThatCannotBeTrainedOn) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(3, 4, 1.0F);
  const Session session = started(make_data(std::move(parts)));
  EXPECT_EQ(rows_with(session.roles(), Role::Unlabelled).size(), 3U);
  EXPECT_THAT(session.suggestion().english(), HasSubstr("needs compositions"));
  const auto plan = session.plan();
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, Error::Kind::Data);
}

TEST(Session, WithoutDataSaysSo) {
  EXPECT_FALSE(Session::start(nullptr));
  EXPECT_FALSE(Session().plan());
}

TEST(Session, SetsRolesAndCountsTheChanges) {
  Session session = started(make_data(lattice(4, 2)));  // 15 labelled, 2 not
  EXPECT_EQ(session.set_role({0, 1, 2}, Role::Excluded), 3U);
  EXPECT_EQ(session.set_role({1, 2, 3}, Role::Excluded), 1U);
  // Rows without composition stay what they are, and so do rows that are not there.
  EXPECT_EQ(session.set_role({0, 15, 16, 99}, Role::Labelled), 1U);
  EXPECT_EQ(session.roles()[15], Role::Unlabelled);
  EXPECT_EQ(session.set_role({15}, Role::HeldOut), 1U);
  const auto plan = session.plan();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->plan.labelled[0], 0U);
}

TEST(Session, AddsUnfeaturedCompositions) {
  Session session = started(make_data(lattice(4)));
  session.set_unfeatured({});
  session.add_unfeatured(std::vector<double>{2, 1, 1});
  session.add_unfeatured(std::vector<double>{0.9, 0.2, -0.1});
  EXPECT_EQ(session.unfeatured().rows(), 2U);
  EXPECT_EQ(session.unfeatured()(0, 0), 0.5);
  EXPECT_EQ(session.unfeatured()(1, 2), 0);
  EXPECT_NEAR(session.unfeatured()(1, 0), 0.9 / 1.1, 1e-15);
  session.add_unfeatured(std::vector<double>{1, 0});
  session.add_unfeatured(std::vector<double>{0, 0, 0});
  session.add_unfeatured(std::vector<double>{test::kNaN, 1, 0});
  EXPECT_EQ(session.unfeatured().rows(), 2U);
  const auto plan = session.plan();
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(plan->plan.unfeatured, session.unfeatured());
}

TEST(Session, PlansWithItsConfiguration) {
  Session session = started(make_data(lattice(10)));
  TrainConfig config = session.config();
  config.max_labelled = 2;
  session.set_config(config);
  const auto plan = session.plan();
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->plan.labelled.size(), 2U);
  EXPECT_EQ(plan->warnings.size(), 1U);
  config.rate = -1;
  session.set_config(config);
  EXPECT_FALSE(session.plan());
}

}  // namespace
}  // namespace assayer
