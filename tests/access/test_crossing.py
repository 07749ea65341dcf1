"""Ten thousand calls for what belongs to others: no byte of theirs is read or written."""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

import pytest

from tests.access.asking import (
    LISTS,
    another_pin,
    bill_payment,
    disputing,
    fraud,
    freezing,
    losing,
    new_payee,
    settling,
    transactions_of,
    transfer,
    unfreezing,
)
from tests.access.bank import PEOPLE, Bank, Owned, Request, subject_of
from tests.access.observed import PROVING, Asked
from tests.access.rules import FRESH
from tests.security.decisions import claims_of

THROUGH_THE_GUARD = 600
CALLS = int(os.environ.get("CROSSING_CALLS", "10000"))
ON_SERVER = min(CALLS, int(os.environ.get("CROSSING_CALLS_ON_SERVER", "1000")))
"""Each takes several answers of a server's: a smaller number in every run."""
AT_ONCE = 100
SEED = int(os.environ.get("CROSSING_SEED", "1"))

Attempt = Callable[[random.Random, Owned, Owned, str], Request]
"""Makes a request of what the attacker has and what the victim has."""


def _smuggled(chance: random.Random, _mine: Owned, theirs: Owned, _key: str) -> Request:
    """A list, with the victim named wherever a careless API might look."""
    name = chance.choice(["owner", "subject", "sub", "tenant", "account", "account_id", "limit"])
    asked = chance.choice(list(LISTS.values()))
    return Request("GET", f"{asked.path.partition('?')[0]}?{name}={theirs.account}", asked.scope)


def _of_account(chance: random.Random, _mine: Owned, theirs: Owned, _key: str) -> Request:
    asked = transactions_of(theirs)
    odd = chance.choice(["", "", "", "?limit=100", "?limit=1&limit=2", "?owner=me"])
    return Request("GET", asked.path + odd, asked.scope)


def _another_id(chance: random.Random, _mine: Owned, theirs: Owned, _key: str) -> Request:
    """Something else of theirs in the place of an account, or nearly an account."""
    near = (theirs.account.upper(), theirs.account[:-1], f"%25{theirs.key}")
    path = f"/accounts/{chance.choice([theirs.payee, theirs.bill, *near])}/transactions"
    return Request("GET", path, "banking:transactions:read")


def _list(chance: random.Random, _mine: Owned, _theirs: Owned, _key: str) -> Request:
    """An honest list: whatever it holds is one's own."""
    return chance.choice(list(LISTS.values()))


NOT_FOUND, INVALID, FINE = frozenset({404}), frozenset({422}), frozenset({200})
ATTEMPTS: list[tuple[int, Attempt, frozenset[int]]] = [
    (20, _of_account, NOT_FOUND | INVALID),
    (10, _another_id, NOT_FOUND | INVALID),
    (10, _smuggled, INVALID),
    (20, _list, FINE),
    (8, lambda _, mine, theirs, key: transfer(theirs, mine, key), NOT_FOUND),
    (8, lambda _, mine, theirs, key: transfer(mine, theirs, key), NOT_FOUND),
    (6, lambda _, _mine, theirs, key: transfer(theirs, theirs, key), NOT_FOUND),
    (6, lambda _, mine, theirs, key: bill_payment(mine, theirs, key), NOT_FOUND),
    (6, lambda _, mine, theirs, key: bill_payment(theirs, mine, key), NOT_FOUND),
    (3, lambda _, _mine, theirs, key: freezing(theirs, key), NOT_FOUND),
    (3, lambda _, _mine, theirs, key: unfreezing(theirs, key), NOT_FOUND),
    (3, lambda _, _mine, theirs, key: another_pin(theirs, key), NOT_FOUND),
    (3, lambda _, _mine, theirs, key: losing(theirs, key), NOT_FOUND),
    (3, lambda _, _mine, theirs, key: fraud(theirs, key), NOT_FOUND),
    (3, lambda _, mine, theirs, key: disputing(theirs, mine, key), NOT_FOUND),
    (3, lambda _, mine, theirs, key: disputing(mine, theirs, key), NOT_FOUND),
    # The victim's own key: to be told what it did, or to void it.
    (3, lambda _, _mine, theirs, _key: transfer(theirs, theirs, theirs.key), NOT_FOUND | {409}),
    (3, lambda _, _mine, theirs, _key: settling(theirs.key), FINE),
]


@dataclass(frozen=True)
class Tried:
    """One attack, and how it may be answered."""

    caller: tuple[str, str]
    theirs: Owned
    asked: Request
    expected: frozenset[int]


def attempts(bank: Bank, count: int, seed: int) -> Iterator[Tried]:
    """Yield attacks of everybody on everybody."""
    chance = random.Random(seed)
    people = list(PEOPLE)
    weights = [weight for weight, _, _ in ATTEMPTS]
    for number in range(count):
        attacker, victim = chance.sample(people, 2)
        _, attempt, expected = chance.choices(ATTEMPTS, weights)[0]
        mine, theirs = bank.owned[attacker], bank.owned[victim]
        asked = attempt(chance, mine, theirs, f"attack-{number:012}")
        yield Tried(attacker, theirs, asked, expected)


