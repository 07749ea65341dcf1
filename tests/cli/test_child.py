"""The program that every process is started by: what it keeps from being loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LOADS = """
import sys
from cli.child import without_drawing
without_drawing(sys.argv[1])
import structlog
structlog.get_logger("x").warning("said", exc_info=ValueError("x"))
print("rich.console" in sys.modules)
"""


@pytest.mark.parametrize(("module", "loaded"), [("apis.hr.serve", "False"), ("cli.main", "True")])
def test_what_serves_draws_on_no_terminal(module: str, loaded: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _LOADS, module], check=False, capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, loaded), ended.stderr
