#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One training step of Assayer against the eager PyTorch peer, alternating in one run, one thread each.

    step_time.py --cli build/release/bin/assayer-cli --peer torch_ref.py --data crism_like.h5 [--rounds 5]

Prints the median step of each round, and the ratio peer / Assayer: minimum, median, maximum over the rounds.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile


def output(command):
    environment = dict(os.environ, OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    if done.returncode != 0:
        sys.exit('%s failed: %s' % (' '.join(command), done.stderr.strip()))
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--cli', required=True)
    parser.add_argument('--peer', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--python', default='/usr/bin/python3', help='an interpreter with torch, h5py and sklearn')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--epochs', type=int, default=60)
    options = parser.parse_args()
    ratios = []
    for turn in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            ours = 1e3 * output([options.cli, 'train', options.data, '-o', os.path.join(folder, 'm.h5'), '--method',
                                 'untapped', '--epochs', str(options.epochs), '--set', 'snapshot_seconds=1e6', '--set', 'threads=1', '--json',
                                 '--quiet'])['step_seconds_median']
        peer = output([options.python, options.peer, '--data', options.data, '--epochs', str(options.epochs),
                       '--threads', '1'])['step_ms_median']
        ratios.append(peer / ours)
        print('round %d: Assayer %.2f ms, peer %.2f ms a step, ratio %.2f' % (turn + 1, ours, peer, ratios[-1]),
              flush=True)
    print('peer / Assayer: min %.2f, median %.2f, max %.2f' % (min(ratios), statistics.median(ratios), max(ratios)))


main()
