// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "core/data/dataset.h"
#include "core/data/selection.h"

namespace assayer {

/// The paper's figures 6a, 6b and 6d: spectra that a file says are outliers, and others to compare them with.
struct OutlierRows {
  Rows outlying;          ///< rows whose column `outlier` is above 0
  Rows ordinary;          ///< as many others of `group`, taken evenly from the beginning
  std::size_t group = 0;  ///< of the first outlier
};
/// Empty where the data have no such column, no outlier, or no groups.
OutlierRows outlier_rows(const Dataset& data);

}  // namespace assayer
