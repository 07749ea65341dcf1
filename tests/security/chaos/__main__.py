"""`python -m tests.security.chaos --kills N [--seed S]`: prints what came of it; 1 where it broke.

What was chosen by a seed is chosen by it again; where a process is at that moment is not.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from tests.security.chaos.rounds import Broken, kill_again_and_again


def main() -> int:
    """Kill, and tell."""
    parser = argparse.ArgumentParser(prog="tests.security.chaos")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 31))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gatehouse-chaos-") as folder:
        try:
            found = kill_again_and_again(Path(folder), options.kills, options.seed)
        except Broken as broken:
            print(f"seed {options.seed}: {broken}", file=sys.stderr)
            return 1
    print(
        f"{found.kills} kills, {found.records} records, {found.calls} calls of APIs:"
        f" the log verified each time, no call without its record (seed {options.seed})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
