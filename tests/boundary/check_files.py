#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds our files against the rules that concern a file as such.

Usage: check_files.py ROOT

No source, script or test is longer than 650 lines (above 600 a warning: split it when it has a second purpose), each
names its licence in the first three lines, and each header has #pragma once.
"""
import sys
from pathlib import Path

FOLDERS = ("core", "ui", "app", "tests", "packaging", "cmake", ".ci")
SUFFIXES = {".h", ".cpp", ".py", ".cmake", ".sh", ".qml"}
WARN, FAIL = 600, 650


def is_ours(path):
    if path.suffix in SUFFIXES or path.name == "CMakeLists.txt":
        return True
    # Scripts have no suffix; their first two bytes tell.
    return path.is_file() and not path.suffix and path.open("rb").read(2) == b"#!"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = Path(sys.argv[1]).resolve()
    files = [p for f in FOLDERS for p in sorted((root / f).rglob("*")) if is_ours(p)]
    # The fixtures break rules on purpose, unless they are the tree that is being checked.
    files = [p for p in files if "fixtures" not in p.relative_to(root).parts]
    if not files:
        sys.exit(f"{root}: no sources found")
    faults = 0
    for path in files:
        name = path.relative_to(root).as_posix()
        lines = path.read_text(encoding="utf-8").splitlines()
        complaints = []
        if len(lines) > FAIL:
            complaints.append(f"{len(lines)} lines, at most {FAIL}: split it by purpose")
        elif len(lines) > WARN:
            print(f"warning: {name}: {len(lines)} lines: does it have a second purpose?")
        if not any("SPDX-License-Identifier: GPL-3.0-or-later" in line for line in lines[:3]):
            complaints.append("no SPDX-License-Identifier in its first lines")
        if path.suffix == ".h" and "#pragma once" not in lines:
            complaints.append("no #pragma once")
        for complaint in complaints:
            print(f"{name}: {complaint}")
        faults += len(complaints)
    print(f"{len(files)} files, {faults} faults.")
    sys.exit(1 if faults else 0)


main()
