"""What security does once its database came from a backup: nobody is signed in any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from security.adapters.checkpoint_file import CheckpointFile
from security.audit.chain import Whole, verify_chain
from security.errors import Refused
from security.services.checkpoints import Checkpoints
from security.tools.restored import main, set_aside, settle
from tests.security.fakes import NOW
from tests.security.visitor import Visitor


def restored(visitor: Visitor) -> int:
    """Settle by a core of its own, as the program does."""
    core = visitor.world.core_again()
    try:
        return settle(core)
    finally:
        core.database.close()


async def test_attack_no_session_of_then_is_alive(alice: Visitor) -> None:
    """ASVS 7.4.1: a session that was ended since the backup must not come back with it."""
    await alice.look()
    assert restored(alice) == 1
    with pytest.raises(Refused, match="session_expired"):
        await alice.look()
    [event] = alice.world.trail("security:backup:restore")
    ended = alice.world.trail("session:person:end")
    assert [one["reason"] for one in ended] == ["restored"]
    assert event["sequence"] < ended[0]["sequence"]
    assert isinstance(verify_chain(alice.world.records()), Whole)


async def test_what_is_over_stays_as_it_was(alice: Visitor) -> None:
    await alice.sign_out()
    before = alice.world.trail("session:person:end")
    assert restored(alice) == 0
    assert alice.world.trail("session:person:end") == before


def test_another_master_key_is_told(demo_origin, tmp_path, monkeypatch, capsys) -> None:
    import shutil

    home = tmp_path / "home"
    shutil.copytree(demo_origin.home, home)
    (home / "keys" / "master.key").write_bytes(bytes(32))
    monkeypatch.setenv("GATEHOUSE_HOME", str(home))
    monkeypatch.setenv("GATEHOUSE_RUN_DIR", str(tmp_path))
    assert main() == 1
    assert capsys.readouterr().err.startswith("restore: ")


async def test_the_checkpoints_of_the_log_that_was_replaced_are_set_aside(
    alice: Visitor, tmp_path: Path
) -> None:
    """They know more than the restored log: it is not taken for one that was rolled back."""
    file, core = tmp_path / "checkpoints.jsonl", alice.world.core
    set_aside(core, file, NOW)
    line = b'{"number":9}\n'
    file.write_bytes(line)
    set_aside(core, file, NOW)
    assert not file.exists()
    assert (tmp_path / "checkpoints-until-20261123T120000Z.jsonl").read_bytes() == line


async def test_the_checkpoints_of_the_restored_log_itself_stay(
    alice: Visitor, tmp_path: Path
) -> None:
    core = alice.world.core
    file = tmp_path / "checkpoints.jsonl"
    await Checkpoints(core, CheckpointFile(file)).sign()
    kept = file.read_bytes()
    set_aside(core, file, NOW)
    assert file.read_bytes() == kept
    file.write_bytes(kept.replace(b'"signature":"', b'"signature":"0'))
    set_aside(core, file, NOW)  # Of the same number, and another one.
    assert not file.exists()
