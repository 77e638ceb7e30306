// SPDX-License-Identifier: GPL-3.0-or-later
// The step of 'guided' by hand against autograd in double precision.
#include "core/model/guided_fused.h"

#include <gtest/gtest.h>

#include <cmath>

#include "guided_fixture.h"

namespace assayer::model {
namespace {

using guided::EncoderInput;
using guided::Task;
using test::SmallGuided;

struct Case {
  std::string name;
  Task task = Task::Unmixing;
  Link link = Link::Hapke;
  EncoderInput input = EncoderInput::Linear;
  bool correction = true;
  double brightness = 0;  ///< added to the endmembers: above .9 Hapke's formula bends
  Alphas alphas = {.reverse = 0.1};
  bool unlabelled = true, unfeatured = true;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class GuidedFused : public testing::TestWithParam<Case> {
 protected:
  GuidedFused()
      : problem(GetParam().task, [](guided::Start& start) {
          const Case& c = GetParam();
          start.mixture.link = {.link = c.link, .scale = c.link == Link::Hapke ? 1.2 : 1.1};
          start.y_encoder.input = c.input;
          start.correction = c.correction;
          for (std::size_t i = 0; i < start.mixture.endmembers.size(); ++i)
            start.mixture.endmembers.data()[i] += c.brightness;
        }) {
    const Case& c = GetParam();
    problem.options.alphas = c.alphas;
    if (!c.unlabelled) problem.batch.x_u = at::Tensor();
    if (!c.unfeatured) problem.batch.y_u = at::Tensor();
  }

  /// Member m's step, into the networks' gradients.
  kernels::StepValues fused(std::int64_t m) {
    const Case& c = GetParam();
    const bool in_u = c.unlabelled && c.alphas.forward != 0;
    const bool in_y = c.unfeatured && c.alphas.reverse != 0;
    const GuidedKernel<double> kernel(problem.start, c.alphas, SmallGuided::BL,
                                      c.unlabelled ? SmallGuided::BU : 0, c.unfeatured ? SmallGuided::BY : 0);
    kernels::GuidedStep<double> step = kernel.step();
    // [rows, dimension] of autograd, [dimension × rows] of the kernels.
    const auto latent = [&](const Tensor& noise, double* to) {
      const Tensor turned = noise[m].t().contiguous();
      std::copy_n(turned.data_ptr<double>(), turned.numel(), to);
    };
    latent(problem.noise.z_l, step.noise().z_l);
    latent(problem.noise.prior_9, step.noise().prior_9);
    if (in_u) {
      latent(problem.noise.y_u, step.noise().y_u);
      latent(problem.noise.z_u, step.noise().z_u);
    }
    if (in_y) {
      const Tensor x = problem.noise.x_y[m].contiguous();
      std::copy_n(x.data_ptr<double>(), x.numel(), step.noise().x_y);
      latent(problem.noise.prior_10, step.noise().prior_10);
    }
    // Rows in another order than they stand in, so that row numbers have a meaning.
    std::vector<Tensor> kept;
    const auto turned = [&](const Tensor& of) {
      kept.push_back(of[m].flip(0).contiguous());
      return static_cast<const double*>(kept.back().data_ptr<double>());
    };
    const auto backwards = [](std::int64_t rows) {
      std::vector<std::int64_t> order;
      for (std::int64_t r = rows; r-- > 0;) order.push_back(r);
      return order;
    };
    const std::vector<std::int64_t> l = backwards(SmallGuided::BL);
    const std::vector<std::int64_t> u = backwards(SmallGuided::BU);
    const std::vector<std::int64_t> g = backwards(SmallGuided::BY);
    const auto measured = [&](const std::vector<std::int64_t>& rows, const Tensor& x,
                              const GuidedNetworks::Seen& seen) {
      return kernels::GuidedSource<double>{.rows = rows.data(),
                                           .x = turned(x),
                                           .base = turned(seen.base),
                                           .y_features = turned(seen.y_features),
                                           .z_features = turned(seen.z_features)};
    };
    auto labelled = measured(l, problem.batch.x_l, problem.batch.seen_l);
    labelled.y = turned(problem.batch.y_l);
    kernels::GuidedSource<double> unlabelled{.rows = u.data()};
    if (c.unlabelled) unlabelled = measured(u, problem.batch.x_u, problem.batch.seen_u);
    kernels::GuidedSource<double> unfeatured{.rows = g.data()};
    if (c.unfeatured) unfeatured.y = turned(problem.batch.y_u);
    return step.run(guided_weights<double>(*problem.networks, m), problem.options.ramp, labelled, unlabelled,
                    unfeatured);
  }

  SmallGuided problem;
};

TEST_P(GuidedFused, AgreesWithAutograd) {
  Parameters& parameters = problem.networks->parameters();
  parameters.zero_gradients();
  const Objective expected = problem.objective();
  expected.total.sum().backward();
  const Tensor wanted = parameters.gradients().clone();
  parameters.zero_gradients();
  for (std::int64_t m = 0; m < SmallGuided::M; ++m) {
    const kernels::StepValues got = fused(m);
    const double total = expected.total[m].item<double>();
    EXPECT_NEAR(got.total, total, 1e-9 * std::abs(total));
    for (std::size_t t = 0; t < kTermCount; ++t) {
      ASSERT_EQ(got.entered[t], expected.terms[t].defined()) << name(kTerms[t]);
      if (!got.entered[t]) continue;
      const double value = expected.terms[t][m].item<double>();
      EXPECT_NEAR(got.terms[t], value, 1e-9 * std::max(1.0, std::abs(value))) << name(kTerms[t]);
    }
    double largest = 0;
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      const auto [offset, length] = parameters.range(p, m);
      const Tensor a = parameters.gradients().narrow(0, offset, length);
      const Tensor b = wanted.narrow(0, offset, length);
      const double size = b.abs().max().item<double>();
      EXPECT_LE((a - b).abs().max().item<double>(), 1e-7 * size + 1e-12)
          << parameters.name(p) << " of member " << m << ":\n"
          << a << "\nby hand,\n"
          << b << "\nby autograd";
      largest = std::max(largest, size);
    }
    EXPECT_GT(largest, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, GuidedFused,
    testing::Values(Case{"unmixing"}, Case{.name = "calibration", .task = Task::Calibration},
                    Case{.name = "plain_pls", .correction = false},
                    Case{.name = "identity_link", .link = Link::Identity},
                    Case{.name = "log_link", .link = Link::Log},
                    Case{.name = "bright_hapke", .brightness = 0.45},
                    Case{.name = "snv", .input = EncoderInput::Snv},
                    Case{.name = "snv_calibration",
                         .task = Task::Calibration,
                         .link = Link::Identity,
                         .input = EncoderInput::Snv},
                    Case{.name = "spectra", .input = EncoderInput::Spectra},
                    Case{.name = "no_unlabelled", .unlabelled = false},
                    Case{.name = "no_unfeatured", .unfeatured = false},
                    Case{.name = "labelled_alone", .unlabelled = false, .unfeatured = false},
                    Case{.name = "no_reverse", .alphas = {.reverse = 0}},
                    Case{.name = "no_forward", .alphas = {.forward = 0, .reverse = 0.3}},
                    Case{.name = "no_label_term", .alphas = {.forward_label = 0, .reverse = 0.2}}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace assayer::model
