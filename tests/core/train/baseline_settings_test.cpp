// SPDX-License-Identifier: GPL-3.0-or-later
// The baselines' own settings, through the configuration of a run.
#include "core/baselines/nmf.h"
#include "core/baselines/pls.h"
#include "core/baselines/regression.h"
#include "core/train/frame.h"
#include "tests/core/train/baseline_data.h"

namespace assayer::test {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

TrainConfig with(std::string_view method, const Settings& settings) {
  TrainConfig config = baseline_config(method);
  for (const auto& [key, value] : settings) {
    const Status set = config.set(key, value);
    EXPECT_TRUE(set) << set.error().message();
  }
  return config;
}

struct Fit {
  std::map<std::string, std::string> facts;
  Matrix<double> composition;
  EndmemberEstimate endmembers;
};

/// Fitted to noisy mixtures, and what it predicts for the rows that it has not seen.
Fit run(const MixedData& made, const TrainConfig& config) {
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, config);
  if (!model) {
    ADD_FAILURE() << model.error().message();
    return {};
  }
  const auto predicted = (*model)->predict(spectra_rows(*data, made.held_out));
  EXPECT_TRUE(predicted);
  return {(*model)->state().facts, predicted->composition, (*model)->endmembers()};
}

/// As models do: no part below 1e-4, sum 1.
Matrix<double> closed(Matrix<double> raw) {
  for (std::size_t i = 0; i < raw.rows(); ++i) {
    double sum = 0;
    for (double& part : raw.row(i)) sum += part = std::max(part, 1e-4);
    for (double& part : raw.row(i)) part /= sum;
  }
  return raw;
}

void expect_near(const Matrix<double>& a, const Matrix<double>& b, double bound) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_EQ(a.cols(), b.cols());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a.data()[i], b.data()[i], bound);
}

class BaselineSettings : public ::testing::Test {
 protected:
  const MixedData made_ = mixed_data({.noise = 0.01});
  const DatasetPtr data_ = dataset_of(made_.parts);
  const std::vector<std::uint8_t> every_ = std::vector<std::uint8_t>(24, 1);
  const Matrix<double> x_ = spectra_of(*data_, made_.plan.labelled, every_);
  const Matrix<double> y_ = compositions_of(*data_, made_.plan.labelled);
  const Matrix<double> new_ = spectra_of(*data_, made_.held_out, every_);
};

TEST_F(BaselineSettings, PlsTakesComponentsAndAlgorithm) {
  for (const auto& [name, algorithm] :
       {std::pair{"simpls", PlsAlgorithm::Simpls}, {"nipals", PlsAlgorithm::Nipals}}) {
    for (const std::size_t components : {1U, 2U, 6U}) {
      const Fit made =
          run(made_, with("pls", {{"components", std::to_string(components)}, {"pls_algorithm", name}}));
      EXPECT_EQ(made.facts.at("components"), std::to_string(components));
      const auto expected = fit_pls(x_, y_, {.components = components, .algorithm = algorithm});
      ASSERT_TRUE(expected);
      expect_near(made.composition, closed(expected->predict(new_, components)), 1e-5);
    }
  }
  // From the second component on the two differ with several columns to predict.
  const Fit simpls = run(made_, with("pls", {{"components", "2"}}));
  const Fit nipals = run(made_, with("pls", {{"components", "2"}, {"pls_algorithm", "nipals"}}));
  EXPECT_FALSE(same_numbers(simpls.composition, nipals.composition));
}

TEST_F(BaselineSettings, Pls1IsAModelPerComponent) {
  const Fit one = run(made_, with("pls", {{"components", "3"}, {"pls_outputs", "one"}}));
  EXPECT_EQ(one.facts.at("components"), "3, 3, 3");
  Matrix<double> expected(new_.rows(), 3);
  for (std::size_t k = 0; k < 3; ++k) {
    Matrix<double> column(y_.rows(), 1);
    for (std::size_t i = 0; i < y_.rows(); ++i) column(i, 0) = y_(i, k);
    const auto fit = fit_pls(x_, column, {.components = 3});
    ASSERT_TRUE(fit);
    const Matrix<double> predicted = fit->predict(new_, 3);
    for (std::size_t i = 0; i < new_.rows(); ++i) expected(i, k) = predicted(i, 0);
  }
  expect_near(one.composition, closed(expected), 1e-5);
  // Chosen by cross-validation, each has a number of its own.
  const Fit chosen = run(made_, with("pls", {{"pls_outputs", "one"}}));
  EXPECT_EQ(std::ranges::count(chosen.facts.at("components"), ','), 2);
}

TEST_F(BaselineSettings, PcrAndRidgeTakeTheirOwn) {
  const Fit pcr = run(made_, with("pcr", {{"components", "4"}}));
  EXPECT_EQ(pcr.facts.at("components"), "4");
  const auto components = fit_pcr(x_, y_, {.components = 4});
  ASSERT_TRUE(components);
  expect_near(pcr.composition, closed(components->with(4).predict(new_)), 1e-5);

  const Fit ridge = run(made_, with("ridge", {{"ridge", "0.37"}}));
  EXPECT_EQ(ridge.facts.at("ridge"), "0.37");
  const auto penalised = fit_ridge(x_, y_, 0.37);
  ASSERT_TRUE(penalised);
  expect_near(ridge.composition, closed(penalised->predict(new_)), 1e-5);
  // More than there can be is all there are.
  EXPECT_EQ(run(made_, with("pcr", {{"components", "1000"}})).facts.at("components"), "24");
}

TEST_F(BaselineSettings, ReachExtractionFactorisationAndSparseUnmixing) {
  const auto changes = [&](const char* method, const Settings& settings) {
    SCOPED_TRACE(method);
    const Fit plain = run(made_, with(method, {}));
    const Fit set = run(made_, with(method, settings));
    return !same_numbers(plain.endmembers.mean, set.endmembers.mean) ||
           !same_numbers(plain.composition, set.composition);
  };
  EXPECT_TRUE(changes("ppi", {{"skewers", "60"}}));
  EXPECT_TRUE(changes("minimum-volume", {{"outside", "0.2"}}));
  EXPECT_TRUE(changes("nmf", {{"volume_weight", "0.002"}}));
  EXPECT_TRUE(changes("nmf", {{"iterations", "1"}}));
  TrainConfig sparse = with("library", {{"unmixing", "sunsal"}});
  const Fit weak = run(made_, sparse);
  sparse.sunsal_lambda = 5;
  EXPECT_FALSE(same_numbers(run(made_, sparse).composition, weak.composition));
  NmfSettings defaults;
  const TrainConfig config;
  EXPECT_EQ(config.volume_weight, defaults.volume_weight);
  EXPECT_EQ(config.iterations, static_cast<std::int64_t>(defaults.max_iterations));
}

TEST(BaselineSettingsRange, IsChecked) {
  for (const auto& [key, value] : Settings{{"components", "-1"},
                                           {"ridge", "-2"},
                                           {"sunsal_lambda", "-1"},
                                           {"skewers", "0"},
                                           {"starts", "0"},
                                           {"outside", "0.6"},
                                           {"volume_weight", "-1"},
                                           {"iterations", "0"}}) {
    TrainConfig config;
    ASSERT_TRUE(config.set(key, value)) << key;
    const Status valid = config.validate();
    ASSERT_FALSE(valid) << key;
    EXPECT_EQ(valid.error().where, key);
  }
  TrainConfig config;
  EXPECT_FALSE(config.set("pls_algorithm", "kernel"));
  EXPECT_FALSE(config.set("pls_outputs", "two"));
}

}  // namespace
}  // namespace assayer::test
