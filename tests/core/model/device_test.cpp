// SPDX-License-Identifier: GPL-3.0-or-later
// What differs between the CPU and a CUDA device. Tests named Cuda are skipped where none answers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/model/adam.h"
#include "core/model/repeated_work.h"
#include "core/model/runtime.h"
#include "core/train/engine.h"
#include "fixture.h"
#include "recorder.h"

namespace assayer {
namespace {

using model::Index;
using model::Parameters;
using model::RepeatedWork;

TEST(WholeBlock, TakesTheStepsOfEveryMember) {
  test::SmallProblem problem("tanh");
  Parameters& parameters = problem.networks.parameters();
  model::Adam each(parameters, {});
  model::Adam whole(parameters, {});
  const std::vector<std::vector<double>> rates = {{3e-3, 1e-2}, {3e-3, 1e-2}, {3e-3, 0}, {3e-3, 0}};
  for (const auto& of_members : rates) {
    parameters.zero_gradients();
    objective(problem.networks, problem.batch, problem.noise, {}).total.sum().backward();
    if (of_members[1] == 0) {  // a member stands still because it failed
      for (std::size_t p = 0; p < parameters.count(); ++p)
        parameters.of_members(parameters.gradients(), p)[1].fill_(std::numeric_limits<double>::quiet_NaN());
    }
    const at::Tensor before = parameters.values().clone();
    each.ascend(parameters, of_members, 0.5);
    const at::Tensor expected = parameters.values().clone();
    parameters.values().copy_(before);
    whole.begin_step();
    whole.ascend_whole(parameters, of_members, 0.5);
    EXPECT_TRUE(at::allclose(parameters.values(), expected, 1e-12, 1e-14));
    EXPECT_TRUE(at::allclose(whole.first(), each.first(), 1e-12, 1e-14));
    EXPECT_TRUE(at::allclose(whole.second(), each.second(), 1e-12, 1e-14));
  }
}

TEST(RepeatedWorkOnTheCpu, IsDoneEveryTime) {
  RepeatedWork work(at::kCPU);
  int calls = 0;
  for (int i = 0; i < 6; ++i) work.run([&] { ++calls; });
  EXPECT_EQ(calls, 6);
  EXPECT_FALSE(work.recorded());
}

TEST(WorthADevice, ManyValuesForEachThreadOrNoFusedStep) {
  TrainConfig config;
  config.batch = 100;
  config.threads = 1;
  TrainPlan plan;
  plan.unlabelled.resize(992);
  EXPECT_FALSE(model::worth_a_device(config, plan, 165, true));
  EXPECT_TRUE(model::worth_a_device(config, plan, 5485, true));
  EXPECT_TRUE(model::worth_a_device(config, plan, 165, false));
  config.members = 4;
  EXPECT_TRUE(model::worth_a_device(config, plan, 165, true));
  config.threads = 2;
  EXPECT_FALSE(model::worth_a_device(config, plan, 165, true));
  config.threads = 1;
  plan.unlabelled.resize(50);  // a smaller mini-batch
  EXPECT_FALSE(model::worth_a_device(config, plan, 165, true));
}

class Cuda : public testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device answers, or this LibTorch was built without CUDA";
  }
};

TEST_F(Cuda, RepeatedWorkIsRecordedAndReplayed) {
  const auto options = at::TensorOptions(at::kDouble).device(at::kCUDA);
  const at::Tensor sum = at::zeros({1000}, options);
  const at::Tensor step = at::ones({1000}, options);
  RepeatedWork work(at::kCUDA);
  int calls = 0;
  for (int i = 0; i < 10; ++i) {
    step.fill_(i);  // outside of the recording: seen by every replay
    work.run([&] {
      ++calls;
      sum.add_(step * 2);
    });
  }
  EXPECT_TRUE(work.recorded());
  EXPECT_LT(calls, 10);
  EXPECT_EQ(sum.sum().item<double>(), 2 * 45 * 1000);
}

TEST_F(Cuda, WhatLooksAtANumberIsDoneAsItComes) {
  const at::Tensor sum = at::zeros({10}, at::TensorOptions(at::kDouble).device(at::kCUDA));
  RepeatedWork work(at::kCUDA);
  double seen = 0;
  for (int i = 0; i < 8; ++i) {
    work.run([&] {
      sum.add_(1);
      seen = sum.sum().item<double>();
    });
  }
  EXPECT_FALSE(work.recorded());
  EXPECT_EQ(seen, 80);
}

TEST_F(Cuda, GradientsAreThoseOfTheCpu) {
  for (const char* nonlinearity : {"tanh", "softplus"}) {
    test::SmallProblem problem(nonlinearity);
    using P = test::SmallProblem;
    model::Networks networks(P::config(nonlinearity), {P::M, P::C, P::K, P::Z},
                             at::TensorOptions(at::kDouble).device(at::kCUDA));
    {
      const at::NoGradGuard no_grad;
      networks.parameters().values().copy_(problem.networks.parameters().values());
    }
    const auto there = [](const at::Tensor& t) { return t.defined() ? t.to(at::kCUDA) : t; };
    const model::Batch batch{there(problem.batch.x_l), there(problem.batch.y_l), there(problem.batch.x_u),
                             there(problem.batch.y_u)};
    model::Noise noise;
    for (const auto part : {&model::Noise::z_l, &model::Noise::y_u, &model::Noise::z_u, &model::Noise::x_y,
                            &model::Noise::prior_9, &model::Noise::prior_10, &model::Noise::prior_14})
      noise.*part = there(problem.noise.*part);
    const auto here = objective(problem.networks, problem.batch, problem.noise, {});
    const auto device = objective(networks, batch, noise, {});
    here.total.sum().backward();
    device.total.sum().backward();
    EXPECT_TRUE(at::allclose(device.total.cpu(), here.total, 1e-10, 1e-12)) << nonlinearity;
    EXPECT_TRUE(at::allclose(networks.parameters().gradients().cpu(),
                             problem.networks.parameters().gradients(), 1e-9, 1e-11))
        << nonlinearity;
  }
}

