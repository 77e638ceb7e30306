// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/metrics/evaluation.h"
#include "core/numeric/linear.h"
#include "core/simulate/crism_lab.h"
#include "core/train/engine.h"
#include "fixture.h"
#include "recorder.h"

namespace assayer {
namespace {

using testing::HasSubstr;

class GuidedTraining : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Engine::load();
    ASSERT_TRUE(loaded) << loaded.error().message();
    engine = *loaded;
    data = test::small_dataset();
    config = *TrainConfig::from_preset("guided");
    config.epochs = 12;
    config.batch = 16;
    config.members = 2;
    config.seed = 7;
    config.link = "identity";
  }

  Result<std::unique_ptr<Trainer>> create(const TrainConfig& settings, const ModelState* resume = nullptr) {
    return engine->create_trainer(data, plan, settings, resume);
  }
  ModelState train(const TrainConfig& settings, const ModelState* resume = nullptr) {
    auto run = create(settings, resume);
    EXPECT_TRUE(run) << run.error().message();
    if (!run) return {};
    RunControl control;
    test::Recorder recorder;
    const auto report = (*run)->run(control, recorder);
    EXPECT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->stopped_by, StopReason::Completed) << report->message;
    return (*run)->state();
  }
  /// The run of the settings above. Making a start takes a second, so that tests share it.
  const ModelState& trained() {
    static const ModelState state = train(config);
    return state;
  }
  std::shared_ptr<const Model> model_of(ModelState state) {
    auto model = engine->create_model(std::move(state));
    EXPECT_TRUE(model) << model.error().message();
    return model ? *model : nullptr;
  }

  std::shared_ptr<const Engine> engine;
  DatasetPtr data;
  TrainConfig config;
  TrainPlan plan = test::small_plan();
};

TEST_F(GuidedTraining, SameSeedSameBits) {
  const ModelState& first = trained();
  const ModelState second = train(config);
  EXPECT_EQ(first.weights, second.weights);
  EXPECT_EQ(first.fixed, second.fixed);
  EXPECT_EQ(first.facts, second.facts);
  EXPECT_EQ(first.training->step, 12) << "an epoch is a step";
  config.seed = 8;
  EXPECT_NE(train(config).weights, first.weights);
}

TEST_F(GuidedTraining, ThreadsChangeNoBit) {
  config.threads = 2;
  const ModelState two = train(config);
  EXPECT_EQ(two.weights, trained().weights);
  EXPECT_EQ(two.fixed, trained().fixed);
  EXPECT_EQ(two.facts, trained().facts);
}

TEST_F(GuidedTraining, BothStepsLearnTheSameWithinTheirNoise) {
  EXPECT_EQ(trained().config.step, "fused");
  config.epochs = 200;
  const auto late = [&](const std::string& step, std::uint64_t seed) {
    config.step = step;
    config.seed = seed;
    const ModelState state = train(config);
    EXPECT_EQ(state.config.step, step);
    double sum = 0;
    for (std::size_t e = 150; e < 200; ++e) sum += state.training->history[e].total / 50;
    return sum;
  };
  const double by_hand = late("fused", 7);
  const double reference = late("autograd", 7);
  const double spread = std::abs(late("autograd", 17) - reference);
  const ModelState& start = trained();
  const double gained = reference - start.training->history.front().total;
  EXPECT_GT(gained, 0);
  // Draws differ: no more than two runs of one path may, and far less than what training gains.
  EXPECT_LT(std::abs(by_hand - reference), 3 * spread + 0.05 * gained);
}

