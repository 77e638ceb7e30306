// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_values.py beside this file (numpy), or matrices made of known factors.
#include "core/numeric/linear.h"

#include <gtest/gtest.h>

#include "core/base/random.h"
#include "expected_json.h"

namespace assayer {
namespace {

using test::distance;
using test::matrix_of;
using test::vector_of;

const nlohmann::json& expected() {
  static const nlohmann::json values = test::expected_json("core/numeric/expected_values.json");
  return values;
}

Matrix<double> normals(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Random random(seed);
  Matrix<double> result(rows, cols);
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = random.normal();
  return result;
}

Matrix<double> identity(std::size_t n) {
  Matrix<double> result(n, n);
  for (std::size_t i = 0; i < n; ++i) result(i, i) = 1;
  return result;
}

/// left · diag(values) · right
Matrix<double> composed(const Svd& svd) {
  Matrix<double> scaled = svd.left;
  for (std::size_t i = 0; i < scaled.rows(); ++i)
    for (std::size_t r = 0; r < scaled.cols(); ++r) scaled(i, r) *= svd.values[r];
  return product(scaled, svd.right);
}

TEST(Products, HaveTheirDefinition) {
  const Matrix<double> a({1, 2, 3, 4, 5, 6}, 2, 3);
  const Matrix<double> b({1, 0, 2, 1, 0, 3}, 3, 2);
  EXPECT_EQ(product(a, b), Matrix<double>({5, 11, 14, 23}, 2, 2));
  EXPECT_EQ(transposed_product(a, a), Matrix<double>({17, 22, 27, 22, 29, 36, 27, 36, 45}, 3, 3));
  EXPECT_EQ(product_transposed(a, a), Matrix<double>({14, 32, 32, 77}, 2, 2));
  EXPECT_EQ(transposed(a), Matrix<double>({1, 4, 2, 5, 3, 6}, 3, 2));
}

TEST(LeastSquares, MatchesNumpyWithAndWithoutRidgeAndRank) {
  for (const auto& problem : expected().at("least_squares")) {
    const Matrix<double> x = matrix_of(problem.at("x"));
    const Matrix<double> y = matrix_of(problem.at("y"));
    const double ridge = problem.at("ridge");
    const auto solution = least_squares(x, y, ridge);
    ASSERT_TRUE(solution) << solution.error().message();
    EXPECT_LT(distance(solution->coefficients, matrix_of(problem.at("b"))), 1e-11);
    EXPECT_EQ(solution->rank, ridge == 0 ? problem.at("rank").get<std::size_t>() : x.cols());
    const auto separate = least_squares(x, y, vector_of(problem.at("penalties")));
    ASSERT_TRUE(separate) << separate.error().message();
    EXPECT_LT(distance(separate->coefficients, matrix_of(problem.at("b_separate"))), 1e-11);
  }
}

TEST(LeastSquares, DoesNotSquareTheCondition) {
  // Läuchli's matrix: XᵀX is singular in double precision.
  constexpr double kTiny = 1e-9;
  const Matrix<double> x({1, 1, kTiny, 0, 0, kTiny}, 3, 2);
  const Matrix<double> y({3, kTiny, 2 * kTiny}, 3, 1);
  const auto solution = least_squares(x, y);
  ASSERT_TRUE(solution);
  EXPECT_EQ(solution->rank, 2U);
  EXPECT_NEAR(solution->coefficients(0, 0), 1, 1e-6);
  EXPECT_NEAR(solution->coefficients(1, 0), 2, 1e-6);
}

TEST(LeastSquares, RefusesWhatDoesNotFit) {
  const Matrix<double> x = normals(4, 2, 1);
  EXPECT_EQ(least_squares(x, normals(3, 1, 1)).error().kind, Error::Kind::Data);
  EXPECT_EQ(least_squares(x, Matrix<double>(4, 1, std::nan(""))).error().kind, Error::Kind::Data);
  EXPECT_EQ(least_squares(x, x, -1.0).error().kind, Error::Kind::Usage);
  EXPECT_EQ(least_squares(x, x, std::vector<double>{1.0}).error().kind, Error::Kind::Usage);
}

TEST(Svd, MatchesNumpy) {
  for (const auto& problem : expected().at("svd")) {
    const auto svd = thin_svd(matrix_of(problem.at("x")));
    ASSERT_TRUE(svd);
    EXPECT_LT(distance(svd->values, vector_of(problem.at("values"))), 1e-13);
    EXPECT_LT(distance(svd->left, matrix_of(problem.at("left"))), 1e-11);
    EXPECT_LT(distance(svd->right, matrix_of(problem.at("right"))), 1e-11);
    EXPECT_LT(svd->residual, 1e-13);
  }
}

TEST(Svd, LeadingOfASmallMatrixIsThinCutOff) {
  const Matrix<double> x = normals(12, 30, 5);
  const auto all = thin_svd(x);
  const auto few = leading_svd(x, 3);
  ASSERT_TRUE(all && few);
  ASSERT_EQ(few->values.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_DOUBLE_EQ(few->values[i], all->values[i]);
  EXPECT_EQ(few->left.cols(), 3U);
  EXPECT_EQ(few->right.rows(), 3U);
  EXPECT_EQ(leading_svd(x, 99)->values.size(), 12U);
}

/// Sides above the limit of the direct method, with singular values that are known: A = U diag(s) Vᵀ.
class LargeSvd : public testing::TestWithParam<std::pair<std::size_t, std::size_t>> {
 protected:
  static constexpr std::size_t kRank = 30;
  void SetUp() override {
    const auto [n, c] = GetParam();
    const auto u = thin_svd(normals(n, kRank, 11));
    const auto v = thin_svd(normals(kRank, c, 12));
    ASSERT_TRUE(u && v);
    Matrix<double> scaled = u->left;
    for (std::size_t r = 0; r < kRank; ++r) {
      values.push_back(1000 * std::pow(0.5, static_cast<double>(r)));
      for (std::size_t i = 0; i < n; ++i) scaled(i, r) *= values[r];
    }
    x = product(scaled, v->right);
  }
  std::vector<double> values;
  Matrix<double> x;
};

TEST_P(LargeSvd, FindsKnownSingularValuesWithoutSquaringThem) {
  const auto svd = leading_svd(x, 20, 1);
  ASSERT_TRUE(svd);
  ASSERT_EQ(svd->values.size(), 20U);
  // The 20th is 2e-6 of the first: squared, it would be known to 3e-5 of itself only.
  for (std::size_t i = 0; i < 20; ++i) EXPECT_NEAR(svd->values[i], values[i], 1e-6 * values[i]) << i;
  EXPECT_LT(distance(transposed_product(svd->left, svd->left), identity(20)), 1e-12);
  EXPECT_LT(distance(product_transposed(svd->right, svd->right), identity(20)), 1e-12);
  EXPECT_LT(svd->residual, 1e-9);
  // What is left out is the 21st, and nothing larger.
  const Matrix<double> near = composed(*svd);
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) squares += std::pow(x.data()[i] - near.data()[i], 2);
  EXPECT_NEAR(std::sqrt(squares), values[20] * std::sqrt(4.0 / 3.0), 1e-4 * values[20]);
  // The other side's bound does not come from the code under test's own account.
  const Matrix<double> images = product_transposed(x, svd->right);
  double worst = 0;
  for (std::size_t i = 0; i < images.rows(); ++i)
    for (std::size_t r = 0; r < 20; ++r)
      worst = std::max(worst, std::abs(images(i, r) - svd->values[r] * svd->left(i, r)));
  EXPECT_LT(worst, 1e-8 * values[0]);
}

TEST_P(LargeSvd, AskedForMoreThanTheRankGivesZerosAndStillOrthonormalVectors) {
  const auto svd = leading_svd(x, 40, 1);
  ASSERT_TRUE(svd);
  for (std::size_t i = 0; i < kRank - 2; ++i) EXPECT_NEAR(svd->values[i], values[i], 1e-11 * values[0]) << i;
  for (std::size_t i = kRank; i < 40; ++i) EXPECT_LT(svd->values[i], 1e-11 * values[0]) << i;
  EXPECT_LT(distance(transposed_product(svd->left, svd->left), identity(40)), 1e-10);
  EXPECT_LT(distance(product_transposed(svd->right, svd->right), identity(40)), 1e-10);
}

TEST_P(LargeSvd, TheSameSeedGivesTheSameBits) {
  const auto one = leading_svd(x, 5, 7);
  const auto two = leading_svd(x, 5, 7);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->left, two->left);
  EXPECT_EQ(one->values, two->values);
}

INSTANTIATE_TEST_SUITE_P(Shapes, LargeSvd, testing::Values(std::pair{450UL, 600UL}, std::pair{600UL, 450UL}));

TEST(Svd, OfSignalInNoiseAgreesWithTheDirectMethod) {
  // Noise has close singular values: the hard case for an iteration.
  Matrix<double> x = normals(410, 500, 21);
  const Matrix<double> a = normals(410, 3, 22);
  const Matrix<double> b = normals(3, 500, 23);
  const Matrix<double> signal = product(a, b);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] += signal.data()[i];
  const auto krylov = leading_svd(x, 8);
  const auto direct = thin_svd(x);
  ASSERT_TRUE(krylov && direct);
  EXPECT_LT(krylov->residual, 1e-9);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_NEAR(krylov->values[i], direct->values[i], 1e-9 * direct->values[0]) << i;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t c = 0; c < 500; ++c) EXPECT_NEAR(krylov->right(i, c), direct->right(i, c), 1e-8);
}

