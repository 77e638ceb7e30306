// SPDX-License-Identifier: GPL-3.0-or-later
// Training with the fused step, through the engine's face: the same results as with autograd but for the
// spread over seeds, whatever the number of threads, and nothing allocated once it runs.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <numeric>

#include "core/metrics/evaluation.h"
#include "core/simulate/crism_lab.h"
#include "core/train/engine.h"
#include "recorder.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// Not inlined: GCC would see free() of what operator new gave, and not that both are ours.
// Every tensor of LibTorch passes through operator new, and so does everything of ours.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ASSAYER_COUNTS_ALLOCATIONS 1
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

namespace assayer {
namespace {

class FusedTrainingTest : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Engine::load();
    ASSERT_TRUE(loaded) << loaded.error().message();
    engine = *loaded;
    RunControl control;
    auto lab = simulate_crism_lab({}, control);
    ASSERT_TRUE(lab) << lab.error().message();
    data = *lab;
    config.snapshot_seconds = 1e6;
    config.checkpoint_seconds = 1e6;
    auto made = make_plan(*data, "interior:0.7", "interior:0.7", "corners:501:0.05", config);
    ASSERT_TRUE(made) << made.error().message();
    plan = made->plan;
  }

  Result<std::unique_ptr<Trainer>> trainer(const ModelState* resume = nullptr) {
    return engine->create_trainer(data, plan, config, resume);
  }
  ModelState train() {
    auto made = trainer();
    EXPECT_TRUE(made) << made.error().message();
    RunControl control;
    test::Recorder recorder;
    auto report = (*made)->run(control, recorder);
    EXPECT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->stopped_by, StopReason::Completed) << report->message;
    return (*made)->state();
  }

  std::shared_ptr<const Engine> engine;
  DatasetPtr data;
  TrainConfig config;
  TrainPlan plan;
};

TEST_F(FusedTrainingTest, TheRunNotesWhichPathItTook) {
  config.epochs = 1;
  EXPECT_EQ(train().config.step, "fused");
  config.step = "autograd";
  EXPECT_EQ(train().config.step, "autograd");
  config.step = "auto";
  config.objective = "published-code";
  config.spread = "softplus";
  EXPECT_EQ(train().config.step, "fused");
  config.objective = "paper";
  config.reverse_z = "inferred";
  EXPECT_EQ(train().config.step, "autograd");
  config.reverse_z = "observed";
  config.likelihood = "softplus-gaussian";
  config.y_posterior = "concrete";
  config.z_prior = "gaussian";
  config.step = "auto";
  EXPECT_EQ(train().config.step, "fused");
  config.step = "fused";
  config.method = "m1";
  auto refused = trainer();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("fused"), std::string::npos) << refused.error().message();
}

TEST_F(FusedTrainingTest, ThreadsDoNotChangeABit) {
  config.members = 5;
  config.epochs = 3;
  const ModelState alone = train();
  config.threads = 2;
  ModelState shared = train();
  EXPECT_EQ(shared.weights, alone.weights);
  config.threads = 8;  // more than members
  shared = train();
  EXPECT_EQ(shared.weights, alone.weights);
  EXPECT_EQ(shared.training->history.back().total, alone.training->history.back().total);
}

TEST_F(FusedTrainingTest, AMemberIsTheSingleRunOfItsSeedToTheBit) {
  config.members = 3;
  config.epochs = 3;
  config.seed = 20;
  const ModelState population = train();
  config.members = 1;
  config.seed = 22;
  const ModelState single = train();
  for (std::size_t w = 0; w < single.weights.size(); ++w) {
    const std::vector<float>& all = population.weights[w].values;
    const std::size_t n = single.weights[w].values.size();
    EXPECT_TRUE(std::equal(single.weights[w].values.begin(), single.weights[w].values.end(),
                           all.begin() + static_cast<std::ptrdiff_t>(2 * n)))
        << single.weights[w].name;
  }
}

TEST_F(FusedTrainingTest, AResumedRunContinuesBitForBit) {
  config.members = 2;
  config.epochs = 6;
  const ModelState whole = train();
  config.epochs = 2;
  const ModelState checkpoint = train();
  config.epochs = 6;
  auto resumed = trainer(&checkpoint);
  ASSERT_TRUE(resumed) << resumed.error().message();
  RunControl control;
  test::Recorder recorder;
  ASSERT_TRUE((*resumed)->run(control, recorder));
  EXPECT_EQ((*resumed)->state().weights, whole.weights);
  EXPECT_EQ((*resumed)->state().training->moments, whole.training->moments);
}

TEST_F(FusedTrainingTest, LearnsWhatAutogradLearns) {
  // The two draw different random numbers: they agree as two seeds do. A population gives mean and spread at
  // once.
  config.members = 5;
  config.epochs = 60;
  const auto objective = [&](const std::string& step) {
    config.step = step;
    const auto history = train().training->history;
    double sum = 0;  // of the last ten epochs, whose mini-batches differ
    for (std::size_t i = history.size() - 10; i < history.size(); ++i) sum += history[i].total;
    return sum / 10;
  };
  const double fused = objective("fused");
  const double autograd = objective("autograd");
  config.members = 1;
  config.step = "fused";
  std::vector<double> seeds;
  for (config.seed = 100; config.seed < 105; ++config.seed) seeds.push_back(objective("fused"));
  const double mean = std::accumulate(seeds.begin(), seeds.end(), 0.0) / 5;
  double squares = 0;
  for (const double value : seeds) squares += (value - mean) * (value - mean);
  const double sd = std::sqrt(squares / 4);
  // A difference of two means of five has √(2 / 5) of the spread; 3.4 of them are the 99 % of Student's t
  // with 8.
  EXPECT_NEAR(fused, autograd, 3.4 * std::sqrt(0.4) * sd + 1e-9 * std::abs(mean)) << "spread " << sd;
  EXPECT_GT(fused, 100) << "it learnt something: untrained networks are below 0";
}

#ifdef ASSAYER_COUNTS_ALLOCATIONS
TEST_F(FusedTrainingTest, AllocatesNothingAndFaultsNoPageOnceItRuns) {
  config.members = 3;
  config.epochs = 40;
  struct Count {
    std::size_t allocations = 0;
    long faults = 0;
  };
  const auto now = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return Count{allocations.load(), usage.ru_minflt};
  };
  for (const auto& [likelihood, y_posterior] :
       {std::pair{"gaussian", "logistic-normal"}, std::pair{"softplus-gaussian", "logistic-normal"},
        std::pair{"bernoulli", "concrete"}}) {
    config.likelihood = likelihood;
    config.y_posterior = y_posterior;
    auto made = trainer();
    ASSERT_TRUE(made) << made.error().message();
    RunControl control;
    test::Recorder recorder;
    Count warm;
    Count end;
    recorder.when_epoch = [&](const ObjectiveRecord& record) {
      if (record.epoch == 10) warm = now();
      if (record.epoch == 40) end = now();
    };
    ASSERT_TRUE((*made)->run(control, recorder));
    EXPECT_GT(warm.allocations, 0U);
    EXPECT_EQ(end.allocations - warm.allocations, 0U) << likelihood << " in 30 epochs";
    // The kernel may take a page away and give it back; a temporary per step would fault hundreds.
    EXPECT_LE(end.faults - warm.faults, 8) << likelihood << " in 30 epochs";
  }
}
#endif

}  // namespace
}  // namespace assayer
