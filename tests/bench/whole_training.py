#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole trainings to the same error on rows that training never saw: Assayer against the eager PyTorch peer.

    whole_training.py --cli build/release/bin/assayer-cli --peer torch_ref.py --data crism_like.h5
                      [--seeds 3] [--epochs 100,200,400,800]

Both are trained from several seeds to each number of epochs. What is to be reached is the peer's mean KL of the rows
outside of the interior after its longest training; how many epochs, and how much time of the whole program (start,
reading and evaluation included), each takes until its own mean KL is there is read off its curve, linearly between two
lengths. Prints every point, with the largest memory of the processes, and the ratios.
"""
import json
import os
import statistics
import sys
import tempfile

from measured import peer_arguments, run


def reached(points, target):
    """Epochs and seconds at which the curve of (epochs, seconds, error) comes down to the target, or None."""
    before = None
    for epochs, seconds, error in points:
        if error <= target:
            if before is None:
                return epochs, seconds
            share = (before[2] - target) / (before[2] - error)
            return before[0] + share * (epochs - before[0]), before[1] + share * (seconds - before[1])
        before = (epochs, seconds, error)
    return None


def main():
    parser = peer_arguments(__doc__)
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--epochs', default='100,200,400,800')
    options = parser.parse_args()
    lengths = [int(length) for length in options.epochs.split(',')]

    def ours(epochs, seed):
        with tempfile.TemporaryDirectory() as folder:
            done = run([
                options.cli, 'train', options.data, '-o', os.path.join(folder, 'm.h5'), '--method', 'untapped',
                '--labelled', 'interior:0.7', '--unlabelled', 'interior:0.7', '--unfeatured', 'corners:501:0.05',
                '--epochs', str(epochs), '--seed', str(seed), '--json', '--quiet'])
            return done.wall, done.memory, json.loads(done.out)['kl']['held_out']

    def peer(epochs, seed):
        done = run([options.python, options.peer, '--data', options.data, '--epochs', str(epochs), '--seed', str(seed),
                    '--threads', '1'])
        return done.wall, done.memory, json.loads(done.out)['kl_outside_centre']

    curves = {'peer': [], 'Assayer': []}
    peak = {'peer': 0, 'Assayer': 0}
    print('%-8s %6s %10s %22s %10s' % ('', 'epochs', 'seconds', 'KL outside', 'memory MB'))
    for epochs in lengths:
        for name, train in (('peer', peer), ('Assayer', ours)):
            points = [train(epochs, seed) for seed in range(options.seeds)]
            seconds = statistics.mean(point[0] for point in points)
            errors = [point[2] for point in points]
            peak[name] = max(peak[name], *(point[1] for point in points))
            spread = statistics.stdev(errors) if len(errors) > 1 else 0.0
            curves[name].append((epochs, seconds, statistics.mean(errors)))
            print('%-8s %6d %10.2f %13.5f ± %.5f %10.0f'
                  % (name, epochs, seconds, statistics.mean(errors), spread, peak[name]), flush=True)

    target = curves['peer'][-1][2]
    theirs, mine = reached(curves['peer'], target), reached(curves['Assayer'], target)
    if mine is None:
        sys.exit('Assayer did not come down to %.5f: let it train longer (--epochs).' % target)
    print('\nto a KL of %.5f: peer %.0f epochs, Assayer %.0f; peer / Assayer: time %.1f, memory %.1f'
          % (target, theirs[0], mine[0], theirs[1] / mine[1], peak['peer'] / peak['Assayer']))


main()
