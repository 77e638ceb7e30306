// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// Images of formats that GDAL reads: GeoTIFF, NetCDF, PDS3 and PDS4, ISIS, VICAR, ERDAS Imagine, FITS,
/// JPEG 2000, NITF, PCIDSK, HDF4. GDAL is large and slow to load, hence in a library of its own
/// (libassayer_gdal.so) that the first such file loads; without it such files are refused in words.
class GdalImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "GDAL raster"; }
  [[nodiscard]] std::string patterns() const override {
    return "*.tif *.tiff *.nc *.lbl *.xml *.cub *.vic *.fits *.jp2 *.ntf *.pix *.hdf";
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
