// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "core/metrics/evaluation.h"
#include "core/train/best_state.h"
#include "core/train/engine.h"
#include "fixture.h"

namespace assayer {
namespace {

struct Recorder final : Observer {
  void on_epoch(const ObjectiveRecord& record) override {
    records.push_back(record);
    ++epochs_seen;
    if (when_epoch) when_epoch(record);
  }
  void on_snapshot(std::shared_ptr<const Snapshot> snapshot) override {
    snapshots.push_back(std::move(snapshot));
  }
  void on_checkpoint(const ModelState& state) override {
    checkpoints.push_back(state);
    ++checkpoints_seen;
  }
  /// What other threads may look at while the run goes on.
  std::atomic<std::size_t> epochs_seen{0};
  std::atomic<std::size_t> checkpoints_seen{0};
  std::vector<ObjectiveRecord> records;
  std::vector<std::shared_ptr<const Snapshot>> snapshots;
  std::vector<ModelState> checkpoints;
  std::function<void(const ObjectiveRecord&)> when_epoch;
};

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Engine::load();
    ASSERT_TRUE(loaded) << loaded.error().message();
    engine = *loaded;
    data = test::small_dataset();
    config.epochs = 12;
    config.batch = 16;
    config.seed = 7;
  }

  std::unique_ptr<Trainer> trainer(const TrainConfig& settings, const ModelState* resume = nullptr) {
    auto created = engine->create_trainer(data, plan, settings, resume);
    EXPECT_TRUE(created) << created.error().message();
    return created ? std::move(*created) : nullptr;
  }
  std::pair<TrainReport, ModelState> train(const TrainConfig& settings, const ModelState* resume = nullptr) {
    auto run = trainer(settings, resume);
    RunControl control;
    Recorder recorder;
    auto report = run->run(control, recorder);
    EXPECT_TRUE(report) << report.error().message();
    return {*report, run->state()};
  }

  std::shared_ptr<const Engine> engine;
  DatasetPtr data;
  TrainConfig config;
  TrainPlan plan = test::small_plan();
};

TEST_F(TrainerTest, SameSeedSameBits) {
  const auto [report, first] = train(config);
  const auto second = train(config).second;
  EXPECT_EQ(report.stopped_by, StopReason::Completed);
  EXPECT_EQ(report.epochs, 12);
  EXPECT_EQ(report.steps, 12 * 3);  // 45 unlabelled rows in batches of 16
  EXPECT_EQ(first.weights, second.weights);
  config.seed = 8;
  EXPECT_NE(train(config).second.weights, first.weights);
}

TEST_F(TrainerTest, ResumeContinuesBitForBit) {
  const ModelState whole = train(config).second;
  TrainConfig half = config;
  half.epochs = 5;
  const ModelState checkpoint = train(half).second;
  const auto [report, resumed] = train(config, &checkpoint);
  EXPECT_EQ(resumed.weights, whole.weights);
  EXPECT_EQ(resumed.training->moments, whole.training->moments);
  EXPECT_EQ(resumed.training->generators, whole.training->generators);
  ASSERT_EQ(resumed.training->history.size(), whole.training->history.size());
  EXPECT_EQ(resumed.training->history.back().total, whole.training->history.back().total);
  EXPECT_EQ(resumed.mean_z, whole.mean_z);
}

/// The epoch at which the mean of J over the `span` epochs that end there is highest, from the records alone.
std::int64_t best_epoch(const std::vector<ObjectiveRecord>& records, std::size_t span) {
  std::int64_t best = 0;
  double highest = -std::numeric_limits<double>::infinity();
  for (std::size_t end = span; end <= records.size(); ++end) {
    double sum = 0;
    for (std::size_t i = end - span; i < end; ++i) sum += records[i].total;
    if (sum / static_cast<double>(span) > highest) {
      highest = sum / static_cast<double>(span);
      best = records[end - 1].epoch;
    }
  }
  return best;
}