async def use_every_key(bank: Bank) -> dict[str, str]:
    """Let everybody do one thing with a key of their own; return what each was answered."""
    answers = {}
    for who, person in PEOPLE.items():
        theirs = bank.owned[who]
        asked = new_payee(f"Secret {person.username}", "XN00SAFE000000000001", theirs.key)
        status, answers[theirs.key] = await bank.ask(person, asked)
        assert status == 200
    return answers


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.timeout(3_600)
async def test_no_call_reads_or_writes_a_byte_of_others(bank: Bank, which_database: str) -> None:
    """ASVS 8.4.1, 8.2.2: across owners of one tenant and across tenants, with valid tokens."""
    answers = await use_every_key(bank)
    before, statuses = bank.digest(), set()
    keys = "SELECT * FROM idempotency_keys WHERE key LIKE 'key-%' AND state = 'done' ORDER BY 1, 2"
    kept = bank.rows(keys)
    foreign = {who: _foreign_marks(bank, who) for who in PEOPLE}
    calls = ON_SERVER if which_database == "postgres" else CALLS
    for some in batched(attempts(bank, calls, SEED), AT_ONCE, strict=False):
        asked = [bank.ask(PEOPLE[tried.caller], tried.asked) for tried in some]
        for tried, (status, text) in zip(some, await asyncio.gather(*asked), strict=True):
            statuses.add(status)
            assert status in tried.expected, (tried, status, text)
            assert not foreign[tried.caller].search(text), (tried, text)
            assert answers[tried.theirs.key] not in text
    assert statuses >= {200, 404, 422}
    assert bank.digest() == before
    assert bank.rows(keys) == kept
    _only_the_callers_own_is_noted(bank)


def _foreign_marks(bank: Bank, caller: tuple[str, str]) -> re.Pattern[str]:
    """Return what finds anything in an answer that only somebody else has."""
    others = {who: owned for who, owned in bank.owned.items() if who != caller}
    marks = [f'{mark}"' for owned in others.values() for mark in owned.marks]
    marks += [f'Secret {who[1]}"' for who in others if who[1] != caller[1]]
    return re.compile("|".join(map(re.escape, marks)))


def _only_the_callers_own_is_noted(bank: Bank) -> None:
    """What an attack leaves is that its own token and its own key are used up."""
    people = {(person.tenant, subject_of(person)) for person in PEOPLE.values()}
    noted = bank.rows("SELECT tenant, subject, state, answer FROM idempotency_keys")
    assert {(tenant, subject) for tenant, subject, _, _ in noted} <= people
    query = "SELECT DISTINCT state, answer FROM idempotency_keys WHERE key LIKE 'attack%'"
    assert bank.rows(query) == [("refused", "not_found")]


@pytest.mark.both_databases
async def test_the_same_calls_of_the_owner_are_answered(bank: Bank) -> None:
    """So that what is refused above is refused for whose it is, and for nothing else."""
    for who, person in PEOPLE.items():
        mine = bank.owned[who]
        for asked in (
            *LISTS.values(),
            transactions_of(mine),
            transfer(mine, mine, f"own-transfer-{person.username:_>6}"),
            bill_payment(mine, mine, f"own-payment-{person.username:_>6}"),
            fraud(mine, f"own-fraud-report-{person.username:_>6}"),
            disputing(mine, mine, f"own-dispute-{person.username:_>6}"),
            losing(mine, f"own-lost-card-{person.username:_>6}"),
            freezing(mine, f"own-freeze-again-{person.username:_>6}"),
            unfreezing(mine, f"own-unfreeze-{person.username:_>6}"),
        ):
            status, text = await bank.ask(person, asked)
            assert status == 200, (asked, text)


@pytest.mark.both_databases
async def test_no_call_through_the_guard_reaches_out(
    tmp_path: Path, bank: Bank, which_database: str, request: pytest.FixtureRequest
) -> None:
    """ASVS 8.4.1: what gets to the API is a read, with a token of one's own tenant and name."""
    on_server = which_database == "postgres"
    server = request.getfixturevalue("postgres") if on_server else None
    asked, chance = Asked(tmp_path, server), random.Random(SEED)
    try:
        turns = {who: await asked.arrive(person) for who, person in PEOPLE.items()}
        for _ in range(THROUGH_THE_GUARD // 6 if on_server else THROUGH_THE_GUARD):
            caller, victim = chance.sample(list(PEOPLE), 2)
            mine, theirs = bank.owned[caller], bank.owned[victim]
            name, arguments = chance.choice(
                [
                    *((name, {}) for name in LISTS),
                    *((name, {"owner": theirs.account}) for name in LISTS),
                    ("banking.make_transfer", transfer(theirs, mine, "").body),
                    ("banking.make_transfer", transfer(mine, theirs, "").body),
                    ("banking.pay_bill", bill_payment(mine, theirs, "").body),
                    ("banking.add_payee", new_payee("Me", "XN70HRBR000200551234", "").body),
                ]
            )
            asked.set(turns[caller], FRESH, chance.choice(PROVING))
            said = await asked.ask(turns[caller], name, arguments or {})
            assert (said == "yes") is (name in LISTS and not arguments and _may_bank(caller))
            if said == "yes":
                claims = claims_of(asked.world.api.calls[-1].token)
                assert claims["tenant"] == caller[0]
                assert claims["sub"] == _known_as(asked, caller)
    finally:
        asked.world.close()


def _may_bank(who: tuple[str, str]) -> bool:
    return who[0] == "northwind-bank" and PEOPLE[who].roles == ["customer"]


def _known_as(asked: Asked, who: tuple[str, str]) -> str:
    query = "SELECT id FROM people WHERE tenant_id = ? AND username_hash = hashed(tenant_id, ?)"
    [(person_id,)] = asked.world.sql(query, *who)
    return asked.world.core.keys.pairwise_subject(person_id, "urn:gatehouse:api:banking")
