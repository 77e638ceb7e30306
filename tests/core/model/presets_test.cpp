// SPDX-License-Identifier: GPL-3.0-or-later
// Short trainings under the presets and distributions of the paper's other experiments.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/train/frame.h"
#include "core/train/methods.h"
#include "fixture.h"
#include "recorder.h"

namespace assayer {
namespace {

/// Three emitters with lines of their own over a weak background, noise about 0, a gain as nuisance.
DatasetPtr lines(std::size_t rows = 60) {
  constexpr std::size_t channels = 40;
  Random random(11);
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, channels);
  Matrix<double> y(rows, 3);
  for (std::size_t i = 0; i < rows; ++i) {
    double sum = 0;
    for (double& part : y.row(i)) sum += part = random.gamma(1.5);
    for (double& part : y.row(i)) part /= sum;
    const double gain = 3000 * (i % 2 == 0 ? 1.0 : 0.6);
    for (std::size_t c = 0; c < channels; ++c) {
      double x = 0.02;
      for (std::size_t k = 0; k < 3; ++k) {
        const double distance = static_cast<double>(c) - (7.0 + 12.0 * static_cast<double>(k));
        x += y(i, k) * std::exp(-0.5 * distance * distance);
      }
      parts.spectra(i, c) = static_cast<float>(gain * (x + 0.01 * random.normal()));
    }
  }
  parts.wavelength = WavelengthAxis::channels(channels);
  parts.abundances = *Abundances::create(std::move(y), {"Si", "Fe", "Ca"});
  return *Dataset::create(std::move(parts));
}

/// Pictures of 8 × 8 bytes of three classes, shifted at random.
DatasetPtr pictures(std::size_t rows = 90, float white = 255) {
  Random random(12);
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, 64);
  Matrix<double> y(rows, 3);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t k = i % 3;
    y(i, k) = 1;
    const std::size_t at = 2 + random.below(3);
    for (std::size_t r = 0; r < 8; ++r) {
      for (std::size_t c = 0; c < 8; ++c) {
        const bool on = k == 0 ? r == at : k == 1 ? c == at : (r == at) != (c == at);
        parts.spectra(i, 8 * r + c) = on ? white : 0;
      }
    }
  }
  parts.wavelength = WavelengthAxis::channels(64);
  parts.abundances = *Abundances::create(std::move(y), {"0", "1", "2"});
  return *Dataset::create(std::move(parts));
}

TrainPlan plan_for(const Dataset& data, const char* unfeatured) {
  TrainPlan plan;
  plan.labelled.resize(data.rows() / 2);
  std::iota(plan.labelled.begin(), plan.labelled.end(), 0U);
  plan.unlabelled.resize(data.rows());
  std::iota(plan.unlabelled.begin(), plan.unlabelled.end(), 0U);
  plan.unfeatured = *make_unfeatured(unfeatured, data.components(), 3);
  return plan;
}

struct Case {
  const char* name;
  bool pixels;
  std::vector<std::pair<const char*, const char*>> settings;
};

TrainConfig settings_of(const Case& tested) {
  TrainConfig config = *TrainConfig::from_preset(tested.pixels ? "mnist" : "libs");
  if (tested.pixels) {
    for (auto* hidden : {&config.hidden_y, &config.hidden_z, &config.hidden_x}) *hidden = {16};
    config.rate = 0.01;
  }
  config.epochs = 60;
  config.batch = 32;
  config.members = 2;
  for (const auto& [key, value] : tested.settings) EXPECT_TRUE(config.set(key, value)) << key;
  return config;
}

DatasetPtr data_of(const Case& tested) {
  return tested.pixels ? pictures() : lines();
}

std::pair<TrainReport, ModelState> train(const DatasetPtr& data, const TrainPlan& plan,
                                         const TrainConfig& config, const ModelState* resume = nullptr) {
  auto trainer = make_trainer(data, plan, config, resume);
  EXPECT_TRUE(trainer) << trainer.error().message();
  if (!trainer) return {};
  RunControl control;
  test::Recorder recorder;
  auto report = (*trainer)->run(control, recorder);
  EXPECT_TRUE(report) << report.error().message();
  return {*report, (*trainer)->state()};
}

class Presets : public testing::TestWithParam<Case> {};

TEST_P(Presets, ImproveTheObjectiveAndLearnCompositions) {
  const DatasetPtr data = data_of(GetParam());
  const TrainPlan plan = plan_for(*data, GetParam().pixels ? "one-hot:30" : "peak:30:0.85");
  const auto [report, state] = train(data, plan, settings_of(GetParam()));
  ASSERT_EQ(report.stopped_by, StopReason::Completed) << report.message;
  const auto& history = state.training->history;
  const auto mean = [&](std::size_t first, std::size_t last) {
    double sum = 0;
    for (std::size_t i = first; i < last; ++i) sum += history[i].total;
    return sum / static_cast<double>(last - first);
  };
  EXPECT_GT(mean(50, 60), mean(0, 5));
  const auto model = make_model(state);
  ASSERT_TRUE(model) << model.error().message();
  const auto prediction = (*model)->predict(data->spectra(), nullptr);
  ASSERT_TRUE(prediction) << prediction.error().message();
  double error = 0;
  double naive = 0;
  for (std::size_t i = data->rows() / 2; i < data->rows(); ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      error += std::abs(prediction->composition(i, k) - data->abundances()->row(i)[k]);
      naive += std::abs(1.0 / 3 - data->abundances()->row(i)[k]);
      EXPECT_TRUE(std::isfinite(prediction->composition_sd(i, k)));
    }
  }
  EXPECT_LT(error, 0.6 * naive);
}

