#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the tables of unmixing_test.cpp: a small problem and its solutions by other means.

Least squares by numpy; non-negative by scipy's nnls; sum 1 from the equations of Lagrange; non-negative with sum
1 by solving these equations on every subset of the endmembers and keeping the best feasible one; sparse ones
by scikit-learn's coordinate descent. With the path of samson.h5 as argument also the rows of that file that
span the largest triangle in the plane of its first two principal components, over all triples of corners of the
convex hull, and how far (degrees) they are from the file's reference.
"""
import itertools
import sys

import numpy as np
from scipy.optimize import nnls
from sklearn.linear_model import Lasso

rng = np.random.default_rng(20)
M = rng.integers(5, 95, (4, 7)) / 100
A = rng.dirichlet(np.ones(4), 8)
X = np.round(A @ M + rng.normal(0, 0.05, (8, 7)), 3)
X[7] = -X[6]  # where bounds matter most


def sum_to_one(m, x):
    k = len(m)
    kkt = np.block([[m @ m.T, np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]])
    return np.linalg.solve(kkt, np.append(m @ x, 1))[:k]


def fully_constrained(m, x):
    best = None
    for size in range(1, len(m) + 1):
        for subset in itertools.combinations(range(len(m)), size):
            a = np.zeros(len(m))
            a[list(subset)] = sum_to_one(m[list(subset)], x)
            if a.min() >= 0:
                f = np.sum((x - a @ m) ** 2)
                if best is None or f < best[0]:
                    best = f, a
    return best[1]


def lasso(x, positive):
    # scikit-learn's objective is ours over the number of channels.
    model = Lasso(alpha=0.05 / M.shape[1], fit_intercept=False, positive=positive, tol=1e-15, max_iter=10**6)
    return model.fit(M.T, x).coef_


def table(name, rows):
    print(f"const Matrix<double> {name}(std::vector<double>{{")
    print(",\n".join(", ".join(f"{v:.10g}" for v in row) for row in rows) + "}, " + f"{len(rows)}, {len(rows[0])});")


table("kEndmembers", M)
table("kSpectra", X)
table("kLeastSquares", [np.linalg.lstsq(M.T, x, rcond=None)[0] for x in X])
table("kNonNegative", [nnls(M.T, x)[0] for x in X])
table("kSumToOne", [sum_to_one(M, x) for x in X])
table("kFullyConstrained", [fully_constrained(M, x) for x in X])
table("kSparsePositive", [lasso(x, True) for x in X])
table("kSparse", [lasso(x, False) for x in X])

if len(sys.argv) > 1:
    import h5py
    from scipy.spatial import ConvexHull

    with h5py.File(sys.argv[1]) as file:
        spectra = file["spectra"][:].astype(float)
        reference = file["endmembers"][:].astype(float)
    centred = spectra - spectra.mean(axis=0)
    scores = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    volume = lambda t: abs(np.linalg.det(np.c_[scores[list(t)], np.ones(3)]))
    rows = max(itertools.combinations(ConvexHull(scores).vertices, 3), key=volume)
    for row in rows:
        same = np.flatnonzero((spectra == spectra[row]).all(axis=1))
        cosine = spectra[row] @ reference.T / np.linalg.norm(spectra[row]) / np.linalg.norm(reference, axis=1)
        print("rows", same, "degrees", np.degrees(np.arccos(cosine)).round(2))
