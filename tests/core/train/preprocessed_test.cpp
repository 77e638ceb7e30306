// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/preprocessed.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "../io/temporary_folder.h"
#include "core/io/model_file.h"
#include "core/train/methods.h"
#include "core/validation/split_data.h"

namespace assayer {
namespace {

using testing::HasSubstr;

class Quiet : public Observer {
 public:
  void on_epoch(const ObjectiveRecord& /*record*/) override {}
  void on_snapshot(std::shared_ptr<const Snapshot> snapshot) override { last = std::move(snapshot); }
  void on_checkpoint(const ModelState& state) override { saved = state; }
  std::shared_ptr<const Snapshot> last;
  ModelState saved;
};

/// Two components in 60 mixtures of 30 channels, with scatter: a slope and an offset of each spectrum's own.
DatasetPtr scattered() {
  DatasetParts parts;
  constexpr std::size_t kRows = 60;
  constexpr std::size_t kChannels = 30;
  parts.spectra = Matrix<float>(kRows, kChannels);
  Matrix<double> y(kRows, 2);
  Matrix<float> ends(2, kChannels);
  for (std::size_t c = 0; c < kChannels; ++c) {
    const double t = static_cast<double>(c) / kChannels;
    ends(0, c) = static_cast<float>(0.3 + 0.2 * std::sin(9 * t));
    ends(1, c) = static_cast<float>(0.5 - 0.3 * std::exp(-20 * (t - 0.5) * (t - 0.5)));
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    y(r, 0) = 0.1 + 0.8 * static_cast<double>(r * 37 % kRows) / (kRows - 1);
    y(r, 1) = 1 - y(r, 0);
    const double slope = 0.7 + 0.6 * static_cast<double>(r * 11 % 17) / 17;
    const double offset = 0.1 * static_cast<double>(r * 7 % 13) / 13;
    for (std::size_t c = 0; c < kChannels; ++c)
      parts.spectra(r, c) =
          static_cast<float>(slope * (y(r, 0) * ends(0, c) + y(r, 1) * ends(1, c)) + offset);
  }
  parts.abundances = *Abundances::create(std::move(y), {"a", "b"});
  parts.endmembers = ends;
  return *Dataset::create(std::move(parts));
}

Pipeline steps(const std::vector<std::string>& texts) {
  return *Pipeline::parse(texts);
}

TrainPlan even_rows(const Dataset& data) {
  TrainPlan plan;
  for (std::uint32_t row = 0; row < data.rows(); row += 2)
    if (data.row_is_finite(row)) plan.labelled.push_back(row);
  plan.unlabelled = plan.labelled;
  return plan;
}

TrainConfig pls() {
  auto config = *TrainConfig::from_preset("crism");
  EXPECT_TRUE(config.set("method", "pls"));
  return config;
}

struct Fitted {
  PreprocessedData data;
  std::unique_ptr<Trainer> trainer;
  Quiet heard;
};

Fitted trained(const DatasetPtr& raw, const Pipeline& pipeline) {
  Fitted run;
  auto data =
      preprocess_for(raw, pipeline, [](const Dataset& seen) -> Result<TrainPlan> { return even_rows(seen); });
  EXPECT_TRUE(data.has_value()) << data.error().message();
  run.data = *data;
  auto trainer = make_trainer(run.data, even_rows(*run.data.seen), pls());
  EXPECT_TRUE(trainer.has_value()) << trainer.error().message();
  run.trainer = *std::move(trainer);
  RunControl control;
  const auto report = run.trainer->run(control, run.heard);
  EXPECT_TRUE(report.has_value()) << report.error().message();
  return run;
}

TEST(Preprocessed, AModelFromItsFileRepeatsTheStepsBitForBit) {
  const DatasetPtr raw = scattered();
  const Fitted run =
      trained(raw, steps({"crop:from=2", "msc", "savgol:window=5,derivative=1", "standardise"}));
  test::TemporaryFolder folder;
  const auto path = folder / "model.h5";
  ASSERT_TRUE(write_model(run.trainer->state(), path, false).has_value());
  auto state = read_model(path);
  ASSERT_TRUE(state.has_value()) << state.error().message();
  EXPECT_EQ(state->preprocessing, run.data.pipeline->state());
  EXPECT_EQ(state->data_fingerprint, raw->fingerprint());
  const auto model = make_model(*std::move(state));
  ASSERT_TRUE(model.has_value()) << model.error().message();
  // What training saw, what its model says now, and what the file's says: the same bits.
  const auto now = run.trainer->model()->predict(raw->spectra().view());
  const auto later = (*model)->predict(raw->spectra().view());
  ASSERT_TRUE(now && later);
  EXPECT_EQ(run.heard.last->prediction.composition, now->composition);
  EXPECT_EQ(now->composition, later->composition);
  // Rows that were not trained on: their scatter is gone too.
  double error = 0;
  for (std::size_t r = 1; r < raw->rows(); r += 2)
    error = std::max(error, std::abs(later->composition(r, 0) - raw->abundances()->row(r)[0]));
  EXPECT_LT(error, 0.05);
  EXPECT_EQ((*model)->input().used.size(), 30U);
  EXPECT_EQ((*model)->output().used.size(), 28U);
  EXPECT_EQ((*model)->output_space(), "msc, savgol, standardise");
  EXPECT_FALSE((*model)->predict({raw->spectra().data(), 1, 28}).has_value());
  const auto comparable = (*model)->in_output_space(*raw, nullptr);
  ASSERT_TRUE(comparable && *comparable);
  EXPECT_EQ((*comparable)->endmembers()->cols(), 28U);
}

TEST(Preprocessed, ManyRowsAreAnsweredSomeAtATime) {
  const DatasetPtr raw = scattered();
  const Fitted run = trained(raw, steps({"msc", "centre"}));
  const auto model = run.trainer->model();
  const auto few = model->predict(raw->spectra().view());
  ASSERT_TRUE(few.has_value()) << few.error().message();
  constexpr std::size_t kMany = 20'000;
  constexpr std::size_t kBad = 19'990;
  Matrix<float> spectra(kMany, raw->channels());
  for (std::size_t r = 0; r < kMany; ++r)
    std::ranges::copy(raw->spectra().row(r % raw->rows()), spectra.row(r).begin());
  spectra(kBad, 4) = std::numeric_limits<float>::quiet_NaN();
  const auto many = model->predict(spectra.view());
  ASSERT_TRUE(many.has_value()) << many.error().message();
  ASSERT_EQ(many->composition.rows(), kMany);
  double worst = 0;
  for (std::size_t r = 0; r < kMany; ++r) {
    if (r == kBad) continue;
    for (std::size_t k = 0; k < 2; ++k) {
      worst = std::max({worst, std::abs(many->composition(r, k) - few->composition(r % raw->rows(), k)),
                        std::abs(many->composition_sd(r, k) - few->composition_sd(0, k))});
    }
  }
  EXPECT_LT(worst, 1e-12);
  EXPECT_TRUE(std::isnan(many->composition(kBad, 0)));
  EXPECT_FALSE(model->predict({spectra.data(), kMany, 28}).has_value());
}

TEST(Preprocessed, GeneratedSpectraComeBackInTheUnitOfTheDataWhereTheStepsCanBeUndone) {
  const DatasetPtr raw = scattered();
  const Fitted run = trained(raw, steps({"mask:drop=0-1", "absorbance", "centre"}));
  const auto model = run.trainer->model();
  EXPECT_EQ(model->output_space(), "");
  const auto generated = model->generate(Matrix<double>({0.5, 0.5}, 1, 2), {});
  ASSERT_TRUE(generated.has_value());
  ASSERT_EQ(generated->mean.cols(), 30U);
  EXPECT_TRUE(std::isnan(generated->mean(0, 0)));
  EXPECT_EQ(model->output().used, run.heard.last->model->output().used);
  EXPECT_EQ(model->output().used[1], 0);
  EXPECT_EQ(model->output().used[2], 1);
  for (std::size_t c = 2; c < 30; ++c) {
    EXPECT_GT(generated->mean(0, c), 0.15F);
    EXPECT_LT(generated->mean(0, c), 0.9F);
  }
  EXPECT_EQ(run.heard.last->endmembers.mean.cols(), 30U);
  ASSERT_TRUE(model->in_output_space(*raw, nullptr).has_value());
  EXPECT_EQ(*model->in_output_space(*raw, nullptr), nullptr);
}

TEST(Preprocessed, RowsThatStepsMendAreTrainedOnAndThoseTheyBreakAreNot) {
  const DatasetPtr whole = scattered();
  DatasetParts parts;
  const auto values = whole->spectra().values();
  parts.spectra =
      Matrix<float>(std::vector<float>(values.begin(), values.end()), whole->rows(), whole->channels());
  parts.abundances = whole->abundances();
  parts.spectra(4, 3) = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t c = 0; c < 30; ++c) parts.spectra(6, c) = 0.5F;  // flat: no SNV
  const DatasetPtr raw = *Dataset::create(std::move(parts));
  const auto data = preprocess_for(raw, steps({"nan", "snv", "standardise"}),
                                   [](const Dataset& seen) -> Result<TrainPlan> { return even_rows(seen); });
  ASSERT_TRUE(data.has_value()) << data.error().message();
  const Rows& fitted = data->pipeline->fitted_rows();
  EXPECT_THAT(fitted, testing::Contains(4U));
  EXPECT_THAT(fitted, testing::Not(testing::Contains(6U)));
  EXPECT_EQ(fitted, even_rows(*data->seen).labelled);
  EXPECT_THAT(english(data->warnings), testing::Contains(HasSubstr("flat")));
}

TEST(Preprocessed, ARunIsResumedWithItsOwnStepsOnly) {
  const DatasetPtr raw = scattered();
  const Fitted run = trained(raw, steps({"msc", "centre"}));
  const ModelState state = run.trainer->state();
  const auto again = preprocess_with(raw, *state.preprocessing);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->seen->fingerprint(), run.data.seen->fingerprint());
  const auto inner = without_preprocessing(state, *again);
  ASSERT_TRUE(inner.has_value());
  EXPECT_FALSE(inner->preprocessing.has_value());
  EXPECT_EQ(inner->data_fingerprint, again->seen->fingerprint());
  const Fitted other = trained(raw, steps({"snv"}));
  EXPECT_THAT(without_preprocessing(state, other.data).error().message(), HasSubstr("another run"));
}

