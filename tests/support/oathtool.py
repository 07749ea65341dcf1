"""Finds, and on Debian installs, the independent maker of one-time codes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

_APT = "apt-get install --yes --no-install-recommends oathtool"


def find_oathtool() -> str | None:
    """Return the path of oathtool, or None."""
    return shutil.which("oathtool")


def install() -> None:
    """Install it where that is one command away; else say which command it is."""
    if find_oathtool() is not None:
        return
    if shutil.which("apt-get") is None:
        print("some tests need oathtool: install it with your package manager")
    elif os.geteuid() != 0:
        print(f"some tests need oathtool: sudo {_APT}")
    else:
        print("  oathtool: installing …", flush=True)
        subprocess.run(["apt-get", "update", "--quiet"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(_APT.split(), check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit("python -m tests.support.oathtool --install")
    install()
