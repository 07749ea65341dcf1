"""The five APIs on PostgreSQL: what a file answers, a server answers, and it gets nothing open."""

from __future__ import annotations

import re
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, func, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import CompileError, DBAPIError

from apis.banking.tables import AccountRow, TransactionRow
from apis.common import server as api_servers
from apis.common.database import database_path
from apis.common.engines import engine_to_read, engine_to_write
from apis.common.sealing.asking import rows_of, two_steps
from apis.common.sealing.columns import Sealed, check_keys, opened
from apis.common.sealing.files import read_sealing
from apis.common.sealing.ring import WrongKey
from cli.apis import api_names, seed_of
from cli.people import PERSONAS
from tests.support.api_server import move
from tests.support.opened import connect
from tests.support.postgres import Server
from tests.tools.conftest import NOW, of_personas
from tools.big.doors import open_door
from tools.big.reads import READS, askers

API = "banking"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's data in every API."""
    made = tmp_path_factory.mktemp("files")
    for name in api_names():
        preparation = import_module(f"apis.{name}.setup").PREPARATION
        preparation.prepare(made, seed_of(name, PERSONAS), of_personas(), NOW)
    return made


@pytest.fixture(scope="module")
def moved(home: Path, postgres: Server) -> dict[str, dict[str, str]]:
    """The settings that put each API of the home on a server, with what its file holds."""
    return {name: move(postgres, home, name) for name in api_names()}


@pytest.fixture
def on_server(
    moved: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, dict[str, str]]:
    """Every API on the server for as long as the test runs."""
    for told in moved.values():
        for name, value in told.items():
            monkeypatch.setenv(name, value)
    return moved


def _database(told: dict[str, str]) -> str:
    [url] = [value for name, value in told.items() if name.endswith("_URL")]
    return url.partition("?")[0].rpartition("/")[2]


async def _answers(home: Path, folder: Path) -> dict[tuple[str, str, str], tuple[int, Any]]:
    """Return what everybody is told by every read, by API, person and path."""
    told: dict[tuple[str, str, str], tuple[int, Any]] = {}
    folder.mkdir()
    with ExitStack() as opened_ones:
        doors = {name: open_door(home, folder, name, opened_ones) for name in api_names()}
        for read in READS:
            for owner, path in askers(home, read):
                reply = await doors[read.api].read(owner, read.scope, path, read.agent)
                key = (read.api, f"{owner.tenant}/{owner.subject}", path)
                told[key] = (reply.status_code, _without_moment(reply))
        for door in doors.values():
            await door.http.aclose()
    return told


def _without_moment(reply: Any) -> Any:
    if "json" not in reply.headers["content-type"]:
        return re.sub(rb"/(CreationDate|ModDate|ID).*", b"", reply.content)
    return re.sub(r'"timestamp":"[^"]+"', "", reply.text)


async def test_every_read_is_answered_as_from_a_file(
    home: Path, tmp_path: Path, moved: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each read of each API, asked by each persona: the same rows, in the same order."""
    from_files = await _answers(home, tmp_path / "files")
    for told in moved.values():
        for name, value in told.items():
            monkeypatch.setenv(name, value)
    from_server = await _answers(home, tmp_path / "server")
    assert {api for (api, _, _), (status, _) in from_files.items() if status == 200} == {
        *api_names()
    }
    assert len(from_files) > 200
    assert from_server == from_files


@pytest.mark.parametrize("api", api_names())
def test_attack_a_copy_of_the_server_tells_nothing(
    home: Path, on_server: Any, postgres: Server, api: str
) -> None:
    """ASVS 11.3.3: whoever runs the server, or copies it, has envelopes."""
    words = sealed_words(home, api)
    assert len(words) > 5
    database = _database(on_server[api])
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    held = "\n".join(
        str(row)
        for (table,) in postgres.run(tables, database=database)
        for row in postgres.run(f"SELECT {table}::text FROM {table}", database=database)
    )
    assert len(held) > 1_000
    assert [word for word in words if word in held] == []


def sealed_words(home: Path, api: str) -> set[str]:
    """Return texts that are kept sealed in the file of an API."""
    words: set[str] = set()
    connection = connect(database_path(home, api))
    module = import_module(f"apis.{api}.tables")
    for table in module.Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                query = f"SELECT {column.name} FROM {table.name}"
                words |= {str(value) for (value,) in connection.execute(query)}
    connection.close()
    return {word for word in words if len(word) > 8 and not word[:4].isdigit()}


def _people(home: Path) -> tuple[tuple[str, str], tuple[str, str]]:
    query = "SELECT DISTINCT tenant, subject FROM accounts WHERE tenant != '' ORDER BY subject"
    found = connect(database_path(home, API)).execute(query).fetchall()
    return found[0], found[1]


_COUNTED = select(func.count()).select_from(TransactionRow)


def test_attack_a_query_without_its_condition_reads_one_tenant(home: Path, on_server: Any) -> None:
    """ASVS 8.4.1: the server holds the API's own statements to the tenant of the token."""
    engine = engine_to_read(home, API, read_sealing(home, API))
    try:
        with engine.connect() as connection:
            api_servers.bind(connection, "harbor-clinic")
            assert connection.execute(_COUNTED).scalar_one() == 0
        with engine.connect() as connection:
            api_servers.bind(connection, "northwind-bank")
            assert connection.execute(_COUNTED).scalar_one() > 40
        with engine.connect() as connection:
            connection.begin()
            assert connection.execute(_COUNTED).scalar_one() == 0, "a transaction of nobody's"
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    "attempt",
    [
        "SELECT set_config('gatehouse.tenant', 'northwind-bank', true)",
        "SELECT set_config('gatehouse.tenant', repeat('0', 64) || 'northwind-bank', true)",
        "SELECT key FROM row_security",
        "ALTER TABLE transactions DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON transactions",
        "SET ROLE gatehouse_owner",
    ],
)
def test_attack_smuggled_sql_gets_no_other_tenant(home: Path, on_server: Any, attempt: str) -> None:
    """ASVS 8.4.1: who runs SQL as the API can neither set another tenant nor lift the policies."""
    engine = engine_to_write(home, API, read_sealing(home, API))
    with engine.connect() as connection:
        api_servers.bind(connection, "harbor-clinic")
        with pytest.raises(DBAPIError):
            _both(connection, attempt)
    engine.dispose()


