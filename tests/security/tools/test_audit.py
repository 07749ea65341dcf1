"""The trail as a person at the machine looks at it: whole, broken, missing, and never changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from security.setup import prepare_database, prepare_keys
from security.tools.audit import main, open_read_only, tail
from tests.security.visitor import Visitor
from tests.security.world import World

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the program as a person at the machine does."""

    def run(home: Path, *arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["audit", *arguments, "--home", str(home)])
        return main()

    return run


@pytest.fixture
async def busy(alice: Visitor) -> World:
    """A world with a trail, whose process is still running."""
    await alice.ask()
    return alice.world


def test_a_whole_trail_is_found_whole_while_security_runs(
    busy: World, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.4.2: and its head is printed, to be kept elsewhere."""
    before = busy.records()
    assert run(busy.home, "verify") == 0
    [(head,)] = busy.sql("SELECT sha256 FROM audit ORDER BY sequence DESC LIMIT 1")
    assert head in capsys.readouterr().out
    assert busy.records() == before


CHANGES = {
    "an edit": (
        "UPDATE audit SET record = CAST(replace(record, 'pass', 'fail') AS BLOB)"
        " WHERE sequence = 4",
        "record 5",
    ),
    "an edit that makes text of it": (
        "UPDATE audit SET record = replace(record, 'pass', 'fail') WHERE sequence = 4",
        "record 4",
    ),
    "a deletion": ("DELETE FROM audit WHERE sequence = 3", "record 3"),
    "an exchange": (
        "UPDATE audit SET record = (SELECT record FROM audit WHERE sequence = 2)"
        " WHERE sequence = 3",
        "record 3",
    ),
    "a cut at its beginning": ("DELETE FROM audit WHERE sequence = 1", "record 1"),
}


@pytest.mark.parametrize(("statement", "where"), CHANGES.values(), ids=CHANGES)
def test_a_changed_trail_is_told_with_its_first_bad_record(
    busy: World,
    run: Run,
    capsys: pytest.CaptureFixture[str],
    statement: str,
    where: str,
) -> None:
    """ASVS 16.4.2, the contract: 1 and the first bad record."""
    busy.sql(statement)
    assert run(busy.home, "verify") == 1
    assert capsys.readouterr().err.startswith(where)


def test_the_last_records_are_printed_one_a_line(
    busy: World, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(busy.home, "tail", "--count", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["tag"] for line in lines] == busy.tags()[-2:]


def test_a_home_without_a_trail_is_one_clear_line(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """And none is made by looking."""
    assert run(tmp_path, "verify") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_one_clear_line(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "db" / "security").mkdir(parents=True)
    (tmp_path / "db" / "security" / "security.sqlite3").write_bytes(b"no database at all" * 100)
    assert run(tmp_path, "verify") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_home_whose_path_means_something_in_an_address_is_read(tmp_path: Path) -> None:
    home = tmp_path / "50% #1?"
    (home / "db").mkdir(parents=True)
    database = prepare_database(home, prepare_keys(home))
    database.close()
    engine = open_read_only(home)
    try:
        assert tail(engine, 5) == 0
    finally:
        engine.dispose()
