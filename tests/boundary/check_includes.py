#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the #include lines of a source tree against a table of allowed edges.

Usage: check_includes.py ROOT TABLE

Prints one line per violation, "FILE:LINE: reason", and exits with 1 if there is any. The form of TABLE is described at
the top of allowed-includes.txt.
"""
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

FOLDERS = ("core", "ui", "app", "tests")
SUFFIXES = {".h", ".hpp", ".cpp", ".cc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Written by Qt's tools and by the build, beside the sources that include them.
GENERATED = ("*.moc", "moc_*.cpp", "ui_*.h", "qrc_*.cpp")


class Table:
    def __init__(self, path):
        self.units, self.edges, self.families, self.only = {}, {}, {}, {}
        self.never, self.private = [], []
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "unit" and words[2:3] == ["="]:
                self.units[words[1]] = words[3:]
            elif words[0] == "family" and words[2:3] == ["="]:
                self.families[words[1]] = words[3:]
            elif words[0] == "only" and words[2:3] == ["in"]:
                self.only[words[1]] = words[3:]
            elif words[0] == "never" and len(words) == 3:
                self.never.append((words[1], words[2]))
            elif words[0] == "private":
                self.private += words[1:]
            elif words[1:2] == ["->"]:
                self.edges[words[0]] = set(words[2:])
            else:
                sys.exit(f"{path}: cannot read: {' '.join(words)}")
        named = set(self.edges).union(*self.edges.values())
        if named - set(self.units):
            sys.exit(f"{path}: no such unit: {', '.join(sorted(named - set(self.units)))}")
        named = set(self.only).union(*self.never)
        if named - set(self.families):
            sys.exit(f"{path}: no such family: {', '.join(sorted(named - set(self.families)))}")

    def unit(self, file):
        return next((u for u, patterns in self.units.items() if matches(file, patterns)), None)

    def family(self, header):
        return next((f for f, patterns in self.families.items() if matches(header, patterns)), None)


def matches(name, patterns):
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def read_includes(root):
    """{file: [(line, quoted, name)]} for every source below the folders of ours; fixtures are nobody's code."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix not in SUFFIXES or name.startswith("tests/boundary/"):
                continue
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            hits = ((number, INCLUDE.match(line)) for number, line in enumerate(lines, 1))
            found[name] = [(number, hit[1] == '"', hit[2]) for number, hit in hits if hit]
    return found


def check_edges(table, includes):
    for file, lines in includes.items():
        own = table.unit(file)
        in_tests = file.startswith("tests/")
        if own is None and not in_tests:
            yield f"{file}:1: belongs to no unit of the table"
            continue
        for number, quoted, header in lines:
            family = table.family(header)
            if family and family in table.only and not matches(file, table.only[family]):
                yield f"{file}:{number}: {header}: headers of {family} belong in {' '.join(table.only[family])}"
            if in_tests or family or not quoted or matches(header, GENERATED):
                continue
            if header not in includes:
                # A path relative to the file would slip through the table.
                yield f"{file}:{number}: {header}: not a header of this tree, written from its root"
                continue
            other = table.unit(header)
            if other != own and matches(header, table.private):
                yield f"{file}:{number}: {header}: is private to {other}"
            elif other != own and other not in table.edges.get(own, set()):
                yield f"{file}:{number}: {header}: {own} may not include {other}"


def check_families(table, includes):
    """No translation unit may see two libraries that exclude each other, through whatever headers."""
    for file in includes:
        if not file.endswith((".cpp", ".cc", ".h", ".hpp")):
            continue
        seen, way, waiting = {}, {file: file}, [file]
        while waiting:
            current = waiting.pop()
            for _, _, header in includes[current]:
                family = table.family(header)
                if family:
                    seen.setdefault(family, f"{way[current]} > {header}")
                # Tests may include a neighbour by its bare name.
                beside = (Path(current).parent / header).as_posix()
                for target in (header, beside):
                    if target in includes and target not in way:
                        way[target] = f"{way[current]} > {target}"
                        waiting.append(target)
        for one, other in table.never:
            if one in seen and other in seen:
                yield f"{file}:1: sees {one} and {other}: {seen[one]}; {seen[other]}"


def check_cycles(table):
    """The table itself must be layered: a cycle would allow everything in it to include everything."""
    done, path = set(), []

    def visit(unit):
        if unit in path:
            return " -> ".join(path[path.index(unit):] + [unit])
        if unit in done:
            return None
        path.append(unit)
        cycle = next(filter(None, map(visit, sorted(table.edges.get(unit, ())))), None)
        path.pop()
        done.add(unit)
        return cycle

    for unit in table.units:
        cycle = visit(unit)
        if cycle:
            yield f"table: the allowed edges form a cycle: {cycle}"
            return


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root, table = Path(sys.argv[1]).resolve(), Table(Path(sys.argv[2]))
    includes = read_includes(root)
    if not includes:
        sys.exit(f"{root}: no sources found")
    faults = [*check_cycles(table), *check_edges(table, includes), *check_families(table, includes)]
    print("\n".join(faults) if faults else f"{len(includes)} files keep to the table.")
    sys.exit(1 if faults else 0)


main()
