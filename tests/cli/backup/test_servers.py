"""Backups of what is on PostgreSQL: real walls, a real server, and the same file as ever."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from types import SimpleNamespace

import psycopg
import pytest

from cli.backup import make, restore
from cli.backup.content import CONVERSATIONS, DATA, RING
from cli.home import prepare_home
from cli.problems import Problem
from cli.profiles import server_snapshot_profile
from dialogue import event_table, server_table
from dialogue.settings import tracker_server
from runtime.postgres import Login
from security.adapters.database import Database
from security.adapters.ring_engine import SCHEMA
from security.adapters.server_copy import CONVERSATIONS as CONVERSATION_TABLE
from security.adapters.server_copy import DAYS, bring_conversations
from security.passwords import Passwords
from security.seed import seed
from security.settings import RingSettings
from security.setup import OnServer, prepare_database, prepare_keys
from tests.cli.backup.homes import back_up, bring_back, progress, settings
from tests.security.adapters.rings import ring_on
from tests.security.fakes import CountingHasher
from tests.security.people import new_seed
from tests.support.postgres import OWNER, RUNNING

pytestmark = [pytest.mark.postgres_alone, pytest.mark.slow]
PEOPLE = "SELECT p::text FROM people AS p ORDER BY 1"
KEYS = f"SELECT id, wrapped FROM {SCHEMA}.data_keys ORDER BY id"


class Place:
    """A home whose data and ring are on the server; `use` sets what its settings say."""

    def __init__(self, server, home):
        self.server, self.home = server, home
        prepare_home(home, "demo")
        self.data, (self.ring, self.ring_url) = server.create(), ring_on(server)

    def told(self):
        return {
            "GATEHOUSE_SECURITY_DATABASE_URL": self.server.url(self.data),
            "GATEHOUSE_SECURITY_DATABASE_OWNER": OWNER,
            "GATEHOUSE_RING_URL": self.ring_url,
        }

    def fill(self):
        keys = prepare_keys(self.home, RingSettings(ring_url=self.ring_url))
        there = OnServer(self.server.url(self.data, OWNER), RUNNING)
        database: Database = prepare_database(self.home, keys, there)
        seed(database, keys.data_keys, Passwords(CountingHasher()), new_seed())
        database.close()
        keys.data_keys.close()
        return self

    def rows(self, statement=PEOPLE):
        return self.server.run(statement, database=self.ring if SCHEMA in statement else self.data)

    def tables(self):
        query = "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', %s)"
        return [self.server.run(query, (SCHEMA,), name)[0][0] for name in (self.data, self.ring)]

    def drop(self):
        for name in (self.data, self.ring):
            self.server.drop(name)


@pytest.fixture(scope="module")
def filled(postgres, tmp_path_factory):
    """One that has people: no test here changes it."""
    made = Place(postgres, tmp_path_factory.mktemp("filled") / "old").fill()
    yield made
    made.drop()


@pytest.fixture
def places(filled, postgres, tmp_path, monkeypatch):
    """It, a new one beside it, and `use`, which puts the settings of one of them."""
    new = Place(postgres, tmp_path / "new")

    def use(place):
        for name, value in place.told().items():
            monkeypatch.setenv(name, value)
        return place

    use(filled)
    yield SimpleNamespace(old=filled, new=new, folder=tmp_path, use=use)
    new.drop()


def kept_keys(old, new):
    """Bring what no backup has: the keys that somebody kept elsewhere."""
    for name in ("master.key", "backup.key"):
        (new / "keys" / name).write_bytes((old / "keys" / name).read_bytes())
        (new / "keys" / name).chmod(0o600)


@pytest.fixture(scope="module")
def kept(filled, tmp_path_factory):
    """A backup of it and a copy of its ring, with the ring's keys: no test here changes them."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in filled.told().items():
            patch.setenv(name, value)
        data = back_up(filled.home, folder / "data")
        keys = folder / "ring-keys"
        copying = make.ring_copy(settings(filled.home), folder / "ring", progress(), keys)
        return data, {"ring": asyncio.run(copying), "ring_keys": keys}


@pytest.fixture
def copies(kept, places):
    """The same, with the keys that somebody kept already in the new home."""
    kept_keys(places.old.home, places.new.home)
    return kept


def test_what_is_on_the_server_comes_back_to_another_one(copies, places, settled):
    data, ring = copies
    new = places.use(places.new)
    told = bring_back(data, new.home, **ring)
    assert told.files == [str(DATA)]
    assert told.rings == [str(RING)]
    assert new.rows() == places.old.rows()
    assert new.rows(KEYS) == places.old.rows(KEYS)
    assert settled == [new.home]
    assert list(new.home.glob("db/*/*")) == []
    assert list((places.old.home / "tmp" / "backup").iterdir()) == []


def test_what_was_on_a_server_can_be_brought_to_a_file(copies, places, monkeypatch):
    data, ring = copies
    for name in ("SECURITY_DATABASE_URL", "SECURITY_DATABASE_OWNER", "RING_URL"):
        monkeypatch.delenv(f"GATEHOUSE_{name}")
    bring_back(data, places.new.home, **ring)
    assert sorted(path.name for path in places.new.home.glob("db/security/*")) == [
        "ring.db",
        "security.sqlite3",
    ]


def test_attack_the_file_holds_ciphertext_alone(copies, places):
    """ASVS 14.2.4: sealed as ever, with no key and no word of anybody."""
    data, ring = copies
    for file in (data, ring["ring"]):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for key in ("master.key", "backup.key", "row-security.key"):
            assert (places.old.home / "keys" / key).read_bytes() not in file.read_bytes()


