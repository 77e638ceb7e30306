// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "core/base/matrix.h"
#include "core/train/results.h"

namespace assayer {

// For predicting very many spectra some at a time.

/// Puts `block`, the answers for the rows from `first` on, into those for all `rows` rows. The first block
/// that comes says which parts there are.
void put_block(const Prediction& block, std::size_t first, std::size_t rows, Prediction& all);

/// `count` rows from `first` on.
Matrix<double> block_of(const Matrix<double>& values, std::size_t first, std::size_t count);

}  // namespace assayer
