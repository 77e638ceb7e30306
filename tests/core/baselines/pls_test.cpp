// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_regression.py beside this file (scikit-learn; SIMPLS from its definition in
// numpy), or mixtures whose answer is known.
#include "core/baselines/pls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "../numeric/expected_json.h"
#include "core/base/random.h"
#include "core/numeric/linear.h"

namespace assayer {
namespace {

using test::distance;
using test::matrix_of;
using test::vector_of;

const nlohmann::json& expected() {
  static const nlohmann::json values = test::expected_json("core/baselines/expected_regression.json");
  return values;
}

Matrix<double> normals(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Random random(seed);
  Matrix<double> result(rows, cols);
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = random.normal();
  return result;
}

/// Uniform on the simplex.
Matrix<double> compositions(std::size_t n, std::size_t k, std::uint64_t seed) {
  Random random(seed);
  Matrix<double> result(n, k);
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (double& value : result.row(i)) sum += value = random.gamma(1);
    for (double& value : result.row(i)) value /= sum;
  }
  return result;
}

bool finite(const Matrix<double>& m) {
  return std::ranges::all_of(m.values(), [](double value) { return std::isfinite(value); });
}

Matrix<double> absolute(Matrix<double> m) {
  for (std::size_t i = 0; i < m.size(); ++i) m.data()[i] = std::abs(m.data()[i]);
  return m;
}

TEST(Pls, NipalsMatchesScikitLearnForEveryNumberOfComponents) {
  for (const auto& problem : expected().at("pls")) {
    const Matrix<double> x = matrix_of(problem.at("x"));
    const std::size_t most = problem.at("nipals").size();
    const auto plain =
        fit_pls(x, matrix_of(problem.at("y")), {.components = most, .algorithm = PlsAlgorithm::Nipals});
    const auto scaled =
        fit_pls(x, matrix_of(problem.at("y")),
                {.components = most, .algorithm = PlsAlgorithm::Nipals, .scale_x = true, .scale_y = true});
    ASSERT_TRUE(plain && scaled);
    ASSERT_EQ(plain->components(), most);
    ASSERT_EQ(scaled->components(), most);
    const Matrix<double> rows = matrix_of(problem.at("new"));
    for (std::size_t a = 1; a <= most; ++a) {
      EXPECT_LT(distance(plain->predict(rows, a), matrix_of(problem.at("nipals")[a - 1].at("predicted"))),
                1e-8)
          << a;
      EXPECT_LT(distance(scaled->predict(rows, a), matrix_of(problem.at("scaled")[a - 1].at("predicted"))),
                1e-8)
          << a;
    }
    const auto& last = problem.at("nipals")[most - 1];
    EXPECT_LT(distance(absolute(plain->rotations), matrix_of(last.at("rotations"))), 1e-7);
    EXPECT_LT(distance(absolute(plain->x_loadings), matrix_of(last.at("x_loadings"))), 1e-7);
  }
}

TEST(Pls, SimplsMatchesItsDefinition) {
  for (const auto& problem : expected().at("pls")) {
    const std::size_t most = problem.at("simpls").size();
    const auto fit = fit_pls(matrix_of(problem.at("x")), matrix_of(problem.at("y")), {.components = most});
    ASSERT_TRUE(fit);
    ASSERT_EQ(fit->components(), most);
    for (std::size_t a = 1; a <= most; ++a) {
      const auto& wanted = problem.at("simpls")[a - 1];
      EXPECT_LT(distance(fit->predict(matrix_of(problem.at("new")), a), matrix_of(wanted.at("predicted"))),
                1e-9)
          << a;
      EXPECT_LT(distance(fit->coefficients(a), matrix_of(wanted.at("coefficients"))), 1e-9) << a;
    }
  }
}

TEST(Pls, BothAlgorithmsAgreeForOneColumnAndDifferForSeveral) {
  const Matrix<double> x = normals(40, 15, 1);
  Matrix<double> y = normals(40, 1, 2);
  for (std::size_t i = 0; i < 40; ++i) y(i, 0) += x(i, 0) - 2 * x(i, 5);
  const auto simpls = fit_pls(x, y, {.components = 8});
  const auto nipals = fit_pls(x, y, {.components = 8, .algorithm = PlsAlgorithm::Nipals});
  ASSERT_TRUE(simpls && nipals);
  for (std::size_t a = 1; a <= 8; ++a)
    EXPECT_LT(distance(simpls->coefficients(a), nipals->coefficients(a)), 1e-11) << a;
  const Matrix<double> several = product(x, normals(15, 3, 3));
  const auto simpls3 = fit_pls(x, several, {.components = 3});
  const auto nipals3 = fit_pls(x, several, {.components = 3, .algorithm = PlsAlgorithm::Nipals});
  EXPECT_GT(distance(simpls3->coefficients(3), nipals3->coefficients(3)), 1e-6);
}

TEST(Pls, WithAllComponentsIsLeastSquares) {
  const Matrix<double> x = normals(30, 6, 4);
  const Matrix<double> y = normals(30, 2, 5);
  Matrix<double> with_one(30, 7, 1.0);
  for (std::size_t i = 0; i < 30; ++i) std::ranges::copy(x.row(i), with_one.row(i).begin());
  const auto wanted = least_squares(with_one, y);
  ASSERT_TRUE(wanted);
  for (const PlsAlgorithm algorithm : {PlsAlgorithm::Simpls, PlsAlgorithm::Nipals}) {
    for (const bool scale : {false, true}) {
      const auto fit =
          fit_pls(x, y, {.components = 6, .algorithm = algorithm, .scale_x = scale, .scale_y = scale});
      ASSERT_TRUE(fit);
      const Matrix<double> b = fit->coefficients(99);
      const std::vector<double> intercept = fit->intercept(6);
      for (std::size_t k = 0; k < 2; ++k) {
        for (std::size_t c = 0; c < 6; ++c) EXPECT_NEAR(b(c, k), wanted->coefficients(c, k), 1e-10);
        EXPECT_NEAR(intercept[k], wanted->coefficients(6, k), 1e-10);
      }
    }
  }
}

TEST(Pls, ScoresAreOrthogonalAndSharesAddUp) {
  const Matrix<double> x = normals(25, 10, 6);
  const Matrix<double> y = normals(25, 3, 7);
  for (const PlsAlgorithm algorithm : {PlsAlgorithm::Simpls, PlsAlgorithm::Nipals}) {
    const auto fit = fit_pls(x, y, {.components = 10, .algorithm = algorithm});
    ASSERT_TRUE(fit);
    ASSERT_EQ(fit->components(), 10U);
    const Matrix<double> gram = transposed_product(fit->scores, fit->scores);
    for (std::size_t a = 0; a < 10; ++a)
      for (std::size_t b = 0; b < a; ++b)
        EXPECT_LT(std::abs(gram(a, b)), 1e-10 * std::sqrt(gram(a, a) * gram(b, b)));
    EXPECT_LT(distance(fit->scores_of(x), fit->scores), 1e-10);
    // All ten components are all of x.
    double sum = 0;
    for (const double share : fit->x_shares) sum += share;
    EXPECT_NEAR(sum, 1, 1e-10);
    // What y_shares leave is the squared error of the fit over the variance.
    const Matrix<double> fitted = fit->predict(x, 10);
    double rest = 0;
    double total = 0;
    for (std::size_t i = 0; i < y.rows(); ++i)
      for (std::size_t k = 0; k < 3; ++k) {
        rest += std::pow(y(i, k) - fitted(i, k), 2);
        total += std::pow(y(i, k) - fit->y_mean[k], 2);
      }
    double explained = 0;
    for (const double share : fit->y_shares) explained += share;
    EXPECT_NEAR(explained, 1 - rest / total, 1e-10);
  }
}

TEST(Pls, EndsWhereRankDoes) {
  const Matrix<double> x = product(normals(20, 3, 8), normals(3, 50, 9));
  const Matrix<double> y = normals(20, 2, 10);
  for (const PlsAlgorithm algorithm : {PlsAlgorithm::Simpls, PlsAlgorithm::Nipals}) {
    for (const bool scale : {false, true}) {
      const auto fit = fit_pls(x, y, {.components = 15, .algorithm = algorithm, .scale_x = scale});
      ASSERT_TRUE(fit);
      EXPECT_EQ(fit->components(), 3U);
      EXPECT_TRUE(finite(fit->coefficients(15)));
      EXPECT_EQ(fit->predict(x, 15), fit->predict(x, 3));
    }
    // y that two components explain entirely.
    const auto exact = fit_pls(normals(20, 30, 1), Matrix<double>(20, 1, 4.0), {.algorithm = algorithm});
    ASSERT_TRUE(exact);
    EXPECT_EQ(exact->components(), 0U);
    EXPECT_EQ(exact->predict(normals(2, 30, 2), 5), Matrix<double>(2, 1, 4.0));
  }
}

TEST(Pls, NeverHasMoreComponentsThanRowsAllow) {
  const auto fit = fit_pls(normals(5, 40, 1), normals(5, 1, 2), {.components = 30});
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->components(), 4U);
  const auto two = fit_pls(Matrix<double>({0, 1}, 2, 1), Matrix<double>({0, 3}, 2, 1), {.components = 30});
  ASSERT_TRUE(two);
  EXPECT_NEAR(two->coefficients(1)(0, 0), 3, 1e-14);
}

