// SPDX-License-Identifier: GPL-3.0-or-later
// The method 'guided' on measured spectra; skipped where they are not there.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/io/importer.h"
#include "core/metrics/evaluation.h"
#include "recorder.h"

namespace assayer {
namespace {

struct Learnt {
  Evaluation measures;
  std::map<std::string, std::string> facts;
};

/// Trains two members on the rows `labelled` alone, with unfeatured points at corners and everywhere.
class GuidedData : public testing::Test {
 protected:
  static DatasetPtr load(const char* name) {
    const auto path = std::filesystem::path(ASSAYER_SHARED_DIR) / "data" / name;
    if (!std::filesystem::exists(path)) return nullptr;
    RunControl control;
    auto imported = ImporterRegistry::standard().load(path, control);
    EXPECT_TRUE(imported) << imported.error().message();
    return imported ? imported->data : nullptr;
  }

  static Learnt learn(const DatasetPtr& data, std::string_view labelled) {
    TrainConfig config = *TrainConfig::from_preset("guided");
    config.members = 2;
    config.snapshot_seconds = 1e6;
    const auto planned = make_plan(*data, labelled, labelled, "corners:250:0.05+dirichlet:250", config);
    EXPECT_TRUE(planned) << planned.error().message();
    const auto engine = Engine::load();
    EXPECT_TRUE(engine);
    auto run = (*engine)->create_trainer(data, planned->plan, config);
    EXPECT_TRUE(run) << run.error().message();
    if (!run) return {};
    RunControl control;
    test::Recorder recorder;
    EXPECT_TRUE((*run)->run(control, recorder));
    const auto model = (*run)->model();
    const auto prediction = model->predict(data->spectra());
    EXPECT_TRUE(prediction);
    auto measures = evaluate(*data, *prediction, model->endmembers(), planned->plan.labelled,
                             planned->plan.unlabelled, 2);
    EXPECT_TRUE(measures) << measures.error().message();
    return {*measures, model->state().facts};
  }
};

TEST_F(GuidedData, PyroxenesAtThreeGrainSizes) {
  const DatasetPtr data = load("relab_xp_opx_cpx.h5");
  if (!data) GTEST_SKIP() << "relab_xp_opx_cpx.h5 is not in the shared folder";
  const Learnt learnt = learn(data, "max<=0.75");
  EXPECT_EQ(learnt.facts.at("link"), "hapke") << learnt.facts.at("link_reason");
  EXPECT_EQ(learnt.facts.at("task"), "unmixing") << learnt.facts.at("task_reason");
  ASSERT_TRUE(learnt.measures.endmembers);
  // Least squares of reflectance: 1.27; the paper's networks 1.2.
  EXPECT_LT(learnt.measures.endmembers->mean_l2, 0.8);
  EXPECT_LT(*learnt.measures.kl->held_out, 0.045);
}

TEST_F(GuidedData, MeatInTheNearInfrared) {
  const DatasetPtr data = load("tecator_meat.h5");
  if (!data) GTEST_SKIP() << "tecator_meat.h5 is not in the shared folder";
  const Learnt learnt = learn(data, "split=0");
  EXPECT_EQ(learnt.facts.at("task"), "calibration") << learnt.facts.at("task_reason");
  ASSERT_TRUE(learnt.measures.kl && learnt.measures.kl->held_out);
  // PLS: .011.
  EXPECT_LT(*learnt.measures.kl->held_out, 0.0035);
}

}  // namespace
}  // namespace assayer