def test_without_the_ring_nothing_comes_back(copies, places):
    data, _ = copies
    with pytest.raises(Problem, match="without the current key ring"):
        bring_back(data, places.use(places.new).home)
    assert places.new.tables() == [0, 0]


def test_a_ring_that_is_on_its_server_is_never_replaced(copies, places):
    """GDPR 17: it is newer than any copy, and has fewer keys."""
    data, ring = copies
    new = places.use(places.new)
    prepare_keys(new.home, RingSettings(ring_url=new.ring_url)).data_keys.close()
    before = new.rows(KEYS)
    with pytest.raises(Problem, match="has a key ring already: on its server"):
        bring_back(data, new.home, **ring)
    assert new.rows(KEYS) == before
    bring_back(data, new.home)
    assert new.rows(KEYS) == before
    assert new.rows() == places.old.rows()


def test_a_restore_that_fails_leaves_the_server_as_it_was(copies, places, monkeypatch):
    data, ring = copies
    new = places.use(places.new)

    async def fail(_settings):
        raise Problem("it failed", "mend it")

    monkeypatch.setattr(restore, "_settle", fail)
    with pytest.raises(Problem, match="it failed"):
        bring_back(data, new.home, **ring)
    assert new.tables() == [0, 0]
    assert list(new.home.glob("db/*/*")) == []


def test_a_database_that_is_not_empty_is_not_touched(copies, places):
    data, ring = copies
    new = places.use(places.new)
    new.server.run("CREATE TABLE mine (word text)", database=new.data)
    with pytest.raises(Problem, match="tables in the database already"):
        bring_back(data, new.home, **ring)
    assert new.tables()[0] == 1


def test_writes_go_on_while_it_is_copied_and_the_copy_is_of_one_moment(places):
    """The copy holds nobody up: it does not stand in the line of those who write."""
    with places.old.server.connect(places.old.data, RUNNING) as writing:
        writing.execute("BEGIN")
        writing.execute("SELECT pg_advisory_xact_lock(7449363237540164979)")
        back_up(places.old.home, places.folder / "data")


def test_conversations_on_a_server_come_back_as_sealed_as_they_were(
    kept, places, postgres, monkeypatch, settled
):
    """To another server, and from there to a file; a table that has some is not touched."""
    said = "SELECT conversation, sequence, box, day FROM events ORDER BY 1, 2"
    names = [postgres.create() for _ in range(2)]
    for statement in (CONVERSATION_TABLE["postgresql"], *DAYS["postgresql"]):
        postgres.run(statement, database=names[0])
    postgres.run(f"ALTER TABLE events OWNER TO {OWNER}", database=names[0])
    rows = [("one", 1, b"sealed", 9), ("one", 2, bytes(range(256)), 10), ("two", 1, b"", 20_000)]
    for row in rows:
        postgres.run("INSERT INTO events VALUES (%s, %s, %s, %s)", row, names[0])
    old, new, (_, ring) = places.old, places.new, kept
    kept_keys(old.home, new.home)

    monkeypatch.setenv("GATEHOUSE_TRACKER_URL", postgres.url(names[0], OWNER))
    file = back_up(old.home, places.folder / "data")
    places.use(new)
    with pytest.raises(Problem, match="bring-conversations on the server failed"):
        bring_back(file, new.home, **ring)
    assert new.tables() == [0, 0]

    monkeypatch.setenv("GATEHOUSE_TRACKER_URL", postgres.url(names[1], OWNER))
    told = bring_back(file, new.home, **ring)
    assert told.files == [str(DATA), str(CONVERSATIONS)]
    brought = postgres.run(said, None, names[1])
    assert [(*row[:2], bytes(row[2]), row[3]) for row in brought] == rows
    assert not (new.home / CONVERSATIONS).exists()
    for name in names:
        postgres.drop(name)


@pytest.mark.parametrize("there", ["nothing", "an empty table"])
def test_conversations_of_an_earlier_version_come_back_and_count_from_now(
    postgres, tmp_path, there
):
    """A backup from before rows had days, also where this version has made its table already."""
    file, name = tmp_path / "tracker.sqlite3", postgres.create()
    with closing(sqlite3.connect(file)) as old, old:
        old.execute(CONVERSATION_TABLE["sqlite"])
        old.execute("INSERT INTO events VALUES ('one', 1, x'00')")
    if there != "nothing":
        told = tracker_server({"GATEHOUSE_TRACKER_URL": postgres.url(name, OWNER)})
        table = server_table.ServerTable(psycopg, told, keep=2)
        table.open()
        table.close()
    assert bring_conversations(file, postgres.url(name, OWNER), Login()) == 1
    [(day,)] = postgres.run("SELECT day FROM events", None, name)
    assert event_table.today() - day in (0, 1)
    postgres.drop(name)


def test_the_table_is_the_one_that_rasas_process_makes():
    for mine, theirs in (("sqlite", event_table), ("postgresql", server_table)):
        assert "".join(CONVERSATION_TABLE[mine].split()) == "".join(theirs._CREATE.split())
        assert DAYS[mine] == theirs._ADD_DAYS


def test_the_walls_of_the_child_have_one_way_out(tmp_path):
    """ASVS 13.2.4."""
    (tmp_path / "keys").mkdir()
    given = {"GATEHOUSE_RING_URL": "postgresql://ring@10.0.0.9:6002/ring"}
    found = server_snapshot_profile(settings(tmp_path), tmp_path / "place", given)
    assert (found.writes, found.connect_tcp, found.calls) == ((tmp_path / "place",), (6002,), ())


def test_a_server_that_is_away_makes_no_backup(places, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_SECURITY_DATABASE_URL", places.old.server.url("nowhere"))
    with pytest.raises(Problem, match="copy-data on the server failed"):
        back_up(places.old.home, places.folder / "data")
    assert not (places.folder / "data").exists()
