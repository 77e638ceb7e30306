// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of steps share: the constructor of each kind, and small helpers.
#pragma once

#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/preprocess/step.h"

namespace assayer::preprocess {

using MadeStep = Result<std::unique_ptr<Step>>;

// channel_steps.cpp
MadeStep make_mask(const StepSettings& settings, const Channels& input);
MadeStep make_crop(const StepSettings& settings, const Channels& input);
MadeStep make_bad(const StepSettings& settings, const Channels& input);
MadeStep make_nan(const StepSettings& settings, const Channels& input);
// scale_steps.cpp
MadeStep make_clip(const StepSettings& settings, const Channels& input);
MadeStep make_normalise(const StepSettings& settings, const Channels& input);
MadeStep make_norm3(const StepSettings& settings, const Channels& input);
MadeStep make_snv(const StepSettings& settings, const Channels& input);
MadeStep make_log(const StepSettings& settings, const Channels& input);
MadeStep make_absorbance(const StepSettings& settings, const Channels& input);
MadeStep make_albedo(const StepSettings& settings, const Channels& input);
MadeStep make_reflectance(const StepSettings& settings, const Channels& input);
// learnt_steps.cpp
MadeStep make_msc(const StepSettings& settings, const Channels& input);
MadeStep make_centre(const StepSettings& settings, const Channels& input);
MadeStep make_standardise(const StepSettings& settings, const Channels& input);
// linear_steps.cpp
MadeStep make_savgol(const StepSettings& settings, const Channels& input);
MadeStep make_moving_average(const StepSettings& settings, const Channels& input);
MadeStep make_resample(const StepSettings& settings, const Channels& input);
// shape_steps.cpp
MadeStep make_continuum(const StepSettings& settings, const Channels& input);
MadeStep make_baseline(const StepSettings& settings, const Channels& input);
MadeStep make_despike(const StepSettings& settings, const Channels& input);
// wavelet.cpp
MadeStep make_wavelet(const StepSettings& settings, const Channels& input);

/// How wide each band of a step "resample" with method=gaussian answers, [positions] in their unit: as its
/// settings say, else the distance of the positions. Usage error where the settings hold another number.
Result<std::vector<double>> band_widths(const StepSettings& settings, std::span<const double> positions);

/// "snv" as a place in an error.
inline std::string place(const StepSettings& settings) {
  return "step " + std::string(settings.info().name);
}

inline std::unexpected<Error> misfit(const StepSettings& settings, std::string what, std::string expected,
                                     std::string found, std::string mend = {}) {
  return fail({Error::Kind::Usage, std::move(what), place(settings), std::move(expected), std::move(found),
               std::move(mend)});
}

/// The array of a name and length, or null.
const PipelineArray* find_array(std::span<const PipelineArray> arrays, std::string_view name,
                                std::size_t size);
/// The Data error for an array that is not there or does not fit.
std::unexpected<Error> no_array(const StepSettings& settings, std::string_view name, std::size_t size);
PipelineArray array_of(std::string name, std::span<const double> values);

/// The channels with keep[c] != 0, in their order.
Channels kept_channels(const Channels& channels, std::span<const std::uint8_t> keep);

}  // namespace assayer::preprocess
