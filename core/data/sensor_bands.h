// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/wavelength_axis.h"

namespace assayer {

/// The bands of a sensor: where they are, and how wide each one answers.
struct SensorBands {
  WavelengthAxis axis = WavelengthAxis::channels(0);  ///< [C]
  /// [C], full width at half maximum in the axis' unit, 0: not known. Empty: none is known.
  std::vector<double> fwhm;
};

/// Widths as a data set keeps them, Provenance::attributes["fwhm"]: one number per channel in the axis' unit,
/// as ENVI headers have them.
inline constexpr std::string_view kWidthsNote = "fwhm";

/// The numbers of such a note, between commas or blanks: [channels], 0 for one that is not above 0. Empty
/// where they are not as many, or one is no number.
std::vector<double> read_widths(std::string_view note, std::size_t channels);
/// "5.5, 5.6": what `read_widths` reads.
std::string widths_note(std::span<const double> fwhm);

}  // namespace assayer
