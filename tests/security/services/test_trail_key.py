"""The key that signs checkpoints changes: announced by the old one, nothing unsigned between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from security.adapters import checkpoint_store
from security.adapters.audit_export import write_export
from security.adapters.checkpoint_file import CheckpointFile
from security.adapters.trail_seeds import TrailSeeds
from security.audit.checkpoint import Last, TrailKey, next_checkpoint, read_last
from security.audit.verifier import Bad, read_keys, read_older, verify_export, verify_live
from security.errors import Refused
from security.services.checkpoints import Checkpoints
from security.trail_parts import build_checkpoints, checkpoints_path
from tests.security.fakes import NOW
from tests.security.visitor import Visitor

both = pytest.mark.both_databases
LINES = "SELECT line FROM audit_checkpoints ORDER BY number"


@pytest.fixture
def signing(visitor: Visitor) -> Checkpoints:
    checkpoints_path(visitor.world.home).parent.mkdir(exist_ok=True)
    return build_checkpoints(visitor.world.core)


def lines(visitor: Visitor) -> list[bytes]:
    return [line for (line,) in visitor.world.sql(LINES)]


def live(visitor: Visitor, pem: bytes, older: bytes = b"") -> str:
    keys = read_keys(pem)
    records = visitor.world.records()
    return verify_live(lines(visitor), records, keys, read_older(older, keys))


def export(visitor: Visitor, folder: Path) -> Path:
    file = folder / "export.jsonl"
    keys = visitor.world.core.data_keys.trail
    visitor.world.core.database.run_here(
        lambda store: write_export(store.connection(), keys, file, NOW)
    )
    return file


@both
async def test_the_old_key_announces_the_new_one_and_is_destroyed(
    visitor: Visitor, signing: Checkpoints
) -> None:
    """ASVS 16.4.3: whoever trusts the old one can check what the new one signs."""
    old = visitor.world.core.data_keys.trail.first()
    await signing.sign()
    done = await signing.rotate_key()
    await visitor.arrive()
    await signing.sign()
    said = [json.loads(line) for line in lines(visitor)]
    assert [one["key"] for one in said] == [old.id, old.id, done.key]
    assert [one.get("next_key") for one in said] == [None, done.key, None]
    assert visitor.world.core.data_keys.trail.first().id == done.key != old.id
    assert "checkpoint 3" in live(visitor, old.public_pem)
    assert checkpoints_path(visitor.world.home).read_bytes().splitlines() == lines(visitor)
    [record] = visitor.world.trail("admin:trail_key:rotate")
    assert record["key"] == done.key
    again = await signing.rotate_key()
    assert again.key not in (old.id, done.key)
    assert "checkpoint 4" in live(visitor, old.public_pem)


@both
async def test_exports_from_before_and_after_verify(
    visitor: Visitor, signing: Checkpoints, tmp_path: Path
) -> None:
    """An old one with the key of its time; a new one with that, too, beside the announcement."""
    trail = visitor.world.core.data_keys.trail
    old = read_keys(trail.first().public_pem)
    await signing.sign()
    before = export(visitor, tmp_path).rename(tmp_path / "before.jsonl")
    await signing.rotate_key()
    after = export(visitor, tmp_path)
    assert "whole" in verify_export(before, old)
    with pytest.raises(Bad, match="no checkpoint that this key has signed"):
        verify_export(after, read_keys(_pem_of(old)))
    kept = checkpoints_path(visitor.world.home).read_bytes()
    assert "whole" in verify_export(after, old, read_older(kept, old))
    pems = visitor.world.core.database.run_here(
        lambda store: checkpoint_store.public_keys(store.connection(), trail)
    )
    everybody = read_keys(pems)
    assert len(everybody) == 2
    assert "whole" in verify_export(before, everybody)
    assert "whole" in verify_export(after, everybody)


def _pem_of(keys: dict[str, object]) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    [key] = keys.values()
    pem: bytes = key.public_bytes(  # type: ignore[attr-defined]
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return pem


async def test_attack_the_old_key_was_stolen(visitor: Visitor, signing: Checkpoints) -> None:
    """ASVS 16.4.3: once another one is announced, what it signs follows nothing."""
    stolen = visitor.world.core.data_keys.trail.first()
    await signing.sign()
    await signing.rotate_key()
    last = read_last(lines(visitor)[-1])
    heads = visitor.world.core.database.run_here(
        lambda store: checkpoint_store.lanes(store.connection())
    )
    _, forged = next_checkpoint(stolen, heads, last, NOW)
    insert = "INSERT INTO audit_checkpoints VALUES (?, ?)"
    visitor.world.sql(insert, last.number + 1, forged)
    with pytest.raises(Bad, match="does not follow"):
        live(visitor, stolen.public_pem)


async def test_attack_a_key_that_announces_itself(visitor: Visitor, signing: Checkpoints) -> None:
    """Nobody is trusted for their own word."""
    await signing.sign()
    thief = TrailKey(b"t" * 32)
    last = read_last(lines(visitor)[-1])
    _, forged = next_checkpoint(thief, [], last, NOW, thief)
    visitor.world.sql("INSERT INTO audit_checkpoints VALUES (?, ?)", last.number + 1, forged)
    with pytest.raises(Bad, match="no checkpoint that this key has signed"):
        live(visitor, visitor.world.core.data_keys.trail.first().public_pem)


def keys_of(visitor: Visitor) -> bytes:
    trail = visitor.world.core.data_keys.trail
    return visitor.world.core.database.run_here(
        lambda store: checkpoint_store.public_keys(store.connection(), trail)
    )


async def test_attack_a_log_written_anew_under_a_key_before_ours(
    visitor: Visitor, signing: Checkpoints
) -> None:
    """ASVS 16.4.2: a made-up key announces ours, and ours goes on: it never was the one before."""
    await signing.sign()
    ours, thief = visitor.world.core.data_keys.trail.first(), TrailKey(b"t" * 32)
    heads = visitor.world.core.database.run_here(
        lambda store: checkpoint_store.lanes(store.connection())
    )
    visitor.world.sql("DELETE FROM audit_checkpoints")
    _, forged = next_checkpoint(thief, heads, Last(), NOW, ours)
    stolen = thief.endorse(thief.public)
    for endorsed in (stolen, "", "zz", stolen[:-2]):
        said = json.loads(forged) | {"endorsed": endorsed}
        del said["signature"]
        visitor.world.sql("DELETE FROM audit_checkpoints")
        visitor.world.sql("INSERT INTO audit_checkpoints VALUES (1, ?)", thief.sign(said))
        assert keys_of(visitor) == ours.public_pem
        with pytest.raises(Bad, match="no checkpoint that this key has signed"):
            live(visitor, keys_of(visitor))


async def test_keys_that_were_endorsed_are_believed_each_by_the_next(
    visitor: Visitor, signing: Checkpoints
) -> None:
    made = [visitor.world.core.data_keys.trail.first().id]
    for _ in range(3):
        await signing.sign()
        made.append((await signing.rotate_key()).key)
    assert list(read_keys(keys_of(visitor))) == made
    assert "whole" in live(visitor, keys_of(visitor))


def _crash(*_given: object) -> None:
    raise OSError("planted")


@pytest.mark.parametrize(
    ("where", "what"), [(TrailSeeds, "destroy_but"), (CheckpointFile, "append")]
)
async def test_what_was_interrupted_goes_on(
    visitor: Visitor,
    signing: Checkpoints,
    monkeypatch: pytest.MonkeyPatch,
    where: type,
    what: str,
) -> None:
    """Two keys in the ring, and the last checkpoint says which of them signs."""
    first = visitor.world.core.data_keys.trail.first()
    await signing.sign()
    with monkeypatch.context() as planted:
        planted.setattr(where, what, _crash)
        with pytest.raises(Refused, match="security_unavailable"):
            await signing.rotate_key()
    visitor.world.core.database.close()
    visitor.world.wire(visitor.world.core_again())
    again = build_checkpoints(visitor.world.core)
    await again.round()
    assert not visitor.world.core.trail.closed
    announced = json.loads(lines(visitor)[1])["next_key"]
    await visitor.arrive()
    await again.sign()
    assert json.loads(lines(visitor)[-1])["key"] == announced
    done = await again.rotate_key()
    assert visitor.world.core.data_keys.trail.first().id == done.key
    assert "whole" in live(visitor, first.public_pem)


async def test_a_process_that_was_not_told_takes_the_new_key(
    visitor: Visitor, signing: Checkpoints
) -> None:
    """Another one has rotated: its checkpoint says with which key the next is signed."""
    await signing.sign()
    core = visitor.world.core_again()
    done = await build_checkpoints(core).rotate_key()
    core.database.close()
    await visitor.arrive()
    await signing.sign()
    assert json.loads(lines(visitor)[-1])["key"] == done.key


async def test_what_cannot_be_recorded_changes_no_key(
    visitor: Visitor, signing: Checkpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GH-4."""
    trail = visitor.world.core.data_keys.trail
    await signing.sign()
    before = lines(visitor)
    monkeypatch.setattr("security.adapters.audit_log.append", _crash)
    with pytest.raises(Refused, match="security_unavailable"):
        await signing.rotate_key()
    assert lines(visitor) == before
    assert trail.after(read_last(before[-1])).id == json.loads(before[-1])["key"]
