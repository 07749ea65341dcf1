"""New keys for an API while it serves: no read fails, and the former keys are gone."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from apis.common import key_file
from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.key_file import begin_replacing, key_path, read_keys
from apis.common.sealing.envelope import CannotOpen, key_id_of
from apis.common.sealing.files import read_sealing
from apis.common.sealing.ring import WrongKey
from apis.it.setup import PREPARATION
from apis.it.tables import MemberRow
from tests.apis.calling import NOW

API, MANY = "it", 250


@pytest.fixture
def home(tmp_path: Path) -> Path:
    PREPARATION.prepare(tmp_path, None, "", NOW)
    engine = write_engine(database_path(tmp_path, API), read_sealing(tmp_path, API))
    with engine.begin() as connection:
        connection.execute(insert(MemberRow), [_member(f"pw-{n}") for n in range(MANY)])
    engine.dispose()
    return tmp_path


def _member(subject: str, tenant: str = "globex") -> dict[str, Any]:
    return {"tenant": tenant, "subject": subject, "name": f"Name {subject}", "desk": ""}


def _names(home: Path) -> set[str]:
    engine = read_only_engine(database_path(home, API), read_sealing(home, API))
    with engine.connect() as connection:
        found = set(connection.scalars(select(MemberRow.name)))
    engine.dispose()
    return found


def _keys_in_use(home: Path) -> set[bytes]:
    with closing(sqlite3.connect(database_path(home, API))) as connection:
        return {key_id_of(sealed) for (sealed,) in connection.execute("SELECT sealed FROM members")}


def test_a_new_master_key_opens_everything_and_the_old_one_nothing(home: Path) -> None:
    """ASVS 11.2.2, 13.3.4."""
    path, before = key_path(home, API), _names(home)
    [old] = read_keys(path)
    inode = path.stat().st_ino
    assert PREPARATION.renew(home, "master").startswith("it: 2 keys")
    [new] = read_keys(path)
    assert new != old
    # In place, and for its owner alone: behind its walls a process sees this very file.
    assert (path.stat().st_ino, path.stat().st_mode & 0o777) == (inode, 0o600)
    assert _names(home) == before
    for file in (path, database_path(home, API).with_name("ring.db")):
        assert old not in file.read_bytes()
    path.write_bytes(old)
    with pytest.raises(WrongKey):
        read_sealing(home, API)


@pytest.mark.parametrize("after", ["file", "half", "all"])
def test_a_change_of_masters_that_was_interrupted_goes_on(
    home: Path, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, path = _names(home), key_path(home, API)
    if after == "file":
        begin_replacing(path)
    else:
        target = "ring.end_replacing" if after == "all" else "ring._wrapping"
        calls = iter(range(3 if after == "half" else 0))

        def fail(*given: Any) -> Any:
            if next(calls, None) is None:
                raise KeyboardInterrupt
            return real(*given)

        from apis.common.sealing import ring

        real = getattr(ring, target.partition(".")[2])
        with monkeypatch.context() as patched:
            patched.setattr(ring, target.partition(".")[2], fail)
            with pytest.raises(KeyboardInterrupt):
                read_sealing(home, API).ring.replace_master()
    waiting = read_keys(path)
    assert len(waiting) == 2
    assert _names(home) == before
    PREPARATION.renew(home, "master")
    assert read_keys(path) == waiting[1:]
    assert _names(home) == before


def test_who_holds_the_keys_notices_nothing_of_a_new_master(home: Path) -> None:
    engine = write_engine(database_path(home, API), read_sealing(home, API))
    PREPARATION.renew(home, "master")
    with engine.begin() as connection:
        # A tenant that has no key yet: made under the new master key.
        connection.execute(insert(MemberRow), _member("pw-new", "acme-shop"))
        assert len(connection.scalars(select(MemberRow.name)).all()) == MANY + 1
    engine.dispose()
    assert len(_names(home)) == MANY + 1


def test_new_data_keys_are_under_every_row_and_the_former_are_destroyed(home: Path) -> None:
    """ASVS 11.2.2."""
    before, old = _names(home), _keys_in_use(home)
    assert PREPARATION.renew(home, "data") == f"it: {MANY} rows under new keys"
    new = _keys_in_use(home)
    assert (len(new), old & new) == (1, set())
    assert old.isdisjoint(key.id for key in read_sealing(home, API).ring.all())
    assert _names(home) == before


def test_what_is_interrupted_is_sealed_anew_the_next_time(home: Path) -> None:
    read_sealing(home, API).ring.retire_all()
    old = _keys_in_use(home)
    PREPARATION.renew(home, "data")
    assert old.isdisjoint(_keys_in_use(home))


def test_no_read_and_no_write_fails_while_keys_are_renewed(home: Path) -> None:
    """One that reads, one that writes, and two renewals of either kind, all at once."""
    path = database_path(home, API)
    sealing = read_sealing(home, API)
    reader, writer = read_only_engine(path, sealing), write_engine(path, sealing)
    done, failed, made = threading.Event(), [], [0, 0]

    def reads() -> None:
        while not done.is_set():
            try:
                with reader.connect() as connection:
                    found = connection.scalars(select(MemberRow.name)).all()
                assert len(found) >= MANY
                made[0] += 1
            except Exception as error:  # Whatever it is, it is a read that failed.
                failed.append(error)
                return

    def writes() -> None:
        while not done.is_set():
            try:
                with writer.begin() as connection:
                    connection.execute(insert(MemberRow), _member(f"pw-late-{made[1]}"))
                made[1] += 1
            except Exception as error:
                failed.append(error)
                return

    threads = [threading.Thread(target=work) for work in (reads, writes)]
    for thread in threads:
        thread.start()
    try:
        for which in ("data", "master") * 2:
            PREPARATION.renew(home, which)
    finally:
        done.set()
        for thread in threads:
            thread.join()
        reader.dispose(), writer.dispose()
    assert failed == []
    assert min(made) > 0
    assert len(_names(home)) == MANY + made[1]
    ring = {key.id for key in read_sealing(home, API).ring.all()}
    assert _keys_in_use(home) <= ring


def test_attack_a_key_taken_while_keys_are_retired_hides_it_from_nobody(home: Path) -> None:
    """ASVS 11.2.2: what is sealed under a key that goes would be lost with it."""
    engine = write_engine(database_path(home, API), read_sealing(home, API))
    ring = read_sealing(home, API).ring
    with engine.begin() as connection:
        connection.execute(insert(MemberRow), _member("pw-first"))
    with engine.begin() as connection:
        ring.retire_all()
        # A tenant that has no key yet: one is taken from the ring in the middle of all this.
        connection.execute(insert(MemberRow), _member("pw-other", "acme-shop"))
    with engine.begin() as connection:
        connection.execute(insert(MemberRow), _member("pw-after"))
        query = "SELECT sealed FROM members WHERE subject = 'pw-after'"
        [(sealed,)] = connection.exec_driver_sql(query).all()
    engine.dispose()
    assert key_id_of(sealed) not in ring.retired()


def test_attack_two_who_replace_the_master_key_at_once_lose_none(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 15.4.2: who has not got the lock of the ring writes no key over another's."""
    from apis.common.sealing import ring

    monkeypatch.setattr(ring, "_WAIT_SECONDS", 0.05)
    path = key_path(home, API)
    with closing(sqlite3.connect(database_path(home, API).with_name("ring.db"))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            read_sealing(home, API).ring.replace_master()
        assert len(read_keys(path)) == 1


def test_attack_one_changed_row_keeps_no_other_from_new_keys(home: Path) -> None:
    """ASVS 11.2.2: whoever can change one row could keep a stolen key in use."""
    with closing(sqlite3.connect(database_path(home, API))) as connection, connection:
        [(sealed,)] = connection.execute("SELECT sealed FROM members WHERE subject = 'pw-7'")
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        connection.execute("UPDATE members SET sealed = ? WHERE subject = 'pw-7'", (changed,))
    old = _keys_in_use(home)
    with pytest.raises(CannotOpen, match="1 rows do not open"):
        PREPARATION.renew(home, "data")
    with closing(sqlite3.connect(database_path(home, API))) as connection:
        rows = connection.execute("SELECT subject, sealed FROM members").fetchall()
    assert [subject for subject, sealed in rows if key_id_of(sealed) in old] == ["pw-7"]
    with closing(sqlite3.connect(database_path(home, API))) as connection, connection:
        connection.execute("UPDATE members SET sealed = ? WHERE subject = 'pw-7'", (sealed,))
    PREPARATION.renew(home, "data")
    assert old.isdisjoint(_keys_in_use(home))
    assert old.isdisjoint(key.id for key in read_sealing(home, API).ring.all())


def test_a_key_file_that_is_neither_one_nor_two_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "api.key"
    key_file.make_key(path)
    for length in (0, 31, 33, 63, 65, 96):
        path.write_bytes(b"k" * length)
        with pytest.raises(ValueError, match="32 bytes"):
            read_keys(path)
