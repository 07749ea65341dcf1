"""Rows on disk: sealed, complete, bounded; and when they cannot be had, an error."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from dialogue.event_table import EventTable, StoreDown
from dialogue.sealing import Unreadable
from dialogue.settings import TRACKER, NotConfigured, tracker_server
from tests.support.postgres import OWNER, Server

from .service import PYTHON, ROOT, environ
from .tables import KEY, Elsewhere, fill, on_server


@pytest.mark.both_databases
async def test_a_conversation_begins_empty(table: EventTable) -> None:
    assert await table.last_turns(KEY, "c") == []


@pytest.mark.both_databases
async def test_the_last_turns_come_back_in_order(table: EventTable) -> None:
    await fill(table, "c", 5)
    await fill(table, "d", 1)
    assert await table.last_turns(KEY, "c") == [(4, b"c4"), (5, b"c5")]
    assert await table.last_turns(KEY, "d") == [(1, b"d1")]


@pytest.mark.both_databases
async def test_a_conversation_keeps_no_more_rows_than_the_window(
    table: EventTable, elsewhere: Elsewhere
) -> None:
    await fill(table, "c", 400)
    assert elsewhere.run("SELECT count(*) FROM events") == [(2,)]


@pytest.mark.both_databases
async def test_a_wrong_key_reads_nothing_and_destroys_nothing(table: EventTable) -> None:
    await fill(table, "c", 3)
    with pytest.raises(Unreadable):
        await table.last_turns(b"x" * 32, "c")
    assert await table.last_turns(KEY, "c") == [(2, b"c2"), (3, b"c3")]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE sequence = 2",
        "UPDATE events SET conversation = 'c' WHERE conversation = 'd' AND sequence = 4",
        "UPDATE events SET box = (SELECT box FROM events WHERE conversation = 'd' AND sequence = 3)"
        " WHERE conversation = 'c' AND sequence = 3",
        "UPDATE events SET box = (SELECT box FROM events WHERE conversation = 'c' AND sequence = 2)"
        " WHERE conversation = 'c' AND sequence = 3",
        "UPDATE events SET box = x'00'",
    ],
)
async def test_a_moved_altered_or_missing_row_is_refused(
    table: EventTable, elsewhere: Elsewhere, statement: str
) -> None:
    """ASVS 11.3.3: both conversations have the same key here, so that only the place differs."""
    await fill(table, "c", 3)
    await fill(table, "d", 4)
    elsewhere.run(statement)
    with pytest.raises(Unreadable):
        await table.last_turns(KEY, "c")


@pytest.mark.both_databases
async def test_two_turns_at_once_overwrite_nothing(table: EventTable) -> None:
    """ASVS 15.4.2: the second writer of the same turn fails."""
    await table.append(KEY, "c", 1, b"first")
    with pytest.raises(StoreDown):
        await table.append(KEY, "c", 1, b"second")
    assert await table.last_turns(KEY, "c") == [(1, b"first")]


async def test_a_held_lock_fails_its_own_turn_and_leaves_the_loop_free(
    table: EventTable, path: Path
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(table.append(KEY, "c", 1, b"words"))
    await asyncio.sleep(0)
    assert not waiting.done()
    with pytest.raises(StoreDown):
        await waiting
    other.execute("ROLLBACK")
    other.close()
    await table.append(KEY, "c", 1, b"words")


async def test_a_full_disk_fails_the_turn_and_loses_no_other(table: EventTable) -> None:
    """ASVS 16.5.3: the words of before are there, and the turn goes in once there is room."""
    await table.append(KEY, "c", 1, b"first")
    assert table._connection is not None
    pages = await run(table, "PRAGMA page_count")
    await run(table, f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreDown):
        await table.append(KEY, "c", 2, b"second" * 100_000)
    assert await table.last_turns(KEY, "c") == [(1, b"first")]
    await run(table, "PRAGMA max_page_count=1000000")
    await table.append(KEY, "c", 2, b"second" * 100_000)
    assert len(await table.last_turns(KEY, "c")) == 2


async def run(table: EventTable, statement: str) -> int:
    """Run a statement on the table's own connection, in its own thread."""
    connection = table._connection
    assert connection is not None
    loop = asyncio.get_running_loop()
    done = await loop.run_in_executor(
        table._thread, lambda: connection.execute(statement).fetchone()
    )
    return int(done[0])