TEST(Preprocessed, TheLinkIsThatOfMeasuredSpectraOnly) {
  TrainConfig config = *TrainConfig::from_preset("guided");
  EXPECT_FALSE(adapt_link(config, steps({"savgol", "mask:keep=0-9"})).has_value());
  EXPECT_EQ(config.link, "auto");
  EXPECT_THAT(adapt_link(config, steps({"snv"}))->english(), HasSubstr("After snv"));
  EXPECT_EQ(config.link, "identity");
  EXPECT_FALSE(adapt_link(config, steps({"snv"})).has_value());
  config.link = "hapke";
  EXPECT_THAT(adapt_link(config, steps({"savgol:derivative=1"}))->english(), HasSubstr("link=hapke"));
  EXPECT_EQ(config.link, "hapke");
}

TEST(Preprocessed, ASplitFitsItsOwnStepsAndAPlantedLeakIsCaught) {
  const DatasetPtr raw = scattered();
  Split split;
  for (std::uint32_t row = 0; row < raw->rows(); ++row)
    (row % 5 == 0 ? split.test : split.train).push_back(row);
  const Pipeline pipeline = steps({"msc", "standardise"});
  const auto clean = preprocess_split(raw, pipeline, split);
  ASSERT_TRUE(clean.has_value()) << clean.error().message();
  // Whatever the rows that judge hold, the steps are the same.
  DatasetParts parts;
  const auto values = raw->spectra().values();
  parts.spectra =
      Matrix<float>(std::vector<float>(values.begin(), values.end()), raw->rows(), raw->channels());
  parts.abundances = raw->abundances();
  for (const std::uint32_t row : split.test)
    for (std::size_t c = 0; c < 30; ++c) parts.spectra(row, c) = static_cast<float>(100 + row * c);
  const auto altered = preprocess_split(*Dataset::create(std::move(parts)), pipeline, split);
  ASSERT_TRUE(altered.has_value());
  EXPECT_EQ(clean->data.pipeline->state(), altered->data.pipeline->state());

  Rows leaking = split.train;
  leaking.push_back(split.test[3]);
  const auto leaky = FittedPipeline::fit(pipeline, *raw, leaking);
  ASSERT_TRUE(leaky.has_value());
  const Status caught = check_no_leak(**leaky, split.test);
  ASSERT_FALSE(caught.has_value());
  EXPECT_THAT(caught.error().message(), HasSubstr("row " + std::to_string(split.test[3])));
  EXPECT_TRUE(check_no_leak(*clean->data.pipeline, split.test).has_value());
}

}  // namespace
}  // namespace assayer