TEST(Svd, OfZerosAndOfNothing) {
  const auto zeros = leading_svd(Matrix<double>(450, 420), 3);
  ASSERT_TRUE(zeros);
  EXPECT_EQ(zeros->values, std::vector<double>(3, 0.0));
  EXPECT_TRUE(thin_svd(Matrix<double>(0, 4))->values.empty());
  EXPECT_EQ(thin_svd(Matrix<double>(2, 2, INFINITY)).error().kind, Error::Kind::Data);
}

TEST(SymmetricEigen, HasItsClosedForm) {
  const auto eigen = symmetric_eigen(Matrix<double>({2, 1, 1, 2}, 2, 2));
  ASSERT_TRUE(eigen);
  EXPECT_NEAR(eigen->values[0], 3, 1e-14);
  EXPECT_NEAR(eigen->values[1], 1, 1e-14);
  EXPECT_NEAR(eigen->vectors(0, 0), std::sqrt(0.5), 1e-14);
  EXPECT_NEAR(eigen->vectors(0, 1), std::sqrt(0.5), 1e-14);
  EXPECT_NEAR(std::abs(eigen->vectors(1, 0) + eigen->vectors(1, 1)), 0, 1e-14);
  EXPECT_EQ(symmetric_eigen(Matrix<double>(2, 3)).error().kind, Error::Kind::Data);
}

