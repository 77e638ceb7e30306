// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/base/run_control.h"

namespace assayer {

struct NelderMeadOptions {
  /// The other vertices of the first simplex are `start` with this added to one coordinate each. Scale the
  /// coordinates so that one length suits all. Finite, not 0.
  double initial_step = 0.1;
  /// 0: 200 per coordinate.
  std::size_t max_evaluations = 0;
  /// Done when every vertex lies within tolerance · max(1, |x|) of the best one in every coordinate, and
  /// every value within tolerance · max(1, |f|) of the best value.
  double tolerance = 1e-8;
};

struct Minimum {
  std::vector<double> x;  ///< the best point ever evaluated
  double value = 0;       ///< there; infinite when no point had a finite value
  std::size_t evaluations = 0;
  bool converged = false;
};

/// Minimises `function` by the downhill simplex (Nelder & Mead 1965, doi:10.1093/comjnl/7.4.308) with the
/// coefficients of Gao & Han 2012 (doi:10.1007/s10589-010-9329-3), which depend on the dimension; in one
/// dimension those of two.
///
/// Values that are NaN count as +infinity, so that a function may refuse points. A simplex that has shrunk to
/// rounding while the values still differ (noise, a step) ends unconverged, and so does a stop asked for
/// through `control` (may be null), which is looked at before every evaluation. No start: one evaluation.
/// Deterministic.
Minimum minimise(const std::function<double(std::span<const double>)>& function,
                 std::span<const double> start, const NelderMeadOptions& options = {},
                 const RunControl* control = nullptr);

}  // namespace assayer
