// SPDX-License-Identifier: GPL-3.0-or-later
// The fused step against autograd in double precision: every term by itself and all of them together.
#include "core/model/fused_step.h"

#include <gtest/gtest.h>

#include "core/kernels/family_loops.h"
#include "core/model/objective.h"

namespace assayer::model {
namespace {

struct Case {
  std::string name;
  Index components = 3;
  Index nuisance = 1;
  Index channels = 7;
  std::vector<std::int64_t> hidden_y = {5};
  std::vector<std::int64_t> hidden_z = {4};
  std::vector<std::int64_t> hidden_x = {6};
  std::string nonlinearity = "tanh";
  std::string spread = "log-variance";
  Index rows_l = 9, rows_u = 12, rows_y = 7;
  bool unlabelled = true, unfeatured = true;
  std::string reverse_z = "observed";
  std::string objective = "paper";
  std::string likelihood = "gaussian";
  std::string y_posterior = "logistic-normal";
  double temperature = 1;
  std::vector<double> y_prior = {1};
  std::string z_prior = "uniform";
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

/// Weights, data and noise of one case, in both paths' layouts.
template <class S>
class Problem {
 public:
  Problem(const Case& c, const Alphas& alphas)
      : config(config_of(c, alphas)),
        networks(config, {2, c.channels, c.components, c.nuisance},
                 at::TensorOptions().dtype(c10::CppTypeToScalarType<S>::value)) {
    const at::NoGradGuard no_grad;
    auto generator = at::detail::createCPUGenerator(11);
    const auto options = networks.parameters().values().options();
    const auto normal = [&](at::IntArrayRef shape) {
      return at::empty(shape, at::kDouble).normal_(0, 1, generator).to(options);
    };
    networks.parameters().values().copy_(normal(networks.parameters().values().sizes()) * 0.4);
    const auto composition = [&](Index rows) {
      return simplex::clip_composition(at::softmax(normal({rows, c.components}), -1), 1e-3);
    };
    const auto order = [&](Index rows, Index of) {
      std::vector<std::int64_t> numbers;
      for (Index r = 0; r < rows; ++r) numbers.push_back((5 * r + 3) % of);
      return numbers;
    };
    const Index z = c.nuisance;
    const Index b_u = c.unlabelled ? c.rows_u : 0;
    const Index b_y = c.unfeatured ? c.rows_y : 0;
    const auto spectra = [&](Index rows) {
      const Tensor x = normal({rows, c.channels});
      if (c.likelihood == "bernoulli") return x.sigmoid();
      if (c.likelihood == "softplus-gaussian") return x.exp() - networks.families().x_centre;
      return x;
    };
    networks.set_centre(normal({c.channels}).exp());
    x_l = spectra(20);
    x_u = spectra(23);
    real_l = Real(x_l, networks.families());
    real_u = Real(x_u, networks.families());
    y_l = composition(20);
    y_u = composition(17);
    z_u = at::empty({17, z}, at::kDouble).uniform_(-1.5, 1.5, generator).to(options);
    rows_l = order(c.rows_l, 20);
    rows_u = order(b_u, 23);
    rows_y = order(b_y, 17);
    step = std::make_unique<kernels::Step<S>>(step_shape(config, networks, c.rows_l, b_u, b_y));
    kernels::Stream stream(3, kernels::Purpose::Noise, 4);
    step->draw(stream);
    const kernels::StepNoise<S>& drawn = step->noise();
    // [dimension × rows] of the kernels, [M, rows, dimension] of autograd; the same for both members.
    const auto latent = [&](const S* values, Index dims, Index rows) {
      return at::from_blob(const_cast<S*>(values), {dims, rows}, options).t().clone().expand({2, rows, dims});
    };
    // The kernels skip what does not enter: their noise for it does not exist either.
    const Index in_u = config.effective_alphas().forward != 0 ? b_u : 0;
    const Index in_y = config.effective_alphas().reverse != 0 ? b_y : 0;
    noise.z_l = latent(drawn.z_l, z, c.rows_l);
    noise.y_u = latent(drawn.y_u, c.y_posterior == "concrete" ? c.components : c.components - 1, in_u);
    noise.z_u = latent(drawn.z_u, z, in_u);
    noise.x_y = at::from_blob(drawn.x_y, {in_y, c.channels}, options).clone().expand({2, in_y, c.channels});
    if (config.objective == "published-code") {
      noise.y_9 = latent(drawn.y_9, c.components - 1, c.rows_l);
      noise.y_13 = latent(drawn.y_13, c.components - 1, c.rows_l);
      noise.y_20 = latent(drawn.y_20, c.components - 1, in_y);
      noise.x_14 = at::from_blob(drawn.x_14, {c.rows_l, c.channels}, options)
                       .clone()
                       .expand({2, c.rows_l, c.channels});
    }
    noise.prior_9 = latent(drawn.prior_9, z, c.rows_l);
    noise.prior_14 = latent(drawn.prior_14, z, c.rows_l);
    const auto take = [&](const Tensor& source, const std::vector<std::int64_t>& rows) {
      return source.index_select(0, at::tensor(rows, at::kLong)).expand({2, -1, -1});
    };
    noise.prior_10 = config.reverse_z == "observed" ? take(z_u, rows_y) : latent(drawn.prior_10, z, in_y);
    batch.x_l = take(x_l, rows_l);
    batch.y_l = take(y_l, rows_l);
    if (in_u > 0) batch.x_u = take(x_u, rows_u);
    if (in_y > 0) batch.y_u = take(y_u, rows_y);
  }

