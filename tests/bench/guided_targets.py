#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the method 'guided' reaches on measured and simulated mixtures, beside what it should reach.

Everything is chosen by the program itself; only the rows to learn from are given, and the seed draws 500 of them.
Beside it stand least squares of the spectra on the compositions (endmembers) and PLS (compositions), computed here
with numpy from the same rows, PLS with the number of components that is best on the *held-out* rows, which no user
can know.

  tests/bench/guided_targets.py --cli build/…/bin/assayer-cli --data FOLDER [--seeds 4] [crism relab samson tecator]

Needs python3-h5py and python3-numpy. Exit status 1 where a target is missed.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np

CASES = {
    # name: file, selections or subsets, options, {measure: target}
    "crism": ("crism_like.h5", ["interior:0.7"], [], {"l2": 0.26, "sad": 1.25, "kl": 0.0115, "coverage": 0.85, "z": 0.75}),
    "relab": ("relab_xp_opx_cpx.h5", ["max<=0.65", "max<=0.7", "max<=0.75", "max<=0.8"], [],
              {"l2": 0.80, "sad": 1.4, "kl": 0.040, "coverage": 0.85}),
    "samson": ("samson.h5", ["interior:0.7"], [], {"l2_ratio": 1.02, "kl_ratio": 1.05, "coverage": 0.85}),
    "tecator": ("tecator_meat.h5", ["random:0.8"], [], {"kl": 0.004, "fat": 0.012, "coverage": 0.85}),
    "tecator-split": ("tecator_meat.h5", ["split=0"], [], {"kl": 0.0035, "fat": 0.0075, "water": 0.0090, "coverage": 0.85}),
}


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return json.loads(done.stdout)


def divergence(y, p):
    p = np.maximum(p, 1e-6)
    p = p / p.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(y > 0, y * np.log(y / p), 0).sum(1).mean())


def best_pls(x, y, x_test, y_test, most=15):
    """SIMPLS (de Jong 1993), the divergence of the best number of components."""
    mx, my = x.mean(0), y.mean(0)
    x, y = x - mx, y - my
    s, basis, b, best = x.T @ y, np.zeros((x.shape[1], 0)), np.zeros((x.shape[1], y.shape[1])), np.inf
    for _ in range(min(most, len(x) - 1)):
        r = np.linalg.svd(s, full_matrices=False)[0][:, 0]
        t = x @ r
        norm = np.linalg.norm(t)
        if norm < 1e-12:
            break
        t, r = t / norm, r / norm
        p, q = x.T @ t, y.T @ t
        v = p - basis @ (basis.T @ p)
        v -= basis @ (basis.T @ v)
        v /= np.linalg.norm(v)
        basis, s, b = np.column_stack([basis, v]), s - np.outer(v, v @ s), b + np.outer(r, q)
        best = min(best, divergence(y_test, np.maximum((x_test - mx) @ b + my, 1e-4)))
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--cli", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    missed = False
    for name in options.cases:
        file, selections, extra, targets = CASES[name]
        path = options.data / file
        with h5py.File(path) as h:
            x, y = h["spectra"][:].astype(float), h["abundance"][:].astype(float)
        columns = {}
        subsets = [(selections[i % len(selections)], i) for i in range(max(options.seeds, len(selections)))]
        if name == "tecator-split":
            subsets = [(selections[0], i) for i in range(options.seeds)]
        for selection, seed in subsets:
            if selection.startswith("random:"):
                share = float(selection.split(":")[1])
                rows = np.sort(np.random.default_rng(seed).permutation(len(y))[: int(share * len(y))])
                selection = "rows=" + ",".join(map(str, rows))
            with tempfile.TemporaryDirectory() as folder:
                model = pathlib.Path(folder) / "model.h5"
                result = run(options.cli, "train", path, "-o", model, "--method", "guided", "--seed", seed,
                             "--labelled", selection, "--json", *extra)
                with h5py.File(model) as h:
                    rows = np.array(json.loads(h.attrs["plan"])["labelled"])
            test = np.setdiff1d(np.arange(len(y)), rows)
            found = {"kl": result["kl"]["held_out"],
                     "coverage": next(i["coverage"] for i in result["intervals"] if i["level"] == 0.95)}
            found["pls_kl"] = best_pls(x[rows], y[rows], x[test], y[test])
            found["kl_ratio"] = found["kl"] / found["pls_kl"]
            per_component = result["rmse"]["per_component"]
            found.update({k: per_component[k] for k in ("fat", "water") if k in per_component})
            if result["endmembers"]["mean_l2"] is not None:
                found.update(l2=result["endmembers"]["mean_l2"], sad=result["endmembers"]["mean_sad"])
                with h5py.File(path) as h:
                    reference = h["endmembers"][:].astype(float)
                    if "endmembers_by_group" in h:
                        weight = np.bincount(h["group"][:][rows], minlength=len(h["endmembers_by_group"]))
                        reference = np.tensordot(weight / weight.sum(), h["endmembers_by_group"][:].astype(float), 1)
                least = np.linalg.lstsq(y[rows], x[rows], rcond=None)[0]
                found["least_squares_l2"] = float(np.linalg.norm(least - reference, axis=1).mean())
                found["l2_ratio"] = found["l2"] / found["least_squares_l2"]
            if result["z"]["group_accuracy_training"] is not None:
                found["z"] = result["z"]["group_accuracy_training"]
            print(f"  {name} seed {seed}: link {result['facts']['link']}, {result['facts']['task']}, "
                  + ", ".join(f"{k} {v:.4g}" for k, v in found.items()), flush=True)
            for key, value in found.items():
                columns.setdefault(key, []).append(value)
        print(f"{name}: mean of {len(subsets)}")
        for key, values in columns.items():
            line = f"  {key:18}{np.mean(values):9.4g} ± {np.std(values, ddof=1):<9.2g}"
            if key in targets:
                good = np.mean(values) >= targets[key] if key in ("coverage", "z") else np.mean(values) <= targets[key]
                missed |= not good
                line += f" target {targets[key]:<7g} {'reached' if good else 'MISSED'}"
            print(line, flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
