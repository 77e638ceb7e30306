// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_networks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/model/trained_model.h"
#include "guided_fixture.h"

namespace assayer::model {
namespace {

using test::SmallGuided;

class LinkTensors : public testing::TestWithParam<LinkSettings> {};

/// x or v at which both directions are smooth: away from the ends at which a link is cut off.
at::Tensor smooth_points() {
  return at::linspace(0.02, 0.93, 60, at::kDouble);
}
/// And everything beyond.
at::Tensor all_points() {
  return at::linspace(-1.5, 2.5, 401, at::kDouble);
}

TEST_P(LinkTensors, AreTheScalarLink) {
  for (const at::Tensor& points : {smooth_points(), all_points()}) {
    const Tensor v = to_linear(GetParam(), points);
    const Tensor x = from_linear(GetParam(), points);
    for (std::int64_t i = 0; i < points.numel(); ++i) {
      const double at = points[i].item<double>();
      // Bright ends: γ is kept at 1e-6 there, for the sake of its slope.
      EXPECT_NEAR(v[i].item<double>(), assayer::to_linear(GetParam(), at), 1e-9) << at;
      EXPECT_NEAR(x[i].item<double>(), assayer::from_linear(GetParam(), at), 2e-5) << at;
    }
  }
  for (const double at : {0.05, 0.3, 0.7, 0.9, 0.99}) {
    const Tensor point = at::full({1}, at, at::kDouble);
    EXPECT_NEAR(from_linear(GetParam(), point).item<double>(), assayer::from_linear(GetParam(), at), 1e-10);
  }
}

TEST_P(LinkTensors, GradientsAreCentralDifferences) {
  for (const auto& function : {static_cast<Tensor (*)(const LinkSettings&, const Tensor&)>(to_linear),
                               static_cast<Tensor (*)(const LinkSettings&, const Tensor&)>(from_linear)}) {
    at::Tensor points = smooth_points().requires_grad_(true);
    function(GetParam(), points).sum().backward();
    const double step = 1e-6;
    const Tensor difference =
        (function(GetParam(), points.detach() + step) - function(GetParam(), points.detach() - step)) /
        (2 * step);
    EXPECT_TRUE(at::allclose(points.grad(), difference, 1e-5, 1e-7));
  }
}

TEST_P(LinkTensors, GradientsStayFiniteWhereAStartMayWander) {
  for (const auto& function : {static_cast<Tensor (*)(const LinkSettings&, const Tensor&)>(to_linear),
                               static_cast<Tensor (*)(const LinkSettings&, const Tensor&)>(from_linear)}) {
    at::Tensor points = all_points().to(at::kFloat).requires_grad_(true);
    const Tensor value = function(GetParam(), points);
    value.sum().backward();
    EXPECT_TRUE(at::isfinite(value).all().item<bool>());
    EXPECT_TRUE(at::isfinite(points.grad()).all().item<bool>());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Links, LinkTensors,
    testing::Values(LinkSettings{.link = Link::Identity, .scale = 1.5},
                    LinkSettings{.link = Link::Hapke, .scale = 1.2},
                    LinkSettings{.link = Link::Hapke, .scale = 1, .cos_incidence = 0.6, .cos_emission = 0.8},
                    LinkSettings{.link = Link::Log, .scale = 1}));

TEST(EncoderTensors, AreThoseOfTheStart) {
  const at::Tensor x = 0.5 + test::fill({4, 6}, 3, 0.2);
  Matrix<double> plain(4, 6);
  std::copy_n(x.data_ptr<double>(), 24, plain.data());
  const LinkSettings link{.link = Link::Hapke, .scale = 1.2};
  for (const auto input :
       {guided::EncoderInput::Spectra, guided::EncoderInput::Snv, guided::EncoderInput::Linear}) {
    const Tensor u = encoder_values(input, link, x);
    const Tensor wanted = to_tensor(guided::encoder_values(input, link, plain), at::kDouble);
    EXPECT_TRUE(at::allclose(u, wanted, 0, 1e-9)) << guided::name(input);
  }
  const Tensor flat = encoder_values(guided::EncoderInput::Snv, link, at::full({1, 6}, 0.25, at::kDouble));
  EXPECT_EQ(flat.abs().max().item<double>(), 0) << "a flat spectrum has no shape";

  const auto& expected = test::expected_guided().at("positive");
  const Tensor t = to_tensor(test::matrix_at(expected, "t"), at::kDouble);
  const Tensor y = to_tensor(test::matrix_at(expected, "y"), at::kDouble);
  EXPECT_TRUE(at::allclose(log_positive_composition(t), y.log(), 1e-9, 1e-9));
}

/// Two members as they are before training.
struct Fresh {
  explicit Fresh(bool correction = true) : start(SmallGuided::small_start()) {
    start.correction = correction;
    networks = std::make_unique<GuidedNetworks>(start, 2, at::TensorOptions(at::kDouble));
    for (Index m = 0; m < 2; ++m) {
      at::Generator generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(m));
      networks->initialise(m, generator);
    }
  }
  guided::Start start;
  std::unique_ptr<GuidedNetworks> networks;
};

TEST(GuidedNetworksAtTheStart, DecodeAsTheMixture) {
  const Fresh fresh;
  const auto& formula = test::expected_guided().at("formula");  // the fixture's mixture, four rows
  const Tensor y = to_tensor(test::matrix_at(formula, "y"), at::kDouble).expand({2, -1, -1});
  const Tensor z = to_tensor(test::matrix_at(formula, "z"), at::kDouble).expand({2, -1, -1});
  const Gaussian px = fresh.networks->p_x(y, z);
  const Tensor wanted = to_tensor(test::matrix_at(formula, "hapke"), at::kDouble).expand({2, -1, -1});
  EXPECT_TRUE(at::allclose(px.mean, wanted, 0, 1e-10));
  const Matrix<double> own =
      fresh.start.mixture.spectra(test::matrix_at(formula, "y"), test::matrix_at(formula, "z"));
  EXPECT_TRUE(at::allclose(px.mean[1], to_tensor(own, at::kDouble), 0, 1e-10));
  for (std::int64_t c = 0; c < SmallGuided::C; ++c)
    EXPECT_NEAR(px.sd()[0][0][c].item<double>(), fresh.start.mixture.spread_x[static_cast<std::size_t>(c)],
                1e-12);
}

TEST(GuidedNetworksAtTheStart, PredictAsPls) {
  for (const bool correction : {false, true}) {
    const Fresh fresh(correction);
    const at::Tensor x = 0.45 + test::fill({6, SmallGuided::C}, 60, 0.15);
    Matrix<double> plain(6, SmallGuided::C);
    std::copy_n(x.data_ptr<double>(), x.numel(), plain.data());
    const Matrix<double> u =
        guided::encoder_values(fresh.start.y_encoder.input, fresh.start.mixture.link, plain);
    const Matrix<double> wanted = guided::positive_composition(fresh.start.y_encoder.base(u));
    const Tensor y = fresh.networks->log_composition(fresh.networks->see(x)).exp();
    ASSERT_EQ(y.sizes(), (std::vector<Index>{2, 6, 3}));
    for (Index m = 0; m < 2; ++m)
      EXPECT_TRUE(at::allclose(y[m], to_tensor(wanted, at::kDouble), 0, 1e-9)) << correction;
  }
}

TEST(GuidedNetworksAtTheStart, InferZByRidge) {
  const Fresh fresh;
  const at::Tensor x = 0.45 + test::fill({1, 1, SmallGuided::C}, 60, 0.15);
  const at::Tensor y = test::composition({1, 1, 3}, 62);
  const GuidedNetworks::Seen seen = fresh.networks->see(x);
  const Gaussian qz = fresh.networks->q_z(seen, y.expand({2, -1, -1}));
  for (std::int64_t j = 0; j < SmallGuided::Z; ++j) {
    double mean = fresh.start.z_intercept[static_cast<std::size_t>(j)];
    for (std::int64_t r = 0; r < 2; ++r)
      mean += seen.z_features[0][0][r].item<double>() *
              fresh.start.z_slope(static_cast<std::size_t>(r), static_cast<std::size_t>(j));
    for (std::int64_t k = 0; k < 3; ++k)
      mean += y[0][0][k].item<double>() *
              fresh.start.z_slope(static_cast<std::size_t>(2 + k), static_cast<std::size_t>(j));
    EXPECT_NEAR(qz.mean[1][0][j].item<double>(), mean, 1e-12);
    EXPECT_NEAR(qz.sd()[1][0][j].item<double>(), fresh.start.z_spread[static_cast<std::size_t>(j)] + 1e-3,
                1e-12);
  }
}

TEST(GuidedNetworksAtTheStart, MembersDifferInTheirHiddenWeightsAlone) {
  const Fresh fresh;
  const Parameters& parameters = fresh.networks->parameters();
  for (std::size_t p = 0; p < parameters.count(); ++p) {
    const Tensor leaf = parameters.leaf(p).detach();
    const bool hidden = parameters.name(p).ends_with("hidden0/weight");
    EXPECT_EQ(at::equal(leaf[0], leaf[1]), !hidden) << parameters.name(p);
    if (hidden || parameters.name(p) == "q_y/log_sd") continue;
    EXPECT_EQ(leaf.abs().max().item<double>(), 0) << parameters.name(p);
  }
}

TEST(GuidedNetworksPenalty, IsOfEncoderWeightsAndOfWhatTheTiltsPartsHaveChanged) {
  Fresh fresh(false);
  Parameters& parameters = fresh.networks->parameters();
  const auto leaf = [&](const std::string& name) {
    for (std::size_t p = 0; p < parameters.count(); ++p)
      if (parameters.name(p) == name) return parameters.leaf(p).detach();
    ADD_FAILURE() << name;
    return Tensor();
  };
  const at::NoGradGuard no_grad;
  parameters.values().zero_();
  EXPECT_EQ(fresh.networks->penalty().abs().max().item<double>(), 0);
  leaf("p_x/tilt_change").fill_(3);
  leaf("p_x/log_sd_change").fill_(3);
  leaf("q_y/linear/weight").fill_(3);  // not in use without a correction
  EXPECT_EQ(fresh.networks->penalty().abs().max().item<double>(), 0);
  // 30 numbers of 2, used with a factor of .1; the units of the spread of v stay out.
  leaf("p_x/tilt_part_change")[0].fill_(2);
  EXPECT_NEAR(fresh.networks->penalty()[0].item<double>(), 1e-3 * 30 * 0.04, 1e-15);
  EXPECT_EQ(fresh.networks->penalty()[1].item<double>(), 0);
  leaf("q_z/out/bias")[1][0][0] = 5;
  EXPECT_NEAR(fresh.networks->penalty()[1].item<double>(), 1e-3 * 25, 1e-15);
}

TEST(GuidedNetworksMixture, IsWhatTheDecoderHasLearnt) {
  const SmallGuided problem;
  const Matrix<double> y({0.2, 0.3, 0.5, 0.6, 0.3, 0.1}, 2, 3);
  const Matrix<double> z({0.7, -1.1, -0.2, 0.4}, 2, 2);
  const at::NoGradGuard no_grad;
  const Tensor mean =
      problem.networks
          ->p_x(to_tensor(y, at::kDouble).expand({2, -1, -1}), to_tensor(z, at::kDouble).expand({2, -1, -1}))
          .mean;
  for (Index m = 0; m < 2; ++m) {
    const guided::Mixture mixture = problem.networks->mixture(problem.start, m);
    EXPECT_TRUE(at::allclose(mean[m], to_tensor(mixture.spectra(y, z), at::kDouble), 0, 1e-10)) << m;
  }
  EXPECT_FALSE(at::allclose(mean[0], mean[1]));
}

}  // namespace
}  // namespace assayer::model
