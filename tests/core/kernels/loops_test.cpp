// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that loops are made of, against <cmath> in double precision; what the loops do is held to
// autograd in tests/core/model/fused_step_test.cpp.
#include "core/kernels/loops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "core/kernels/vector_math_detail.h"

namespace assayer::kernels {
namespace {

/// Largest error of f at many points between low and high, in units of the last place of the true value.
template <class F, class True>
double worst(F&& f, True&& truth, float low, float high) {
  double most = 0;
  constexpr int points = 200'000;
  for (int i = 0; i <= points; ++i) {
    const float x = low + (high - low) * static_cast<float>(i) / points;
    const double wanted = truth(static_cast<double>(x));
    const auto size = static_cast<float>(std::abs(wanted));
    const double unit = static_cast<double>(std::nextafter(size, 1e38F)) - static_cast<double>(size);
    most = std::max(most, std::abs(static_cast<double>(f(x)) - wanted) / unit);
  }
  return most;
}

TEST(VectorMath, IsExactToTheLastPlaces) {
  const auto exp = [](float x) { return vec::exp(x); };
  EXPECT_LT(worst(exp, [](double x) { return std::exp(x); }, -87, 88), 2);
  EXPECT_LT(worst(exp, [](double x) { return std::exp(x); }, -1, 1), 2);
  const auto log = [](float x) { return vec::log(x); };
  EXPECT_LT(worst(log, [](double x) { return std::log(x); }, 1e-6F, 0.9F), 2);
  EXPECT_LT(worst(log, [](double x) { return std::log(x); }, 1.1F, 1e6F), 2);
  EXPECT_LT(worst([](float x) { return vec::tanh(x); }, [](double x) { return std::tanh(x); }, -9, 9), 4);
  EXPECT_LT(worst([](float x) { return vec::softplus(x); },
                  [](double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }, -20, 20),
            4);
  EXPECT_LT(worst([](float x) { return vec::sigmoid(x); }, [](double x) { return 1 / (1 + std::exp(-x)); },
                  -80, 80),
            4);
}

TEST(VectorMath, PassesOnWhatIsNotFinite) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(vec::exp(infinity), infinity);
  EXPECT_EQ(vec::exp(-infinity), 0.0F);
  EXPECT_EQ(vec::exp(200.0F), infinity);
  EXPECT_EQ(vec::exp(-200.0F), 0.0F);
  EXPECT_EQ(vec::log(0.0F), -infinity);
  EXPECT_EQ(vec::log(infinity), infinity);
  EXPECT_EQ(vec::softplus(infinity), infinity);
  EXPECT_EQ(vec::softplus(-infinity), 0.0F);
  EXPECT_EQ(vec::tanh(infinity), 1.0F);
  EXPECT_EQ(vec::tanh(-infinity), -1.0F);
  EXPECT_TRUE(std::isnan(vec::log(-1.0F)));
  for (const float value :
       {vec::exp(nan), vec::log(nan), vec::softplus(nan), vec::tanh(nan), vec::sigmoid(nan)})
    EXPECT_TRUE(std::isnan(value));
}

TEST(Loops, FindOneBadNumberAmongMany) {
  std::vector<float> values(1003, 1e38F);  // their sum would overflow
  EXPECT_TRUE(all_finite(values.data(), 1003));
  for (const std::size_t at : {0U, 500U, 1002U}) {
    for (const float bad :
         {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
      std::vector<float> broken = values;
      broken[at] = bad;
      EXPECT_FALSE(all_finite(broken.data(), 1003)) << at;
    }
  }
  EXPECT_TRUE(all_finite(static_cast<const float*>(nullptr), 0));
}

TEST(Loops, CentreValuesAsIsWrittenDown) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  // Longer than a vector register, and no multiple of one.
  std::vector<float> values(77);
  std::vector<float> mean(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = -3.0F + 0.37F * static_cast<float>(i);
    mean[i] = 0.1F * static_cast<float>(i % 7);
  }
  for (const auto& [scale, low, high] :
       {std::tuple{1.0F, -infinity, infinity}, std::tuple{2.5F, 0.01F, infinity},
        std::tuple{255.0F, 0.0F, 0.05F}}) {
    std::vector<float> out(values.size());
    EXPECT_TRUE(centre_values(values.data(), 77, scale, low, high, mean.data(), out.data()));
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(out[i], std::clamp(values[i] / scale, low, high) - mean[i]) << i << " over " << scale;
    // What the limits would hide is told all the same.
    for (const float bad : {infinity, std::numeric_limits<float>::quiet_NaN()}) {
      std::vector<float> broken = values;
      broken[76] = bad;
      EXPECT_FALSE(centre_values(broken.data(), 77, scale, low, high, mean.data(), out.data())) << scale;
    }
  }
}

}  // namespace
}  // namespace assayer::kernels
