#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the tables of link_test.cpp.

`closed`: the bidirectional reflectance factor of isotropic scatterers with Hapke's first approximation of H,
H(x) = (1 + 2x) / (1 + 2xg), multiplied out from its definition w H(m0) H(m) / (4 (m0 + m)), in 40 digits.

`exact`: the same with the H that solves Chandrasekhar's integral equation
1 / H(m) = sqrt(1 - w) + w/2 int_0^1 m' H(m') / (m + m') dm', by Newton on 96 Gauss-Legendre nodes.
"""
from decimal import Decimal, getcontext

import numpy as np

getcontext().prec = 40
GEOMETRIES = [(0.8660254037844386, 1.0), (1.0, 1.0), (0.5, 0.3)]
ALBEDOS = [0.01, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]


def closed(w, m0, m):
    w, m0, m = Decimal(repr(w)), Decimal(repr(m0)), Decimal(repr(m))
    g = (1 - w).sqrt()
    h = lambda x: (1 + 2 * x) / (1 + 2 * x * g)
    return w * h(m0) * h(m) / (4 * (m0 + m))


def exact(w, m0, m):
    x, a = np.polynomial.legendre.leggauss(96)
    x, a = 0.5 * (x + 1), 0.5 * a
    kernel = 0.5 * w * (a * x)[None, :] / (x[:, None] + x[None, :])
    root = np.sqrt(1 - w)
    h = (1 + 2 * x) / (1 + 2 * x * root)
    for _ in range(50):
        residual = h * (root + kernel @ h) - 1
        h -= np.linalg.solve(np.diag(root + kernel @ h) + h[:, None] * kernel, residual)
    at = lambda v: 1 / (root + 0.5 * w * np.sum(a * x * h / (v + x)))
    return w * at(m0) * at(m) / (4 * (m0 + m))


for m0, m in GEOMETRIES:
    for w in ALBEDOS:
        print(f"    {{{m0!r}, {m!r}, {w!r}, {float(closed(w, m0, m)):.17g}, {exact(w, m0, m):.10g}}},")
