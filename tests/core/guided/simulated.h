// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/base/matrix.h"
#include "core/base/random.h"
#include "core/mixing/link.h"
#include "tests/core/guided/expected_guided.h"

/// Mixtures that follow the law of 'guided' exactly, with everything known.
namespace assayer::test {

/// Three smooth spectra in a link's domain, between .2 and .75: [3, C].
inline Matrix<double> linear_endmembers(std::size_t channels, double low = 0.2, double high = 0.75) {
  Matrix<double> m(3, channels);
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < channels; ++c) {
      const double place = static_cast<double>(c) / static_cast<double>(channels - 1);
      const double wave = std::sin(5 * place + 2.1 * static_cast<double>(k));
      m(k, c) = low + (high - low) * (0.5 + 0.4 * wave);
    }
  }
  return m;
}

/// Compositions of three components, none above `cap`: [n, 3].
inline Matrix<double> mixed_compositions(std::size_t n, Random& random, double cap = 0.7) {
  Matrix<double> y(n, 3);
  for (std::size_t i = 0; i < n; ++i) {
    auto row = y.row(i);
    do {
      for (double& part : row) part = random.gamma(1.5);
      const double sum = std::accumulate(row.begin(), row.end(), 0.0);
      for (double& part : row) part /= sum;
    } while (*std::ranges::max_element(row) > cap);
  }
  return y;
}

/// f of one composition, spelt out.
inline std::vector<double> fractions(std::span<const double> y, const std::vector<double>& q) {
  std::vector<double> f(y.size());
  double sum = 0;
  for (std::size_t k = 0; k < y.size(); ++k) sum += f[k] = y[k] * q[k];
  for (double& part : f) part /= sum;
  return f;
}

/// Spectra g⁻¹(f M) with noise of sd `noise` in the link's domain.
inline Matrix<double> mixture_spectra(const LinkSettings& link, const Matrix<double>& y,
                                      const Matrix<double>& endmembers, const std::vector<double>& q,
                                      double noise, Random& random) {
  Matrix<double> x(y.rows(), endmembers.cols());
  for (std::size_t i = 0; i < x.rows(); ++i) {
    const std::vector<double> f = fractions(y.row(i), q);
    for (std::size_t c = 0; c < x.cols(); ++c) {
      double v = noise * random.normal();
      for (std::size_t k = 0; k < f.size(); ++k) v += f[k] * endmembers(k, c);
      x(i, c) = from_linear(link, v);
    }
  }
  return x;
}

/// Adds normal errors.
inline void disturb(Matrix<double>& values, double sd, Random& random) {
  for (std::size_t i = 0; i < values.size(); ++i) values.data()[i] += sd * random.normal();
}

/// Pearson's correlation.
inline double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

inline std::vector<double> column(const Matrix<double>& values, std::size_t c) {
  std::vector<double> result(values.rows());
  for (std::size_t i = 0; i < values.rows(); ++i) result[i] = values(i, c);
  return result;
}

inline bool all_finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

}  // namespace assayer::test
