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
_SHELL = "chromium-headless-shell"
_APT = f"apt-get install --yes --no-install-recommends chromium {_SHELL}"


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome; `GATEHOUSE_TEST_BROWSER` names another."""
    chosen = os.environ.get("GATEHOUSE_TEST_BROWSER")
    if chosen:
        return chosen
    if _MAC.exists():
        return str(_MAC)
    return next((path for path in map(shutil.which, _NAMES) if path), None)


def find_shell() -> str | None:
    """Return the path of Chromium without its windows, else of Chromium itself.

    It opens a page at two fifths of the processor time. It has no notices and no authenticators,
    so what needs those asks for the whole browser.
    """
    if os.environ.get("GATEHOUSE_TEST_BROWSER"):
        return find_chromium()
    return shutil.which(_SHELL) or find_chromium()


def in_ci() -> bool:
    """Whether a missing browser is a failure."""
    return os.environ.get("CI") == "true"


def install() -> None:
    """Install Chromium where that is one command away; else say which command it is."""
    has_apt = shutil.which("apt-get") is not None
    if find_chromium() is not None and (shutil.which(_SHELL) or not has_apt or os.geteuid() != 0):
        return
    if not has_apt:
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
