"""What was erased stays erased: a backup of before says nothing without the key that is gone."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.backup import keys, make, restore
from cli.backup.content import RING
from cli.backup.snapshot import copy
from cli.home import prepare_home
from cli.progress import PlainDisplay, Progress
from cli.settings import Settings
from security.audit.chain import Whole, verify_chain
from security.tools.restored import settle
from security.vault.envelope import KeyGone
from security.vault.owners import Owner, Scope
from tests.security.services.test_erasure import rows_of
from tests.security.visitor import Visitor
from tests.security.world import Origin, World

pytestmark = pytest.mark.sqlite_alone("backs up files")

PROGRESS = Progress(PlainDisplay())


@pytest.fixture
async def file(alice: Visitor, tmp_path: Path) -> Path:
    """A backup of a world in which alice has asked something."""
    await alice.ask()
    (alice.world.home / "mode").write_text("demo\n")
    (alice.world.home / "logs").mkdir()
    settings = Settings(_env_file=None, home=alice.world.home)
    return await make.backup(settings, tmp_path / "file", PROGRESS)


@pytest.fixture
def worlds(demo_origin: Origin) -> Iterator[list[World]]:
    """Worlds that a test opens."""
    made: list[World] = []
    yield made
    for each in made:
        each.close()


async def brought_back(file: Path, old: Path, ring: Path, place: Path) -> Path:
    """Restore into a new home with the keys that somebody kept, and with this ring."""
    prepare_home(place, "demo")
    for name in ("keys/master.key", "keys/backup.key"):
        shutil.copy2(old / name, place / name)
    (place / RING).parent.mkdir(mode=0o700)
    copy(ring, place / RING)
    await restore.restore(Settings(_env_file=None, home=place), file, PROGRESS)
    return place


async def test_attack_a_restore_after_an_erasure_brings_nobody_back(
    alice: Visitor, file: Path, demo_origin: Origin, tmp_path: Path, worlds: list[World]
) -> None:
    """GDPR 17: the ring is the current one, and nothing in any backup opens without it."""
    world, before = alice.world, tmp_path / "ring-before.db"
    copy(world.home / RING, before)
    person = world.look("alice").id
    world.core.data_keys.destroy_person_keys(person)

    there = World(await brought_back(file, world.home, before, tmp_path / "before"), demo_origin)
    gone_home = await brought_back(file, world.home, world.home / RING, tmp_path / "after")
    gone = World(gone_home, demo_origin)
    worlds += [there, gone]

    # Nothing but the ring differs: with that of before, everything is there.
    assert there.look("alice").name
    assert there.look("alice").disabled_at is None

    assert rows_of(there, person) != {}
    assert rows_of(gone, person) == {}
    assert gone.look("bob").name == there.look("bob").name
    assert gone.trail("admin:user:disable") == []
    [done] = gone.trail("data:person:forget")
    assert done["person"] == world.core.keys.pseudonym(person)
    assert isinstance(verify_chain(gone.records()), Whole)
    assert gone.sql("SELECT person_id, by FROM erasures") == [(None, "restore")]
    # What the APIs brought back of them goes as well, as soon as they are told again.
    named = gone.core.keys.pairwise_subject(person, "urn:gatehouse:api:banking")
    assert gone.sql("SELECT api, subject FROM erasure_orders") == [("banking", named)]
    # Nothing is ever sealed for them again: there is no key to be had.
    owner = Owner(Scope.PERSON_ERASABLE, "northwind-bank", person)
    with pytest.raises(KeyGone):
        gone.core.data_keys.for_sealing(owner)


async def test_attack_a_changed_row_is_no_reason_to_delete_somebody(
    alice: Visitor, demo_origin: Origin
) -> None:
    """GDPR 17, 32: who can change a byte of a backup must not be able to erase people with it."""
    world = alice.world
    person, name = world.look("alice").id, "SELECT name_sealed FROM people WHERE id = ?"
    [(sealed,)] = world.sql(name, person)
    for changed in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:1] + b"no key.." + sealed[9:]):
        world.sql(
            "UPDATE people SET name_sealed = ?, disabled_at = NULL WHERE id = ?", changed, person
        )
        core = world.core_again()
        settle(core)
        core.database.close()
        assert world.sql("SELECT disabled_at IS NOT NULL FROM people WHERE id = ?", person) == [
            (1,)
        ]
        assert world.trail("data:person:forget") == []
    assert [one["reason"] for one in world.trail("admin:user:disable")] == ["unreadable"] * 2


async def test_attack_the_file_of_a_backup_holds_nothing_that_opens(
    alice: Visitor, file: Path, tmp_path: Path
) -> None:
    """The thief has the backup *and* the backup key: names and messages are ciphertext in it."""
    opened = tmp_path / "opened"
    opened.mkdir()
    restore._open(file, keys.read_key(keys.backup_key_file(alice.world.home)), opened)
    database = opened / "db" / "security" / "security.sqlite3"
    assert not (opened / RING).exists()
    with closing(sqlite3.connect(database)) as inside:
        assert inside.execute("SELECT count(*) FROM audit").fetchone()[0] > 5
    person = next(one for one in alice.world.seed.people if one.username == "alice")
    content = database.read_bytes()
    for word in filter(None, (person.name, person.email, person.phone, "what's my balance")):
        assert word.encode() not in content, word
