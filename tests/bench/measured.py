# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts beside it share: what a command costs, and the arguments of those that compare with the peer."""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple


class Run(NamedTuple):
    wall: float  # seconds by the clock
    cpu: float  # seconds of the processor, user and system
    memory: float  # MB, the largest that was resident
    out: str  # what was printed


def run(command):
    """Runs a command with one thread of BLAS; ends the script with what it said where it fails."""
    environment = dict(os.environ, OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            sys.exit('%s failed: %s' % (' '.join(command), err.read().decode().strip()))
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read().decode())


def peer_arguments(description):
    """A parser of the programs and data of a comparison with the eager PyTorch peer."""
    parser = argparse.ArgumentParser(description=description.split('\n')[0])
    parser.add_argument('--cli', required=True)
    parser.add_argument('--peer', required=True)
    parser.add_argument('--data', required=True)
    parser.add_argument('--python', default='/usr/bin/python3', help='an interpreter with torch, h5py and sklearn')
    return parser
