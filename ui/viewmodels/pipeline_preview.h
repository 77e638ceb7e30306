// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/message.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "core/preprocess/pipeline.h"

namespace assayer::ui {

/// Spectra at one place of a pipeline, for drawing.
struct PreviewSide {
  std::string axis_title;         ///< "Wavelength (µm)"
  std::vector<double> positions;  ///< rising
  /// One per spectrum, [positions]; NaN in bad channels.
  std::vector<std::vector<double>> values;
};

/// Spectra before and after a step.
struct PipelinePreview {
  int step = -1;  ///< index in the pipeline
  PreviewSide before;
  PreviewSide after;
  std::vector<Message> outcome;   ///< what the steps learnt, a sentence each
  std::vector<Message> warnings;  ///< combinations that make no sense
};

/// Fits the pipeline on `training` and follows `shown` to both sides of step `step`; of a step that is off,
/// or −1: from the beginning to the end. Synchronous, for a worker.
Result<PipelinePreview> previewPipeline(const Dataset& data, const Pipeline& pipeline, const Rows& training,
                                        const Rows& shown, int step, RunControl& control,
                                        const ProgressFn& progress);

}  // namespace assayer::ui
