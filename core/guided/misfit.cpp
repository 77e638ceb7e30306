// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/misfit.h"

#include <algorithm>
#include <cmath>

#include "core/guided/folds.h"
#include "core/numeric/linear.h"

namespace assayer::guided {
namespace {

constexpr std::size_t kAxes = 8;
constexpr double kOutlying = 4;
constexpr double kLeastSquare = 1e-24;

double middle(std::vector<double> values) {
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, half);
  if (values.size() % 2 == 1) return *half;
  return (*half + *std::max_element(values.begin(), half)) / 2;
}

struct Robust {
  double median = 0;
  double mad = 1;
};
Robust robust(const std::vector<double>& values) {
  Robust result;
  result.median = middle(values);
  std::vector<double> distance = values;
  for (double& value : distance) value = std::abs(value - result.median);
  // 1 / Φ⁻¹(3/4) and 1 / Φ⁻¹(9/10). Misfits of real spectra lean to the upper side, where a deviation
  // measured on both would call one row in five unusual; and rows that all fit equally well must not make a
  // hair's breadth an outlier.
  std::vector<double> sorted = values;
  const auto upper = sorted.begin() + static_cast<std::ptrdiff_t>(9 * (sorted.size() - 1) / 10);
  std::ranges::nth_element(sorted, upper);
  result.mad = std::max(
      {1.482602218505602 * middle(std::move(distance)), 0.780304146072380 * (*upper - result.median), 1e-3});
  return result;
}

}  // namespace

Misfit misfit_of(MatrixView<double> residuals, const Matrix<double>& axes) {
  Misfit result;
  const Matrix<double> along = product_transposed(residuals, axes);
  const auto channels = static_cast<double>(residuals.cols());
  for (std::size_t i = 0; i < residuals.rows(); ++i) {
    double squares = 0;
    for (const double value : residuals.row(i)) squares += value * value;
    double explained = 0;
    for (const double value : along.row(i)) explained += value * value;
    result.all.push_back(0.5 * std::log(std::max(squares / channels, kLeastSquare)));
    result.hidden.push_back(0.5 * std::log(std::max((squares - explained) / channels, kLeastSquare)));
  }
  return result;
}

Result<MisfitReference> fit_misfit(MatrixView<double> residuals) {
  MisfitReference reference;
  reference.axes = Matrix<double>(1, residuals.cols());
  const Misfit first = misfit_of(residuals, reference.axes);
  const Robust all = robust(first.all);
  reference.median = all.median;
  reference.mad = all.mad;
  std::vector<std::uint32_t> good;
  for (std::size_t i = 0; i < residuals.rows(); ++i)
    if ((first.all[i] - all.median) / all.mad < kOutlying) good.push_back(static_cast<std::uint32_t>(i));
  // Too few rows would be explained completely.
  if (good.size() >= 3 * kAxes) {
    const Matrix<double> kept = rows_of(residuals, good);
    auto svd = leading_svd(kept, std::min(kAxes, residuals.cols() / 4));
    if (!svd) return fail(svd.error());
    if (svd->right.rows() > 0) reference.axes = std::move(svd->right);
  }
  const Robust hidden = robust(misfit_of(residuals, reference.axes).hidden);
  reference.hidden_median = hidden.median;
  reference.hidden_mad = hidden.mad;
  return reference;
}

}  // namespace assayer::guided
