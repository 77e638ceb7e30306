#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Untapped against M2 over paired seeds, by the headless program: the paper's comparison (its sections 4.1-4.3).

    compare_methods.py --cli build/release/bin/assayer-cli DATA.h5 [--seeds 3] [--epochs 2500] [--set key=value ...]

Prints one row per run, then mean and standard deviation per method and the paired difference with a 95 % interval
(Student's t). A DATA of the form `crism-lab:SEED` is simulated first. Needs Python's standard library alone.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

T975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}

MEASURES = (  # title, how to find it, format
    ('endmember L2', lambda r: r['endmembers']['mean_l2'], '.3f'),
    ('SAD (deg)', lambda r: r['endmembers']['mean_sad'], '.2f'),
    ('KL held out', lambda r: r['kl']['held_out'], '.4f'),
    ('KL all', lambda r: r['kl']['mean'], '.4f'),
    ('z group, training rows', lambda r: r['z']['group_accuracy_training'], '.3f'),
    ('z group, all rows', lambda r: r['z']['group_accuracy'], '.3f'),
    ('outlier AUC', lambda r: r['outliers']['auc'], '.3f'),
)


def train(options, data, method, seed, folder):
    command = [options.cli, 'train', data, '-o', os.path.join(folder, '%s-%d.h5' % (method, seed)), '--method', method,
               '--epochs', str(options.epochs), '--seed', str(seed), '--json', '--quiet']
    for setting in ['snapshot_seconds=1e6'] + options.set:
        command += ['--set', setting]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit('%s failed: %s' % (' '.join(command), done.stderr.strip()))
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('data')
    parser.add_argument('--cli', required=True)
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--epochs', type=int, default=2500)
    parser.add_argument('--methods', default='m2,untapped')
    parser.add_argument('--set', action='append', default=[], metavar='key=value')
    options = parser.parse_args()
    methods = options.methods.split(',')

    with tempfile.TemporaryDirectory() as folder:
        data = options.data
        if data.startswith('crism-lab:'):
            data = os.path.join(folder, 'lab.h5')
            subprocess.run([options.cli, 'simulate', 'crism-lab', '-o', data, '--seed', options.data.split(':')[1],
                            '--quiet'], check=True, stdout=subprocess.DEVNULL)
        print('%s, %d epochs, objective paper%s' % (os.path.basename(options.data), options.epochs,
                                                    ''.join(', ' + s for s in options.set)))
        print('%-10s %4s' % ('method', 'seed') + ''.join('  %22s' % title for title, _, _ in MEASURES))
        results = {method: [] for method in methods}
        for seed in range(options.seeds):
            for method in methods:
                result = train(options, data, method, seed, folder)
                results[method].append(result)
                print('%-10s %4d' % (method, seed) +
                      ''.join('  %22s' % format(find(result), form) for _, find, form in MEASURES), flush=True)
        for method in methods:
            cells = []
            for _, find, form in MEASURES:
                values = [find(result) for result in results[method]]
                spread = statistics.stdev(values) if len(values) > 1 else 0.0
                cells.append('  %22s' % (format(statistics.mean(values), form) + ' ± ' + format(spread, form)))
            print('%-10s mean' % method + ''.join(cells))
        first = methods[0]
        for other in methods[1:]:
            cells = []
            for _, find, form in MEASURES:
                differences = [find(b) - find(a) for a, b in zip(results[first], results[other])]
                half = float('nan')
                if len(differences) > 1:
                    n = len(differences)
                    half = T975.get(n - 1, 1.96) * statistics.stdev(differences) / math.sqrt(n)
                cells.append('  %22s' % (format(statistics.mean(differences), '+' + form) + ' ± ' + format(half, form)))
            print('%s − %s (95 %%)' % (other, first) + ''.join(cells))


main()
