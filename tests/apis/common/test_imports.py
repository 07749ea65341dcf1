"""What an API's process leaves out: it is there five times, and each megabyte with it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.apis import api_names

SET_UP_ALONE = ("alembic", "mako", "yaml", "faker")


@pytest.mark.parametrize("name", api_names())
def test_what_only_the_set_up_needs_is_not_served(name: str) -> None:
    code = f"""
import sys, apis.{name}.serve
print(*sorted(set({SET_UP_ALONE!r}) & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
