// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/base/error.h"
#include "core/base/run_control.h"
#include "core/baselines/validation.h"

namespace assayer::baselines::detail {

/// What was fitted to the rows outside a fold, as the rows inside see it.
struct FoldModel {
  std::size_t most = 0;                                        ///< settings 0 … most can be predicted with
  std::function<Matrix<double>(std::size_t setting)> predict;  ///< [rows inside, K]
};
using FitFold = std::function<Result<FoldModel>(MatrixView<double> x_outside, MatrixView<double> y_outside,
                                                MatrixView<double> x_inside)>;

/// Fits once per fold and judges every setting as ComponentValidation says; `components` is the best setting.
/// No predictions but those of one fold and setting are held at a time. `who` stands in the errors.
Result<ComponentValidation> validate(MatrixView<double> x, MatrixView<double> y,
                                     std::span<const std::uint32_t> fold_of_row, const FitFold& fit,
                                     const char* who, const RunControl* control);

/// The geometric mean over the columns of mse / variance for every row of `mse` [S, K].
std::vector<double> relative_scores(MatrixView<double> mse, MatrixView<double> y);

/// Data error unless there are two rows at least, as many on both sides, a column on both, and only finite
/// values.
Status check_pair(MatrixView<double> x, MatrixView<double> y, const char* who);

/// Subtracts the mean of every column and, if asked for, divides by its standard deviation, in place. The
/// scale is 1 where not asked for and for columns that do not vary beyond the rounding of their mean.
void centre(Matrix<double>& values, bool scale_too, std::vector<double>& mean, std::vector<double>& scale);

/// The same with means and scales that are known.
Matrix<double> centred(MatrixView<double> values, std::span<const double> mean,
                       std::span<const double> scale);

/// [n, n]
Matrix<double> identity(std::size_t n);

}  // namespace assayer::baselines::detail
