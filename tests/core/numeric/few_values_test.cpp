// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/numeric/few_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/random.h"

namespace assayer {
namespace {

/// Noise, and `strong` times one pattern of rank 1 on top of it.
Matrix<double> noise(std::size_t rows, std::size_t cols, double strong) {
  Random random(5);
  Matrix<double> x(rows, cols);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t c = 0; c < cols; ++c)
      x(i, c) = random.normal() +
                strong * std::sin(0.1 * static_cast<double>(i)) * std::cos(0.07 * static_cast<double>(c));
  return x;
}

void expect_the_leading_ones(const Matrix<double>& x, std::size_t r) {
  const auto few = few_leading_values(x, r);
  const auto all = thin_svd(x);
  ASSERT_TRUE(few && all);
  ASSERT_EQ(few->values.size(), r);
  for (std::size_t k = 0; k < r; ++k) {
    EXPECT_NEAR(few->values[k], all->values[k], 1e-9 * all->values[0]);
    double right = 0;
    double left = 0;
    for (std::size_t c = 0; c < x.cols(); ++c) right += few->right(k, c) * all->right(k, c);
    for (std::size_t i = 0; i < x.rows(); ++i) left += few->left(i, k) * all->left(i, k);
    EXPECT_NEAR(right, 1, 1e-6) << k;  // signs are fixed alike
    EXPECT_NEAR(left, 1, 1e-6) << k;
  }
}

TEST(FewLeadingValues, AreThoseOfTheWholeDecomposition) {
  expect_the_leading_ones(noise(300, 165, 3), 1);
  expect_the_leading_ones(noise(90, 165, 3), 2);
  // Nothing stands out: the whole decomposition has to answer.
  expect_the_leading_ones(noise(300, 165, 0), 4);
  // Too many of too few for iteration.
  expect_the_leading_ones(noise(40, 30, 1), 8);
}

TEST(FewLeadingValues, RefuseWhatIsNotFinite) {
  Matrix<double> x = noise(100, 90, 1);
  x(3, 4) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(few_leading_values(x, 1));
}

TEST(SymmetricEigenvalues, OfASecondDifferenceInClosedForm) {
  constexpr std::size_t kSize = 12;
  Matrix<double> a(kSize, kSize);
  for (std::size_t i = 0; i < kSize; ++i) {
    a(i, i) = 2;
    if (i > 0) a(i, i - 1) = -1;  // the upper triangle is not read
  }
  const auto values = symmetric_eigenvalues(a);
  ASSERT_TRUE(values);
  for (std::size_t k = 0; k < kSize; ++k) {
    const double angle = std::numbers::pi * static_cast<double>(kSize - k) / (kSize + 1.0);
    EXPECT_NEAR((*values)[k], 2 - 2 * std::cos(angle), 1e-12);
  }
  EXPECT_FALSE(symmetric_eigenvalues(Matrix<double>(2, 3)));
  EXPECT_TRUE(symmetric_eigenvalues(Matrix<double>())->empty());
}

}  // namespace
}  // namespace assayer
