#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for a weight of the objective, 4 values × 5 folds × 2 seeds, against three trainings of the eager PyTorch
peer, alternating in one run.

    tune_time.py --cli build/release/bin/assayer-cli --peer torch_ref.py --data crism_like.h5 [--rounds 3] [--epochs 60]

Both learn from the interior rows of the laboratory for the same epochs. Of each a short and a longer run are timed and
subtracted, which leaves out start and reading; then the longer one as a whole. Prints wall clock and processor time and
what the search takes of three trainings: below 1 it is faster.
"""
import os
import statistics

from measured import peer_arguments, run


def main():
    parser = peer_arguments(__doc__)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--epochs', type=int, default=60)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    options = parser.parse_args()

    def search(epochs):
        return run([options.cli, 'tune', options.data, '--method', 'untapped', '--over', 'alpha_r=0,0.001,0.01,0.1',
                    '--by', 'kfold:5', '--rows', 'interior:0.7', '--unfeatured', 'corners:501:0.05',
                    '--set', 'members=2', '--set', 'epochs=%d' % epochs, '--set', 'threads=%d' % options.threads,
                    '--json', '--quiet'])

    def peer(epochs):
        return run([options.python, options.peer, '--data', options.data, '--epochs', str(epochs), '--threads', '1'])

    shares = {'wall, epochs alone': [], 'wall, whole': [], 'cpu, epochs alone': [], 'cpu, whole': []}
    for turn in range(options.rounds):
        short, long = search(2), search(2 + options.epochs)
        few = peer(2)
        many = [peer(2 + options.epochs) for _ in range(3)]
        parts = []
        for at, clock in enumerate(('wall', 'cpu')):
            three = sum(training[at] for training in many)
            shares[clock + ', whole'].append(long[at] / three)
            shares[clock + ', epochs alone'].append((long[at] - short[at]) / (three - 3 * few[at]))
            parts.append('%s: search %.1f s, three trainings %.1f s' % (clock, long[at], three))
        print('round %d: %s' % (turn + 1, '; '.join(parts)), flush=True)
    for name, values in shares.items():
        print('search / three trainings, %s: min %.2f, median %.2f, max %.2f'
              % (name, min(values), statistics.median(values), max(values)))


main()
