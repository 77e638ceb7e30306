// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_values.py beside this file (scipy.optimize.nnls), or the Karush–Kuhn–Tucker
// conditions.
#include "core/numeric/nnls.h"

#include <gtest/gtest.h>

#include "core/base/random.h"
#include "core/numeric/linear.h"
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

/// x ≥ 0; gradient Aᵀ(b − A x) ≤ 0, and 0 where x > 0.
void expect_optimal(MatrixView<double> a, std::span<const double> b, std::span<const double> x,
                    double tolerance) {
  for (std::size_t j = 0; j < a.cols(); ++j) {
    double gradient = 0;
    for (std::size_t i = 0; i < a.rows(); ++i) {
      double rest = b[i];
      for (std::size_t k = 0; k < a.cols(); ++k) rest -= a(i, k) * x[k];
      gradient += a(i, j) * rest;
    }
    EXPECT_GE(x[j], 0);
    EXPECT_LE(gradient, tolerance) << "column " << j;
    if (x[j] > 0) {
      EXPECT_GE(gradient, -tolerance) << "column " << j;
    }
  }
}

Matrix<double> normals(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Random random(seed);
  Matrix<double> result(rows, cols);
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = random.normal();
  return result;
}

TEST(Nnls, MatchesScipy) {
  std::size_t bound = 0;
  for (const auto& problem : expected().at("nnls")) {
    const Matrix<double> a = matrix_of(problem.at("a"));
    const Matrix<double> b = matrix_of(problem.at("b"));
    for (std::size_t i = 0; i < b.rows(); ++i) {
      const auto solution = nnls(a, b.row(i));
      ASSERT_TRUE(solution) << solution.error().message();
      const auto wanted = vector_of(problem.at("x")[i]);
      EXPECT_LT(distance(solution->x, wanted), 1e-11);
      EXPECT_NEAR(solution->residual_norm, problem.at("norm")[i].get<double>(), 1e-11);
      bound += static_cast<std::size_t>(std::ranges::count(wanted, 0.0));
    }
  }
  EXPECT_GT(bound, 50) << "the bounds must matter in this test";
}

TEST(Nnls, NormalEquationsMatchScipy) {
  for (const auto& problem : expected().at("nnls")) {
    const Matrix<double> a = matrix_of(problem.at("a"));
    // Where columns outnumber rows AᵀA is singular, and the solution of least squares need not be unique.
    if (a.cols() > a.rows()) continue;
    const Matrix<double> b = matrix_of(problem.at("b"));
    const auto solution = nnls_normal(transposed_product(a, a), product(b, a));
    ASSERT_TRUE(solution) << solution.error().message();
    EXPECT_LT(distance(*solution, matrix_of(problem.at("x"))), 1e-8);
  }
}

TEST(Nnls, FulfilsTheOptimalityConditionsOnLargerProblems) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Matrix<double> a = normals(120, 60, seed);
    const Matrix<double> b = normals(3, 120, 100 + seed);
    const auto normal = nnls_normal(transposed_product(a, a), product(b, a));
    ASSERT_TRUE(normal);
    for (std::size_t i = 0; i < b.rows(); ++i) {
      const auto solution = nnls(a, b.row(i));
      ASSERT_TRUE(solution);
      expect_optimal(a, b.row(i), solution->x, 1e-11);
      expect_optimal(a, b.row(i), normal->row(i), 1e-10);
    }
  }
}

TEST(Nnls, RecoversANonNegativeCombinationExactly) {
  Matrix<double> a = normals(30, 6, 9);
  const std::vector<double> x = {0.5, 0, 0.25, 0, 3, 1e-6};
  const Matrix<double> b = product_transposed({x.data(), 1, 6}, a);
  const auto solution = nnls(a, b.row(0));
  ASSERT_TRUE(solution);
  EXPECT_LT(distance(solution->x, x), 1e-13);
  EXPECT_LT(solution->residual_norm, 1e-13);
}

TEST(Nnls, DependentColumnsAndZerosDoNoHarm) {
  Matrix<double> a(4, 4);
  for (std::size_t i = 0; i < 4; ++i) {
    a(i, 0) = static_cast<double>(i + 1);
    a(i, 1) = 2 * a(i, 0);
    a(i, 2) = 0;
    a(i, 3) = i == 0 ? 1 : 0;
  }
  const std::vector<double> b = {5, 4, 6, 8};  // 2 (1, 2, 3, 4) + 3 e₁
  const auto solution = nnls(a, b);
  ASSERT_TRUE(solution);
  EXPECT_NEAR(solution->x[0] + 2 * solution->x[1], 2, 1e-12);
  EXPECT_EQ(solution->x[2], 0);
  EXPECT_NEAR(solution->x[3], 3, 1e-12);
  const auto normal = nnls_normal(transposed_product(a, a), product({b.data(), 1, 4}, a));
  ASSERT_TRUE(normal);
  EXPECT_NEAR((*normal)(0, 0) + 2 * (*normal)(0, 1), 2, 1e-12);
  EXPECT_EQ((*normal)(0, 2), 0);
  EXPECT_NEAR((*normal)(0, 3), 3, 1e-12);
}

TEST(Nnls, DoesNotDependOnTheUnitsOfColumns) {
  Matrix<double> a = normals(20, 5, 3);
  const Matrix<double> b = normals(1, 20, 4);
  const auto plain = nnls(a, b.row(0));
  for (std::size_t i = 0; i < 20; ++i) {
    a(i, 1) *= 1e9;
    a(i, 4) *= 1e-9;
  }
  const auto scaled = nnls(a, b.row(0));
  const auto normal = nnls_normal(transposed_product(a, a), product(b, a));
  ASSERT_TRUE(plain && scaled && normal);
  const std::vector<double> unit = {1, 1e9, 1, 1, 1e-9};
  for (std::size_t j = 0; j < 5; ++j) {
    EXPECT_NEAR(scaled->x[j] * unit[j], plain->x[j], 1e-12);
    EXPECT_NEAR((*normal)(0, j) * unit[j], plain->x[j], 1e-10);
  }
}

TEST(Nnls, RefusesWhatDoesNotFit) {
  const Matrix<double> a = normals(4, 2, 1);
  EXPECT_EQ(nnls(a, std::vector<double>(3, 1.0)).error().kind, Error::Kind::Data);
  EXPECT_EQ(nnls(a, std::vector<double>(4, std::nan(""))).error().kind, Error::Kind::Data);
  EXPECT_EQ(nnls_normal(a, a).error().kind, Error::Kind::Data);
  EXPECT_TRUE(nnls(Matrix<double>(4, 0), std::vector<double>(4, 1.0))->x.empty());
}

}  // namespace
}  // namespace assayer
