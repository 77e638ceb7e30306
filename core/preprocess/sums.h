// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace assayer::preprocess {

/// std::isfinite without a branch, so that loops over values can be vectorised.
inline bool is_finite(double value) {
  return std::abs(value) <= std::numeric_limits<double>::max();
}

/// Sums over channels of the N numbers that `terms(channel)` yields. Each is summed in four parts, which the
/// processor adds at once where one sum would wait for itself; their order never depends on the machine.
template <std::size_t N, class Terms>
std::array<double, N> sums(std::span<const std::uint32_t> channels, const Terms& terms) {
  constexpr std::size_t parts = 4;
  std::array<std::array<double, N>, parts> partial{};
  std::size_t i = 0;
  for (; i + parts <= channels.size(); i += parts) {
    for (std::size_t p = 0; p < parts; ++p) {
      const std::array<double, N> some = terms(channels[i + p]);
      for (std::size_t n = 0; n < N; ++n) partial[p][n] += some[n];
    }
  }
  for (; i < channels.size(); ++i) {
    const std::array<double, N> some = terms(channels[i]);
    for (std::size_t n = 0; n < N; ++n) partial[0][n] += some[n];
  }
  std::array<double, N> result{};
  for (std::size_t n = 0; n < N; ++n)
    result[n] = (partial[0][n] + partial[1][n]) + (partial[2][n] + partial[3][n]);
  return result;
}

}  // namespace assayer::preprocess
