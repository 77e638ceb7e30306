// SPDX-License-Identifier: GPL-3.0-or-later
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "core/base/random.h"
#include "core/numeric/eigen_detail.h"
#include "core/numeric/few_values.h"
#include "core/numeric/square_svd_detail.h"

// The decompositions of linear.h, apart because their templates take long to compile.
namespace assayer {
namespace {

using namespace numeric::detail;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kDirectSide = 400;
constexpr Index kFew = 30;
constexpr Index kBlocks = 60;
constexpr double kResidual = 1e-9;

Error data_error(std::string what) {
  return {Error::Kind::Data, std::move(what), {}, {}, {}, {}};
}

Status check_finite(MatrixView<double> m, const char* what) {
  if (std::all_of(m.data(), m.data() + m.size(), [](double v) { return std::isfinite(v); })) return {};
  return fail(data_error(std::string(what) + " holds values that are not finite"));
}

/// Q of the QR factorisation: an orthonormal basis of what the columns of `block` span, and more where they
/// are fewer.
MatrixXd orthonormal(const MatrixXd& block) {
  const Eigen::HouseholderQR<MatrixXd> qr(block);
  return qr.householderQ() * MatrixXd::Identity(block.rows(), block.cols());
}

/// Columns of `right` [C, r] and `left` [n, r] in place: the largest entry of each right one becomes
/// positive.
void fix_signs(MatrixXd& left, MatrixXd& right) {
  for (Index i = 0; i < right.cols(); ++i) {
    Index largest = 0;
    right.col(i).cwiseAbs().maxCoeff(&largest);
    if (right(largest, i) >= 0) continue;
    right.col(i) *= -1;
    left.col(i) *= -1;
  }
}

Svd finish(const VectorXd& values, MatrixXd left, MatrixXd right, double residual) {
  fix_signs(left, right);
  return {to_vector(values), to_matrix(left), to_matrix(right.transpose()), residual};
}

/// The SVD of a tall matrix, by QR first.
void tall_svd(const MatrixXd& tall, MatrixXd& left, VectorXd& values, MatrixXd& right) {
  const Index side = tall.cols();
  const Eigen::HouseholderQR<MatrixXd> qr(tall);
  const MatrixXd r = qr.matrixQR().topRows(side).triangularView<Eigen::Upper>();
  MatrixXd inner;
  square_svd(r, inner, values, right);
  left = MatrixXd::Zero(tall.rows(), side);
  left.topRows(side) = inner;
  left.applyOnTheLeft(qr.householderQ());
}

/// A matrix or its transpose, whichever has no more rows than columns, without a copy.
struct Operator {
  ConstMap x;
  bool transposed = false;

  [[nodiscard]] Index rows() const { return transposed ? x.cols() : x.rows(); }
  [[nodiscard]] Index cols() const { return transposed ? x.rows() : x.cols(); }
  /// A · m or Aᵀ · m
  [[nodiscard]] MatrixXd times(const MatrixXd& m) const { return multiply(m, transposed); }
  [[nodiscard]] MatrixXd transposed_times(const MatrixXd& m) const { return multiply(m, !transposed); }

