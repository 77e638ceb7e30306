// SPDX-License-Identifier: GPL-3.0-or-later
// How much memory training and prediction take beyond the spectra: less than one more copy of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../process_memory.h"
#include "core/base/random.h"
#include "core/model/runtime.h"
#include "core/model/source_spectra.h"
#include "core/train/methods.h"
#include "core/train/prediction_blocks.h"

namespace assayer {
namespace {

constexpr std::size_t kRows = 100'000;
constexpr std::size_t kFewRows = 300;
constexpr std::size_t kChannels = 256;
constexpr std::uint32_t kLabelled = 60;
constexpr double kMebibyte = 1 << 20;
constexpr double kSpectra = static_cast<double>(kRows * kChannels * sizeof(float)) / kMebibyte;  // 98 MiB
/// Of the spectra's own size: a copy of them as they are is 1, one in double precision 2.
constexpr double kAllowed = 0.75;

static_assert(kRows * kChannels * sizeof(float) > model::SourceSpectra::kMostKept, "fewer are kept");

/// Mixtures of three smooth spectra with a gain as nuisance, of which the first few are labelled.
DatasetPtr mixtures(std::size_t rows) {
  std::array<std::array<double, kChannels>, 3> ends{};
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t c = 0; c < kChannels; ++c)
      ends[k][c] = 0.5 + 0.3 * std::sin(0.03 * static_cast<double>(c) + 2.0 * static_cast<double>(k));
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, kChannels);
  Matrix<double> known(rows, 3, std::numeric_limits<double>::quiet_NaN());
  Random random(1);
  for (std::size_t i = 0; i < rows; ++i) {
    std::array<double, 3> y{};
    for (double& part : y) part = random.gamma(2.0);
    const double sum = y[0] + y[1] + y[2];
    for (double& part : y) part /= sum;
    if (i < kLabelled) std::ranges::copy(y, known.row(i).begin());
    const double gain = i % 2 == 0 ? 1.0 : 0.8;
    for (std::size_t c = 0; c < kChannels; ++c) {
      const double x = y[0] * ends[0][c] + y[1] * ends[1][c] + y[2] * ends[2][c];
      parts.spectra(i, c) = static_cast<float>(gain * x + 0.01 * (random.uniform() - 0.5));
    }
  }
  std::vector<double> axis(kChannels);
  std::iota(axis.begin(), axis.end(), 400.0);
  parts.wavelength = *WavelengthAxis::create(std::move(axis), WavelengthUnit::Nanometre);
  parts.abundances = *Abundances::create(std::move(known), {"a", "b", "c"});
  return *Dataset::create(std::move(parts));
}

TrainPlan plan_of(const Dataset& data, const TrainConfig& config) {
  TrainPlan plan;
  plan.labelled.resize(kLabelled);
  std::iota(plan.labelled.begin(), plan.labelled.end(), 0U);
  plan.unlabelled.resize(data.rows());
  std::iota(plan.unlabelled.begin(), plan.unlabelled.end(), 0U);
  plan.unfeatured = config.method == "m1" ? Matrix<double>(0, 3) : *make_unfeatured("corners:60:0.05", 3, 3);
  return plan;
}

/// Empty where it is a composition for every row.
std::string problem_with(const Prediction& prediction, std::size_t rows) {
  if (prediction.composition.rows() != rows || prediction.z.rows() != rows)
    return std::to_string(prediction.composition.rows()) + " rows are predicted";
  for (std::size_t i = 0; i < rows; ++i) {
    const auto y = prediction.composition.row(i);
    if (!(std::abs(std::accumulate(y.begin(), y.end(), 0.0) - 1) < 1e-3))
      return "row " + std::to_string(i) + " has no composition";
  }
  return {};
}

/// Keeps the last snapshot, as a window does.
struct LastSnapshot final : Observer {
  void on_epoch(const ObjectiveRecord& /*record*/) override {}
  void on_snapshot(std::shared_ptr<const Snapshot> shown) override { snapshot = std::move(shown); }
  void on_checkpoint(const ModelState& /*state*/) override {}
  std::shared_ptr<const Snapshot> snapshot;
};

/// Empty, or what is wrong.
std::string run(Trainer& trainer, std::size_t rows) {
  RunControl control;
  LastSnapshot last;
  const auto report = trainer.run(control, last);
  if (!report) return report.error().message();
  if (report->stopped_by != StopReason::Completed) return report->message;
  return last.snapshot ? problem_with(last.snapshot->prediction, rows) : "nothing was shown";
}

/// How much the process grows at most while `work` has the large data. It has the small ones first: the
/// libraries' own pages come with those.
test::Growth grown(const std::function<std::string(const DatasetPtr&)>& work) {
  return test::in_child([&]() -> test::Growth {
    std::string problem = work(mixtures(kFewRows));
    const DatasetPtr data = mixtures(kRows);
    const double before = test::status_of_process("VmRSS:");
    if (problem.empty()) problem = work(data);
    return {problem, test::status_of_process("VmHWM:") - before};
  });
}

void expect_little(const test::Growth& growth) {
  ASSERT_EQ(growth.problem, "");
  EXPECT_LT(growth.mebibytes, kAllowed * kSpectra);
  // Predictions of every row alone are six times as much; less would mean that something else was measured.
  EXPECT_GT(growth.mebibytes, 1);
}

