"""Compiles our own code before it is started: a process within its walls can keep nothing of it."""

from __future__ import annotations

import compileall
import subprocess

from cli.settings import ROOT, Settings

_ROOMS = (
    "actions",
    "apis",
    "cli",
    "gateway",
    "relay",
    "runtime",
    "sandbox",
    "security",
    "telemetry",
)
_OF_RASA = ("cli", "dialogue", "runtime", "sandbox")


def compile_code(settings: Settings) -> None:
    """Compile what has changed, for both Pythons. What does not compile says so when it starts."""
    asked = [str(settings.rasa_executable), "-m", "compileall", "-q", *_OF_RASA]
    with subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):  # noqa: S603
        for room in _ROOMS:
            compileall.compile_dir(ROOT / room, quiet=2)
