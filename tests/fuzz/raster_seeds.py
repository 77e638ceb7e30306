#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a small image in every format that GDAL reads for Assayer and can write itself: seeds for fuzzing.

  python3 raster_seeds.py FOLDER
"""
import pathlib
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
bands, lines, samples = 4, 6, 5
cube = np.random.default_rng(7).integers(0, 255, (bands, lines, samples))
formats = {
    "GTiff": ["tif", [], ["INTERLEAVE=BAND", "COMPRESS=LZW"], ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"],
              ["COMPRESS=DEFLATE", "PREDICTOR=2"], ["BIGTIFF=YES"]],
    "netCDF": ["nc", ["FORMAT=NC"], ["FORMAT=NC2"], ["FORMAT=NC4"]],
    "FITS": ["fits", []],
    "PDS4": ["xml", []],
    "ISIS3": ["cub", []],
    "VICAR": ["vic", []],
    "HFA": ["img", []],
    "JP2OpenJPEG": ["jp2", []],
    "NITF": ["ntf", []],
    "PCIDSK": ["pix", []],
    "HDF4Image": ["hdf", []],
    "ISIS2": ["cu2", []],
    "LAN": ["lan", []],
    "KRO": ["kro", []],
    "PNG": ["png", []],
    "JPEG": ["jpg", []],
}
memory = gdal.GetDriverByName("MEM").Create("", samples, lines, bands, gdal.GDT_Byte)
for band in range(bands):
    memory.GetRasterBand(band + 1).WriteArray(cube[band])
for name, (extension, *choices) in formats.items():
    driver = gdal.GetDriverByName(name)
    if driver is None:
        continue
    for number, options in enumerate(choices):
        try:
            driver.CreateCopy(str(folder / f"seed{number}.{extension}"), memory, options=options)
        except RuntimeError as error:
            print(f"{name}: {error}", file=sys.stderr)
