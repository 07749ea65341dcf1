"""The trail's archives and its keys, as a person at the machine makes and checks them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import inspect
from security.errors import Refused
from security.tools import audit
from security.trail_parts import archive_folder, build_checkpoints, checkpoints_path
from tests.security.fakes import NOW
from tests.security.services.test_archiving import followed
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.postgres import OWNER, Server

Run = Callable[..., int]
both = pytest.mark.both_databases


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, which_database: str
) -> Run:
    """Run the program as a person at the machine does, long after the last record."""
    world: World = request.getfixturevalue("world")
    if which_database == "postgres":
        server: Server = request.getfixturevalue("postgres")
        url = server.url(world.database_name)
        monkeypatch.setenv("GATEHOUSE_SECURITY_DATABASE_URL", url)
        monkeypatch.setenv("GATEHOUSE_SECURITY_DATABASE_OWNER", OWNER)
    monkeypatch.setattr(audit, "utc_now", lambda: NOW + timedelta(days=200))

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["audit", *arguments, "--home", str(world.home)])
        return audit.main()

    return run


@both
async def test_old_records_go_to_archives_and_all_of_it_verifies(
    alice: Visitor, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """PCI DSS 10.5.1: each alone, with the one before it, and the log with the last."""
    count = len(alice.world.records())
    assert run("archive") == 0
    assert "0 archives made" in capsys.readouterr().out  # Nobody has looked at them yet.
    followed(alice.world)
    assert run("archive") == 0
    assert "1 archives made, 0 deleted" in capsys.readouterr().out
    assert run("archive") == 0
    assert "0 archives made" in capsys.readouterr().out
    assert run("verify") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(" records")[0] for line in said] == [str(count), "1"]
    [file] = archive_folder(alice.world.home).iterdir()
    key, export = tmp_path / "key.pem", tmp_path / "export.jsonl"
    assert run("key", str(key)) == 0
    assert run("verify", str(file), "--key", str(key)) == 0
    assert run("export", str(export)) == 0
    assert run("verify", str(export), "--key", str(key), "--checkpoint", str(file)) == 0
    file.write_bytes(file.read_bytes().replace(b'"sequence":2', b'"sequence":3', 1))
    assert run("verify") == 1


@both
async def test_attack_the_archive_is_taken_away(
    alice: Visitor, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.4.2: what is said to be archived, and is in no archive, is missing."""
    followed(alice.world)
    assert run("archive") == 0
    assert run("verify") == 0
    [file] = archive_folder(alice.world.home).iterdir()
    file.unlink()
    assert run("verify") == 1
    assert "the archive is missing" in capsys.readouterr().err


@pytest.mark.postgres_alone
async def test_attack_whoever_security_runs_as_archives_nothing(alice: Visitor) -> None:
    """ASVS 16.4.2: on a server it can add to the trail, and take nothing out of it."""
    with pytest.raises(Refused, match="security_unavailable"):
        await alice.world.core.database.run(
            lambda store: store.connection().exec_driver_sql("DELETE FROM audit"),
            across="a test looks on",
        )


@pytest.mark.postgres_alone
async def test_attack_a_checkpoint_in_the_servers_database_is_changed(
    alice: Visitor, run: Run
) -> None:
    """ASVS 16.4.3: the signatures that are there are checked, not only those of the file."""
    checkpoints_path(alice.world.home).parent.mkdir(exist_ok=True)
    await build_checkpoints(alice.world.core).sign()
    assert run("verify") == 0
    changed = "UPDATE audit_checkpoints SET line = overlay(line placing '\\x39' from 20)"
    alice.world.sql(changed)
    assert run("verify") == 1


@both
async def test_after_a_change_of_keys_the_key_file_has_both(
    alice: Visitor, run: Run, tmp_path: Path
) -> None:
    checkpoints_path(alice.world.home).parent.mkdir(exist_ok=True)
    old, new, export = (tmp_path / name for name in ("old.pem", "new.pem", "export.jsonl"))
    signing = build_checkpoints(alice.world.core)
    await signing.sign()
    assert run("key", str(old)) == 0
    await signing.rotate_key()
    assert run("key", str(new)) == 0
    assert new.read_bytes().startswith(old.read_bytes())
    assert new.read_bytes().count(b"BEGIN PUBLIC KEY") == 2
    assert run("export", str(export)) == 0
    kept = str(checkpoints_path(alice.world.home))
    for words in (["--key", str(new)], ["--key", str(old), "--checkpoint", kept]):
        assert run("verify", str(export), *words) == 0
    assert run("verify", str(export), "--key", str(old)) == 1
    assert run("verify") == 0


def test_the_command_line_asks_security_to_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(_home: Path, path: str, _question: Any) -> dict[str, str]:
        asked.append(path)
        return {"key": "0123456789abcdef"}

    monkeypatch.setattr(inspect, "ask", ask)
    done = CliRunner().invoke(inspect.audit, ["rotate-key"])
    assert (done.exit_code, asked) == (0, ["/keys/trail"])
    assert "signed with 0123456789abcdef" in done.output
