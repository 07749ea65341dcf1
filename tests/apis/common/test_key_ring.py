"""The keys of an API: whose they are, how often they seal, and what becomes of lost ones."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from apis.common.database import database_path, write_engine
from apis.common.key_file import key_path
from apis.common.sealing import ring as rings
from apis.common.sealing.columns import check_keys
from apis.common.sealing.envelope import CannotOpen, key_id_of
from apis.common.sealing.files import prepare_sealing, read_sealing
from apis.common.sealing.ring import MOST_SEALS, ROWS, STEP, WrongKey, ring_path


def test_a_wrong_key_file_is_refused_with_clear_words(home: Path) -> None:
    """ASVS 16.5.3."""
    shutil.copy2(key_path(home, "hr"), key_path(home, "banking"))
    with pytest.raises(WrongKey, match=r"banking\.key is not the key file of .*ring\.db"):
        read_sealing(home, "banking")
    with pytest.raises(WrongKey):
        prepare_sealing(home, "banking")


def test_attack_a_key_file_that_is_swapped_while_the_api_serves(home: Path) -> None:
    """ASVS 13.3.1: no key is made under it, which nobody could open once the right one is back."""
    ring, file = prepare_sealing(home, "hr").ring, key_path(home, "hr")
    ring.take(ROWS, "globex")
    right = file.read_bytes()
    file.write_bytes(bytes(len(right)))
    with pytest.raises(WrongKey, match="put back the one that is"):
        ring.take(ROWS, "acme-shop")
    file.write_bytes(right)
    assert {key.tenant for key in read_sealing(home, "hr").ring.all()} >= {"globex"}


def test_keys_that_are_lost_are_noticed_at_the_start(home: Path) -> None:
    """ASVS 16.5.3: nothing new is begun beside what nobody can open any more."""
    ring_path(database_path(home, "banking")).unlink()
    with pytest.raises(WrongKey, match="put it back"):
        read_sealing(home, "banking")
    sealing = prepare_sealing(home, "banking")
    engine = write_engine(database_path(home, "banking"), sealing)
    with engine.begin() as connection, pytest.raises(WrongKey, match="put the ring of keys back"):
        check_keys(connection)
    engine.dispose()


@pytest.mark.parametrize("name", ["key", "ring"])
def test_keys_are_their_owners_alone(home: Path, name: str) -> None:
    """ASVS 13.3.1."""
    path = key_path(home, "hr") if name == "key" else ring_path(database_path(home, "hr"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_each_tenant_has_a_key_of_its_own(home: Path) -> None:
    sealing = prepare_sealing(home, "hr")
    one, other = (sealing.seal("t", "r", tenant, {}) for tenant in ("globex", "acme-shop"))
    assert key_id_of(one) != key_id_of(other)
    with pytest.raises(CannotOpen):
        sealing.open("t", "r", "globex", other)


@pytest.mark.parametrize(("sealed", "same"), [(-1, True), (0, True), (1, False)])
def test_a_key_seals_so_often_and_not_once_more(home: Path, sealed: int, same: bool) -> None:
    """NIST SP 800-38D, section 8.3: at the bound, one step before it and one after it."""
    ring = prepare_sealing(home, "hr").ring
    first = ring.take(ROWS, "globex")
    with closing(sqlite3.connect(ring_path(database_path(home, "hr")))) as connection, connection:
        connection.execute(
            "UPDATE keys SET seals = ? WHERE id = ?",
            (MOST_SEALS - STEP + sealed, first.id.hex()),
        )
    assert (ring.take(ROWS, "globex").id == first.id) is same
    assert first.id in {key.id for key in ring.all()}


def test_seals_are_counted_before_they_are_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rings, "STEP", 2)
    sealing = prepare_sealing(home, "hr")
    path = ring_path(database_path(home, "hr"))

    def counted() -> int:
        with closing(sqlite3.connect(path)) as connection:
            query = "SELECT seals FROM keys WHERE purpose = 'rows' AND tenant = 'new'"
            return int((connection.execute(query).fetchone() or (0,))[0])

    seen = []
    for _ in range(5):
        sealing.seal("t", "r", "new", {})
        seen.append(counted())
    assert seen == [2, 2, 4, 4, 6]


def test_keys_and_rows_say_nothing_of_themselves(home: Path) -> None:
    """ASVS 16.2.5: what is printed of them by accident is no key."""
    sealing = read_sealing(home, "hr")
    for key in sealing.ring.all():
        shown = f"{sealing!r} {key!r}"
        assert key.secret.hex() not in shown
        assert repr(key.secret) not in shown
