#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Principal components and predictions of a million spectra, beside scikit-learn and beside reading them, in one run.

    scale.py --bench build/release/bin [--rows 1000000] [--folder /tmp] [--rounds 3]

Processor time and memory beyond the spectra themselves. scikit-learn's PCA gets the solver that it takes by itself for
so many rows in its newer versions (of the covariance) where it has it, and otherwise its randomised one.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

PEER = '''
import json, resource, time, sys
import numpy as np
from sklearn.decomposition import PCA
rows = int(sys.argv[1])
rng = np.random.default_rng(1)
x = np.empty((rows, 165), np.float32)
curves = np.stack([0.5 + 0.3 * np.sin(0.02 * k * np.arange(165)) for k in (1, 2, 3)])
for first in range(0, rows, 10000):
    n = min(10000, rows - first)
    y = rng.dirichlet(np.ones(3), n)
    x[first:first + n] = y @ curves + 0.01 * rng.random((n, 165))
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
cpu = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
before, began, wall = peak(), cpu(), time.monotonic()
try:
    PCA(10, svd_solver='covariance_eigh').fit_transform(x)
    solver = 'covariance_eigh'
except Exception:
    PCA(10, svd_solver='randomized', random_state=0).fit_transform(x)
    solver = 'randomized'
print(json.dumps({'cpu': cpu() - began, 'wall': time.monotonic() - wall, 'more_mb': peak() - before, 'solver': solver}))
'''


def run(command):
    environment = dict(os.environ, OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit('%s failed: %s' % (command[0], done.stderr.strip()))
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--bench', required=True, help='folder of assayer_bench_scale')
    parser.add_argument('--rows', type=int, default=1000000)
    parser.add_argument('--folder', default='/tmp')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--python', default='/usr/bin/python3', help='an interpreter with scikit-learn')
    options = parser.parse_args()
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(run([os.path.join(options.bench, 'assayer_bench_scale'), options.folder, str(options.rows)]))
        theirs.append(run([options.python, '-c', PEER, str(options.rows)]))
    of = lambda rows, key: statistics.median(row[key] for row in rows)
    print('%d spectra of 165 channels, %.0f MB' % (options.rows, of(ours, 'spectra_mb')))
    print('| | Assayer | scikit-learn, %s |\n|---|---|---|' % theirs[0]['solver'])
    print('| 10 principal components, s | %.2f | %.2f |' % (of(ours, 'pca_cpu'), of(theirs, 'cpu')))
    print('| memory beyond the spectra, MB | %.0f | %.0f |' % (of(ours, 'pca_more_mb'), of(theirs, 'more_mb')))
    print('prediction: %.0f rows/s; reading: %.0f rows/s; ratio %.3f'
          % (options.rows / of(ours, 'predict_cpu'), options.rows / of(ours, 'read_cpu'),
             of(ours, 'read_cpu') / of(ours, 'predict_cpu')))


main()