TEST(SymmetricEigen, RebuildsTheMatrix) {
  const Matrix<double> b = normals(20, 20, 3);
  Matrix<double> a = product_transposed(b, b);
  a(3, 3) -= 50;  // not definite
  const auto eigen = symmetric_eigen(a);
  ASSERT_TRUE(eigen);
  EXPECT_TRUE(std::ranges::is_sorted(eigen->values, std::greater{}));
  EXPECT_LT(eigen->values.back(), 0);
  Matrix<double> scaled = eigen->vectors;
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t c = 0; c < 20; ++c) scaled(i, c) *= eigen->values[i];
  EXPECT_LT(distance(transposed_product(eigen->vectors, scaled), a), 1e-13);
}

TEST(ColumnStatistics, HaveTheirDefinition) {
  const Matrix<double> x({1, 10, 2, 10, 6, 10}, 3, 2);
  EXPECT_EQ(column_means(x), (std::vector<double>{3, 10}));
  EXPECT_NEAR(column_deviations(x)[0], std::sqrt(7.0), 1e-15);
  EXPECT_EQ(column_deviations(x)[1], 0);
  EXPECT_EQ(column_deviations(Matrix<double>(1, 2, 5.0)), (std::vector<double>{0, 0}));
}

}  // namespace
}  // namespace assayer
