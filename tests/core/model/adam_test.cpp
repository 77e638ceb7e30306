// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/adam.h"

#include <gtest/gtest.h>
#include <torch/optim/adam.h>

#include "fixture.h"

namespace assayer::model {
namespace {

TEST(Adam, TakesTheStepsOfTorchOptim) {
  test::SmallProblem problem("tanh");
  Parameters& parameters = problem.networks.parameters();
  const AdamOptions options;  // those of the paper: ε = 1e-4, clipped at 1
  Adam adam(parameters, options);

  at::Tensor reference = parameters.values().detach().clone();
  torch::optim::Adam peer(
      {reference.requires_grad_(true)},
      torch::optim::AdamOptions(3e-3).betas({options.beta1, options.beta2}).eps(options.epsilon));
  const std::vector<double> rates(2, 3e-3);
  for (int step = 0; step < 50; ++step) {
    parameters.zero_gradients();
    objective(problem.networks, problem.batch, problem.noise, {}).total.sum().backward();
    reference.mutable_grad() = (-parameters.gradients()).clamp(-1, 1);  // it descends
    adam.ascend(parameters, rates);
    peer.step();
    ASSERT_TRUE(at::allclose(parameters.values(), reference, 1e-12, 1e-13)) << "step " << step;
  }
}

TEST(Adam, AMemberWithoutRateStandsStill) {
  test::SmallProblem problem("tanh");
  Parameters& parameters = problem.networks.parameters();
  Adam adam(parameters, {});
  const at::Tensor before = parameters.values().detach().clone();
  objective(problem.networks, problem.batch, problem.noise, {}).total.sum().backward();
  adam.ascend(parameters, std::vector<double>{0.01, 0.0});
  for (std::size_t p = 0; p < parameters.count(); ++p) {
    const auto [moving, length] = parameters.range(p, 0);
    const auto [still, same] = parameters.range(p, 1);
    EXPECT_FALSE(at::equal(parameters.values().narrow(0, moving, length), before.narrow(0, moving, length)));
    EXPECT_TRUE(at::equal(parameters.values().narrow(0, still, same), before.narrow(0, still, same)));
  }
}

}  // namespace
}  // namespace assayer::model
