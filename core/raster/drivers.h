// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace assayer {

/// Takes from GDAL, once it has registered what it has, every driver but those that GdalImporter lists. GDAL
/// opens what a label names (PDS, ISIS, ERS …) with any driver that is there, whichever the caller allows: a
/// label may name a virtual raster, and that an address.
void keep_raster_drivers();

/// Whether a driver of those reads pictures.
bool is_picture(std::string_view driver);

}  // namespace assayer