 private:
  [[nodiscard]] MatrixXd multiply(const MatrixXd& m, bool turned) const {
    MatrixXd result;
    if (turned)
      result.noalias() = x.transpose() * m;
    else
      result.noalias() = x * m;
    return result;
  }
};

/// Without a check of the values, cut off at r.
Svd direct_svd(const Operator& a, Index r) {
  MatrixXd left;
  MatrixXd right;
  VectorXd values;
  tall_svd(a.transposed ? MatrixXd(a.x) : MatrixXd(a.x.transpose()), right, values, left);
  const MatrixXd u = left.leftCols(r);
  const MatrixXd v = right.leftCols(r);
  const VectorXd s = values.head(r);
  double residual = 0;
  if (s(0) > 0) {
    const MatrixXd forward = a.times(v) - u * s.asDiagonal();
    const MatrixXd backward = a.transposed_times(u) - v * s.asDiagonal();
    residual = std::max(forward.colwise().norm().maxCoeff(), backward.colwise().norm().maxCoeff()) / s(0);
  }
  return a.transposed ? finish(s, v, u, residual) : finish(s, u, v, residual);
}

/// Block Krylov iteration for A [d, m], d ≤ m. The basis K [d, k] grows by a block a step; with W = Aᵀ K the
/// singular triples of W give those of A in the basis: Aᵀu = σ v holds exactly, and A v − σ u, which is
/// orthogonal to the basis, tells how much of A the basis lacks and makes the next block. When the basis is
/// full it is begun anew with its best left vectors.
///
/// `most`: size of the basis at which it is given up instead, with whatever residual there is; 0 for never.
Svd krylov_svd(const Operator& a, Index r, std::uint64_t seed, Index most = 0) {
  const Index d = a.rows();
  const Index block = r + std::clamp<Index>(r / 4, 4, 16);
  const Index basis_limit = std::min(d, std::max<Index>(4 * block, 160));

  Random random(seed);
  MatrixXd next(d, block);
  for (Index i = 0; i < next.size(); ++i) next.data()[i] = random.normal();
  next = orthonormal(next);

  MatrixXd basis(d, basis_limit);
  MatrixXd image(a.cols(), basis_limit);  // W = Aᵀ K
  Index size = 0;
  MatrixXd left;
  MatrixXd right;
  VectorXd values;
  double residual = 0;
  for (Index step = 0; step < kBlocks; ++step) {
    const Index width = next.cols();
    basis.middleCols(size, width) = next;
    image.middleCols(size, width) = a.transposed_times(next);
    size += width;

    MatrixXd inner;  // of the basis to left vectors
    tall_svd(image.leftCols(size), right, values, inner);
    left.noalias() = basis.leftCols(size) * inner.leftCols(block);
    if (!(values(0) > 0)) break;
    next = a.times(right.leftCols(block));
    next -= left * values.head(block).asDiagonal();
    residual = next.leftCols(r).colwise().norm().maxCoeff() / values(0);
    if (residual <= kResidual || size == d || (most > 0 && size + block > most)) break;

    if (size + std::min(block, d - size) > basis_limit) {
      const Index keep = std::max(block, basis_limit / 2);
      const MatrixXd best = basis.leftCols(size) * inner.leftCols(keep);
      const MatrixXd best_image = image.leftCols(size) * inner.leftCols(keep);
      basis.leftCols(keep) = best;
      image.leftCols(keep) = best_image;
      size = keep;
    }
    // A residual that is nearly 0 is mostly rounding and need not be orthogonal to the basis: hence more than
    // once.
    next = MatrixXd(next.leftCols(std::min(block, d - size)));
    for (int pass = 0; pass < 3; ++pass) {
      const MatrixXd along = basis.leftCols(size).transpose() * next;
      next.noalias() -= basis.leftCols(size) * along;
      next = orthonormal(next);
    }
  }
  const MatrixXd u = left.leftCols(r);
  const MatrixXd v = right.leftCols(r);
  return a.transposed ? finish(values.head(r), v, u, residual) : finish(values.head(r), u, v, residual);
}

}  // namespace

Result<Svd> thin_svd(MatrixView<double> x) {
  return leading_svd(x, std::max(x.rows(), x.cols()));
}

Result<Svd> leading_svd(MatrixView<double> x, std::size_t r, std::uint64_t seed) {
  if (const Status status = check_finite(x, "a matrix to decompose"); !status) return fail(status.error());
  const Index side = index(std::min(x.rows(), x.cols()));
  const Index count = std::min(index(r), side);
  if (count == 0) return Svd{{}, Matrix<double>(x.rows(), 0), Matrix<double>(0, x.cols()), 0};
  const Operator a{map(x), x.rows() > x.cols()};
  if (side <= kDirectSide || 4 * count >= side) return direct_svd(a, count);
  return krylov_svd(a, count, seed);
}

Result<Svd> few_leading_values(MatrixView<double> x, std::size_t r, std::uint64_t seed) {
  if (const Status status = check_finite(x, "a matrix to decompose"); !status) return fail(status.error());
  const Index side = index(std::min(x.rows(), x.cols()));
  const Index count = index(r);
  if (side <= kDirectSide && count > 0 && kFew * count <= side) {
    Svd svd = krylov_svd({map(x), x.rows() > x.cols()}, count, seed, side / 3);
    if (svd.residual <= kResidual) return svd;
  }
  return leading_svd(x, r, seed);
}

namespace {

Status check_square(MatrixView<double> a) {
  if (a.rows() != a.cols()) return fail(data_error("eigenvalues are computed of square matrices only"));
  return check_finite(a, "a matrix to decompose");
}

Error unsettled() {
  return {Error::Kind::Numeric, "the eigenvalues did not converge", {}, {}, {}, {}};
}

}  // namespace

Result<std::vector<double>> symmetric_eigenvalues(MatrixView<double> a) {
  if (const Status status = check_square(a); !status) return fail(status.error());
  if (a.empty()) return std::vector<double>{};
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(map(a), Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) return fail(unsettled());
  return to_vector(solver.eigenvalues().reverse());
}

Result<SymmetricEigen> symmetric_eigen(MatrixView<double> a) {
  if (const Status status = check_square(a); !status) return fail(status.error());
  if (a.empty()) return SymmetricEigen{};
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver{map(a)};
  if (solver.info() != Eigen::Success) return fail(unsettled());
  MatrixXd vectors = solver.eigenvectors().rowwise().reverse();
  MatrixXd none(0, vectors.cols());
  fix_signs(none, vectors);
  return SymmetricEigen{to_vector(solver.eigenvalues().reverse()), to_matrix(vectors.transpose())};
}

}  // namespace assayer
