// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: expected_regression.py beside this file (scikit-learn, and the hat matrix in numpy), or
// mixtures whose answer is known.
#include "core/baselines/regression.h"

#include <gtest/gtest.h>

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

std::vector<std::uint32_t> folds_of_test() {
  return expected().at("cross_validation").at("fold").get<std::vector<std::uint32_t>>();
}

TEST(Ridge, MatchesScikitLearn) {
  ASSERT_FALSE(expected().at("ridge").empty());
  for (const auto& problem : expected().at("ridge")) {
    const Matrix<double> x = matrix_of(problem.at("x"));
    const Matrix<double> y = matrix_of(problem.at("y"));
    const Matrix<double> rows = matrix_of(problem.at("new"));
    const double ridge = problem.at("ridge");
    const auto fit = fit_ridge(x, y, ridge);
    ASSERT_TRUE(fit) << fit.error().message();
    EXPECT_LT(distance(fit->coefficients, matrix_of(problem.at("coefficients"))), 1e-10);
    EXPECT_LT(distance(fit->intercept, vector_of(problem.at("intercept"))), 1e-10);
    EXPECT_LT(distance(fit->predict(rows), matrix_of(problem.at("predicted"))), 1e-10);
    if (ridge == 0) {
      EXPECT_EQ(fit->freedom, static_cast<double>(std::min(x.rows() - 1, x.cols())));
      continue;
    }
    EXPECT_NEAR(fit->freedom, problem.at("freedom").get<double>(), 1e-10);
    const auto scaled = fit_ridge(x, y, ridge, true);
    ASSERT_TRUE(scaled);
    EXPECT_LT(distance(scaled->predict(rows), matrix_of(problem.at("scaled"))), 1e-10);
    const auto generalised = generalised_cross_validate_ridge(x, y, {.ridges = {ridge}});
    ASSERT_TRUE(generalised);
    const std::vector<double> gcv = vector_of(problem.at("gcv"));
    for (std::size_t k = 0; k < gcv.size(); ++k) EXPECT_NEAR(generalised->mse(0, k), gcv[k], 1e-10 * gcv[k]);
  }
}

TEST(Ridge, CrossValidationMatchesScikitLearn) {
  const auto& data = expected().at("cross_validation");
  const auto& wanted = expected().at("ridge_validation");
  // In disorder on purpose.
  const auto validation = cross_validate_ridge(matrix_of(data.at("x")), matrix_of(data.at("y")),
                                               folds_of_test(), {.ridges = {30, 0.01, 1000, 1}});
  ASSERT_TRUE(validation) << validation.error().message();
  EXPECT_EQ(validation->ridges, vector_of(wanted.at("ridges")));
  EXPECT_LT(distance(validation->mse, matrix_of(wanted.at("mse"))), 1e-9);
  EXPECT_EQ(validation->ridge, wanted.at("ridge").get<double>());
  EXPECT_LT(distance(validation->predicted, matrix_of(wanted.at("predicted"))), 1e-9);
}

TEST(Ridge, ChoosesItsOwnValuesSensibly) {
  const Matrix<double> x = normals(40, 60, 1);
  Matrix<double> y = normals(40, 2, 2);
  std::vector<std::uint32_t> fold(40);
  for (std::size_t i = 0; i < 40; ++i) fold[i] = static_cast<std::uint32_t>(i % 4);
  // Nothing to learn: the largest ridge. Everything to learn: a small one.
  const auto noise = cross_validate_ridge(x, y, fold);
  ASSERT_TRUE(noise);
  EXPECT_EQ(noise->ridges.size(), 41U);
  EXPECT_GT(noise->ridge, noise->ridges[35]);
  const Matrix<double> low = product(normals(40, 3, 3), normals(3, 60, 4));
  const auto exact = cross_validate_ridge(low, product(low, normals(60, 2, 5)), fold);
  ASSERT_TRUE(exact);
  EXPECT_LT(exact->ridge, exact->ridges[5]);
  EXPECT_LT(exact->score.front(), 1e-12);
  const auto generalised = generalised_cross_validate_ridge(x, y);
  ASSERT_TRUE(generalised);
  EXPECT_TRUE(generalised->predicted.empty());
  EXPECT_TRUE(std::isfinite(generalised->score.back()));
  // With more rows than columns plain least squares is tried, too.
  EXPECT_EQ(generalised_cross_validate_ridge(normals(40, 5, 1), y)->ridges.front(), 0);
}

TEST(Ridge, AnXThatDoesNotVaryPredictsTheMean) {
  const Matrix<double> y({1, 2, 6}, 3, 1);
  for (const double ridge : {0.0, 1.0}) {
    const auto fit = fit_ridge(Matrix<double>(3, 4, 0.1), y, ridge);
    ASSERT_TRUE(fit);
    EXPECT_EQ(fit->freedom, 0);
    EXPECT_NEAR(fit->predict(Matrix<double>(1, 4, 7.0))(0, 0), 3, 1e-14);
  }
}

