// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/matrix.h"

namespace assayer {

/// How well each number of components of a regression predicts rows that were not fitted.
struct ComponentValidation {
  /// [A + 1, K] mean squared error over all rows in their held-out folds, in the data's units squared; row a:
  /// with a components, row 0: with the mean of the other folds. A fold whose rank ends earlier counts with
  /// all it has; A is the largest that any fold reached.
  Matrix<double> mse;
  /// [A + 1] geometric mean over the columns of y of mse / variance (divisor n): below 1 is better than the
  /// mean. Columns without variance are left out; ratios below 1e-24 count as that.
  std::vector<double> score;
  /// That of the least score, the smaller number where equal. 0: nothing predicts better than the mean.
  std::size_t components = 0;
  Matrix<double> predicted;  ///< [n, K] every row from the fit without its fold, with that number
};

}  // namespace assayer
