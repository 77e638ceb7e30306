// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/pipeline_preview.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "core/preprocess/fitted_pipeline.h"

namespace assayer::ui {

namespace {

PreviewSide side(const std::vector<std::vector<FittedPipeline::Stage>>& spectra, std::size_t stage) {
  PreviewSide result;
  const Channels& channels = spectra.front()[stage].channels;
  result.axis_title = axis_title(channels.axis.unit());
  result.positions.assign(channels.axis.values().begin(), channels.axis.values().end());
  const bool falls = !channels.axis.ascending();
  if (falls) std::ranges::reverse(result.positions);
  for (const auto& stages : spectra) {
    std::vector<double> values = stages[stage].values;
    for (std::size_t c = 0; c < values.size(); ++c)
      if (channels.bad[c] != 0) values[c] = std::numeric_limits<double>::quiet_NaN();
    if (falls) std::ranges::reverse(values);
    result.values.push_back(std::move(values));
  }
  return result;
}

}  // namespace

Result<PipelinePreview> previewPipeline(const Dataset& data, const Pipeline& pipeline, const Rows& training,
                                        const Rows& shown, int step, RunControl& control,
                                        const ProgressFn& progress) {
  const auto fitted = FittedPipeline::fit(pipeline, data, training, &control, progress);
  if (!fitted) return fail(fitted.error());
  PipelinePreview preview;
  preview.step = step;
  preview.outcome = (*fitted)->describe();
  preview.warnings = pipeline.warnings();
  std::vector<std::vector<FittedPipeline::Stage>> spectra;
  for (const std::uint32_t row : shown) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (row < data.rows()) spectra.push_back((*fitted)->stages(data.spectra().row(row)));
  }
  if (spectra.empty()) return preview;
  std::size_t first = 0;
  std::size_t last = spectra.front().size() - 1;
  if (step >= 0 && static_cast<std::size_t>(step) < pipeline.steps.size() &&
      pipeline.steps[static_cast<std::size_t>(step)].enabled()) {
    for (int i = 0; i < step; ++i)
      if (pipeline.steps[static_cast<std::size_t>(i)].enabled()) ++first;
    last = first + 1;
  }
  preview.before = side(spectra, first);
  preview.after = side(spectra, last);
  return preview;
}

}  // namespace assayer::ui
