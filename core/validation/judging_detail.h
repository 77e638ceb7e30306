// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "core/train/results.h"
#include "core/validation/validation.h"

/// What numbers a validation takes of a prediction.
namespace assayer {

/// `test` is the prediction of the split's test rows, in their order.
SplitScores score(const Dataset& data, const Prediction& test, const EndmemberEstimate& endmembers,
                  const Split& split);

/// Mean KL over the splits that `leave_out` is not one of; infinite where one of them failed.
double mean_kl(const MethodScores& scores, std::size_t leave_out);
/// The method of least mean_kl, the first of equals.
std::size_t least(const std::vector<MethodScores>& methods, std::size_t leave_out);

/// Of the test rows of all splits together.
Calibration calibration_of(const Dataset& data, const MethodScores& scores, const std::vector<Split>& splits);

/// Replicates on both sides make every method look better than it is.
/// The most test rows of a split whose composition is that of one of its training rows.
std::size_t shared_compositions(const Dataset& data, const std::vector<Split>& splits);

}  // namespace assayer
