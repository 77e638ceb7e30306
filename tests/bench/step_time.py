#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One training step of Assayer, fused and with autograd, against the eager PyTorch peer, alternating in one run.

    step_time.py --cli build/release/bin/assayer-cli --peer torch_ref.py --data crism_like.h5 [--rounds 5]
                 [--members 1,16] [--threads 1] [--bench build/release/bin]

Times are CPU time (user and system) per step and member, so that what else the machine does counts little: of each
program a short and a longer training are run, and the difference is divided by the steps between them, which leaves
out start, reading and evaluation. Prints every round, and the ratios to the peer: minimum, median, maximum.

With --bench, the folder of the benchmark programs, the shapes of all three experiments follow, with 1, 4, 16 and 64
members and 1 and 2 threads: the table of the guide (resources/guide/speed.md).
"""
import json
import os
import statistics
import tempfile

from measured import peer_arguments, run

SHAPES = ('crism', 'libs', 'mnist')


def bench(program, pattern, rounds):
    """Rows of a benchmark program's report, of every repetition."""
    done = run([program, '--benchmark_filter=' + pattern, '--benchmark_format=json',
                '--benchmark_repetitions=%d' % rounds, '--benchmark_enable_random_interleaving=true'])
    return [row for row in json.loads(done.out)['benchmarks'] if row['run_type'] == 'iteration']


def table(folder, rounds):
    """CPU ms per step and member: median of the rounds, which come in random order."""
    times = {}
    on_cpu = 'training_step/[a-z]+_(fused|autograd)/'
    for row in bench(os.path.join(folder, 'assayer_bench_training'), on_cpu, rounds):
        _, path, *arguments = row['name'].split('/')
        shape, step = path.split('_')
        members, threads = (int(argument.split(':')[1]) for argument in arguments[:2])
        times.setdefault((shape, step, members, threads), []).append((row['real_time'], row['wall_ms']))
    floors = {}
    for row in bench(os.path.join(folder, 'assayer_bench_step'), '.', rounds):
        floors.setdefault(row['name'].split('/')[0] + ' ' + row['name'].split('/')[1], []).append(row['cpu_time'])

    def median(key, clock=0):
        return statistics.median(entry[clock] for entry in times[key])

    print('\n| shape | members | threads | fused | autograd | autograd / fused | wall, autograd / fused |')
    print('|---|---|---|---|---|---|---|')
    for shape, step, members, threads in sorted(times, key=lambda key: (SHAPES.index(key[0]), key[3], key[2])):
        if step != 'fused':
            continue
        fused = median((shape, 'fused', members, threads))
        line = '| %s | %d | %d | %.3g ms |' % (shape.upper(), members, threads, fused)
        other = (shape, 'autograd', members, threads)
        if other in times:
            line += ' %.3g ms | %.1f | %.1f |' % (median(other), median(other) / fused,
                                                 median(other, 1) / median((shape, 'fused', members, threads), 1))
        else:
            line += ' | | |'
        print(line)
    print('\n| shape | step over its floor |\n|---|---|')
    for shape in SHAPES:
        print('| %s | %.2f |' % (shape.upper(), statistics.median(floors['step ' + shape])
                                / statistics.median(floors['floor ' + shape])))


def main():
    parser = peer_arguments(__doc__)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--epochs', type=int, default=40, help='by which the longer training is longer')
    parser.add_argument('--members', default='1', help='populations, separated by commas')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--steps', default='fused,autograd', help='paths of Assayer, separated by commas')
    parser.add_argument('--bench', help='folder of assayer_bench_training and assayer_bench_step')
    options = parser.parse_args()
    rows = [(step, int(members)) for step in options.steps.split(',') for members in options.members.split(',')]

    def ours(step, members):
        def train(epochs):
            with tempfile.TemporaryDirectory() as folder:
                done = run([options.cli, 'train', options.data, '-o', os.path.join(folder, 'm.h5'), '--method',
                            'untapped', '--labelled', 'interior:0.7', '--unlabelled', 'interior:0.7',
                            '--unfeatured', 'corners:501:0.05', '--epochs', str(epochs),
                            '--set', 'snapshot_seconds=1e6', '--set', 'device=cpu', '--set', 'step=%s' % step,
                            '--set', 'members=%d' % members, '--set', 'threads=%d' % options.threads,
                            '--json', '--quiet'])
                return done.cpu, json.loads(done.out)['steps']
        few, many = train(2), train(2 + options.epochs)
        return 1e3 * (many[0] - few[0]) / (many[1] - few[1]) / members

    steps_per_epoch = 10  # of the peer: 992 interior rows in batches of 100

    def peer():
        def train(epochs):
            return run([options.python, options.peer, '--data', options.data, '--epochs', str(epochs),
                        '--threads', '1']).cpu
        few, many = train(2), train(2 + options.epochs)
        return 1e3 * (many - few) / (options.epochs * steps_per_epoch)

    ratios = {row: [] for row in rows}
    for turn in range(options.rounds):
        reference = peer()
        parts = ['peer %.2f ms' % reference]
        for step, members in rows:
            mine = ours(step, members)
            ratios[step, members].append(reference / mine)
            parts.append('%s M=%d %.3f ms (%.1fx)' % (step, members, mine, reference / mine))
        print('round %d: %s' % (turn + 1, ', '.join(parts)), flush=True)
    for (step, members), values in ratios.items():
        print('peer / %s, M=%d, per member: min %.1f, median %.1f, max %.1f'
              % (step, members, min(values), statistics.median(values), max(values)))
    if options.bench:
        table(options.bench, options.rounds)


main()
