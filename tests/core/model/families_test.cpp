// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "fixture.h"

namespace assayer::model {
namespace {

using test::composition;
using test::fill;

/// The cases of expected_families.py.
struct Problem {
  static constexpr Index M = 2, C = 4, K = 3, Z = 2, BL = 3, BU = 2, BY = 5;

  static TrainConfig config(const std::string& name) {
    TrainConfig config = test::SmallProblem::config("tanh");
    config.hidden_zy = {3};
    config.temperature = 0.7;
    if (name == "libs") config.likelihood = "softplus-gaussian";
    if (name == "mnist") {
      config.likelihood = "bernoulli";
      config.y_posterior = "concrete";
      config.nonlinearity = "softplus";
      config.samples = 2;
      config.bound = "importance";
    }
    if (name == "priors") {
      config.y_prior = {0.5, 2, 3};
      config.z_prior = "gaussian";
    }
    if (name == "inferred") {
      config.reverse_z = "inferred";
      config.samples = 2;
    }
    if (name == "samples" || name == "importance") config.samples = 3;
    if (name == "importance") config.bound = "importance";
    if (name == "priors" || name == "importance") config.reverse_z = "latent";
    if (name == "planar" || name == "coupling") config.flow = name;
    return config;
  }

  explicit Problem(const std::string& name)
      : settings(config(name)),
        networks(settings, {M, C, K, Z}, at::TensorOptions().dtype(at::kDouble)),
        options(ObjectiveOptions::of(settings)) {
    const at::NoGradGuard no_grad;
    for (std::size_t p = 0; p < networks.parameters().count(); ++p) {
      at::Tensor leaf = networks.parameters().leaf(p).detach();
      leaf.copy_(fill(leaf.sizes(), static_cast<int>(p), 0.4));
    }
    networks.set_centre(0.7 + fill({C}, 60, 0.2));
    const Index s = settings.samples;
    const Index free = settings.y_posterior == "concrete" ? K : K - 1;
    for (const auto& [target, rows, p] : {std::tuple{&batch.x_l, BL, 40}, std::tuple{&batch.x_u, BU, 41}}) {
      const at::Tensor x = fill({M, rows, C}, p, 1.0);
      *target = settings.likelihood == "bernoulli"           ? 0.5 + 0.49 * x
                : settings.likelihood == "softplus-gaussian" ? 0.45 * x
                                                             : x;
    }
    batch.y_l = composition({M, BL, K}, 42);
    batch.y_u = composition({M, BY, K}, 43);
    noise.z_l = fill({M, s * BL, Z}, 44, 1.5);
    noise.y_u = fill({M, s * BU, free}, 45, 1.5);
    noise.z_u = fill({M, s * BU, Z}, 46, 1.5);
    noise.x_y = fill({M, s * BY, C}, 47, 1.5);
    noise.prior_9 = fill({M, s * BL, Z}, 48, 1.4);
    noise.prior_10 = fill({M, s * BY, Z}, 49, 1.4);
    noise.prior_14 = fill({M, s * BL, Z}, 50, 1.4);
    noise.z_21 = fill({M, s * BY, Z}, 51, 1.5);
    noise.prior_22 = fill({M, kMixture * BY, Z}, 52, 1.4);
    noise.x_22 = fill({M, kMixture * BY, C}, 53, 1.5);
  }

  [[nodiscard]] Objective value() const { return objective(networks, batch, noise, options); }

  TrainConfig settings;
  Networks networks;
  ObjectiveOptions options;
  Batch batch;
  Noise noise;
};

class ObjectiveFamilies : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::ifstream file(ASSAYER_TEST_DIR "/core/model/expected_families.json");
    ASSERT_TRUE(file) << "expected_families.json is missing";
    expected = nlohmann::json::parse(file).at(GetParam());
  }
  nlohmann::json expected;
  Problem problem{GetParam()};
};

