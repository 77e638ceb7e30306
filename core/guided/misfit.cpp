// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/misfit.h"

#include <algorithm>
#include <cmath>

#include "core/guided/folds.h"
#include "core/numeric/linear.h"

namespace assayer::guided {
namespace {

constexpr std::size_t kAxes = 8;
constexpr std::size_t kParts = 5;
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

/// Axes of the rows given; 0 for too few of them, which would be explained completely.
Result<Matrix<double>> leading_axes(MatrixView<double> residuals, const std::vector<std::uint32_t>& rows) {
  if (rows.size() >= 3 * kAxes) {
    auto svd = leading_svd(rows_of(residuals, rows), std::min(kAxes, residuals.cols() / 4));
    if (!svd) return fail(svd.error());
    if (svd->right.rows() > 0) return std::move(svd->right);
  }
  return Matrix<double>(1, residuals.cols());
}

/// `hidden` of every row, by axes that it had no part in.
Result<std::vector<double>> left_out(MatrixView<double> residuals, const std::vector<std::uint32_t>& good,
                                     const Matrix<double>& axes) {
  std::vector<double> hidden = misfit_of(residuals, axes).hidden;
  for (std::size_t part = 0; part < kParts; ++part) {
    std::vector<std::uint32_t> train;
    std::vector<std::uint32_t> test;
    for (std::size_t i = 0; i < good.size(); ++i) (i % kParts == part ? test : train).push_back(good[i]);
    const auto without = leading_axes(residuals, train);
    if (!without) return fail(without.error());
    const Misfit misfit = misfit_of(rows_of(residuals, test), *without);
    for (std::size_t i = 0; i < test.size(); ++i) hidden[test[i]] = misfit.hidden[i];
  }
  return hidden;
}

double distance(double leverage) {
  return std::max(leverage - 1, 0.0);
}

double score_of(double value, double leverage, double median, double mad, const MisfitGrowth& growth) {
  const double d = distance(leverage);
  return (value - median - 0.5 * std::log1p(growth.mean * d)) / (mad * std::sqrt(1 + growth.spread * d));
}

/// One kind of misfit of a split's test rows, and what is usual among its training rows.
struct Far {
  std::vector<double> values;
  const std::vector<double>* leverage = nullptr;
  double median = 0;
  double mad = 1;
};

MisfitGrowth growth_of(const std::vector<Far>& splits) {
  MisfitGrowth growth;
  double excess = 0;
  double way = 0;
  for (const Far& split : splits) {
    std::vector<double> distances;
    for (const double leverage : *split.leverage) distances.push_back(distance(leverage));
    // Medians: an outlier among the labelled rows is no sign of how ordinary ones grow.
    excess += std::expm1(2 * (middle(split.values) - split.median));
    way += middle(std::move(distances));
  }
  if (!(way > 1e-9)) return growth;
  growth.mean = std::max(excess / way, 0.0);
  excess = 0;
  for (const Far& split : splits) {
    std::vector<double> scores;
    scores.reserve(split.values.size());
    for (std::size_t i = 0; i < split.values.size(); ++i)
      scores.push_back(score_of(split.values[i], (*split.leverage)[i], split.median, split.mad, growth));
    const double spread = robust(scores).mad;
    excess += spread * spread - 1;
  }
  growth.spread = std::max(excess / way, 0.0);
  return growth;
}

}  // namespace

double MisfitReference::excess(double all, double leverage) const {
  return std::max(all - median - 0.5 * std::log1p(growth.mean * distance(leverage)), 0.0);
}

double MisfitReference::score(double all, double leverage) const {
  return score_of(all, leverage, median, mad, growth);
}

double MisfitReference::hidden_score(double hidden, double leverage) const {
  return score_of(hidden, leverage, hidden_median, hidden_mad, hidden_growth);
}

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
  auto axes = leading_axes(residuals, good);
  if (!axes) return fail(axes.error());
  reference.axes = *std::move(axes);
  const auto unseen = left_out(residuals, good, reference.axes);
  if (!unseen) return fail(unseen.error());
  const Robust hidden = robust(*unseen);
  reference.hidden_median = hidden.median;
  reference.hidden_mad = hidden.mad;
  return reference;
}

Status fit_growth(MisfitReference& reference, const std::vector<FarResiduals>& splits) {
  std::vector<Far> all;
  std::vector<Far> hidden;
  for (const FarResiduals& split : splits) {
    if (split.test.rows() == 0) continue;
    const auto near = fit_misfit(split.train);
    if (!near) return fail(near.error());
    Misfit far = misfit_of(split.test, near->axes);
    all.push_back({std::move(far.all), &split.leverage, near->median, near->mad});
    hidden.push_back({std::move(far.hidden), &split.leverage, near->hidden_median, near->hidden_mad});
  }
  reference.growth = growth_of(all);
  reference.hidden_growth = growth_of(hidden);
  return {};
}

}  // namespace assayer::guided
