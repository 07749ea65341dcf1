"""Checkpoints: when they are made, that they last, and that nothing is allowed without them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from security.adapters.checkpoint_file import CheckpointFile
from security.audit.verifier import read_keys, verify_live
from security.errors import Refused
from security.services import checkpoints as module
from security.services.checkpoints import Checkpoints
from security.trail_parts import build_checkpoints, checkpoints_path
from tests.security.payments import asked_to_approve
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def path(world: World) -> Path:
    file = checkpoints_path(world.home)
    file.parent.mkdir(exist_ok=True)
    return file


@pytest.fixture
def signing(world: World, path: Path) -> Checkpoints:
    return build_checkpoints(world.core)


def numbers(path: Path) -> list[int]:
    return [json.loads(line)["number"] for line in path.read_bytes().splitlines()]


@pytest.mark.both_databases
async def test_the_file_has_the_same_lines_as_the_database(
    visitor: Visitor, signing: Checkpoints, path: Path
) -> None:
    """ASVS 16.4.3: outside the database too, for its owner only."""
    for _ in range(3):
        await visitor.arrive()
        await signing.sign()
    lines = [line for (line,) in visitor.world.sql("SELECT line FROM audit_checkpoints")]
    assert path.read_bytes().splitlines() == lines
    assert numbers(path) == [1, 2, 3]
    assert path.stat().st_mode & 0o077 == 0
    key = visitor.world.core.data_keys.trail.first()
    verified = verify_live(lines, visitor.world.records(), read_keys(key.public_pem))
    assert verified.startswith("4 records, whole; checkpoint 3")


async def test_one_is_made_each_minute_where_anything_has_happened(
    visitor: Visitor, signing: Checkpoints, path: Path
) -> None:
    """Issue: every minute; at 59 s not yet, and never one that says the same again."""
    clock = visitor.world.clock
    await visitor.arrive()
    await signing.round()
    await visitor.arrive()
    clock.advance(seconds=59)
    await signing.round()
    assert numbers(path) == [1]
    clock.advance(seconds=1)
    await signing.round()
    assert numbers(path) == [1, 2]
    clock.advance(seconds=120)
    await signing.round()
    assert numbers(path) == [1, 2]


async def test_one_is_made_after_so_many_records(
    visitor: Visitor, signing: Checkpoints, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue: every 1,000 events; here every 3."""
    assert module.EVERY_RECORDS == 1_000
    monkeypatch.setattr(module, "EVERY_RECORDS", 3)
    await visitor.arrive()
    await signing.round()
    for _ in range(2):
        await visitor.arrive()
        await signing.round()
    assert numbers(path) == [1]
    await visitor.arrive()
    await signing.round()
    assert numbers(path) == [1, 2]


async def test_a_line_that_a_crash_tore_is_written_again(
    visitor: Visitor, signing: Checkpoints, path: Path
) -> None:
    await visitor.arrive()
    await signing.sign()
    with path.open("ab") as file:
        file.write(b'{"at":"2026-')
    await visitor.arrive()
    await signing.sign()
    whole = [line for line in path.read_bytes().splitlines() if line.endswith(b"}")]
    assert [json.loads(line)["number"] for line in whole] == [1, 2]


# Fail closed (ASVS 16.5.3): without checkpoints no operation is allowed.


def _no_folder(world: World, path: Path) -> None:
    path.parent.rmdir()


def _full_disk(world: World, path: Path) -> None:
    path.symlink_to("/dev/full")


def _another_key(world: World, path: Path) -> None:
    line = b'{"key":"another","number":1,"records":0}'
    world.sql("INSERT INTO audit_checkpoints VALUES (1, ?)", line)


def _rolled_back(world: World, path: Path) -> None:
    path.write_bytes(b'{"number":7}\n')


Break = Callable[[World, Path], None]
BROKEN: dict[str, Break] = {
    "its folder is gone": _no_folder,
    "the disk is full": _full_disk,
    "the key is another": _another_key,
    "the database was rolled back": _rolled_back,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_without_checkpoints_nothing_is_allowed_but_what_protects(
    alice: Visitor, path: Path, broken: Break
) -> None:
    """Issue: every operation is denied; sign-out and revocation still work."""
    broken(alice.world, path)
    signing = build_checkpoints(alice.world.core)
    await signing.round()
    assert alice.world.core.trail.closed
    calls = len(alice.world.api.calls)
    await alice.is_refused("security_unavailable")
    assert len(alice.world.api.calls) == calls
    other = Visitor(alice.world)
    await other.arrive()
    await other.sign_in("bob")
    await alice.sign_out()
    with pytest.raises(Refused, match="session_expired"):
        await alice.say()


async def test_all_goes_on_once_it_is_put_right(alice: Visitor, path: Path) -> None:
    """What waits for its person's proof is not lost meanwhile."""
    await asked_to_approve(alice)
    alice.world.core.trail.closed = True
    await alice.is_refused("security_unavailable")
    signing = build_checkpoints(alice.world.core)
    await signing.round()
    assert not alice.world.core.trail.closed
    alice.world.clock.advance(seconds=30)
    await alice.answer(alice.world.code_of("alice"))
    await alice.resume()
    assert alice.world.api.calls


async def test_locking_still_works(visitor: Visitor, path: Path) -> None:
    """Issue: three wrong codes pause a factor, whatever is wrong with checkpoints."""
    visitor.world.core.trail.closed = True
    await visitor.arrive()
    await visitor.give_password("alice")
    for _ in range(20):
        with pytest.raises(Refused):
            await visitor.answer(visitor.world.wrong_code_for("alice"))
    assert visitor.world.trail("challenge:authenticator:pause")


async def test_a_look_that_fails_in_an_unforeseen_way_closes_as_well(
    visitor: Visitor, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("planted")

    signing = build_checkpoints(visitor.world.core)
    monkeypatch.setattr(CheckpointFile, "last", fail)
    await signing.round()
    assert visitor.world.core.trail.closed
    await signing.end()