TEST_P(ObjectiveFamilies, AgreeWithIndependentFloat64Values) {
  const Objective value = problem.value();
  for (Index m = 0; m < Problem::M; ++m) {
    for (const Term term : kTerms) {
      const Tensor& got = value.terms[static_cast<std::size_t>(term)];
      EXPECT_EQ(got.defined(), term != Term::Kz || GetParam() == "inferred") << name(term);
      if (!got.defined()) continue;
      const double wanted = expected["terms"][static_cast<std::size_t>(m)][std::string(name(term))];
      EXPECT_NEAR(got[m].item<double>(), wanted, 1e-9 * std::max(1.0, std::abs(wanted)))
          << name(term) << " member " << m;
    }
  }
}

TEST_P(ObjectiveFamilies, GradientsAgreeWithIndependentCentralDifferences) {
  Parameters& parameters = problem.networks.parameters();
  std::map<std::string, std::size_t> index;
  for (std::size_t p = 0; p < parameters.count(); ++p) index[parameters.name(p)] = p;
  for (const Term term : kTerms) {
    parameters.zero_gradients();
    const Tensor value = problem.value().terms[static_cast<std::size_t>(term)];
    if (!value.defined()) continue;
    value.sum().backward();
    std::size_t checked = 0;
    for (const auto& [key, gradient] : expected["gradients"].items()) {
      const auto colon = key.rfind(':');
      ASSERT_TRUE(index.contains(key.substr(0, colon))) << key;
      const Tensor got = parameters.leaf(index[key.substr(0, colon)]).grad().flatten();
      const double wanted = gradient[std::string(name(term))];
      EXPECT_NEAR(got[std::stol(key.substr(colon + 1))].item<double>(), wanted,
                  1e-7 * std::max(1.0, std::abs(wanted)))
          << name(term) << " " << key;
      ++checked;
    }
    EXPECT_GT(checked, 25U);
  }
}

TEST_P(ObjectiveFamilies, TotalGradientAgreesWithCentralDifferencesOfItself) {
  Parameters& parameters = problem.networks.parameters();
  parameters.zero_gradients();
  problem.value().total.sum().backward();
  const Tensor gradient = parameters.gradients().clone();
  const at::NoGradGuard no_grad;
  const double step = 1e-5;
  for (Index i = 0; i < gradient.numel(); i += 11) {
    const double keep = parameters.values()[i].item<double>();
    const auto at = [&](double value) {
      parameters.values()[i] = value;
      return problem.value().total.sum().item<double>();
    };
    const double difference = (at(keep + step) - at(keep - step)) / (2 * step);
    parameters.values()[i] = keep;
    EXPECT_NEAR(gradient[i].item<double>(), difference, 1e-6 * std::max(1.0, std::abs(difference)))
        << "element " << i;
  }
}

