// SPDX-License-Identifier: GPL-3.0-or-later
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/baselines/eigen_detail.h"
#include "core/baselines/endmember_detail.h"

// The objective of SISAL [Bioucas-Dias 2009]: with y_j = (scores of row j, 1), abundances a_j = Q y_j and
// 1ᵀQ = (0 … 0 1), so that every a_j sums to 1,
//   minimise f(Q) = −ln |det Q| + λ Σ_kj max(−a_kj, 0).
// −ln |det Q| is the logarithm of the simplex's volume. SISAL splits variables; here Newton's method does it
// on a hinge smoothed to ε ln(1 + exp(−a/ε)), with ε going down to nothing: few steps, and many digits.
//
// λ in terms of rows: let s_k be λ times the number of rows beyond face k, those on it counted by their
// multiplier. Stationarity, m_k + s_k ȳ_k = ν for every k (m_k the corner, ȳ_k the mean of these rows, ν the
// multiplier of the constraint), has s_k = ν_K − 1 = s in its last coordinate; the k-th barycentric
// coordinate of ν / (1 + s) is then 1 / (1 + s), as ȳ_k lies on face k; these sum to 1, hence s = K − 1. So
// about (K − 1) / λ rows lie on or beyond each face, and from λ = K − 1 on none lies beyond.

namespace assayer::baselines::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Smoothed {
  const RowMatrix& points;  // [N, K]
  double lambda;
  double epsilon;
};

// Infinite where Q is singular or has turned inside out.
double objective(const Smoothed& problem, const MatrixXd& q, double sign) {
  const double determinant = q.determinant() * sign;
  if (!(determinant > 0)) return std::numeric_limits<double>::infinity();
  const RowMatrix a = problem.points * q.transpose();
  double hinge = 0;
  for (Index i = 0; i < a.size(); ++i) {
    const double t = -a.data()[i] / problem.epsilon;
    hinge += t > 36 ? t : (t < -36 ? 0.0 : std::log1p(std::exp(t)));
  }
  return problem.lambda * problem.epsilon * hinge - std::log(determinant);
}

struct Derivatives {
  VectorXd gradient;  // of Z, row by row
  MatrixXd hessian;
};

// In Z, [K − 1, K], where Q = Q₀ + basis · Z keeps 1ᵀQ.
Derivatives derivatives(const Smoothed& problem, const MatrixXd& q, const MatrixXd& basis) {
  const Index k = q.rows();
  const MatrixXd inverse = q.inverse();
  MatrixXd gradient = -inverse.transpose();
  Derivatives result;
  result.hessian = MatrixXd::Zero((k - 1) * k, (k - 1) * k);
  const RowMatrix a = problem.points * q.transpose();
  VectorXd slope(a.rows());
  VectorXd curvature(a.rows());
  for (Index corner = 0; corner < k; ++corner) {
    for (Index row = 0; row < a.rows(); ++row) {
      const double s = 1 / (1 + std::exp(std::clamp(a(row, corner) / problem.epsilon, -700.0, 700.0)));
      slope[row] = -problem.lambda * s;
      curvature[row] = problem.lambda / problem.epsilon * s * (1 - s);
    }
    gradient.row(corner) += slope.transpose() * problem.points;
    const MatrixXd block = problem.points.transpose() * curvature.asDiagonal() * problem.points;
    for (Index i = 0; i < k - 1; ++i) {
      for (Index j = 0; j < k - 1; ++j) {
        result.hessian.block(i * k, j * k, k, k) += basis(corner, i) * basis(corner, j) * block;
      }
    }
  }
  const MatrixXd w = inverse * basis;  // d²(−ln det Q) = tr(Q⁻¹ dQ Q⁻¹ dQ)
  for (Index i = 0; i < k - 1; ++i) {
    for (Index j = 0; j < k - 1; ++j)
      result.hessian.block(i * k, j * k, k, k) += w.col(j) * w.col(i).transpose();
  }
  const RowMatrix reduced = basis.transpose() * gradient;
  result.gradient = Eigen::Map<const VectorXd>(reduced.data(), reduced.size());
  return result;
}

