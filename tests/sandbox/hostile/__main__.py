"""Walls itself in, tries everything, and prints what came of it."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from contextlib import suppress

from hostile import files, free, kernel, means, network, processes, programs
from hostile.attempts import FACTS, OWN, TRIED, came_of
from sandbox import seccomp
from sandbox.enter import enter
from sandbox.told import PROFILE, read

ROOMS = (files, processes, network, programs, kernel, means)


def main() -> None:
    """Print what is missing of the walls, and then what came of each attempt."""
    missing = enter(read(os.environ[PROFILE]))
    print(json.dumps([wall.name for wall in missing]), flush=True)
    seccomp.refuse_listening()  # As `cli.child` does, once a process is ready.
    came = {name: came_of(name) for name in TRIED}
    threading.Thread(target=lambda: came.update(a_thread="runs")).start()
    (OWN / "kept").write_text("kept")
    with socket.socket(socket.AF_UNIX) as calling, suppress(FileNotFoundError):
        calling.connect(FACTS["called"])
        came["what_it_may_call"] = "answers"
    came["its_own_folder"] = (OWN / "kept").read_text()
    print(json.dumps(came))


if __name__ == "__main__":
    free.without_walls() if sys.argv[2:] == ["free"] else main()
