"""A whole Gatehouse in a folder of its own, started as a person starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cli.run_folder import run_folder_path
from cli.settings import ROOT

START_SECONDS = 120.0
"""On a machine that has other things to do."""

PLANTED = {
    "GATEHOUSE_OPERATOR_EMAIL": "planted@example.com",
    "GATEHOUSE_NOBODYS_URL": "https://hooks.example/services/planted",
}
"""One setting is of security alone, and one of nobody."""


def free_port() -> int:
    """Return a TCP port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Output:
    """The lines of a launcher, and a way to wait for one of them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._process = process
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, pattern: str, since: int = 0, seconds: float = START_SECONDS) -> str:
        """Wait for a line after the first `since` lines that fully matches `pattern`."""

        def found() -> str | None:
            return next((one for one in self.lines[since:] if re.fullmatch(pattern, one)), None)

        with self._changed:
            self._changed.wait_for(lambda: self._ended or found() is not None, seconds)
            line = found()
        assert line is not None, f"no line {pattern!r} among:\n" + "\n".join(self.lines)
        return line

    def join(self) -> None:
        """Wait until the last line has been read."""
        self._thread.join(10)


@dataclass
class Installation:
    """A home, a port, and what runs there."""

    home: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    """More of `GATEHOUSE_*`."""
    prefix: tuple[str, ...] = ()
    """What stands before the command: it runs in a network namespace, say."""
    process: subprocess.Popen[str] = field(init=False)
    output: Output = field(init=False)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"https://localhost:{self.port}"

    @property
    def authority(self) -> Path:
        """The development CA's certificate."""
        return self.home / "tls" / "ca.pem"

    @property
    def sockets(self) -> Path:
        """The run folder of this home."""
        return run_folder_path(self.home)

    def launch(self) -> None:
        """Start `gatehouse run`; do not wait."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith("GATEHOUSE_")}
        environ |= {"GATEHOUSE_HOME": str(self.home), "GATEHOUSE_PORT": str(self.port)}
        # Tests do in minutes what people do in months, all from one network.
        environ["GATEHOUSE_WATCH_RESPONSES"] = "notify"
        environ |= PLANTED | self.settings
        self.process = subprocess.Popen(
            [*self.prefix, Path(sys.executable).parent / "gatehouse", "run"],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = Output(self.process)

    def start(self) -> None:
        """Start, and wait for the last line of the start."""
        self.launch()
        self.output.wait_for(re.escape(f"ready {self.url}"))

    def processes(self) -> dict[str, psutil.Process]:
        """Return the five processes by the names of their modules."""
        return {child.cmdline()[3]: child for child in self.all_processes()}

    def all_processes(self) -> list[psutil.Process]:
        """Return every process that it has started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> int:
        """Ask the launcher to stop, wait, return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        finally:
            self.process.kill()
            self.output.join()

    def port_is_free(self) -> bool:
        """Tell whether nobody listens on the port any more."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0
