"""`gatehouse keys rotate`: what it asks, and what it says."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from cli import keys
from cli.problems import Problem

MASTER = {"master": "new-master", "keys": 12, "milliseconds": 40}


def _rotate(
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    answers: dict[str, list[Any]],
    apis: tuple[str, ...] = (),
    broken: str = "",
) -> tuple[Any, list[Any]]:
    asked: list[Any] = []

    def ask(_home: Any, path: str, question: Any) -> Any:
        asked.append((path, question))
        return {} if path == "/keys/api" else answers[path].pop(0)

    monkeypatch.setattr(keys, "ask", ask)

    async def renew(_settings: Any, name: str, which: str) -> str:
        asked.append((name, which))
        if name == broken:
            raise Problem(f"{name} is broken", "mend it")
        return f"{name}: 3 keys under a new {which} key"

    monkeypatch.setattr(keys, "_LOOKS_EVERY", 0)
    monkeypatch.setattr(keys, "renew", renew)
    monkeypatch.setattr(keys, "served_here", lambda: apis)
    return CliRunner().invoke(keys.app, ["rotate", *words]), asked


@pytest.mark.parametrize(
    ("words", "revoke", "left", "said"),
    [
        ([], False, 65, "the old key counts for 65 s more"),
        (["--revoke"], True, 0, "the old key counts no more"),
    ],
)
def test_rotating_says_what_becomes_of_the_old_keys(
    monkeypatch: pytest.MonkeyPatch, words: list[str], revoke: bool, left: int, said: str
) -> None:
    signing = {"kid": "new-key", "honoured_seconds": left}
    answers = {"/keys/rotate": [signing], "/keys/master": [MASTER]}
    done, asked = _rotate(monkeypatch, words, answers)
    assert done.exit_code == 0
    assert asked == [("/keys/rotate", {"revoke": revoke}), ("/keys/master", {})]
    assert done.output == (
        f"signing with new-key from now on\n{said}\n"
        "master key new-master wraps 12 data keys from now on\n"
        "the old master key is destroyed (40 ms)\n"
    )


def _state(rows: int, retired: int, unreadable: int = 0) -> dict[str, int]:
    return {"keys": 12, "rows": rows, "retired": retired, "unreadable": unreadable}


def test_the_change_of_data_keys_is_told_until_it_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {
        "/keys/rotate": [{"kid": "k", "honoured_seconds": 65}],
        "/keys/master": [MASTER],
        "/keys/data": [_state(0, 11)],
        "/keys/state": [_state(50, 11), _state(99, 0)],
    }
    done, _ = _rotate(monkeypatch, ["--data-keys"], answers)
    assert done.exit_code == 0
    assert done.output.splitlines()[-3:] == [
        "50 rows sealed anew, 11 old data keys are left",
        "99 rows sealed anew, 0 old data keys are left",
        "11 old data keys are destroyed",
    ]


def test_rows_that_do_not_open_end_it_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "/keys/rotate": [{"kid": "k", "honoured_seconds": 65}],
        "/keys/master": [MASTER],
        "/keys/data": [_state(0, 11)],
        "/keys/state": [_state(50, 1, unreadable=2)],
    }
    done, _ = _rotate(monkeypatch, ["--data-keys"], answers)
    assert done.exit_code != 0
    assert isinstance(done.exception, Problem)
    assert "2 rows do not open" in str(done.exception)


@pytest.mark.parametrize(
    ("words", "kinds"), [([], ["master"]), (["--data-keys"], ["master", "data"])]
)
def test_each_api_gets_new_keys_on_the_trail_before_and_after(
    monkeypatch: pytest.MonkeyPatch, words: list[str], kinds: list[str]
) -> None:
    """ASVS 11.2.2, 16.2.1: one command reaches every key there is."""
    answers = {
        "/keys/rotate": [{"kid": "k", "honoured_seconds": 65}],
        "/keys/master": [MASTER],
        "/keys/data": [_state(0, 0)],
    }
    done, asked = _rotate(monkeypatch, words, answers, apis=("banking", "hr"))
    assert done.exit_code == 0
    wanted: list[Any] = []
    for api in ("banking", "hr"):
        for kind in kinds:
            about = {"api": api, "which": kind}
            wanted += [
                ("/keys/api", {**about, "done": False}),
                (api, kind),
                ("/keys/api", {**about, "done": True}),
            ]
    assert asked[-len(wanted) :] == wanted
    assert "hr: 3 keys under a new master key" in done.output


def test_one_api_that_fails_keeps_no_other_from_new_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"/keys/rotate": [{"kid": "k", "honoured_seconds": 65}], "/keys/master": [MASTER]}
    done, asked = _rotate(monkeypatch, [], answers, apis=("banking", "hr"), broken="banking")
    assert done.exit_code != 0
    assert isinstance(done.exception, Problem)
    assert "1 of the APIs" in str(done.exception)
    assert ("/keys/api", {"api": "banking", "which": "master", "done": True}) not in asked
    assert ("/keys/api", {"api": "hr", "which": "master", "done": True}) in asked
