"""What an API keeps about people, read off the disk, changed there, and moved."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine, insert, select
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from apis.banking.tables import AccountRow, Base, PayeeRow, TransactionRow
from apis.common.database import database_path, read_only_engine, write_engine
from apis.common.records import RecordsBase
from apis.common.sealing.columns import opened, shape_of
from apis.common.sealing.envelope import CannotOpen
from apis.common.sealing.files import read_sealing
from apis.common.tables import KeyRow
from cli.apis import api_names, seed_of
from cli.people import PERSONAS
from tests.support.opened import connect
from tests.tools.conftest import NOW

TENANT, NUMBER = "northwind-bank", "XN14NWBK000100274021"
_TOLD = {"tenant", "username", "zone", "desk", "hours", "phone", "state", "kind", "category"}
_TOLD |= {
    "status",
    "number",
    "what",
    "at",
    "priority",
    "currency",
    "clinics",
    "desks",
    "categories",
}
"""What of the seed is no person's, or stands in plain columns."""


def _said(value: Any, name: str = "") -> Iterator[str]:
    """Yield the words and amounts of a seed."""
    if isinstance(value, dict):
        for key, one in value.items():
            secret = key not in _TOLD or (key == "number" and "currency" in value)
            if secret:
                yield from _said(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _said(one, name)
    elif isinstance(value, str) and len(value) >= 6:
        yield value


@pytest.mark.parametrize("api", api_names())
def test_nothing_of_the_seed_is_in_any_file(seeded: Path, api: str) -> None:
    """ASVS 11.3.2: names, account numbers, amounts, results, medicines, salaries, tickets."""
    part = yaml.safe_load(seed_of(api, PERSONAS).read_text("utf-8"))[api]
    planted = set(_said(part))
    assert len(planted) > 10
    files = [path for path in seeded.rglob("*") if path.is_file()]
    held = b"".join(path.read_bytes() for path in files)
    assert [one for one in sorted(planted) if one.encode() in held] == []


def test_the_words_are_there_for_who_has_the_keys(seeded: Path) -> None:
    """So that the test before can fail."""
    with closing(connect(database_path(seeded, "banking"))) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM payees")}
    assert "Anna Berg" in names


def _rows(home: Path, column: Any = PayeeRow.name) -> list[Any]:
    engine = read_only_engine(database_path(home, "banking"), read_sealing(home, "banking"))
    try:
        with engine.connect() as connection:
            return list(connection.execute(select(column)))
    finally:
        engine.dispose()


def _change(home: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(database_path(home, "banking"))) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


_TWO = "(SELECT id FROM payees ORDER BY id LIMIT 1)"


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE payees SET sealed = (SELECT sealed FROM payees ORDER BY id DESC LIMIT 1)"
        f" WHERE id = {_TWO}",
        f"UPDATE payees SET sealed = (SELECT sealed FROM bills LIMIT 1) WHERE id = {_TWO}",
        f"UPDATE payees SET tenant = 'globex' WHERE id = {_TWO}",
        f"UPDATE payees SET subject = 'pw-mallory' WHERE id = {_TWO}",
        f"UPDATE payees SET id = 'pay_another' WHERE id = {_TWO}",
        f"UPDATE payees SET sealed = substr(sealed, 1, length(sealed) - 1) WHERE id = {_TWO}",
        f"UPDATE payees SET sealed = x'' WHERE id = {_TWO}",
        f"UPDATE payees SET sealed = 'Anna Berg' WHERE id = {_TWO}",
    ],
    ids=["row", "table", "tenant", "owner", "id", "cut", "empty", "words"],
)
def test_attack_what_was_moved_opens_nowhere(home: Path, attack: str) -> None:
    """ASVS 11.3.3: a row, a column, a tenant or an owner that is swapped; a value that is cut."""
    assert len(_rows(home)) > 1
    _change(home, attack)
    with pytest.raises(OperationalError) as refused:
        _rows(home)
    assert "Anna" not in str(refused.value)


def test_attack_a_bit_of_each_byte_is_flipped(home: Path) -> None:
    """ASVS 11.3.3: version, key id, nonce, ciphertext and tag."""
    sealing = read_sealing(home, "banking")
    with closing(sqlite3.connect(database_path(home, "banking"))) as connection:
        row, subject, tenant, sealed = connection.execute(
            "SELECT id, subject, tenant, sealed FROM payees LIMIT 1"
        ).fetchone()
    place = ("payees", f"{row}/{subject}", tenant)
    assert sealing.open(*place, sealed)["name"]
    for at in range(len(sealed)):
        flipped = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(CannotOpen):
            sealing.open(*place, flipped)