async def test_a_closed_store_is_down(path: Path) -> None:
    table = EventTable(path, keep=2)
    with pytest.raises(StoreDown):
        await table.last_turns(KEY, "c")
    with pytest.raises(StoreDown):
        await table.append(KEY, "c", 1, b"words")


def test_a_file_that_is_no_database_is_down(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, and long enough to be sure of it" * 100)
    with pytest.raises(StoreDown):
        EventTable(path, keep=2).open()


async def test_no_word_is_on_the_disk_in_plain(table: EventTable, path: Path) -> None:
    await table.append(KEY, "c", 1, b"my diagnosis is a secret")
    for file in path.parent.iterdir():
        assert b"diagnosis" not in file.read_bytes()


def test_only_the_owner_may_open_the_files(table: EventTable, path: Path) -> None:
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


@pytest.mark.postgres_alone
async def test_a_server_that_went_away_fails_its_turn_and_is_found_again(
    table: EventTable, elsewhere: Elsewhere
) -> None:
    """ASVS 16.5.3: the turn is denied, no word of before is lost, and no restart is needed."""
    await fill(table, "c", 1)
    elsewhere.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid != pg_backend_pid()"
    )
    with pytest.raises(StoreDown):
        await table.append(KEY, "c", 2, b"c2")
    await table.append(KEY, "c", 2, b"c2")
    assert await table.last_turns(KEY, "c") == [(1, b"c1"), (2, b"c2")]


@pytest.mark.postgres_alone
async def test_a_table_that_is_locked_fails_its_own_turn(
    table: EventTable, postgres: Server, database: str
) -> None:
    await fill(table, "c", 1)
    with postgres.connect(database) as other:
        other.execute("BEGIN; LOCK TABLE events")
        with pytest.raises(StoreDown):
            await table.last_turns(KEY, "c")
    assert await table.last_turns(KEY, "c") == [(1, b"c1")]


@pytest.mark.postgres_alone
async def test_a_closed_server_is_down(postgres: Server, database: str) -> None:
    table = on_server(postgres, database)
    with pytest.raises(StoreDown):
        await table.last_turns(KEY, "c")
    table.open()
    table.close()


@pytest.mark.postgres_alone
async def test_no_word_is_on_the_server_in_plain(table: EventTable, elsewhere: Elsewhere) -> None:
    await table.append(KEY, "c", 1, b"my diagnosis is a secret")
    assert elsewhere.run("SELECT count(*) FROM events WHERE position('diag' in box) > 0") == [(0,)]


def test_a_wrong_address_of_the_server_is_named_and_not_repeated() -> None:
    """ASVS 13.3.1."""
    with pytest.raises(NotConfigured, match="GATEHOUSE_TRACKER_URL") as refused:
        tracker_server({TRACKER: "postgresql://u:planted@db/x"})
    assert "planted" not in str(refused.value)


@pytest.mark.postgres_alone
@pytest.mark.slow
def test_rasas_own_driver_keeps_a_conversation_on_the_server(
    postgres: Server, database: str, tmp_path: Path
) -> None:
    """What runs in production: Rasa's Python, and the driver that it brings along."""
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", INSIDE],
        cwd=ROOT,
        env={**environ(tmp_path, tmp_path), TRACKER: postgres.url(database, OWNER)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[(1, b'one'), (2, b'two')] StoreDown", done.stderr


INSIDE = """
import asyncio, os
from dialogue.event_table import StoreDown
from dialogue.tracker_store import _table

table, key = _table(os.environ, ""), b"k" * 32
async def main():
    table.open()
    await table.append(key, "c", 1, b"one")
    await table.append(key, "c", 2, b"two")
    try:
        await table.append(key, "c", 2, b"again")
    except StoreDown as error:
        print(await table.last_turns(key, "c"), type(error).__name__)
    table.close()
asyncio.run(main())
"""