TEST(Pls, ConstantColumnsDoNoHarmWhenScaled) {
  Matrix<double> x = normals(10, 3, 1);
  for (std::size_t i = 0; i < 10; ++i) x(i, 1) = 0.1;
  const auto fit = fit_pls(x, normals(10, 2, 2), {.components = 3, .scale_x = true, .scale_y = true});
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->components(), 2U);
  EXPECT_TRUE(finite(fit->coefficients(2)));
  EXPECT_NEAR(fit->coefficients(2)(1, 0), 0, 1e-12);
}

TEST(Pls, RefusesWhatDoesNotFit) {
  const Matrix<double> x = normals(5, 3, 1);
  EXPECT_EQ(fit_pls(x, normals(4, 1, 1)).error().kind, Error::Kind::Data);
  EXPECT_EQ(fit_pls(normals(1, 3, 1), normals(1, 1, 1)).error().kind, Error::Kind::Data);
  EXPECT_EQ(fit_pls(x, Matrix<double>(5, 1, std::nan(""))).error().kind, Error::Kind::Data);
  EXPECT_EQ(fit_pls(x, x, {.components = 0}).error().kind, Error::Kind::Usage);
}

TEST(PlsCrossValidation, MatchesScikitLearnFoldByFold) {
  const auto& problem = expected().at("cross_validation");
  const auto validation =
      cross_validate_pls(matrix_of(problem.at("x")), matrix_of(problem.at("y")),
                         problem.at("fold").get<std::vector<std::uint32_t>>(),
                         {.components = problem.at("mse").size() - 1, .algorithm = PlsAlgorithm::Nipals});
  ASSERT_TRUE(validation) << validation.error().message();
  EXPECT_LT(distance(validation->mse, matrix_of(problem.at("mse"))), 1e-8);
  EXPECT_LT(distance(validation->score, vector_of(problem.at("score"))), 1e-8);
  EXPECT_EQ(validation->components, problem.at("components").get<std::size_t>());
  EXPECT_LT(distance(validation->predicted, matrix_of(problem.at("predicted"))), 1e-8);
}