TEST_F(GuidedTraining, ResumeContinuesBitForBit) {
  const ModelState& whole = trained();
  auto run = create(config);
  ASSERT_TRUE(run);
  RunControl control;
  test::Recorder recorder;
  recorder.when_epoch = [&](const ObjectiveRecord& record) {
    if (record.epoch == 5) control.request_stop();
  };
  const auto stopped = (*run)->run(control, recorder);
  ASSERT_TRUE(stopped);
  ASSERT_EQ(stopped->stopped_by, StopReason::Stopped);
  const ModelState checkpoint = (*run)->state();
  ASSERT_EQ(checkpoint.training->epoch, 5);

  const ModelState resumed = train(config, &checkpoint);
  EXPECT_EQ(resumed.weights, whole.weights);
  EXPECT_EQ(resumed.fixed, whole.fixed);
  EXPECT_EQ(resumed.facts, whole.facts);
  EXPECT_EQ(resumed.mean_z, whole.mean_z);
  EXPECT_EQ(resumed.training->moments, whole.training->moments);
  EXPECT_EQ(resumed.training->generators, whole.training->generators);
  ASSERT_EQ(resumed.training->history.size(), 12U);
  for (std::size_t e = 0; e < 12; ++e)
    EXPECT_EQ(resumed.training->history[e].total, whole.training->history[e].total);

  // The trainer itself goes on as well.
  RunControl more;
  ASSERT_TRUE((*run)->run(more, recorder));
  EXPECT_EQ((*run)->state().weights, whole.weights);
}

TEST_F(GuidedTraining, AMemberOfAPopulationIsTheSingleRunOfItsSeed) {
  const ModelState& population = trained();
  config.members = 1;
  for (std::uint64_t m = 0; m < 2; ++m) {
    config.seed = 7 + m;
    const ModelState single = train(config);
    ASSERT_EQ(single.weights.size(), population.weights.size());
    for (std::size_t w = 0; w < single.weights.size(); ++w) {
      const std::size_t n = single.weights[w].values.size();
      ASSERT_EQ(population.weights[w].name, single.weights[w].name);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_NEAR(population.weights[w].values[m * n + i], single.weights[w].values[i], 2e-4)
            << single.weights[w].name << " member " << m;
      }
    }
  }
}

TEST_F(GuidedTraining, FactsSayWhatWasChosenAndWhy) {
  config.link = "auto";
  const ModelState state = train(config);
  for (const char* key : {"link", "link_reason", "task", "task_reason", "encoder_input", "encoder_correction",
                          "encoder_components", "encoder_reason", "efficiency"}) {
    ASSERT_TRUE(state.facts.contains(key)) << key;
    EXPECT_FALSE(state.facts.at(key).empty()) << key;
  }
  // The small data mix linearly.
  EXPECT_EQ(state.facts.at("link"), "identity") << state.facts.at("link_reason");
  EXPECT_EQ(state.facts.at("task"), "unmixing") << state.facts.at("task_reason");
  EXPECT_EQ(state.facts.at("efficiency"), "1.000, 1.000, 1.000");
}

TEST_F(GuidedTraining, WhatTheUserChoosesIsDone) {
  config.link = "hapke";
  config.task = "calibration";
  const ModelState state = train(config);
  EXPECT_EQ(state.facts.at("link"), "hapke");
  EXPECT_EQ(state.facts.at("link_reason"), "Chosen by the user.");
  EXPECT_EQ(state.facts.at("task"), "calibration");
  EXPECT_EQ(state.facts.at("task_reason"), "Chosen by the user.");
}

