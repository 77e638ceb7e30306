#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values and gradients of the objective's terms, computed in float64 with numpy alone.

Written from the paper's equations, not from the C++: networks, densities and terms are spelt out per row, gradients
are central differences. Weights, data and noise are closed formulas (see `fill`) that objective_test.cpp repeats.
Run: python3 expected_terms.py > expected_terms.json
"""
import json
import math

import numpy as np

M, C, K, Z, BL, BU, BY = 2, 4, 3, 2, 3, 2, 5
HIDDEN = {'q_y': [3], 'q_z': [3, 2], 'p_x': [4]}
WIDTH = {'q_y': (C, K - 1), 'q_z': (C + K, Z), 'p_x': (K + Z, C)}


def fill(shape, p, scale=0.4):
    """Element i (row-major) of array number p."""
    n = int(np.prod(shape))
    return (scale * np.sin(0.7 * (np.arange(n) + 1) + 1.3 * p)).reshape(shape)


def composition(shape, p):
    y = 1.2 + np.sin(0.9 * (np.arange(int(np.prod(shape))) + 1) + 0.5 * p).reshape(shape)
    return y / y.sum(-1, keepdims=True)


def weights(scale_head):
    w, p = {}, 0
    for net in ('q_y', 'q_z', 'p_x'):
        width, out = WIDTH[net]
        layers = [('hidden%d' % i, h) for i, h in enumerate(HIDDEN[net])] + [('mean', out), (scale_head, out)]
        for name, n in layers:
            rows = width
            for part, shape in (('weight', (M, rows, n)), ('bias', (M, 1, n))):
                w['%s/%s/%s' % (net, name, part)] = fill(shape, p)
                p += 1
            if name.startswith('hidden'):
                width = n
    return w


class Model:
    def __init__(self, w, activation, scale_head):
        self.w, self.activation, self.scale_head = w, activation, scale_head

    def net(self, name, m, v):
        """mean and standard deviation for one input vector"""
        i = 0
        while '%s/hidden%d/weight' % (name, i) in self.w:
            v = v @ self.w['%s/hidden%d/weight' % (name, i)][m] + self.w['%s/hidden%d/bias' % (name, i)][m, 0]
            v = np.tanh(v) if self.activation == 'tanh' else np.log1p(np.exp(v))
            i += 1
        mean = v @ self.w[name + '/mean/weight'][m] + self.w[name + '/mean/bias'][m, 0]
        raw = v @ self.w['%s/%s/weight' % (name, self.scale_head)][m] + self.w['%s/%s/bias' % (name, self.scale_head)][m, 0]
        sd = np.exp(raw / 2) if self.scale_head == 'log_variance' else np.log1p(np.exp(raw)) + 1e-5
        return mean, sd


def log_normal(v, mean, sd):
    return sum(-0.5 * math.log(2 * math.pi) - math.log(s) - 0.5 * ((a - b) / s) ** 2 for a, b, s in zip(v, mean, sd))


def softmax0(u):
    e = np.exp(np.append(u, 0.0))
    return e / e.sum()


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def log_q_y(y, mean, sd):
    return log_normal(np.log(y[:-1] / y[-1]), mean, sd) - np.log(y).sum()


def log_q_z(z, mean, sd):
    s = (z + 1.5) / 3
    return log_normal(np.log(s / (1 - s)), mean, sd) - np.log(3 * s * (1 - s)).sum()


LOG_P_Y, LOG_P_Z = math.log(math.gamma(K)), -Z * math.log(3)


def terms(f, m, d):
    out = {}
    rows = []
    for b in range(BL):  # (7)
        x, y = d['x_l'][m, b], d['y_l'][m, b]
        mean, sd = f.net('q_z', m, np.append(x, y))
        z = 3 * sigmoid(mean + sd * d['n_z_l'][m, b]) - 1.5
        pm, ps = f.net('p_x', m, np.append(y, z))
        rows.append(log_normal(x, pm, ps) - log_q_z(z, mean, sd) + LOG_P_Y + LOG_P_Z)
    out['L_fxy'] = np.mean(rows)
    rows = []
    for b in range(BU):  # (8)
        x = d['x_u'][m, b]
        ym, ys = f.net('q_y', m, x)
        y = softmax0(ym + ys * d['n_y_u'][m, b])
        zm, zs = f.net('q_z', m, np.append(x, y))
        z = 3 * sigmoid(zm + zs * d['n_z_u'][m, b]) - 1.5
        pm, ps = f.net('p_x', m, np.append(y, z))
        rows.append(log_normal(x, pm, ps) - log_q_y(y, ym, ys) - log_q_z(z, zm, zs) + LOG_P_Y + LOG_P_Z)
    out['L_fx'] = np.mean(rows)
    rows = []
    for b in range(BL):  # (9)
        x, y, z = d['x_l'][m, b], d['y_l'][m, b], d['prior_9'][m, b]
        rows.append(log_q_y(y, *f.net('q_y', m, x)) + log_q_z(z, *f.net('q_z', m, np.append(x, y))) - LOG_P_Z)
    out['L_rxy'] = np.mean(rows)
    rows = []
    for b in range(BY):  # (20)
        y, z = d['y_u'][m, b], d['prior_10'][m, b]
        pm, ps = f.net('p_x', m, np.append(y, z))
        x = pm + ps * d['n_x_y'][m, b]
        rows.append(log_q_y(y, *f.net('q_y', m, x)) + log_q_z(z, *f.net('q_z', m, np.append(x, y))) - log_normal(x, pm, ps))
    out['L_ry'] = np.mean(rows)
    rows = []
    for b in range(BL):  # (13)
        y = d['y_l'][m, b]
        rows.append(np.sum(y * np.log(y / softmax0(f.net('q_y', m, d['x_l'][m, b])[0]))))
    out['J_fd'] = np.mean(rows)
    rows = []
    for b in range(BL):  # (14)
        pm, _ = f.net('p_x', m, np.append(d['y_l'][m, b], d['prior_14'][m, b]))
        rows.append(np.sum((pm - d['x_l'][m, b]) ** 2))
    out['J_rd'] = np.mean(rows)
    return out


def main():
    d = dict(x_l=fill((M, BL, C), 40, 1.0), x_u=fill((M, BU, C), 41, 1.0), y_l=composition((M, BL, K), 42),
             y_u=composition((M, BY, K), 43), n_z_l=fill((M, BL, Z), 44, 1.5), n_y_u=fill((M, BU, K - 1), 45, 1.5),
             n_z_u=fill((M, BU, Z), 46, 1.5), n_x_y=fill((M, BY, C), 47, 1.5), prior_9=fill((M, BL, Z), 48, 1.4),
             prior_10=fill((M, BY, Z), 49, 1.4), prior_14=fill((M, BL, Z), 50, 1.4))
    alphas = dict(L_fxy=1, L_fx=1, L_rxy=.01, L_ry=.01, J_fd=-1, J_rd=-1)  # (15), CRISM preset
    result = {}
    for activation, head in (('tanh', 'log_variance'), ('softplus', 'sd')):
        w = weights(head)
        case = {'terms': [terms(Model(w, activation, head), m, d) for m in range(M)]}
        case['total'] = [sum(alphas[t] * v for t, v in row.items()) for row in case['terms']]
        gradients = {}
        for name, value in w.items():  # every third element of every weight, by central differences
            for i in range(0, value.size, 3):
                m = i // (value.size // M)
                keep, step = value.flat[i], 1e-5
                sums = []
                for sign in (1, -1):
                    value.flat[i] = keep + sign * step
                    sums.append(terms(Model(w, activation, head), m, d))
                value.flat[i] = keep
                gradients['%s:%d' % (name, i)] = {t: (sums[0][t] - sums[1][t]) / (2 * step) for t in sums[0]}
        case['gradients'] = gradients
        result[activation] = case
    print(json.dumps(result, indent=0))


main()
