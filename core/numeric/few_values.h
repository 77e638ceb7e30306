// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/numeric/linear.h"

// Where a few of many singular or eigenvalues are wanted: what linear.h gives, in a fraction of the time.
namespace assayer {

/// As leading_svd(), with iteration tried first however small `x` is: for an r of a thirtieth of min(n, C) or
/// less, unless that many values hardly differ from those that follow. Then leading_svd() itself answers.
Result<Svd> few_leading_values(MatrixView<double> x, std::size_t r, std::uint64_t seed = 0);

/// Eigenvalues, descending, of a symmetric matrix [n, n] of which the lower triangle is read. Data error when
/// it is not square or not finite.
Result<std::vector<double>> symmetric_eigenvalues(MatrixView<double> a);

}  // namespace assayer
