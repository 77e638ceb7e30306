// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/sensor_bands.h"

namespace assayer {

/// The bands of a sensor as a file has them, with what the reader had to assume, in whole sentences.
struct ReadBands {
  SensorBands bands;
  std::vector<std::string> warnings;
};

/// The spectral axis of any file that the importers know, with the width of each band where the file tells
/// it: the key fwhm of an ENVI header, the note `fwhm` of the native form. Of the spectra as few are read as
/// the format allows, and an ENVI header needs no data beside it. Bands that the file masks are among them.
///
/// Widths are in the unit of the axis, as ENVI wants them; those that are not above 0 are not known, and
/// others than one per band are left out with a warning. Data error where the file has no wavelengths; else
/// the errors of the importers.
Result<ReadBands> read_bands(const std::filesystem::path& path, RunControl& control,
                             const ProgressFn& progress = {});

}  // namespace assayer
