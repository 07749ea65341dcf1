"""Where the figures come from: what the machine is, but not whose it is."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from cli.settings import ROOT, load_settings


def describe() -> dict[str, Any]:
    """Return what the figures depend on. `load` is the run queue of the last minute."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "cpu": _processor(),
        "memory_mb": psutil.virtual_memory().total // 1_000_000,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "python_rasa": _python_of_rasa(),
        "rasa": _locked("rasa"),
        "rasa_sdk": version("rasa-sdk"),
        "load": round(os.getloadavg()[0], 2),
    }


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    try:
        model = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
    except OSError:
        model = None
    return model[1].strip() if model else platform.processor() or platform.machine()


def _python_of_rasa() -> str | None:
    """Return the version in the description that every virtual environment has of itself."""
    described = load_settings().rasa_executable.parent.parent / "pyvenv.cfg"
    try:
        found = re.search(r"^version(?:_info)?\s*=\s*([\d.]+)", described.read_text(), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None


def _locked(package: str) -> str | None:
    """Return the version that the lock file of the Rasa environment holds."""
    lock = (ROOT / "requirements" / "rasa.txt").read_text()
    pin = re.search(rf"^{re.escape(package)}==([^\s;\\]+)", lock, re.MULTILINE)
    return pin[1] if pin else None
