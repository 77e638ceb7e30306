#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the small images in this folder with GDAL's own writers: what gdal_importer_test.cpp reads.

Each is 3 lines x 4 samples x 5 bands, pictures of 3 bands; the number at (line, sample, band) is
20 line + 5 sample + band + 1.

  cd tests/core/io/rasters && python3 make.py
"""
import json

import numpy as np
from osgeo import gdal, osr
from scipy.io import netcdf_file

gdal.UseExceptions()
LINES, SAMPLES, BANDS = 3, 4, 5
cube = np.arange(1, LINES * SAMPLES * BANDS + 1).reshape(LINES, SAMPLES, BANDS)


def write(driver, name, kind, options=(), prepare=None, bands=BANDS):
    image = gdal.GetDriverByName("MEM").Create("", SAMPLES, LINES, bands, kind)
    for b in range(bands):
        image.GetRasterBand(b + 1).WriteArray(cube[:, :, b])
    if prepare:
        prepare(image)
    copy = gdal.GetDriverByName(driver).CreateCopy(name, image, options=list(options))
    copy.FlushCache()


def with_metadata(image):
    for b in range(BANDS):
        band = image.GetRasterBand(b + 1)
        band.SetMetadata({"wavelength": str(400.5 + 10 * b), "wavelength_units": "Nanometers"})
        band.SetNoDataValue(7)  # line 0, sample 1, band 1
        band.SetScale(0.5)
        band.SetOffset(100)


def with_descriptions(image):
    for b in range(BANDS):
        image.GetRasterBand(b + 1).SetDescription(f"Band {b + 1} ({0.45 + b / 100:.2f} Micrometers)")


write("GTiff", "metadata.tif", gdal.GDT_Int16, ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "COMPRESS=DEFLATE"],
      with_metadata)
write("GTiff", "descriptions.tif", gdal.GDT_Float64, ["ENDIANNESS=BIG"], with_descriptions)
write("GTiff", "complex.tif", gdal.GDT_CFloat32)
write("ISIS3", "bands.cub", gdal.GDT_Float32, prepare=lambda image: image.SetMetadata(
    [json.dumps({"_type": "object", "IsisCube": {"_type": "object", "BandBin": {
        "_type": "group", "Center": [1.0, 1.1, 1.2, 1.3, 1.4], "Units": "Micrometers"}}})], "json:ISIS3"))
write("VICAR", "plain.vic", gdal.GDT_Int16)
write("PDS4", "plain.xml", gdal.GDT_Float32, ["IMAGE_FORMAT=RAW", "VAR_LOGICAL_IDENTIFIER=urn:a:b:c:d",
                                            "VAR_TITLE=t", "VAR_INVESTIGATION_AREA_NAME=n"])

for driver, name in (("ERS", "mapper.ers"), ("EHdr", "esri.bil"), ("RRASTER", "r.grd"), ("KRO", "kolor.kro"),
                     ("ISIS2", "second.cub"), ("FITS", "plain.fits"), ("NITF", "plain.ntf")):
    write(driver, name, gdal.GDT_Float32)
write("HFA", "imagine.img", gdal.GDT_Float32, ["BLOCKSIZE=32"])
write("LAN", "erdas.lan", gdal.GDT_Byte)
write("JP2OpenJPEG", "reversible.jp2", gdal.GDT_Byte, ["REVERSIBLE=YES", "QUALITY=100"])
write("GRIB", "levels.grb", gdal.GDT_Float32, ["DATA_ENCODING=IEEE_FLOATING_POINT"],
      lambda image: (image.SetGeoTransform([10, 1, 0, 50, 0, -1]), image.SetProjection(osr.SRS_WKT_WGS84_LAT_LONG)))
write("PNG", "picture.png", gdal.GDT_Byte, bands=3)
write("BMP", "picture.bmp", gdal.GDT_Byte, bands=3)

# As instruments' archives have it: one variable of three dimensions, the wavelength a coordinate.
with netcdf_file("cube.nc", "w") as f:
    for name, size in (("wavelength", BANDS), ("y", LINES), ("x", SAMPLES)):
        f.createDimension(name, size)
        f.createVariable(name, "f8", (name,))[:] = 500.25 + np.arange(size) * (1 if name == "wavelength" else -1)
    f.variables["wavelength"].units = "nm"
    f.createVariable("reflectance", "f4", ("wavelength", "y", "x"))[:] = cube.transpose(2, 0, 1)
    f.createVariable("quality", "i2", ("y", "x"))[:] = 1
