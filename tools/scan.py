"""Rules of our own about how the code is written: tools/rules/, read by semgrep."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

ROOMS = (
    "gateway",
    "security",
    "actions",
    "apis",
    "dialogue",
    "relay",
    "runtime",
    "sandbox",
    "telemetry",
    "cli",
)
RULES = Path("tools") / "rules"
SEMGREP = Path(".venv-scan") / "bin" / "semgrep"
# Neither rules nor news are fetched, and nothing is told to anybody.
_QUIET = ("--metrics=off", "--disable-version-check", "--quiet", "--json", "--no-git-ignore")


class CannotScan(Exception):
    """semgrep did not run to its end, or did not understand a rule or a file."""


def findings(root: Path, folder: Path, *rooms: str) -> list[tuple[str, str, int, str]]:
    """Return what the rules of `root` find in rooms of `folder`: rule, file, line, message.

    Sorted. Raises `CannotScan`.
    """
    words = [str(root / SEMGREP), "scan", *_QUIET, "--config", str(root / RULES), *rooms]
    # What it keeps between runs goes with the run; its own settings are nobody's.
    with tempfile.TemporaryDirectory() as home:
        environ = {"PATH": os.environ["PATH"], "HOME": home, "SEMGREP_SEND_METRICS": "off"}
        done = subprocess.run(  # noqa: S603 - our own words alone.
            words, cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise CannotScan(done.stderr.strip() or "semgrep failed") from None
    if said["errors"] or not said["paths"]["scanned"]:
        raise CannotScan(str(said["errors"] or "nothing was scanned"))
    return sorted(
        (
            each["check_id"].rpartition(".")[2],
            each["path"],
            each["start"]["line"],
            each["extra"]["message"],
        )
        for each in said["results"]
    )


def complaints(root: Path) -> list[str]:
    """Return what the rules find in the project."""
    try:
        found = findings(root, root, *(room for room in ROOMS if (root / room).is_dir()))
    except (CannotScan, OSError) as error:
        return [str(error)]
    return [f"{path}:{line} {message} ({rule})" for rule, path, line, message in found]
