"""The class open: for whoever has not signed in, with a token that is nobody's."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from security import guard_parts
from security.access import Access
from security.errors import Refused
from security.operations.classes import CLASSES
from security.operations.confirmation import Telling
from security.operations.manifest import Operation
from security.tokens.issuer import ACTOR
from tests.security.conftest import MakeWorld
from tests.security.decisions import claims_of, denied
from tests.security.direct import BOOK, BOOKED, NOON, book, keys
from tests.security.fakes import ACCOUNTS
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import PROJECT, Origin, World

PERMIT = """
@id("anybody-asks")
permit (principal, action in Action::"open", resource);
"""


@pytest.fixture
def bank(
    make_world: MakeWorld, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A bank that tells strangers something, and lets them begin something."""
    folder = tmp_path / "policies"
    shutil.copytree(PROJECT / "security" / "policies", folder)
    with (folder / "banking.cedar").open("a") as file:
        file.write(PERMIT)

    def read(_folder: Path, operations: Mapping[str, Operation]) -> Access:
        return Access(folder, operations)

    monkeypatch.setattr(guard_parts, "Access", read)
    opened = {"kind": "open", "demand": CLASSES["open"], "confirmation": None}
    told = Telling(title="Begin", done="Begun")
    operations = {
        BALANCE: replace(origin.operations[BALANCE], **opened),
        BOOK: replace(origin.operations[BOOK], **opened, telling=told),
    }
    return make_world(operations=operations)


async def stranger(bank: World, tenant: str | None) -> Visitor:
    visitor = Visitor(bank)
    await visitor.arrive(tenant)
    return visitor


async def test_a_stranger_gets_a_token_that_is_nobodys(bank: World) -> None:
    """RFC 9068 section 2.2: the subject is the client; no API finds anybody's objects by it."""
    visitor = await stranger(bank, "northwind-bank")
    assert await visitor.ask() == ACCOUNTS
    claims = claims_of(bank.api.calls[0].token)
    assert (claims["sub"], claims["tenant"]) == (ACTOR, "northwind-bank")
    [record] = bank.trail("operation:guard:allow")
    assert record["tenant"] == "northwind-bank"
    assert "person" not in record


@pytest.mark.parametrize("tenant", [None, "acme-shop"])
async def test_a_stranger_of_no_tenant_or_of_another_gets_nothing(
    bank: World, tenant: str | None
) -> None:
    """ASVS 8.4.1: an API is asked for a tenant that uses it, or not at all."""
    await (await stranger(bank, tenant)).is_refused("forbidden")
    assert denied(bank) == [("deny", "api_not_of_tenant")]
    assert bank.api.calls == []


async def test_what_a_stranger_begins_happens_once(bank: World) -> None:
    """ASVS 15.4.2: without a person, by turn and conversation."""
    bank.api.answer = BOOKED
    visitor = await stranger(bank, "northwind-bank")
    turn = await visitor.say()
    assert [await book(visitor, turn) for _ in range(3)] == [BOOKED] * 3
    assert len(keys(visitor)) == 1


async def test_one_strangers_doubt_is_no_others(bank: World) -> None:
    bank.api.error = Refused("api_unavailable")
    one, other = await stranger(bank, "northwind-bank"), await stranger(bank, "northwind-bank")
    with pytest.raises(Refused, match="in_doubt"):
        await book(one, await one.say())
    bank.api.error, bank.api.answer = None, BOOKED
    assert await other.world.actions.invoke((await other.say()).ticket, BOOK, NOON, "a") == BOOKED


async def test_a_person_has_their_own_name_in_it(bank: World) -> None:
    visitor = await stranger(bank, None)
    await visitor.sign_in("alice")
    await visitor.ask()
    assert claims_of(bank.api.calls[0].token)["sub"] != ACTOR
