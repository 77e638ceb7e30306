// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/link_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/guided/folds.h"
#include "core/guided/mixture.h"
#include "core/guided/usual_rows.h"
#include "core/numeric/linear.h"

namespace assayer::guided {
namespace {

constexpr std::size_t kComponents = 10;
constexpr double kMargin = 0.05;
constexpr double kMarginPerRow = 10;
constexpr double kLogAhead = 0.3;

std::string objection(Link link, MatrixView<double> x) {
  if (link == Link::Identity) return {};
  std::size_t negative = 0;
  std::size_t not_positive = 0;
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = x.data()[i];
    if (value < 0) ++negative;
    if (value <= 0) ++not_positive;
    largest = std::max(largest, value);
  }
  const double share = static_cast<double>(negative) / static_cast<double>(x.size());
  if (link == Link::Log && not_positive > 0) return "some values are not positive";
  if (share > 1e-3) return fmt::format("{:.1f} % of the values are negative", 100 * share);
  const double limit = link == Link::Hapke ? 0.98 * default_scale(Link::Hapke) : 1.2;
  if (largest > limit)
    return fmt::format("values reach {:.3g}, which is no reflectance on a scale to {:.3g}", largest, limit);
  return {};
}

/// [C, r] such that ‖Dᵀ e‖² is the squared error Σ^−½-weighted in the leading components of x.
Result<Matrix<double>> error_weights(MatrixView<double> x, MatrixView<double> y) {
  const std::size_t n = x.rows();
  const Matrix<double> design = flexible_design(y);
  const auto fit = least_squares(design, x);
  if (!fit) return fail(fit.error());
  Matrix<double> e = product(design, fit->coefficients);
  Matrix<double> centred(n, x.cols());
  const std::vector<double> mean = column_means(x);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < x.cols(); ++c) {
      e(i, c) = x(i, c) - e(i, c);
      centred(i, c) = x(i, c) - mean[c];
    }
  }
  auto svd = leading_svd(centred, kComponents);
  if (!svd) return fail(svd.error());
  std::size_t r = 0;
  while (r < svd->values.size() && svd->values[r] > 1e-6 * svd->values.front()) ++r;
  Matrix<double> axes(r, x.cols());
  for (std::size_t i = 0; i < r; ++i) std::ranges::copy(svd->right.row(i), axes.row(i).begin());
  const Matrix<double> scores = product_transposed(e, axes);  // [n, r]
  Matrix<double> covariance = transposed_product(scores, scores);
  const double freedom = std::max(1.0, static_cast<double>(n) - static_cast<double>(fit->rank));
  double trace = 0;
  for (std::size_t i = 0; i < r; ++i) trace += covariance(i, i) /= freedom;
  // Shrunk towards its diagonal, and kept away from 0: few rows say little about small variances.
  const double shrink = std::min(0.5, static_cast<double>(r) / freedom);
  for (std::size_t i = 0; i < r; ++i)
    for (std::size_t j = 0; j < r; ++j)
      if (i != j) covariance(i, j) *= (1 - shrink) / freedom;
  for (std::size_t i = 0; i < r; ++i)
    covariance(i, i) += std::max(1e-2 * trace / static_cast<double>(r), 1e-300);
  const auto eigen = symmetric_eigen(covariance);
  if (!eigen) return fail(eigen.error());
  Matrix<double> whitening(r, r);
  for (std::size_t i = 0; i < r; ++i)
    for (std::size_t j = 0; j < r; ++j)
      whitening(i, j) = eigen->vectors(i, j) / std::sqrt(std::max(eigen->values[i], 1e-300));
  return transposed(product(whitening, axes));
}

