"""Somebody changes the bank's files beside it: what does not open is refused, and never shown."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from apis.common.database import database_path
from apis.common.key_file import key_path
from apis.common.sealing.ring import ring_path
from tests.support.api_server import pull, push

from .books import ALICE, BOB, BOBS, CURRENT, SAVINGS, Books, new_key

ACCOUNTS = "banking:accounts:read"
OF_A_TYPE = pytest.mark.sqlite_alone("a server takes nothing but bytes there")
GONE = (503, "storage_unavailable")


def _run(bank: Any, statement: str, *values: Any) -> list[Any]:
    database = database_path(bank.home, "banking")
    pull(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        rows = connection.execute(statement, values).fetchall()
    if statement.startswith("UPDATE"):
        push(database)
    return rows


def _sealed(bank: Any, subject: str) -> list[tuple[str, bytes]]:
    return _run(bank, "SELECT id, sealed FROM accounts WHERE subject = ? ORDER BY id", subject)


def _answer(reply: Any) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    for word in (CURRENT, SAVINGS, BOBS, "1400.05", "sqlite", "accounts"):
        assert word not in reply.text
    return reply.status_code, reply.json()["code"]


@pytest.mark.parametrize(
    "change",
    [
        lambda mine, _: mine[:-1] + bytes([mine[-1] ^ 1]),
        lambda _, theirs: theirs,
        lambda mine, theirs: theirs[:21] + mine[21:],
        lambda mine, _: mine[:20],
        lambda mine, _: b"\x01" + mine[1:],
        lambda mine, _: mine[:1] + b"unknown." + mine[9:],
        pytest.param(lambda _mine, _theirs: "in plain", marks=OF_A_TYPE),
        pytest.param(lambda _mine, _theirs: 7, marks=OF_A_TYPE),
    ],
    ids=["flipped", "another's", "mixed", "cut", "version", "no such key", "text", "number"],
)
async def test_attack_a_row_that_was_changed_is_a_clean_refusal(bank: Any, change: Any) -> None:
    """ASVS 11.3.3, 16.5.3: read or written, it denies; nobody else notices anything."""
    body = Books(database_path(bank.home, "banking")).transfer("Anna Berg", "1.00")
    mine = body["account"]
    sealed, [(_, theirs), *_] = dict(_sealed(bank, ALICE.subject))[mine], _sealed(bank, BOB.subject)
    before = _run(bank, "SELECT count(*) FROM transactions")
    _run(bank, "UPDATE accounts SET sealed = ? WHERE id = ?", change(sealed, theirs), mine)
    assert _answer(await bank.get("/accounts", bank.token(ACCOUNTS))) == GONE
    assert _answer(await bank.post("/transfers", body, new_key())) == GONE
    assert _run(bank, "SELECT count(*) FROM transactions") == before
    assert (await bank.get("/accounts", bank.token(ACCOUNTS, subject="pw-bob"))).status_code == 200
    _run(bank, "UPDATE accounts SET sealed = ? WHERE id = ?", sealed, mine)
    assert (await bank.get("/accounts", bank.token(ACCOUNTS))).status_code == 200


@pytest.mark.parametrize("gone", ["other key", "no key", "readable key", "no ring"])
async def test_attack_keys_that_change_under_a_started_bank_write_nothing(
    bank: Any, gone: str
) -> None:
    """ASVS 16.5.3: it reads with the keys that it holds, and what it cannot seal it refuses."""
    key, ring = key_path(bank.home, "banking"), ring_path(database_path(bank.home, "banking"))
    body = Books(database_path(bank.home, "banking")).transfer("Anna Berg", "1.00")
    before = _run(bank, "SELECT count(*), max(rowid) FROM transactions")
    held = key.read_bytes()
    if gone == "other key":
        key.write_bytes(bytes(32))
    elif gone == "no key":
        key.unlink()
    elif gone == "readable key":
        key.chmod(0o644)
    else:
        ring.rename(ring.with_suffix(".away"))
    assert (await bank.get("/accounts", bank.token(ACCOUNTS))).status_code == 200
    attempt = new_key()
    assert _answer(await bank.post("/transfers", body, attempt)) == GONE
    key.write_bytes(held)
    key.chmod(0o600)
    if gone == "no ring":
        ring.with_suffix(".away").rename(ring)
    assert _run(bank, "SELECT count(*), max(rowid) FROM transactions") == before
    assert (await bank.post("/transfers", body, attempt)).status_code == 200
