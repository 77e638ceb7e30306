#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what h5py finds in the genuine data sets, as JSON: the reference of native_files_test.cpp.

  python3 expected_values.py DATA_FOLDER > expected_values.json
"""
import json
import pathlib
import sys

import h5py
import numpy as np

FILES = ["bhvo2_chemcam", "chemcam_ccs_sol13", "crism_like", "libs_jsc_basalts", "relab_xp_opx_cpx", "samson",
         "tecator_meat", "usgs_fo_di_by"]
RESERVED = {"spectra", "wavelength", "abundance", "abundance_true", "endmembers", "endmembers_by_group",
            "endmember_names", "group", "group_names", "group_codes", "bad_channel", "components"}


def texts(values):
    return [v.decode() if isinstance(v, bytes) else str(v) for v in values]


def summary(a):
    a = np.asarray(a, dtype=np.float64)
    return {"shape": list(a.shape), "min": a.min(), "max": a.max(), "mean": a.mean(), "first": a.flat[0],
            "last": a.flat[a.size - 1], "middle": a[tuple(n // 2 for n in a.shape)]}


def describe(path):
    with h5py.File(path) as f:
        out = {"spectra": summary(f["spectra"]), "wavelength": summary(f["wavelength"]),
               "units": f["wavelength"].attrs["units"], "note": f.attrs.get("note", "")}
        for name in ("abundance", "abundance_true", "endmembers", "endmembers_by_group"):
            if name in f:
                out[name] = summary(f[name])
        if "abundance" in f:
            out["components"] = texts(f["abundance"].attrs["components"])
        if "group" in f:
            codes, counts = np.unique(f["group"][:], return_counts=True)
            out["group"] = {str(c): int(n) for c, n in zip(codes, counts)}
        for name in ("group_names", "endmember_names"):
            if name in f:
                out[name] = texts(f[name][:])
        if "image_shape" in f.attrs:
            out["image_shape"] = [int(v) for v in f.attrs["image_shape"]]
        columns = {}
        rows = f["spectra"].shape[0]
        for name, d in f.items():
            if name in RESERVED or d.shape[0] != rows:
                continue
            if d.dtype == object:
                columns[name] = texts(d[:])[rows // 2]
            elif d.ndim == 1:
                columns[name] = float(d[rows // 2])
            else:
                for k in range(d.shape[1]):
                    columns[f"{name}[{k}]"] = float(d[rows // 2, k])
        out["columns"] = columns
        return out


folder = pathlib.Path(sys.argv[1])
json.dump({name: describe(folder / f"{name}.h5") for name in FILES}, sys.stdout, indent=1, ensure_ascii=False)
print()
