"""Stands in for one of the five processes; FAKE says how it behaves."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from runtime.descriptors import READY_FD, SECRETS_FD, read_secrets, tell_ready


def note(what: dict[str, object]) -> None:
    """Append one line to the diary that the test reads."""
    with Path(os.environ["FAKE_DIARY"]).open("a") as diary:
        diary.write(json.dumps({"name": os.environ["FAKE_NAME"], **what}) + "\n")


def main() -> None:
    """Live the life that FAKE names."""
    behaviour = os.environ["FAKE"]
    number = int(os.environ[SECRETS_FD])
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    secrets = read_secrets()
    if behaviour == "never-ready":
        print(json.dumps({"event": "cannot_bind"}), file=sys.stderr)
        sys.exit(7)
    if behaviour == "damaged":
        sys.exit(3)
    if behaviour == "parent":
        subprocess.Popen(["sleep", "1000"])
    try:
        os.fstat(number)
        closed = False
    except OSError:
        closed = True
    if behaviour in ("stubborn", "silent"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note({"pid": os.getpid(), "secrets": secrets, "closed": closed})
    if behaviour == "listener":
        note({"before": listens()})
    if behaviour == "hostile":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        let_go()
    if behaviour == "silent":
        os.close(int(os.environ[READY_FD]))
        while True:
            signal.pause()
    tell_ready()
    if behaviour == "listener":
        stopped.wait(0.2)  # The launcher's answer is not waited for by any process.
        note({"after": listens()})
    if behaviour == "hostile":
        until_heard()
        os.closerange(3, 256)
        while True:
            signal.pause()
    if behaviour == "loop":
        print(json.dumps({"event": "gave_up"}), file=sys.stderr)
        sys.exit(9)
    if behaviour == "wiper":
        os.write(2, b"what it did\n")
        wipe()
    stopped.wait()


def let_go() -> None:
    """Close every pipe by which the launcher could be heard; its own way to be ready stays."""
    mine = os.fstat(int(os.environ[READY_FD])).st_ino
    for number in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):
            found = os.fstat(number)
            reads = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
            if number > 2 and reads and stat.S_ISFIFO(found.st_mode) and found.st_ino != mine:
                os.close(number)


def until_heard() -> None:
    """Wait until the launcher has been told: the thread between the two holds a pipe as well."""
    for thread in threading.enumerate():
        if thread.name == "ready":
            thread.join()


def listens() -> bool:
    """Try to listen without a port."""
    with socket.socket() as listening, suppress(OSError):
        listening.listen()
        return True
    return False


def wipe() -> None:
    """Try to take back what has been written to standard error."""

    def over() -> None:
        fcntl.fcntl(2, fcntl.F_SETFL, 0)
        os.pwrite(2, b"nothing at all\n", 0)

    def anew() -> None:
        os.close(os.open("/proc/self/fd/2", os.O_WRONLY | os.O_TRUNC))

    for way in (lambda: os.ftruncate(2, 0), lambda: os.lseek(2, 0, 0), over, anew):
        with suppress(OSError):
            way()
    note({"wiped": "tried"})


if __name__ == "__main__":
    main()
