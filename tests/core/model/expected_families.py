#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values and gradients of the objective's terms under every choice of distributions, in float64 with numpy and scipy.

Written from the equations and from the papers that objective.h and distributions.h cite, not from the C++: densities
come from scipy.stats where it has them, the flow's inverse from a root finder, gradients are central differences.
Weights, data and noise are the closed formulas of fixture.h.
Run: python3 expected_families.py > expected_families.json
"""
import json
import math

import numpy as np
from scipy import optimize, special, stats

M, C, K, Z, BL, BU, BY, T = 2, 4, 3, 2, 3, 2, 5, 8
HIDDEN = {'q_y': [3], 'q_z': [3, 2], 'p_x': [4], 'q_zy': [3]}
WIDTH = {'q_y': (C, K - 1), 'q_z': (C + K, Z), 'p_x': (K + Z, C), 'q_zy': (K, Z)}
TAU = 0.7
CASES = {
    'libs': dict(x='positive'),
    'mnist': dict(x='bernoulli', y='concrete', activation='softplus', samples=2, importance=True),
    'priors': dict(alpha=[0.5, 2.0, 3.0], z='gaussian', reverse='latent'),
    'inferred': dict(reverse='inferred', samples=2),
    'samples': dict(samples=3),
    'importance': dict(samples=3, importance=True, reverse='latent'),
    'planar': dict(flow='planar'),
    'coupling': dict(flow='coupling'),
}


def fill(shape, p, scale=0.4):
    n = int(np.prod(shape))
    return (scale * np.sin(0.7 * (np.arange(n) + 1) + 1.3 * p)).reshape(shape)


def composition(shape, p):
    y = 1.2 + np.sin(0.9 * (np.arange(int(np.prod(shape))) + 1) + 0.5 * p).reshape(shape)
    return y / y.sum(-1, keepdims=True)


def weights(case):
    w = {}

    def add(name, rows, cols):
        w[name] = fill((M, rows, cols), len(w))

    def net(name):
        width, out = WIDTH[name]
        for i, h in enumerate(HIDDEN[name]):
            add('%s/hidden%d/weight' % (name, i), width, h)
            add('%s/hidden%d/bias' % (name, i), 1, h)
            width = h
        logits = (name == 'q_y' and case.get('y') == 'concrete') or (name == 'p_x' and case.get('x') == 'bernoulli')
        for head in ['logits'] if logits else ['mean', 'log_variance']:
            add('%s/%s/weight' % (name, head), width, out)
            add('%s/%s/bias' % (name, head), 1, out)

    for name in ('q_y', 'q_z', 'p_x'):
        net(name)
    for i in range(2):
        if case.get('flow') == 'planar':
            add('q_y/flow%d/direction' % i, K - 1, 1)
            add('q_y/flow%d/step' % i, 1, K - 1)
            add('q_y/flow%d/offset' % i, 1, 1)
        if case.get('flow') == 'coupling':
            kept = (K - 1) // 2 if i % 2 == 0 else K - 1 - (K - 1) // 2
            add('q_y/flow%d/hidden/weight' % i, kept, 16)
            add('q_y/flow%d/hidden/bias' % i, 1, 16)
            add('q_y/flow%d/scale_and_shift/weight' % i, 16, 2 * (K - 1 - kept))
            add('q_y/flow%d/scale_and_shift/bias' % i, 1, 2 * (K - 1 - kept))
    if case.get('reverse') == 'inferred':
        net('q_zy')
    return w


def softplus(v):
    return np.logaddexp(0, v)


class Model:
    def __init__(self, case, w, m, centre):
        self.case, self.w, self.m, self.centre = case, w, m, centre

    def net(self, name, v):
        """mean and standard deviation, or logits and None"""
        at = lambda part: self.w['%s/%s' % (name, part)][self.m]
        i = 0
        while '%s/hidden%d/weight' % (name, i) in self.w:
            v = v @ at('hidden%d/weight' % i) + at('hidden%d/bias' % i)[0]
            v = softplus(v) if self.case.get('activation') == 'softplus' else np.tanh(v)
            i += 1
        if name + '/logits/weight' in self.w:
            return v @ at('logits/weight') + at('logits/bias')[0], None
        mean = v @ at('mean/weight') + at('mean/bias')[0]
        return mean, np.exp((v @ at('log_variance/weight') + at('log_variance/bias')[0]) / 2)

    # --- q(y|x)
    def layers(self):
        return [] if 'flow' not in self.case else [0, 1]

    def step(self, i, u):
        """one layer of the flow, and log |det| by the numerical Jacobian's closed form"""
        at = lambda part: self.w['q_y/flow%d/%s' % (i, part)][self.m]
        if self.case['flow'] == 'planar':
            v, w, b = at('direction')[:, 0], at('step')[0], at('offset')[0, 0]
            along = v @ w
            reach = softplus(along + math.log(math.e - 1)) - 1
            w = w + (reach - along) * v / (v @ v)
            jacobian = np.eye(K - 1) + np.outer(w, v) * (1 - np.tanh(v @ u + b) ** 2)
            return u + w * np.tanh(v @ u + b), math.log(abs(np.linalg.det(jacobian)))
        front = (K - 1) // 2
        keep = slice(0, front) if i % 2 == 0 else slice(front, K - 1)
        move = slice(front, K - 1) if i % 2 == 0 else slice(0, front)
        out = np.tanh(u[keep] @ at('hidden/weight') + at('hidden/bias')[0]) @ at('scale_and_shift/weight')
        out = out + at('scale_and_shift/bias')[0]
        n = len(u[move])
        mapped = u.copy()
        mapped[move] = u[move] * np.exp(np.tanh(out[:n])) + out[n:]
        return mapped, np.tanh(out[:n]).sum()

    def flow(self, u):
        total = 0.0
        for i in self.layers():
            u, log_det = self.step(i, u)
            total += log_det
        return u, total

    def unflow(self, u):
        if not self.layers():
            return u
        return optimize.root(lambda v: self.flow(v)[0] - u, u, method='hybr', tol=1e-14).x

    def draw_y(self, x, noise):
        mean, sd = self.net('q_y', x)
        if self.case.get('y') == 'concrete':
            log_y = special.log_softmax((np.append(mean, 0) + noise) / TAU)
        else:
            log_y = special.log_softmax(np.append(self.flow(mean + sd * noise)[0], 0))
        return np.exp(log_y)

    def log_q_y(self, x, y):
        mean, sd = self.net('q_y', x)
        if self.case.get('y') == 'concrete':  # Maddison et al. 2016, equation (10)
            a = np.exp(np.append(mean, 0))
            return math.log(math.factorial(K - 1) * TAU ** (K - 1) * np.prod(a * y ** (-TAU - 1) / np.sum(a * y ** -TAU)))
        u = self.unflow(np.log(y[:-1] / y[-1]))
        return stats.norm.logpdf(u, mean, sd).sum() - self.flow(u)[1] - np.log(y).sum()

    def mean_y(self, x):
        return special.softmax(np.append(self.flow(self.net('q_y', x)[0])[0], 0))

    # --- q(z|·), p(z)
    def draw_z(self, q, noise):
        zeta = q[0] + q[1] * noise
        return zeta if self.case.get('z') == 'gaussian' else 3 * special.expit(zeta) - 1.5

    def log_q_z(self, q, z):
        if self.case.get('z') == 'gaussian':
            return stats.norm.logpdf(z, *q).sum()
        s = (z + 1.5) / 3
        return stats.norm.logpdf(special.logit(s), *q).sum() - np.log(3 * s * (1 - s)).sum()

    def log_p_z(self, z):
        return stats.norm.logpdf(z).sum() if self.case.get('z') == 'gaussian' else -Z * math.log(3)

    def log_p_y(self, y):
        return stats.dirichlet.logpdf(y / y.sum(), self.case.get('alpha', [1.0] * K))

    # --- p(x|y,z)
    def log_p_x(self, p, x):
        if self.case.get('x') == 'bernoulli':
            return (x * np.log(special.expit(p[0])) + (1 - x) * np.log(special.expit(-p[0]))).sum()
        if self.case.get('x') == 'positive':
            v = x + self.centre
            return stats.norm.logpdf(np.log(np.expm1(v)), *p).sum() - np.log(1 - np.exp(-v)).sum()
        return stats.norm.logpdf(x, *p).sum()

    def draw_x(self, p, noise):
        """a draw and what stands for its log density"""
        if self.case.get('x') == 'bernoulli':
            q = special.expit(p[0])
            return special.expit((p[0] + noise) / TAU), -stats.bernoulli.entropy(q).sum()
        u = p[0] + p[1] * noise
        x = softplus(u) - self.centre if self.case.get('x') == 'positive' else u
        return x, self.log_p_x(p, x)

    def centre_x(self, mean):
        if self.case.get('x') == 'bernoulli':
            return special.expit(mean)
        return softplus(mean) - self.centre if self.case.get('x') == 'positive' else mean