TEST_P(Presets, AreReproducibleAndResumeBitForBit) {
  const DatasetPtr data = data_of(GetParam());
  const TrainPlan plan = plan_for(*data, GetParam().pixels ? "one-hot:30" : "peak:30:0.85");
  TrainConfig config = settings_of(GetParam());
  config.epochs = 6;
  const ModelState whole = train(data, plan, config).second;
  EXPECT_EQ(train(data, plan, config).second.weights, whole.weights);
  TrainConfig half = config;
  half.epochs = 2;
  const ModelState checkpoint = train(data, plan, half).second;
  const ModelState resumed = train(data, plan, config, &checkpoint).second;
  EXPECT_EQ(resumed.weights, whole.weights);
  EXPECT_EQ(resumed.mean_z, whole.mean_z);
  EXPECT_EQ(resumed.training->moments, whole.training->moments);
}

TEST_P(Presets, GenerateWhatTheLikelihoodAllows) {
  const DatasetPtr data = data_of(GetParam());
  const TrainPlan plan = plan_for(*data, GetParam().pixels ? "one-hot:30" : "peak:30:0.85");
  TrainConfig config = settings_of(GetParam());
  const ModelState state = train(data, plan, config).second;
  const auto model = make_model(state);
  ASSERT_TRUE(model);
  const EndmemberEstimate endmembers = (*model)->endmembers();
  const auto drawn = (*model)->sample(Matrix<double>(1, 3, 1.0 / 3), {}, 20, 5);
  ASSERT_TRUE(drawn) << drawn.error().message();
  EXPECT_EQ((*model)->sample(Matrix<double>(1, 3, 1.0 / 3), {}, 20, 5)->values()[7], drawn->values()[7]);
  for (const float value : drawn->values()) {
    if (GetParam().pixels) {
      EXPECT_TRUE(value == 0.0F || value == 255.0F) << value;
    } else {
      EXPECT_GT(value, -1e-2F);
    }
  }
  for (const float value : endmembers.mean.values()) {
    EXPECT_GE(value, -1e-2F);
    EXPECT_LE(value, GetParam().pixels ? 255.0F : 1e9F);
  }
  if (GetParam().pixels) return;
  // The first emitter's line is where it belongs.
  const auto first = endmembers.mean.row(0);
  const auto brightest = std::ranges::max_element(first) - first.begin();
  EXPECT_NEAR(static_cast<double>(brightest), 7.0, 1.0);
}

TEST_P(Presets, DrawsAgreeWithTheStatedSpread) {
  const DatasetPtr data = data_of(GetParam());
  const TrainPlan plan = plan_for(*data, GetParam().pixels ? "one-hot:30" : "peak:30:0.85");
  TrainConfig config = settings_of(GetParam());
  config.epochs = 20;
  const auto model = make_model(train(data, plan, config).second);
  ASSERT_TRUE(model);
  const auto few = (*model)->predict_draws(data->spectra(), nullptr, 3, 9);
  ASSERT_TRUE(few) << few.error().message();
  EXPECT_EQ((*model)->predict_draws(data->spectra(), nullptr, 3, 9)->z, few->z);
  EXPECT_NE((*model)->predict_draws(data->spectra(), nullptr, 3, 10)->z, few->z);
  const auto many = (*model)->predict_draws(data->spectra(), nullptr, 400, 9);
  const auto given = (*model)->predict_draws(data->spectra(), &data->abundances()->values(), 400, 9);
  const auto stated = (*model)->predict(data->spectra(), nullptr);
  ASSERT_TRUE(many);
  ASSERT_TRUE(given);
  double drawn = 0;
  double said = 0;
  double z_drawn = 0;
  double z_given = 0;
  for (std::size_t i = 0; i < data->rows(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      sum += many->composition(i, k);
      drawn += many->composition_sd(i, k);
      said += stated->composition_sd(i, k);
    }
    EXPECT_NEAR(sum, 1.0, 1e-5);
    z_drawn += many->z_sd(i, 0);
    z_given += given->z_sd(i, 0);
  }
  // To first order, or by a few draws: not to be taken too exactly.
  EXPECT_NEAR(drawn / said, 1.0, 0.35);
  // What is not known of y is not known of z.
  EXPECT_LT(z_given, 1.02 * z_drawn);
  EXPECT_FALSE((*model)->predict_draws(data->spectra(), nullptr, 0, 9));
}

