# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes the expected values of the numeric tools' tests independently, with numpy and scipy.

Run once by hand in this folder: python3 expected_values.py > expected_values.json
Inputs stand in the file beside what is expected of them.
"""
import json

import numpy as np
from scipy.optimize import nnls

rng = np.random.default_rng(20240611)
out = {"nnls": [], "least_squares": [], "svd": []}


def rounded(*shape):
    """Short decimal numbers, so that text and binary agree to the last bit in both programs."""
    return np.round(rng.normal(size=shape), 3)


for n, p, offset in [(8, 3, 0.0), (12, 6, 0.3), (20, 10, -0.2), (6, 6, 0.0), (5, 9, 0.4), (40, 15, 1.0)]:
    a = rounded(n, p) + offset
    b = rounded(4, n) + offset
    xs, norms = zip(*(nnls(a, row) for row in b))
    out["nnls"].append({"a": a.tolist(), "b": b.tolist(), "x": np.array(xs).tolist(), "norm": list(norms)})

for n, p, q, ridge, rank in [(9, 4, 2, 0.0, 4), (9, 4, 2, 0.7, 4), (5, 8, 3, 0.0, 5), (5, 8, 3, 0.25, 5), (10, 5, 2, 0.0, 3),
                             (10, 5, 2, 0.1, 3)]:
    x = rounded(n, p)
    if rank < min(n, p):
        x = rounded(n, rank) @ rounded(rank, p)
    y = rounded(n, q)
    if ridge == 0:
        b = np.linalg.pinv(x, rcond=1e-10) @ y
    else:
        b = np.linalg.solve(x.T @ x + ridge * np.eye(p), x.T @ y)
    penalties = np.round(rng.uniform(0.1, 2, p), 3)
    if p <= n:
        penalties[0] = 0
    separate = np.linalg.solve(x.T @ x + np.diag(penalties), x.T @ y)
    out["least_squares"].append({"x": x.tolist(), "y": y.tolist(), "ridge": ridge, "rank": rank, "b": b.tolist(),
                                 "penalties": penalties.tolist(), "b_separate": separate.tolist()})

for n, c in [(7, 4), (4, 7), (30, 18), (5, 5)]:
    x = rounded(n, c)
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    signs = np.sign(vt[np.arange(len(s)), np.abs(vt).argmax(axis=1)])
    out["svd"].append({"x": x.tolist(), "values": s.tolist(), "left": (u * signs).tolist(),
                       "right": (vt * signs[:, None]).tolist()})

print(json.dumps(out))
