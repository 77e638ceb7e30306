// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer {

/// A B, [n, p] times [p, q]. Shapes must fit (asserted), as for the next two.
Matrix<double> product(MatrixView<double> a, MatrixView<double> b);
/// Aᵀ B, [n, p] and [n, q] to [p, q].
Matrix<double> transposed_product(MatrixView<double> a, MatrixView<double> b);
/// A Bᵀ, [n, p] and [m, p] to [n, m].
Matrix<double> product_transposed(MatrixView<double> a, MatrixView<double> b);
Matrix<double> transposed(MatrixView<double> a);

struct LeastSquares {
  Matrix<double> coefficients;  ///< [p, q]
  std::size_t rank = 0;         ///< of X with the penalties below it: p where none of them is 0
};

/// B that minimises ‖Y − X B‖² + ridge ‖B‖², by a complete orthogonal decomposition (QR with column exchange
/// and a second one for the rest), so without squaring the condition of X. Where X lacks rank and ridge is 0,
/// that B of smallest norm. Nothing is centred and no intercept added. `x` [n, p], `y` [n, q], n and p at
/// least 1. Data error where shapes disagree or something is not finite, Usage error for a ridge below 0.
/// Takes about 2 n p min(n, p) operations, with a ridge 2 (n + p) min(n, p)².
Result<LeastSquares> least_squares(MatrixView<double> x, MatrixView<double> y, double ridge = 0);
/// With a penalty of its own for every row of B: ‖Y − X B‖² + Σ_j penalties[j] ‖B_j‖². `penalties` [p], none
/// below 0, 0 for an intercept.
Result<LeastSquares> least_squares(MatrixView<double> x, MatrixView<double> y,
                                   std::span<const double> penalties);

/// X ≈ left · diag(values) · right, signs such that the largest entry of each row of `right` is positive.
struct Svd {
  std::vector<double> values;  ///< [r] descending
  Matrix<double> left;         ///< [n, r] orthonormal columns
  Matrix<double> right;        ///< [r, C] orthonormal rows
  /// Largest of ‖X vᵢ − σᵢ uᵢ‖ / σ₁ and ‖Xᵀuᵢ − σᵢ vᵢ‖ / σ₁ over the pairs: a singular value is wrong by at
  /// most σ₁ times this, a singular vector by about σ₁ times this over the distance to the next singular
  /// value.
  double residual = 0;
};

/// All min(n, C) singular values and vectors of `x` [n, C], by QR of the longer side and bidiagonalisation of
/// the square rest: accurate to rounding (about 1e-14 σ₁). About 4 max(n, C) min(n, C)² operations; made for
/// min(n, C) up to about 1000. Data error when something is not finite.
Result<Svd> thin_svd(MatrixView<double> x);

/// The leading min(r, n, C) singular values and vectors of `x` [n, C].
///
/// min(n, C) ≤ 400, or r not well below it: all of them by thin_svd(), cut off; accurate to rounding.
/// Otherwise block Krylov iteration from a seeded random start (Musco & Musco 2015, arXiv:1504.05477) with
/// full reorthogonalisation until the residual (see Svd) is below 1e-9, or 60 blocks were multiplied; neither
/// XᵀX nor XXᵀ is formed, so small singular values are not lost to squaring. What was reached is in
/// `residual`: vectors deep in noise, whose singular values hardly differ, may stay mixed with each other.
/// Deterministic for a given seed. `x` is not copied in the second case. Data error when something is not
/// finite.
Result<Svd> leading_svd(MatrixView<double> x, std::size_t r, std::uint64_t seed = 0);

struct SymmetricEigen {
  std::vector<double> values;  ///< [n] descending
  Matrix<double> vectors;      ///< [n, n], row i belongs to values[i]; its largest entry is positive
};

/// Of a symmetric matrix [n, n], of which the lower triangle is read. Data error when it is not square or
/// not finite.
Result<SymmetricEigen> symmetric_eigen(MatrixView<double> a);

/// Mean of every column of `x` [n, C], n at least 1.
std::vector<double> column_means(MatrixView<double> x);
/// Standard deviation of every column (divisor n − 1); 0 for n = 1.
std::vector<double> column_deviations(MatrixView<double> x);

}  // namespace assayer
