// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/baselines/pls.h"
#include "core/baselines/regression.h"
#include "core/guided/folds.h"
#include "core/train/regression_fit_detail.h"

namespace assayer {
namespace {

constexpr std::size_t kMostComponents = 20;

Matrix<double> column_of(MatrixView<double> y, std::size_t k) {
  Matrix<double> column(y.rows(), 1);
  for (std::size_t i = 0; i < y.rows(); ++i) column(i, 0) = y(i, k);
  return column;
}

void put_column(const Matrix<double>& column, std::size_t k, Matrix<double>& into) {
  for (std::size_t i = 0; i < column.rows(); ++i) into(i, k) = column(i, 0);
}

/// Slope and intercept with so many components, and what folds predict for the rows that they leave out.
struct Chosen {
  std::size_t components = 0;
  Matrix<double> slope;
  std::vector<double> intercept;
  Matrix<double> predicted;
};

/// `fit(x, y)` gives a function from a number of components to a LinearFit's slope and intercept.
template <class Fit>
Result<Matrix<double>> predict_folds(MatrixView<double> x, MatrixView<double> y,
                                     std::span<const std::uint32_t> fold_of_row, const Fit& fit,
                                     const RunControl* control) {
  Matrix<double> predicted(y.rows(), y.cols());
  for (const Split& split : splits_of_folds(fold_of_row)) {
    if (control != nullptr && control->stop_requested()) return fail(Error::cancel());
    auto values =
        fit(guided::rows_of(x, split.train), guided::rows_of(y, split.train), guided::rows_of(x, split.test));
    if (!values) return fail(values.error());
    for (std::size_t i = 0; i < split.test.size(); ++i)
      std::ranges::copy(values->row(i), predicted.row(split.test[i]).begin());
  }
  return predicted;
}

Result<Chosen> choose_pls(MatrixView<double> x, MatrixView<double> y,
                          std::span<const std::uint32_t> fold_of_row, const TrainConfig& config,
                          const RunControl* control) {
  PlsOptions options;
  options.algorithm = config.pls_algorithm == "nipals" ? PlsAlgorithm::Nipals : PlsAlgorithm::Simpls;
  options.components = config.components > 0 ? static_cast<std::size_t>(config.components) : kMostComponents;
  Chosen chosen;
  if (config.components > 0) {
    auto predicted = predict_folds(
        x, y, fold_of_row,
        [&](const Matrix<double>& x_in, const Matrix<double>& y_in,
            const Matrix<double>& x_out) -> Result<Matrix<double>> {
          const auto fit = fit_pls(x_in, y_in, options);
          if (!fit) return fail(fit.error());
          return fit->predict(x_out, options.components);
        },
        control);
    if (!predicted) return fail(predicted.error());
    chosen.predicted = *std::move(predicted);
    chosen.components = options.components;
  } else {
    auto validated = cross_validate_pls(x, y, fold_of_row, options, control);
    if (!validated) return fail(validated.error());
    chosen.predicted = std::move(validated->predicted);
    chosen.components = validated->components;
  }
  const auto fit = fit_pls(x, y, options);
  if (!fit) return fail(fit.error());
  chosen.components = std::min(chosen.components, fit->components());
  chosen.slope = fit->coefficients(chosen.components);
  chosen.intercept = fit->intercept(chosen.components);
  return chosen;
}

Result<RegressionFit> fit_pls_baseline(MatrixView<double> x, MatrixView<double> y,
                                       std::span<const std::uint32_t> fold_of_row, const TrainConfig& config,
                                       const RunControl* control) {
  RegressionFit result;
  if (config.pls_outputs == "one") {
    result.slope = Matrix<double>(x.cols(), y.cols());
    result.predicted = Matrix<double>(y.rows(), y.cols());
    std::vector<std::size_t> counts;
    for (std::size_t k = 0; k < y.cols(); ++k) {
      auto chosen = choose_pls(x, column_of(y, k), fold_of_row, config, control);
      if (!chosen) return fail(chosen.error());
      put_column(chosen->slope, k, result.slope);
      put_column(chosen->predicted, k, result.predicted);
      result.intercept.push_back(chosen->intercept.front());
      counts.push_back(chosen->components);
    }
    result.facts["components"] = fmt::format("{}", fmt::join(counts, ", "));
  } else {
    auto chosen = choose_pls(x, y, fold_of_row, config, control);
    if (!chosen) return fail(chosen.error());
    result.slope = std::move(chosen->slope);
    result.intercept = std::move(chosen->intercept);
    result.predicted = std::move(chosen->predicted);
    result.facts["components"] = std::to_string(chosen->components);
  }
  PlsOptions options;
  options.algorithm = config.pls_algorithm == "nipals" ? PlsAlgorithm::Nipals : PlsAlgorithm::Simpls;
  options.components = y.cols();
  const auto inverse = fit_pls(y, x, options);
  if (!inverse) return fail(inverse.error());
  result.endmembers = inverse_pls_endmembers(*inverse, inverse->components());
  return result;
}

Result<LinearFit> fit_pcr_baseline(MatrixView<double> x, MatrixView<double> y,
                                   std::span<const std::uint32_t> fold_of_row, const TrainConfig& config,
                                   const RunControl* control, RegressionFit& into) {
  PcrOptions options;
  options.components = config.components > 0 ? static_cast<std::size_t>(config.components) : kMostComponents;
  options.seed = config.seed;
  std::size_t components = options.components;
  if (config.components > 0) {
    auto predicted = predict_folds(
        x, y, fold_of_row,
        [&](const Matrix<double>& x_in, const Matrix<double>& y_in,
            const Matrix<double>& x_out) -> Result<Matrix<double>> {
          const auto fit = fit_pcr(x_in, y_in, options);
          if (!fit) return fail(fit.error());
          return fit->with(options.components).predict(x_out);
        },
        control);
    if (!predicted) return fail(predicted.error());
    into.predicted = *std::move(predicted);
  } else {
    auto validated = cross_validate_pcr(x, y, fold_of_row, options, control);
    if (!validated) return fail(validated.error());
    components = validated->components;
    into.predicted = std::move(validated->predicted);
  }
  const auto fit = fit_pcr(x, y, options);
  if (!fit) return fail(fit.error());
  components = std::min(components, fit->components());
  into.facts["components"] = std::to_string(components);
  return fit->with(components);
}

Result<LinearFit> fit_ridge_baseline(MatrixView<double> x, MatrixView<double> y,
                                     std::span<const std::uint32_t> fold_of_row, const TrainConfig& config,
                                     const RunControl* control, RegressionFit& into) {
  RidgeOptions options;
  if (config.ridge >= 0) options.ridges = {config.ridge};
  auto validated = cross_validate_ridge(x, y, fold_of_row, options, control);
  if (!validated) return fail(validated.error());
  into.predicted = std::move(validated->predicted);
  into.facts["ridge"] = fmt::format("{:.4g}", validated->ridge);
  return fit_ridge(x, y, validated->ridge);
}

}  // namespace

Result<RegressionFit> fit_regression_baseline(MatrixView<double> x, MatrixView<double> y,
                                              std::span<const std::uint32_t> fold_of_row,
                                              const TrainConfig& config, const RunControl* control) {
  if (config.method == "pls") return fit_pls_baseline(x, y, fold_of_row, config, control);
  RegressionFit result;
  auto linear = config.method == "pcr" ? fit_pcr_baseline(x, y, fold_of_row, config, control, result)
                                       : fit_ridge_baseline(x, y, fold_of_row, config, control, result);
  if (!linear) return fail(linear.error());
  result.slope = std::move(linear->coefficients);
  result.intercept = std::move(linear->intercept);
  const auto inverse = fit_least_squares(y, x);
  if (!inverse) return fail(inverse.error());
  result.endmembers = corner_predictions(*inverse);
  return result;
}

}  // namespace assayer
