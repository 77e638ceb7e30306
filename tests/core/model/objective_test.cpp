// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/objective.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fixture.h"

namespace assayer::model {
namespace {

using test::SmallProblem;

class ObjectiveTerms : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::ifstream file(ASSAYER_TEST_DIR "/core/model/expected_terms.json");
    ASSERT_TRUE(file) << "expected_terms.json is missing";
    expected = nlohmann::json::parse(file).at(GetParam());
  }
  nlohmann::json expected;
  SmallProblem problem{GetParam()};
};

TEST_P(ObjectiveTerms, AgreeWithIndependentFloat64Values) {
  const Objective value = objective(problem.networks, problem.batch, problem.noise, {});
  for (std::int64_t m = 0; m < SmallProblem::M; ++m) {
    for (const Term term : kTerms) {
      if (term == Term::Kz) continue;  // families_test.cpp
      const Tensor& got = value.terms[static_cast<std::size_t>(term)];
      const double wanted = expected["terms"][static_cast<std::size_t>(m)][std::string(name(term))];
      EXPECT_NEAR(got[m].item<double>(), wanted, 1e-11 * std::max(1.0, std::abs(wanted)))
          << name(term) << " member " << m;
    }
    const double total = expected["total"][static_cast<std::size_t>(m)];
    EXPECT_NEAR(value.total[m].item<double>(), total, 1e-10);
  }
}

TEST_P(ObjectiveTerms, GradientsAgreeWithIndependentCentralDifferences) {
  std::map<std::string, std::size_t> parameter;
  for (std::size_t p = 0; p < problem.networks.parameters().count(); ++p)
    parameter[problem.networks.parameters().name(p)] = p;
  for (const Term term : kTerms) {
    if (term == Term::Kz) continue;
    problem.networks.parameters().zero_gradients();
    const Objective value = objective(problem.networks, problem.batch, problem.noise, {});
    value.terms[static_cast<std::size_t>(term)].sum().backward();
    std::size_t checked = 0;
    for (const auto& [key, gradient] : expected["gradients"].items()) {
      const auto colon = key.rfind(':');
      ASSERT_TRUE(parameter.contains(key.substr(0, colon))) << key;
      const Tensor got = problem.networks.parameters().leaf(parameter[key.substr(0, colon)]).grad().flatten();
      const double wanted = gradient[std::string(name(term))];
      EXPECT_NEAR(got[std::stol(key.substr(colon + 1))].item<double>(), wanted,
                  1e-7 * std::max(1.0, std::abs(wanted)))
          << name(term) << " " << key;
      ++checked;
    }
    EXPECT_GT(checked, 40U);
  }
}

TEST_P(ObjectiveTerms, TotalGradientAgreesWithCentralDifferencesOfItself) {
  Parameters& parameters = problem.networks.parameters();
  parameters.zero_gradients();
  objective(problem.networks, problem.batch, problem.noise, {}).total.sum().backward();
  const Tensor gradient = parameters.gradients().clone();
  const at::NoGradGuard no_grad;
  const double step = 1e-5;
  for (std::int64_t i = 0; i < gradient.numel(); i += 7) {
    const double keep = parameters.values()[i].item<double>();
    const auto at = [&](double value) {
      parameters.values()[i] = value;
      return objective(problem.networks, problem.batch, problem.noise, {}).total.sum().item<double>();
    };
    const double difference = (at(keep + step) - at(keep - step)) / (2 * step);
    parameters.values()[i] = keep;
    EXPECT_NEAR(gradient[i].item<double>(), difference, 1e-6 * std::max(1.0, std::abs(difference)))
        << "element " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, ObjectiveTerms, testing::Values("tanh", "softplus"));

TEST(Objective, M2LeavesTheReverseModelOut) {
  SmallProblem problem("tanh");
  ObjectiveOptions m2;
  m2.alphas.reverse = 0;
  const Objective value = objective(problem.networks, problem.batch, problem.noise, m2);
  EXPECT_FALSE(value.terms[static_cast<std::size_t>(Term::Lrxy)].defined());
  EXPECT_FALSE(value.terms[static_cast<std::size_t>(Term::Lry)].defined());
  const auto term = [&](Term t) { return value.terms[static_cast<std::size_t>(t)]; };
  const Tensor expected = term(Term::Lfxy) + term(Term::Lfx) - term(Term::Jfd) - term(Term::Jrd);
  EXPECT_TRUE(at::allclose(value.total, expected));
}

TEST(Objective, LatentNuisanceDiffersFromObservedByThePriorAlone) {
  SmallProblem problem("tanh");
  const Tensor observed = terms::l_ry(problem.networks, problem.batch.y_u, problem.noise.prior_10,
                                      problem.noise.x_y, ReverseZ::Observed);
  const Tensor latent = terms::l_ry(problem.networks, problem.batch.y_u, problem.noise.prior_10,
                                    problem.noise.x_y, ReverseZ::Latent);
  EXPECT_TRUE(at::allclose(latent - observed, at::full_like(latent, 2 * std::log(3.0))));
}

TEST(Objective, MembersDoNotTouchEachOther) {
  SmallProblem problem("tanh");
  const Tensor before = objective(problem.networks, problem.batch, problem.noise, {}).total.detach().clone();
  {
    const at::NoGradGuard no_grad;
    const auto [offset, length] = problem.networks.parameters().range(0, 1);
    problem.networks.parameters().values().narrow(0, offset, length).fill_(std::nan(""));
  }
  problem.networks.parameters().zero_gradients();
  const Objective after = objective(problem.networks, problem.batch, problem.noise, {});
  after.total.sum().backward();
  EXPECT_EQ(after.total[0].item<double>(), before[0].item<double>());
  EXPECT_TRUE(std::isnan(after.total[1].item<double>()));
  for (std::size_t p = 0; p < problem.networks.parameters().count(); ++p) {
    EXPECT_TRUE(at::isfinite(problem.networks.parameters().leaf(p).grad()[0]).all().item<bool>())
        << problem.networks.parameters().name(p);
  }
}

}  // namespace
}  // namespace assayer::model
