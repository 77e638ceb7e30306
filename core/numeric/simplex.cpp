// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/numeric/simplex.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace assayer {
namespace {

void clip(std::span<double> values, double floor) {
  // Relative to the largest, so that the sum of finite values is finite.
  const double largest = std::ranges::max(values);
  if (!(largest > 0) && floor == 0) {
    std::ranges::fill(values, 1 / static_cast<double>(values.size()));
    return;
  }
  double sum = 0;
  const double unit = std::max(largest, floor);
  for (double& value : values) sum += value = std::max(value, floor) / unit;
  for (double& value : values) value /= sum;
}

void project(std::span<double> values, double floor) {
  const double total = 1 - static_cast<double>(values.size()) * floor;
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted, std::greater{});
  // From the largest value, which loses no digits where all are large.
  const double largest = sorted.front();
  double sum = 0;
  double shift = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i] - largest;
    const double candidate = (sum - total) / static_cast<double>(i + 1);
    if (sorted[i] - largest <= candidate) break;
    shift = candidate;
  }
  for (double& value : values) value = floor + std::max(0.0, value - largest - shift);
}

}  // namespace

void to_simplex(std::span<double> values, const SimplexOptions& options) {
  assert(options.floor >= 0 && options.floor * static_cast<double>(values.size()) < 1);
  if (values.empty()) return;
  if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); })) {
    std::ranges::fill(values, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  if (options.closure == SimplexClosure::Clip)
    clip(values, options.floor);
  else
    project(values, options.floor);
}

Matrix<double> to_simplex(Matrix<double> values, const SimplexOptions& options) {
  for (std::size_t i = 0; i < values.rows(); ++i) to_simplex(values.row(i), options);
  return values;
}

}  // namespace assayer
