"""The table of operations, one line each, and the check that needs no running system."""

from __future__ import annotations

from pathlib import Path

import pytest

from security.tools import operations
from tests.security.payments import TRANSFER
from tests.security.visitor import BALANCE


def test_every_operation_is_listed_with_what_it_demands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert operations.main(["list"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["operation", "class", "level", "proof", "scope", "endpoint"]
    found = {row.split()[0]: row.split()[1:6] for row in rows}
    assert len(found) == 7
    assert found[BALANCE] == ["personal", "aal2", "15", "min", "banking:accounts:read"]
    assert found[TRANSFER] == ["binding", "aal2", "each", "time", "banking:transfers:write"]


def test_what_holds_is_said_to_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert operations.main(["check"]) == 0
    assert capsys.readouterr().out.startswith("7 operations")


def test_what_does_not_hold_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(operations, "PROJECT", tmp_path)
    assert operations.main(["check"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
