// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "core/base/matrix.h"
#include "core/base/random.h"

/// Mixtures with a known answer.
namespace assayer::testing {

/// Smooth positive spectra [K, C] between about 0.1 and 0.9: a level and three bumps each.
inline Matrix<double> smooth_endmembers(std::size_t k, std::size_t channels, Random& random) {
  Matrix<double> m(k, channels);
  for (std::size_t e = 0; e < k; ++e) {
    std::vector<double> centre(3);
    std::vector<double> width(3);
    std::vector<double> height(3);
    const double level = random.uniform(0.3, 0.6);
    for (std::size_t b = 0; b < 3; ++b) {
      centre[b] = random.uniform();
      width[b] = random.uniform(0.05, 0.3);
      height[b] = random.uniform(-0.15, 0.15);
    }
    for (std::size_t c = 0; c < channels; ++c) {
      const double x = static_cast<double>(c) / static_cast<double>(channels - 1);
      m(e, c) = level;
      for (std::size_t b = 0; b < 3; ++b) {
        const double t = (x - centre[b]) / width[b];
        m(e, c) += height[b] * std::exp(-0.5 * t * t);
      }
    }
  }
  return m;
}

/// One composition, uniform on the simplex, no component above `cap`.
inline std::vector<double> composition(std::size_t k, Random& random, double cap = 1) {
  std::vector<double> a(k);
  do {
    for (double& x : a) x = random.gamma(1);
    const double sum = std::accumulate(a.begin(), a.end(), 0.0);
    for (double& x : a) x /= sum;
  } while (*std::ranges::max_element(a) > cap);
  return a;
}

inline Matrix<double> product(const Matrix<double>& a, const Matrix<double>& m) {
  Matrix<double> x(a.rows(), m.cols());
  for (std::size_t r = 0; r < a.rows(); ++r) {
    for (std::size_t k = 0; k < m.rows(); ++k) {
      for (std::size_t c = 0; c < m.cols(); ++c) x(r, c) += a(r, k) * m(k, c);
    }
  }
  return x;
}

inline void add_noise(Matrix<double>& x, double sd, Random& random) {
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] += sd * random.normal();
}

struct Mixtures {
  Matrix<double> endmembers;        ///< [K, C]
  Matrix<double> abundances;        ///< [N, K]
  Matrix<double> spectra;           ///< [N, C]
  std::vector<std::uint32_t> pure;  ///< [K] where the pure rows are, or empty
};

/// N rows of K endmembers, among them one pure row of each at drawn places.
inline Mixtures with_pure_rows(std::size_t n, std::size_t k, std::size_t channels, std::uint64_t seed) {
  Random random(seed);
  Mixtures mix;
  mix.endmembers = smooth_endmembers(k, channels, random);
  mix.abundances = Matrix<double>(n, k);
  for (std::size_t r = 0; r < n; ++r)
    std::ranges::copy(composition(k, random), mix.abundances.row(r).begin());
  const auto places = random.permutation(n);
  mix.pure.assign(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(k));
  for (std::size_t e = 0; e < k; ++e) {
    for (std::size_t j = 0; j < k; ++j) mix.abundances(mix.pure[e], j) = e == j ? 1 : 0;
  }
  mix.spectra = product(mix.abundances, mix.endmembers);
  return mix;
}

/// N rows without a component above `cap` (1 / (K − 1) < cap); a tenth lies exactly on each face. K >= 3.
inline Mixtures without_pure_rows(std::size_t n, std::size_t k, std::size_t channels, double cap,
                                  std::uint64_t seed) {
  Random random(seed);
  Mixtures mix;
  mix.endmembers = smooth_endmembers(k, channels, random);
  mix.abundances = Matrix<double>(n, k);
  for (std::size_t r = 0; r < n; ++r) {
    const std::size_t face = r % 10;
    if (face >= k) {
      std::ranges::copy(composition(k, random, cap), mix.abundances.row(r).begin());
      continue;
    }
    const auto a = composition(k - 1, random, cap);
    for (std::size_t j = 0; j + 1 < k; ++j) mix.abundances(r, j < face ? j : j + 1) = a[j];
  }
  mix.spectra = product(mix.abundances, mix.endmembers);
  return mix;
}

inline double angle_deg(std::span<const double> a, std::span<const double> b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return std::acos(std::min(1.0, ab / std::sqrt(aa * bb))) * 180 / std::numbers::pi;
}

inline double distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

/// The largest `measure` between rows of `found` and `truth` in the order that makes their sum least.
template <class Measure>
double worst_match(const Matrix<double>& found, const Matrix<double>& truth, Measure measure) {
  std::vector<std::size_t> order(truth.rows());
  std::iota(order.begin(), order.end(), 0U);
  double least = std::numeric_limits<double>::infinity();
  double worst = 0;
  do {
    double sum = 0;
    double most = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
      const double x = measure(found.row(order[k]), truth.row(k));
      sum += x;
      most = std::max(most, x);
    }
    if (sum < least) {
      least = sum;
      worst = most;
    }
  } while (std::ranges::next_permutation(order).found);
  return worst;
}

inline double worst_angle_deg(const Matrix<double>& found, const Matrix<double>& truth) {
  return worst_match(found, truth, angle_deg);
}
inline double worst_distance(const Matrix<double>& found, const Matrix<double>& truth) {
  return worst_match(found, truth, distance);
}

inline std::filesystem::path shared_data(const char* name) {
  return std::filesystem::path(ASSAYER_SHARED_DIR) / "data" / name;
}

}  // namespace assayer::testing
