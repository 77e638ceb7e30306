// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace assayer::ui {

/// Least and largest of the finite values that were added.
struct FiniteSpan {
  double low = std::numeric_limits<double>::infinity();  ///< above `high` without a value
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  [[nodiscard]] bool empty() const { return !(low <= high); }
};

}  // namespace assayer::ui