/// A method and settings beside the preset's.
struct Way {
  const char* name;
  const char* preset;
  std::vector<std::pair<const char*, const char*>> settings;
};

class CudaTraining : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device answers, or this LibTorch was built without CUDA";
    auto loaded = Engine::load();
    ASSERT_TRUE(loaded) << loaded.error().message();
    engine = *loaded;
    config = *TrainConfig::from_preset(GetParam().preset);
    for (const auto& [key, value] : GetParam().settings) {
      const auto set = config.set(key, value);
      ASSERT_TRUE(set) << set.error().message();
    }
    config.epochs = 12;
    config.batch = 16;
    config.members = 2;
    config.seed = 7;
    config.device = "cuda";
  }

  std::pair<TrainReport, ModelState> train(const TrainConfig& settings, const ModelState* resume = nullptr) {
    auto run = engine->create_trainer(data, plan, settings, resume);
    EXPECT_TRUE(run) << run.error().message();
    if (!run) return {};
    RunControl control;
    test::Recorder recorder;
    const auto report = (*run)->run(control, recorder);
    EXPECT_TRUE(report) << report.error().message();
    return {report ? *report : TrainReport{}, (*run)->state()};
  }

  std::shared_ptr<const Engine> engine;
  DatasetPtr data = test::small_dataset();
  TrainConfig config;
  TrainPlan plan = test::small_plan();
};

TEST_P(CudaTraining, SameSeedSameBits) {
  const auto [report, first] = train(config);
  EXPECT_EQ(report.stopped_by, StopReason::Completed) << report.message;
  EXPECT_EQ(first.weights, train(config).second.weights);
  config.seed = 8;
  EXPECT_NE(first.weights, train(config).second.weights);
}

// The first steps of a run are computed as they come and the others replayed: a run that is gone on from its
// middle gets the same numbers in the other way.
TEST_P(CudaTraining, ResumeContinuesBitForBit) {
  const ModelState whole = train(config).second;
  TrainConfig half = config;
  half.epochs = config.method == "guided" ? 7 : 5;
  if (config.method == "guided") GTEST_SKIP() << "its schedule depends on the number of epochs";
  const ModelState checkpoint = train(half).second;
  const ModelState resumed = train(config, &checkpoint).second;
  EXPECT_EQ(resumed.weights, whole.weights);
  EXPECT_EQ(resumed.training->moments, whole.training->moments);
  EXPECT_EQ(resumed.training->generators, whole.training->generators);
}

TEST_P(CudaTraining, LearnsWhatTheCpuLearns) {
  config.epochs = config.method == "guided" ? 400 : 150;
  const auto mean_of_the_end = [](const ModelState& state) {
    const auto& history = state.training->history;
    const std::size_t count = history.size() / 5;
    double sum = 0;
    for (std::size_t i = history.size() - count; i < history.size(); ++i) sum += history[i].total;
    return sum / static_cast<double>(count);
  };
  const ModelState there = train(config).second;
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  config.device = "cpu";
  for (const std::uint64_t seed : {7U, 17U, 27U}) {
    config.seed = seed;
    const double end = mean_of_the_end(train(config).second);
    least = std::min(least, end);
    most = std::max(most, end);
  }
  const double slack = std::max(2 * (most - least), 0.02 * std::abs(most));
  EXPECT_GT(mean_of_the_end(there), least - slack);
  EXPECT_LT(mean_of_the_end(there), most + slack);
}

TEST_P(CudaTraining, NotFiniteKeepsTheLastGoodState) {
  if (config.method == "guided") GTEST_SKIP() << "its steps are limited";
  config.rate = 1e30;
  const auto [report, state] = train(config);
  EXPECT_EQ(report.stopped_by, StopReason::Numeric);
  for (const NamedArray& weight : state.weights) {
    for (const float value : weight.values) ASSERT_TRUE(std::isfinite(value)) << weight.name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ways, CudaTraining,
    testing::Values(Way{"Untapped", "crism", {}}, Way{"M2", "crism", {{"method", "m2"}}},
                    Way{"M1", "crism", {{"method", "m1"}}},
                    Way{"PublishedCode", "crism", {{"objective", "published-code"}, {"spread", "softplus"}}},
                    Way{"Inferred", "crism", {{"reverse_z", "inferred"}, {"samples", "3"}}},
                    Way{"Importance", "crism", {{"bound", "importance"}, {"samples", "3"}}},
                    Way{"PlanarFlow", "crism", {{"flow", "planar"}}},
                    Way{"CouplingFlow", "crism", {{"flow", "coupling"}}}, Way{"Positive", "libs", {}},
                    Way{"Concrete", "crism", {{"y_posterior", "concrete"}, {"z_prior", "gaussian"}}},
                    Way{"Guided", "guided", {{"link", "identity"}}}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace assayer