  static TrainConfig config_of(const Case& c, const Alphas& alphas) {
    TrainConfig config;
    config.members = 2;
    config.nuisance_dimensions = c.nuisance;
    config.hidden_y = c.hidden_y;
    config.hidden_z = c.hidden_z;
    config.hidden_x = c.hidden_x;
    config.nonlinearity = c.nonlinearity;
    config.spread = c.spread;
    config.reverse_z = c.reverse_z;
    config.objective = c.objective;
    config.likelihood = c.likelihood;
    config.y_posterior = c.y_posterior;
    config.temperature = c.temperature;
    config.y_prior = c.y_prior;
    config.z_prior = c.z_prior;
    config.alphas = alphas;
    return config;
  }

  kernels::StepValues fused(Index member) {
    networks.parameters().zero_gradients();
    const kernels::Source<S> labelled{rows_l.data(), x_l.data_ptr<S>(),    y_l.data_ptr<S>(),
                                      nullptr,       real_l.values.data(), real_l.log_slope.data()};
    const kernels::Source<S> unlabelled{rows_u.data(), x_u.data_ptr<S>(),    nullptr,
                                        nullptr,       real_u.values.data(), real_u.log_slope.data()};
    const kernels::Source<S> unfeatured{rows_y.data(), nullptr, y_u.data_ptr<S>(), z_u.data_ptr<S>()};
    return step->run(member_weights<S>(networks, config, member), labelled, unlabelled, unfeatured);
  }

  /// What training hands the kernels beside softplus-gaussian spectra.
  struct Real {
    Real() = default;
    Real(const Tensor& x, const Families& families)
        : values(static_cast<std::size_t>(x.numel())), log_slope(static_cast<std::size_t>(x.size(0))) {
      if (families.x != Families::X::SoftplusGaussian) return;
      kernels::to_real_rows(x.data_ptr<S>(), families.x_centre.template data_ptr<S>(), x.size(0), x.size(1),
                            values.data(), log_slope.data());
    }
    std::vector<S> values, log_slope;
  };

