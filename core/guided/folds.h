// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/matrix.h"
#include "core/numeric/folds.h"

namespace assayer::guided {

/// One split per component k that tests the rows with y_k at or above its 75th percentile, where the others
/// still span the simplex: the least singular value of Y / √n of the rows that are kept is at least .01, and
/// there are more of them than components. What is learnt on the rest has to extrapolate towards corner k, as
/// a model trained on the interior does. `y` [n, K]. May be empty.
std::vector<Split> extrapolating_splits(MatrixView<double> y);

/// At most `folds` splits that leave whole compositions out: replicates of a mixture are never on both sides.
/// Empty where there are fewer than two compositions. Seeded.
std::vector<Split> composition_splits(MatrixView<double> y, std::size_t folds, std::uint64_t seed);

/// The given rows of a matrix, in that order.
Matrix<double> rows_of(MatrixView<double> values, const std::vector<std::uint32_t>& rows);

}  // namespace assayer::guided
