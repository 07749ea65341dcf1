"""GDPR 17: an erasure reaches every API, whatever is away or dies meanwhile, and says no name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from security.adapters.api_asking import NotAnswered
from security.adapters.erasure_client import Order
from security.adapters.tables import PersonRow
from security.errors import Refused
from security.services.erasure import again
from security.services.erasure_orders import (
    LATE,
    SELDOMEST,
    SOONEST,
    TAKEN_FOR,
    ErasureOrders,
    pause_after,
)
from security.services.retention import Housekeeping
from security.services.users import Users
from tests.security.services.test_erasure import erase, id_of, leave
from tests.security.visitor import Visitor
from tests.security.world import World

BANK = "northwind-bank"
AUDIENCE = "urn:gatehouse:api:banking"


@dataclass
class Api:
    """An API that does what it is told, once it is there."""

    away: bool = False
    told: list[Order] = field(default_factory=list)

    async def erase(self, order: Order) -> None:
        if self.away:
            raise NotAnswered("ConnectionError")
        self.told.append(order)


@pytest.fixture
def bank() -> Api:
    return Api()


@pytest.fixture
def orders(world: World, bank: Api) -> ErasureOrders:
    return ErasureOrders(world.core, {"banking": bank})


def nothing(person_id: str, until: datetime) -> None:
    """Destroy no key: that is for others to test."""


async def erased(alice: Visitor) -> tuple[str, str]:
    """Erase alice for good; return her id, and what the bank calls her."""
    person = id_of(alice.world, "alice")
    await erase(alice)
    leave(alice.world)
    await Housekeeping(alice.world.core, alice.world.core.retention, nothing).round()
    return person, alice.world.core.keys.pairwise_subject(person, AUDIENCE)


def waiting(world: World) -> list[tuple[object, ...]]:
    return world.sql("SELECT api, tenant_id, subject, tries FROM erasure_orders")


@pytest.mark.both_databases
async def test_an_erasure_is_carried_to_the_api_once(
    alice: Visitor, bank: Api, orders: ErasureOrders
) -> None:
    """It is asked for in the name that this API knows, and nothing is left of the order."""
    world, day = alice.world, alice.world.clock.now.date()
    person, subject = await erased(alice)
    assert waiting(world) == [("banking", BANK, subject, 0)]
    assert person not in str(world.sql("SELECT * FROM erasure_orders"))
    assert await orders.round() == 1
    [told] = bank.told
    assert (told.api, told.tenant, told.subject, told.asked_on) == ("banking", BANK, subject, day)
    assert waiting(world) == []
    assert await orders.round() == 0
    [done] = world.trail("data:api:forget")
    assert (done["person"], done["tenant"], done["reason"]) == (
        world.core.keys.pseudonym(person),
        BANK,
        "banking",
    )


async def test_no_api_is_told_before_the_person_is_erased(
    alice: Visitor, bank: Api, orders: ErasureOrders
) -> None:
    """A payment of theirs may be under way until then."""
    await erase(alice)
    assert await orders.round() == 0
    assert waiting(alice.world) == []


@pytest.mark.both_databases
async def test_without_its_orders_there_is_no_erasure(
    alice: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 15.4.2: both are in the same transaction, or neither."""
    await erase(alice)
    leave(alice.world)

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("security.services.erasure_orders.issue", full)
        with pytest.raises(OSError, match="disk"):
            await Housekeeping(alice.world.core, alice.world.core.retention, nothing).round()
    assert id_of(alice.world, "alice")
    assert waiting(alice.world) == []
    alice.world.clock.advance(seconds=121)
    await Housekeeping(alice.world.core, alice.world.core.retention, nothing).round()
    assert len(waiting(alice.world)) == 1


@pytest.mark.both_databases
async def test_an_api_that_is_away_is_told_later(
    alice: Visitor, bank: Api, orders: ErasureOrders
) -> None:
    world = alice.world
    await erased(alice)
    bank.away = True
    assert await orders.round() == 0
    assert await orders.round() == 0
    assert [tries for *_, tries in waiting(world)] == [1]
    world.clock.advance(seconds=SOONEST.total_seconds())
    bank.away = False
    assert await orders.round() == 1
    assert waiting(world) == []
    assert world.trail("data:api:late") == []


async def test_another_process_goes_on_after_a_crash(alice: Visitor, bank: Api) -> None:
    """Killed between the API's answer and its note: the same order, and so the same answer."""
    world = alice.world
    await erased(alice)

    class Dies(Api):
        async def erase(self, order: Order) -> None:
            await bank.erase(order)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await ErasureOrders(world.core, {"banking": Dies()}).round()
    other = ErasureOrders(world.core, {"banking": bank})
    assert await other.round() == 0, "the one that died may be at it still"
    world.clock.advance(seconds=TAKEN_FOR.total_seconds())
    assert await other.round() == 1
    first, second = bank.told
    assert first == second