TEST(PlsCrossValidation, ChoosesTheMeanWhereNothingIsToBeLearnt) {
  std::vector<std::uint32_t> fold(30);
  for (std::size_t i = 0; i < 30; ++i) fold[i] = static_cast<std::uint32_t>(i % 5);
  const auto noise = cross_validate_pls(normals(30, 20, 1), normals(30, 1, 2), fold, {.components = 5});
  ASSERT_TRUE(noise);
  EXPECT_EQ(noise->components, 0U);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(noise->predicted(i, 0), noise->predicted(i % 5, 0));

  // A column without variance says nothing about the number.
  Matrix<double> y(30, 2, 1.5);
  const Matrix<double> x = normals(30, 3, 3);
  for (std::size_t i = 0; i < 30; ++i) y(i, 0) = x(i, 0) + 0.5 * x(i, 1);
  const auto exact = cross_validate_pls(x, y, fold, {.components = 5});
  ASSERT_TRUE(exact);
  EXPECT_GE(exact->components, 1U);
  EXPECT_LT(exact->score[exact->components], 1e-10);
  EXPECT_LT(distance(exact->predicted, y), 1e-6);
}

TEST(PlsCrossValidation, RefusesFoldsThatMakeNoSenseAndCanBeCancelled) {
  const Matrix<double> x = normals(6, 3, 1);
  EXPECT_EQ(cross_validate_pls(x, x, std::vector<std::uint32_t>(6, 0)).error().kind, Error::Kind::Usage);
  EXPECT_EQ(cross_validate_pls(x, x, std::vector<std::uint32_t>(5, 0)).error().kind, Error::Kind::Usage);
  RunControl control;
  control.request_stop();
  EXPECT_TRUE(cross_validate_pls(x, x, std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2}, {}, &control)
                  .error()
                  .cancelled());
}

