// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/inversion.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/numeric/linear.h"
#include "core/numeric/nnls.h"

namespace assayer::guided {
namespace {

constexpr std::size_t kGrid = 25;
constexpr std::size_t kRounds = 3;
constexpr double kLeastPart = 1e-4;
/// 1 / sd of the sum of the fractions.
constexpr double kSumWeight = 1e3;

double grid_point(std::size_t i) {
  return kHalfWidth * (2 * static_cast<double>(i) / static_cast<double>(kGrid - 1) - 1);
}

}  // namespace

Inverter::Inverter(Mixture mixture) : mixture_(std::move(mixture)), sd_(mixture_.spread_v) {
  std::vector<double> sorted = sd_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  const double least = std::max(0.3 * *middle, 1e-9);
  for (double& sd : sd_) sd = std::max(sd, least);

  const std::size_t k = mixture_.components();
  const std::size_t z = mixture_.nuisance();
  design_ = Matrix<double>((1 + z) * k, mixture_.channels());
  for (std::size_t part = 0; part < k; ++part) {
    for (std::size_t c = 0; c < design_.cols(); ++c) {
      design_(part, c) = mixture_.endmembers(part, c) / sd_[c];
      for (std::size_t j = 0; j < z; ++j)
        design_((1 + j) * k + part, c) = (mixture_.tilt(j, c) + mixture_.tilt_part(j * k + part, c)) / sd_[c];
    }
  }
  gram_ = product_transposed(design_, design_);
}

Result<Inverted> Inverter::operator()(MatrixView<double> x) const {
  const std::size_t n = x.rows();
  const std::size_t k = mixture_.components();
  const std::size_t dimensions = mixture_.nuisance();
  Matrix<double> v = to_linear(mixture_.link, x);
  std::vector<double> length(n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    auto row = v.row(i);
    for (std::size_t c = 0; c < row.size(); ++c) {
      row[c] /= sd_[c];
      length[i] += row[c] * row[c];
    }
  }
  const Matrix<double> dots = product_transposed(v, design_);  // [n, (1 + Z) K]

  Inverted result{Matrix<double>(n, k), Matrix<double>(n, dimensions), std::vector<double>(n)};
  std::vector<double> best(n, std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < n; ++i) std::ranges::copy(mixture_.z_centre, result.z.row(i).begin());

  // One design for all rows that share a z: in the first round of the first dimension that is all of them.
  const auto solve = [&](std::span<const double> shift, const std::vector<std::uint32_t>& rows,
                         std::span<const double> z) -> Status {
    const auto weight = [&](std::size_t block) { return block == 0 ? 1.0 : shift[block - 1]; };
    Matrix<double> normal(k, k);
    for (std::size_t a = 0; a < k; ++a) {
      for (std::size_t b = 0; b < k; ++b) {
        double sum = 0;
        for (std::size_t p = 0; p <= dimensions; ++p)
          for (std::size_t q = 0; q <= dimensions; ++q)
            sum += weight(p) * weight(q) * gram_(p * k + a, q * k + b);
        normal(a, b) = sum + kSumWeight * kSumWeight;
      }
    }
    Matrix<double> right(rows.size(), k);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t a = 0; a < k; ++a) {
        double sum = 0;
        for (std::size_t p = 0; p <= dimensions; ++p) sum += weight(p) * dots(rows[i], p * k + a);
        right(i, a) = sum + kSumWeight * kSumWeight;
      }
    }
    const auto solved = nnls_normal(normal, right);
    if (!solved) return fail(solved.error());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto f = solved->row(i);
      double sum = 0;
      double quadratic = 0;
      double linear = 0;
      for (std::size_t a = 0; a < k; ++a) {
        sum += f[a];
        linear += f[a] * (right(i, a) - kSumWeight * kSumWeight);
        for (std::size_t b = 0; b < k; ++b)
          quadratic += f[a] * f[b] * (normal(a, b) - kSumWeight * kSumWeight);
      }
      const double rest = length[rows[i]] - 2 * linear + quadratic;
      if (!(rest < best[rows[i]]) || sum <= 0) continue;
      best[rows[i]] = rest;
      std::ranges::copy(f, result.composition.row(rows[i]).begin());
      std::ranges::copy(z, result.z.row(rows[i]).begin());
    }
    return {};
  };

  std::vector<std::uint32_t> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = static_cast<std::uint32_t>(i);
  std::vector<double> z(dimensions);
  std::vector<double> shift(dimensions);
  const auto at = [&](std::size_t dimension, double value, std::span<const double> others) {
    for (std::size_t j = 0; j < dimensions; ++j) {
      z[j] = j == dimension ? value : others[j];
      shift[j] = z[j] - mixture_.z_centre[j];
    }
  };
  for (std::size_t round = 0; round < (dimensions > 1 ? kRounds : 1); ++round) {
    for (std::size_t j = 0; j < dimensions; ++j) {
      if (round == 0 && j == 0) {
        for (std::size_t g = 0; g < kGrid; ++g) {
          at(j, grid_point(g), mixture_.z_centre);
          if (auto done = solve(shift, all, z); !done) return fail(done.error());
        }
        continue;
      }
      for (std::uint32_t i = 0; i < n; ++i) {
        const std::vector<double> others(result.z.row(i).begin(), result.z.row(i).end());
        for (std::size_t g = 0; g < kGrid; ++g) {
          at(j, grid_point(g), others);
          if (auto done = solve(shift, {i}, z); !done) return fail(done.error());
        }
      }
    }
  }

  for (std::size_t i = 0; i < n; ++i) {
    auto y = result.composition.row(i);
    double sum = 0;
    for (std::size_t a = 0; a < k; ++a) sum += y[a] /= mixture_.efficiency[a];
    double floored = 0;
    for (double& part : y) floored += part = std::max(sum > 0 ? part / sum : 1.0, kLeastPart);
    for (double& part : y) part /= floored;
    result.misfit[i] = std::sqrt(std::max(best[i], 0.0) / static_cast<double>(mixture_.channels()));
  }
  return result;
}

Matrix<double> Inverter::residuals(MatrixView<double> x, MatrixView<double> composition,
                                   MatrixView<double> z) const {
  Matrix<double> v = to_linear(mixture_.link, x);
  const Matrix<double> fitted = mixture_.linear_spectra(composition, z);
  for (std::size_t i = 0; i < v.rows(); ++i)
    for (std::size_t c = 0; c < v.cols(); ++c) v(i, c) = (v(i, c) - fitted(i, c)) / sd_[c];
  return v;
}

}  // namespace assayer::guided
