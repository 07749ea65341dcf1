"""A home with keys, databases and the people of the demo, made once a run and copied.

A first start makes all of that anew, which is half of what a start costs. The copies share the
keys of what they hold; certificates, sockets and ports are each one's own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cli.home import prepare_home
from cli.launching import Lifeline
from cli.people import set_up_people
from cli.progress import PlainDisplay, Progress
from cli.settings import ROOT, Settings
from tests.support.model import alone

_SECONDS = 280


def kept_home(folder: Path) -> Path:
    """Return the home in `folder`, which the workers of one run share; the first makes it."""
    home, making = folder / "seeded-home", folder / "seeded-home-in-making"
    with alone(folder / "seeded-home-lock"):
        if not home.exists():
            shutil.rmtree(making, ignore_errors=True)
            environ = {k: v for k, v in os.environ.items() if not k.startswith("GATEHOUSE_")}
            made = subprocess.run(
                [sys.executable, "-m", "tests.support.seeded", str(making)],
                cwd=ROOT,
                env=environ,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            assert made.returncode == 0, made.stderr
            making.rename(home)
    return home


def copy_home(source: Path, target: Path) -> None:
    """Copy a home that nobody runs into an empty folder."""
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("logs"))


def _make(home: Path) -> None:
    os.umask(0o077)  # As the command line does.
    prepare_home(home, "demo")
    with Lifeline() as lifeline:
        asyncio.run(set_up_people(Settings(home=home), Progress(PlainDisplay()), lifeline))


if __name__ == "__main__":
    _make(Path(sys.argv[1]))
