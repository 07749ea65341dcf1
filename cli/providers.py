"""The identity providers of this home: whether their files hold, and whether they answer."""

from __future__ import annotations

import subprocess
import sys

from cli.problems import Problem
from cli.process_settings import read_by
from cli.programs import scrubbed_environ
from cli.run_folder import run_folder_path
from cli.settings import ROOT, Settings

_SECONDS = 60


def registered(settings: Settings) -> bool:
    """Tell whether any provider is registered here."""
    return any((settings.home_folder / "providers").glob("*.yml"))


def reach(settings: Settings) -> str:
    """Every provider describes itself as its file says. Raises `Problem`."""
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "security.tools.providers"],
            cwd=ROOT,
            env=scrubbed_environ(
                settings, read_by("security"), run_folder_path(settings.home_folder)
            ),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Problem(f"no answer within {_SECONDS} s", "look at the network") from None
    if ended.returncode != 0:
        words = (ended.stderr.strip().splitlines() or ["the files cannot be read"])[-1]
        raise Problem(words, "see docs/single-sign-on.md")
    silent = [line for line in ended.stdout.splitlines() if not line.endswith(": ")]
    if silent:
        raise Problem(
            "; ".join(silent),
            "look at the file and the network; people sign in other ways until then",
        )
    return f"{len(ended.stdout.splitlines())} answer"
