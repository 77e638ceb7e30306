// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/hapke.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

namespace assayer {
namespace {

// Chandrasekhar's integral equation for isotropic scatterers,
//   1 / H(μ) = √(1 − w) + w/2 ∫₀¹ μ' H(μ') / (μ + μ') dμ'
// (Radiative Transfer, Dover 1960, chapter V), solved by iteration on Gauss–Legendre nodes.
class ExactH {
 public:
  explicit ExactH(double albedo) : albedo_(albedo) {
    constexpr int kNodes = 64;
    for (int i = 0; i < kNodes; ++i) {
      double x = std::cos(std::numbers::pi * (i + 0.75) / (kNodes + 0.5));
      double slope = 1;
      for (int newton = 0; newton < 50; ++newton) {
        double p0 = 1;
        double p1 = x;
        for (int n = 2; n <= kNodes; ++n) {
          const double p2 = ((2 * n - 1) * x * p1 - (n - 1) * p0) / n;
          p0 = p1;
          p1 = p2;
        }
        slope = kNodes * (x * p1 - p0) / (x * x - 1);
        x -= p1 / slope;
      }
      nodes_.push_back(0.5 * (x + 1));
      weights_.push_back(1 / ((1 - x * x) * slope * slope));
    }
    h_.assign(nodes_.size(), 1.0);
    for (int sweep = 0; sweep < 3000; ++sweep) {
      std::vector<double> next(h_.size());
      for (std::size_t i = 0; i < h_.size(); ++i) next[i] = at(nodes_[i]);
      // The mean of two iterates converges at w = 1, where the plain iteration crawls.
      for (std::size_t i = 0; i < h_.size(); ++i) h_[i] = 0.5 * (h_[i] + next[i]);
    }
  }
  [[nodiscard]] double at(double mu) const {
    double integral = 0;
    for (std::size_t i = 0; i < h_.size(); ++i) {
      integral += weights_[i] * nodes_[i] * h_[i] / (mu + nodes_[i]);
    }
    return 1 / (std::sqrt(1 - albedo_) + 0.5 * albedo_ * integral);
  }

 private:
  double albedo_;
  std::vector<double> nodes_;
  std::vector<double> weights_;
  std::vector<double> h_;
};

TEST(Hapke, TheTestsOwnSolutionMeetsTheTabulatedValue) {
  // Chandrasekhar's table XI, conservative case: H(1) = 2.9078, H(0.5) = 2.0128.
  const ExactH exact(1.0);
  EXPECT_NEAR(exact.at(1.0), 2.9078, 2e-4);
  EXPECT_NEAR(exact.at(0.5), 2.0128, 2e-4);
}

TEST(Hapke, HIsWithinOnePercentOfTheIntegralEquation) {
  for (const double albedo : {0.05, 0.3, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0}) {
    const ExactH exact(albedo);
    for (const double mu : {0.02, 0.1, 0.2, 0.4, 0.6, 0.735, 0.83, 0.975, 1.0}) {
      EXPECT_NEAR(h_function(albedo, mu) / exact.at(mu), 1.0, 0.01) << "w " << albedo << ", μ " << mu;
    }
  }
}

TEST(Hapke, HHasItsLimits) {
  EXPECT_DOUBLE_EQ(h_function(0.0, 0.7), 1.0);
  EXPECT_DOUBLE_EQ(h_function(0.9, 0.0), 1.0);
  EXPECT_NEAR(h_function(0.9, 1e-9), 1.0, 1e-7);
}

TEST(Hapke, ASingleScattererIsSeeligersLaw) {
  // For w → 0 nothing is scattered twice: R / w → 1 / (4 (μ0 + μ)).
  const ViewingCosines view = viewing_cosines(42.7, 20.0);
  EXPECT_NEAR(view.incidence, 0.734915, 1e-6);
  EXPECT_NEAR(reflectance_factor(1e-7, view) / 1e-7, 0.25 / (view.incidence + view.emission), 1e-6);
}

TEST(Hapke, ReflectanceIsReciprocalAndGrowsWithAlbedo) {
  const ViewingCosines view = viewing_cosines(12.7, 30.0);
  const ViewingCosines swapped{view.emission, view.incidence};
  double last = -1;
  for (int i = 0; i <= 1000; ++i) {
    const double r = reflectance_factor(i / 1000.0, view);
    EXPECT_DOUBLE_EQ(r, reflectance_factor(i / 1000.0, swapped));
    EXPECT_GT(r, last);
    last = r;
  }
  EXPECT_NEAR(last, 1.0, 0.06);  // a perfect scatterer is nearly a Lambert panel
}

TEST(Hapke, InverseUndoesForward) {
  const std::array<ViewingCosines, 3> views = {viewing_cosines(33.9, 0), viewing_cosines(42.7, 0),
                                               viewing_cosines(12.7, 30)};
  for (const ViewingCosines& view : views) {
    for (const double albedo : {0.0, 0.01, 0.3, 0.7, 0.9, 0.99, 0.9999}) {
      const double r = reflectance_factor(albedo, view);
      const auto back = albedo_from_reflectance_factor(r, view);
      ASSERT_TRUE(back);
      EXPECT_NEAR(*back, albedo, 1e-11);
      EXPECT_NEAR(reflectance_factor(*back, view), r, 1e-12);
    }
    const double brightest = reflectance_factor(1.0, view);
    EXPECT_TRUE(albedo_from_reflectance_factor(brightest, view));
    EXPECT_FALSE(albedo_from_reflectance_factor(brightest + 1e-6, view));
    EXPECT_FALSE(albedo_from_reflectance_factor(-1e-6, view));
    EXPECT_FALSE(albedo_from_reflectance_factor(std::numeric_limits<double>::quiet_NaN(), view));
  }
}

TEST(Hapke, GrainsAbsorbBetweenNothingAndAllThatEnters) {
  const double n = 1.67;
  EXPECT_DOUBLE_EQ(grain_albedo(0.0, n), 1.0);
  // ((1.67 − 1) / (1.67 + 1))² + 0.05
  EXPECT_NEAR(external_reflection(n), 0.1129690, 1e-7);
  EXPECT_NEAR(grain_albedo(100.0, n), external_reflection(n), 1e-12);
  double last = 1.0;
  for (int i = 1; i < 100; ++i) {
    const double w = grain_albedo(0.05 * i, n);
    EXPECT_LT(w, last);
    last = w;
    const auto back = grain_absorption(w, n);
    ASSERT_TRUE(back);
    EXPECT_NEAR(*back, 0.05 * i, 1e-11);
  }
  EXPECT_FALSE(grain_absorption(external_reflection(n), n));
  EXPECT_FALSE(grain_absorption(1.0 + 1e-9, n));
  EXPECT_EQ(grain_absorption(1.0, n), 0.0);
}

TEST(Hapke, CrossSectionsFollowMassDensityAndSize) {
  const std::vector<double> mass = {0.5, 0.5};
  const std::vector<double> density = {2.0, 4.0};
  const std::vector<double> size = {60.0, 30.0};
  // 0.5 / 120 against 0.5 / 120: the lighter mineral's surplus of volume is undone by its larger grains.
  const auto even = cross_section_fractions(mass, density, size);
  EXPECT_DOUBLE_EQ(even[0], 0.5);
  const auto same_size = cross_section_fractions(mass, density, std::vector<double>{50.0, 50.0});
  EXPECT_NEAR(same_size[0], 2.0 / 3.0, 1e-15);
  EXPECT_NEAR(std::accumulate(same_size.begin(), same_size.end(), 0.0), 1.0, 1e-15);
}

}  // namespace
}  // namespace assayer
