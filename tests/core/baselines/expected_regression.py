# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes the expected values of the regression baselines' tests independently, with numpy and scikit-learn.

Run once by hand in this folder: python3 expected_regression.py > expected_regression.json
Inputs stand in the file beside what is expected of them.
"""
import json
import warnings

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline

warnings.simplefilter("ignore")
rng = np.random.default_rng(20240612)


def rounded(*shape):
    """Short decimal numbers, so that text and binary agree to the last bit in both programs."""
    return np.round(rng.normal(size=shape), 3)


def simpls(x, y, components):
    """de Jong 1993 in the words of its definition: the next weights maximise the covariance of the scores with y among
    those whose scores are orthogonal to the earlier ones, that is, r orthogonal to the earlier loadings. The projection
    is computed anew from all loadings each time, the singular vectors by a full decomposition."""
    x0, y0 = x - x.mean(axis=0), y - y.mean(axis=0)
    s = x0.T @ y0
    loadings, rotations, betas = [], [], []
    for _ in range(components):
        if loadings:
            p = np.array(loadings).T
            projected = s - p @ np.linalg.lstsq(p, s, rcond=None)[0]
        else:
            projected = s
        r = np.linalg.svd(projected, full_matrices=False)[0][:, 0]
        t = x0 @ r
        loadings.append(x0.T @ t / (t @ t))
        rotations.append(r)
        # The regression on the scores, by least squares instead of the loadings.
        scores = x0 @ np.array(rotations).T
        betas.append(np.array(rotations).T @ np.linalg.lstsq(scores, y0, rcond=None)[0])
    return betas


out = {"pls": []}
for n, c, k, most in [(12, 6, 1, 6), (14, 7, 3, 6), (8, 20, 1, 6), (9, 25, 4, 7), (30, 5, 8, 5)]:
    x = rounded(n, c) @ np.round(rng.normal(size=(c, c)), 2) + rounded(c)
    x = np.round(x * np.linspace(0.2, 5, c), 3)
    y = np.round(x[:, : min(c, 5)] @ rng.normal(size=(min(c, 5), k)) + rng.normal(size=(n, k)), 3) * np.linspace(1, 4, k)
    new = np.round(x[:3] + rounded(3, c), 3)
    case = {"x": x.tolist(), "y": y.tolist(), "new": new.tolist(), "nipals": [], "simpls": [], "scaled": []}
    for a in range(1, most + 1):
        for name, scale in [("nipals", False), ("scaled", True)]:
            # Iterated far beyond the default, which stops at 1e-6.
            model = PLSRegression(a, scale=scale, max_iter=200000, tol=1e-26).fit(x, y)
            coef = np.asarray(model.coef_)
            coef = coef.T if coef.shape == (k, c) and k != c else coef
            predicted = model.predict(new).reshape(3, k)
            case[name].append({"predicted": predicted.tolist()})
        model = PLSRegression(a, scale=False, max_iter=200000, tol=1e-26).fit(x, y)
        case["nipals"][-1]["rotations"] = np.abs(model.x_rotations_).tolist()
        case["nipals"][-1]["x_loadings"] = np.abs(model.x_loadings_).tolist()
    for beta in simpls(x, y, most):
        case["simpls"].append({"coefficients": beta.tolist(),
                               "predicted": (y.mean(axis=0) + (new - x.mean(axis=0)) @ beta).tolist()})
    out["pls"].append(case)

# Cross-validation by scikit-learn, fold by fold.
x, y = rounded(24, 10) @ rounded(10, 10), None
y = np.round(x[:, :3] @ rounded(3, 2) + 3 * rounded(24, 2), 3)
fold = np.arange(24) * 7 % 24 % 4
mse = [[], []]
predictions = []
for a in range(0, 9):
    predicted = np.zeros_like(y)
    for f in range(4):
        train, test = fold != f, fold == f
        if a == 0:
            predicted[test] = y[train].mean(axis=0)
        else:
            predicted[test] = PLSRegression(a, scale=False, max_iter=200000, tol=1e-26).fit(
                x[train], y[train]).predict(x[test])
    predictions.append(predicted)
mse = np.array([((p - y) ** 2).mean(axis=0) for p in predictions])
score = np.exp(np.log(mse / y.var(axis=0)).mean(axis=1))
best = int(score.argmin())
out["cross_validation"] = {"x": x.tolist(), "y": y.tolist(), "fold": fold.tolist(), "mse": mse.tolist(),
                           "score": score.tolist(), "components": best, "predicted": predictions[best].tolist()}

# Ridge, with x as it is and standardised (divisor n − 1), and generalised cross-validation from the hat matrix.
out["ridge"] = []
for n, c, k in [(20, 5, 2), (9, 14, 3)]:
    x = np.round(rounded(n, c) * np.linspace(0.3, 4, c) + rounded(c), 3)
    y = np.round(x[:, :2] @ rounded(2, k) + rounded(n, k), 3)
    new = rounded(3, c)
    for ridge in [0.0, 0.05, 3.0]:
        if ridge == 0:
            plain = LinearRegression().fit(x, y)
        else:
            plain = Ridge(alpha=ridge, solver="cholesky").fit(x, y)
        case = {"x": x.tolist(), "y": y.tolist(), "new": new.tolist(), "ridge": ridge,
                "coefficients": plain.coef_.T.tolist(), "intercept": plain.intercept_.tolist(),
                "predicted": plain.predict(new).tolist()}
        if ridge > 0:
            sd = x.std(axis=0, ddof=1)
            scaled = Ridge(alpha=ridge, solver="cholesky").fit(x / sd, y)
            case["scaled"] = scaled.predict(new / sd).tolist()
            x0, y0 = x - x.mean(axis=0), y - y.mean(axis=0)
            hat = x0 @ np.linalg.solve(x0.T @ x0 + ridge * np.eye(c), x0.T)
            residual = y0 - hat @ y0
            case["freedom"] = np.trace(hat)
            case["gcv"] = (n * (residual ** 2).sum(axis=0) / (n - 1 - np.trace(hat)) ** 2).tolist()
        out["ridge"].append(case)

x, y, fold = (np.array(out["cross_validation"][name]) for name in ("x", "y", "fold"))
ridges = [0.01, 1.0, 30.0, 1000.0]
predictions = []
for ridge in ridges:
    predicted = np.zeros_like(y)
    for f in range(4):
        predicted[fold == f] = Ridge(alpha=ridge, solver="cholesky").fit(x[fold != f], y[fold != f]).predict(x[fold == f])
    predictions.append(predicted)
mse = np.array([((p - y) ** 2).mean(axis=0) for p in predictions])
best = int(np.log(mse / y.var(axis=0)).mean(axis=1).argmin())
out["ridge_validation"] = {"ridges": ridges, "mse": mse.tolist(), "ridge": ridges[best],
                           "predicted": predictions[best].tolist()}

# Principal-component regression as a pipeline.
out["pcr"] = []
for case in out["pls"]:
    x, y, new = (np.array(case[name]) for name in ("x", "y", "new"))
    for scale in [False, True]:
        sd = x.std(axis=0, ddof=1) if scale else np.ones(x.shape[1])
        predicted, shares = [], None
        for a in range(1, min(x.shape[1], len(x) - 1) + 1):
            model = make_pipeline(PCA(a, svd_solver="full"), LinearRegression()).fit(x / sd, y)
            predicted.append(model.predict(new / sd).tolist())
            shares = model[0].explained_variance_ratio_.tolist()
        out["pcr"].append({"x": x.tolist(), "y": y.tolist(), "new": new.tolist(), "scale": scale,
                           "predicted": predicted, "shares": shares})
x, y, fold = (np.array(out["cross_validation"][name]) for name in ("x", "y", "fold"))
mse = []
for a in range(0, 9):
    predicted = np.zeros_like(y)
    for f in range(4):
        train, test = fold != f, fold == f
        predicted[test] = y[train].mean(axis=0) if a == 0 else make_pipeline(
            PCA(a, svd_solver="full"), LinearRegression()).fit(x[train], y[train]).predict(x[test])
    mse.append(((predicted - y) ** 2).mean(axis=0))
mse = np.array(mse)
out["pcr_validation"] = {"mse": mse.tolist(), "components": int(np.log(mse / y.var(axis=0)).mean(axis=1).argmin())}

print(json.dumps(out))
