# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes the expected values of the measures' tests independently, with numpy, scipy and scikit-learn.

Run once by hand; the printed numbers stand in metrics_test.cpp and evaluation_test.cpp.
The inputs are small and exact in binary or written out in full in both places.
"""
import numpy as np
from scipy.special import ndtri
from scipy.stats import entropy, median_abs_deviation
from sklearn.metrics import mean_squared_error, roc_auc_score

print("KL", repr(entropy([0.2, 0.3, 0.5], [0.5, 0.25, 0.25])))
clipped = np.maximum([0.0, 0.25, 0.75], 1e-6)
print("KL, zero in the estimate", repr(entropy([0.2, 0.3, 0.5], clipped / clipped.sum())))
clipped = np.maximum([0.5, 0.5, 0.0], 1e-6)
print("KL, zeros in both", repr(entropy([1.0, 0.0, 0.0], clipped / clipped.sum())))

a = np.array([0.1, 0.4, 0.35, 0.8, 0.75, 0.3], np.float32).astype(float)
b = np.array([0.2, 0.35, 0.3, 0.9, 0.6, 0.45], np.float32).astype(float)
print("L2", repr(np.linalg.norm(a - b)))
print("SAD", repr(np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))))
keep = [0, 1, 3, 5]
print("L2 over channels 0 1 3 5", repr(np.linalg.norm((a - b)[keep])))
print("SAD over channels 0 1 3 5",
      repr(np.degrees(np.arccos(a[keep] @ b[keep] / np.linalg.norm(a[keep]) / np.linalg.norm(b[keep])))))

scores = np.array([0.1, 0.4, 0.35, 0.8, 0.4, 0.7, 0.4, 0.6])
positive = np.array([0, 0, 1, 1, 1, 0, 0, 1])
print("AUC with ties", repr(roc_auc_score(positive, scores)))

values = np.array([2.0, 7.5, -1.0, 3.25, 3.0, 11.0, 2.5, 5.75])
print("MAD factor", repr(1 / ndtri(0.75)))
print("median, MAD even", repr(np.median(values)), repr(median_abs_deviation(values, scale="normal")))
print("median, MAD odd", repr(np.median(values[:7])), repr(median_abs_deviation(values[:7], scale="normal")))

z = np.array([[-1.0, 0.2], [-0.8, 0.1], [-0.9, 0.5], [0.5, 0.3], [0.7, -0.2], [-0.7, 0.1], [0.6, 0.9], [1.4, 0.0]])
group = np.array([0, 0, 0, 1, 1, 1, 1, 0])
medians = np.array([np.median(z[group == g], axis=0) for g in (0, 1)])
mads = np.array([median_abs_deviation(z[group == g], scale="normal") for g in (0, 1)])
nearest = np.linalg.norm(z[:, None] - medians[None], axis=2).argmin(axis=1)
print("z medians", medians.tolist())
print("z MADs", mads.tolist())
print("z accuracy", repr((nearest == group).mean()))
print("outlier scores", (np.abs(z - medians[group]) / mads[group]).max(axis=1).tolist())

# The data set of evaluation_test.cpp.
y = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.125, 0.125, 0.75]])
p = np.array([[0.4, 0.3, 0.3], [0.25, 0.625, 0.125], [0.8, 0.1, 0.1], [0.1, 0.4, 0.5], [0.2, 0.2, 0.6]])
kl = entropy(y, p, axis=1)
print("KL mean, training (rows 0 1), held out", repr(kl.mean()), repr(kl[:2].mean()), repr(kl[2:].mean()))
print("RMSE held out", repr(np.sqrt(mean_squared_error(y[2:], p[2:]))),
      np.sqrt(((y[2:] - p[2:]) ** 2).mean(axis=0)).tolist())
print("RMSE all", repr(np.sqrt(mean_squared_error(y, p))))
ze = np.array([-1.0, -0.75, 0.5, 1.0, 0.25, -0.5])  # rows 0…5 (row 5 has no composition)
ge = np.array([0, 0, 1, 1, 1, 0])
med = np.array([np.median(ze[ge == g]) for g in (0, 1)])
dev = np.array([median_abs_deviation(ze[ge == g], scale="normal") for g in (0, 1)])
print("z", med.tolist(), dev.tolist())
print("outlier AUC (rows 3 and 4 are some)", repr(roc_auc_score([0, 0, 0, 1, 1, 0], np.abs(ze - med[ge]) / dev[ge])))
reference = np.array([[1, 2, 3, 4], [4, 3, 2, 1], [1, 1, 1, 2]], float)
estimate = np.array([[1, 2, 4, 4], [4, 3, 2, 1], [2, 1, 1, 1]], float)
print("endmembers L2", np.linalg.norm(reference - estimate, axis=1).tolist())
cosine = (reference * estimate).sum(1) / np.linalg.norm(reference, axis=1) / np.linalg.norm(estimate, axis=1)
print("endmembers SAD", np.degrees(np.arccos(np.clip(cosine, -1, 1))).tolist())
masked = [0, 1, 2]  # channel 3 is masked
r, e = reference[:, masked], estimate[:, masked]
print("endmembers L2 masked", np.linalg.norm(r - e, axis=1).tolist())
