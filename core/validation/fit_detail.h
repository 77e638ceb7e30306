// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/run_control.h"
#include "core/validation/kept_fits.h"
#include "core/validation/validation.h"

namespace assayer {

/// One method trained on a part of the rows, and judged on others. What is referred to must outlive it.
struct Fit {
  std::string name;        ///< among what is kept
  const DatasetPtr& data;  ///< as training sees it
  const Split& split;
  const Rows& labelled;  ///< those of the split's training rows whose labels are used
  const Matrix<double>& unfeatured;
  TrainConfig config;
};

/// Outside, what ends the whole validation: a record that cannot be written (File), `control` (Cancelled).
/// Inside, what came of the fit, which may fail alone.
using FitResult = Result<Result<SplitScores>>;

/// From the record of a fit that is finished, from the checkpoint of one that is not, or else from the start.
/// Cancelled, it leaves a checkpoint.
FitResult run_fit(const Fit& fit, const KeptFits& kept, RunControl& control,
                  const std::function<void(double share)>& progress);

/// The same after the first `epochs` epochs, with the schedule of all of them. It goes on from `state`, or
/// from the checkpoint where there is none, and leaves there how far it came.
FitResult run_part(const Fit& fit, std::int64_t epochs, std::optional<ModelState>& state,
                   const KeptFits& kept, RunControl& control,
                   const std::function<void(double share)>& progress);

}  // namespace assayer
