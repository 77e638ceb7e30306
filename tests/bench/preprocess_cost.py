#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preprocessing costs beside scipy and scikit-learn, step by step on the same spectra in one run.

    tests/bench/preprocess_cost.py --program build/release/bin/assayer_bench_preprocess [--rows 100000] [--channels 500]

Steps that the libraries have no function for over all spectra at once (hull, asymmetric least squares) are timed there
on fewer spectra and scaled up. Needs numpy, scipy, scikit-learn and PyWavelets.
"""
import argparse
import subprocess
import tempfile
import time

import numpy as np
import pywt
from scipy import signal, sparse
from scipy.sparse.linalg import spsolve
from scipy.spatial import ConvexHull
from sklearn.preprocessing import StandardScaler, normalize


def snv(x):
    return (x - x.mean(1, keepdims=True)) / x.std(1, ddof=1, keepdims=True)


def msc(x):
    r = x.mean(0)
    b = ((x - x.mean(1, keepdims=True)) @ (r - r.mean())) / ((r - r.mean()) ** 2).sum()
    return (x - (x.mean(1) - b * r.mean())[:, None]) / b[:, None]


def continuum(x):
    grid = np.arange(x.shape[1], dtype=float)
    out = np.empty_like(x)
    for i, y in enumerate(x):
        low = y.min() - 1
        hull = ConvexHull(np.vstack([np.column_stack([grid, y]), [grid[0], low], [grid[-1], low]]))
        corners = np.sort(hull.vertices[hull.vertices < len(y)])
        out[i] = y / np.interp(grid, grid[corners], y[corners])
    return out


def asls(x, lam=1e5, p=0.01):
    c = x.shape[1]
    d = sparse.diags([1, -2, 1], [0, 1, 2], shape=(c - 2, c))
    penalty = sparse.csc_matrix(lam * d.T @ d)
    out = np.empty_like(x)
    for i, y in enumerate(x):
        w = np.ones(c)
        for _ in range(10):
            z = spsolve(penalty + sparse.diags(w, format="csc"), w * y)
            w = np.where(y > z, p, 1 - p)
        out[i] = y - z
    return out


def wavelet(x):
    parts = pywt.wavedec(x, "db4", mode="symmetric", axis=1)
    limit = np.median(np.abs(parts[-1]), axis=1, keepdims=True) / 0.6745 * np.sqrt(2 * np.log(x.shape[1]))
    parts[1:] = [np.sign(p) * np.maximum(np.abs(p) - limit, 0) for p in parts[1:]]
    return pywt.waverec(parts, "db4", mode="symmetric", axis=1)[:, : x.shape[1]]


# Step, the libraries' way, share of the spectra that the libraries are timed on.
STEPS = [
    ("snv", snv, 1),
    ("msc", msc, 1),
    ("standardise", StandardScaler().fit_transform, 1),
    ("normalise:by=l2", lambda x: normalize(x, "l2"), 1),
    ("absorbance", lambda x: -np.log10(np.maximum(x, 1e-6)), 1),
    ("savgol:window=11,order=3,derivative=1", lambda x: signal.savgol_filter(x, 11, 3, deriv=1), 1),
    ("wavelet", wavelet, 1),
    ("continuum", continuum, 0.01),
    ("baseline", asls, 0.002),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--channels", type=int, default=500)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    t = np.linspace(0, 1, given.channels)
    x = (0.4 + 0.2 * np.sin(9 * t + rng.random((given.rows, 1))) + 0.05 * rng.random((given.rows, 1))
         + 0.005 * rng.standard_normal((given.rows, given.channels))).astype(np.float32)
    with tempfile.NamedTemporaryFile() as file:
        x.tofile(file.name)
        run = subprocess.run([given.program, file.name, str(given.rows), str(given.channels)] + [s for s, _, _ in STEPS],
                             capture_output=True, text=True, check=True)
    ours = {line.split(" ", 1)[1]: float(line.split(" ", 1)[0]) for line in run.stdout.splitlines()}
    print(f"{given.rows} spectra of {given.channels} channels")
    print(f"{'step':40} {'Assayer':>10} {'libraries':>10} {'ratio':>8}")
    for step, compute, share in STEPS:
        part = x[: max(1, int(share * given.rows))]
        began = time.perf_counter()
        compute(part)
        theirs = (time.perf_counter() - began) * given.rows / len(part)
        mark = "" if share == 1 else f"  (timed on {len(part)})"
        print(f"{step:40} {ours[step]:9.2f}s {theirs:9.2f}s {theirs / ours[step]:8.1f}{mark}", flush=True)


if __name__ == "__main__":
    main()
