// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: tests/core/guided/expected_guided.py (numpy, float64).
#include "core/model/guided_objective.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "guided_fixture.h"

namespace assayer::model {
namespace {

using guided::Task;
using test::SmallGuided;

constexpr std::array<Term, 5> kUsed = {Term::Lfxy, Term::Lfx, Term::Lrxy, Term::Lry, Term::Jfd};

class GuidedObjective : public testing::TestWithParam<Task> {
 protected:
  nlohmann::json expected = test::expected_guided().at("objective").at(std::string(guided::name(GetParam())));
  SmallGuided problem{GetParam()};
};

TEST_P(GuidedObjective, TermsAgreeWithNumpy) {
  const Objective value = problem.objective();
  for (std::int64_t m = 0; m < SmallGuided::M; ++m) {
    const auto& terms = expected.at("terms").at(static_cast<std::size_t>(m));
    for (const Term term : kUsed) {
      const double wanted = terms.at(std::string(name(term)));
      EXPECT_NEAR(value.terms[static_cast<std::size_t>(term)][m].item<double>(), wanted,
                  1e-9 * std::max(1.0, std::abs(wanted)))
          << name(term) << " member " << m;
    }
    const double total = terms.at("total");
    EXPECT_NEAR(value.total[m].item<double>(), total, 1e-9 * std::abs(total));
  }
  EXPECT_FALSE(value.terms[static_cast<std::size_t>(Term::Jrd)].defined());
}

TEST_P(GuidedObjective, GradientsAgreeWithNumpysCentralDifferences) {
  Parameters& parameters = problem.networks->parameters();
  parameters.zero_gradients();
  problem.objective().total.sum().backward();
  std::map<std::string, std::size_t> index;
  for (std::size_t p = 0; p < parameters.count(); ++p) index[parameters.name(p)] = p;
  std::size_t checked = 0;
  for (const auto& [key, gradient] : expected.at("gradients").items()) {
    const auto colon = key.rfind(':');
    ASSERT_TRUE(index.contains(key.substr(0, colon))) << key;
    const Tensor got = parameters.leaf(index[key.substr(0, colon)]).grad().flatten();
    const double wanted = gradient.get<double>();
    EXPECT_NEAR(got[std::stol(key.substr(colon + 1))].item<double>(), wanted,
                2e-6 * std::max(1.0, std::abs(wanted)))
        << key;
    ++checked;
  }
  EXPECT_GT(checked, 80U);
}

INSTANTIATE_TEST_SUITE_P(Tasks, GuidedObjective, testing::Values(Task::Unmixing, Task::Calibration),
                         [](const auto& task) { return std::string(guided::name(task.param)); });

TEST(GuidedObjectiveGradient, AgreesWithCentralDifferencesOfEveryWeight) {
  SmallGuided problem;
  Parameters& parameters = problem.networks->parameters();
  parameters.zero_gradients();
  problem.objective().total.sum().backward();
  const Tensor gradient = parameters.gradients().clone();
  const at::NoGradGuard no_grad;
  for (std::int64_t i = 0; i < gradient.numel(); ++i) {
    const double keep = parameters.values()[i].item<double>();
    const auto at = [&](double value) {
      parameters.values()[i] = value;
      return problem.objective().total.sum().item<double>();
    };
    const double difference = (at(keep + 1e-5) - at(keep - 1e-5)) / 2e-5;
    parameters.values()[i] = keep;
    EXPECT_NEAR(gradient[i].item<double>(), difference, 2e-6 * std::max(1.0, std::abs(difference)))
        << "element " << i;
  }
}

/// Largest gradient of a term with respect to weights whose name begins with `prefix`.
double steepest(SmallGuided& problem, Term term, const std::string& prefix) {
  Parameters& parameters = problem.networks->parameters();
  parameters.zero_gradients();
  const Tensor value = problem.objective().terms[static_cast<std::size_t>(term)];
  if (value.requires_grad()) value.sum().backward();
  double largest = 0;
  for (std::size_t p = 0; p < parameters.count(); ++p)
    if (parameters.name(p).starts_with(prefix))
      largest = std::max(largest, parameters.leaf(p).grad().abs().max().item<double>());
  return largest;
}

TEST(GuidedObjectiveGradient, CalibrationLetsLabelsAloneTeachTheCompositionsEncoder) {
  SmallGuided calibration(Task::Calibration);
  for (const Term term : {Term::Lfx, Term::Lfxy, Term::Lrxy, Term::Lry})
    EXPECT_EQ(steepest(calibration, term, "q_y/"), 0) << name(term);
  EXPECT_GT(steepest(calibration, Term::Jfd, "q_y/"), 0);
  EXPECT_GT(steepest(calibration, Term::Lfx, "q_z/"), 0);
  EXPECT_GT(steepest(calibration, Term::Lfx, "p_x/"), 0);

  SmallGuided unmixing;
  for (const Term term : {Term::Lfx, Term::Lrxy, Term::Lry, Term::Jfd})
    EXPECT_GT(steepest(unmixing, term, "q_y/"), 0) << name(term);
}

TEST(GuidedObjectiveValue, TheRampWeighsPosteriorTermsAlone) {
  SmallGuided problem;
  const auto at = [&](double ramp) {
    problem.options.ramp = ramp;
    return problem.objective();
  };
  const Objective none = at(0);
  const Objective whole = at(1);
  const auto term = [](const Objective& value, Term t) { return value.terms[static_cast<std::size_t>(t)]; };
  // Without the posterior's density (7) is log p(x|y,z) and constants.
  const Gaussian qz = problem.networks->q_z(problem.batch.seen_l, problem.batch.y_l);
  const Tensor z = interval::from_logit(reparameterise(qz, problem.noise.z_l));
  const Tensor fit = log_density(problem.networks->p_x(problem.batch.y_l, z), problem.batch.x_l).mean(-1);
  EXPECT_TRUE(at::allclose(term(none, Term::Lfxy), fit + std::log(2.0) - 2 * std::log(3.0)));
  EXPECT_TRUE(at::allclose(term(none, Term::Lrxy), term(whole, Term::Lrxy)));
  EXPECT_TRUE(at::allclose(none.total, term(none, Term::Lfxy) + term(none, Term::Lfx) -
                                           term(none, Term::Jfd) - problem.networks->penalty()));
}

TEST(GuidedObjectiveValue, SourcesThatAreNotThereLeaveTheirTermsOut) {
  SmallGuided problem;
  problem.batch.x_u = Tensor();
  problem.batch.y_u = Tensor();
  const Objective value = problem.objective();
  EXPECT_FALSE(value.terms[static_cast<std::size_t>(Term::Lfx)].defined());
  EXPECT_FALSE(value.terms[static_cast<std::size_t>(Term::Lry)].defined());
  EXPECT_TRUE(at::isfinite(value.total).all().item<bool>());
  SmallGuided forward;
  forward.options.alphas.reverse = 0;
  EXPECT_FALSE(forward.objective().terms[static_cast<std::size_t>(Term::Lrxy)].defined());
}

TEST(GuidedObjectiveValue, MembersDoNotTouchEachOther) {
  SmallGuided problem;
  const Tensor before = problem.objective().total.detach().clone();
  Parameters& parameters = problem.networks->parameters();
  {
    const at::NoGradGuard no_grad;
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      const auto [offset, length] = parameters.range(p, 1);
      parameters.values().narrow(0, offset, length).fill_(std::numeric_limits<double>::quiet_NaN());
    }
  }
  parameters.zero_gradients();
  const Objective after = problem.objective();
  after.total.sum().backward();
  EXPECT_EQ(after.total[0].item<double>(), before[0].item<double>());
  EXPECT_TRUE(std::isnan(after.total[1].item<double>()));
  for (std::size_t p = 0; p < parameters.count(); ++p)
    EXPECT_TRUE(at::isfinite(parameters.leaf(p).grad()[0]).all().item<bool>()) << parameters.name(p);
}

}  // namespace
}  // namespace assayer::model
