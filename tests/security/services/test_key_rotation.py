"""A new signing key: known before it signs, and the old one honoured until its tokens are dead."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from security.adapters import audit_log
from security.adapters.key_files import KeyFiles
from security.errors import Refused
from security.guard_parts import build_issuer
from security.key_parts import build_rotations
from security.services.key_rotation import KeyRotation
from security.services.vault_rotation import VaultRotation
from security.setup import publish_keys
from security.tokens.dpop import ProofKey
from security.tokens.issuer import Grant, Signer
from security.tokens.keys import PublishedKeys, generate_signing_key, load_signing_key
from security.tokens.verifier import DEFAULT_ISSUER, TokenRefused, TokenVerifier
from security.trail_parts import build_checkpoints
from tests.security.world import World

AUDIENCE = "urn:gatehouse:api:banking"
AT_ONCE = timedelta(0)
GRANT = Grant("pairwise", "northwind-bank", AUDIENCE, "banking:bills:read", ProofKey().thumbprint)


@pytest.fixture
def files(world: World) -> KeyFiles:
    return KeyFiles(world.home / "keys")


@pytest.fixture
def rotation(world: World) -> KeyRotation:
    vault, checkpoints = VaultRotation(world.core), build_checkpoints(world.core)
    return build_rotations(world.core, vault, checkpoints).signing


@pytest.fixture
def at_the_api(files: KeyFiles) -> PublishedKeys:
    """The keys as an API has them in memory."""
    return PublishedKeys(files.public)


def _mint(world: World) -> str:
    return build_issuer(world.core).mint(GRANT, world.clock()).value


def _accepted(keys: PublishedKeys, token: str, world: World) -> bool:
    try:
        TokenVerifier(keys, AUDIENCE, DEFAULT_ISSUER).claims_of(token, world.clock())
    except TokenRefused:
        return False
    return True


def _published(files: KeyFiles) -> list[dict[str, Any]]:
    return list(json.loads(files.public.read_bytes())["keys"])


async def test_old_and_new_tokens_are_accepted_without_a_restart(
    world: World, files: KeyFiles, rotation: KeyRotation, at_the_api: PublishedKeys
) -> None:
    before = _mint(world)
    done = await rotation.rotate(wait=AT_ONCE)
    after = _mint(world)
    assert not _accepted(at_the_api, after, world)
    assert at_the_api.reload()
    assert _accepted(at_the_api, before, world)
    assert _accepted(at_the_api, after, world)
    assert load_signing_key(files.signing).kid == done.kid
    assert [key.get("exp") is None for key in _published(files)] == [True, False]
    assert not any("d" in key for key in _published(files))


async def test_a_key_is_published_before_it_signs(
    world: World, files: KeyFiles, rotation: KeyRotation, at_the_api: PublishedKeys
) -> None:
    """No call fails while keys change: every API has had a second to read the new one."""
    running = asyncio.create_task(rotation.rotate(wait=timedelta(seconds=0.05)))
    while not at_the_api.reload():
        await asyncio.sleep(0)
    assert _accepted(at_the_api, _mint(world), world)
    assert load_signing_key(files.signing).kid == world.core.signer.key.kid
    done = await running
    assert world.core.signer.key.kid == done.kid
    assert _accepted(at_the_api, _mint(world), world)


@pytest.mark.parametrize(("seconds", "honoured"), [(64, True), (65, False), (66, False)])
async def test_the_old_key_ends_with_its_last_token(
    world: World, rotation: KeyRotation, at_the_api: PublishedKeys, seconds: int, honoured: bool
) -> None:
    """60 s of a token and 5 s between two clocks; no file has to be read for that."""
    old = world.core.signer.key
    await rotation.rotate(wait=AT_ONCE)
    at_the_api.reload()
    world.clock.advance(seconds=seconds)
    assert (at_the_api.find(old.kid, world.clock()) is not None) is honoured


async def test_a_stolen_key_is_dead_at_once(
    world: World, files: KeyFiles, rotation: KeyRotation, at_the_api: PublishedKeys
) -> None:
    thief = Signer(load_signing_key(files.signing))
    await rotation.rotate(revoke=True, wait=AT_ONCE)
    at_the_api.reload()
    mine = _mint(world)
    world.core.signer.use(thief.key)
    assert _accepted(at_the_api, mine, world)
    assert not _accepted(at_the_api, _mint(world), world)
    assert len(_published(files)) == 1


async def test_a_rotation_is_on_the_trail(world: World, rotation: KeyRotation) -> None:
    """ASVS 16.2.1: who did what to which key."""
    first = await rotation.rotate(wait=AT_ONCE)
    second = await rotation.rotate(revoke=True, wait=AT_ONCE)
    said = [(r["actor"], r["key"], r.get("reason")) for r in world.trail("admin:key:rotate")]
    who = "operating-system:administrator"
    assert said == [(who, first.kid, None), (who, second.kid, "revoked")]


async def test_what_cannot_be_recorded_does_not_happen(
    world: World,
    files: KeyFiles,
    rotation: KeyRotation,
    at_the_api: PublishedKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ASVS 16.5.3: the old key goes on signing, and everybody still accepts it."""

    def fail(*_given: Any) -> int:
        raise Refused("security_unavailable")

    old = world.core.signer.key.kid
    monkeypatch.setattr(audit_log, "append", fail)
    with pytest.raises(Refused, match="security_unavailable"):
        await rotation.rotate(wait=AT_ONCE)
    assert world.core.signer.key.kid == load_signing_key(files.signing).kid == old
    at_the_api.reload()
    assert _accepted(at_the_api, _mint(world), world)


async def test_two_rotations_at_once_are_one(world: World, rotation: KeyRotation) -> None:
    ended = await asyncio.gather(
        *(rotation.rotate(wait=AT_ONCE) for _ in range(5)), return_exceptions=True
    )
    refused = [one.code for one in ended if isinstance(one, Refused)]
    assert refused == ["in_progress"] * 4
    assert len(world.trail("admin:key:rotate")) == 1


async def test_files_that_cannot_be_written_refuse(
    world: World, files: KeyFiles, rotation: KeyRotation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: Any) -> None:
        raise OSError

    old = world.core.signer.key.kid
    monkeypatch.setattr(KeyFiles, "promote", fail)
    with pytest.raises(Refused, match="security_unavailable"):
        await rotation.rotate(wait=AT_ONCE)
    assert world.core.signer.key.kid == old


def test_a_start_after_a_crash_gives_the_older_key_an_end(
    files: KeyFiles, at_the_api: PublishedKeys
) -> None:
    """Whatever step it was: the key of the file signs, and no other is honoured for ever."""
    [old] = _published(files)
    staged = generate_signing_key()
    files.stage(staged)
    files.promote()
    publish_keys(files)
    assert [key["kid"] for key in _published(files)] == [staged.kid, old["kid"]]
    assert [key.get("exp") is None for key in _published(files)] == [True, False]
    files.stage(generate_signing_key())  # And one that died before it signed.
    publish_keys(files)
    assert _published(files)[0]["kid"] == staged.kid
    assert at_the_api.reload()


def test_keys_that_cannot_be_read_leave_those_that_are_there(
    world: World, files: KeyFiles, at_the_api: PublishedKeys
) -> None:
    files.public.write_bytes(b'{"keys": []}')
    with pytest.raises(ValueError, match=r"jwks\.json"):
        at_the_api.reload()
    assert _accepted(at_the_api, _mint(world), world)
