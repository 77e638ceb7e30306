// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/regression.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "core/baselines/eigen_detail.h"
#include "core/baselines/validation_detail.h"
#include "core/numeric/linear.h"

namespace assayer {
namespace {

using namespace baselines::detail;
using Eigen::Index;
using Eigen::VectorXd;

constexpr const char* kRidge = "ridge regression";
constexpr const char* kPcr = "principal-component regression";
constexpr double kLeastSingular = 1e-11;   // of ‖x‖, centred
constexpr double kLeastVariation = 1e-14;  // of ‖x‖ as it came
constexpr double kLeastFreedom = 1e-6;     // of the rows
constexpr int kRidges = 41;

Error usage(const char* who, std::string what) {
  return {Error::Kind::Usage, std::move(what), who, {}, {}, {}};
}

/// Centred x = left · diag(values) · right, and what y is in terms of left: enough for every ridge.
struct Decomposed {
  std::vector<double> x_mean;
  std::vector<double> x_scale;
  std::vector<double> y_mean;
  Svd svd;              // only the singular values that count
  RowMatrix projected;  // [r, K] leftᵀ · centred y
};

Result<Decomposed> decompose(MatrixView<double> x, MatrixView<double> y, bool scale_x, const char* who) {
  if (const Status status = check_pair(x, y, who); !status) return fail(status.error());
  Decomposed result;
  Matrix<double> x0({x.data(), x.data() + x.size()}, x.rows(), x.cols());
  centre(x0, scale_x, result.x_mean, result.x_scale);
  result.y_mean = column_means(y);
  Result<Svd> svd = thin_svd(x0);
  if (!svd) return fail(svd.error());
  const double largest = svd->values.front();
  const double rounding =
      std::numeric_limits<double>::epsilon() * static_cast<double>(std::max(x.rows(), x.cols()));
  // What rounding of the mean leaves of an x that does not vary is no variation.
  const double least = largest > kLeastVariation * map(x).norm() ? rounding * largest : largest;
  const auto rank =
      static_cast<std::size_t>(std::ranges::count_if(svd->values, [&](double s) { return s > least; }));
  svd->values.resize(rank);
  svd->left = to_matrix(map(svd->left.view()).leftCols(index(rank)));
  svd->right = to_matrix(map(svd->right.view()).topRows(index(rank)));
  result.svd = std::move(*svd);
  const std::vector<double> ones(y.cols(), 1.0);
  const Matrix<double> y0 = centred(y, result.y_mean, ones);
  result.projected = map(result.svd.left.view()).transpose() * map(y0.view());
  return result;
}

/// σ / (σ² + λ)
VectorXd inverse_factors(std::span<const double> values, double ridge) {
  return map(values).unaryExpr([ridge](double s) { return s / (s * s + ridge); });
}

std::vector<double> ridges_to_try(const Decomposed& all, std::size_t rows, std::size_t cols,
                                  const RidgeOptions& options) {
  std::vector<double> ridges = options.ridges;
  if (ridges.empty()) {
    const double largest = all.svd.values.empty() ? 1.0 : all.svd.values.front() * all.svd.values.front();
    if (rows > cols + 1) ridges.push_back(0);
    for (int i = 0; i < kRidges; ++i)
      ridges.push_back(largest * std::pow(10.0, -10 + 11.0 * i / (kRidges - 1)));
  }
  std::ranges::sort(ridges);
  return ridges;
}

bool usable(std::span<const double> ridges) {
  return std::ranges::all_of(ridges, [](double r) { return r >= 0 && std::isfinite(r); });
}

/// The place of the least score, the last of equal ones.
std::size_t last_least(std::span<const double> score) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < score.size(); ++i)
    if (score[i] <= score[best]) best = i;
  return best;
}

LinearFit linear_fit(const RowMatrix& scaled, std::span<const double> x_mean, std::span<const double> x_scale,
                     std::span<const double> y_mean) {
  LinearFit fit;
  fit.coefficients = to_matrix(map(x_scale).cwiseInverse().asDiagonal() * scaled);
  fit.intercept = to_vector(map(y_mean) - map(fit.coefficients.view()).transpose() * map(x_mean));
  return fit;
}

}  // namespace

