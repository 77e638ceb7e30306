// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/folds.h"

#include <algorithm>
#include <cmath>

#include "core/numeric/linear.h"

namespace assayer::guided {
namespace {

/// Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996).
double quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

/// Least share of the length of Y / √n in any direction of the components for which rows span the simplex.
constexpr double kLeastSpread = 0.01;
constexpr double kHeldOutShare = 0.75;

bool spans(MatrixView<double> y, const std::vector<std::uint32_t>& rows) {
  const auto svd = thin_svd(rows_of(y, rows));
  if (!svd || svd->values.size() < y.cols()) return false;
  return svd->values.back() / std::sqrt(static_cast<double>(rows.size())) >= kLeastSpread;
}

}  // namespace

Matrix<double> rows_of(MatrixView<double> values, const std::vector<std::uint32_t>& rows) {
  Matrix<double> result(rows.size(), values.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(values.row(rows[i]), result.row(i).begin());
  return result;
}

std::vector<Split> extrapolating_splits(MatrixView<double> y) {
  std::vector<Split> splits;
  if (y.rows() < 2) return splits;
  for (std::size_t k = 0; k < y.cols(); ++k) {
    std::vector<double> part(y.rows());
    for (std::size_t i = 0; i < y.rows(); ++i) part[i] = y(i, k);
    // Compositions come from files as floats: equal ones may differ in the last digit.
    const double limit = quantile(part, kHeldOutShare) - 1e-9;
    Split split;
    for (std::size_t i = 0; i < y.rows(); ++i)
      (part[i] >= limit ? split.test : split.train).push_back(static_cast<std::uint32_t>(i));
    if (split.train.size() > y.cols() && spans(y, split.train)) splits.push_back(std::move(split));
  }
  return splits;
}

std::vector<Split> composition_splits(MatrixView<double> y, std::size_t folds, std::uint64_t seed) {
  const std::vector<std::uint32_t> groups = groups_of_equal_rows(y);
  if (groups.empty()) return {};
  const std::size_t different = std::ranges::max(groups) + 1;
  FoldOptions options;
  options.folds = std::min(folds, different);
  options.seed = seed;
  options.groups = groups;
  const auto assigned = assign_folds(y.rows(), options);
  return assigned ? splits_of_folds(*assigned) : std::vector<Split>{};
}

}  // namespace assayer::guided
