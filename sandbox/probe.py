"""`python -m sandbox.probe`: which walls this machine does not have, one name a line."""

from __future__ import annotations

import sys
from pathlib import Path

from sandbox.enter import enter
from sandbox.profile import Limits, Profile


def main() -> int:
    """Wall this process in, print what is missing, and end."""
    code = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).resolve().parent)
    uid = int(sys.argv[1]) if len(sys.argv) > 1 else None
    limits = Limits(memory=1 << 31, file_size=1 << 20, threads=8)
    for wall in enter(Profile("probe", code=code, uid=uid, limits=limits)):
        print(wall.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
