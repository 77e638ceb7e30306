// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/pls.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/baselines/eigen_detail.h"
#include "core/baselines/validation_detail.h"
#include "core/numeric/linear.h"

namespace assayer {
namespace {

using namespace baselines::detail;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kLeastScore = 1e-11;       // of ‖x‖
constexpr double kLeastCovariance = 1e-13;  // of ‖x‖ ‖y‖
constexpr const char* kWho = "partial least squares";

struct Dominant {
  VectorXd left;
  double value = 0;
};

/// The largest singular value of `s` [C, K] and its left vector, from the smaller of S Sᵀ and SᵀS. Squaring
/// costs digits of small singular values only, and this is the largest.
Dominant dominant(const RowMatrix& s) {
  if (s.cols() == 1) {
    const double length = s.norm();
    return {length > 0 ? VectorXd(s / length) : VectorXd(VectorXd::Zero(s.rows())), length};
  }
  // Without the scale, products of tiny covariances could underflow.
  const double scale = s.cwiseAbs().maxCoeff();
  if (!(scale > 0)) return {VectorXd::Zero(s.rows()), 0};
  VectorXd left;
  if (s.rows() <= s.cols()) {
    const MatrixXd square = (s / scale) * (s / scale).transpose();
    const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(square);
    left = solver.eigenvectors().col(square.cols() - 1);
  } else {
    const MatrixXd square = (s / scale).transpose() * (s / scale);
    const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(square);
    left = (s / scale) * solver.eigenvectors().col(square.cols() - 1);
    left.normalize();
  }
  // A sign that does not depend on the eigenvalue solver.
  Index largest = 0;
  left.cwiseAbs().maxCoeff(&largest);
  if (left(largest) < 0) left = -left;
  return {left, (s.transpose() * left).norm()};
}

/// What the two algorithms fill, a column per component.
struct Components {
  Components(Index n, Index c, Index k, Index most)
      : weights(c, most), rotations(c, most), x_loadings(c, most), y_loadings(k, most), scores(n, most) {}
  MatrixXd weights;
  MatrixXd rotations;
  MatrixXd x_loadings;
  MatrixXd y_loadings;
  MatrixXd scores;
  Index count = 0;
};

void simpls(ConstMap x, ConstMap y, double x_norm, double y_norm, Components& of) {
  RowMatrix covariance = x.transpose() * y;
  MatrixXd basis(x.cols(), of.scores.cols());  // orthonormal, of the loadings
  for (Index a = 0; a < of.scores.cols(); ++a) {
    const Dominant pair = dominant(covariance);
    if (!(pair.value > kLeastCovariance * x_norm * y_norm)) return;
    VectorXd score = x * pair.left;
    // In exact arithmetic the scores are orthogonal; with many components rounding would add up.
    score -= of.scores.leftCols(a) * (of.scores.leftCols(a).transpose() * score);
    const double length = score.norm();
    if (!(length > kLeastScore * x_norm)) return;
    score /= length;
    of.scores.col(a) = score;
    of.rotations.col(a) = pair.left / length;
    of.x_loadings.col(a).noalias() = x.transpose() * score;
    of.y_loadings.col(a).noalias() = y.transpose() * score;
    VectorXd fresh = of.x_loadings.col(a);
    for (int pass = 0; pass < 2; ++pass) fresh -= basis.leftCols(a) * (basis.leftCols(a).transpose() * fresh);
    fresh.normalize();
    basis.col(a) = fresh;
    covariance -= fresh * (fresh.transpose() * covariance);
    // Also what rounding has left of the earlier directions (MATLAB's plsregress does the same).
    covariance -= basis.leftCols(a + 1) * (basis.leftCols(a + 1).transpose() * covariance);
    of.count = a + 1;
  }
}

void nipals(const Matrix<double>& x0, ConstMap y, double x_norm, double y_norm, Components& of) {
  RowMatrix x = map(x0.view());
  for (Index a = 0; a < of.scores.cols(); ++a) {
    const RowMatrix covariance = x.transpose() * y;
    const Dominant pair = dominant(covariance);
    if (!(pair.value > kLeastCovariance * x_norm * y_norm)) return;
    const VectorXd score = x * pair.left;
    const double squared = score.squaredNorm();
    if (!(std::sqrt(squared) > kLeastScore * x_norm)) return;
    of.weights.col(a) = pair.left;
    of.scores.col(a) = score;
    of.x_loadings.col(a).noalias() = x.transpose() * score / squared;
    of.y_loadings.col(a).noalias() = y.transpose() * score / squared;
    // r = w − Σ (pᵀw) r: the weights for x that was not deflated (W (PᵀW)⁻¹).
    VectorXd rotation = pair.left;
    for (Index b = 0; b < a; ++b) rotation -= of.x_loadings.col(b).dot(pair.left) * of.rotations.col(b);
    of.rotations.col(a) = rotation;
    x.noalias() -= score * of.x_loadings.col(a).transpose();
    of.count = a + 1;
  }
}

/// y_mean + T Qᵀ with the first components, in the data's units.
Matrix<double> y_of_scores(MatrixView<double> scores, MatrixView<double> loadings,
                           std::span<const double> mean, std::span<const double> scale, std::size_t count) {
  const Index a = index(count);
  RowMatrix y = map(scores).leftCols(a) * map(loadings).leftCols(a).transpose();
  y = y * map(scale).asDiagonal();
  y.rowwise() += map(mean).transpose();
  return to_matrix(y);
}

}  // namespace

Matrix<double> PlsFit::coefficients(std::size_t count) const {
  const Index a = index(std::min(count, components()));
  const auto x_units = map(std::span<const double>(x_scale)).cwiseInverse();
  const auto y_units = map(std::span<const double>(y_scale));
  return to_matrix(x_units.asDiagonal() * map(rotations.view()).leftCols(a) *
                   map(y_loadings.view()).leftCols(a).transpose() * y_units.asDiagonal());
}

std::vector<double> PlsFit::intercept(std::size_t count) const {
  const Matrix<double> b = coefficients(count);
  return to_vector(map(std::span<const double>(y_mean)) -
                   map(b.view()).transpose() * map(std::span<const double>(x_mean)));
}

Matrix<double> PlsFit::scores_of(MatrixView<double> x) const {
  assert(x.cols() == x_mean.size());
  return product(centred(x, x_mean, x_scale), rotations);
}

Matrix<double> PlsFit::predict(MatrixView<double> x, std::size_t count) const {
  return y_of_scores(scores_of(x), y_loadings, y_mean, y_scale, std::min(count, components()));
}

Result<PlsFit> fit_pls(MatrixView<double> x, MatrixView<double> y, const PlsOptions& options) {
  if (options.components == 0)
    return fail({Error::Kind::Usage, "at least one component is needed", kWho, {}, {}, {}});
  if (const Status status = check_pair(x, y, kWho); !status) return fail(status.error());

  PlsFit result;
  result.algorithm = options.algorithm;
  Matrix<double> x0({x.data(), x.data() + x.size()}, x.rows(), x.cols());
  Matrix<double> y0({y.data(), y.data() + y.size()}, y.rows(), y.cols());
  centre(x0, options.scale_x, result.x_mean, result.x_scale);
  centre(y0, options.scale_y, result.y_mean, result.y_scale);
  const double x_norm = map(x0).norm();
  const double y_norm = map(y0).norm();
  // What rounding leaves of values that do not vary is no variation.
  const bool varies = x_norm > 1e-14 * map(x).norm() && y_norm > 1e-14 * map(y).norm();

  const std::size_t most = std::min({options.components, x.rows() - 1, x.cols()});
  Components found(index(x.rows()), index(x.cols()), index(y.cols()), varies ? index(most) : 0);
  if (options.algorithm == PlsAlgorithm::Simpls)
    simpls(map(x0.view()), map(y0.view()), x_norm, y_norm, found);
  else
    nipals(x0, map(y0.view()), x_norm, y_norm, found);

  const Index count = found.count;
  result.rotations = to_matrix(found.rotations.leftCols(count));
  result.weights =
      options.algorithm == PlsAlgorithm::Simpls ? result.rotations : to_matrix(found.weights.leftCols(count));
  result.x_loadings = to_matrix(found.x_loadings.leftCols(count));
  result.y_loadings = to_matrix(found.y_loadings.leftCols(count));
  result.scores = to_matrix(found.scores.leftCols(count));
  for (Index a = 0; a < count; ++a) {
    const double squared = found.scores.col(a).squaredNorm();
    result.x_shares.push_back(found.x_loadings.col(a).squaredNorm() * squared / (x_norm * x_norm));
    result.y_shares.push_back(found.y_loadings.col(a).squaredNorm() * squared / (y_norm * y_norm));
  }
  return result;
}

Result<ComponentValidation> cross_validate_pls(MatrixView<double> x, MatrixView<double> y,
                                               std::span<const std::uint32_t> fold_of_row,
                                               const PlsOptions& options, const RunControl* control) {
  const auto fit_fold = [&](MatrixView<double> x_outside, MatrixView<double> y_outside,
                            MatrixView<double> x_inside) -> Result<FoldModel> {
    const Result<PlsFit> fit = fit_pls(x_outside, y_outside, options);
    if (!fit) return fail(fit.error());
    const auto predict = [scores = fit->scores_of(x_inside), loadings = fit->y_loadings, mean = fit->y_mean,
                          scale = fit->y_scale](std::size_t count) {
      return y_of_scores(scores, loadings, mean, scale, count);
    };
    return FoldModel{fit->components(), predict};
  };
  return validate(x, y, fold_of_row, fit_fold, kWho, control);
}

Matrix<double> inverse_pls_endmembers(const PlsFit& fit, std::size_t count) {
  return fit.predict(identity(fit.x_mean.size()), count);
}

}  // namespace assayer
