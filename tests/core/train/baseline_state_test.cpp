// SPDX-License-Identifier: GPL-3.0-or-later
// Baselines: what is refused, what a file keeps, and the regression behind "pls".
#include <numeric>

#include "core/baselines/pls.h"
#include "core/guided/folds.h"
#include "core/io/model_file.h"
#include "core/train/baseline_run.h"
#include "core/train/frame.h"
#include "tests/core/io/temporary_folder.h"
#include "tests/core/train/baseline_data.h"

namespace assayer::test {
namespace {

using ::testing::HasSubstr;

template <class T>
void expect_refused(const Result<T>& result, Error::Kind kind, const std::string& words) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, kind) << result.error().message();
  EXPECT_THAT(result.error().message(), HasSubstr(words));
}

TEST(BaselineFile, KeepsEveryMethodToTheLastBit) {
  const TemporaryFolder folder;
  MixedData made = mixed_data({.noise = 5e-3});
  made.parts.bad_channels.assign(24, 0);
  made.parts.bad_channels[2] = 1;
  const DatasetPtr data = dataset_of(made.parts);
  const auto x = spectra_rows(*data, made.held_out);
  for (const std::string_view method : baseline_methods()) {
    const auto path = folder / (std::string(method) + ".h5");
    auto trainer = make_trainer(data, made.plan, baseline_config(method));
    ASSERT_TRUE(trainer);
    RunControl control;
    Ear ear;
    ASSERT_TRUE((*trainer)->run(control, ear));
    const auto model = (*trainer)->model();
    ASSERT_TRUE(write_model((*trainer)->state(), path, false));
    auto state = read_model(path);
    ASSERT_TRUE(state) << state.error().message();
    EXPECT_EQ(state->config.method, method);
    EXPECT_EQ(state->facts, model->state().facts);
    EXPECT_EQ(state->plan.labelled, made.plan.labelled);
    ASSERT_TRUE(state->training);
    EXPECT_EQ(state->training->epoch, 1);
    const auto again = make_model(*std::move(state));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ((*again)->predict(x)->composition, model->predict(x)->composition) << method;
    EXPECT_EQ((*again)->predict(x)->composition_sd, model->predict(x)->composition_sd) << method;
    EXPECT_TRUE(same_numbers((*again)->endmembers().mean, model->endmembers().mean)) << method;
    const Matrix<double> y(1, 3, 1.0 / 3);
    EXPECT_TRUE(same_numbers(*(*again)->sample(y, {}, 3, 9), *model->sample(y, {}, 3, 9))) << method;
  }
}

TEST(BaselineFile, RefusesArraysThatAreMissingOrOfOtherShapes) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config("ridge"));
  ASSERT_TRUE(model);
  const ModelState& whole = (*model)->state();
  ASSERT_EQ(whole.fixed.size(), 5U);
  for (std::size_t i = 0; i < whole.fixed.size(); ++i) {
    ModelState state = whole;
    state.fixed[i].values.pop_back();
    expect_refused(make_model(state), Error::Kind::Data, "damaged");
    state.fixed.erase(state.fixed.begin() + static_cast<std::ptrdiff_t>(i));
    expect_refused(make_model(state), Error::Kind::Data, "damaged");
  }
  const auto unmixing = fitted(data, made.plan, baseline_config("vca"));
  ASSERT_TRUE(unmixing);
  ModelState state = (*unmixing)->state();
  EXPECT_TRUE(make_model(state));
  state.facts.erase("link");
  expect_refused(make_model(state), Error::Kind::Usage, "hapke");
}

TEST(BaselineErrors, PredictRefusesOtherChannels) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config("pls"));
  ASSERT_TRUE(model);
  expect_refused((*model)->predict(Matrix<float>(2, 23)), Error::Kind::Data, "24 channels");
}

TEST(BaselineErrors, NameWhatThePlanLacks) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  for (const std::string_view method : baseline_methods()) {
    const TrainConfig config = baseline_config(method);
    TrainPlan plan = made.plan;
    plan.labelled.resize(1);
    expect_refused(make_trainer(data, plan, config), Error::Kind::Data, "too few labelled");
    plan.labelled.clear();
    expect_refused(make_trainer(data, plan, config), Error::Kind::Data, "no labelled spectra");
    plan = made.plan;
    plan.labelled.push_back(150);
    expect_refused(make_trainer(data, plan, config), Error::Kind::Data, "row 150");
    plan = made.plan;
    plan.unfeatured = Matrix<double>(1, 2, 0.5);
    expect_refused(make_trainer(data, plan, config), Error::Kind::Usage, "unfeatured");
    DatasetParts parts = made.parts;
    parts.abundances.reset();
    expect_refused(make_trainer(dataset_of(std::move(parts)), made.plan, config), Error::Kind::Data,
                   "no compositions");
  }
}

