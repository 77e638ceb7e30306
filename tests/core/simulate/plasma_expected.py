# SPDX-License-Identifier: GPL-3.0-or-later
# Expected values of plasma_test.cpp: run with any Python 3. Saha's equation from CODATA constants in SI units; U of two
# light elements as sums over the levels of the NIST Atomic Spectra Database (energies in 1/cm, g), which is independent
# of the polynomials that the program uses.
from math import exp, pi

k, h, me, e = 1.380649e-23, 6.62607015e-34, 9.1093837015e-31, 1.602176634e-19


def partition(levels, t):
    return sum(g * exp(-h * 2.99792458e10 * cm / (k * t)) for cm, g in levels)


# Ca II below 8 eV: 4s, 3d, 4p, 5s, 4d, 5p
CA2 = [(0, 2), (13650.19, 4), (13710.88, 6), (25191.51, 2), (25414.40, 4), (52166.93, 2), (56839.25, 4),
       (56858.46, 6), (60533.02, 2), (60611.28, 4)]
# Si I below 6.3 eV: 3p2 3P, 1D, 1S; 3s 3p3 5S; 4s 3P, 1P; 3p3 3D; 4p 1P, 3D, 3P, 3S, 1D; 3d 1D
SI1 = [(0, 1), (77.115, 3), (223.157, 5), (6298.850, 5), (15394.370, 1), (33326.053, 5), (39683.163, 1),
       (39760.285, 3), (39955.053, 5), (40991.884, 3), (45276.188, 3), (45293.629, 5), (45321.848, 7), (47284.061, 3),
       (47351.554, 5), (48020.074, 3), (48102.323, 5), (48264.292, 7), (49028.294, 1), (49060.601, 3), (49188.617, 5),
       (49399.670, 3), (50189.389, 5), (50499.838, 5)]


def saha(chi, u1, u2, t, ne_cm3):
    return 2 / (ne_cm3 * 1e6) * (2 * pi * me * k * t / h**2) ** 1.5 * u2 / u1 * exp(-chi * e / (k * t))


for t in (5000, 8000, 10000):
    print(t, "U Ca II %.5f  U Si I %.5f" % (partition(CA2, t), partition(SI1, t)))
print("Saha without U, chi = 6.113, T = 9000, ne = 3e16: %.8g" % saha(6.113, 1, 1, 9000, 3e16))