def terms(f, d):
    case, m = f.case, f.m
    samples = case.get('samples', 1)
    importance = case.get('importance', False)

    def bound(values, weighted=True):
        return special.logsumexp(values) - math.log(samples) if importance and weighted else np.mean(values)

    rows = {t: [] for t in ('L_fxy', 'L_fx', 'L_rxy', 'L_ry', 'J_fd', 'J_rd', 'K_z')}
    for b in range(BL):
        x, y = d['x_l'][m, b], d['y_l'][m, b]
        q = f.net('q_z', np.append(x, y))
        s7, s9, s14 = [], [], []
        for s in range(samples):
            z = f.draw_z(q, d['z_l'][m, s * BL + b])
            s7.append(f.log_p_x(f.net('p_x', np.append(y, z)), x) - f.log_q_z(q, z) + f.log_p_y(y) + f.log_p_z(z))
            z = d['prior_9'][m, s * BL + b]
            s9.append(f.log_q_y(x, y) + f.log_q_z(q, z) - f.log_p_z(z))
            mean = f.net('p_x', np.append(y, d['prior_14'][m, s * BL + b]))[0]
            s14.append(np.sum((f.centre_x(mean) - x) ** 2))
        rows['L_fxy'].append(bound(s7))
        rows['L_rxy'].append(bound(s9))
        rows['J_rd'].append(np.mean(s14))
        rows['J_fd'].append(np.sum(y * np.log(y / f.mean_y(x))))
    for b in range(BU):
        x, s8 = d['x_u'][m, b], []
        for s in range(samples):
            y = f.draw_y(x, d['y_u_noise'][m, s * BU + b])
            q = f.net('q_z', np.append(x, y))
            z = f.draw_z(q, d['z_u'][m, s * BU + b])
            s8.append(f.log_p_x(f.net('p_x', np.append(y, z)), x) - f.log_q_y(x, y) - f.log_q_z(q, z) + f.log_p_y(y) +
                      f.log_p_z(z))
        rows['L_fx'].append(bound(s8))
    for b in range(BY):
        y, s10, s22 = d['y_u'][m, b], [], []
        for s in range(samples):
            z, prior = d['prior_10'][m, s * BY + b], 0.0
            if case.get('reverse') == 'inferred':
                q = f.net('q_zy', y)
                z = f.draw_z(q, d['z_21'][m, s * BY + b])
                prior = f.log_q_z(q, z)
            elif case.get('reverse') == 'latent':
                prior = f.log_p_z(z)
            x, log_p = f.draw_x(f.net('p_x', np.append(y, z)), d['x_y'][m, s * BY + b])
            s10.append(f.log_q_y(x, y) + f.log_q_z(f.net('q_z', np.append(x, y)), z) - prior - log_p)
            if case.get('reverse') == 'inferred':
                mixture = []
                for t in range(T):
                    p = f.net('p_x', np.append(y, d['prior_22'][m, t * BY + b]))
                    xt = f.draw_x(p, d['x_22'][m, t * BY + b])[0]
                    mixture.append(math.exp(f.log_q_z(f.net('q_z', np.append(xt, y)), z)))
                s22.append(f.log_q_z(q, z) - math.log(np.mean(mixture)))
        rows['L_ry'].append(bound(s10, case.get('x') != 'bernoulli'))
        rows['K_z'].append(np.mean(s22) if s22 else 0.0)
    return {t: float(np.mean(v)) for t, v in rows.items()}


