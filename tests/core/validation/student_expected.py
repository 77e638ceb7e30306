#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints the numbers of StudentsQuantile in splits_test.cpp. Needs scipy (made with 1.10.1).
from scipy.stats import t

for degrees in [*range(1, 31), 31, 35, 40, 60, 99, 120, 500, 10000]:
    print(f"{{{degrees}, {t.ppf(0.975, degrees):.6f}}},")
