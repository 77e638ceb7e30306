#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Python's csv module reads in the genuine tables of text: writes expected_text.json beside itself.

usage: expected_text.py FOLDER      (the folder `data` of the shared files)
"""
import csv
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1]) / "import"


def numbers(fields):
    return [float(field) for field in fields]


def two_columns(path):
    with open(path, newline="") as f:
        rows = list(csv.reader(f))[1:]
    wavelength = numbers(row[0] for row in rows)
    values = numbers(row[1] for row in rows)
    return {"channels": len(rows), "first": wavelength[0], "last": wavelength[-1],
            "at": [0, 17, 3000, 6143], "values": [values[i] for i in (0, 17, 3000, 6143)]}


def pyhat(path):
    with open(path, newline="") as f:
        rows = list(csv.reader(f))
    kinds, names, data = rows[0], rows[1], rows[2:]
    spectral = [c for c, kind in enumerate(kinds) if kind == "wvl"]
    oxides = [names.index(name) for name in
              ("SiO2", "TiO2", "Al2O3", "Cr2O3", "Fe2O3T", "MnO", "MgO", "CaO", "Na2O", "K2O", "P2O5")]
    total = sum(float(data[0][c]) for c in oxides)
    picks = [0, 100, 20000, len(spectral) - 1]
    picks = [p for p in picks if p < len(spectral)]
    return {"rows": len(data), "channels": len(spectral),
            "first": float(names[spectral[0]]), "last": float(names[spectral[-1]]),
            "at": picks, "values": [[float(row[spectral[p]]) for p in picks] for row in data],
            "oxides": [names[c] for c in oxides],
            "composition": [float(data[0][c]) / total for c in oxides],
            "sample": [row[names.index("Sample")] for row in data],
            "laser_power": [float(row[names.index("laser_power")]) for row in data]}


def chemcam(path):
    with open(path, newline="") as f:
        lines = [line for line in f if not line.startswith("#")]
    rows = [numbers(line.split(",")) for line in lines]
    shots = len(rows[0]) - 3
    return {"rows": shots, "channels": len(rows), "first": rows[0][0], "last": rows[-1][0],
            "at": [[0, 0], [4, 1000], [shots - 1, len(rows) - 2]],
            "values": [rows[0][1], rows[1000][5], rows[len(rows) - 2][shots]],
            "median": [rows[0][-2], rows[500][-2]], "mean": [rows[0][-1], rows[500][-1]]}


out = {
    "bhvo2": two_columns(root / "csv" / "bhvo2_chemcam_loc1.csv"),
    "pyhat": pyhat(root / "csv" / "pyhat_libs_basalts.csv"),
    "chemcam": chemcam(root / "chemcam" / "CL5_398645626CCS_F0030004CCAM02013P3.csv"),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
