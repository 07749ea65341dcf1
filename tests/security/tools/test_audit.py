"""The trail as a person at the machine looks at it: whole, broken, missing, and never changed."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.postgres import Login
from security.setup import prepare_database, prepare_keys
from security.tools import audit
from security.tools.audit import main
from security.trail_parts import build_checkpoints, checkpoints_path
from tests.security.audit.ocsf_schema import validator
from tests.security.visitor import Visitor
from tests.security.world import World

pytestmark = pytest.mark.sqlite_alone  # It looks at a home whose trail is a file, and edits that.

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
    checkpoints_path(alice.world.home).parent.mkdir(exist_ok=True)
    await build_checkpoints(alice.world.core).sign()
    return alice.world


def test_a_whole_trail_is_found_whole_while_security_runs(
    busy: World, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.4.2: looking changes nothing."""
    before = busy.records()
    assert run(busy.home, "verify") == 0
    assert f"{len(before)} records, whole" in capsys.readouterr().out
    assert busy.records() == before


async def test_an_export_proves_itself_and_stays_whole_while_the_log_goes_on(
    busy: World, run: Run, tmp_path: Path
) -> None:
    """The contract: export, key, verify; the last line is signed for this file."""
    file, key = tmp_path / "export.jsonl", tmp_path / "key.pem"
    assert run(busy.home, "export", str(file)) == 0
    assert run(busy.home, "key", str(key)) == 0
    await Visitor(busy).arrive()
    assert run(busy.home, "verify", str(file), "--key", str(key)) == 0
    *records, last = file.read_bytes().splitlines()
    assert records == busy.records()[:-1]
    assert json.loads(last)["kind"] == "export"
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(b"\n".join(records) + b"\n")
    assert run(busy.home, "verify", str(file), "--key", str(key)) == 1


async def test_an_export_for_other_systems_is_one_event_of_ocsf_a_record(
    busy: World, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.2.4: each line is an event of OCSF, and names the record that it was."""
    file = tmp_path / "events.jsonl"
    await Visitor(busy).arrive()
    before = busy.records()
    assert run(busy.home, "export", str(file), "--format", "ocsf") == 0
    last = json.loads(busy.sql("SELECT line FROM audit_checkpoints ORDER BY number")[-1][0])
    assert last["records"] == len(before), "what goes out is signed here"
    assert "not signed" in capsys.readouterr().out
    events = [json.loads(line) for line in file.read_bytes().splitlines()]
    for event in events:
        validator(event["class_uid"]).validate(event)
    digests = [hashlib.sha256(record).hexdigest() for record in before]
    assert [event["raw_data_hash"]["value"] for event in events] == digests
    assert file.stat().st_mode & 0o077 == 0
    assert busy.records() == before


async def test_a_later_export_fits_an_earlier_one_and_a_rolled_back_log_does_not(
    busy: World, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.4.3: the earlier export is the checkpoint that was kept elsewhere."""
    key, first, second = (tmp_path / name for name in ("key.pem", "first.jsonl", "second.jsonl"))
    assert run(busy.home, "key", str(key)) == 0
    assert run(busy.home, "export", str(first)) == 0
    await Visitor(busy).arrive()
    assert run(busy.home, "export", str(second)) == 0
    older = ("--key", str(key), "--checkpoint", str(first))
    assert run(busy.home, "verify", str(second), *older) == 0
    assert run(busy.home, "verify", "--checkpoint", str(first)) == 0
    count = len(busy.records())
    busy.sql("DELETE FROM audit WHERE sequence > ?", count - 2)
    busy.sql("DELETE FROM audit_checkpoints")
    checkpoints_path(busy.home).unlink()
    capsys.readouterr()
    assert run(busy.home, "verify") == 1, "nothing here knows better, and that says enough"
    assert capsys.readouterr().err.startswith("the checkpoints: there is none")
    assert run(busy.home, "verify", "--checkpoint", str(first)) == 1
    assert capsys.readouterr().err.startswith(f"record 1-{count - 1}: missing")


def test_an_export_that_cannot_be_written_leaves_what_was_there(
    busy: World, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "export.jsonl"
    assert run(busy.home, "export", str(file)) == 0
    before = file.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left on the device")

    monkeypatch.setattr("security.adapters.whole_file.os.replace", fail)
    assert run(busy.home, "export", str(file)) == 1
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


CHANGES = {
    "an edit": (
        "UPDATE audit SET record = CAST(replace(record, 'pass', 'fail') AS BLOB)"
        " WHERE sequence = 4",
        "record 1-4:",
    ),
    "an edit that makes text of it": (
        "UPDATE audit SET record = replace(record, 'pass', 'fail') WHERE sequence = 4",
        "record 1-4:",
    ),
    "a deletion": ("DELETE FROM audit WHERE sequence = 3", "record 1-3:"),
    "an exchange": (
        "UPDATE audit SET record = (SELECT record FROM audit WHERE sequence = 2)"
        " WHERE sequence = 3",
        "record 1-3:",
    ),
    "a cut at its beginning": ("DELETE FROM audit WHERE sequence = 1", "record 1-1:"),
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


def test_a_home_whose_path_means_something_in_an_address_is_read(tmp_path: Path, run: Run) -> None:
    home = tmp_path / "50% #1?"
    (home / "db").mkdir(parents=True)
    database = prepare_database(home, prepare_keys(home))
    database.close()
    assert run(home, "tail", "--count", "5") == 0
    assert run(home, "verify") == 0


def test_a_ring_on_a_server_is_asked_with_its_own_login(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """ASVS 13.2.1: whoever signs in to the ring is who it was made for, by its password file."""
    asked: list[tuple[object, Login | None]] = []

    def refuse(_folder: Path, url: object, *, login: Login | None = None) -> None:
        asked.append((url, login))
        raise ValueError("as far as this test goes")

    monkeypatch.setenv("GATEHOUSE_RING_URL", "postgresql://ring@127.0.0.1/gatehouse")
    monkeypatch.setenv("GATEHOUSE_RING_PASS_FILE", str(tmp_path / "pass"))
    monkeypatch.setattr(audit, "open_keys", refuse)
    with pytest.raises(ValueError, match="as far as"), audit.trail_keys(tmp_path):
        pass
    [(url, login)] = asked
    assert "127.0.0.1" in str(url)
    assert login == Login(tmp_path / "pass", None)
