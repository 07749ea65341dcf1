"""What security answers itself: settled like a write of any API, and led from text to page."""

from __future__ import annotations

import json
from datetime import date

import jsonschema_rs
import pytest

from security.errors import Refused
from security.model import BotMessage
from security.own import OwnApi
from security.ports import Person, Settled, Somebody
from security.retention import KeptUntil
from security.services import erasure
from security.services.own_api import shown
from security.services.retention import Housekeeping
from tests.security.letters import PHONE, enrol
from tests.security.onward import LINK, page_of, takes
from tests.security.services.test_erasure import BANK, Keys, id_of
from tests.security.texter import Texter, carry
from tests.security.visitor import Visitor
from tests.security.world import PROJECT, World

ERASE, COPY, LIST = "account.erase", "account.read_copy", "account.list_accesses"
SCHEMA = json.loads((PROJECT / "web/assets/schemas/accounting-1.json").read_text())


async def settled(world: World, person_id: str) -> Settled:
    own: OwnApi = world.personal.own
    holder = Somebody(Person(person_id, BANK, (), False), BANK)
    return await own.settle(world.core.operations[ERASE], holder)


def begin(world: World, username: str) -> None:
    person = world.look(username)

    def work(store: object) -> None:
        row = store.get(type(person), person.id)  # type: ignore[attr-defined]
        erasure.begin(world.core, store, row, erasure.BY_PERSON, world.core.clock())  # type: ignore[arg-type]

    world.core.database.run_here(work, across="a test looks on")


async def test_a_deletion_that_was_not_begun_is_void(alice: Visitor) -> None:
    """Between the question and its answer none begins: the person's row is held."""
    assert await settled(alice.world, id_of(alice.world, "alice")) == Settled(done=False)


async def test_a_deletion_that_was_begun_is_done_also_when_its_person_is_gone(
    alice: Visitor,
) -> None:
    world, person_id = alice.world, id_of(alice.world, "alice")
    begin(world, "alice")
    told = await settled(world, person_id)
    assert (told.done, set(told.result)) == (True, {"until"})
    world.clock.advance(minutes=11)
    await Housekeeping(world.core, world.core.retention, Keys()).round()
    assert await settled(world, person_id) == Settled(done=True)


async def test_nothing_else_of_security_s_own_is_settled(alice: Visitor) -> None:
    own = alice.world.personal.own
    person = Person(id_of(alice.world, "alice"), BANK, (), False)
    for name, holder in ((LIST, Somebody(person, BANK)), (ERASE, Somebody(None, BANK))):
        with pytest.raises(Refused, match="api_invalid"):
            await own.settle(alice.world.core.operations[name], holder)


@pytest.mark.parametrize("count", [1, 5, 6, 7, 9])
def test_what_is_kept_fits_into_an_approval_however_much_it_is(count: int) -> None:
    kept = [KeptUntil(what="w" * 90, until=date(2030, 1, 1), why="because") for _ in range(count)]
    rows = shown(kept)
    assert list(rows) == [f"kept_{number}" for number in range(1, min(count, 6) + 1)]
    assert all(0 < len(row) <= 140 for row in rows.values())


@pytest.mark.parametrize("count", [1, 6, 7, 9])
def test_attack_another_date_than_was_shown_is_another_approval(count: int) -> None:
    """GDPR 17: long words cut off until when it is kept, so any date was approved."""
    dates = [date(2030, 1, day) for day in range(1, count + 1)]
    then, later = (
        [KeptUntil(what="w" * 139, until=one, why="because") for one in (*dates[:-1], last)]
        for last in (dates[-1], date(2036, 1, 1))
    )
    assert shown(then) != shown(later)
    assert all(0 < len(row) <= 140 for row in shown(later).values())
    assert "2036-01-01" in [*shown(later).values()][-1]


@pytest.fixture
def phone(world: World) -> Texter:
    """The telephone of alice, at an organisation where security answers its own."""
    world.owns = True
    carry(world)
    enrol(world, "alice", "sms", PHONE)
    return Texter(world)