  TrainConfig config;
  Networks networks;
  Batch batch;
  Real real_l, real_u;
  Noise noise;
  Tensor x_l, y_l, x_u, y_u, z_u;
  std::vector<std::int64_t> rows_l, rows_u, rows_y;
  std::unique_ptr<kernels::Step<S>> step;
};

/// Values and gradients of the two paths; `tolerance` relative to the largest entry of each weight's
/// gradient.
template <class S>
void compare(const Case& c, const Alphas& alphas, double tolerance) {
  Problem<S> problem(c, alphas);
  const TrainConfig& config = problem.config;
  for (Index m = 0; m < 2; ++m) {
    const kernels::StepValues got = problem.fused(m);
    const Tensor gradients = problem.networks.parameters().gradients().clone();
    problem.networks.parameters().zero_gradients();
    const Objective wanted =
        objective(problem.networks, problem.batch, problem.noise, ObjectiveOptions::of(config));
    wanted.total.select(0, m).backward();
    for (const Term term : kTerms) {
      const auto t = static_cast<std::size_t>(term);
      ASSERT_EQ(wanted.terms[t].defined(), got.entered[t]) << name(term);
      if (!got.entered[t]) continue;
      const double value = wanted.terms[t][m].template item<double>();
      EXPECT_NEAR(got.terms[t], value, tolerance * std::max(1.0, std::abs(value))) << name(term);
    }
    const double total = wanted.total[m].template item<double>();
    EXPECT_NEAR(got.total, total, tolerance * std::max(1.0, std::abs(total)));
    const Parameters& parameters = problem.networks.parameters();
    for (std::size_t p = 0; p < parameters.count(); ++p) {
      for (Index other = 0; other < 2; ++other) {
        const auto [offset, length] = parameters.range(p, other);
        const Tensor a = gradients.narrow(0, offset, length);
        const Tensor b = parameters.gradients().narrow(0, offset, length);
        const double scale = std::max(1e-3, b.abs().max().template item<double>());
        EXPECT_LE((a - b).abs().max().template item<double>(), tolerance * scale)
            << parameters.name(p) << " member " << other << ", gradient of member " << m;
      }
    }
  }
}

class FusedStep : public testing::TestWithParam<Case> {};

TEST_P(FusedStep, EveryTermHasAutogradsValueAndGradient) {
  const double tolerance = 1e-10;
  compare<double>(GetParam(), {1, 0, 0, 0}, tolerance);
  compare<double>(GetParam(), {0, 1, 0, 0}, tolerance);
  compare<double>(GetParam(), {0, 0, 1, 0}, tolerance);
  compare<double>(GetParam(), {0, 0, 0, 1}, tolerance);
  compare<double>(GetParam(), {0.7, 1.3, 0.4, 2.1}, tolerance);
  compare<double>(GetParam(), {1, 1, 0, 1}, tolerance);  // M2
}

TEST_P(FusedStep, InFloatTooUpToRounding) {
  compare<float>(GetParam(), {0.7, 1.3, 0.4, 2.1}, 2e-4);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, FusedStep,
    testing::Values(
        Case{"plain"}, Case{.name = "two_components", .components = 2, .nuisance = 2},
        Case{.name = "six_components", .components = 6, .nuisance = 2, .channels = 11},
        Case{.name = "softplus_hidden", .nonlinearity = "softplus"},
        Case{.name = "softplus_spread", .spread = "softplus"},
        Case{.name = "deep",
             .nuisance = 2,
             .hidden_y = {25, 10},
             .hidden_z = {5, 5},
             .hidden_x = {6, 3},
             .nonlinearity = "softplus",
             .spread = "softplus"},
        Case{.name = "wide", .channels = 40, .hidden_y = {64, 30}, .hidden_z = {33}, .hidden_x = {80}},
        Case{.name = "published", .nuisance = 2, .spread = "softplus", .objective = "published-code"},
        Case{.name = "published_pieces",
             .components = 6,
             .channels = 700,
             .hidden_y = {7, 4},
             .spread = "softplus",
             .rows_l = 70,
             .rows_u = 101,
             .rows_y = 3,
             .objective = "published-code"},
        Case{.name = "latent_z", .nuisance = 2, .reverse_z = "latent"},
        Case{.name = "positive", .nuisance = 2, .likelihood = "softplus-gaussian"},
        Case{.name = "positive_softplus_spread",
             .components = 6,
             .spread = "softplus",
             .reverse_z = "latent",
             .likelihood = "softplus-gaussian"},
        // The presets of LIBS and MNIST, with fewer channels and units; several pieces.
        Case{.name = "libs",
             .components = 6,
             .nuisance = 2,
             .channels = 700,
             .hidden_y = {25, 10},
             .hidden_z = {5, 5},
             .hidden_x = {50},
             .rows_l = 70,
             .rows_u = 101,
             .rows_y = 3,
             .likelihood = "softplus-gaussian"},
        Case{.name = "mnist",
             .components = 5,
             .nuisance = 2,
             .channels = 490,
             .hidden_y = {40},
             .hidden_z = {30},
             .hidden_x = {35},
             .nonlinearity = "softplus",
             .rows_l = 70,
             .rows_u = 101,
             .rows_y = 5,
             .likelihood = "bernoulli",
             .y_posterior = "concrete"},
        Case{.name = "bernoulli", .likelihood = "bernoulli", .temperature = 0.4},
        Case{.name = "concrete", .components = 4, .y_posterior = "concrete", .temperature = 0.7},
        Case{.name = "concrete_hot",
             .components = 2,
             .y_posterior = "concrete",
             .temperature = 3,
             .y_prior = {0.5, 2}},
        Case{.name = "dirichlet", .components = 4, .y_prior = {0.5, 2, 3, 1}},
        Case{.name = "dirichlet_of_one_number", .y_prior = {2}},
        Case{.name = "gaussian_z", .nuisance = 3, .z_prior = "gaussian"},
        Case{.name = "gaussian_latent_z", .nuisance = 2, .reverse_z = "latent", .z_prior = "gaussian"},
        Case{.name = "all_others",
             .components = 4,
             .nuisance = 2,
             .spread = "softplus",
             .reverse_z = "latent",
             .likelihood = "bernoulli",
             .y_posterior = "concrete",
             .temperature = 0.8,
             .y_prior = {0.7, 1.5, 1, 3},
             .z_prior = "gaussian"},
        Case{.name = "positive_m2_shape",
             .unfeatured = false,
             .likelihood = "softplus-gaussian",
             .y_prior = {0.7, 1.5, 1},
             .z_prior = "gaussian"},
        Case{.name = "no_unlabelled", .unlabelled = false},
        Case{.name = "no_unfeatured", .unfeatured = false},
        Case{.name = "labels_alone", .unlabelled = false, .unfeatured = false},
        // More rows than a piece holds, no whole number of pieces.
        Case{.name = "pieces", .channels = 700, .rows_l = 70, .rows_u = 101, .rows_y = 3}),
    [](const auto& shape) { return shape.param.name; });

}  // namespace
}  // namespace assayer::model