struct Case {
  std::string name;
  std::string preset;
  std::vector<std::pair<std::string, std::string>> settings;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

/// Why memory cannot be measured here; empty where it can. LibTorch does not differentiate in a copy of a
/// process in which it did so before.
std::string unmeasurable() {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    const bool ran = suite.successful_test_count() + suite.failed_test_count() > 0;
    if (ran && !std::string_view(suite.name()).contains("Memory"))
      return "other tests have run in this process: take this one by itself, as ctest does";
  }
  return test::unmeasurable();
}

class TrainingMemory : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (const std::string why = unmeasurable(); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_P(TrainingMemory, IsLessThanACopyOfTheSpectra) {
  auto config = TrainConfig::from_preset(GetParam().preset);
  ASSERT_TRUE(config) << config.error().message();
  for (const auto& [key, value] : GetParam().settings) ASSERT_TRUE(config->set(key, value)) << key;
  config->device = "cpu";
  config->snapshot_seconds = 1e6;
  config->checkpoint_seconds = 1e6;
  expect_little(grown([&](const DatasetPtr& data) {
    auto trainer = make_trainer(data, plan_of(*data, *config), *config);
    return trainer ? run(**trainer, data->rows()) : trainer.error().message();
  }));
}

INSTANTIATE_TEST_SUITE_P(
    Methods, TrainingMemory,
    testing::Values(
        Case{"guided", "guided", {{"epochs", "20"}, {"link", "identity"}}},
        Case{"guided_autograd", "guided", {{"epochs", "5"}, {"link", "identity"}, {"step", "autograd"}}},
        Case{"untapped", "crism", {{"epochs", "1"}, {"batch", "500"}}},
        Case{"untapped_autograd", "crism", {{"epochs", "1"}, {"batch", "500"}, {"step", "autograd"}}},
        Case{"softplus_gaussian",
             "crism",
             {{"epochs", "1"}, {"batch", "500"}, {"likelihood", "softplus-gaussian"}}},
        Case{"m1", "crism", {{"method", "m1"}, {"epochs", "1"}, {"batch", "500"}}}),
    [](const auto& c) { return c.param.name; });

TEST(PreprocessedMemory, PredictingTakesLessThanACopyOfTheSpectra) {
  if (const std::string why = unmeasurable(); !why.empty()) GTEST_SKIP() << why;
  auto config = *TrainConfig::from_preset("guided");
  config.epochs = 5;
  config.link = "identity";
  config.device = "cpu";
  std::shared_ptr<const Model> model;
  const auto learn = [&](const DatasetPtr& data) -> std::string {
    const auto plan = [&](const Dataset& seen) -> Result<TrainPlan> { return plan_of(seen, config); };
    const std::vector<std::string> steps = {"savgol:window=5"};
    const auto prepared = preprocess_for(data, *Pipeline::parse(steps), plan);
    if (!prepared) return prepared.error().message();
    auto trainer = make_trainer(*prepared, plan_of(*prepared->seen, config), config);
    if (!trainer) return trainer.error().message();
    std::string problem = run(**trainer, data->rows());
    model = (*trainer)->model();
    return problem;
  };
  expect_little(grown([&](const DatasetPtr& data) -> std::string {
    if (!model) {
      if (std::string problem = learn(data); !problem.empty()) return problem;
    }
    const Matrix<double>& known = data->abundances()->values();
    const auto all = model->predict(data->spectra(), &known);
    if (!all) return all.error().message();
    if (std::string problem = problem_with(*all, data->rows()); !problem.empty()) return problem;
    // Blocks are multiples of this many rows: the last rows by themselves are predicted to the same bits.
    const std::size_t first = data->rows() / 8192 * 8192;
    const std::size_t count = data->rows() - first;
    const Matrix<double> known_last = block_of(known, first, count);
    const auto last = model->predict(data->spectra().view(first, count), &known_last);
    if (!last) return last.error().message();
    const bool same = block_of(all->composition, first, count) == last->composition &&
                      block_of(all->z_sd, first, count) == last->z_sd &&
                      std::equal(last->misfit.begin(), last->misfit.end(),
                                 all->misfit.begin() + static_cast<std::ptrdiff_t>(first));
    return same ? "" : "a block by itself has other answers";
  }));
}

TEST(ProcessMemory, WhatWasFreedGoesBackAfterARun) {
  if (const std::string why = test::unmeasurable(); !why.empty()) GTEST_SKIP() << why;
  constexpr std::size_t kBlock = 1 << 20;
  constexpr std::size_t kBlocks = 256;
  const test::Growth growth = test::in_child([&]() -> test::Growth {
    model::prepare_process();
    const double before = test::status_of_process("VmRSS:");
    std::vector<std::vector<char>> blocks(kBlocks);
    for (auto& block : blocks) block.assign(kBlock, 'x');
    // Above the others: the heap cannot just end sooner.
    const std::vector<char> in_use(kBlock, 'y');
    blocks.clear();
    const double stayed = test::status_of_process("VmRSS:") - before;
    if (stayed < 200)
      return {"of 256 MiB only " + std::to_string(stayed) + " stayed after they were freed", 0};
    model::give_back_memory();
    const double left = test::status_of_process("VmRSS:") - before;
    return in_use.back() == 'y' ? test::Growth{"", left} : test::Growth{"what is in use was lost", 0};
  });
  ASSERT_EQ(growth.problem, "");
  EXPECT_LT(growth.mebibytes, 16);
}

}  // namespace
}  // namespace assayer