@pytest.mark.parametrize(("seconds", "alerts"), [(-1, 0), (0, 1), (1, 1)])
async def test_after_an_hour_it_is_an_alert_and_goes_on(
    alice: Visitor, bank: Api, orders: ErasureOrders, seconds: int, alerts: int
) -> None:
    """Once: and the API is told as soon as it is there."""
    world = alice.world
    person, _ = await erased(alice)
    bank.away = True
    world.clock.advance(seconds=LATE.total_seconds() + seconds)
    await orders.round()
    assert len(world.trail("data:api:late")) == alerts
    world.clock.advance(seconds=SELDOMEST.total_seconds())
    await orders.round()
    [late] = world.trail("data:api:late")
    assert (late["reason"], late["person"]) == ("banking", world.core.keys.pseudonym(person))
    bank.away = False
    world.clock.advance(seconds=SELDOMEST.total_seconds())
    assert await orders.round() == 1


@pytest.mark.parametrize("nonsense", [OverflowError, RecursionError, KeyError])
async def test_attack_an_api_that_breaks_its_caller_is_late_as_any_other(
    alice: Visitor, bank: Api, nonsense: type[Exception]
) -> None:
    """ASVS 16.5.3: whatever an answer breaks, the order waits longer, and somebody hears of it."""
    world = alice.world
    await erased(alice)

    class Hostile(Api):
        async def erase(self, order: Order) -> None:
            raise nonsense

    orders = ErasureOrders(world.core, {"banking": Hostile()})
    assert await orders.round() == 0
    assert [tries for *_, tries in waiting(world)] == [1]
    world.clock.advance(seconds=LATE.total_seconds())
    assert await orders.round() == 0
    assert len(world.trail("data:api:late")) == 1


async def test_an_api_without_an_address_is_never_taken_for_one_that_did_it(
    alice: Visitor,
) -> None:
    await erased(alice)
    assert await ErasureOrders(alice.world.core, {}).round() == 0
    assert len(waiting(alice.world)) == 1


async def test_of_two_processes_one_carries_an_order(alice: Visitor, bank: Api) -> None:
    """Each at the other's moment: what one has taken, the other leaves to it."""
    world = alice.world
    await erased(alice)
    other = ErasureOrders(world.core, {"banking": bank})

    class Slow(Api):
        async def erase(self, order: Order) -> None:
            assert await other.round() == 0
            await bank.erase(order)

    assert await ErasureOrders(world.core, {"banking": Slow()}).round() == 1
    assert len(bank.told) == len(world.trail("data:api:forget")) == 1


async def test_an_administrators_erasure_reaches_the_apis_as_well(
    world: World, orders: ErasureOrders, bank: Api
) -> None:
    await Users(world.core, world.hashing).erase(BANK, "alice", "alice")
    leave(world)
    await Housekeeping(world.core, world.core.retention, nothing).round()
    assert await orders.round() == 1
    assert len(bank.told) == 1


async def test_each_api_of_the_organisation_is_told_in_its_own_name(world: World) -> None:
    """RFC 8693: what one API calls somebody says nothing to another."""
    world.sql("UPDATE tenants SET apis = ? WHERE id = ?", '["hr", "it"]', BANK)
    await Users(world.core, world.hashing).erase(BANK, "alice", "alice")
    leave(world)
    await Housekeeping(world.core, world.core.retention, nothing).round()
    told = waiting(world)
    assert {api for api, *_ in told} == {"hr", "it"}
    assert len({subject for _, _, subject, _ in told}) == 2


async def test_attack_an_api_that_is_here_no_more_keeps_nobody(world: World) -> None:
    """GDPR 17: an organisation names one that no manifest knows; its people are erased still."""
    world.sql("UPDATE tenants SET apis = ? WHERE id = ?", '["banking", "gone"]', BANK)
    kept = await Users(world.core, world.hashing).erase(BANK, "alice", "alice")
    assert len(kept) > 1
    leave(world)
    await Housekeeping(world.core, world.core.retention, nothing).round()
    assert [api for api, *_ in waiting(world)] == ["banking"]


async def test_what_a_backup_brings_back_is_carried_again(
    alice: Visitor, bank: Api, orders: ErasureOrders
) -> None:
    """GDPR 17: their rows at the APIs came back with it, and the name is computed anew."""
    world, person = alice.world, id_of(alice.world, "alice")
    subject = world.core.keys.pairwise_subject(person, AUDIENCE)
    world.core.database.run_here(
        lambda store: again(world.core, store, store.get_one(PersonRow, person), world.clock.now),
        across="a test restores",
    )
    assert await orders.round() == 1
    assert [one.subject for one in bank.told] == [subject]


@pytest.mark.parametrize(
    ("tries", "pause"),
    [(1, SOONEST), (2, 2 * SOONEST), (7, timedelta(seconds=320)), (8, SELDOMEST), (99, SELDOMEST)],
)
def test_pauses_grow_and_end(tries: int, pause: timedelta) -> None:
    assert pause_after(tries) == pause


@pytest.mark.parametrize("operation", ["banking.erase_person", "banking.erasures", "erase_person"])
async def test_attack_a_taken_over_action_cannot_ask_for_it(alice: Visitor, operation: str) -> None:
    """ASVS 8.2.1 ★: the guard knows no such operation, and no order is written down."""
    turn = await alice.say()
    with pytest.raises(Refused):
        await alice.bot_invokes(turn, operation, {"asked_on": "2026-11-23"})
    assert waiting(alice.world) == []
    assert alice.world.api.calls == []
