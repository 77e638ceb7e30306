// SPDX-License-Identifier: GPL-3.0-or-later
// Plans on genuine data, read in place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/io/importer.h"
#include "core/session/session.h"
#include "core/train/train_plan.h"

namespace assayer {
namespace {

struct Expected {
  const char* file;
  const char* labelled;
  const char* unlabelled;
  std::size_t labelled_rows;  ///< counted with numpy from the files' /abundance
                              ///< and /split
  std::size_t unlabelled_rows;
};

class SuggestedPlans : public testing::TestWithParam<Expected> {};

TEST_P(SuggestedPlans, FitGenuineData) {
  const auto path = std::filesystem::path(ASSAYER_SHARED_DIR) / "data" / GetParam().file;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(path, control);
  ASSERT_TRUE(imported) << imported.error().message();
  const Dataset& data = *imported->data;

  const SuggestedPlan suggested = suggest_plan(data);
  EXPECT_EQ(suggested.labelled, GetParam().labelled) << suggested.reason.english();
  EXPECT_EQ(suggested.unlabelled, GetParam().unlabelled);
  const auto session = Session::start(imported->data);
  ASSERT_TRUE(session) << session.error().message();
  const auto plan = session->plan();
  if (GetParam().labelled_rows == 0) {
    ASSERT_FALSE(plan);
    EXPECT_THAT(suggested.reason.english(), testing::HasSubstr("needs compositions"));
    return;
  }
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(plan->plan.labelled.size(), GetParam().labelled_rows);
  EXPECT_EQ(plan->plan.unlabelled.size(), GetParam().unlabelled_rows);
  EXPECT_EQ(plan->plan.unfeatured.cols(), data.components());
  EXPECT_EQ(plan->plan.unfeatured.rows(), 501U);
}

INSTANTIATE_TEST_SUITE_P(
    Files, SuggestedPlans,
    testing::Values(Expected{"crism_like.h5", "interior:0.7", "interior:0.7", 500, 992},
                    Expected{"samson.h5", "interior:0.7", "interior:0.7", 500, 947},
                    Expected{"relab_xp_opx_cpx.h5", "interior:0.7", "interior:0.7", 19, 19},
                    Expected{"tecator_meat.h5", "split=0", "split=0", 129, 129},
                    Expected{"usgs_fo_di_by.h5", "labelled", "labelled", 3, 3},
                    // Its oxides sum to 0.56, which is not a composition: the reader leaves them out.
                    Expected{"bhvo2_chemcam.h5", "none", "all", 0, 0},
                    Expected{"chemcam_ccs_sol13.h5", "none", "all", 0, 0}),
    [](const auto& tested) {
      std::string name = tested.param.file;
      return name.substr(0, name.find('.'));
    });

}  // namespace
}  // namespace assayer