INSTANTIATE_TEST_SUITE_P(
    Paper, Presets,
    testing::Values(Case{"libs", false, {}}, Case{"mnist", true, {}},
                    Case{"libs_m2_gaussian_z", false, {{"method", "m2"}, {"z_prior", "gaussian"}}},
                    Case{"libs_planar", false, {{"flow", "planar"}, {"y_prior", "2"}}},
                    Case{"libs_coupling", false, {{"flow", "coupling"}, {"samples", "2"}}},
                    Case{"libs_inferred", false, {{"reverse_z", "inferred"}, {"alpha_r", "0.01"}}},
                    Case{"mnist_importance", true, {{"bound", "importance"}, {"samples", "3"}}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(PresetData, SpectraThatAreNotPositiveAreRefused) {
  const DatasetPtr data = lines();
  DatasetParts parts;
  const auto values = data->spectra().values();
  parts.spectra =
      Matrix<float>(std::vector<float>(values.begin(), values.end()), data->rows(), data->channels());
  for (std::size_t i = 0; i < data->rows(); ++i) {
    for (float& value : parts.spectra.row(i)) value -= 5000;
  }
  parts.wavelength = data->wavelength();
  parts.abundances = data->abundances();
  const auto negative = *Dataset::create(std::move(parts));
  const auto trainer = make_trainer(negative, plan_for(*negative, "none"), *TrainConfig::from_preset("libs"));
  ASSERT_FALSE(trainer);
  EXPECT_EQ(trainer.error().kind, Error::Kind::Data);
  EXPECT_NE(trainer.error().message().find("softplus-gaussian"), std::string::npos);
}

TEST(PresetData, PixelsKnowTheirUnit) {
  const TrainConfig config = *TrainConfig::from_preset("mnist");
  const DatasetPtr bytes = pictures();
  const auto of_bytes = make_frame(*bytes, plan_for(*bytes, "none"), config);
  ASSERT_TRUE(of_bytes);
  EXPECT_EQ(spectrum_scale(*of_bytes), 255);
  const DatasetPtr shares = pictures(30, 1);
  EXPECT_EQ(spectrum_scale(*make_frame(*shares, plan_for(*shares, "none"), config)), 1);
  const DatasetPtr odd = pictures(30, 1.5F);
  const auto refused = make_frame(*odd, plan_for(*odd, "none"), config);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("bernoulli"), std::string::npos);
}

TEST(PresetData, TheFusedStepSaysWhatItIsNotFor) {
  const DatasetPtr data = lines();
  const TrainPlan plan = plan_for(*data, "corners:9:0.05");
  for (const auto& [key, value] :
       {std::pair{"flow", "planar"}, std::pair{"samples", "2"}, std::pair{"reverse_z", "inferred"}}) {
    TrainConfig config = *TrainConfig::from_preset("libs");
    config.epochs = 1;
    config.step = "fused";
    ASSERT_TRUE(config.set(key, value));
    const auto refused = make_trainer(data, plan, config);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().where, "step");
    config.step = "auto";
    EXPECT_EQ(train(data, plan, config).second.config.step, "autograd") << key;
  }
}

TEST(PresetData, TheFusedStepLearnsWhatAutogradLearns) {
  // Other random numbers: they agree as seeds do.
  for (const bool pixels : {false, true}) {
    TrainConfig config = settings_of({"", pixels, {}});
    const DatasetPtr data = pixels ? pictures() : lines();
    const TrainPlan plan = plan_for(*data, pixels ? "one-hot:9" : "peak:9:0.85");
    const auto objective = [&](const char* step) {
      config.step = step;
      const ModelState state = train(data, plan, config).second;
      EXPECT_EQ(state.config.step, step);
      const auto& history = state.training->history;
      double sum = 0;  // of the last ten epochs, whose mini-batches differ
      for (std::size_t i = history.size() - 10; i < history.size(); ++i) sum += history[i].total / 10;
      return std::pair{sum, history.front().total};
    };
    config.members = 5;
    const auto [fused, untrained] = objective("fused");
    const double autograd = objective("autograd").first;
    config.members = 1;
    std::vector<double> seeds;
    for (config.seed = 100; config.seed < 105; ++config.seed) seeds.push_back(objective("fused").first);
    const double mean = std::accumulate(seeds.begin(), seeds.end(), 0.0) / 5;
    double squares = 0;
    for (const double value : seeds) squares += (value - mean) * (value - mean);
    // A difference of two means of five, and 99 % of Student's t with 8 degrees of freedom.
    const double allowed = 3.4 * std::sqrt(0.4) * std::sqrt(squares / 4);
    EXPECT_NEAR(fused, autograd, allowed) << (pixels ? "mnist" : "libs");
    EXPECT_GT(fused - untrained, 3 * allowed) << "it learnt something";
  }
}

TEST(PresetData, APriorOfOtherComponentsIsRefused) {
  TrainConfig config = *TrainConfig::from_preset("libs");
  config.y_prior = {1, 2};
  const DatasetPtr data = lines();
  const auto frame = make_frame(*data, plan_for(*data, "none"), config);
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().where, "y_prior");
}

}  // namespace
}  // namespace assayer
