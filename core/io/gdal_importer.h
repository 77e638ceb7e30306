// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// Images of formats that GDAL reads: GeoTIFF, NetCDF, PDS3 and PDS4, ISIS 2 and 3, VICAR, ERDAS Imagine and
/// LAN, ER Mapper, ESRI's labelled BIL, R's raster package, FITS, JPEG 2000, NITF, PCIDSK, HDF4, GRIB,
/// Envisat, KOLOR, and pictures (PNG, JPEG, BMP), which is said.
///
/// These are chosen, although GDAL has more:
///
/// - Most of the others hold one band (grids, models of elevation), and a data set needs two channels.
/// - Some lead elsewhere: to addresses (WMS, WCS, HTTP, STAC …), to data bases, to any file that a text names
///   (VRT, MRF, tile indices) or to memory (MEM). A file from a stranger would read or fetch what its writer
///   likes. A list of those to leave out would let in what a newer GDAL brings; drivers that are not chosen
///   are not even there while GDAL reads.
/// - Products of many files (Sentinel-2, DIMAP), folders (Zarr) and formats whose files do not tell by their
///   start (NOAA's and EUMETSAT's raw formats) are none of one file that is opened by its name.
/// - ENVI and HDF5 have importers of their own.
///
/// GDAL is large and slow to load, hence in a library of its own (libassayer_gdal.so) that the first such
/// file loads; without it such files are refused in words.
class GdalImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "GDAL raster"; }
  [[nodiscard]] std::string patterns() const override {
    return "*.tif *.tiff *.nc *.lbl *.xml *.cub *.vic *.fits *.jp2 *.ntf *.pix *.hdf *.lan *.ers *.bil *.bip "
           "*.bsq *.grd *.kro *.grb *.grib *.grib2 *.n1 *.png *.jpg *.jpeg *.bmp";
  }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  [[nodiscard]] Result<ImportContents> inspect(const std::filesystem::path& path,
                                               const ImportOptions& options,
                                               RunControl& control) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

/// What libassayer_gdal.so exports under kCreateRasterImporter: the importer that does the work.
using CreateRasterImporter = Importer* (*)();
inline constexpr const char* kCreateRasterImporter = "assayer_create_raster_importer";

}  // namespace assayer