std::optional<double> extrapolation_error(Link link, MatrixView<double> x, MatrixView<double> y,
                                          const std::vector<Split>& splits, const Matrix<double>& weights) {
  const LinkSettings settings{.link = link, .scale = default_scale(link)};
  double sum = 0;
  for (const Split& split : splits) {
    const Matrix<double> v = to_linear(settings, rows_of(x, split.train));
    const auto fit = least_squares(rows_of(y, split.train), v);
    if (!fit) return std::nullopt;
    Matrix<double> error = from_linear(settings, product(rows_of(y, split.test), fit->coefficients));
    for (std::size_t i = 0; i < error.rows(); ++i)
      for (std::size_t c = 0; c < error.cols(); ++c) error(i, c) = x(split.test[i], c) - error(i, c);
    const Matrix<double> weighed = product(error, weights);
    double squares = 0;
    for (const double value : weighed.values()) squares += value * value;
    sum += std::log(std::max(squares / static_cast<double>(error.rows()), 1e-300));
  }
  return sum / static_cast<double>(splits.size());
}

}  // namespace

Result<LinkChoice> choose_link(MatrixView<double> all_x, MatrixView<double> all_y) {
  LinkChoice choice;
  for (const Link link : {Link::Identity, Link::Hapke, Link::Log})
    choice.trials.push_back({link, objection(link, all_x), std::nullopt});
  LinkTrial& identity = choice.trials[0];
  LinkTrial& hapke = choice.trials[1];
  LinkTrial& logarithm = choice.trials[2];
  if (!hapke.objection.empty() && !logarithm.objection.empty()) {
    choice.reason = fmt::format("Spectra are taken to mix linearly as they are: {}.", hapke.objection);
    return choice;
  }
  const auto usual = usual_rows(all_x, all_y);
  if (!usual) return fail(usual.error());
  choice.unusual = all_x.rows() - usual->size();
  const Matrix<double> x = rows_of(all_x, *usual);
  const Matrix<double> y = rows_of(all_y, *usual);
  const std::vector<Split> splits = extrapolating_splits(y);
  if (splits.empty()) {
    choice.link = hapke.objection.empty() ? Link::Hapke : Link::Identity;
    choice.reason =
        "There are too few different compositions to see which link extrapolates better: the values look "
        "like "
        "reflectance, so intimate mixing (hapke) is assumed. Choose 'identity' if they are not.";
    if (choice.link == Link::Identity)
      choice.reason = "There are too few different compositions to see which link extrapolates better.";
    return choice;
  }
  const auto weights = error_weights(x, y);
  if (!weights) return fail(weights.error());
  for (LinkTrial& trial : choice.trials)
    if (trial.objection.empty()) trial.score = extrapolation_error(trial.link, x, y, splits, *weights);

  const double allowance = kMargin + kMarginPerRow / static_cast<double>(x.rows());
  double best = identity.score.value_or(0);
  if (identity.score && hapke.score) {
    const double margin = *identity.score - *hapke.score;
    if (margin > -allowance) choice.link = Link::Hapke;
    best = std::min(best, *hapke.score);
    const auto words = [&] {
      if (margin > 0) return "extrapolates better than plain reflectance";
      return margin > -allowance ? "extrapolates about as well as plain reflectance, and is what powders do"
                                 : "extrapolates worse than plain reflectance";
    };
    choice.reason = fmt::format(
        "Intimate mixing (hapke) {}: ln of the error ratio {:+.2f}, taken above {:+.2f} with {} labelled "
        "spectra.",
        words(), margin, -allowance, x.rows());
  } else {
    choice.reason = fmt::format("Intimate mixing (hapke) is ruled out: {}.", hapke.objection);
  }
  if (logarithm.score && identity.score && best - *logarithm.score > kLogAhead) {
    choice.link = Link::Log;
    choice.reason += fmt::format(" The logarithm is ahead of it by {:.2f}.", best - *logarithm.score);
  }
  if (choice.unusual > 0)
    choice.reason += fmt::format(
        " {} of the labelled spectra had no say in this: {} unlike the others of their composition.",
        choice.unusual, choice.unusual == 1 ? "it is" : "they are");
  return choice;
}

}  // namespace assayer::guided
