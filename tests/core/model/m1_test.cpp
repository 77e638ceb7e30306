// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "core/io/model_file.h"
#include "core/model/m1_networks.h"
#include "core/train/methods.h"
#include "core/train/prediction_blocks.h"
#include "fixture.h"
#include "recorder.h"

namespace assayer {
namespace {

using model::Index;
using model::M1Readout;
using model::Tensor;

TEST(M1Readout, ReadsAndPlacesWhatIsLinear) {
  // h = y · A + z · b exactly: reading, placing and the nuisance must undo it.
  const std::size_t n = 40;
  Random random(2);
  Matrix<double> y(n, 3);
  Matrix<double> h(n, 3);
  std::vector<double> z(n);
  const double a[3][3] = {{1, 0, 0.2}, {-1, 0.5, 0}, {0, -0.5, 0.4}};
  const double b[3] = {0.3, 0.2, -0.9};
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (double& part : y.row(i)) sum += part = random.gamma(1.0);
    for (double& part : y.row(i)) part /= sum;
    z[i] = i % 2 == 0 ? 0.5 : -0.5;
    for (std::size_t d = 0; d < 3; ++d) {
      h(i, d) = z[i] * b[d];
      for (std::size_t k = 0; k < 3; ++k) h(i, d) += y(i, k) * a[k][d];
    }
  }
  const auto readout = M1Readout::fit(h, y, 1);
  ASSERT_TRUE(readout) << readout.error().message();
  const Matrix<double> read = readout->compositions(h);
  const Matrix<double> nuisance = readout->nuisance(h, y);
  const Matrix<double> back = readout->latent(y, nuisance);
  double dot = 0;
  double own = 0;
  double true_square = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(read(i, k), y(i, k), 1e-4);
    // The rest has one direction, which the axis spans: nothing is lost.
    for (std::size_t d = 0; d < 3; ++d) EXPECT_NEAR(back(i, d), h(i, d), 1e-4);
    dot += nuisance(i, 0) * z[i];
    own += nuisance(i, 0) * nuisance(i, 0);
    true_square += z[i] * z[i];
  }
  EXPECT_GT(std::abs(dot) / std::sqrt(own * true_square), 0.95);
  for (const double spread : readout->spread) EXPECT_LT(spread, 1e-4);
}

TEST(M1Readout, SurvivesAFileAndFewerLabelsThanDimensions) {
  const auto readout = M1Readout::fit(Matrix<double>({0.1, 0.2, 0.3, -0.4, 0.5, 0.6}, 2, 3),
                                      Matrix<double>({1, 0, 0, 0, 1, 0}, 2, 3), 1);
  ASSERT_TRUE(readout) << readout.error().message();
  std::vector<NamedArray> arrays;
  readout->add_to(arrays, 0);
  const auto back = M1Readout::from(arrays, 0, 3, 1);
  ASSERT_TRUE(back) << back.error().message();
  for (std::size_t i = 0; i < readout->read.values().size(); ++i)
    EXPECT_NEAR(back->read.values()[i], readout->read.values()[i], 1e-6);
  EXPECT_FALSE(M1Readout::from(arrays, 1, 3, 1)) << "no such member";
  EXPECT_FALSE(M1Readout::from(arrays, 0, 3, 2)) << "another shape";
}

TEST(M1, BoundIsThatOfALinearGaussianModelInClosedForm) {
  // One latent, weights 0 but for the decoder's slope w: log p(x|h) = log N(x; w h + b, s²), q(h|x) = N(m,
  // t²), p(h) = N(0, 1): E log p(x|h) + E log p(h) + entropy in closed form.
  TrainConfig config;
  config.method = "m1";
  config.z_prior = "gaussian";
  config.hidden_z = {1};
  config.hidden_x = {1};
  config.nuisance_dimensions = 1;
  model::M1Networks networks(config, {1, 1, 2, 1}, at::TensorOptions().dtype(at::kDouble));
  EXPECT_EQ(networks.latent(), 2);
  const auto set = [&](const std::string& name, double value) {
    for (std::size_t p = 0; p < networks.parameters().count(); ++p) {
      if (networks.parameters().name(p) == name) networks.parameters().leaf(p).detach().fill_(value);
    }
  };
  set("q_h/mean/bias", 0.3);
  set("q_h/log_variance/bias", 2 * std::log(0.6));
  set("p_x/mean/bias", 0.5);
  set("p_x/log_variance/bias", 2 * std::log(1.4));
  const Index n = 100000;
  at::Generator generator = at::detail::createCPUGenerator(3);
  const Tensor noise = at::empty({1, n, 2}, at::kDouble).normal_(0, 1, generator);
  const Tensor bound = model::terms::l_x(networks, at::full({1, 1, 1}, 1.7, at::kDouble), noise);
  EXPECT_EQ(bound.size(1), n);
  const double log_p_x = -0.5 * std::pow(1.2 / 1.4, 2) - std::log(1.4) - 0.5 * std::log(2 * M_PI);
  // KL(N(0.3, 0.36) ‖ N(0, 1)) for each of the two dimensions.
  const double kl = 0.5 * (0.36 + 0.09 - 1 - std::log(0.36));
  EXPECT_NEAR(bound.mean().item<double>(), log_p_x - 2 * kl, 0.01);
}

