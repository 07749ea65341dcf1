"""Another PIN for a card: what the bank keeps of it, and for whom it may be changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from apis.banking.pins import Pins
from apis.banking.tables import CardRow
from apis.common.database import database_path
from apis.common.key_file import key_path, read_keys
from security.minting import commitment
from security.tokens.issuer import Authentication
from tests.support.opened import connect, keep

from .books import new_key
from .conftest import NOW, PINS

WRITE = "banking:pins:write"
PIN, SALT = "482613", "s" * 43
ALICE, BOB = ("northwind-bank", "pw-alice"), ("northwind-bank", "pw-bob")


@pytest.fixture
def cards(bank: Any) -> dict[str, str]:
    """Give alice two cards, one of them lost, and bob one; return their ids by last digits."""
    ids = {"4417": f"crd_{'A' * 22}", "8203": f"crd_{'L' * 22}", "5096": f"crd_{'B' * 22}"}
    path = database_path(bank.home, "banking")
    with closing(_open(bank.home)) as database:
        [(account,)] = database.execute("SELECT id FROM accounts LIMIT 1").fetchall()
    for last_four, state, (tenant, subject) in (
        ("4417", "active", ALICE),
        ("8203", "lost", ALICE),
        ("5096", "active", BOB),
    ):
        whose = {"id": ids[last_four], "tenant": tenant, "subject": subject}
        shown = {"kind": "debit", "last_four": last_four, "state": state}
        keep(path, CardRow, {**whose, **shown, "account_id": account})
    return ids


def _open(home: Path) -> sqlite3.Connection:
    return connect(home / "db" / "banking" / "banking.sqlite3")


def _pins(home: Path) -> dict[str, str]:
    with closing(_open(home)) as database:
        return dict(database.execute("SELECT card_id, verifier FROM pins").fetchall())


def _order(card: str, last: str = "4417", **changed: Any) -> dict[str, Any]:
    shown = {"card": card, "kind": "debit", "last_four": last}
    return {**shown, "new_pin": PIN, "salt": SALT, **changed}


def _detail(order: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return what a token says of an order: it commits to the PIN, and does not tell it."""
    told = {name: order[name] for name in ("card", "kind", "last_four")}
    rest = {name: value for name, value in order.items() if name not in told}
    named = {"type": "banking.change_pin", "arguments": told, "identifier": key}
    return {**named, "committed": commitment(rest)}


async def _change(
    bank: Any, order: dict[str, Any], meant: dict[str, Any] | None = None, key: str = "", **of: Any
) -> httpx.Response:
    """Send an order with a token for `meant`, or for itself."""
    key = key or new_key()
    token = bank.token(WRITE, details=[_detail(meant or order, key)], **of)
    reply: httpx.Response = await bank.post("/pin-changes", order, key, token)
    return reply


async def test_a_pin_is_changed_and_only_what_checks_it_is_kept(
    bank: Any, cards: dict[str, str]
) -> None:
    reply = await _change(bank, _order(cards["4417"]))
    assert reply.json() == {"kind": "debit", "last_four": "4417", "pin_changed_on": "2026-11-23"}
    [(card, verifier)] = _pins(bank.home).items()
    assert card == cards["4417"]
    assert verifier.startswith("$argon2id$")
    assert PINS.matches(verifier, card, PIN)
    assert not PINS.matches(verifier, card, "482614")


async def test_the_latest_pin_counts(bank: Any, cards: dict[str, str]) -> None:
    for pin in (PIN, "7391"):
        await _change(bank, _order(cards["4417"], new_pin=pin))
    [(card, verifier)] = _pins(bank.home).items()
    assert PINS.matches(verifier, card, "7391")


async def test_the_database_does_not_tell_the_pin(bank: Any, cards: dict[str, str]) -> None:
    """Attack: the database is stolen, and all PINs are tried: the pepper is not in it."""
    await _change(bank, _order(cards["4417"]))
    [(card, verifier)] = _pins(bank.home).items()
    thief = Pins(b"t" * 32)
    assert not thief.matches(verifier, card, PIN)
    for file in (bank.home / "db" / "banking").iterdir():
        assert PIN.encode() not in file.read_bytes()
        assert SALT.encode() not in file.read_bytes()


