"""Walls itself in, tries everything, and prints what came of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from contextlib import suppress

from hostile import files, kernel, means, network, processes, programs
from hostile.attempts import FACTS, OWN, TRIED
from sandbox import seccomp
from sandbox.enter import enter
from sandbox.told import PROFILE, read

ROOMS = (files, processes, network, programs, kernel, means)
FAILED = (OSError, MemoryError, ValueError, IndexError, subprocess.SubprocessError)


def main() -> None:
    """Print what is missing of the walls, and then what came of each attempt."""
    missing = enter(read(os.environ[PROFILE]))
    print(json.dumps([wall.name for wall in missing]), flush=True)
    seccomp.refuse_listening()  # As `cli.child` does, once a process is ready.
    came: dict[str, str] = {}
    for name, function in TRIED.items():
        try:
            came[name] = f"GOT {function()!r}"[:120]
        except FAILED as error:
            came[name] = f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"
    threading.Thread(target=lambda: came.update(a_thread="runs")).start()
    (OWN / "kept").write_text("kept")
    with socket.socket(socket.AF_UNIX) as calling, suppress(FileNotFoundError):
        calling.connect(FACTS["called"])
        came["what_it_may_call"] = "answers"
    came["its_own_folder"] = (OWN / "kept").read_text()
    print(json.dumps(came))


if __name__ == "__main__":
    main()
