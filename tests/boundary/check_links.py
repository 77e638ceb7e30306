#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows which libraries a program or library of ours links.

Usage: check_links.py direct|all FILE PATTERN…

`direct` looks at what FILE itself asks for, `all` at what those ask for in turn. Complains about every library whose
name contains a PATTERN.
"""
import re
import subprocess
import sys


def libraries(mode, file):
    if mode == "direct":
        text = subprocess.run(["readelf", "-d", file], capture_output=True, text=True, check=True).stdout
        return re.findall(r"\(NEEDED\).*\[(.+)\]", text)
    text = subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout
    return [line.split()[0].rsplit("/", 1)[-1] for line in text.splitlines() if line.strip()]


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("direct", "all"):
        sys.exit(__doc__)
    found = libraries(sys.argv[1], sys.argv[2])
    # Whatever it is, it links the C library; if that is not seen, nothing was seen.
    if not any(name.startswith("libc.so") for name in found):
        sys.exit(f"{sys.argv[2]}: cannot tell what it links")
    guilty = [name for name in found if any(pattern in name for pattern in sys.argv[3:])]
    print(f"{sys.argv[2]}: {len(found)} libraries, not allowed: {', '.join(guilty) or 'none'}")
    sys.exit(1 if guilty else 0)


main()
