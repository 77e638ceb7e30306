// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/encoder_base.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/baselines/pls.h"
#include "tests/core/guided/simulated.h"

namespace assayer::guided {
namespace {

using test::distance;

TEST(EncoderInput, HasNames) {
  for (const EncoderInput input : {EncoderInput::Spectra, EncoderInput::Snv, EncoderInput::Linear}) {
    const auto again = parse_encoder_input(name(input));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, input);
  }
  EXPECT_EQ(name(EncoderInput::Snv), "snv");
  const auto unknown = parse_encoder_input("SNV");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::Data);
}

TEST(EncoderValues, SnvTakesMeanAndSdOut) {
  // Mean 2.5 and variance 1.25 by hand.
  const Matrix<double> x({1, 2, 3, 4, 7, 7, 7, 7}, 2, 4);
  const Matrix<double> u = encoder_values(EncoderInput::Snv, {}, x);
  const double sd = std::sqrt(1.25);
  EXPECT_LT(distance(u, Matrix<double>({-1.5 / sd, -0.5 / sd, 0.5 / sd, 1.5 / sd, 0, 0, 0, 0}, 2, 4)), 1e-15);
}

TEST(EncoderValues, TheOthersAreTheSpectraAndTheLink) {
  const Matrix<double> x({0.1, 0.4, 0.7, 0.9}, 2, 2);
  const LinkSettings link{.link = Link::Hapke, .scale = 1.2};
  EXPECT_EQ(encoder_values(EncoderInput::Spectra, link, x), x);
  const Matrix<double> v = encoder_values(EncoderInput::Linear, link, x);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(v.data()[i], to_linear(link, x.data()[i]));
}

TEST(PositiveComposition, IsThatOfNumpy) {
  const auto& expected = test::expected_guided().at("positive");
  EXPECT_LT(distance(positive_composition(test::matrix_at(expected, "t")), test::matrix_at(expected, "y")),
            1e-14);
}

struct Samples {
  explicit Samples(std::size_t n = 50) {
    Random random(3);
    y = test::mixed_compositions(n, random);
    u = test::mixture_spectra({}, y, test::linear_endmembers(15), {1, 1, 1}, 0.01, random);
  }
  Matrix<double> u, y;
};

EncoderBase fitted(const Matrix<double>& u, const Matrix<double>& y, std::size_t latent,
                   std::size_t principal) {
  auto encoder = fit_encoder_base(EncoderInput::Snv, u, y, latent, principal);
  EXPECT_TRUE(encoder) << encoder.error().message();
  return encoder ? *encoder : EncoderBase();
}

TEST(EncoderBase, IsPls) {
  const Samples samples;
  for (const std::size_t latent : {1U, 2U, 5U}) {
    const EncoderBase encoder = fitted(samples.u, samples.y, latent, 4);
    EXPECT_EQ(encoder.input, EncoderInput::Snv);
    PlsOptions options;
    options.components = latent;
    const auto pls = fit_pls(samples.u, samples.y, options);
    ASSERT_TRUE(pls);
    EXPECT_LT(distance(encoder.base(samples.u), pls->predict(samples.u, latent)), 1e-12) << latent;
  }
}

TEST(EncoderBase, FeaturesAreWhiteOnTheRowsFitted) {
  const Samples samples;
  const EncoderBase encoder = fitted(samples.u, samples.y, 2, 6);
  const Matrix<double> p = encoder.features(samples.u);
  ASSERT_EQ(p.cols(), 6U);
  for (std::size_t a = 0; a < 6; ++a) {
    for (std::size_t b = 0; b < 6; ++b) {
      double mean = 0;
      double product = 0;
      for (std::size_t i = 0; i < p.rows(); ++i) {
        mean += p(i, a) / static_cast<double>(p.rows());
        product += p(i, a) * p(i, b) / static_cast<double>(p.rows());
      }
      EXPECT_NEAR(mean, 0, 1e-11);
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-10);
    }
  }
}

TEST(EncoderBase, HasNoMoreFeaturesThanTheDataHaveDirections) {
  Samples samples(50);
  Random random(1);
  samples.u = test::mixture_spectra({}, samples.y, test::linear_endmembers(15), {1, 1, 1}, 0, random);
  const EncoderBase encoder = fitted(samples.u, samples.y, 10, 10);
  EXPECT_EQ(encoder.axes.cols(), 2U) << "three endmembers with fractions that sum to one";
  EXPECT_EQ(encoder.offset.size(), 2U);
  EXPECT_LT(distance(encoder.base(samples.u), samples.y), 1e-8) << "noise-free mixtures";
}

TEST(EncoderBase, TakesTwoSpectra) {
  const Samples samples(2);
  const EncoderBase encoder = fitted(samples.u, samples.y, 3, 10);
  EXPECT_EQ(encoder.axes.cols(), 1U);
  EXPECT_LT(distance(encoder.base(samples.u), samples.y), 1e-9);
}

TEST(RelativeError, IsTheGeometricMeanOverComponents) {
  const Matrix<double> truth({0.2, 0.8, 0, 0.6, 0.4, 0}, 2, 3);
  const std::vector<double> variance = variances(truth);
  EXPECT_NEAR(variance[0], 0.04, 1e-15);
  EXPECT_NEAR(variance[1], 0.04, 1e-15);
  EXPECT_EQ(variance[2], 0);
  // Mean squared errors .01 and .0004 of .04: 1/4 and 1/100; the third component does not vary.
  const Matrix<double> estimate({0.3, 0.82, 0.5, 0.5, 0.38, 0.5}, 2, 3);
  EXPECT_NEAR(relative_error(truth, estimate, variance), std::sqrt(0.25 * 0.01), 1e-12);
  EXPECT_EQ(relative_error(truth, estimate, std::vector<double>{0, 0, 0}), 1) << "nothing to predict";
  EXPECT_NEAR(relative_error(truth, truth, variance), 1e-12, 1e-15) << "exactness has a floor";
}

}  // namespace
}  // namespace assayer::guided
