// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/train/train_config.h"

namespace assayer {

/// A regression baseline, fitted: pls, pcr or ridge with the settings of a run.
struct RegressionFit {
  Matrix<double> slope;           ///< [C, K]
  std::vector<double> intercept;  ///< [K]
  Matrix<double> endmembers;      ///< [K, C] by the inverse regression
  Matrix<double> predicted;       ///< [n, K] every row from the fit without its fold
  std::map<std::string, std::string> facts;
};

/// `x` [n, C], `y` [n, K], `fold_of_row` [n]. The number of components, or the ridge, is the setting's, or
/// where that leaves it open the one of the least error of the folds; with PLS1 each component of y has its
/// own.
Result<RegressionFit> fit_regression_baseline(MatrixView<double> x, MatrixView<double> y,
                                              std::span<const std::uint32_t> fold_of_row,
                                              const TrainConfig& config, const RunControl* control);

}  // namespace assayer
