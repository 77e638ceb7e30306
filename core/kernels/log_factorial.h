// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstddef>

namespace assayer::kernels {

/// ln n!, which is ln Γ(n + 1). Not by std::lgamma: that writes the global `signgam`, a race between members
/// that train at the same time. n is a number of components or classes, a few.
inline double log_factorial(std::size_t n) {
  double sum = 0;
  for (std::size_t i = 2; i <= n; ++i) sum += std::log(static_cast<double>(i));
  return sum;
}

}  // namespace assayer::kernels