TEST_F(TrainerTest, TheBestStateIsThatOfTheHighestMeanObjective) {
  // Steps as large as that throw the run about, so that its end is not its best.
  config.epochs = 80;
  config.rate = 0.2;
  const ModelState whole = train(config).second;
  ASSERT_TRUE(whole.training->best);
  const BestState& best = *whole.training->best;
  ASSERT_EQ(best.epoch, best_epoch(whole.training->history, 20));
  ASSERT_LT(best.epoch, 80) << "the run must have a best state before its end for this test";

  // The same weights as those of a run that ends there.
  TrainConfig until = config;
  until.epochs = best.epoch;
  const ModelState there = train(until).second;
  EXPECT_EQ(best.weights, there.weights);
  EXPECT_EQ(best.mean_z, there.mean_z);
  ASSERT_TRUE(there.training->best);
  EXPECT_EQ(there.training->best->epoch, best.epoch);
  EXPECT_TRUE(there.training->best->weights.empty()) << "the last weights are the best and stand there once";

  const auto chosen = best_of(whole);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->weights, there.weights);
  EXPECT_FALSE(chosen->training);
  EXPECT_NE(chosen->facts.at("state").find("epoch " + std::to_string(best.epoch) + " of 80"),
            std::string::npos);
  EXPECT_EQ(best_of(there)->weights, there.weights);
}

TEST_F(TrainerTest, AResumedRunKnowsTheBestStateOfItsWholeLife) {
  config.epochs = 80;
  config.rate = 0.2;
  const ModelState whole = train(config).second;
  ASSERT_TRUE(whole.training->best);
  // Before, at and after the best epoch, and where there was none yet.
  for (const std::int64_t epochs : {std::int64_t{10}, whole.training->best->epoch, std::int64_t{79}}) {
    TrainConfig part = config;
    part.epochs = epochs;
    const ModelState checkpoint = train(part).second;
    const ModelState resumed = train(config, &checkpoint).second;
    EXPECT_EQ(resumed.weights, whole.weights) << epochs;
    EXPECT_EQ(resumed.training->best, whole.training->best) << epochs;
  }
}

TEST_F(TrainerTest, TooFewEpochsHaveNoBestState) {
  const ModelState state = train(config).second;
  EXPECT_FALSE(state.training->best);
  EXPECT_FALSE(best_of(state));
  EXPECT_TRUE(best_words(state).empty());
}

TEST_F(TrainerTest, HeldOutRowsDoNotChooseTheBestState) {
  config.epochs = 60;
  config.rate = 0.2;
  const ModelState first = train(config).second;
  // Other truth for the rows that training does not see.
  DatasetParts parts;
  parts.shared_spectra = data->spectra();
  parts.wavelength = data->wavelength();
  Matrix<double> truth = data->abundances()->values();
  for (std::size_t row = 45; row < truth.rows(); ++row)
    std::ranges::rotate(truth.row(row), truth.row(row).begin() + 1);
  auto abundances = Abundances::create(std::move(truth), data->component_names());
  ASSERT_TRUE(abundances) << abundances.error().message();
  parts.abundances = *std::move(abundances);
  auto changed = Dataset::create(std::move(parts));
  ASSERT_TRUE(changed) << changed.error().message();
  data = *changed;
  const ModelState second = train(config).second;
  ASSERT_TRUE(first.training->best && second.training->best);
  EXPECT_EQ(first.training->best->epoch, second.training->best->epoch);
  EXPECT_EQ(first.training->best->objective, second.training->best->objective);
}

TEST_F(TrainerTest, StoppingInAnEpochAndGoingOnChangesNothing) {
  const ModelState whole = train(config).second;
  auto run = trainer(config);
  Recorder recorder;
  RunControl first;
  recorder.when_epoch = [&](const ObjectiveRecord& record) {
    if (record.epoch == 4) first.request_stop();
  };
  auto stopped = run->run(first, recorder);
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->stopped_by, StopReason::Stopped);
  EXPECT_EQ(stopped->epochs, 4);
  RunControl second;
  ASSERT_TRUE(run->run(second, recorder));
  EXPECT_EQ(run->state().weights, whole.weights);
  ASSERT_EQ(recorder.records.size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(recorder.records[i].epoch, static_cast<std::int64_t>(i) + 1);
}

