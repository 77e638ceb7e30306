// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/base/matrix.h"
#include "core/base/run_control.h"

namespace assayer::model {

/// One fold's view of the labelled rows.
struct CorrectionFold {
  Matrix<double> base;               ///< [n, K] PLS fitted without the fold
  Matrix<double> features;           ///< [n, R]
  std::vector<std::uint32_t> train;  ///< rows to learn from
};

/// Trains the correction of q(y|x) (see Correction) for every fold side by side, with the labels alone: 600
/// steps on KL(y ‖ ŷ) + mean_k ((y_k − ŷ_k) / (sd_k + .001))². Returns ŷ [n, K] per fold, which does
/// not depend on the number of threads; nothing when stopped.
std::optional<std::vector<Matrix<double>>> train_corrections(const std::vector<CorrectionFold>& folds,
                                                             const Matrix<double>& y, double epsilon,
                                                             std::uint64_t seed, std::size_t threads,
                                                             const RunControl* control);

}  // namespace assayer::model
