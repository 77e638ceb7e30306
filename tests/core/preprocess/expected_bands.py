# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes what the step resample makes of spectra where every band has its own place and width, independently, with
numpy and scipy (Debian's python3-scipy): each band by itself, in the plainest way, without a matrix.

Run once by hand in this folder: python3 expected_bands.py > expected_bands.json
"""
import json

import numpy as np
from scipy import interpolate

rng = np.random.default_rng(11)
N, C = 4, 160
# Um; steps from 0.004 to 0.02, and a hole from 1.5 to 1.62 where the spectrometer has no channels at all.
axis = 0.45 + np.cumsum(rng.uniform(0.004, 0.02, C))
axis[axis > 1.5] += 0.12
axis = axis.round(6)
grid = (axis - axis[0]) / (axis[-1] - axis[0])
spectra = np.array([0.3 + 0.1 * k + 0.3 * np.sqrt(grid) - 0.2 * np.exp(-((axis - 1.0 - 0.1 * k) / 0.06) ** 2)
                    + 0.02 * rng.normal(size=C) for k in range(N)])
# Short decimal numbers that float32 holds to the last bit.
spectra = np.round(spectra * 2**14) / 2**14
bad = np.zeros(C, int)
bad[[20, 21, 22, 61, 90]] = 1  # a gap, and two channels alone
good = bad == 0

out = {"spectra": spectra.tolist(), "axis": axis.tolist(), "bad": bad.tolist(), "cases": []}


def listed(numbers):
    return "+".join(f"{x:.10g}" for x in numbers)


def case(step, values, masked, axis_name="axis"):
    """NaN is a channel that the step has to call bad."""
    values = np.asarray(values, float).T
    out["cases"].append({"step": step, "axis": axis_name, "masked": masked,
                         "values": [[None if np.isnan(v) else float(f"{v:.11g}") for v in row] for row in values]})


def shares(x):
    """Half the way to the neighbour on either side, the ends as if they had one more neighbour as near as theirs."""
    x = np.concatenate([[2 * x[0] - x[1]], x, [2 * x[-1] - x[-2]]])
    return np.abs(x[2:] - x[:-2]) / 2


def unknown(x, usable, at):
    """Outside of the usable channels, or between two that are no neighbours."""
    kept = np.flatnonzero(usable)
    below, above = kept[x[kept] <= at], kept[x[kept] >= at]
    if len(below) == 0 or len(above) == 0:
        return True
    left, right = below[np.argmax(x[below])], above[np.argmin(x[above])]
    return abs(int(right) - int(left)) > 1


def band(x, usable, at, fwhm):
    """One band of all spectra: the mean over the channels, weighted with response times share of the axis."""
    if unknown(x, usable, at) or np.abs(x[usable] - at).min() > fwhm:
        return np.full(N, np.nan)
    sigma = fwhm / np.sqrt(8 * np.log(2))
    weight = shares(x)[usable] * np.exp(-0.5 * ((x[usable] - at) / sigma) ** 2)
    return np.average(spectra[:, usable], axis=1, weights=weight)


def spacing(at):
    full = np.concatenate([[2 * at[0] - at[1]], at, [2 * at[-1] - at[-2]]])
    return np.abs(full[2:] - full[:-2]) / 2


every = np.ones(C, bool)
between = 0.5 * (axis[40] + axis[41])
masked_place = 0.5 * (axis[20] + axis[21])  # in the masked gap
centres = np.array([0.3, 0.47, axis[20] - 0.03, masked_place, 0.8, between, 1.05, 1.3, 1.47, 1.56, 1.7, 2.0, 2.2, 2.6])
centres = np.unique(centres.round(6))
widths = np.linspace(0.02, 0.24, len(centres)).round(6)
at_between = int(np.argmin(np.abs(centres - between)))
widths[at_between] = 0.001   # sees no channel
widths[-3] = 0.012           # about as fine as the channels
at_hole = int(np.argmin(np.abs(centres - 1.56)))
widths[at_hole] = 0.05       # in the hole, too narrow for its edges
for usable in (every, good):
    masked = usable is good
    case(f"resample:method=gaussian,positions={listed(centres)},fwhm={listed(widths)}",
         [band(axis, usable, t, w) for t, w in zip(centres, widths)], masked)
    case(f"resample:method=gaussian,positions={listed(centres)},fwhm=0.13",
         [band(axis, usable, t, 0.13) for t in centres], masked)
# 0: the distance of the positions, for the bands that have no width of their own; down as well as up.
down = centres[::-1]
mixed = np.where(np.arange(len(down)) % 2 == 0, 0, widths)
own = np.where(mixed > 0, mixed, spacing(down))
case(f"resample:method=gaussian,positions={listed(down)},fwhm={listed(mixed)}",
     [band(axis, good, t, w) for t, w in zip(down, own)], True)
# In another unit, on an axis that falls: wavenumbers of these very positions.
falling = (1e4 / axis).round(6)
out["falling"] = falling.tolist()
nm = (centres * 1e3).round(6)
case(f"resample:method=gaussian,positions={listed(nm)},fwhm={listed(widths * 1e3)},unit=nm",
     [band(1e7 / falling, good, t, w * 1e3) for t, w in zip(nm, widths)], True, "falling")

# The interpolations, with gaps.


def between_channels(usable, line):
    return [np.full(N, np.nan) if unknown(axis, usable, t) else line(t) for t in centres]


for usable in (every, good):
    masked = usable is good
    case(f"resample:positions={listed(centres)}",
         between_channels(usable, lambda t: np.array([np.interp(t, axis[usable], y[usable]) for y in spectra])), masked)
    spline = interpolate.CubicSpline(axis[usable], spectra[:, usable], axis=1, bc_type="natural")
    case(f"resample:method=cubic,positions={listed(centres)}", between_channels(usable, spline), masked)
print(json.dumps(out))
