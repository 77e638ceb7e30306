// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer {

inline constexpr std::size_t kMostClasses = 256;

/// Compositions of pure classes.
struct OneHots {
  Matrix<double> values;           ///< [N, K]
  std::vector<std::string> names;  ///< [K]
};

/// 1 for the class of the row, 0 for all others. `order` holds the distinct classes, which become the
/// components. Fails (Data) with fewer than two classes or with more than kMostClasses.
Result<OneHots> one_hots(const std::vector<std::string>& class_of_row, const std::vector<std::string>& order);

}  // namespace assayer
