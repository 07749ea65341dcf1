"""Builds the environments: `.uv` (the installer), `.venv`, `.venv-rasa`, and two of developers'.

Runs on any Python from 3.9 with venv and pip, and needs nothing else. An environment that was
built from the same requirement files is left alone, so a second run costs nothing. Every
package is checked against the hashes of the lock files under requirements/.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".uv" / "bin" / "uv"
_QUIET_SECONDS = 10.0
_INSTALL_HELP = (
    "install it (Debian or Ubuntu: apt-get install python{v}; macOS: brew install python@{v}; "
    "anywhere: pyenv install {v}) and run make again"
)


@dataclass(frozen=True)
class Environment:
    """One virtual environment, and the lock files that say what is in it."""

    folder: str
    python: str
    locks: tuple[str, ...]
    editable: bool
    """Whether the project itself is installed into it."""

    @property
    def stamp(self) -> Path:
        """Where the environment keeps what it was built from."""
        return ROOT / self.folder / ".built-from.json"

    def lock_files(self) -> list[Path]:
        """Return the paths of its lock files."""
        return [ROOT / "requirements" / name for name in self.locks]

    def wanted(self) -> dict[str, str]:
        """What the environment has to be built from: a digest for each file that matters."""
        files = self.lock_files()
        if self.editable:
            files.append(ROOT / "pyproject.toml")
        digests = {path.name: digest(path) for path in files}
        return digests | {"at": str(ROOT), "compiled": "at its build"}


CORE = Environment(".venv", "3.13", ("core.txt",), editable=True)
DEV = Environment(".venv", "3.13", ("dev.txt",), editable=True)
RASA = Environment(".venv-rasa", "3.10", ("rasa.txt", "weights.txt"), editable=False)
SCAN = Environment(".venv-scan", "3.13", ("scan.txt",), editable=False)
RIVALS = Environment(".venv-rivals", "3.13", ("rivals.txt",), editable=False)


class Failed(Exception):
    """A step failed; the message says what to do."""


class Commands:
    """Runs commands that end with this program, and shows what they say only when they fail."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()

    def run(self, *command: str | Path) -> None:
        """Run `command` to its end; raises `Failed` with its last words."""
        words = [str(word) for word in command]
        process = subprocess.Popen(  # noqa: S603 - our own words alone.
            words,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_environ(),
        )
        with self._lock:
            self._running.add(process)
        try:
            said, _ = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        if process.returncode != 0:
            raise Failed("\n".join(said.strip().splitlines()[-15:]) or f"{words[0]} failed")

    def stop(self) -> None:
        """End what still runs."""
        with self._lock:
            for process in self._running:
                process.terminate()


def _environ() -> dict[str, str]:
    """What the commands see: this project's folders and not the caller's environment."""
    left_out = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON"}
    return {key: value for key, value in os.environ.items() if key not in left_out}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(line: str) -> None:
    """Print one line at once."""
    print(line, flush=True)


class Step:
    """Shows one step: a line now and then while it lasts, and one with its seconds at the end."""

    def __init__(self, name: str, doing: str) -> None:
        self._name = name
        self._doing = doing
        self._done = threading.Event()
        self._started = time.monotonic()

    def __enter__(self) -> Step:
        say(f"  {self._name}: {self._doing} …")
        threading.Thread(target=self._remind, daemon=True).start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._done.set()
        if error is None:
            say(f"  {self._name}: done in {self._seconds():.0f} s")

    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _remind(self) -> None:
        while not self._done.wait(_QUIET_SECONDS):
            say(f"  {self._name}: {self._doing}, {self._seconds():.0f} s so far")


def built_from(environment: Environment) -> dict[str, Any]:
    """Return what an environment was built from; nothing where it is missing or half built."""
    python = ROOT / environment.folder / "bin" / "python"
    if not python.exists():
        return {}
    try:
        stamp = json.loads(environment.stamp.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def current(environment: Environment) -> bool:
    """Tell whether an environment holds at least what it has to hold."""
    stamp = built_from(environment)
    return all(stamp.get(key) == value for key, value in environment.wanted().items())


def install_uv(commands: Commands) -> None:
    """Install uv, hash-checked, into a small environment of its own."""
    lock = ROOT / "requirements" / "uv.txt"
    stamp = ROOT / ".uv" / ".built-from"
    if UV.exists() and stamp.exists() and stamp.read_text() == digest(lock):
        return
    with Step(".uv", "installing the installer"):
        commands.run(sys.executable, "-m", "venv", "--clear", ROOT / ".uv")
        pip = (ROOT / ".uv" / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
        commands.run(*pip, "install", "--quiet", "--require-hashes", "--no-deps", "-r", lock)
    stamp.write_text(digest(lock))


def find_python(commands: Commands, version: str) -> None:
    """Make sure that a Python of this version is here; uv downloads one that is missing."""
    try:
        commands.run(UV, "python", "find", "--no-project", "--no-python-downloads", version)
        return
    except Failed:
        pass
    try:
        with Step(f"Python {version}", "not on this machine, downloading it"):
            commands.run(UV, "python", "install", version)
    except Failed:
        raise Failed(
            f"Python {version} is not on this machine and could not be downloaded: "
            + _INSTALL_HELP.format(v=version)
        ) from None


def build(commands: Commands, environment: Environment) -> None:
    """Bring one environment to what its lock file says."""
    if current(environment):
        return
    find_python(commands, environment.python)
    folder = ROOT / environment.folder
    named = " and ".join(environment.locks)
    target = ("--python", folder / "bin" / "python")
    with Step(f"{environment.folder} (Python {environment.python})", f"installing {named}"):
        stale = built_from(environment).get("at") != str(ROOT)
        if stale:
            clear = ("venv", "--quiet", "--no-project", "--clear", "--python", environment.python)
            commands.run(UV, *clear, folder)
        environment.stamp.unlink(missing_ok=True)
        # Compiled once: a process within its walls can keep nothing of what it compiles, and
        # would do it anew at each start.
        sync = ("pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode")
        commands.run(UV, *sync, *target, *environment.lock_files())
        if environment.editable:
            project = ("--no-deps", "--no-build-isolation", "--editable", ROOT)
            commands.run(UV, "pip", "install", "--quiet", *target, *project)
    built = environment.wanted()
    if environment == DEV:
        built |= CORE.wanted()  # dev.txt holds all of core.txt.
    environment.stamp.write_text(json.dumps(built))


def main() -> None:
    """Build what the command line asks for; both environments at the same time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="what the tests and checks need, too")
    parser.add_argument("--no-rasa", action="store_true", help="leave the dialogue engine out")
    parser.add_argument("--scan", action="store_true", help="what reads the code for its rules")
    parser.add_argument("--rivals", action="store_true", help="what our own score is held against")
    parser.add_argument("--uv-only", action="store_true", help="only the installer")
    asked = parser.parse_args()
    wanted = [] if asked.uv_only else [DEV if asked.dev else CORE]
    wanted += [] if asked.uv_only or asked.no_rasa else [RASA]
    wanted += [SCAN] if asked.scan else []
    wanted += [RIVALS] if asked.rivals else []
    commands = Commands()

    def stop(_signal: int, _frame: object) -> NoReturn:
        commands.stop()
        os._exit(1)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        install_uv(commands)
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(build, commands, each) for each in wanted]:
                done.result()
    except Failed as problem:
        sys.exit(f"make: {problem}")


if __name__ == "__main__":
    main()