Matrix<double> LinearFit::predict(MatrixView<double> x) const {
  assert(x.cols() == coefficients.rows());
  Matrix<double> y = product(x, coefficients);
  map(y).rowwise() += map(std::span<const double>(intercept)).transpose();
  return y;
}

Result<LinearFit> fit_ridge(MatrixView<double> x, MatrixView<double> y, double ridge, bool scale_x) {
  if (!usable({&ridge, 1})) return fail(usage(kRidge, "the ridge is a finite number, not below 0"));
  const Result<Decomposed> d = decompose(x, y, scale_x, kRidge);
  if (!d) return fail(d.error());
  const VectorXd factors = inverse_factors(d->svd.values, ridge);
  LinearFit fit = linear_fit(map(d->svd.right.view()).transpose() * (factors.asDiagonal() * d->projected),
                             d->x_mean, d->x_scale, d->y_mean);
  fit.ridge = ridge;
  fit.freedom = factors.dot(map(std::span<const double>(d->svd.values)));
  return fit;
}

Matrix<double> corner_predictions(const LinearFit& fit) {
  return fit.predict(identity(fit.coefficients.rows()));
}

Result<RidgeValidation> cross_validate_ridge(MatrixView<double> x, MatrixView<double> y,
                                             std::span<const std::uint32_t> fold_of_row,
                                             const RidgeOptions& options, const RunControl* control) {
  if (!usable(options.ridges)) return fail(usage(kRidge, "ridges are finite numbers, not below 0"));
  RidgeValidation result;
  result.ridges = options.ridges;
  std::ranges::sort(result.ridges);
  if (result.ridges.empty()) {
    const Result<Decomposed> all = decompose(x, y, options.scale_x, kRidge);
    if (!all) return fail(all.error());
    result.ridges = ridges_to_try(*all, x.rows(), x.cols(), options);
  }
  // Settings count from the largest ridge down, so that of equal scores the simpler model is the first.
  const std::size_t last = result.ridges.size() - 1;
  const auto fit_fold = [&](MatrixView<double> x_outside, MatrixView<double> y_outside,
                            MatrixView<double> x_inside) -> Result<FoldModel> {
    Result<Decomposed> d = decompose(x_outside, y_outside, options.scale_x, kRidge);
    if (!d) return fail(d.error());
    Matrix<double> scores = product_transposed(centred(x_inside, d->x_mean, d->x_scale), d->svd.right);
    const auto predict = [&result, last, d = std::move(*d), scores = std::move(scores)](std::size_t setting) {
      const VectorXd factors = inverse_factors(d.svd.values, result.ridges[last - setting]);
      RowMatrix predicted = map(scores.view()) * (factors.asDiagonal() * d.projected);
      predicted.rowwise() += map(std::span<const double>(d.y_mean)).transpose();
      return to_matrix(predicted);
    };
    return FoldModel{last, predict};
  };
  Result<ComponentValidation> judged = validate(x, y, fold_of_row, fit_fold, kRidge, control);
  if (!judged) return fail(judged.error());
  result.ridge = result.ridges[last - judged->components];
  result.mse = to_matrix(map(judged->mse.view()).colwise().reverse());
  result.score = std::move(judged->score);
  std::ranges::reverse(result.score);
  result.predicted = std::move(judged->predicted);
  return result;
}

Result<RidgeValidation> generalised_cross_validate_ridge(MatrixView<double> x, MatrixView<double> y,
                                                         const RidgeOptions& options) {
  if (!usable(options.ridges)) return fail(usage(kRidge, "ridges are finite numbers, not below 0"));
  const Result<Decomposed> d = decompose(x, y, options.scale_x, kRidge);
  if (!d) return fail(d.error());
  RidgeValidation result;
  result.ridges = ridges_to_try(*d, x.rows(), x.cols(), options);
  result.mse = Matrix<double>(result.ridges.size(), y.cols());
  const double rows = static_cast<double>(y.rows());
  const std::vector<double> deviation = column_deviations(y);
  const auto singular = map(std::span<const double>(d->svd.values));
  for (std::size_t l = 0; l < result.ridges.size(); ++l) {
    // Share of each direction that is fitted, σ² / (σ² + λ).
    const VectorXd share = inverse_factors(d->svd.values, result.ridges[l]).cwiseProduct(singular);
    const double left_over = rows - 1 - share.sum();
    for (std::size_t k = 0; k < y.cols(); ++k) {
      const VectorXd along = d->projected.col(index(k));
      // What is outside of the directions of x, and what the ridge leaves within.
      const double outside = std::max(0.0, deviation[k] * deviation[k] * (rows - 1) - along.squaredNorm());
      const double within = (along - share.cwiseProduct(along)).squaredNorm();
      result.mse(l, k) = left_over < kLeastFreedom * rows
                             ? std::numeric_limits<double>::infinity()
                             : rows * (outside + within) / (left_over * left_over);
    }
  }
  result.score = relative_scores(result.mse, y);
  result.ridge = result.ridges[last_least(result.score)];
  return result;
}

