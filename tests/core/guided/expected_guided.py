#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of the method 'guided', computed in float64 with numpy and scipy alone.

Written from the formulas in core/guided/*.h and core/model/guided_*.h, not from the C++: mixtures, links and terms are
spelt out, least squares are numpy's, non-negative ones scipy's, gradients are central differences. The objective's
weights, data and noise are closed formulas (see `fill`) that tests/core/model/guided_fixture.h repeats.
Run: python3 expected_guided.py > expected_guided.json
"""
import json
import math

import numpy as np
from scipy.optimize import minimize, nnls
from scipy.stats import norm

MU0, MU = math.cos(math.pi / 6), 1.0
BRIGHT = (1 + 2 * MU0) * (1 + 2 * MU) / (4 * (MU0 + MU))
SCALE = {'identity': 1.0, 'hapke': 1.2, 'log': 1.0}


def softplus(x):
    return np.logaddexp(0, x)


def to_linear(link, x):
    if link == 'identity':
        return x
    if link == 'log':
        return -np.log(np.maximum(x, 1e-6))
    r = np.clip(x / SCALE[link], -BRIGHT / (8 * MU0 * MU), BRIGHT)
    a, b, c = 4 * MU0 * MU * r + BRIGHT, 2 * (MU0 + MU) * r, r - BRIGHT
    return 1 - ((-b + np.sqrt(np.maximum(b * b - 4 * a * c, 0))) / (2 * a)) ** 2


def from_linear(link, v):
    if link == 'identity':
        return v
    if link == 'log':
        return np.exp(-v)
    absorbed = softplus(200 * (1 - v)) / 200
    gamma = np.sqrt(absorbed)
    return SCALE[link] * BRIGHT * (1 - absorbed) / ((1 + 2 * MU0 * gamma) * (1 + 2 * MU * gamma))


def shares(y, q):
    f = y * q
    return f / f.sum(-1, keepdims=True)


def mix(m, y, z):
    """v [n, C] of a mixture, one row at a time."""
    rows = []
    for f, dz in zip(shares(y, m['q']), z - m['zc']):
        v = f @ m['M']
        for j in range(len(dz)):
            v = v + dz[j] * (m['b'][j] + f @ m['dB'][j])
        rows.append(v)
    return np.array(rows)


def efficiency(v, y, dims):
    n, k = y.shape
    total = ((v - v.mean(0)) ** 2).sum()

    def misfit(free):
        log_q = np.append(free, -free.sum())
        f = shares(y, np.exp(log_q))
        e = v - f @ np.linalg.lstsq(f, v, rcond=None)[0]
        s = np.linalg.svd(e, compute_uv=False) ** 2
        rest = s[dims:].sum() if n > 4 * k else s.sum()
        return math.log(rest / total) + (log_q ** 2).sum()

    found = minimize(misfit, np.zeros(k - 1), method='Nelder-Mead', options=dict(xatol=1e-9, fatol=1e-14, maxiter=4000))
    return np.exp(np.append(found.x, -found.x.sum()))


def fit(x, y, link, dims):
    n, k = y.shape
    v = to_linear(link, x)
    q = np.ones(k) if link == 'identity' else efficiency(v, y, dims)
    f = shares(y, q)
    ends = np.linalg.lstsq(f, v, rcond=None)[0]
    e = v - f @ ends
    axes = np.linalg.svd(ends[:-1] - ends[-1], full_matrices=False)[2]
    beside = e - e @ axes.T @ axes
    u, s, right = np.linalg.svd(beside, full_matrices=False)
    sign = np.array([np.sign(row[np.argmax(np.abs(row))]) for row in right[:dims]])
    t = u[:, :dims] * s[:dims] * sign
    t = t / t.std(0)
    z = 1.5 * np.tanh(0.6 * t)
    zc = z.mean(0)
    dz = z - zc
    design = np.concatenate([dz] + [dz[:, [j]] * f for j in range(dims)], 1)
    penalty = np.diag(np.concatenate([np.zeros(dims), np.full(dims * k, 3e-4 * n)]))
    tilts = np.linalg.solve(design.T @ design + penalty, design.T @ e)
    m = dict(link=link, q=q, M=ends, b=tilts[:dims], dB=tilts[dims:].reshape(dims, k, -1), zc=zc)
    fitted = mix(m, y, z)
    m.update(t=t, z=z, sv=(v - fitted).std(0), sx=np.maximum((x - from_linear(link, fitted)).std(0), 3e-3))
    return m


def invert(m, x):
    v = to_linear(m['link'], x)
    s = np.maximum(m['sv'], 0.3 * np.sort(m['sv'])[len(m['sv']) // 2])
    dims, k, channels = len(m['zc']), len(m['q']), x.shape[1]
    grid = 1.5 * (2 * np.arange(25) / 24 - 1)
    out = dict(y=[], z=[], misfit=[])
    for row in v:
        best, best_f, best_z = np.inf, None, m['zc'].copy()
        for _ in range(3 if dims > 1 else 1):
            for j in range(dims):
                base = best_z.copy()
                for g in grid:
                    z = base.copy()
                    z[j] = g
                    ends = m['M'] + sum((z[i] - m['zc'][i]) * (m['b'][i] + m['dB'][i]) for i in range(dims))
                    a = np.vstack([(ends / s).T, np.full((1, k), 1e3)])
                    f = nnls(a, np.append(row / s, 1e3))[0]
                    rest = (((row - f @ ends) / s) ** 2).sum()
                    if rest < best:
                        best, best_f, best_z = rest, f, z
        y = best_f / m['q']
        y = np.maximum(y / y.sum(), 1e-4)
        out['y'].append(y / y.sum())
        out['z'].append(best_z)
        out['misfit'].append(math.sqrt(best / channels))
    return out


def extrapolating(y):
    for k in range(y.shape[1]):
        test = y[:, k] >= np.quantile(y[:, k], 0.75) - 1e-9
        keep = y[~test]
        if len(keep) > y.shape[1] and np.linalg.svd(keep / math.sqrt(len(keep)), compute_uv=False).min() >= 0.01:
            yield ~test, test


def flexible(y):
    k = y.shape[1]
    if len(y) < 2 * k * (k + 1):
        return y
    return np.hstack([y] + [y[:, [a]] * y[:, [b]] for a in range(k) for b in range(a)])


def usual(x, y):
    """Rows that a regression with the smallest sum of lengths does not find strange. In principal components of x:
    medians by coordinate depend on the axes."""
    x = (x - x.mean(0)) @ np.linalg.svd(x - x.mean(0), full_matrices=False)[2].T
    d, w, keep = flexible(y), np.ones(len(x)), np.ones(len(x), bool)
    if len(x) < 8:
        return keep
    for _ in range(30):
        root = np.sqrt(w)[:, None]
        e = x - d @ np.linalg.lstsq(d * root, x * root, rcond=None)[0]
        length = np.linalg.norm(e, axis=1)
        w = 1 / np.maximum(length, max(1e-3 * np.median(length), 1e-12))
        w /= w.max()
    for i in range(8):
        centred = e - np.median(e[keep], 0)
        t = centred @ np.linalg.svd(centred, full_matrices=False)[2][:10].T
        unit = np.median(np.abs(t), 0) / norm.ppf(0.75)
        q = np.sqrt(((t / np.maximum(unit, 1e-2 * np.sqrt((unit ** 2).mean()) + 1e-12)) ** 2).mean(1))
        limit = np.median(q) + 4 * max(np.median(np.abs(q - np.median(q))) / norm.ppf(0.75), 1e-9)
        new = q < limit
        if new.sum() < math.ceil(0.8 * len(q)):
            new = q <= np.sort(q)[math.ceil(0.8 * len(q)) - 1]
        if i and (new == keep).all():
            break
        keep = new
        e = x - d @ np.linalg.lstsq(d[keep], x[keep], rcond=None)[0]
    return keep


def link_score(x, y, link):
    keep = usual(x, y)
    x, y = x[keep], y[keep]
    design = flexible(y)
    n = len(y)
    e = x - design @ np.linalg.lstsq(design, x, rcond=None)[0]
    s, right = np.linalg.svd(x - x.mean(0), full_matrices=False)[1:]
    axes = right[:10][s[:10] > 1e-6 * s[0]]
    r = len(axes)
    freedom = max(1, n - np.linalg.matrix_rank(design))
    cov = (e @ axes.T).T @ (e @ axes.T) / freedom
    shrink = min(0.5, r / freedom)
    sigma = (1 - shrink) * cov + shrink * np.diag(np.diag(cov)) + 1e-2 * np.trace(cov) / r * np.eye(r)
    inverse = np.linalg.inv(sigma)
    logs = []
    for train, test in extrapolating(y):
        ends = np.linalg.lstsq(y[train], to_linear(link, x[train]), rcond=None)[0]
        d = (x[test] - from_linear(link, y[test] @ ends)) @ axes.T
        logs.append(math.log(np.einsum('nr,rs,ns->n', d, inverse, d).mean()))
    return float(np.mean(logs))


def simulate(rng, link, n, channels, q, dims, noise):
    """Mixtures of smooth endmembers in a link's domain, compositions with all parts below .7."""
    k = len(q)
    grid = np.arange(channels)
    bumps = np.exp(-0.5 * ((grid - np.linspace(0, channels, k)[:, None]) / (0.2 * channels)) ** 2)
    ends = 0.45 + 0.3 * np.sin(0.35 * grid + 1.7 * np.arange(k)[:, None]) * 0.6 + 0.15 * bumps
    y = rng.dirichlet(np.full(k, 2.0), 8 * n)
    y = np.round(y[y.max(1) < 0.7][:n], 6)
    y[:, -1] = 1 - y[:, :-1].sum(1)
    z = rng.uniform(-1.5, 1.5, (n, dims))
    tilt = np.array([0.02 * np.cos(0.2 * grid + 1.1 * j) for j in range(dims)])
    v = shares(y, q) @ ends + z @ tilt + noise * rng.standard_normal((n, channels))
    return np.round(from_linear(link, v), 7), y


# ---- the objective -------------------------------------------------------------------------------------------------
M, C, K, Z, RY, RZ, BL, BU, BY, HIDDEN = 2, 5, 3, 2, 3, 2, 3, 2, 4, 8


def fill(shape, p, scale):
    """Element i (row-major) of array number p."""
    return (scale * np.sin(0.7 * (np.arange(int(np.prod(shape))) + 1) + 1.3 * p)).reshape(shape)


def composition(shape, p):
    y = 1.2 + np.sin(0.9 * (np.arange(int(np.prod(shape))) + 1) + 0.5 * p).reshape(shape)
    return y / y.sum(-1, keepdims=True)


START = dict(q=np.exp([0.2, -0.3, 0.1]), M=0.5 + fill((K, C), 1, 0.25), b=fill((Z, C), 2, 0.05), dB=fill((Z, K, C), 3, 0.03),
             zc=np.array([0.1, -0.2]), sx=0.03 + fill((C,), 4, 0.01), scale=0.3, label_sd=0.1 + fill((K,), 14, 0.05),
             regression=fill((C, K), 5, 0.3), intercept=0.35 + fill((K,), 6, 0.05), y_axes=fill((C, RY), 7, 1.0),
             y_offset=fill((RY,), 8, 0.5), z_axes=fill((C, RZ), 9, 1.0), z_offset=fill((RZ,), 10, 0.5),
             z_slope=fill((RZ + K, Z), 11, 0.4), z_intercept=fill((Z,), 12, 0.2), z_spread=0.4 + fill((Z,), 13, 0.1))
DATA = dict(x_l=0.45 + fill((M, BL, C), 60, 0.15), x_u=0.45 + fill((M, BU, C), 61, 0.15), y_l=composition((M, BL, K), 62),
            y_u=composition((M, BY, K), 63), n_z_l=fill((M, BL, Z), 64, 1.5), n_y_u=fill((M, BU, K - 1), 65, 1.5),
            n_z_u=fill((M, BU, Z), 66, 1.5), n_x_y=fill((M, BY, C), 67, 1.5), prior_9=fill((M, BL, Z), 68, 1.4),
            prior_10=fill((M, BY, Z), 69, 1.4))
ALPHA_R, RAMP, RATE = 0.1, 0.6, 0.1
LOG_P_Y, LOG_P_Z = math.log(math.gamma(K)), -Z * math.log(3)


def weights():
    sizes = []
    for net, width, out in (('q_y', RY, K), ('q_z', RZ + K, Z)):
        sizes += [(net + '/linear/weight', width, out), (net + '/hidden0/weight', width, HIDDEN),
                  (net + '/hidden0/bias', 1, HIDDEN), (net + '/out/weight', HIDDEN, out), (net + '/out/bias', 1, out)]
        sizes += [('q_y/log_sd', 1, K - 1)] if net == 'q_y' else [('q_z/log_sd_change', 1, Z)]
    sizes += [('p_x/log_sd_change', 1, C), ('p_x/tilt_change', Z, C), ('p_x/tilt_part_change', Z * K, C)]
    return {name: fill((M, rows, cols), 20 + p, 0.4) for p, (name, rows, cols) in enumerate(sizes)}


def log_normal(v, mean, sd):
    return float((-0.5 * math.log(2 * math.pi) - np.log(sd) - 0.5 * ((v - mean) / sd) ** 2).sum())


class Networks:
    def __init__(self, w, m):
        self.w = {name: value[m] for name, value in w.items()}

    def correction(self, net, p):
        w = self.w
        hidden = np.tanh(p @ w[net + '/hidden0/weight'] + w[net + '/hidden0/bias'][0])
        return p @ w[net + '/linear/weight'] + hidden @ w[net + '/out/weight'] + w[net + '/out/bias'][0]

    def composition(self, x):
        v = to_linear('hapke', x)
        t = v @ START['regression'] + START['intercept']
        t = t + 0.1 * self.correction('q_y', v @ START['y_axes'] + START['y_offset'])
        y = softplus(100 * t) / 100 + 1e-6
        return y / y.sum()

    def q_y(self, y_hat):
        return np.log(y_hat[:-1] / y_hat[-1]), np.exp(self.w['q_y/log_sd'][0]) + 1e-3

    def q_z(self, x, y):
        p = np.append(to_linear('hapke', x) @ START['z_axes'] + START['z_offset'], y)
        mean = p @ START['z_slope'] + START['z_intercept'] + self.correction('q_z', p)
        return mean, START['z_spread'] * np.exp(self.w['q_z/log_sd_change'][0]) + 1e-3

    def p_x(self, y, z):
        unit = START['scale'] * RATE
        m = dict(q=START['q'], M=START['M'], zc=START['zc'], b=START['b'] + unit * self.w['p_x/tilt_change'],
                 dB=START['dB'] + unit * self.w['p_x/tilt_part_change'].reshape(Z, K, C))
        sd = (START['sx'] - 1e-3) * np.exp(RATE * self.w['p_x/log_sd_change'][0]) + 1e-3
        return from_linear('hapke', mix(m, y[None], z[None])[0]), sd

    def penalty(self):
        squares = sum((value ** 2).sum() for name, value in self.w.items() if name.count('/') == 2)
        return 1e-3 * (squares + RATE ** 2 * (self.w['p_x/tilt_part_change'] ** 2).sum())


def bounded(zeta):
    return 3 / (1 + np.exp(-zeta)) - 1.5


def log_q_y(y, mean, sd):
    return log_normal(np.log(y[:-1] / y[-1]), mean, sd) - np.log(y).sum()


def log_q_z(z, mean, sd):
    s = (z + 1.5) / 3
    return log_normal(np.log(s / (1 - s)), mean, sd) - np.log(3 * s * (1 - s)).sum()


def terms(w, m, task, frozen):
    """`frozen`: weights of the composition that calibration does not differentiate."""
    d, f = DATA, Networks(w, m)
    unmixing = task == 'unmixing'
    rows = {name: [] for name in ('L_fxy', 'L_fx', 'L_rxy', 'L_ry', 'J_fd')}
    for b in range(BL):
        x, y = d['x_l'][m, b], d['y_l'][m, b]
        y_hat = f.composition(x)
        mean, sd = f.q_z(x, y)
        z = bounded(mean + sd * d['n_z_l'][m, b])
        rows['L_fxy'].append(log_normal(x, *f.p_x(y, z)) - RAMP * log_q_z(z, mean, sd) + LOG_P_Y + LOG_P_Z)
        rows['J_fd'].append((y * np.log(y / y_hat)).sum() + (((y - y_hat) / (START['label_sd'] + 1e-3)) ** 2).mean())
        rows['L_rxy'].append(log_q_z(d['prior_9'][m, b], mean, sd) - LOG_P_Z
                             + (log_q_y(y, *f.q_y(y_hat)) if unmixing else 0))
    for b in range(BU):
        x = d['x_u'][m, b]
        if unmixing:
            mean, sd = f.q_y(f.composition(x))
            u = np.exp(np.append(mean + sd * d['n_y_u'][m, b], 0.0))
            y = u / u.sum()
            log_q = log_q_y(y, mean, sd)
        else:
            y, log_q = Networks(frozen, m).composition(x), 0.0
        mean, sd = f.q_z(x, y)
        z = bounded(mean + sd * d['n_z_u'][m, b])
        log_q += log_q_z(z, mean, sd)
        rows['L_fx'].append(log_normal(x, *f.p_x(y, z)) - RAMP * log_q + LOG_P_Y + LOG_P_Z)
    for b in range(BY):
        y, z = d['y_u'][m, b], d['prior_10'][m, b]
        mean, sd = f.p_x(y, z)
        x = mean + sd * d['n_x_y'][m, b]
        rows['L_ry'].append(log_q_z(z, *f.q_z(x, y)) - log_normal(x, mean, sd)
                            + (log_q_y(y, *f.q_y(f.composition(x))) if unmixing else 0))
    out = {name: float(np.mean(values)) for name, values in rows.items()}
    out['total'] = out['L_fxy'] + out['L_fx'] + ALPHA_R * RAMP * (out['L_rxy'] + out['L_ry']) - out['J_fd'] - f.penalty()
    return out


def objective(task):
    w = weights()
    frozen = {name: value.copy() for name, value in w.items()}
    result = {'terms': [terms(w, m, task, frozen) for m in range(M)], 'gradients': {}}
    for name, value in w.items():  # every third element of every weight
        for i in range(0, value.size, 3):
            m, keep, step, sums = i // (value.size // M), value.flat[i], 1e-5, []
            for sign in (1, -1):
                value.flat[i] = keep + sign * step
                sums.append(terms(w, m, task, frozen)['total'])
            value.flat[i] = keep
            result['gradients']['%s:%d' % (name, i)] = (sums[0] - sums[1]) / (2 * step)
    return result


def leverage():
    """ρ of intervals from predictions that are wrong by closed formulas."""
    y = composition((12, 3), 80)
    inside = [(np.arange(12) % 3 != s, np.arange(12) % 3 == s) for s in range(3)]
    outside = list(extrapolating(y))
    predicted = [[y[test] + fill((test.sum(), 3), 81 + s, scale) for s, (_, test) in enumerate(part)]
                 for part, scale in ((inside, 0.02), (outside, 0.1))]
    def way(p, train):
        gram = train.sum() / 3 * np.linalg.inv(y[train].T @ y[train])
        return np.maximum(np.einsum('ni,ij,nj->n', p, gram, p) - 1, 0)

    mse = sum(((p - y[test]) ** 2).sum(0) for p, (_, test) in zip(predicted[0], inside)) / 12
    near = sum(way(p, train).sum() for p, (train, _) in zip(predicted[0], inside)) / 12
    far = np.mean([way(p, train).mean() for p, (train, _) in zip(predicted[1], outside)])
    ratio = np.mean([(((p - y[test]) ** 2) / mse).mean() for p, (_, test) in zip(predicted[1], outside)])
    gram = 12 / 3 * np.linalg.inv(y.T @ y)
    rho = max((ratio - 1) / max(far - ratio * near, far / 2), 0)
    r2 = mse / (1 + rho * near)
    corner = np.array([1.0, 0, 0])
    h = corner @ gram @ corner
    return dict(y=y, test_rows=[np.flatnonzero(test) for _, test in outside], outside=predicted[1], inside=predicted[0], r2=r2,
                rho=rho, gram=gram, corner_leverage=h, corner_variance=r2 * (1 + rho * (h - 1)))


def plain(value):
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value


def main():
    rng = np.random.default_rng(11)
    result = {}
    m = dict(START, link='hapke')
    y, z = composition((4, K), 70), fill((4, Z), 71, 1.4)
    result['formula'] = dict(q=m['q'], M=m['M'], b=m['b'], dB=m['dB'].reshape(Z * K, C), zc=m['zc'], y=y, z=z,
                             v=mix(m, y, z), **{link: from_linear(link, mix(m, y, z)) for link in SCALE})
    for name, link, dims in (('fit_identity', 'identity', 1), ('fit_hapke', 'hapke', 1), ('fit_two', 'hapke', 2)):
        x, y = simulate(rng, link, 24, 10, np.exp([0.3, -0.4, 0.1]) if link == 'hapke' else np.ones(3), dims, 0.002)
        m = fit(x, y, link, dims)
        m['dB'] = m['dB'].reshape(dims * 3, -1)
        result[name] = dict(m, x=x, y=y)
    m = {key: np.array(result['fit_identity'][key]) for key in ('q', 'M', 'b', 'dB', 'zc', 'sv')}
    m.update(link='identity', dB=m['dB'].reshape(1, 3, -1))
    result['inversion'] = invert(m, np.array(result['fit_identity']['x'])[:6])
    m = dict(link='hapke', q=np.exp([0.2, -0.3, 0.1]), M=rng.uniform(0.2, 0.8, (3, 9)), b=rng.normal(0, 0.05, (2, 9)),
             dB=rng.normal(0, 0.01, (2, 3, 9)), zc=np.array([0.1, -0.2]), sv=np.append(rng.uniform(0.02, 0.04, 8), 0.001))
    y, z = rng.dirichlet([1, 1, 1], 4), rng.uniform(-1.4, 1.4, (4, 2))
    x = from_linear('hapke', mix(m, y, z) + rng.normal(0, 0.03, (4, 9)))
    result['inversion_two'] = dict(m, dB=m['dB'].reshape(6, 9), x=x, **{'found_' + k: v for k, v in invert(m, x).items()})
    for name, link in (('link_linear', 'identity'), ('link_albedo', 'hapke')):
        x, y = simulate(rng, link, 26, 12, np.ones(3), 1, 0.004)
        result[name] = dict(x=x, y=y, scores={trial: link_score(x, y, trial) for trial in SCALE},
                            unusual=np.flatnonzero(~usual(x, y)))
    x, y = result['link_albedo']['x'].copy(), result['link_albedo']['y']
    x[[4, 11, 20]] = 0.3 * x[[4, 11, 20]] + 0.04
    result['link_spoilt'] = dict(x=x, y=y, scores={trial: link_score(x, y, trial) for trial in SCALE},
                                 unusual=np.flatnonzero(~usual(x, y)))
    result['objective'] = {task: objective(task) for task in ('unmixing', 'calibration')}
    result['intervals'] = leverage()
    t = np.array([[0.2, 0.3, 0.5], [1.2, -0.1, -0.1], [-0.5, -0.4, -0.3], [0.001, 0.0, 0.9]])
    positive = softplus(100 * t) / 100 + 1e-6
    result['positive'] = dict(t=t, y=positive / positive.sum(1, keepdims=True))
    print(json.dumps(plain(result)))


main()