TEST_F(TrainerTest, APauseStopsTheClockAndShowsTheModel) {
  using Clock = std::chrono::steady_clock;
  const auto wait_for = [](const auto& condition) {
    const auto limit = Clock::now() + std::chrono::seconds(60);
    while (!condition() && Clock::now() < limit) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return condition();
  };
  config.epochs = 1000000;
  auto run = trainer(config);
  Recorder recorder;
  RunControl control;
  Result<TrainReport> report;
  const auto began = Clock::now();
  std::thread worker([&] { report = run->run(control, recorder); });
  EXPECT_TRUE(wait_for([&] { return recorder.epochs_seen > 2; }));
  control.pause();
  // The checkpoint is the last thing that a run does before it waits.
  EXPECT_TRUE(wait_for([&] { return recorder.checkpoints_seen > 0; }));
  const auto pause_began = Clock::now();
  const std::size_t epochs = recorder.epochs_seen;
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  EXPECT_EQ(recorder.epochs_seen, epochs);
  const auto pause_ended = Clock::now();
  control.resume();
  EXPECT_TRUE(wait_for([&] { return recorder.epochs_seen > epochs + 2; }));
  control.request_stop();
  worker.join();
  const auto ended = Clock::now();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->stopped_by, StopReason::Stopped);
  EXPECT_FALSE(recorder.snapshots.empty());
  const std::chrono::duration<double> at_work = (ended - began) - (pause_ended - pause_began);
  EXPECT_LE(report->seconds, at_work.count());
}

TEST_F(TrainerTest, AStopEndsAPause) {
  config.epochs = 1000000;
  auto run = trainer(config);
  Recorder recorder;
  RunControl control;
  control.pause();
  std::thread worker([&] { (void)run->run(control, recorder); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  control.request_stop();
  worker.join();
  EXPECT_TRUE(recorder.records.empty());
}

TEST_F(TrainerTest, NotFiniteNamesTheTermAndKeepsTheLastGoodState) {
  config.rate = 1e30;
  auto run = trainer(config);
  Recorder recorder;
  RunControl control;
  auto report = run->run(control, recorder);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->stopped_by, StopReason::Numeric);
  EXPECT_NE(report->message.find("L_fxy"), std::string::npos) << report->message;
  EXPECT_NE(report->message.find("equation"), std::string::npos) << report->message;
  for (const NamedArray& weight : run->state().weights) {
    for (const float value : weight.values) ASSERT_TRUE(std::isfinite(value)) << weight.name;
  }
  // A run that cannot go on says so again rather than pretending to be complete.
  auto again = run->run(control, recorder);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->stopped_by, StopReason::Numeric);
}

TEST_F(TrainerTest, AMemberOfAPopulationIsTheSingleRunOfItsSeed) {
  config.members = 3;
  const ModelState population = train(config).second;
  config.members = 1;
  for (std::uint64_t m = 0; m < 3; ++m) {
    config.seed = 7 + m;
    const ModelState single = train(config).second;
    for (std::size_t w = 0; w < single.weights.size(); ++w) {
      const std::size_t n = single.weights[w].values.size();
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_NEAR(population.weights[w].values[m * n + i], single.weights[w].values[i], 2e-4)
            << single.weights[w].name << " member " << m;
      }
    }
  }
}

TEST_F(TrainerTest, LearnsThePureSpectraOfSimpleMixtures) {
  config.epochs = 1500;
  config.alphas.reverse = 0.01;
  auto run = trainer(config);
  RunControl control;
  Recorder recorder;
  ASSERT_TRUE(run->run(control, recorder));
  ASSERT_FALSE(recorder.snapshots.empty());
  const Snapshot& last = *recorder.snapshots.back();
  EXPECT_EQ(last.epoch, 1500);
  auto measures = evaluate(*data, last.prediction, last.endmembers, plan.labelled, plan.unlabelled, 1);
  ASSERT_TRUE(measures) << measures.error().message();
  // The reference spectra are 1.9 in norm; the two gains 1 and 0.8 leave their mean 10 % below the
  // references.
  EXPECT_LT(measures->kl->mean, 0.05);
  EXPECT_LT(measures->endmembers->mean_l2, 0.45);
  EXPECT_GT(measures->z->accuracy, 0.9) << "two gains are one nuisance";
  EXPECT_GT(recorder.records.back().total, recorder.records.front().total);
}

