// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/distributions.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assayer::model {
namespace {

Gaussian gaussian(const Tensor& mean, const Tensor& sd) {
  return {mean, 2.0 * sd.log(), Spread::LogVariance};
}

Tensor row(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).view({1, 1, static_cast<Index>(values.size())});
}

/// Midpoints of n cells of [low, high], as [1, n, 1].
Tensor midpoints(double low, double high, Index n) {
  const double width = (high - low) / static_cast<double>(n);
  return (low + width * (at::arange(n, at::kDouble) + 0.5)).view({1, n, 1});
}

TEST(Distributions, GaussianDensityIsTheClosedForm) {
  const Gaussian q = gaussian(row({1.0, -2.0}), row({0.5, 2.0}));
  const double expected = -0.5 * std::pow(0.6 / 0.5, 2) - 0.5 * std::pow(1.5 / 2.0, 2) - std::log(0.5) -
                          std::log(2.0) - std::log(2 * M_PI);
  EXPECT_NEAR(log_density(q, row({1.6, -0.5})).item<double>(), expected, 1e-12);
}

TEST(Distributions, DensityOfASampleIsTheDensityAtTheSample) {
  const Gaussian q = gaussian(row({1.0, -2.0}), row({0.5, 2.0}));
  const Tensor noise = row({0.3, -1.7});
  EXPECT_NEAR(log_density_of_sample(q, noise).item<double>(),
              log_density(q, reparameterise(q, noise)).item<double>(), 1e-12);
}

TEST(Distributions, GaussianDensityIntegratesToOne) {
  const Index n = 20000;
  const Tensor x = midpoints(-12, 14, n);
  const Gaussian q = gaussian(at::full({1, n, 1}, 1.0, at::kDouble), at::full({1, n, 1}, 1.3, at::kDouble));
  EXPECT_NEAR((log_density(q, x).exp().sum() * (26.0 / n)).item<double>(), 1.0, 1e-9);
}

TEST(Distributions, NuisanceDensityIntegratesToOne) {
  const Index n = 200000;
  const Tensor z = midpoints(-1.5, 1.5, n);
  const Gaussian q = gaussian(at::full({1, n, 1}, 0.4, at::kDouble), at::full({1, n, 1}, 0.9, at::kDouble));
  EXPECT_NEAR((interval::log_density(q, z).exp().sum() * (3.0 / n)).item<double>(), 1.0, 1e-4);
}

TEST(Distributions, CompositionDensityIntegratesToOne) {
  // Midpoints of the cells of a square grid below the diagonal y1 + y2 < 1; the density is with respect to
  // dy1 dy2.
  const Index n = 1200;
  const Tensor side = (at::arange(n, at::kDouble) + 0.5) / static_cast<double>(n);
  const Tensor y1 = side.view({n, 1}).expand({n, n}).reshape({-1});
  const Tensor y2 = side.view({1, n}).expand({n, n}).reshape({-1});
  const Tensor inside = (y1 + y2 < 1.0 - 1e-12).nonzero().view({-1});
  const Tensor y = at::stack({y1, y2, 1.0 - y1 - y2}, -1).index_select(0, inside).unsqueeze(0);
  const Index cells = y.size(1);
  const Gaussian q = gaussian(at::tensor({0.3, -0.2}, at::kDouble).expand({1, cells, 2}),
                              at::tensor({0.6, 0.8}, at::kDouble).expand({1, cells, 2}));
  const double integral =
      (simplex::log_density(q, y).exp().sum() / static_cast<double>(n * n)).item<double>();
  EXPECT_NEAR(integral, 1.0, 2e-3);
}

TEST(Distributions, PriorsAreUniformDensities) {
  EXPECT_NEAR(std::exp(simplex::uniform_log_density(3)), 2.0,
              1e-12);  // the triangle y1 + y2 <= 1 has area 1/2
  EXPECT_NEAR(std::exp(interval::uniform_log_density(2)), 1.0 / 9.0, 1e-12);
}