TEST(Ridge, RefusesWhatDoesNotFit) {
  const Matrix<double> x = normals(5, 3, 1);
  EXPECT_EQ(fit_ridge(x, x, -1).error().kind, Error::Kind::Usage);
  EXPECT_EQ(fit_ridge(x, normals(4, 1, 1), 1).error().kind, Error::Kind::Data);
  EXPECT_EQ(fit_ridge(x, Matrix<double>(5, 1, INFINITY), 1).error().kind, Error::Kind::Data);
  EXPECT_EQ(generalised_cross_validate_ridge(x, x, {.ridges = {std::nan("")}}).error().kind,
            Error::Kind::Usage);
  EXPECT_EQ(cross_validate_ridge(x, x, std::vector<std::uint32_t>(5, 3)).error().kind, Error::Kind::Usage);
}

TEST(ClassicalLeastSquares, FindsTheEndmembersOfLinearMixtures) {
  Random random(5);
  Matrix<double> y(12, 3);
  for (std::size_t i = 0; i < y.rows(); ++i) {
    double sum = 0;
    for (double& value : y.row(i)) sum += value = random.gamma(1);
    for (double& value : y.row(i)) value /= sum;
  }
  const Matrix<double> endmembers = normals(3, 40, 6);
  Matrix<double> x = product(y, endmembers);
  const auto exact = fit_least_squares(y, x);
  ASSERT_TRUE(exact);
  EXPECT_EQ(exact->freedom, 2);
  EXPECT_LT(distance(corner_predictions(*exact), endmembers), 1e-12);

  // With noise: least squares without an intercept, by another way.
  const Matrix<double> noise = normals(12, 40, 7);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] += 0.1 * noise.data()[i];
  const auto noisy = fit_least_squares(y, x);
  const auto plain = least_squares(y, x);
  ASSERT_TRUE(noisy && plain);
  EXPECT_LT(distance(corner_predictions(*noisy), plain->coefficients), 1e-12);

  // A large ridge leads to the mean spectrum.
  const auto drawn = fit_ridge(y, x, 1e12);
  const std::vector<double> mean = column_means(x);
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t c = 0; c < 40; ++c) EXPECT_NEAR(corner_predictions(*drawn)(k, c), mean[c], 1e-9);
}

TEST(Pcr, MatchesScikitLearnForEveryNumberOfComponents) {
  ASSERT_FALSE(expected().at("pcr").empty());
  for (const auto& problem : expected().at("pcr")) {
    const std::size_t most = problem.at("predicted").size();
    const auto fit = fit_pcr(matrix_of(problem.at("x")), matrix_of(problem.at("y")),
                             {.components = 99, .scale_x = problem.at("scale")});
    ASSERT_TRUE(fit) << fit.error().message();
    ASSERT_EQ(fit->components(), most);
    for (std::size_t a = 1; a <= most; ++a)
      EXPECT_LT(distance(fit->with(a).predict(matrix_of(problem.at("new"))),
                         matrix_of(problem.at("predicted")[a - 1])),
                1e-9)
          << a;
    EXPECT_LT(distance(fit->x_shares, vector_of(problem.at("shares"))), 1e-12);
    EXPECT_LT(distance(fit->scores_of(matrix_of(problem.at("x"))), fit->scores), 1e-12);
  }
}

TEST(Pcr, CrossValidationMatchesScikitLearn) {
  const auto& data = expected().at("cross_validation");
  const auto& wanted = expected().at("pcr_validation");
  const auto validation = cross_validate_pcr(matrix_of(data.at("x")), matrix_of(data.at("y")),
                                             folds_of_test(), {.components = 8});
  ASSERT_TRUE(validation) << validation.error().message();
  EXPECT_LT(distance(validation->mse, matrix_of(wanted.at("mse"))), 1e-9);
  EXPECT_EQ(validation->components, wanted.at("components").get<std::size_t>());
}

TEST(Pcr, EndsWhereRankDoesAndExplainsWhatItSays) {
  const Matrix<double> x = product(normals(20, 3, 8), normals(3, 50, 9));
  const Matrix<double> y = normals(20, 2, 10);
  const auto fit = fit_pcr(x, y, {.components = 15});
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->components(), 3U);
  const Matrix<double> fitted = fit->with(15).predict(x);
  double rest = 0;
  double total = 0;
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t k = 0; k < 2; ++k) {
      rest += std::pow(y(i, k) - fitted(i, k), 2);
      total += std::pow(y(i, k) - fit->y_mean[k], 2);
    }
  EXPECT_NEAR(fit->y_shares[0] + fit->y_shares[1] + fit->y_shares[2], 1 - rest / total, 1e-12);
  EXPECT_EQ(fit_pcr(Matrix<double>(5, 3, 0.1), normals(5, 1, 1))->components(), 0U);
  EXPECT_EQ(fit_pcr(x, y, {.components = 0}).error().kind, Error::Kind::Usage);
}

}  // namespace
}  // namespace assayer