TEST_P(ObjectiveFamilies, MembersDoNotTouchEachOther) {
  const Tensor before = problem.value().total.detach().clone();
  {
    const at::NoGradGuard no_grad;
    for (std::size_t p = 0; p < problem.networks.parameters().count(); ++p) {
      const auto [offset, length] = problem.networks.parameters().range(p, 1);
      problem.networks.parameters().values().narrow(0, offset, length).fill_(std::nan(""));
    }
  }
  problem.networks.parameters().zero_gradients();
  const Objective after = problem.value();
  after.total.sum().backward();
  EXPECT_EQ(after.total[0].item<double>(), before[0].item<double>());
  EXPECT_TRUE(std::isnan(after.total[1].item<double>()));
  for (std::size_t p = 0; p < problem.networks.parameters().count(); ++p) {
    EXPECT_TRUE(at::isfinite(problem.networks.parameters().leaf(p).grad()[0]).all().item<bool>())
        << problem.networks.parameters().name(p);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, ObjectiveFamilies,
                         testing::Values("libs", "mnist", "priors", "inferred", "samples", "importance",
                                         "planar", "coupling"),
                         [](const auto& tested) { return tested.param; });

TEST(Bounds, OneSampleIsTheSameUnderBothBounds) {
  const Tensor rows = fill({2, 3}, 1, 2.0);
  EXPECT_TRUE(terms::bound_of_samples(rows, 3, true).equal(rows));
  EXPECT_TRUE(terms::bound_of_samples(rows, 3, false).equal(rows));
}

TEST(Bounds, ImportanceRisesFromTheElboToTheEvidenceWithTheSamples) {
  // z ~ N(0, 1), x | z ~ N(z, 1), so that log p(x) = log N(x; 0, 2); q(z|x) = N(0.1, 0.8²) at x = 1.2 is not
  // the posterior N(0.6, 0.5), so that the ELBO has a gap.
  const double x = 1.2;
  const auto log_normal = [](const Tensor& v, double mean, double sd) {
    return -0.5 * ((v - mean) / sd).square() - std::log(sd) - 0.5 * std::log(2 * M_PI);
  };
  const double evidence = -0.25 * x * x - 0.5 * std::log(2.0) - 0.5 * std::log(2 * M_PI);
  // KL(N(0.1, 0.64) ‖ N(0.6, 0.5)): the gap of the ELBO in closed form.
  const double gap = 0.5 * (0.64 / 0.5 + 0.25 / 0.5 - 1 - std::log(0.64 / 0.5));
  at::Generator generator = at::detail::createCPUGenerator(3);
  const Index repeats = 40000;
  double previous = -1e9;
  for (const Index samples : {1, 2, 5, 50}) {
    const Tensor z = 0.1 + 0.8 * at::empty({1, samples * repeats}, at::kDouble).normal_(0, 1, generator);
    const Tensor log_weight = log_normal(z, 0, 1) + log_normal(x - z, 0, 1) - log_normal(z, 0.1, 0.8);
    const double elbo = terms::bound_of_samples(log_weight, repeats, false).mean().item<double>();
    const double bound = terms::bound_of_samples(log_weight, repeats, true).mean().item<double>();
    EXPECT_NEAR(elbo, evidence - gap, 0.02);
    EXPECT_GE(bound, elbo - 1e-12);
    EXPECT_GT(bound, previous) << samples;
    EXPECT_LT(bound, evidence + 0.005) << samples;
    previous = bound;
  }
  EXPECT_NEAR(previous, evidence, 0.01);
}

TEST(Bounds, DivergenceOfAKnownMixtureIsTheClosedForm) {
  // With decoders and encoders without weights but biases, q(z|x,y) does not depend on x: (22) is then the
  // divergence of two Gaussians.
  TrainConfig config = Problem::config("inferred");
  config.z_prior = "gaussian";
  config.samples = 1;
  config.members = 1;
  config.nuisance_dimensions = 1;
  const Index rows = 20000;
  Networks networks(config, {1, 2, 3, 1}, at::TensorOptions().dtype(at::kDouble));
  const auto set = [&](const std::string& name, double value) {
    for (std::size_t p = 0; p < networks.parameters().count(); ++p) {
      if (networks.parameters().name(p) == name) networks.parameters().leaf(p).detach().fill_(value);
    }
  };
  set("q_z/mean/bias", 0.3);
  set("q_z/log_variance/bias", 2 * std::log(0.7));
  set("q_zy/mean/bias", -0.2);
  set("q_zy/log_variance/bias", 2 * std::log(0.4));
  at::Generator generator = at::detail::createCPUGenerator(8);
  const auto normal = [&](Index n, Index cols) {
    return at::empty({1, n, cols}, at::kDouble).normal_(0, 1, generator);
  };
  const Tensor y = composition({1, 1, 3}, 4).repeat({1, rows, 1});
  const Tensor kl =
      terms::k_z(networks, y, normal(rows, 1), normal(kMixture * rows, 1), normal(kMixture * rows, 2));
  const double expected = std::log(0.7 / 0.4) + (0.16 + 0.25) / (2 * 0.49) - 0.5;
  EXPECT_NEAR(kl.mean().item<double>(), expected, 0.01);
}

}  // namespace
}  // namespace assayer::model
