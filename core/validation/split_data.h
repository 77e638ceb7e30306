// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/run_control.h"
#include "core/numeric/folds.h"
#include "core/train/preprocessed.h"

namespace assayer {

/// A split with spectra that went through steps which its training rows alone have taught.
struct SplitData {
  PreprocessedData data;
  Split split;  ///< without rows that are not finite after the steps
};

/// Data error where no training or no test row is left, and where the fit has seen a test row.
Result<SplitData> preprocess_split(const DatasetPtr& data, const Pipeline& pipeline, const Split& split,
                                   const RunControl* control = nullptr);

/// A Data error that names the first row of `test` that the steps have learnt from.
Status check_no_leak(const FittedPipeline& pipeline, const Rows& test);

}  // namespace assayer