def _both(connection: Connection, attempt: str) -> None:
    """Run what was smuggled in, and then the API's own statement."""
    connection.exec_driver_sql(attempt)
    connection.execute(_COUNTED).scalar_one()


def test_attack_a_row_for_another_tenant_is_not_written(home: Path, on_server: Any) -> None:
    """ASVS 8.4.1: the server checks what is written as well."""
    sealing = read_sealing(home, API)
    engine = engine_to_write(home, API, sealing)
    row = {
        "id": "acc_planted",
        "tenant": "northwind-bank",
        "subject": "pw-alice",
        "name": "Mine",
        "number": "XN00PLANTED",
        "currency": "EUR",
        "balance_minor": 1,
        "held_minor": 0,
    }
    with engine.connect() as connection:
        api_servers.bind(connection, "harbor-clinic")
        with pytest.raises(DBAPIError, match="row-level security"):
            connection.execute(insert(AccountRow), row)
    engine.dispose()


def test_who_reads_cannot_write(home: Path, on_server: Any) -> None:
    engine = engine_to_read(home, API, read_sealing(home, API))
    with engine.connect() as connection:
        api_servers.bind(connection, "northwind-bank")
        with pytest.raises(DBAPIError, match="read-only"):
            connection.execute(text("DELETE FROM declines"))
    engine.dispose()


def test_a_server_is_never_asked_to_compare_what_is_sealed(home: Path, on_server: Any) -> None:
    """A condition that was not asked in two steps does not compile: it finds nothing by chance."""
    engine = engine_to_read(home, API, read_sealing(home, API))
    query = select(AccountRow.id).where(opened(AccountRow.name) == "Current account")
    with engine.connect() as connection:
        api_servers.bind(connection, "northwind-bank")
        with pytest.raises(CompileError):
            connection.execute(query)
        assert len(rows_of(connection, query, {})) > 0
    engine.dispose()


def test_what_is_sealed_is_not_grouped_on_a_server() -> None:
    query = select(opened(AccountRow.name)).group_by(opened(AccountRow.name))
    with pytest.raises(CompileError):
        two_steps(query.order_by(opened(AccountRow.name)))


def test_a_page_by_a_sealed_order_asks_for_no_more_than_it_needs() -> None:
    """What comes before the sealed column in the order bounds what a server sends."""
    query = (
        select(TransactionRow.id)
        .order_by(TransactionRow.booked_on.desc(), opened(TransactionRow.text))
        .limit(bindparam("limit"))
    )
    steps = two_steps(query)
    assert steps is not None
    said = " ".join(str(steps.there.compile(dialect=postgresql.dialect())).split())
    assert said.endswith(
        "ORDER BY transactions.booked_on DESC FETCH FIRST (%(limit)s) ROWS WITH TIES"
    )


def test_a_ring_without_the_keys_is_found_at_the_start(
    home: Path, on_server: Any, tmp_path: Path
) -> None:
    """A ring that is another's keeps the API from starting, as with a file."""
    preparation = import_module(f"apis.{API}.setup").PREPARATION
    other = tmp_path / "other"
    with pytest.MonkeyPatch.context() as patch:
        for name in on_server[API]:
            patch.delenv(name)
        preparation.prepare(other, seed_of(API, PERSONAS), of_personas(), NOW)
    engine = engine_to_write(home, API, read_sealing(home, API))
    with engine.begin() as connection:
        api_servers.bind_everybody(connection)
        check_keys(connection)
        connection.info["sealing"] = read_sealing(other, API)
        with pytest.raises(WrongKey):
            check_keys(connection)
    engine.dispose()


def test_new_keys_reach_every_row_of_every_tenant(
    home: Path, on_server: Any, postgres: Server
) -> None:
    """ASVS 11.2.2: `--renew data` on a server leaves nothing under a former key."""
    database = _database(on_server["orders"])
    named = "SELECT DISTINCT encode(substr(sealed, 2, 8), 'hex') FROM orders"
    before = {key for (key,) in postgres.run(named, database=database)}
    preparation = import_module("apis.orders.setup").PREPARATION
    assert "rows under new keys" in preparation.renew(home, "data")
    after = {key for (key,) in postgres.run(named, database=database)}
    assert len(after) == len(before)
    assert not after & before