async def test_equal_pins_have_unequal_verifiers(bank: Any, cards: dict[str, str]) -> None:
    """Attack: who has the same PIN as I? And a verifier is moved to another card."""
    await _change(bank, _order(cards["4417"]))
    await _change(bank, _order(cards["5096"], "5096"), subject="pw-bob")
    one, two = (_pins(bank.home)[cards[last]] for last in ("4417", "5096"))
    assert one != two
    assert not PINS.matches(one, cards["5096"], PIN)


async def test_another_pin_than_the_one_committed_to_is_refused(
    bank: Any, cards: dict[str, str]
) -> None:
    """Attack: somebody between security and the bank changes the PIN, or guesses (RFC 9396)."""
    order = _order(cards["4417"])
    short = _order(cards["4417"], salt="s" * 42)
    for sent, meant in (
        ({**order, "new_pin": "482614"}, order),
        ({**order, "salt": "t" * 43}, order),
        ({**order, "last_four": "8203"}, order),
        ({**order, "more": "x"}, order),
        ({name: order[name] for name in order if name != "salt"}, order),
        (short, short),
    ):
        reply = await _change(bank, sent, meant)
        assert (reply.status_code, reply.json()["code"]) == (403, "invalid_authorization_details")
    assert _pins(bank.home) == {}


async def test_a_token_that_commits_to_nothing_opens_nothing(
    bank: Any, cards: dict[str, str]
) -> None:
    """Attack: the commitment is left out, so that any PIN would fit."""
    order, key = _order(cards["4417"]), new_key()
    detail = _detail(order, key)
    del detail["committed"]
    token = bank.token(WRITE, details=[detail])
    assert (await bank.post("/pin-changes", order, key, token)).status_code == 403


async def test_the_same_key_changes_it_once(bank: Any, cards: dict[str, str]) -> None:
    order, key = _order(cards["4417"]), new_key()
    first, again = [await _change(bank, order, key=key) for _ in range(2)]
    assert first.json() == again.json()
    other = await _change(bank, {**order, "new_pin": "7391"}, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await bank.settle(key))["result"] == first.json()


async def test_what_is_kept_of_a_key_cannot_be_searched(bank: Any, cards: dict[str, str]) -> None:
    """Attack: digests of requests are compared with those of all PINs; the salt is missing."""
    order, key = _order(cards["4417"]), new_key()
    await _change(bank, order, key=key)
    with closing(_open(bank.home)) as database:
        [(_digest, answer)] = database.execute(
            "SELECT digest, answer FROM idempotency_keys WHERE key = ?", (key,)
        ).fetchall()
    assert set(json.loads(answer)) == {"kind", "last_four", "pin_changed_on"}


@pytest.mark.parametrize(
    ("last_four", "changed", "status", "code"),
    [
        ("5096", {}, 404, "not_found"),
        ("8203", {}, 409, "card_blocked"),
        ("4417", {"kind": "credit"}, 409, "details_changed"),
        ("4417", {"last_four": "4418"}, 409, "details_changed"),
        ("4417", {"new_pin": "482"}, 422, "invalid_request"),
        ("4417", {"new_pin": "4826135"}, 422, "invalid_request"),
        ("4417", {"new_pin": "48a6"}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_changed(
    bank: Any,
    cards: dict[str, str],
    last_four: str,
    changed: dict[str, Any],
    status: int,
    code: str,
) -> None:
    """Somebody else's card reads like one that is not there."""
    reply = await _change(bank, _order(cards[last_four], last_four, **changed))
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert _pins(bank.home) == {}


async def test_no_weak_or_old_proof_changes_a_pin(bank: Any, cards: dict[str, str]) -> None:
    """ASVS 7.5.3: password alone, and an approval of a minute ago."""
    emailed = Authentication("aal1", NOW, ("otp",))
    for proof in (
        Authentication("aal1", NOW),
        emailed,
        Authentication("aal2", NOW - timedelta(seconds=61)),
    ):
        reply = await _change(bank, _order(cards["4417"]), authentication=proof)
        assert reply.status_code == 401
    assert _pins(bank.home) == {}


def test_the_pepper_is_its_owners_alone(home: Path) -> None:
    """ASVS 13.3.1: a key that others may read is refused."""
    path = key_path(home, "banking")
    assert list(map(len, read_keys(path))) == [32]
    path.chmod(0o640)
    with pytest.raises(PermissionError):
        read_keys(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        read_keys(path)


def test_nothing_shows_pepper_or_pin() -> None:
    assert "p" * 8 not in repr(PINS)