TEST(Distributions, SamplesHaveTheRightMoments) {
  const Index n = 400000;
  at::Generator generator = at::detail::createCPUGenerator(5);
  const Tensor noise = at::empty({1, n, 1}, at::kDouble).normal_(0, 1, generator);
  const Gaussian q = gaussian(at::full({1, n, 1}, 0.7, at::kDouble), at::full({1, n, 1}, 0.5, at::kDouble));
  const Tensor u = reparameterise(q, noise);
  const double error =
      5.0 / std::sqrt(static_cast<double>(n));  // five standard errors of a unit-variance mean
  EXPECT_NEAR(u.mean().item<double>(), 0.7, 0.5 * error);
  EXPECT_NEAR(u.var(true).item<double>(), 0.25, 0.5 * error);

  // z and y: the sample mean against the density's first moment by quadrature.
  const Tensor grid = midpoints(-1.5, 1.5, 200000);
  const Gaussian wide =
      gaussian(at::full(grid.sizes(), 0.7, at::kDouble), at::full(grid.sizes(), 0.5, at::kDouble));
  const Tensor density = interval::log_density(wide, grid).exp() * (3.0 / 200000);
  const double first = (density * grid.squeeze(-1)).sum().item<double>();
  const double second = (density * grid.squeeze(-1).square()).sum().item<double>();
  const Tensor z = interval::from_logit(u);
  EXPECT_NEAR(z.mean().item<double>(), first, error);
  EXPECT_NEAR(z.square().mean().item<double>(), second, error);

  const Tensor share = (at::arange(200000, at::kDouble) + 0.5) / 200000.0;
  const Tensor y = at::stack({share, 1.0 - share}, -1).unsqueeze(0);
  const Tensor density_y = simplex::log_density(wide, y).exp() / 200000.0;
  EXPECT_NEAR(density_y.sum().item<double>(), 1.0, 1e-4);
  const Tensor samples = simplex::log_composition(u).exp();
  EXPECT_NEAR(samples.select(-1, 0).mean().item<double>(), (density_y * share).sum().item<double>(), error);
  EXPECT_TRUE(at::allclose(samples.sum(-1), at::ones({1, n}, at::kDouble)));
}

TEST(Distributions, MapsAndTheirInversesAgree) {
  const Tensor y = row({0.2, 0.5, 0.3});
  EXPECT_TRUE(at::allclose(simplex::log_composition(simplex::logits(y)).exp(), y));
  const Tensor z = row({-1.2, 0.0, 1.4});
  EXPECT_TRUE(at::allclose(interval::from_logit(interval::logit(z)), z));
}

TEST(Distributions, ClippedCompositionsAreInsideTheSimplex) {
  const Tensor clipped = simplex::clip_composition(row({1.0, 0.0, 0.0}), 1e-3);
  EXPECT_NEAR(clipped.sum().item<double>(), 1.0, 1e-12);
  EXPECT_NEAR(clipped[0][0][1].item<double>(), 1e-3 / 1.001, 1e-12);
  EXPECT_TRUE(at::isfinite(simplex::logits(clipped)).all().item<bool>());
}

TEST(Distributions, LogJacobianDoesNotCancelInTheTails) {
  // sigmoid(60) is 1 in double precision: log s (1 − s) must still be about −60.
  const double expected = std::log(3.0) - 60.0;
  EXPECT_NEAR(interval::log_jacobian(row({60.0})).item<double>(), expected, 1e-9);
  EXPECT_NEAR(interval::log_jacobian(row({-60.0})).item<double>(), expected, 1e-9);
}

/// Midpoints inside the triangle y1 + y2 < 1 of an n × n grid: [1, cells, 3].
Tensor triangle(Index n) {
  const Tensor side = (at::arange(n, at::kDouble) + 0.5) / static_cast<double>(n);
  const Tensor y1 = side.view({n, 1}).expand({n, n}).reshape({-1});
  const Tensor y2 = side.view({1, n}).expand({n, n}).reshape({-1});
  const Tensor inside = (y1 + y2 < 1.0 - 1e-12).nonzero().view({-1});
  return at::stack({y1, y2, 1.0 - y1 - y2}, -1).index_select(0, inside).unsqueeze(0);
}

TEST(Dirichlet, IntegratesToOneWithTheRightMean) {
  const Index n = 1000;
  const Tensor y = triangle(n);
  const Tensor alpha = at::tensor({2.0, 1.5, 3.5}, at::kDouble);
  const Tensor density = simplex::dirichlet_log_density(alpha, y.log()).exp() / static_cast<double>(n * n);
  EXPECT_NEAR(density.sum().item<double>(), 1.0, 1e-3);
  EXPECT_NEAR((density * y.select(-1, 0)).sum().item<double>(), 2.0 / 7.0, 1e-3);
  EXPECT_NEAR(
      simplex::dirichlet_log_density(at::ones({3}, at::kDouble), y.narrow(1, 0, 1).log()).item<double>(),
      simplex::uniform_log_density(3), 1e-12);
}

TEST(Concrete, IntegratesToOneAndSamplesAgree) {
  for (const double temperature : {1.3, 0.8}) {
    const Index n = 1500;
    const Tensor y = triangle(n);
    const Tensor logits = row({0.5, -0.4});
    const Tensor density =
        concrete::log_density(logits, y.log(), temperature).exp() / static_cast<double>(n * n);
    // Towards the border the density of a cold distribution is integrable but unbounded.
    EXPECT_NEAR(density.sum().item<double>(), 1.0, temperature > 1 ? 2e-3 : 2e-2);

    at::Generator generator = at::detail::createCPUGenerator(4);
    const Index draws = 300000;
    const Tensor uniform = at::empty({1, draws, 3}, at::kDouble).uniform_(1e-12, 1, generator);
    const Tensor sample = concrete::log_sample(logits, uniform.log().neg().log().neg(), temperature).exp();
    EXPECT_LT((sample.sum(-1) - 1.0).abs().max().item<double>(), 1e-12);
    const Tensor mean = (density.unsqueeze(-1) * y).sum(1) / density.sum();
    EXPECT_LT((sample.mean(1) - mean).abs().max().item<double>(), 5e-3) << temperature;
    // The largest part is that of the class drawn (Gumbel-max): as often as its probability, at any
    // temperature.
    const double share = (sample.argmax(-1) == 0).to(at::kDouble).mean().item<double>();
    EXPECT_NEAR(share, std::exp(0.5) / (std::exp(0.5) + std::exp(-0.4) + 1.0), 5e-3);
  }
}

