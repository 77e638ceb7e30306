// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "core/train/engine.h"

namespace assayer::ui {

/// What a run makes of some rows, generated from the composition and z that it predicts for them, and what
/// is left of the measured spectra. Free of widgets.
struct Reconstruction {
  Rows rows;                     ///< those with a prediction, which all means are over
  std::vector<float> generated;  ///< [C]; NaN where the model's channels are masked
  std::vector<float> residual;   ///< [C] measured − generated; NaN where there is either none
  double rms = 0;                ///< of `residual`, over its channels
  double rms_of_rows = 0;        ///< the same of the rows' own residuals, over rows and channels
};

/// Takes a row's generated and its measured spectrum.
using TakeGenerated =
    std::function<Status(std::span<const float> generated, std::span<const float> measured)>;

/// Generates the spectra of `rows` from the composition and z that a run predicts for them, `block` at a
/// time, and hands them to `take` in their order; ends with the first error, its too. `measured` has the
/// run's rows. Cancelled by `control`, which is asked before each block.
Status generate_rows(const Model& model, const Prediction& prediction, const Spectra& measured,
                     const Rows& rows, std::size_t block, const RunControl& control,
                     const ProgressFn& progress, const TakeGenerated& take);

/// `shown`: the data in the space of the run's endmembers, row by row as the run has them. Data error where
/// there is nothing to generate, or not for these data. Cancelled by `control`.
Result<Reconstruction> reconstruct(const Dataset& shown, const Snapshot& snapshot, const Rows& rows,
                                   const RunControl& control);

}  // namespace assayer::ui