TEST_F(GuidedTraining, SnapshotsCarryAModelThatAnswersTheSame) {
  config.snapshot_seconds = 0.01;
  auto run = create(config);
  ASSERT_TRUE(run);
  RunControl control;
  test::Recorder recorder;
  ASSERT_TRUE((*run)->run(control, recorder));
  ASSERT_FALSE(recorder.snapshots.empty());
  const Snapshot& last = *recorder.snapshots.back();
  EXPECT_EQ(last.epoch, 12);
  ASSERT_EQ(last.prediction.composition.rows(), data->rows());
  const auto copy = model_of(last.model->state());
  ASSERT_TRUE(copy);
  const auto again = copy->predict(data->spectra(), &data->abundances()->values());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->composition, last.prediction.composition);
  EXPECT_EQ(again->composition_sd, last.prediction.composition_sd);
  EXPECT_EQ(again->z, last.prediction.z);
  EXPECT_EQ(again->misfit, last.prediction.misfit);
  const auto own = (*run)->model();
  ASSERT_TRUE(own);
  EXPECT_EQ(own->predict(data->spectra(), &data->abundances()->values())->composition, again->composition);
  EXPECT_EQ(own->endmembers().mean, last.endmembers.mean);
  for (std::size_t i = 0; i < data->rows(); ++i) {
    double sum = 0;
    for (const double part : again->composition.row(i)) sum += part;
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_LT(std::abs(again->z(i, 0)), 1.5);
    for (const double sd : again->composition_sd.row(i))
      EXPECT_GE(sd, 1e-3) << "a tenth of a per cent is least";
    EXPECT_GT(again->z_sd(i, 0), 0);
    EXPECT_GT(again->extrapolation[i], 0);
  }
}

TEST_F(GuidedTraining, RowsThatAreNotFiniteStayUnknown) {
  const auto model = model_of(trained());
  ASSERT_TRUE(model);
  Matrix<float> spectra(5, 12);
  for (std::size_t i = 0; i < 5; ++i) std::ranges::copy(data->spectra().row(i), spectra.row(i).begin());
  spectra(2, 3) = std::numeric_limits<float>::quiet_NaN();
  spectra(4, 0) = std::numeric_limits<float>::infinity();
  const auto gaps = model->predict(spectra);
  const auto whole = model->predict(data->spectra());
  ASSERT_TRUE(gaps && whole);
  for (std::size_t i = 0; i < 5; ++i) {
    const bool bad = i == 2 || i == 4;
    EXPECT_EQ(std::isnan(gaps->extrapolation[i]), bad);
    EXPECT_EQ(std::isnan(gaps->misfit[i]), bad);
    EXPECT_EQ(std::isnan(gaps->hidden_misfit[i]), bad);
    EXPECT_EQ(std::isnan(gaps->z(i, 0)), bad);
    EXPECT_EQ(std::isnan(gaps->z_sd(i, 0)), bad);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(std::isnan(gaps->composition(i, k)), bad);
      EXPECT_EQ(std::isnan(gaps->composition_sd(i, k)), bad);
      if (!bad) {
        EXPECT_NEAR(gaps->composition(i, k), whole->composition(i, k), 1e-6);
      }
    }
  }
}

TEST_F(GuidedTraining, DrawsFollowTheEncodersPosterior) {
  const auto model = model_of(trained());
  ASSERT_TRUE(model);
  const Matrix<double>& truth = data->abundances()->values();
  const auto few = model->predict_draws(data->spectra(), nullptr, 3, 9);
  ASSERT_TRUE(few) << few.error().message();
  EXPECT_EQ(model->predict_draws(data->spectra(), nullptr, 3, 9)->z, few->z);
  EXPECT_NE(model->predict_draws(data->spectra(), nullptr, 3, 10)->z, few->z);
  const auto plain = model->predict(data->spectra());
  EXPECT_EQ(few->misfit, plain->misfit) << "trust has nothing to draw";
  const auto many = model->predict_draws(data->spectra(), nullptr, 600, 9);
  const auto other = model->predict_draws(data->spectra(), nullptr, 600, 77);
  const auto given = model->predict_draws(data->spectra(), &truth, 600, 9);
  const auto with_truth = model->predict(data->spectra(), &truth);
  ASSERT_TRUE(many && other && given && with_truth);
  double drawn_z = 0;
  double given_z = 0;
  for (std::size_t i = 0; i < data->rows(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      sum += many->composition(i, k);
      EXPECT_GT(many->composition_sd(i, k), 0);
      // Two independent means of 2 × 600 draws: five of their standard errors apart at most.
      const double error = many->composition_sd(i, k) * std::sqrt(2.0 / 1200);
      EXPECT_NEAR(many->composition(i, k), other->composition(i, k), 5 * error);
    }
    EXPECT_NEAR(sum, 1, 1e-5);
    // With the composition given, z alone is drawn, about what `predict` states.
    EXPECT_NEAR(given->z(i, 0), with_truth->z(i, 0), 0.25);
    drawn_z += many->z_sd(i, 0);
    given_z += given->z_sd(i, 0);
  }
  EXPECT_LT(given_z, 1.02 * drawn_z) << "what is not known of y is not known of z";
  EXPECT_FALSE(model->predict_draws(data->spectra(), nullptr, 0, 9));

  Matrix<float> gap(1, 12, 0.5F);
  gap(0, 3) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(model->predict_draws(gap, nullptr, 4, 1)->composition(0, 0)));
}

