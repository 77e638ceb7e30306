#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows that the core's public headers need nothing but the language.

Usage: check_headers.py ROOT COMPILER STANDARD HEADER…

Asks COMPILER for every file that each HEADER drags in, with ROOT as the only include path, and complains about those of
libraries that the core keeps to itself. That each header is complete by itself shows in the build, which compiles it
alone (the target assayer_headers_alone).
"""
import re
import subprocess
import sys
from pathlib import Path

LIBRARIES = {
    "LibTorch": r"/(torch|ATen|c10|caffe2)/",
    "Qt": r"/qt[56]?/|/Qt[A-Z]\w*/",
    "QCustomPlot": r"/qcustomplot",
    "HDF5": r"/hdf5/|/H5\w*\.h$|/hdf5\.h$",
    "nlohmann-json": r"/nlohmann/",
    "Eigen": r"/Eigen/",
    "fmt": r"/fmt/",
    "CLI11": r"/CLI/",
}


def dependencies(root, compiler, standard, header):
    command = [compiler, f"-std=c++{standard}", "-x", "c++", "-M", "-I", str(root), str(root / header)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        return None, run.stderr
    # A make rule: "target: file file \", with spaces in names escaped.
    rule = run.stdout.replace("\\\n", " ").split(":", 1)[1]
    return [word.replace("\\ ", " ") for word in re.split(r"(?<!\\)\s+", rule) if word], ""


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    root, compiler, standard = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    faults = 0
    for header in sys.argv[4:]:
        files, message = dependencies(root, compiler, standard, header)
        if files is None:
            print(f"{header}: cannot be read alone:\n{message}")
            faults += 1
            continue
        # Our own folders may be called anything; only what lies outside is looked at.
        outside = [f for f in files if not f.startswith(f"{root}/")]
        for library, pattern in LIBRARIES.items():
            guilty = next((f for f in outside if re.search(pattern, f)), None)
            if guilty:
                print(f"{header}: includes {library}: {guilty}")
                faults += 1
    print(f"{len(sys.argv) - 4} headers, {faults} faults.")
    sys.exit(1 if faults else 0)


main()
