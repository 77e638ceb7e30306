// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/intervals.h"

#include <algorithm>

#include "core/guided/folds.h"
#include "core/numeric/linear.h"

namespace assayer::guided {
namespace {

// An exact fit of a few labels is no proof of exactness: a tenth of a per cent is the least.
constexpr double kLeastVariance = 1e-6;

double quadratic(const Matrix<double>& gram, std::span<const double> y) {
  double sum = 0;
  for (std::size_t a = 0; a < y.size(); ++a)
    for (std::size_t b = 0; b < y.size(); ++b) sum += y[a] * y[b] * gram(a, b);
  return sum;
}

/// (h − 1)₊ of predicted compositions among those of the rows `train`.
Result<std::vector<double>> distances(MatrixView<double> y, const std::vector<std::uint32_t>& train,
                                      const Matrix<double>& predicted) {
  const auto gram = leverage_gram(rows_of(y, train));
  if (!gram) return fail(gram.error());
  std::vector<double> result;
  result.reserve(predicted.rows());
  for (std::size_t i = 0; i < predicted.rows(); ++i)
    result.push_back(std::max(quadratic(*gram, predicted.row(i)) - 1, 0.0));
  return result;
}

}  // namespace

double CompositionIntervals::leverage(std::span<const double> composition) const {
  return quadratic(gram, composition);
}

std::vector<double> CompositionIntervals::variances(std::span<const double> composition) const {
  const double factor = 1 + growth * std::max(leverage(composition) - 1, 0.0);
  std::vector<double> result = variance;
  for (double& part : result) part *= factor;
  return result;
}

Result<Matrix<double>> leverage_gram(MatrixView<double> y) {
  const auto eigen = symmetric_eigen(transposed_product(y, y));
  if (!eigen) return fail(eigen.error());
  const std::size_t k = y.cols();
  Matrix<double> gram(k, k);
  const double scale = static_cast<double>(y.rows()) / static_cast<double>(k);
  for (std::size_t r = 0; r < k; ++r) {
    if (eigen->values[r] <= 1e-9 * eigen->values.front()) continue;
    for (std::size_t a = 0; a < k; ++a)
      for (std::size_t b = 0; b < k; ++b)
        gram(a, b) += scale * eigen->vectors(r, a) * eigen->vectors(r, b) / eigen->values[r];
  }
  return gram;
}

Result<CompositionIntervals> fit_intervals(MatrixView<double> y, const HeldOut& inside,
                                           const HeldOut& outside) {
  const std::size_t k = y.cols();
  CompositionIntervals intervals;
  auto gram = leverage_gram(y);
  if (!gram) return fail(gram.error());
  intervals.gram = *std::move(gram);
  intervals.variance.assign(k, 0.0);
  std::size_t rows = 0;
  double inside_way = 0;
  for (std::size_t s = 0; s < inside.splits.size(); ++s) {
    const auto& [train, test] = inside.splits[s];
    const auto way = distances(y, train, inside.predicted[s]);
    if (!way) return fail(way.error());
    for (const double d : *way) inside_way += d;
    rows += test.size();
    for (std::size_t i = 0; i < test.size(); ++i) {
      for (std::size_t part = 0; part < k; ++part) {
        const double error = inside.predicted[s](i, part) - y(test[i], part);
        intervals.variance[part] += error * error;
      }
    }
  }
  for (double& part : intervals.variance)
    part = std::max(rows > 0 ? part / static_cast<double>(rows) : 0.0, kLeastVariance);

  if (rows > 0) inside_way /= static_cast<double>(rows);
  double mean_ratio = 0;
  double outside_way = 0;
  for (std::size_t s = 0; s < outside.splits.size(); ++s) {
    const auto& [train, test] = outside.splits[s];
    const auto way = distances(y, train, outside.predicted[s]);
    if (!way) return fail(way.error());
    double ratio = 0;
    double far = 0;
    for (std::size_t i = 0; i < test.size(); ++i) {
      for (std::size_t part = 0; part < k; ++part) {
        const double error = outside.predicted[s](i, part) - y(test[i], part);
        ratio += error * error / intervals.variance[part] / static_cast<double>(k);
      }
      far += (*way)[i];
    }
    const double share = 1 / static_cast<double>(test.size() * outside.splits.size());
    mean_ratio += ratio * share;
    outside_way += far * share;
  }
  // Squares grow from r² (1 + ρ d) inside to that outside, which is two equations for r² and ρ. Where the
  // outside is hardly further out than the inside they say nothing: the way is never taken for under half.
  if (outside_way > 1e-9 && mean_ratio > 1) {
    intervals.growth = (mean_ratio - 1) / std::max(outside_way - mean_ratio * inside_way, outside_way / 2);
    for (double& part : intervals.variance)
      part = std::max(part / (1 + intervals.growth * inside_way), kLeastVariance);
  }
  return intervals;
}

}  // namespace assayer::guided
