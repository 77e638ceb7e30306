// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/axis_reading.h"

namespace assayer {

/// What a raster says of a band.
struct BandMetadata {
  std::string description;                   ///< "Band 7 (425.2 Nanometers)"
  std::map<std::string, std::string> items;  ///< "wavelength" → "425.2"
};

/// The spectral axis of a raster, wherever its format keeps it: items of the bands (wavelength,
/// CENTRAL_WAVELENGTH_UM, a NetCDF dimension), the label's table of bands (ISIS and PDS3 as JSON, PDS4 as
/// XML), or the bands' descriptions. `label` may be empty. Numbered channels where none of them has a value
/// for every band.
ReadAxis band_axis(const std::vector<BandMetadata>& bands, std::string_view label,
                   std::optional<WavelengthUnit> unit);

}  // namespace assayer
