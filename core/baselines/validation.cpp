// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/validation_detail.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/numeric/folds.h"
#include "core/numeric/linear.h"

namespace assayer::baselines::detail {
namespace {

constexpr double kLeastRatio = 1e-24;
constexpr double kRounding = 1e-14;

Error error(Error::Kind kind, const char* who, std::string what) {
  return {kind, std::move(what), who, {}, {}, {}};
}

bool finite(MatrixView<double> m) {
  return std::all_of(m.data(), m.data() + m.size(), [](double v) { return std::isfinite(v); });
}

Matrix<double> rows_of(MatrixView<double> m, std::span<const std::uint32_t> rows) {
  Matrix<double> result(rows.size(), m.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(m.row(rows[i]), result.row(i).begin());
  return result;
}

}  // namespace

Result<ComponentValidation> validate(MatrixView<double> x, MatrixView<double> y,
                                     std::span<const std::uint32_t> fold_of_row, const FitFold& fit,
                                     const char* who, const RunControl* control) {
  if (const Status status = check_pair(x, y, who); !status) return fail(status.error());
  if (fold_of_row.size() != x.rows())
    return fail(error(Error::Kind::Usage, who, "cross-validation needs a fold for every row"));
  const std::vector<Split> splits = splits_of_folds(fold_of_row);
  if (splits.size() < 2)
    return fail(error(Error::Kind::Usage, who, "cross-validation needs two folds at least"));

  std::vector<FoldModel> models;
  std::vector<Matrix<double>> squares;  // [settings, K] of each fold, summed over its rows
  std::size_t most = 0;
  for (const Split& split : splits) {
    if (control != nullptr && control->stop_requested()) return fail(Error::cancel());
    Result<FoldModel> model = fit(rows_of(x, split.train), rows_of(y, split.train), rows_of(x, split.test));
    if (!model) return fail(model.error());
    Matrix<double> sum(model->most + 1, y.cols());
    for (std::size_t s = 0; s <= model->most; ++s) {
      const Matrix<double> predicted = model->predict(s);
      for (std::size_t i = 0; i < predicted.rows(); ++i)
        for (std::size_t k = 0; k < y.cols(); ++k) {
          const double difference = predicted(i, k) - y(split.test[i], k);
          sum(s, k) += difference * difference;
        }
    }
    most = std::max(most, model->most);
    squares.push_back(std::move(sum));
    models.push_back(std::move(*model));
  }

  ComponentValidation result;
  result.mse = Matrix<double>(most + 1, y.cols());
  for (std::size_t s = 0; s <= most; ++s)
    for (const Matrix<double>& sum : squares)
      for (std::size_t k = 0; k < y.cols(); ++k)
        result.mse(s, k) += sum(std::min(s, sum.rows() - 1), k) / static_cast<double>(y.rows());
  result.score = relative_scores(result.mse, y);
  result.components = static_cast<std::size_t>(std::ranges::min_element(result.score) - result.score.begin());

  result.predicted = Matrix<double>(y.rows(), y.cols());
  for (std::size_t f = 0; f < splits.size(); ++f) {
    const Matrix<double> values = models[f].predict(std::min(result.components, models[f].most));
    for (std::size_t i = 0; i < values.rows(); ++i)
      std::ranges::copy(values.row(i), result.predicted.row(splits[f].test[i]).begin());
  }
  return result;
}

std::vector<double> relative_scores(MatrixView<double> mse, MatrixView<double> y) {
  const std::vector<double> mean = column_means(y);
  const std::vector<double> deviation = column_deviations(y);
  const double rows = static_cast<double>(y.rows());
  std::vector<double> scores;
  for (std::size_t s = 0; s < mse.rows(); ++s) {
    double logs = 0;
    std::size_t counted = 0;
    for (std::size_t k = 0; k < y.cols(); ++k) {
      if (!(deviation[k] > kRounding * std::abs(mean[k]))) continue;
      const double variance = deviation[k] * deviation[k] * (rows - 1) / rows;
      logs += std::log(std::max(mse(s, k) / variance, kLeastRatio));
      ++counted;
    }
    scores.push_back(counted > 0 ? std::exp(logs / static_cast<double>(counted)) : 1.0);
  }
  return scores;
}

Status check_pair(MatrixView<double> x, MatrixView<double> y, const char* who) {
  if (x.rows() != y.rows())
    return fail(error(Error::Kind::Data, who, "there are not as many rows to predict as to predict from"));
  if (x.rows() < 2 || x.cols() == 0 || y.cols() == 0)
    return fail(error(Error::Kind::Data, who, "at least two rows, and a column on either side, are needed"));
  if (!finite(x) || !finite(y))
    return fail(error(Error::Kind::Data, who, "there are values that are not finite"));
  return {};
}

void centre(Matrix<double>& values, bool scale_too, std::vector<double>& mean, std::vector<double>& scale) {
  mean = column_means(values);
  scale.assign(values.cols(), 1.0);
  if (scale_too) {
    scale = column_deviations(values);
    for (std::size_t c = 0; c < scale.size(); ++c)
      if (!(scale[c] > kRounding * std::abs(mean[c]))) scale[c] = 1;
  }
  for (std::size_t i = 0; i < values.rows(); ++i)
    for (std::size_t c = 0; c < values.cols(); ++c) values(i, c) = (values(i, c) - mean[c]) / scale[c];
}

Matrix<double> centred(MatrixView<double> values, std::span<const double> mean,
                       std::span<const double> scale) {
  Matrix<double> result(values.rows(), values.cols());
  for (std::size_t i = 0; i < values.rows(); ++i)
    for (std::size_t c = 0; c < values.cols(); ++c) result(i, c) = (values(i, c) - mean[c]) / scale[c];
  return result;
}

Matrix<double> identity(std::size_t n) {
  Matrix<double> result(n, n);
  for (std::size_t i = 0; i < n; ++i) result(i, i) = 1;
  return result;
}

}  // namespace assayer::baselines::detail
