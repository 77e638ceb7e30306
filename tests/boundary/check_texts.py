#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the contexts of translated texts against those under which lupdate lists them.

Usage: check_texts.py ROOT

A function that is no member and hands texts on to QCoreApplication::translate must do so under its namespace, for that
is where lupdate puts the tr("…") that it serves: "assayer::ui" in ui/, "assayer::gui" in app/gui/. Members of a class
without Q_OBJECT take its full name. Where the texts are marked with QT_TRANSLATE_NOOP, the two must agree. Under any
other name a translation is never found, and nothing else tells.
"""
import re
import sys
from pathlib import Path

NAMESPACES = {"ui": "assayer::ui", "app/gui": "assayer::gui"}
# A text that is not a literal right there; one that is, lupdate lists under the very same name.
HANDED_ON = re.compile(r'\btranslate\(\s*"([^"]*)"\s*,\s*(?!")')
MARKED = re.compile(r'QT_TRANSLATE_NOOP\(\s*"([^"]*)"')


def is_sound(context, namespace, text):
    if context in MARKED.findall(text):
        return True
    scope, _, name = context.rpartition("::")
    if context == namespace:
        return True
    return scope == namespace and re.search(rf"\b{re.escape(name)}::\w", text) is not None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = Path(sys.argv[1]).resolve()
    handed_on, faults = 0, 0
    for folder, namespace in NAMESPACES.items():
        for path in sorted((root / folder).rglob("*.[ch]*")):
            text = path.read_text(encoding="utf-8")
            for match in HANDED_ON.finditer(text):
                handed_on += 1
                if is_sound(match.group(1), namespace, text):
                    continue
                line = text.count("\n", 0, match.start()) + 1
                print(f'{path.relative_to(root).as_posix()}:{line}: texts of "{match.group(1)}" are listed as {namespace}')
                faults += 1
    if not handed_on:
        sys.exit(f"{root}: no translated texts found")
    print(f"{handed_on} functions hand texts on, {faults} faults.")
    sys.exit(1 if faults else 0)


main()