TEST_F(GuidedTraining, SpectraUnlikeThoseOfTrainingSayHowUnlike) {
  const auto model = model_of(trained());
  ASSERT_TRUE(model);
  Matrix<float> spectra(2, 12);
  for (std::size_t i = 0; i < 2; ++i) std::ranges::copy(data->spectra().row(40), spectra.row(i).begin());
  spectra(1, 6) += 0.1F;  // thirty times the noise
  const auto found = model->predict(spectra);
  ASSERT_TRUE(found);
  EXPECT_LT(found->misfit[0], 5);
  EXPECT_GT(found->misfit[1], 5);
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_GT(found->composition_sd(1, k), 2 * found->composition_sd(0, k)) << "and is trusted less";
  Matrix<double> corner(1, 3);
  corner(0, 0) = 1;
  const auto pure = model->generate(corner, {});
  ASSERT_TRUE(pure);
  Matrix<float> far = pure->mean;
  const auto extrapolated = model->predict(far);
  ASSERT_TRUE(extrapolated);
  EXPECT_GT(extrapolated->extrapolation[0], 1.5);
  EXPECT_GT(extrapolated->extrapolation[0], found->extrapolation[0]);
}

TEST_F(GuidedTraining, ADamagedStateIsRefused) {
  const ModelState& good = trained();
  const auto refused = [&](auto&& damage) {
    ModelState state = good;
    damage(state);
    const auto model = engine->create_model(state);
    if (model) return false;
    EXPECT_EQ(model.error().kind, Error::Kind::Data) << model.error().message();
    // A run must not go on from it either.
    return !create(config, &state);
  };
  EXPECT_TRUE(refused([](ModelState& s) { s.fixed.clear(); }));
  EXPECT_TRUE(refused([](ModelState& s) { s.fixed[3].values.pop_back(); }));
  EXPECT_TRUE(refused([](ModelState& s) { s.fixed[1].values[0] = std::nanf(""); }));
  EXPECT_TRUE(refused([](ModelState& s) { s.facts.erase("link"); }));
  EXPECT_TRUE(refused([](ModelState& s) { s.facts["link"] = "fresnel"; }));
  EXPECT_TRUE(refused([](ModelState& s) { s.weights.erase(s.weights.begin()); }));
  EXPECT_TRUE(refused([](ModelState& s) { s.weights.front().shape[1] += 1; }));

  ModelState no_nuisance = good;
  std::erase_if(no_nuisance.weights, [](const NamedArray& array) { return array.name == "labelled_z"; });
  const auto model = engine->create_model(no_nuisance);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message(), HasSubstr("nuisances"));
}

TEST_F(GuidedTraining, RefusesTooFewCompositions) {
  plan.labelled = {0};
  const auto one = create(config);
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().kind, Error::Kind::Data) << one.error().message();
  plan.labelled = {0, 1};
  const auto two = create(config);
  ASSERT_FALSE(two);
  EXPECT_THAT(two.error().message(), HasSubstr("few"));
  plan.labelled = {0, 1, 2, 3};
  EXPECT_TRUE(create(config));
}

