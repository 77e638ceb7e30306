// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/peaks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace assayer {

std::vector<SpectralPeak> find_peaks(std::span<const double> axis, std::span<const double> spectrum,
                                     double least) {
  constexpr std::ptrdiff_t kReach = 40;
  constexpr double kGap = 1;  // nm
  const auto count = static_cast<std::ptrdiff_t>(spectrum.size());
  std::vector<SpectralPeak> peaks;
  for (std::ptrdiff_t c = 1; c + 1 < count; ++c) {
    const auto at = [&](std::ptrdiff_t i) { return spectrum[static_cast<std::size_t>(i)]; };
    const auto nm = [&](std::ptrdiff_t i) { return axis[static_cast<std::size_t>(i)]; };
    if (!(at(c) > at(c - 1)) || !(at(c) >= at(c + 1))) continue;
    const auto valley = [&](std::ptrdiff_t step) {
      double low = at(c);
      for (std::ptrdiff_t i = c + step; i >= 0 && i < count && std::abs(i - c) <= kReach; i += step) {
        if (at(i) > at(c) || std::abs(nm(i) - nm(i - step)) > kGap) break;
        low = std::min(low, at(i));
      }
      return low;
    };
    const double prominence = at(c) - std::max(valley(-1), valley(1));
    if (prominence >= least && prominence > 0) peaks.push_back({nm(c), at(c), prominence});
  }
  return peaks;
}

}  // namespace assayer
