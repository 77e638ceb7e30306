# SPDX-License-Identifier: GPL-3.0-or-later
"""Expected values of calibration_test.cpp, with numpy and scipy. Run once by hand.

The interval of a share by its textbook parts: the variance of a ratio of cluster totals from the linearised
residuals, the effective sample size from it, and Wilson's interval as the roots of (p - share)^2 = z^2 p (1 - p) / n.
"""
import numpy as np
from scipy.stats import norm

i = np.arange(12)
truth = np.column_stack([(i // 3 + 1) / 6, 1 - (i // 3 + 1) / 6])
error = 0.1 * np.sin(1.7 * i)
estimate = np.column_stack([truth[:, 0] + error, truth[:, 1] - 0.8 * error])
sd = np.column_stack([0.05 + 0.01 * (i % 4), np.full(12, 0.08)])
sd[5, 1] = np.nan
estimate[7] = np.nan
counts = np.isfinite(estimate) & np.isfinite(sd)
print("entries", counts.sum())
for level in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99):
    inside = (np.abs(estimate - truth) <= norm.ppf((1 + level) / 2) * sd) & counts
    share = inside.sum() / counts.sum()
    totals = np.array([[inside[i // 3 == c].sum(), counts[i // 3 == c].sum()] for c in range(4)], float)
    residual = totals[:, 0] - share * totals[:, 1]
    variance = 4 * np.var(residual, ddof=1) / counts.sum() ** 2  # the residuals' mean is 0
    n = 4 if share in (0, 1) else min(counts.sum(), share * (1 - share) / variance)
    z = norm.ppf(0.975)
    low, high = np.sort(np.roots([1 + z * z / n, -2 * share - z * z / n, share * share]).real)
    parts = inside.sum(0) / counts.sum(0)
    print(f"{{{level}, {share:.12f}, {low:.12f}, {high:.12f}, {parts[0]:.12f}, {parts[1]:.12f}}},")
for level in (0.01, 0.5, 0.68, 0.9, 0.99, 0.9999):
    print(f"{{{level}, {norm.ppf((1 + level) / 2):.12f}}},")