class M1Training : public testing::Test {
 protected:
  void SetUp() override {
    data = test::small_dataset(120);
    config.method = "m1";
    config.epochs = 400;
    config.rate = 0.01;
    config.hidden_z = {20};
    config.batch = 60;
    config.members = 2;
    plan.labelled.resize(40);
    std::iota(plan.labelled.begin(), plan.labelled.end(), 0U);
    plan.unlabelled.resize(120);
    std::iota(plan.unlabelled.begin(), plan.unlabelled.end(), 0U);
    plan.unfeatured = Matrix<double>(0, 3);
  }
  ModelState train(const TrainConfig& settings, const ModelState* resume = nullptr) const {
    auto trainer = make_trainer(data, plan, settings, resume);
    EXPECT_TRUE(trainer) << trainer.error().message();
    RunControl control;
    test::Recorder recorder;
    EXPECT_TRUE((*trainer)->run(control, recorder));
    return (*trainer)->state();
  }
  DatasetPtr data;
  TrainConfig config;
  TrainPlan plan;
};

TEST_F(M1Training, ReadsCompositionsThatItNeverLearnt) {
  const ModelState state = train(config);
  const auto& history = state.training->history;
  EXPECT_GT(history.back().total, history.front().total + 5);
  EXPECT_TRUE(std::isnan(history.back().terms[static_cast<std::size_t>(Term::Jfd)]));
  const auto model = make_model(state);
  ASSERT_TRUE(model) << model.error().message();
  const auto prediction = (*model)->predict(data->spectra());
  ASSERT_TRUE(prediction);
  double error = 0;
  double naive = 0;
  for (std::size_t i = 40; i < 120; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const double truth = data->abundances()->row(i)[k];
      sum += prediction->composition(i, k);
      error += std::abs(prediction->composition(i, k) - truth);
      naive += std::abs(1.0 / 3 - truth);
      EXPECT_GT(prediction->composition_sd(i, k), 0);
    }
    EXPECT_NEAR(sum, 1, 1e-9);
  }
  EXPECT_LT(error, 0.5 * naive);
  EXPECT_EQ(prediction->z.cols(), 1U);
  EXPECT_EQ((*model)->endmembers().mean.rows(), 3U);
  // A spectrum decoded from its own composition and z is near itself.
  Matrix<double> y(1, 3);
  Matrix<double> z(1, 1);
  std::ranges::copy(prediction->composition.row(50), y.row(0).begin());
  z(0, 0) = prediction->z(50, 0);
  const auto decoded = (*model)->generate(y, z);
  ASSERT_TRUE(decoded);
  for (std::size_t c = 0; c < data->channels(); ++c)
    EXPECT_NEAR(decoded->mean(0, c), data->spectra()(50, c), 0.12);
  EXPECT_FALSE((*model)->predict_draws(data->spectra(), nullptr, 5, 1)) << "M1 has no q(y|x)";
}

TEST_F(M1Training, AnswersManyRowsSomeAtATime) {
  config.epochs = 4;
  const auto model = make_model(train(config));
  ASSERT_TRUE(model) << model.error().message();
  constexpr std::size_t kRows = 5000;
  constexpr std::size_t kFirst = 4096;  // of the third block
  const DatasetPtr many = test::small_dataset(kRows, 2);
  Matrix<float> spectra(kRows, many->channels());
  std::ranges::copy(many->spectra().values(), spectra.data());
  spectra(kFirst + 7, 3) = std::numeric_limits<float>::quiet_NaN();
  Matrix<double> known = many->abundances()->values();
  known(kFirst + 9, 0) = std::numeric_limits<double>::quiet_NaN();
  const auto all = (*model)->predict(spectra, &known);
  ASSERT_TRUE(all) << all.error().message();
  const Matrix<double> known_last = block_of(known, kFirst, kRows - kFirst);
  const auto last =
      (*model)->predict({spectra.row(kFirst).data(), kRows - kFirst, spectra.cols()}, &known_last);
  ASSERT_TRUE(last) << last.error().message();
  for (std::size_t i = 0; i < kRows - kFirst; ++i) {
    if (i == 7) {
      EXPECT_TRUE(std::isnan(all->composition(kFirst + i, 0)) && std::isnan(all->z_sd(kFirst + i, 0)));
      continue;
    }
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_EQ(all->composition(kFirst + i, k), last->composition(i, k)) << i;
      EXPECT_EQ(all->composition_sd(kFirst + i, k), last->composition_sd(i, k)) << i;
    }
    EXPECT_EQ(all->z(kFirst + i, 0), last->z(i, 0)) << i;
    EXPECT_EQ(all->z_sd(kFirst + i, 0), last->z_sd(i, 0)) << i;
  }
  // A row's own composition says what its z is, also behind the first block.
  const auto unknown = (*model)->predict(spectra);
  ASSERT_TRUE(unknown);
  EXPECT_NE(unknown->z(kFirst + 8, 0), all->z(kFirst + 8, 0));
  EXPECT_EQ(unknown->z(kFirst + 9, 0), all->z(kFirst + 9, 0));
}

TEST_F(M1Training, IsReproducibleResumesAndSurvivesAFile) {
  config.epochs = 6;
  const ModelState whole = train(config);
  EXPECT_EQ(train(config).weights, whole.weights);
  TrainConfig half = config;
  half.epochs = 3;
  const ModelState checkpoint = train(half);
  const ModelState resumed = train(config, &checkpoint);
  EXPECT_EQ(resumed.weights, whole.weights);
  EXPECT_EQ(resumed.fixed, whole.fixed);
  const auto path = std::filesystem::temp_directory_path() / "assayer-m1-test.h5";
  ASSERT_TRUE(write_model(whole, path, true));
  const auto read = read_model(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(read) << read.error().message();
  const auto model = make_model(*read);
  ASSERT_TRUE(model) << model.error().message();
  const auto expected = (*make_model(whole))->predict(data->spectra());
  EXPECT_EQ((*model)->predict(data->spectra())->composition, expected->composition);
}

}  // namespace
}  // namespace assayer