TEST_F(GuidedTraining, MakingTheStartCanBeStopped) {
  RunControl control;
  control.request_stop();
  const auto run = engine->create_trainer(data, plan, config, nullptr, &control);
  ASSERT_FALSE(run);
  EXPECT_TRUE(run.error().cancelled());
}

TEST_F(GuidedTraining, TrainsWithLabelledRowsAlone) {
  plan.unlabelled.clear();
  plan.unfeatured = {};
  const ModelState state = train(config);
  ASSERT_FALSE(state.training->history.empty());
  const ObjectiveRecord& last = state.training->history.back();
  EXPECT_TRUE(std::isnan(last.terms[static_cast<std::size_t>(Term::Lfx)]));
  EXPECT_TRUE(std::isfinite(last.terms[static_cast<std::size_t>(Term::Lfxy)]));
}

TEST_F(GuidedTraining, TwoNuisanceDimensions) {
  config.nuisance_dimensions = 2;
  const auto model = model_of(train(config));
  ASSERT_TRUE(model);
  const auto found = model->predict(data->spectra());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->z.cols(), 2U);
}

/// The laboratory of the paper in small, learnt from its interior.
TEST(GuidedLaboratory, ExtrapolatesBetterThanLeastSquares) {
  CrismLabOptions lab;
  lab.spectra = 990;
  lab.channels = 40;
  lab.outliers = 0;
  lab.seed = 3;
  RunControl control;
  const auto simulated = simulate_crism_lab(lab, control);
  ASSERT_TRUE(simulated);
  const DatasetPtr& data = *simulated;
  TrainConfig config = *TrainConfig::from_preset("guided");
  config.members = 2;
  config.max_labelled = 150;
  config.snapshot_seconds = 1e6;
  const auto planned =
      make_plan(*data, "interior:0.7", "interior:0.7", "corners:60:0.05+dirichlet:60", config);
  ASSERT_TRUE(planned) << planned.error().message();
  const auto engine = Engine::load();
  ASSERT_TRUE(engine);
  auto run = (*engine)->create_trainer(data, planned->plan, config);
  ASSERT_TRUE(run) << run.error().message();
  test::Recorder recorder;
  ASSERT_TRUE((*run)->run(control, recorder));
  const auto model = (*run)->model();
  EXPECT_EQ(model->state().facts.at("link"), "hapke") << model->state().facts.at("link_reason");
  EXPECT_EQ(model->state().facts.at("task"), "unmixing");
  const auto prediction = model->predict(data->spectra());
  ASSERT_TRUE(prediction);
  const auto measures =
      evaluate(*data, *prediction, model->endmembers(), planned->plan.labelled, planned->plan.unlabelled, 2);
  ASSERT_TRUE(measures) << measures.error().message();

  // Least squares of x on y: the corners are its coefficients.
  const Rows& rows = planned->plan.labelled;
  Matrix<double> x(rows.size(), 40);
  Matrix<double> y(rows.size(), 3);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(data->spectra().row(rows[i]), x.row(i).begin());
    std::ranges::copy(data->abundances()->row(rows[i]), y.row(i).begin());
  }
  const auto fit = least_squares(y, x);
  ASSERT_TRUE(fit);
  double linear = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    double squares = 0;
    for (std::size_t c = 0; c < 40; ++c)
      squares += std::pow(fit->coefficients(k, c) - static_cast<double>((*data->endmembers())(k, c)), 2);
    linear += std::sqrt(squares) / 3;
  }
  EXPECT_LT(measures->endmembers->mean_l2, 0.6 * linear);
  EXPECT_LT(*measures->kl->held_out, 0.02);
  for (const auto& [level, observed] : measures->coverage)
    if (level == 0.95) {
      EXPECT_GT(observed, 0.85) << "of the truth outside the interior";
    }
}

}  // namespace
}  // namespace assayer
