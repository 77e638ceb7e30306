// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace assayer {

/// Seeded draws that are the same with every standard library: the engine is standardised
/// (mt19937_64), the distributions of <random> are not, so they are made here.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// Uniform on [0, 1), 53 bits.
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal (Box–Muller, both values used).
  double normal();
  /// Uniform on {0, …, n − 1}; n > 0. Unbiased (rejection).
  std::uint64_t below(std::uint64_t n);
  /// Gamma(shape, 1), shape > 0 (Marsaglia & Tsang 2000, doi:10.1145/358407.358414).
  double gamma(double shape);
  /// A permutation of 0 … n − 1 (Fisher–Yates).
  std::vector<std::uint32_t> permutation(std::size_t n);

 private:
  std::mt19937_64 engine_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace assayer
