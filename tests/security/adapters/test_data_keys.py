"""Data keys: made, kept, counted, changed and destroyed, by one process or by several."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from security.adapters import data_keys
from security.adapters.data_keys import BUDGET, STEP, DataKeys
from security.vault.envelope import CannotOpen, KeyGone, Place, key_id_of
from security.vault.owners import Owner, Scope, Under, owner_of
from security.vault_parts import Keys
from tests.security.adapters.rings import Ring

HERE = Place("t", "c", "row", "bank", "alice")
ALICE = Owner(Scope.PERSON_ERASABLE, "bank", "alice")
BOB = Owner(Scope.PERSON_ERASABLE, "bank", "bob")
KEPT = Owner(Scope.PERSON_RETAINED, "bank", "alice")


pytestmark = pytest.mark.both_databases


@pytest.fixture
def ring(request: pytest.FixtureRequest, tmp_path: Path, which_database: str) -> Iterator[Ring]:
    there = which_database == "postgres"
    made = Ring(tmp_path, request.getfixturevalue("postgres") if there else None)
    yield made
    made.close()


@pytest.fixture
def keys(ring: Ring) -> Keys:
    return ring.open()


def seal(keys: Keys, owner: Owner = ALICE) -> bytes:
    return keys.vault.seal(b"planted", HERE, owner)


def test_what_one_process_sealed_another_one_opens(ring: Ring, keys: Keys) -> None:
    sealed = seal(keys)
    assert ring.open().vault.open(sealed, HERE) == b"planted"


def test_everybody_has_a_key_of_their_own(keys: Keys) -> None:
    """GDPR 17: what is destroyed with one person's key is theirs, and theirs alone."""
    tenant, system = Owner(Scope.TENANT, "bank"), Owner(Scope.SYSTEM)
    other = Owner(Scope.TENANT, "clinic")
    under = [key_id_of(seal(keys, each)) for each in (ALICE, BOB, KEPT, tenant, other, system)]
    assert len(set(under)) == 6
    assert key_id_of(seal(keys)) == under[0]


@pytest.mark.sqlite_alone
def test_the_ring_names_nobody_and_holds_no_key_in_plain(ring: Ring, keys: Keys) -> None:
    """ASVS 11.2.3: a thief with the ring alone has random bytes."""
    seal(keys)
    whole = ring.file.read_bytes() + (ring.folder / "ring.db-wal").read_bytes()
    assert b"alice" not in whole
    assert ring.master.read_bytes() not in whole
    assert {len(wrapped) for (wrapped,) in ring.sql("SELECT wrapped FROM data_keys")} == {12 + 48}


SWAPPED = {
    "scope": "UPDATE data_keys SET scope = 'tenant' WHERE owner_hash IS NOT NULL",
    "tenant": "UPDATE data_keys SET tenant_id = 'clinic' WHERE owner_hash IS NOT NULL",
    "owner": "UPDATE data_keys SET owner_hash = 'other' WHERE owner_hash IS NOT NULL",
    "purpose": "UPDATE data_keys SET purpose = 'root' WHERE owner_hash IS NOT NULL",
    "key": "UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE purpose = 'root')",
    "bit": "UPDATE data_keys SET wrapped = x'00' WHERE owner_hash IS NOT NULL",
}


@pytest.mark.parametrize("what", SWAPPED)
def test_attack_a_key_given_out_for_another_is_refused(ring: Ring, keys: Keys, what: str) -> None:
    """ASVS 11.3.3: the wrapping is bound to id, scope, purpose, tenant and owner."""
    sealed = seal(keys)
    ring.sql(SWAPPED[what])
    keys.data_keys.forget()
    with pytest.raises(CannotOpen):
        keys.vault.open(sealed, HERE)


def test_another_master_key_opens_no_ring(ring: Ring, keys: Keys) -> None:
    """ASVS 13.3.1."""
    ring.master.write_bytes(secrets.token_bytes(32))
    with pytest.raises(ValueError, match="put it back"):
        ring.open()