TEST(InversePls, FindsTheEndmembersOfLinearMixtures) {
  constexpr std::size_t kPure = 4;
  const Matrix<double> endmembers = normals(kPure, 60, 1);
  const Matrix<double> y = compositions(25, kPure, 2);
  for (const PlsAlgorithm algorithm : {PlsAlgorithm::Simpls, PlsAlgorithm::Nipals}) {
    const auto fit = fit_pls(y, product(y, endmembers), {.components = 10, .algorithm = algorithm});
    ASSERT_TRUE(fit);
    // Columns that sum to one have one rank less.
    EXPECT_EQ(fit->components(), kPure - 1);
    EXPECT_LT(distance(inverse_pls_endmembers(*fit, 10), endmembers), 1e-10);
    // The solution of smallest norm: (1, …, 1) is mapped to 0.
    const Matrix<double> b = fit->coefficients(10);
    for (std::size_t c = 0; c < 60; ++c) EXPECT_NEAR(b(0, c) + b(1, c) + b(2, c) + b(3, c), 0, 1e-11);
  }
}

TEST(Pls, WideAndTallDataHaveAllTheirComponents) {
  // Sizes at which anything of order C² would not fit the memory of a test (C² alone is 38 million numbers).
  const auto orthogonal = [](const PlsFit& fit) {
    double largest = 0;
    const Matrix<double> gram = transposed_product(fit.scores, fit.scores);
    for (std::size_t a = 0; a < gram.rows(); ++a)
      for (std::size_t b = 0; b < a; ++b)
        largest = std::max(largest, std::abs(gram(a, b)) / std::sqrt(gram(a, a) * gram(b, b)));
    return largest < 1e-9;
  };
  const Matrix<double> wide = normals(100, 6144, 1);
  const Matrix<double> y = compositions(100, 9, 2);
  for (const PlsAlgorithm algorithm : {PlsAlgorithm::Simpls, PlsAlgorithm::Nipals}) {
    const auto fit = fit_pls(wide, y, {.components = 20, .algorithm = algorithm});
    ASSERT_TRUE(fit);
    EXPECT_EQ(fit->components(), 20U);
    EXPECT_TRUE(orthogonal(*fit));
    const auto inverse = fit_pls(y, wide, {.components = 8, .algorithm = algorithm});
    ASSERT_TRUE(inverse);
    EXPECT_EQ(inverse->components(), 8U);
  }
  const auto tall = fit_pls(normals(5000, 165, 3), compositions(5000, 5, 4), {.components = 40});
  ASSERT_TRUE(tall);
  EXPECT_EQ(tall->components(), 40U);
  EXPECT_TRUE(orthogonal(*tall));
}

}  // namespace
}  // namespace assayer
