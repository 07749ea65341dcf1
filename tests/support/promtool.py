"""Finds, and on Debian fetches, Prometheus's own checker of rules; nothing is started."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_KEPT = Path(__file__).resolve().parents[2] / ".pytest_cache" / "d" / "promtool"


def find_promtool() -> str | None:
    """Return the path of promtool, or None."""
    kept = _KEPT / "usr" / "bin" / "promtool"
    return shutil.which("promtool") or (str(kept) if kept.is_file() else None)


def install() -> None:
    """Unpack Debian's package beside the tests' other things; else say what is missing."""
    if find_promtool() is not None:
        return
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        print("a test needs promtool: install Prometheus with your package manager")
        return
    print("  promtool: fetching …", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        asked = ["apt-get", "download", "prometheus"]
        subprocess.run(asked, cwd=folder, check=False, capture_output=True)
        for package in Path(folder).glob("*.deb"):
            _KEPT.mkdir(parents=True, exist_ok=True)
            subprocess.run(["dpkg-deb", "-x", package, _KEPT], check=False)
    (_KEPT / "usr" / "bin" / "prometheus").unlink(missing_ok=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["--install"]:
        sys.exit("python -m tests.support.promtool --install")
    install()
