// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer {

struct NonNegativeSolution {
  std::vector<double> x;     ///< [p], none below 0
  double residual_norm = 0;  ///< ‖A x − b‖₂
};

/// x ≥ 0 that minimises ‖A x − b‖₂, by the active-set method of Lawson & Hanson (1974, chapter 23,
/// doi:10.1137/1.9781611971217) with orthogonal factorisations, so without squaring the condition of A.
/// Where A lacks rank the columns that enter late and depend on others stay 0.
/// `a` [n, p], `b` [n]. Data error where shapes disagree or something is not finite; Numeric error when 30 p
/// steps did not suffice.
Result<NonNegativeSolution> nnls(MatrixView<double> a, std::span<const double> b);

/// The same for many right-hand sides from the normal equations (Bro & de Jong 1997,
/// doi:10.1002/(SICI)1099-128X(199709/10)11:5<393::AID-CEM483>3.0.CO;2-L): `ata` = AᵀA [p, p], and row i of
/// `atb` [m, p] is Aᵀb of the i-th right-hand side. Returns [m, p], none below 0. Much faster than nnls() for
/// p ≪ n, but accurate to cond(A)² rather than cond(A) roundings. Equal right-hand sides give equal rows; the
/// order of rows does not matter. Errors as for nnls().
Result<Matrix<double>> nnls_normal(MatrixView<double> ata, MatrixView<double> atb);

}  // namespace assayer