def test_a_persons_erasable_key_is_gone_at_once_and_the_retained_one_on_its_date(
    ring: Ring, keys: Keys
) -> None:
    """GDPR 17."""
    erasable, retained, others = seal(keys), seal(keys, KEPT), seal(keys, BOB)
    until = ring.clock.now + timedelta(days=365)
    done = keys.data_keys.destroy_person_keys("alice", until)
    assert (done.erasable, done.retained) == (1, 1)
    with pytest.raises(KeyGone):
        keys.vault.open(erasable, HERE)
    assert keys.vault.open(retained, HERE) == keys.vault.open(others, HERE) == b"planted"
    assert keys.data_keys.destroy_due(until - timedelta(microseconds=1)) == 0
    assert keys.data_keys.destroy_due(until) == 1
    with pytest.raises(KeyGone):
        keys.vault.open(retained, HERE)
    assert keys.vault.open(others, HERE) == b"planted"


def test_a_retained_key_without_a_date_stays(keys: Keys) -> None:
    retained = seal(keys, KEPT)
    assert keys.data_keys.destroy_person_keys("alice").retained == 0
    assert keys.vault.open(retained, HERE) == b"planted"


@pytest.mark.sqlite_alone
def test_attack_nothing_of_a_destroyed_key_is_left_in_the_rings_files(
    ring: Ring, keys: Keys
) -> None:
    """GDPR 17: neither in a freed page nor in the log."""
    seal(keys)
    [(wrapped,)] = ring.sql("SELECT wrapped FROM data_keys WHERE owner_hash IS NOT NULL")
    keys.data_keys.destroy_person_keys("alice")
    left = b"".join(file.read_bytes() for file in ring.folder.glob("ring.db*"))
    assert wrapped not in left


