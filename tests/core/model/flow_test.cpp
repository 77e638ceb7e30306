// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/flow.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fixture.h"

namespace assayer::model {
namespace {

struct Flowing {
  Flowing(Flow::Kind kind, Index dimensions, double scale, Index layers = 3)
      : flow(parameters, "q_y", kind, dimensions, layers) {
    parameters.allocate(2, at::TensorOptions().dtype(at::kDouble));
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      at::Tensor leaf = parameters.leaf(p).detach();
      leaf.copy_(test::fill(leaf.sizes(), static_cast<int>(p), scale));
    }
  }
  Parameters parameters;
  Flow flow;
};

class Flows : public testing::TestWithParam<Flow::Kind> {};

TEST_P(Flows, InverseUndoesForwardAndKnowsItsDeterminant) {
  // Strong weights: planar layers come close to folding.
  for (const double scale : {0.3, 2.0, 6.0}) {
    const Flowing f(GetParam(), 3, scale);
    const Tensor u = test::fill({2, 50, 3}, 7, 3.0);
    const Flow::Mapped there = f.flow.forward(f.parameters, u);
    const Flow::Mapped back = f.flow.inverse(f.parameters, there.value);
    EXPECT_LT((back.value - u).abs().max().item<double>(), 1e-9) << scale;
    EXPECT_LT((back.log_det - there.log_det).abs().max().item<double>(), 1e-8) << scale;
    EXPECT_GT((there.value - u).abs().max().item<double>(), 0.1) << scale;
  }
}

TEST_P(Flows, LogDeterminantIsThatOfTheNumericalJacobian) {
  const Flowing f(GetParam(), 3, 0.8);
  const at::NoGradGuard no_grad;
  const Tensor u = test::fill({2, 6, 3}, 9, 1.5);
  const Tensor log_det = f.flow.forward(f.parameters, u).log_det;
  const double step = 1e-6;
  std::vector<Tensor> columns;
  for (Index d = 0; d < 3; ++d) {
    Tensor shift = at::zeros({3}, at::kDouble);
    shift[d] = step;
    columns.push_back(
        (f.flow.forward(f.parameters, u + shift).value - f.flow.forward(f.parameters, u - shift).value) /
        (2 * step));
  }
  const Tensor jacobian = at::stack(columns, -1);
  EXPECT_LT((at::linalg_det(jacobian).abs().log() - log_det).abs().max().item<double>(), 1e-7);
}

TEST_P(Flows, InverseHasTheRightGradient) {
  Flowing f(GetParam(), 2, 0.9);
  const Tensor target = test::fill({2, 4, 2}, 5, 1.5);
  const auto value = [&] {
    const Flow::Mapped back = f.flow.inverse(f.parameters, target);
    return (back.value * test::fill({2, 4, 2}, 6, 1.0)).sum() + back.log_det.sum();
  };
  f.parameters.zero_gradients();
  value().backward();
  const Tensor gradient = f.parameters.gradients().clone();
  const at::NoGradGuard no_grad;
  for (Index i = 0; i < gradient.numel(); i += 3) {
    const double keep = f.parameters.values()[i].item<double>();
    const auto at = [&](double v) {
      f.parameters.values()[i] = v;
      return value().item<double>();
    };
    const double difference = (at(keep + 1e-5) - at(keep - 1e-5)) / 2e-5;
    f.parameters.values()[i] = keep;
    EXPECT_NEAR(gradient[i].item<double>(), difference, 1e-6 * std::max(1.0, std::abs(difference))) << i;
  }
}

TEST_P(Flows, StartAsTheIdentity) {
  Flowing f(GetParam(), 3, 1.0);
  at::Generator generator = at::detail::createCPUGenerator(1);
  for (const Index member : {0, 1}) f.flow.initialise(f.parameters, member, generator);
  const Tensor u = test::fill({2, 5, 3}, 3, 2.0);
  EXPECT_TRUE(at::allclose(f.flow.forward(f.parameters, u).value, u));
  // Yet a gradient moves them.
  f.parameters.zero_gradients();
  f.flow.forward(f.parameters, u).value.square().sum().backward();
  EXPECT_GT(f.parameters.gradients().abs().max().item<double>(), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Flows, testing::Values(Flow::Kind::Planar, Flow::Kind::Coupling));

TEST(FlowDensity, IntegratesToOneOnTheSimplexAndAgreesWithItsSamples) {
  for (const char* kind : {"planar", "coupling"}) {
    TrainConfig config = test::SmallProblem::config("tanh");
    config.flow = kind;
    config.members = 1;
    Networks networks(config, {1, 4, 3, 2}, at::TensorOptions().dtype(at::kDouble));
    for (std::size_t p = 0; p < networks.parameters().count(); ++p) {
      at::Tensor leaf = networks.parameters().leaf(p).detach();
      leaf.copy_(test::fill(leaf.sizes(), static_cast<int>(p), 0.8));
    }
    const at::NoGradGuard no_grad;
    const auto of = [&](Index rows) {
      return Gaussian{at::tensor({0.2, -0.3}, at::kDouble).expand({1, rows, 2}).contiguous(),
                      at::tensor({-1.0, -0.6}, at::kDouble).expand({1, rows, 2}).contiguous(),
                      Spread::LogVariance};
    };
    const Index n = 700;
    const Tensor side = (at::arange(n, at::kDouble) + 0.5) / static_cast<double>(n);
    const Tensor y1 = side.view({n, 1}).expand({n, n}).reshape({-1});
    const Tensor y2 = side.view({1, n}).expand({n, n}).reshape({-1});
    const Tensor inside = (y1 + y2 < 1.0 - 1e-12).nonzero().view({-1});
    const Tensor y = at::stack({y1, y2, 1.0 - y1 - y2}, -1).index_select(0, inside).unsqueeze(0);
    const Tensor density = networks.log_q_y(of(y.size(1)), y).exp() / static_cast<double>(n * n);
    EXPECT_NEAR(density.sum().item<double>(), 1.0, 5e-3) << kind;

    const Index draws = 200000;
    at::Generator generator = at::detail::createCPUGenerator(2);
    const Tensor noise = at::empty({1, draws, 2}, at::kDouble).normal_(0, 1, generator);
    const auto [log_y, log_q] = networks.draw_log_y(of(draws), noise);
    const Tensor moments = (density.unsqueeze(-1) * y).sum(1);
    EXPECT_LT((log_y.exp().mean(1) - moments).abs().max().item<double>(), 5e-3) << kind;
    const Tensor some = log_y.narrow(1, 0, 500);
    EXPECT_LT((networks.log_q_y(of(500), some.exp()) - log_q.narrow(1, 0, 500)).abs().max().item<double>(),
              1e-6)
        << kind;
  }
}

}  // namespace
}  // namespace assayer::model
