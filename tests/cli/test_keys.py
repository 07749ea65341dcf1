"""`gatehouse keys rotate`: what it asks, and what it says."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from cli import keys


@pytest.mark.parametrize(
    ("words", "revoke", "left", "said"),
    [
        (["rotate"], False, 65, "the old key counts for 65 s more"),
        (["rotate", "--revoke"], True, 0, "the old key counts no more"),
    ],
)
def test_rotating_says_what_becomes_of_the_old_key(
    monkeypatch: pytest.MonkeyPatch, words: list[str], revoke: bool, left: int, said: str
) -> None:
    asked: list[Any] = []

    def ask(_home: Any, path: str, question: Any) -> dict[str, Any]:
        asked.append((path, question))
        return {"kid": "new-key", "honoured_seconds": left}

    monkeypatch.setattr(keys, "ask", ask)
    done = CliRunner().invoke(keys.app, words)
    assert done.exit_code == 0
    assert asked == [("/keys/rotate", {"revoke": revoke})]
    assert done.output == f"signing with new-key from now on\n{said}\n"