async def by_text(phone: Texter, code: str, operation: str, **arguments: str) -> str:
    """Ask by text for what is refused with `code`; return the token of the link."""
    turn = await phone.turn("about my data")
    with pytest.raises(Refused, match=code):
        await phone.invokes(turn, operation, **arguments)
    said = await phone.hear(turn, BotMessage(text="Please check.", refused=code)) or ""
    found = LINK.search(said)
    assert found is not None, said
    return found[2]


async def test_a_copy_that_was_asked_for_by_text_is_given_on_the_page(phone: Texter) -> None:
    """The contract: a paper is the page's; a text leads there, and opens nothing."""
    token = await by_text(phone, "step_up_required", COPY, form="html")
    page = await page_of(phone.world)
    told = await phone.world.gateway.look_at_link(page.cookie, page.csrf, token)
    assert (told.asked, told.changes) == ("A copy of your data", False)
    await takes(page, token)
    assert phone.world.trail("data:person:export") == []


async def test_a_deletion_that_was_asked_for_by_text_is_approved_on_the_page(
    phone: Texter,
) -> None:
    """GDPR 17, ASVS 6.6.1: never by a text."""
    world = phone.world
    person = world.look("alice")
    kept = world.core.database.run_here(
        lambda store: erasure.kept_of(world.core, store, person, world.core.clock()),
        across="a test looks on",
    )
    token = await by_text(phone, "confirmation_required", ERASE, **shown(kept))
    page = await page_of(world)
    [*_, last] = await takes(page, token)
    assert last.challenge is not None
    assert last.challenge.binding == "Delete your account and your data for good"
    assert "sms" not in last.challenge.methods
    await page.prove("alice")
    await page.resume()
    assert world.look("alice").disabled_at is not None


async def test_the_list_of_accesses_has_the_published_form(alice: Visitor) -> None:
    await alice.world.personal.export.of_person(BANK, "alice")
    made = await alice.world.gateway.list_own_accesses(alice.cookie, "json")
    whole = json.loads(made.content)
    jsonschema_rs.validate(SCHEMA, whole)
    assert len(whole["accesses"]) == 1


async def test_attack_a_list_without_a_fresh_proof(alice: Visitor) -> None:
    """The contract's class personal: 15 minutes, to the second."""
    world = alice.world
    proved = world.clock.now
    for seconds, refused in ((899, False), (900, True), (901, True)):
        world.sql("UPDATE sessions SET last_seen_at = last_seen_at + 0, idle_seconds = 86400")
        world.clock.now = proved
        world.clock.advance(seconds=seconds)
        if refused:
            with pytest.raises(Refused, match="step_up_required"):
                await world.gateway.list_own_accesses(alice.cookie, "json")
        else:
            await world.gateway.list_own_accesses(alice.cookie, "json")


async def test_attack_the_watch_has_taken_the_proofs_back(alice: Visitor) -> None:
    """A session that is doubted proves itself anew before it gets anything."""
    world = alice.world
    world.sql("UPDATE sessions SET assurance = 'aal1', proved_at = NULL")
    for fetch in (world.gateway.export_own_data, world.gateway.list_own_accesses):
        with pytest.raises(Refused, match="step_up_required"):
            await fetch(alice.cookie, "json")


async def test_an_erased_person_is_in_no_list_of_accesses(alice: Visitor) -> None:
    """GDPR 17: what was told to them goes with them; the trail still verifies."""
    world = alice.world
    await world.personal.export.of_person(BANK, "alice")
    await world.personal.accounting.of_person(BANK, "alice", "json")
    assert world.sql("SELECT count(*) FROM accesses") == [(2,)]
    begin(world, "alice")
    world.clock.advance(minutes=11)
    await Housekeeping(world.core, world.core.retention, Keys()).round()
    assert world.sql("SELECT count(*) FROM accesses") == [(0,)]