Matrix<double> PcrFit::scores_of(MatrixView<double> x) const {
  assert(x.cols() == x_mean.size());
  return product_transposed(centred(x, x_mean, x_scale), loadings);
}

LinearFit PcrFit::with(std::size_t count) const {
  const Index a = index(std::min(count, components()));
  LinearFit fit =
      linear_fit(map(loadings.view()).topRows(a).transpose() * map(y_loadings.view()).leftCols(a).transpose(),
                 x_mean, x_scale, y_mean);
  fit.freedom = static_cast<double>(a);
  return fit;
}

Result<PcrFit> fit_pcr(MatrixView<double> x, MatrixView<double> y, const PcrOptions& options) {
  if (options.components == 0) return fail(usage(kPcr, "at least one component is needed"));
  if (const Status status = check_pair(x, y, kPcr); !status) return fail(status.error());
  PcrFit fit;
  Matrix<double> x0({x.data(), x.data() + x.size()}, x.rows(), x.cols());
  centre(x0, options.scale_x, fit.x_mean, fit.x_scale);
  fit.y_mean = column_means(y);
  const Matrix<double> y0 = centred(y, fit.y_mean, std::vector<double>(y.cols(), 1.0));
  const Result<Svd> svd = leading_svd(x0, std::min(options.components, x.rows() - 1), options.seed);
  if (!svd) return fail(svd.error());

  const double x_norm = map(x0).norm();
  // What rounding of the mean leaves of an x that does not vary is no variation.
  const double least = x_norm > kLeastVariation * map(x).norm() ? kLeastSingular * x_norm : x_norm;
  const auto count = index(static_cast<std::size_t>(
      std::ranges::count_if(svd->values, [&](double value) { return value > least; })));
  const VectorXd values = map(std::span<const double>(svd->values)).head(count);
  const auto left = map(svd->left.view()).leftCols(count);
  fit.loadings = to_matrix(map(svd->right.view()).topRows(count));
  fit.scores = to_matrix(left * values.asDiagonal());
  const RowMatrix along = map(y0.view()).transpose() * left;  // [K, A]
  fit.y_loadings = to_matrix(along * values.cwiseInverse().asDiagonal());
  fit.x_shares = to_vector(values.cwiseAbs2() / (x_norm * x_norm));
  const double y_squares = map(y0.view()).squaredNorm();
  for (Index a = 0; a < count; ++a)
    fit.y_shares.push_back(y_squares > 0 ? along.col(a).squaredNorm() / y_squares : 0.0);
  return fit;
}

Result<ComponentValidation> cross_validate_pcr(MatrixView<double> x, MatrixView<double> y,
                                               std::span<const std::uint32_t> fold_of_row,
                                               const PcrOptions& options, const RunControl* control) {
  const auto fit_fold = [&](MatrixView<double> x_outside, MatrixView<double> y_outside,
                            MatrixView<double> x_inside) -> Result<FoldModel> {
    const Result<PcrFit> fit = fit_pcr(x_outside, y_outside, options);
    if (!fit) return fail(fit.error());
    const auto predict = [scores = fit->scores_of(x_inside), loadings = fit->y_loadings,
                          mean = fit->y_mean](std::size_t count) {
      const auto used = map(loadings.view()).leftCols(index(count));
      RowMatrix predicted = map(scores.view()).leftCols(index(count)) * used.transpose();
      predicted.rowwise() += map(std::span<const double>(mean)).transpose();
      return to_matrix(predicted);
    };
    return FoldModel{fit->components(), predict};
  };
  return validate(x, y, fold_of_row, fit_fold, kPcr, control);
}

}  // namespace assayer