TEST_F(TrainerTest, SnapshotsCarryAModelThatAnswersTheSame) {
  auto run = trainer(config);
  RunControl control;
  Recorder recorder;
  ASSERT_TRUE(run->run(control, recorder));
  const Snapshot& last = *recorder.snapshots.back();
  ASSERT_EQ(last.prediction.composition.rows(), data->rows());
  auto copy = engine->create_model(last.model->state());
  ASSERT_TRUE(copy) << copy.error().message();
  auto again = (*copy)->predict(data->spectra(), &data->abundances()->values());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->composition, last.prediction.composition);
  EXPECT_EQ(again->z, last.prediction.z);
  for (std::size_t i = 0; i < data->rows(); ++i) {
    double sum = 0;
    for (const double part : last.prediction.composition.row(i)) sum += part;
    EXPECT_NEAR(sum, 1.0, 1e-5);
    EXPECT_LT(std::abs(last.prediction.z(i, 0)), 1.5);
    EXPECT_GT(last.prediction.composition_sd(i, 0), 0.0);
  }
}

TEST_F(TrainerTest, SamplesScatterAroundTheMeanSpectrum) {
  config.epochs = 200;
  auto run = trainer(config);
  RunControl control;
  Recorder recorder;
  ASSERT_TRUE(run->run(control, recorder));
  const auto model = run->model();
  const Matrix<double> y(std::vector<double>{0.2, 0.3, 0.5}, 1, 3);
  const Matrix<double> z(std::vector<double>{0.4}, 1, 1);
  auto mean = model->generate(y, z);
  auto samples = model->sample(y, z, 2000, 3);
  ASSERT_TRUE(mean && samples);
  ASSERT_EQ(samples->rows(), 2000U);
  for (std::size_t c = 0; c < data->channels(); ++c) {
    double sum = 0;
    double squares = 0;
    for (std::size_t s = 0; s < 2000; ++s) {
      sum += static_cast<double>((*samples)(s, c));
      squares += std::pow(static_cast<double>((*samples)(s, c)), 2);
    }
    const double average = sum / 2000;
    const double sd = std::sqrt(squares / 2000 - average * average);
    EXPECT_NEAR(average, static_cast<double>(mean->mean(0, c)), 6 * sd / std::sqrt(2000.0));
    EXPECT_GT(sd, 0);
  }
}

TEST_F(TrainerTest, RefusesWhatItCannotLearnFrom) {
  const auto message = [&](const TrainPlan& changed) {
    auto created = engine->create_trainer(data, changed, config);
    return created ? std::string() : created.error().message();
  };
  TrainPlan none = plan;
  none.labelled.clear();
  EXPECT_NE(message(none).find("labelled"), std::string::npos);
  TrainPlan beyond = plan;
  beyond.unlabelled.push_back(100000);
  EXPECT_NE(message(beyond).find("row 100000"), std::string::npos);
  TrainPlan parts = plan;
  parts.unfeatured = *make_unfeatured("one-hot:4", 4, 0);
  EXPECT_NE(message(parts).find("number of parts"), std::string::npos);

  const ModelState other = train(config).second;
  config.rate = 0.5;
  auto resumed = engine->create_trainer(data, plan, config, &other);
  ASSERT_FALSE(resumed);
  EXPECT_NE(resumed.error().message().find("another run"), std::string::npos);

  ModelState damaged = other;
  damaged.weights.pop_back();
  auto model = engine->create_model(damaged);
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message().find("missing"), std::string::npos);
}

TEST_F(TrainerTest, TrainsWithoutUnlabelledOrUnfeaturedRows) {
  plan.unlabelled.clear();
  plan.unfeatured = {};
  const auto [report, state] = train(config);
  EXPECT_EQ(report.stopped_by, StopReason::Completed);
  EXPECT_TRUE(std::isnan(report.last.terms[static_cast<std::size_t>(Term::Lfx)]));
  EXPECT_TRUE(std::isfinite(report.last.terms[static_cast<std::size_t>(Term::Lfxy)]));
}

}  // namespace
}  // namespace assayer
