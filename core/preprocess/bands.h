// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

#include "core/base/error.h"
#include "core/data/sensor_bands.h"
#include "core/preprocess/pipeline.h"

namespace assayer {

/// The kind of step that goes to another axis.
inline constexpr std::string_view kResample = "resample";

/// The unit of the axis that a step of the pipeline meets, with data in `unit`: steps before it may have gone
/// to another.
WavelengthUnit unit_before(const Pipeline& pipeline, std::size_t step, WavelengthUnit unit);

/// Sends a step "resample" to the bands of a sensor: its settings get their positions and, where known, their
/// widths as lists, in the unit that the step has chosen, else in `axis_unit`, that of the axis that it
/// meets.
///
/// A converted width is w c'/c of a band at c that goes to c': between lengths and wavenumbers right to first
/// order in w/c, and no Gaussian in one is quite one in the other. Without widths, one fwhm for all stays and
/// a list, which belonged to other bands, goes. Method and everything else stay. Data error where the units
/// do not convert.
Status take_bands(StepSettings& resample, const SensorBands& bands, WavelengthUnit axis_unit);

}  // namespace assayer