def test_another_process_forgets_a_destroyed_key_within_seconds(
    ring: Ring, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GDPR 17: unwrapped keys in memory included."""
    now = [100.0]
    monkeypatch.setattr(data_keys.time, "monotonic", lambda: now[0])
    other, sealed = ring.open(), seal(keys)
    assert other.vault.open(sealed, HERE) == b"planted"
    keys.data_keys.destroy_person_keys("alice")
    assert other.vault.open(sealed, HERE) == b"planted"
    now[0] += data_keys.LOOKS_EVERY
    with pytest.raises(KeyGone):
        other.vault.open(sealed, HERE)


def test_sealing_writes_nothing_but_a_step_now_and_then(ring: Ring, keys: Keys) -> None:
    """SP 800-38D, 8.3: seals are counted, and ahead of being done."""
    first = key_id_of(seal(keys))
    count = "SELECT seals FROM data_keys WHERE id = ?"
    assert ring.sql(count, first.hex()) == [(STEP,)]
    keys.data_keys._sealing[ALICE].left = 1
    assert key_id_of(seal(keys)) == first
    assert ring.sql(count, first.hex()) == [(STEP,)]
    assert key_id_of(seal(keys)) == first
    assert ring.sql(count, first.hex()) == [(2 * STEP,)]


@pytest.mark.parametrize(("used", "same"), [(BUDGET - STEP - 1, True), (BUDGET - STEP, False)])
def test_a_key_whose_budget_is_spent_gets_a_successor(
    ring: Ring, keys: Keys, used: int, same: bool
) -> None:
    """SP 800-38D, 8.3: at half of 2^32 seals; what the old one sealed goes on being read."""
    sealed = seal(keys)
    ring.sql("UPDATE data_keys SET seals = ?", used)
    again = ring.open()
    assert (key_id_of(seal(again)) == key_id_of(sealed)) is same
    assert again.vault.open(sealed, HERE) == b"planted"
    assert (key_id_of(sealed) in again.data_keys.retired()) is not same


def test_memory_holds_no_more_keys_than_its_bound(
    ring: Ring, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_keys, "KEPT", 5)
    sealed = [seal(keys, Owner(Scope.PERSON_ERASABLE, "bank", f"p{n}")) for n in range(9)]
    again = ring.open()
    for each in sealed * 2:
        assert again.vault.open(each, HERE) == b"planted"
    assert len(again.data_keys._opening) == 5
    assert len(keys.data_keys._sealing) == 5


def test_many_keys_are_read_at_once(ring: Ring, keys: Keys) -> None:
    owners = [Owner(Scope.PERSON_ERASABLE, "bank", f"p{n}") for n in range(50)]
    keys.data_keys.make(owners)
    sealed = [seal(keys, each) for each in owners]
    again = ring.open()
    again.vault.warm("bank")
    again.data_keys._store.find = lambda _: pytest.fail("read one by one")  # type: ignore[method-assign,assignment]
    assert [again.vault.open(each, HERE) for each in sealed] == [b"planted"] * 50


def rotate(keys: DataKeys, most: int = 500) -> None:
    fresh = keys.begin_master()
    while keys.rewrap(fresh, most):
        pass
    keys.end_master()


def test_the_master_key_rotates_and_the_old_one_is_destroyed(ring: Ring, keys: Keys) -> None:
    """ASVS 11.2.2."""
    sealed, old = seal(keys), ring.master.read_bytes()
    names = keys.derived.pseudonym("alice")
    with ring.master.open("rb") as held:
        rotate(keys.data_keys)
        assert held.read() == bytes(32)  # Whoever holds the old file open reads nothing of it.
    assert ring.master.read_bytes() != old
    assert not (ring.folder / "master.next.key").exists()
    again = ring.open()
    assert again.vault.open(sealed, HERE) == keys.vault.open(sealed, HERE) == b"planted"
    assert again.derived.pseudonym("alice") == names
    ring.master.write_bytes(old)
    with pytest.raises(ValueError, match="put it back"):
        ring.open()


def test_no_read_fails_while_the_master_key_rotates(ring: Ring, keys: Keys) -> None:
    """ASVS 11.2.2: another process, which keeps nothing in memory, reads all the while."""
    owners = [Owner(Scope.PERSON_ERASABLE, "bank", f"p{n}") for n in range(40)]
    sealed = [seal(keys, each) for each in owners]
    other, failed, ended = ring.open(), [], threading.Event()

    def read() -> None:
        while not ended.is_set():
            for each in sealed:
                other.data_keys.forget()
                try:
                    other.vault.open(each, HERE)
                except Exception as error:
                    failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(3):
        rotate(keys.data_keys, most=3)
    ended.set()
    reader.join()
    assert failed == []


KILLED = {"staged": 0, "half done": 2, "all but promoted": 10}


@pytest.mark.parametrize("steps", KILLED.values(), ids=KILLED)
def test_attack_killed_while_the_master_key_rotates(ring: Ring, keys: Keys, steps: int) -> None:
    """ASVS 11.2.2: whatever moment it was, everything opens, and the change is gone on with."""
    sealed, old = [seal(keys, each) for each in (ALICE, BOB, KEPT)], ring.master.read_bytes()
    fresh = keys.data_keys.begin_master()
    for _ in range(steps):
        keys.data_keys.rewrap(fresh, most=1)
    after = ring.open()  # The process was killed here.
    assert after.data_keys.master_is_rotating()
    assert [after.vault.open(each, HERE) for each in sealed] == [b"planted"] * 3
    newer = seal(after, Owner(Scope.TENANT, "bank"))
    rotate(after.data_keys)
    assert ring.master.read_bytes() != old
    at_last = ring.open()
    assert not at_last.data_keys.master_is_rotating()
    assert [at_last.vault.open(each, HERE) for each in (*sealed, newer)] == [b"planted"] * 4


def test_a_key_made_by_another_process_meanwhile_is_under_the_new_master_key(
    ring: Ring, keys: Keys
) -> None:
    """ASVS 11.2.2: none is left behind under the one that is destroyed."""
    other = ring.open()
    fresh = keys.data_keys.begin_master()
    while keys.data_keys.rewrap(fresh):
        pass
    sealed = seal(other, BOB)
    assert keys.data_keys.rewrap(fresh) == 0
    keys.data_keys.end_master()
    assert ring.open().vault.open(sealed, HERE) == b"planted"


@pytest.mark.parametrize(
    ("under", "tenant", "person", "scope"),
    [
        (Under.ERASABLE, "bank", "alice", Scope.PERSON_ERASABLE),
        (Under.RETAINED, "bank", "alice", Scope.PERSON_RETAINED),
        (Under.ERASABLE, "bank", None, Scope.TENANT),
        (Under.ERASABLE, "bank", "", Scope.TENANT),
        (Under.ERASABLE, None, None, Scope.SYSTEM),
        (Under.ERASABLE, "", "", Scope.SYSTEM),
        (Under.TENANT, "bank", "alice", Scope.TENANT),
        (Under.TENANT, None, "alice", Scope.SYSTEM),
        (Under.SYSTEM, "bank", "alice", Scope.SYSTEM),
    ],
)
def test_whose_key_a_column_is_under(
    under: Under, tenant: str | None, person: str | None, scope: Scope
) -> None:
    assert owner_of(under, tenant, person).scope is scope
