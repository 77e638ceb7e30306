# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes the expected values of the preprocessing steps' tests independently, with numpy, scipy, scikit-learn
and PyWavelets (Debian's python3-scipy, python3-sklearn, python3-pywt).

Run once by hand in this folder: python3 expected_steps.py > expected_steps.json
"""
import json

import numpy as np
import pywt
from scipy import interpolate, ndimage, signal, sparse
from scipy.sparse.linalg import spsolve
from scipy.spatial import ConvexHull
from sklearn.preprocessing import Normalizer, StandardScaler

rng = np.random.default_rng(5)
N, C = 6, 41
even = np.linspace(0.5, 2.5, C).round(6)
uneven = np.sort(0.5 + 2 * rng.random(C)).round(6)
grid = np.arange(C) / C
spectra = np.array([0.2 + 0.1 * k + 0.5 * grid**1.5 + 0.2 * np.exp(-((grid - 0.3 - 0.05 * k) / 0.05) ** 2)
                    - 0.15 * np.exp(-((grid - 0.7) / 0.1) ** 2) + 0.01 * rng.normal(size=C) for k in range(N)])
# Short decimal numbers that float32 holds to the last bit: multiples of 2^-14.
spectra = np.round(spectra * 2**14) / 2**14
bad = np.zeros(C, int)
bad[[7, 18, 19, 20]] = 1
good = bad == 0
# Albedos that are dark enough for the reflectance to be the model's own (core/mixing/link.h).
dark = spectra / 2
# Channels that do not change, that end at the largest value of all, and that lack values here and there.
damaged = spectra.copy()
damaged[:, 3] = 0.25
damaged[:4, 9] = 2
damaged[1, [0, 20, 21]] = np.nan
damaged[2:4, 7] = np.nan
damaged[4, -1] = np.nan


def numbers(values, gap=None):
    return [[gap if np.isnan(v) else float(f"{v:.11g}") for v in row] for row in np.asarray(values, float)]


out = {"spectra": spectra.tolist(), "dark": dark.tolist(), "damaged": numbers(damaged), "even": even.tolist(),
       "uneven": uneven.tolist(), "bad": bad.tolist(), "cases": []}


def case(step, values, axis="even", masked=False, new_axis=None, tolerance=1e-6, data="spectra", gap=None):
    """NaN among the values is a channel that the step calls bad or has no value for; with gap="nan", a missing
    value in a good channel."""
    values = np.asarray(values, float)
    assert values.ndim == 2
    entry = {"step": step, "data": data, "axis": axis, "masked": masked, "tolerance": tolerance,
             "values": numbers(values, gap)}
    if new_axis is not None:
        entry["new_axis"] = np.asarray(new_axis).tolist()
    out["cases"].append(entry)


def with_gaps(values):
    full = np.full((len(values), C), np.nan)
    full[:, good] = values
    return full


# Value by value and by spectrum.
case("clip:low=0.3,high=0.6", np.clip(spectra, 0.3, 0.6))
for norm in ("l1", "l2", "max"):
    case(f"normalise:by={norm}", Normalizer(norm=norm).fit_transform(spectra))
case("normalise:by=area", spectra / np.trapz(np.abs(spectra), uneven, axis=1)[:, None], "uneven")
halves = np.concatenate([spectra[:, :20] / spectra[:, :20].sum(1, keepdims=True),
                         spectra[:, 20:] / spectra[:, 20:].sum(1, keepdims=True)], 1)
case("normalise:by=sum,ranges=0-19+20-40", halves)
thirds = np.concatenate([p / p.sum(1, keepdims=True) for p in np.split(spectra, [13, 27], axis=1)], 1)
case("norm3:splits=13+27", thirds)
case("snv", (spectra - spectra.mean(1, keepdims=True)) / spectra.std(1, ddof=1, keepdims=True))
g = spectra[:, good]
case("snv", (spectra - g.mean(1, keepdims=True)) / g.std(1, ddof=1, keepdims=True), masked=True)
case("log", np.log(spectra))
case("log:base=10", np.log10(spectra))
case("log:floor=0.5", np.log(np.maximum(spectra, 0.5)))
case("absorbance", -np.log10(spectra))
case("absorbance:scale=2", -np.log10(spectra / 2))
case("absorbance:scale=2,floor=0.2", -np.log10(np.maximum(spectra / 2, 0.2)))


def hapke_reflectance(w, incidence, emission):
    """Hapke 1981 for isotropic scatterers, term by term."""
    m0, m = np.cos(np.radians(incidence)), np.cos(np.radians(emission))
    gamma = np.sqrt(1 - w)
    h = lambda x: (1 + 2 * x) / (1 + 2 * x * gamma)
    return w / (4 * (m0 + m)) * h(m0) * h(m)


def hapke_albedo(r, incidence, emission):
    """By halving on the model itself, which has nothing of the closed form."""
    low, high = np.zeros_like(r), np.full_like(r, 1 - 1e-15)
    for _ in range(200):
        middle = (low + high) / 2
        below = hapke_reflectance(middle, incidence, emission) < r
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


case("albedo:incidence=40,emission=10", hapke_albedo(spectra, 40, 10))
case("reflectance:incidence=40,emission=10", hapke_reflectance(dark, 40, 10), data="dark")
case("reflectance:scale=100", 100 * hapke_reflectance(dark, 30, 0), data="dark")

# Channels and missing values; the training rows are all.


def chosen(step, keep, **options):
    case(step, spectra[:, keep], new_axis=even[keep], **options)


channel = np.arange(C)
chosen("mask:keep=2-30,drop=5+10-12", (channel >= 2) & (channel <= 30) & ~np.isin(channel, [5, 10, 11, 12]))
chosen("mask:drop=880-1120,unit=nm", (even < 0.88) | (even > 1.12))
chosen("crop:from=0.72,to=2.03", (even >= 0.72) & (even <= 2.03))
chosen("crop:from=4500,to=9000,unit=cm-1", (1e4 / even >= 4500) & (1e4 / even <= 9000))
finite = np.isfinite(damaged)
still = np.nanmax(damaged, axis=0) == np.nanmin(damaged, axis=0)
gone = 1 - finite.mean(0)
full = (damaged == np.nanmax(damaged)).mean(0)
for settings, found, gap in (("", still | (gone > 0), None),
                             ("missing=0.2,saturated=0.5", still | (gone > 0.2) | (full > 0.5), "nan"),
                             ("constant=no,missing=0.2,saturated=0.5,ranges=1.48-1.63",
                              (gone > 0.2) | (full > 0.5) | ((even >= 1.48) & (even <= 1.63)), "nan")):
    case("bad:" + settings + ",action=remove" if settings else "bad:action=remove", damaged[:, ~found],
         new_axis=even[~found], data="damaged", gap=gap)
case("bad", np.where(still | (gone > 0), np.nan, damaged), new_axis=even, data="damaged")


def filled(x, y):
    known = np.isfinite(y)
    return np.interp(x, x[known], y[known])


case("nan", [filled(even, y) for y in damaged], data="damaged")
case("nan", [filled(uneven, y) for y in damaged], "uneven", data="damaged")
case("nan", with_gaps([filled(even[good], y[good]) for y in damaged]), masked=True, data="damaged")
case("nan:how=mean", np.where(finite, damaged, np.nanmean(damaged, axis=0)), data="damaged")
case("nan:how=value,value=0.5", np.nan_to_num(damaged, nan=0.5), data="damaged")
case("nan:how=drop", np.where(finite.all(1, keepdims=True), damaged, np.nan), data="damaged", gap="nan")
few = finite.mean(1, keepdims=True) >= 0.95
case("nan:most=0.05", np.where(few, [filled(even, y) for y in damaged], np.nan), data="damaged", gap="nan")

# Learnt from the training rows: all.
case("centre", spectra - spectra.mean(0))
case("standardise", StandardScaler().fit_transform(spectra))
for kind, reference in (("mean", spectra.mean(0)), ("median", np.median(spectra, axis=0))):
    rows = []
    for x in spectra:
        b, a = np.polyfit(reference, x, 1)
        rows.append((x - a) / b)
    case(f"msc:reference={kind}", rows)

# Windows.
step = even[1] - even[0]
for window, order, derivative in ((7, 2, 0), (9, 3, 1), (11, 4, 2), (5, 1, 1)):
    case(f"savgol:window={window},order={order},derivative={derivative}",
         signal.savgol_filter(spectra, window, order, deriv=derivative, delta=step, mode="interp"), tolerance=2e-6)


def local_polynomial(x, y, window, order, derivative):
    n, half = len(x), window // 2
    result = np.empty(n)
    for i in range(n):
        first = min(max(i - half, 0), n - window)
        span = slice(first, first + window)
        p = np.polynomial.Polynomial.fit(x[span], y[span], order)
        result[i] = (p.deriv(derivative) if derivative else p)(x[i])
    return result


for window, order, derivative in ((7, 2, 0), (9, 3, 1), (11, 4, 2)):
    case(f"savgol:window={window},order={order},derivative={derivative}",
         [local_polynomial(uneven, y, window, order, derivative) for y in spectra], "uneven", tolerance=2e-6)
case("savgol:window=7,order=2,derivative=1",
     with_gaps([local_polynomial(even[good], y[good], 7, 2, 1) for y in spectra]), masked=True, tolerance=2e-6)
smooth = ndimage.uniform_filter1d(spectra, 5, axis=1)
for y, s in zip(spectra, smooth):
    for i in (0, 1):
        s[i], s[-1 - i] = y[: i + 3].mean(), y[-3 - i:].mean()
case("moving-average:window=5", smooth)
case("moving-average:window=7",
     with_gaps([[y[max(i - 3, 0):i + 4].mean() for i in range(len(y))] for y in spectra[:, good]]), masked=True)
for name in ("haar", "db2", "db4", "sym4"):
    for mode in ("soft", "hard"):
        rows = []
        for y in spectra:
            parts = pywt.wavedec(y, name, mode="symmetric", level=2)
            limit = np.median(np.abs(parts[-1])) / 0.6745 * np.sqrt(2 * np.log(C))
            parts[1:] = [pywt.threshold(p, limit, mode) for p in parts[1:]]
            rows.append(pywt.waverec(parts, name, mode="symmetric")[:C])
        case(f"wavelet:wavelet={name},levels=2,threshold={mode}", rows)

# Shapes.


def continuum(x, y):
    """Qhull's hull, of which the part above is taken."""
    points = np.column_stack([x, y])
    low = y.min() - 1
    hull = ConvexHull(np.vstack([points, [x[0], low], [x[-1], low]]))
    corners = sorted(i for i in hull.vertices if i < len(x))
    return np.interp(x, x[corners], y[corners])


case("continuum", [y / continuum(even, y) for y in spectra])
case("continuum:by=subtract", [y - continuum(uneven, y) for y in spectra], "uneven")
case("continuum", with_gaps([y[good] / continuum(even[good], y[good]) for y in spectra]), masked=True)


def asls(y, lam, p, iterations):
    """As printed in Eilers & Boelens 2005."""
    d = sparse.diags([1, -2, 1], [0, 1, 2], shape=(len(y) - 2, len(y)))
    w = np.ones(len(y))
    for _ in range(iterations):
        z = spsolve(sparse.csc_matrix(sparse.diags(w) + lam * d.T @ d), w * y)
        w = p * (y > z) + (1 - p) * (y < z)
    return z


case("baseline:lambda=100,p=0.01", [y - asls(y, 100, 0.01, 10) for y in spectra])
case("baseline:lambda=10000,p=0.05,iterations=3,by=divide", [y / asls(y, 1e4, 0.05, 3) for y in spectra])


def whitaker_hayes(y, threshold, reach):
    d = np.diff(y)
    median = np.median(d)
    z = 0.6745 * (d - median) / np.median(np.abs(d - median))
    spike = np.concatenate([[False], np.abs(z) > threshold])
    fixed = y.copy()
    for i in np.flatnonzero(spike):
        window = np.arange(max(i - reach, 0), min(i + reach, len(y) - 1) + 1)
        fixed[i] = y[window[~spike[window]]].mean()
    return fixed


case("despike:threshold=3.5,reach=3", [whitaker_hayes(y, 3.5, 3) for y in spectra])

# Other axes.
target = np.linspace(0.6, 2.4, 25).round(6)
step_of = "step=0.075,from=0.6,to=2.4"
case(f"resample:{step_of}", [np.interp(target, even, y) for y in spectra], new_axis=target)
inside = np.where((target >= uneven[0]) & (target <= uneven[-1]), target, np.nan)
case(f"resample:method=cubic,{step_of}",
     [interpolate.CubicSpline(uneven, y, bc_type="natural")(inside) for y in spectra], "uneven", new_axis=target)


def sensor(x, y, centre, fwhm):
    width = np.gradient(x)
    width[0], width[-1] = x[1] - x[0], x[-1] - x[-2]
    near = np.abs(x - centre) <= 3 * fwhm
    w = width * near * np.exp(-4 * np.log(2) * (x - centre) ** 2 / fwhm**2)
    return (w * y).sum() / w.sum()


def trapezoids(x):
    edges = np.concatenate([[x[0] - (x[1] - x[0]) / 2], (x[1:] + x[:-1]) / 2, [x[-1] + (x[-1] - x[-2]) / 2]])
    return np.diff(edges)


def sensor_uneven(x, y, centre, fwhm):
    near = np.abs(x - centre) <= 3 * fwhm
    w = trapezoids(x) * near * np.exp(-4 * np.log(2) * (x - centre) ** 2 / fwhm**2)
    return (w * y).sum() / w.sum()


case(f"resample:method=gaussian,fwhm=0.2,{step_of}",
     [[np.nan if np.isnan(t) else sensor_uneven(uneven, y, t, 0.2) for t in inside] for y in spectra], "uneven",
     new_axis=target)
case(f"resample:method=gaussian,fwhm=0.2,{step_of}", [[sensor(even, y, t, 0.2) for t in target] for y in spectra],
     new_axis=target)
print(json.dumps(out))