// The minimum for one ε, from q. True when it was found.
Result<bool> minimise(const Smoothed& problem, const MatrixXd& basis, MatrixXd& q,
                      const RunControl* control) {
  const Index k = q.rows();
  const double sign = q.determinant() > 0 ? 1 : -1;
  double value = objective(problem, q, sign);
  for (int step = 0; step < 100; ++step) {
    if (stopped(control)) return fail(Error::cancel());
    const Derivatives d = derivatives(problem, q, basis);
    // The logarithm of the determinant is not convex: directions of negative curvature are walked down too.
    const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(d.hessian);
    const VectorXd bend = eigen.eigenvalues().cwiseAbs();
    const VectorXd firm = bend.cwiseMax(1e-12 * bend.maxCoeff());
    const VectorXd newton =
        -(eigen.eigenvectors() * (eigen.eigenvectors().transpose() * d.gradient).cwiseQuotient(firm));
    const double decrease = -newton.dot(d.gradient);
    if (!(decrease > 1e-12)) return true;
    const MatrixXd change = basis * Eigen::Map<const RowMatrix>(newton.data(), k - 1, k);
    double length = 1;
    while (true) {
      const MatrixXd trial = q + length * change;
      const double there = objective(problem, trial, sign);
      if (there <= value - 1e-4 * length * decrease) {
        q = trial;
        value = there;
        break;
      }
      length *= 0.5;
      if (length < 1e-12) return true;  // rounding: nothing lower to be had
    }
  }
  return false;
}

}  // namespace

RowMatrix contrasts(Index k) {
  RowMatrix rows = RowMatrix::Zero(k - 1, k);
  for (Index j = 0; j < k - 1; ++j) {
    const auto before = static_cast<double>(j + 1);
    rows.row(j).head(j + 1).setConstant(1 / std::sqrt(before * (before + 1)));
    rows(j, j + 1) = -before / std::sqrt(before * (before + 1));
  }
  return rows;
}

Result<Matrix<double>> smallest_simplex(const ConstMap& spectra, std::size_t endmembers,
                                        const ExtractionSettings& settings, const RunControl* control) {
  const auto data = whitened(spectra, endmembers);
  if (!data) return fail(data.error());
  const auto start = largest_simplex(*data, settings.seed, settings.starts, control);
  if (!start) return fail(start.error());

  const Index k = index(endmembers);
  RowMatrix points(spectra.rows(), k);
  points.leftCols(k - 1) = data->scores;
  points.col(k - 1).setOnes();
  MatrixXd corners(k, k);
  for (std::size_t j = 0; j < endmembers; ++j) {
    corners.col(index(j)) = points.row((*start)[j]).transpose();
  }
  // Blown up about its centre until all rows are inside: a' = (a + (s − 1) / K) / s.
  const RowMatrix inside = points * corners.inverse().transpose();
  const double scale = 1 + static_cast<double>(k) * std::max(0.0, -inside.minCoeff());
  const VectorXd centre = corners.rowwise().mean();
  corners = (scale * (corners.colwise() - centre)).colwise() + centre;
  MatrixXd q = corners.inverse();

  const double beyond = settings.outside * static_cast<double>(spectra.rows());
  Smoothed problem{points, static_cast<double>(k - 1) / std::max(beyond, 0.5), 0.1};
  const MatrixXd basis = contrasts(k).transpose();
  for (; problem.epsilon > 1e-9; problem.epsilon *= 0.3) {
    if (const auto found = minimise(problem, basis, q, control); !found) return fail(found.error());
  }
  const MatrixXd vertices = q.inverse();
  if (!vertices.allFinite() || !(vertices.cwiseAbs().maxCoeff() < 1e6)) {
    return fail({Error::Kind::Numeric,
                 "the simplex around the spectra degenerates",
                 {},
                 {},
                 {},
                 "Ask for fewer endmembers, or extract rows instead"});
  }
  return to_matrix((vertices.topRows(k - 1).transpose() * data->axes).rowwise() + data->mean);
}

}  // namespace assayer::baselines::detail
