// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

#include "core/base/matrix.h"

namespace assayer {

enum class SimplexClosure {
  Clip,       ///< raise to the floor, then divide by the sum: keeps ratios of what was not raised
  Projection  ///< the nearest composition in the Euclidean sense: adds one number to all that stay above the
              ///< floor
};

struct SimplexOptions {
  SimplexClosure closure = SimplexClosure::Clip;
  /// Least value, 0 ≤ floor < 1 / K (asserted). With Clip before the division, so that the result may lie
  /// below it by the factor of the sum; exact with Projection.
  double floor = 0;
};

/// Makes a composition (none below 0, sum 1) of the K `values` in place. Projection: Duchi et al. 2008,
/// doi:10.1145/1390156.1390176. Clip gives equal parts where nothing is above 0 and the floor is 0. A value
/// that is not finite makes all of them NaN, because the others then say nothing about the sum.
void to_simplex(std::span<double> values, const SimplexOptions& options = {});
/// Of every row of `values` [m, K].
Matrix<double> to_simplex(Matrix<double> values, const SimplexOptions& options = {});

}  // namespace assayer
