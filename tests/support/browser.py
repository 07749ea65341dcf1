"""Finds, and on Debian installs, the browser of the browser tests."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_APT = "apt-get install --yes --no-install-recommends chromium"


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome; `GATEHOUSE_TEST_BROWSER` names another."""
    chosen = os.environ.get("GATEHOUSE_TEST_BROWSER")
    if chosen:
        return chosen
    if _MAC.exists():
        return str(_MAC)
    return next((path for path in map(shutil.which, _NAMES) if path), None)


def in_ci() -> bool:
    """Whether a missing browser is a failure."""
    return os.environ.get("CI") == "true"


def install() -> None:
    """Install Chromium where that is one command away; else say which command it is."""
    if find_chromium() is not None:
        return
    if shutil.which("apt-get") is None:
        command = "brew install --cask google-chrome" if platform.system() == "Darwin" else None
        print(f"browser tests need Chromium: {command or 'install it with your package manager'}")
    elif os.geteuid() != 0:
        print(f"browser tests need Chromium: sudo {_APT}")
    else:
        print("  chromium: installing …", flush=True)
        subprocess.run(["apt-get", "update", "--quiet"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(_APT.split(), check=False, stdout=subprocess.DEVNULL)
    if find_chromium() is None:
        print("without it these tests are skipped" + (", which fails in CI" if in_ci() else ""))


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit("python -m tests.support.browser --install")
    install()