def data(case):
    samples = case.get('samples', 1)
    d = dict(y_l=composition((M, BL, K), 42), y_u=composition((M, BY, K), 43))
    for name, rows, p in (('x_l', BL, 40), ('x_u', BU, 41)):
        x = fill((M, rows, C), p, 1.0)
        d[name] = 0.5 + 0.49 * x if case.get('x') == 'bernoulli' else 0.45 * x if case.get('x') == 'positive' else x
    free = K if case.get('y') == 'concrete' else K - 1
    for name, rows, cols, p, scale in (
            ('z_l', samples * BL, Z, 44, 1.5), ('y_u_noise', samples * BU, free, 45, 1.5), ('z_u', samples * BU, Z, 46, 1.5),
            ('x_y', samples * BY, C, 47, 1.5), ('prior_9', samples * BL, Z, 48, 1.4), ('prior_10', samples * BY, Z, 49, 1.4),
            ('prior_14', samples * BL, Z, 50, 1.4), ('z_21', samples * BY, Z, 51, 1.5), ('prior_22', T * BY, Z, 52, 1.4),
            ('x_22', T * BY, C, 53, 1.5)):
        d[name] = fill((M, rows, cols), p, scale)
    return d


def main():
    result = {}
    for name, case in CASES.items():
        w, d = weights(case), data(case)
        centre = 0.7 + fill((C,), 60, 0.2)
        entry = {'terms': [terms(Model(case, w, m, centre), d) for m in range(M)]}
        gradients = {}
        for key, value in w.items():
            for i in range(0, value.size, 7):
                m = i // (value.size // M)
                keep, step = value.flat[i], 1e-5
                sums = []
                for sign in (1, -1):
                    value.flat[i] = keep + sign * step
                    sums.append(terms(Model(case, w, m, centre), d))
                value.flat[i] = keep
                gradients['%s:%d' % (key, i)] = {t: (sums[0][t] - sums[1][t]) / (2 * step) for t in sums[0]}
        entry['gradients'] = gradients
        result[name] = entry
    print(json.dumps(result, indent=0))


main()