def test_attack_a_schema_that_opens_for_who_wrote_it(home: Path) -> None:
    """A trigger in the file is no way to have something opened into a plain column."""
    trigger = """CREATE TRIGGER leak AFTER INSERT ON movements BEGIN UPDATE movements SET kind =
        (SELECT opened('payees', sealed, id || '/' || subject, tenant, 'name') FROM payees LIMIT 1)
        WHERE id = NEW.id; END"""
    with closing(sqlite3.connect(database_path(home, "banking"))) as connection:
        connection.execute(trigger)
    engine = write_engine(database_path(home, "banking"), read_sealing(home, "banking"))
    values = {"id": "mov_1", "tenant": TENANT, "subject": "x", "kind": "y"}
    values["booked_on"] = NOW.date()  # type: ignore[assignment]
    with engine.begin() as connection, pytest.raises(DBAPIError, match="unsafe use of opened"):
        connection.execute(insert(Base.metadata.tables["movements"]), values)
    engine.dispose()


@pytest.mark.parametrize(
    "query",
    [
        select(PayeeRow.id).where(PayeeRow.name == "Anna Berg"),
        select(PayeeRow.id).order_by(PayeeRow.name),
        select(AccountRow.__table__).order_by(AccountRow.balance_minor),
    ],
)
def test_a_query_that_looks_into_what_is_sealed_fails(home: Path, query: Any) -> None:
    engine = read_only_engine(database_path(home, "banking"), read_sealing(home, "banking"))
    with engine.connect() as connection, pytest.raises((OperationalError, StatementError)):
        connection.execute(query)
    engine.dispose()


def test_what_says_that_it_is_opened_is_compared_ordered_and_summed(home: Path) -> None:
    amount = opened(TransactionRow.amount_minor)
    engine = read_only_engine(database_path(home, "banking"), read_sealing(home, "banking"))
    with engine.connect() as connection:
        found = connection.execute(select(amount).where(amount < 0).order_by(amount.desc()))
        amounts = [one for (one,) in found]
    engine.dispose()
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] < 0


def test_attack_a_value_that_nobody_sealed_is_not_written(home: Path) -> None:
    """A statement that goes around the sealing of inserts writes nothing in plain."""
    engine = write_engine(database_path(home, "banking"), read_sealing(home, "banking"))
    statement = AccountRow.__table__.update().values(name="in plain")  # type: ignore[attr-defined]
    with engine.begin() as connection, pytest.raises(StatementError):
        connection.execute(statement)
    engine.dispose()


def test_equal_values_are_found_in_their_own_place_alone(home: Path) -> None:
    """The same number of two tenants, or in two columns, looks like two."""
    sealing = read_sealing(home, "banking")
    one = sealing.looked_up("accounts", "number_key", TENANT, NUMBER)
    assert one == sealing.looked_up("accounts", "number_key", TENANT, NUMBER)
    others = {
        sealing.looked_up("accounts", "number_key", "globex", NUMBER),
        sealing.looked_up("payees", "number_key", TENANT, NUMBER),
        read_sealing(home, "hr").looked_up("accounts", "number_key", TENANT, NUMBER),
    }
    assert one not in others
    assert len(others) == 3


def test_a_record_s_table_and_the_ended_keys_are_sealed_as_well() -> None:
    record = RecordsBase.metadata.tables["records"]
    assert set(shape_of(record).fields) == {"body"}
    assert set(shape_of(KeyRow.__table__).fields) == {"digest", "answer"}


def test_what_a_request_was_answered_is_sealed(home: Path) -> None:
    engine = write_engine(database_path(home, "banking"), read_sealing(home, "banking"))
    named = {"tenant": TENANT, "subject": "pw-alice", "key": "K" * 16, "state": "done"}
    with engine.begin() as connection:
        answer = json.dumps({"balance": "9876543.21"})
        connection.execute(insert(KeyRow), {**named, "digest": "d", "answer": answer})
        assert connection.execute(select(KeyRow.answer)).scalar_one() == answer
    engine.dispose()
    plain = create_engine(f"sqlite:///{database_path(home, 'banking')}")
    with plain.connect() as connection:
        held = connection.exec_driver_sql("SELECT * FROM idempotency_keys").all()
    plain.dispose()
    assert "9876543" not in str(held)
