#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what Spectral Python and GDAL find in the genuine ENVI files, as JSON: the reference of envi_test.cpp.

  python3 expected_rasters.py DATA_FOLDER > expected_rasters.json
"""
import json
import pathlib
import sys

import numpy as np
import spectral.io.envi as envi
from osgeo import gdal

gdal.UseExceptions()


def summary(a):
    a = np.asarray(a, dtype=np.float64)
    return {"shape": list(a.shape), "min": float(np.nanmin(a)), "max": float(np.nanmax(a)),
            "mean": float(np.nanmean(a)), "nan": int(np.isnan(a).sum()), "first": float(a.flat[0]),
            "last": float(a.flat[a.size - 1]), "middle": float(a[tuple(n // 2 for n in a.shape)])}


def image(header, data):
    opened = envi.open(str(header), str(data))
    cube = np.asarray(opened.load(dtype=np.float64, scale=False))
    # The same pixels through an independent second reader.
    other = gdal.Open(str(data)).ReadAsArray().transpose(1, 2, 0)
    assert np.array_equal(cube.astype(np.float32), other.astype(np.float32))
    meta = opened.metadata
    bands = np.array(meta["wavelength"], dtype=np.float64)
    out = {"spectra": summary(cube.reshape(-1, cube.shape[2])), "image_shape": list(cube.shape[:2]),
           "wavelength": summary(bands), "units": meta["wavelength units"]}
    if "bbl" in meta:
        out["bad"] = [i for i, good in enumerate(meta["bbl"]) if float(good) == 0]
    if "fwhm" in meta:
        out["fwhm_last"] = float(meta["fwhm"][-1])
    return out


def library(header):
    lib = envi.open(str(header))
    return {"spectra": summary(lib.spectra), "wavelength": summary(lib.bands.centers), "names": lib.names,
            "units": lib.metadata["wavelength units"]}


def main():
    folder = pathlib.Path(sys.argv[1]) / "import"
    angle = folder / "envi/ang20150420t182808_corr_v1e_img_4200-4210_70-80"
    out = {"samson": image(folder / "envi/samson_1.img.hdr", folder / "envi/samson_1.img"),
           "aviris_ng": image(f"{angle}.hdr", f"{angle}.img"),
           "berlin": library(folder / "envi_library/library_berlin.hdr")}
    json.dump(out, sys.stdout, sort_keys=True)
    print()


main()
