// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/raster/drivers.h"

#include <gdal.h>

#include <algorithm>
#include <array>

namespace assayer {

namespace {

using namespace std::string_view_literals;

/// Why these, GdalImporter says.
constexpr std::array kImages = {"GTiff"sv,  "PDS4"sv, "PDS"sv,  "ISIS3"sv,     "ISIS2"sv,       "VICAR"sv,
                                "netCDF"sv, "HFA"sv,  "LAN"sv,  "ERS"sv,       "EHdr"sv,        "RRASTER"sv,
                                "KRO"sv,    "FITS"sv, "HDF4"sv, "HDF4Image"sv, "JP2OpenJPEG"sv, "NITF"sv,
                                "PCIDSK"sv, "GRIB"sv, "ESAT"sv};
constexpr std::array kPictures = {"PNG"sv, "JPEG"sv, "BMP"sv};

}  // namespace

void keep_raster_drivers() {
  for (int i = GDALGetDriverCount() - 1; i >= 0; --i) {
    const GDALDriverH driver = GDALGetDriver(i);
    const std::string_view name = GDALGetDriverShortName(driver);
    if (std::ranges::find(kImages, name) != kImages.end() || is_picture(name)) continue;
    GDALDeregisterDriver(driver);
    GDALDestroyDriver(driver);
  }
}

bool is_picture(std::string_view driver) {
  return std::ranges::find(kPictures, driver) != kPictures.end();
}

}  // namespace assayer
