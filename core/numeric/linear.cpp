// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/numeric/linear.h"

#include <Eigen/QR>
#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/numeric/eigen_detail.h"

namespace assayer {
namespace {

using namespace numeric::detail;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Error data_error(std::string what) {
  return {Error::Kind::Data, std::move(what), {}, {}, {}, {}};
}

Status check_finite(MatrixView<double> m, const char* what) {
  if (std::all_of(m.data(), m.data() + m.size(), [](double v) { return std::isfinite(v); })) return {};
  return fail(data_error(std::string(what) + " holds values that are not finite"));
}

Status check_regression(MatrixView<double> x, MatrixView<double> y) {
  if (x.rows() != y.rows() || x.empty())
    return fail(
        data_error("least squares needs as many rows on both sides, and at least one row and column"));
  if (const Status status = check_finite(x, "the matrix of a least-squares problem"); !status) return status;
  return check_finite(y, "the right-hand side of a least-squares problem");
}

}  // namespace

Matrix<double> product(MatrixView<double> a, MatrixView<double> b) {
  assert(a.cols() == b.rows());
  Matrix<double> result(a.rows(), b.cols());
  map(result).noalias() = map(a) * map(b);
  return result;
}

Matrix<double> transposed_product(MatrixView<double> a, MatrixView<double> b) {
  assert(a.rows() == b.rows());
  Matrix<double> result(a.cols(), b.cols());
  map(result).noalias() = map(a).transpose() * map(b);
  return result;
}

Matrix<double> product_transposed(MatrixView<double> a, MatrixView<double> b) {
  assert(a.cols() == b.cols());
  Matrix<double> result(a.rows(), b.rows());
  map(result).noalias() = map(a) * map(b).transpose();
  return result;
}

Matrix<double> transposed(MatrixView<double> a) {
  return to_matrix(map(a).transpose());
}

Result<LeastSquares> least_squares(MatrixView<double> x, MatrixView<double> y, double ridge) {
  if (ridge != 0) return least_squares(x, y, std::vector<double>(x.cols(), ridge));
  if (const Status status = check_regression(x, y); !status) return fail(status.error());
  const Eigen::CompleteOrthogonalDecomposition<MatrixXd> decomposition{map(x)};
  return LeastSquares{to_matrix(decomposition.solve(map(y))), static_cast<std::size_t>(decomposition.rank())};
}

Result<LeastSquares> least_squares(MatrixView<double> x, MatrixView<double> y,
                                   std::span<const double> penalties) {
  if (const Status status = check_regression(x, y); !status) return fail(status.error());
  if (penalties.size() != x.cols() ||
      !std::ranges::all_of(penalties, [](double p) { return p >= 0 && std::isfinite(p); }))
    return fail({Error::Kind::Usage,
                 "a penalty is a finite number, not below 0, for every column",
                 "least squares",
                 {},
                 {},
                 {}});
  const Index n = index(x.rows());
  const Index p = index(x.cols());
  const VectorXd root = map(penalties).cwiseSqrt();
  if (p > n && root.minCoeff() > 0) {
    // The solution of smallest norm of [X D⁻¹, I] (z, u) = Y, for D = diag(root), is z = D B: n rows instead
    // of p + n.
    MatrixXd wide(n, p + n);
    wide.leftCols(p) = map(x) * root.cwiseInverse().asDiagonal();
    wide.rightCols(n).setIdentity();
    const Eigen::CompleteOrthogonalDecomposition<MatrixXd> decomposition(wide);
    const MatrixXd solution = decomposition.solve(map(y));
    return LeastSquares{to_matrix(root.cwiseInverse().asDiagonal() * solution.topRows(p)), x.cols()};
  }
  MatrixXd tall = MatrixXd::Zero(n + p, p);
  tall.topRows(n) = map(x);
  tall.bottomRows(p).diagonal() = root;
  MatrixXd right = MatrixXd::Zero(n + p, index(y.cols()));
  right.topRows(n) = map(y);
  const Eigen::CompleteOrthogonalDecomposition<MatrixXd> decomposition(tall);
  return LeastSquares{to_matrix(decomposition.solve(right)), static_cast<std::size_t>(decomposition.rank())};
}

std::vector<double> column_means(MatrixView<double> x) {
  assert(x.rows() > 0);
  return to_vector(map(x).colwise().mean().transpose());
}

std::vector<double> column_deviations(MatrixView<double> x) {
  assert(x.rows() > 0);
  std::vector<double> squares(x.cols(), 0.0);
  if (x.rows() == 1) return squares;
  const std::vector<double> mean = column_means(x);
  for (std::size_t i = 0; i < x.rows(); ++i)
    for (std::size_t c = 0; c < x.cols(); ++c) squares[c] += (x(i, c) - mean[c]) * (x(i, c) - mean[c]);
  for (double& s : squares) s = std::sqrt(s / static_cast<double>(x.rows() - 1));
  return squares;
}

}  // namespace assayer
