#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`tune --halving` against the full search over the same settings, on simulated laboratories.

    halving_time.py --cli build/release/bin/assayer-cli [--seeds 1,2,3] [--epochs 400] [--factor 2]

8 settings (4 weights alpha_r, 2 rates) of `untapped` on 5 folds. Prints the processor time of both, which setting each
finds, the place of halving's in the full search's order, and its KL on the folds beside that of the full search's best.
"""
import argparse
import json
import os
import tempfile

from measured import run


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--cli', required=True)
    parser.add_argument('--seeds', default='1,2,3', help='of the laboratories')
    parser.add_argument('--epochs', type=int, default=400)
    parser.add_argument('--factor', type=int, default=2)
    options = parser.parse_args()

    shares, same = [], 0
    seeds = options.seeds.split(',')
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            lab = os.path.join(folder, 'lab.h5')
            run([options.cli, 'simulate', 'crism-lab', '-o', lab, '--seed', seed, '--quiet'])
            search = [options.cli, 'tune', lab, '--method', 'untapped', '--over', 'alpha_r=0,0.001,0.01,0.1',
                      '--over', 'rate=0.001,0.003', '--by', 'kfold:5', '--rows', 'interior:0.7',
                      '--unfeatured', 'corners:501:0.05', '--set', 'epochs=%d' % options.epochs, '--json', '--quiet']
            full = run(search)
            methods = json.loads(full.out)['methods']
            short = run(search + ['--halving', str(options.factor)])
            found = json.loads(short.out)
        whole, halved = full.cpu, short.cpu
        order = sorted(methods, key=lambda name: methods[name]['kl']['mean'])
        winner = found['halving']['winner']
        shares.append(halved / whole)
        same += winner == order[0]
        print('laboratory %s: full %.1f s, halving %.1f s, ratio %.2f; full finds %s (KL %.5f ± %.5f), halving %s '
              '(KL %.5f), place %d of %d'
              % (seed, whole, halved, halved / whole, order[0], methods[order[0]]['kl']['mean'],
                 methods[order[0]]['kl']['sd'], winner, found['methods'][winner]['kl']['mean'],
                 order.index(winner) + 1, len(order)), flush=True)
        for rung in found['halving']['rungs']:
            print('  after %d epochs, dropped: %s'
                  % (rung[0]['epoch'], ', '.join('%s (%.4f)' % (entry['settings'], entry['kl'])
                                                 for entry in rung if entry['dropped'])))
    print('the same setting in %d of %d; processor time %.2f to %.2f of the full search'
          % (same, len(seeds), min(shares), max(shares)))


main()
