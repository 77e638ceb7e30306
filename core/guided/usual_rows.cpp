// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/usual_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/guided/folds.h"
#include "core/numeric/linear.h"

namespace assayer::guided {
namespace {

constexpr std::size_t kLeastRows = 8;
constexpr std::size_t kKept = 40;  ///< principal components of x that the work is done in
constexpr std::size_t kAxes = 10;
constexpr std::size_t kReweighted = 30;
constexpr std::size_t kRounds = 8;
constexpr double kUnusual = 4;
constexpr double kMostLeftOut = 0.2;
constexpr double kNormalConsistent = 1.4826022185056018;  // 1 / Φ⁻¹(3/4)

double middle(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : std::midpoint(values[half - 1], values[half]);
}

double spread(const std::vector<double>& values, double centre) {
  std::vector<double> off;
  for (const double value : values) off.push_back(std::abs(value - centre));
  return kNormalConsistent * middle(std::move(off));
}

Result<Matrix<double>> residuals(const Matrix<double>& design, const Matrix<double>& x,
                                 const std::vector<double>& weight) {
  Matrix<double> weighted_design = design;
  Matrix<double> weighted = x;
  for (std::size_t i = 0; i < x.rows(); ++i) {
    const double root = std::sqrt(weight[i]);
    for (double& value : weighted_design.row(i)) value *= root;
    for (double& value : weighted.row(i)) value *= root;
  }
  const auto fit = least_squares(weighted_design, weighted);
  if (!fit) return fail(fit.error());
  Matrix<double> e = product(design, fit->coefficients);
  for (std::size_t i = 0; i < e.size(); ++i) e.data()[i] = x.data()[i] - e.data()[i];
  return e;
}

std::vector<double> lengths(const Matrix<double>& e) {
  std::vector<double> result;
  for (std::size_t i = 0; i < e.rows(); ++i) {
    double squares = 0;
    for (const double value : e.row(i)) squares += value * value;
    result.push_back(std::sqrt(squares));
  }
  return result;
}

/// q of every row, the centre that of the rows in `kept`.
Result<std::vector<double>> distances(Matrix<double> e, const std::vector<std::uint32_t>& kept) {
  for (std::size_t c = 0; c < e.cols(); ++c) {
    std::vector<double> values;
    for (const std::uint32_t row : kept) values.push_back(e(row, c));
    const double centre = middle(std::move(values));
    for (std::size_t i = 0; i < e.rows(); ++i) e(i, c) -= centre;
  }
  auto svd = leading_svd(e, kAxes);
  if (!svd) return fail(svd.error());
  const std::size_t axes = svd->values.size();
  std::vector<double> scale(axes);
  double squares = 0;
  for (std::size_t a = 0; a < axes; ++a) {
    std::vector<double> scores;
    for (std::size_t i = 0; i < e.rows(); ++i) scores.push_back(svd->left(i, a) * svd->values[a]);
    scale[a] = spread(scores, 0);
    squares += scale[a] * scale[a] / static_cast<double>(axes);
  }
  std::vector<double> q(e.rows(), 0.0);
  for (std::size_t a = 0; a < axes; ++a) {
    // Axes deep in rounding tell nothing.
    const double unit = std::max(scale[a], 1e-2 * std::sqrt(squares) + 1e-12);
    for (std::size_t i = 0; i < e.rows(); ++i) {
      const double score = svd->left(i, a) * svd->values[a] / unit;
      q[i] += score * score / static_cast<double>(axes);
    }
  }
  for (double& value : q) value = std::sqrt(value);
  return q;
}

/// Rows whose q is usual; the least unusual four fifths where that would be fewer.
std::vector<std::uint32_t> usual(const std::vector<double>& q) {
  const double centre = middle(q);
  double limit = centre + kUnusual * std::max(spread(q, centre), 1e-9);
  const auto least = static_cast<std::size_t>(std::ceil((1 - kMostLeftOut) * static_cast<double>(q.size())));
  std::vector<double> sorted = q;
  std::ranges::sort(sorted);
  if (sorted[least - 1] >= limit) limit = std::nextafter(sorted[least - 1], HUGE_VAL);
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < q.size(); ++i)
    if (q[i] < limit) rows.push_back(static_cast<std::uint32_t>(i));
  return rows;
}

}  // namespace

Matrix<double> flexible_design(MatrixView<double> y) {
  const std::size_t n = y.rows();
  const std::size_t k = y.cols();
  const std::size_t pairs = n >= 2 * k * (k + 1) ? k * (k - 1) / 2 : 0;
  Matrix<double> design(n, k + pairs);
  for (std::size_t i = 0; i < n; ++i) {
    std::ranges::copy(y.row(i), design.row(i).begin());
    std::size_t at = k;
    for (std::size_t a = 1; pairs > 0 && a < k; ++a)
      for (std::size_t b = 0; b < a; ++b) design(i, at++) = y(i, a) * y(i, b);
  }
  return design;
}

Result<std::vector<std::uint32_t>> usual_rows(MatrixView<double> x, MatrixView<double> y) {
  std::vector<std::uint32_t> kept(x.rows());
  std::iota(kept.begin(), kept.end(), 0U);
  if (x.rows() < kLeastRows) return kept;

  const std::vector<double> mean = column_means(x);
  Matrix<double> centred(x.rows(), x.cols());
  for (std::size_t i = 0; i < x.rows(); ++i)
    for (std::size_t c = 0; c < x.cols(); ++c) centred(i, c) = x(i, c) - mean[c];
  auto svd = leading_svd(centred, kKept);
  if (!svd) return fail(svd.error());
  Matrix<double> scores = std::move(svd->left);
  for (std::size_t i = 0; i < scores.rows(); ++i)
    for (std::size_t a = 0; a < scores.cols(); ++a) scores(i, a) *= svd->values[a];

  // Compositions sum to 1, so that the design has the intercept in it.
  const Matrix<double> design = flexible_design(y);
  std::vector<double> weight(x.rows(), 1.0);
  Matrix<double> e;
  for (std::size_t round = 0; round < kReweighted; ++round) {
    auto rest = residuals(design, scores, weight);
    if (!rest) return fail(rest.error());
    e = *std::move(rest);
    weight = lengths(e);
    const double least = std::max(1e-3 * middle(weight), 1e-12);
    for (double& value : weight) value = 1 / std::max(value, least);
    const double largest = std::ranges::max(weight);
    for (double& value : weight) value /= largest;
  }
  for (std::size_t round = 0; round < kRounds; ++round) {
    const auto q = distances(e, kept);
    if (!q) return fail(q.error());
    std::vector<std::uint32_t> found = usual(*q);
    if (round > 0 && found == kept) break;
    kept = std::move(found);
    std::ranges::fill(weight, 0.0);
    for (const std::uint32_t row : kept) weight[row] = 1;
    auto rest = residuals(design, scores, weight);
    if (!rest) return fail(rest.error());
    e = *std::move(rest);
  }
  return kept;
}

}  // namespace assayer::guided