TEST(BaselineErrors, RowsThatCannotBeUsedAreNamed) {
  MixedData made = mixed_data();
  made.parts.spectra(made.plan.labelled[3], 5) = std::numeric_limits<float>::quiet_NaN();
  const std::string row = "row " + std::to_string(made.plan.labelled[3]);
  expect_refused(make_trainer(dataset_of(made.parts), made.plan, baseline_config("vca")), Error::Kind::Data,
                 row);
}

TEST(BaselineErrors, OneCompositionIsNotEnough) {
  MixedData made = mixed_data({.noise = 0.01});
  Matrix<double> same(made.truth.rows(), 3);
  for (std::size_t i = 0; i < same.rows(); ++i)
    std::ranges::copy(std::array{0.2, 0.3, 0.5}, same.row(i).begin());
  made.parts.abundances = *Abundances::create(same, {"c0", "c1", "c2"});
  const DatasetPtr data = dataset_of(made.parts);
  for (const std::string method : {"pls", "pcr", "ridge"})
    expect_refused(fitted(data, made.plan, baseline_config(method)), Error::Kind::Data, "one composition");
  // Its least squares are three times the same direction.
  expect_refused(fitted(data, made.plan, baseline_config("least-squares")), Error::Kind::Data,
                 "not determined");
}

TEST(BaselineErrors, LibraryNeedsReferences) {
  MixedData made = mixed_data();
  made.parts.endmembers.reset();
  const auto refused = fitted(dataset_of(made.parts), made.plan, baseline_config("library"));
  expect_refused(refused, Error::Kind::Data, "no reference endmembers");
  EXPECT_EQ(refused.error().found, "none");
}

TEST(BaselinePls, IsTheRegressionWithTheNumberThatCrossValidationChose) {
  const MixedData made = mixed_data({.channels = 40, .noise = 0.02, .seed = 5});
  const DatasetPtr data = dataset_of(made.parts);
  TrainConfig config = baseline_config("pls");
  config.seed = 11;
  const auto model = fitted(data, made.plan, config);
  ASSERT_TRUE(model);

  const std::vector<std::uint8_t> every(40, 1);
  const Matrix<double> x = spectra_of(*data, made.plan.labelled, every);
  const Matrix<double> y = compositions_of(*data, made.plan.labelled);
  std::vector<std::uint32_t> fold(x.rows());
  const auto splits = guided::composition_splits(y, 5, 11);
  ASSERT_EQ(splits.size(), 5U);
  for (std::uint32_t s = 0; s < 5; ++s)
    for (const std::uint32_t row : splits[s].test) fold[row] = s;
  const PlsOptions options{.components = 20};
  const auto validated = cross_validate_pls(x, y, fold, options);
  const auto fit = fit_pls(x, y, options);
  ASSERT_TRUE(validated && fit);
  EXPECT_EQ((*model)->state().facts.at("components"), std::to_string(validated->components));
  EXPECT_LT(validated->components, 20U);

  const auto closed = [](Matrix<double> raw) {
    for (std::size_t i = 0; i < raw.rows(); ++i) {
      for (double& part : raw.row(i)) part = std::max(part, 1e-4);
      const double sum = std::accumulate(raw.row(i).begin(), raw.row(i).end(), 0.0);
      for (double& part : raw.row(i)) part /= sum;
    }
    return raw;
  };
  const auto expected = closed(fit->predict(spectra_of(*data, made.held_out, every), validated->components));
  const auto prediction = (*model)->predict(spectra_rows(*data, made.held_out));
  ASSERT_TRUE(prediction);
  const auto left_out = closed(validated->predicted);
  for (std::size_t k = 0; k < 3; ++k) {
    double squares = 0;
    for (std::size_t i = 0; i < y.rows(); ++i) squares += std::pow(left_out(i, k) - y(i, k), 2);
    const double rms = std::sqrt(squares / static_cast<double>(y.rows()));
    for (std::size_t i = 0; i < expected.rows(); ++i) {
      // Coefficients are kept as float32.
      EXPECT_NEAR(prediction->composition(i, k), expected(i, k), 2e-5);
      EXPECT_NEAR(prediction->composition_sd(i, k), rms, 1e-6);
    }
  }
}

}  // namespace
}  // namespace assayer::test
