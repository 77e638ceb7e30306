// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/dataset.h"
#include "core/preprocess/pipeline.h"

/// Bad channels as they are drawn over spectra, kept as a step of the pipeline. Free of widgets.
namespace assayer::ui {

/// Which channels [C] the steps at the pipeline's beginning mask by ranges, besides the data's own mask; all
/// 0 where there are none. Steps that take channels out end the search: after them, numbers mean other
/// channels.
std::vector<std::uint8_t> maskedBySteps(const Pipeline& pipeline, const Dataset& data);

/// The pipeline with these channels bad, or good again. They stand in the first step if that is one of bad
/// channels by number, which is made, or left out when it has nothing more to say. The data's own mask stays.
Pipeline withMask(const Pipeline& pipeline, const Dataset& data, const std::vector<std::size_t>& channels,
                  bool bad);

}  // namespace assayer::ui