TEST(Concrete, StaysFiniteWhereCompositionsUnderflow) {
  const Tensor sample = concrete::log_sample(row({40.0, -40.0}), row({3.0, -1.0, 0.5}), 0.05);
  EXPECT_EQ(sample.exp()[0][0][1].item<double>(), 0.0);
  EXPECT_TRUE(std::isfinite(concrete::log_density(row({40.0, -40.0}), sample, 0.05).item<double>()));
}

TEST(Positive, DensityIntegratesToOneWithTheMeanItNames) {
  for (const double sd : {0.3, 1.0, 2.0}) {
    const Index n = 400000;
    const double high = 16;
    const Tensor x = midpoints(0, high, n);
    const Gaussian q = gaussian(at::full({1, n, 1}, -0.4, at::kDouble), at::full({1, n, 1}, sd, at::kDouble));
    const Tensor density = positive::log_density(q, x).exp() * (high / static_cast<double>(n));
    EXPECT_NEAR(density.sum().item<double>(), 1.0, 1e-3) << sd;
    EXPECT_NEAR((density * x.squeeze(-1)).sum().item<double>(),
                positive::mean(gaussian(row({-0.4}), row({sd}))).item<double>(), 1e-3)
        << sd;
  }
}

TEST(Positive, SamplesHaveTheDensityAndItsMoments) {
  const Index n = 400000;
  at::Generator generator = at::detail::createCPUGenerator(6);
  const Tensor noise = at::empty({1, n, 1}, at::kDouble).normal_(0, 1, generator);
  const Gaussian q = gaussian(at::full({1, n, 1}, 0.3, at::kDouble), at::full({1, n, 1}, 0.8, at::kDouble));
  const Tensor u = reparameterise(q, noise);
  const Tensor x = positive::from_real(u);
  EXPECT_NEAR(x.mean().item<double>(), positive::mean(gaussian(row({0.3}), row({0.8}))).item<double>(), 4e-3);
  EXPECT_LT(
      (positive::log_density_of_sample(q, noise, u) - positive::log_density(q, x)).abs().max().item<double>(),
      1e-8);
  EXPECT_TRUE(at::allclose(positive::to_real(x), u));
}

TEST(Positive, RealLineIsReachedFromBothEnds) {
  EXPECT_NEAR(positive::to_real(row({1e-6})).item<double>(), std::log(std::expm1(1e-6)), 1e-9);
  EXPECT_NEAR(positive::to_real(row({80.0})).item<double>(), 80.0, 1e-12);
}

TEST(Bernoulli, IsAProbabilityOnBitsWithTheEntropyOfTheirEnumeration) {
  const Tensor logits = row({0.7, -1.3, 2.0});
  double sum = 0;
  double entropy = 0;
  for (int bits = 0; bits < 8; ++bits) {
    const Tensor x = row({static_cast<double>(bits & 1), static_cast<double>((bits >> 1) & 1),
                          static_cast<double>((bits >> 2) & 1)});
    const double log_p = bernoulli::log_density(logits, x).item<double>();
    sum += std::exp(log_p);
    entropy -= std::exp(log_p) * log_p;
  }
  EXPECT_NEAR(sum, 1.0, 1e-12);
  EXPECT_NEAR(bernoulli::entropy(logits).item<double>(), entropy, 1e-12);
  EXPECT_EQ(bernoulli::log_density(row({800.0}), row({1.0})).item<double>(), 0.0);
}

TEST(Bernoulli, RelaxedDrawsAreOnOneSideAsOftenAsThePixel) {
  const Index n = 200000;
  at::Generator generator = at::detail::createCPUGenerator(9);
  const Tensor uniform = at::empty({1, n, 1}, at::kDouble).uniform_(1e-12, 1, generator);
  const Tensor logistic = uniform.log() - (-uniform).log1p();
  const Tensor x = bernoulli::relaxed_sample(at::full({1, n, 1}, 0.8, at::kDouble), logistic, 0.1);
  EXPECT_NEAR((x > 0.5).to(at::kDouble).mean().item<double>(), 1 / (1 + std::exp(-0.8)), 5e-3);
  // Cold, they are nearly pixels.
  EXPECT_GT(((x < 0.01).logical_or(x > 0.99)).to(at::kDouble).mean().item<double>(), 0.75);
}

}  // namespace
}  // namespace assayer::model
