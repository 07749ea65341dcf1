"""Who accessed one's data: from the record, to whom it was about, and to nobody else."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from security.accesses import YEARS, accesses_of, read_words
from security.adapters.tables import PersonRow
from security.errors import Refused
from security.guard_records import on_trail
from security.services.accesses import Accesses, Following, Told
from security.services.administration import Administration
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.bot import Bot, Talk

LIST, CANCEL = "orders.assist_list_orders", "orders.assist_cancel_order"
OPEN = "healthcare.open_emergency_access"
GLASS = {"patient": "Quinn Abbott", "code": "patient_asked", "reason": "She rang the ward."}
CLINIC = "urn:gatehouse:api:healthcare"


def id_of(world: World, username: str) -> str:
    [(person_id,)] = world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?)", username
    )
    return str(person_id)


async def told(world: World, username: str, after: str | None = None, limit: int = 50) -> Told:
    accesses = Accesses(world.core, Following(world.core), read_words())
    return await accesses.of(id_of(world, username), after, limit)


async def invoke(talk: Talk, operation: str, arguments: Any, purpose: str | None = None) -> Any:
    turn = await talk.visitor.say()
    try:
        actions = talk.bot.world.actions
        return await actions.invoke(turn.ticket, operation, arguments, "action_of_a_test", purpose)
    finally:
        await talk.visitor.hear(turn)


def opened(bot: Bot, username: str) -> dict[str, Any]:
    patient = {"reference": f"Patient/pat-{'a' * 32}", "display": "Quinn Abbott"}
    subject = bot.world.core.keys.pairwise_subject(id_of(bot.world, username), CLINIC)
    ends = "2026-11-23T14:00:00+01:00"
    made = {"id": f"emg-{'b' * 32}", "patient": patient, "code": "patient_asked", "ends": ends}
    return {**made, "subject": subject}


@pytest.fixture
async def sue(bot: Bot) -> Talk:
    bot.api_says(LIST, {"orders": [], "more": False})
    bot.api_says(CANCEL, {"number": "AC-10497", "total": "58.90", "currency": "EUR"})
    return await bot.signed_in("sue")


async def test_what_support_does_for_a_customer_is_told_to_that_customer(sue: Talk) -> None:
    """HIPAA 164.528, GDPR 15: when, in which role, what; the shop tells no names."""
    world = sue.bot.world
    await invoke(sue, LIST, {"customer": "carl"})
    found = await told(world, "carl")
    assert found.total == 1
    assert found.accesses == [
        {
            "at": "2026-11-23T12:00:00+00:00",
            "who": "Customer support",
            "what": "Looked at your orders, for you",
        }
    ]
    for other in ("cora", "sue", "alice"):
        assert (await told(world, other)).accesses == []


async def test_a_broken_glass_is_told_to_the_patient_by_name_role_and_purpose(bot: Bot) -> None:
    """HIPAA 164.312(a)(2)(ii): break-glass shows up in the patient's own access list."""
    bot.api_says(OPEN, opened(bot, "quinn"))
    dana = await bot.signed_in("dana")
    result = await invoke(dana, OPEN, GLASS, "emergency")
    assert "subject" not in result
    [access] = (await told(bot.world, "quinn")).accesses
    assert access == {
        "at": "2026-11-23T12:00:00+00:00",
        "who": bot.world.look("dana").name,
        "role": "physician",
        "what": "Opened your health record in an emergency",
        "purpose": "in an emergency",
    }
    assert (await told(bot.world, "pat")).total == 0


async def test_the_trail_names_whom_it_was_about_by_a_keyed_name_alone(bot: Bot) -> None:
    """ASVS 16.2.5: neither a name nor a record's number is on the trail."""
    bot.api_says(OPEN, opened(bot, "quinn"))
    await invoke(await bot.signed_in("dana"), OPEN, GLASS, "emergency")
    [done] = bot.world.trail("operation:api:done")
    subject = bot.world.core.keys.pairwise_subject(id_of(bot.world, "quinn"), CLINIC)
    assert done["about"] == list(on_trail([subject]))
    assert len(done["about"][0]) == 24
    assert b"Quinn" not in b"".join(bot.world.records())


@pytest.mark.parametrize("said", ["Quinn Abbott", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
async def test_attack_an_api_puts_its_own_words_on_the_trail(bot: Bot, said: str) -> None:
    """ASVS 16.2.5: what is no name that security has given it could be a patient's."""
    bot.api_says(OPEN, {**opened(bot, "quinn"), "subject": said})
    with suppress(Refused):
        await invoke(await bot.signed_in("dana"), OPEN, GLASS, "emergency")
    assert bot.world.trail("operation:guard:allow")
    assert [one for one in bot.world.trail() if "about" in one] == []


async def test_an_organisation_decides_whether_names_are_told(sue: Talk) -> None:
    world = sue.bot.world
    await invoke(sue, LIST, {"customer": "carl"})
    world.sql("UPDATE tenants SET names_staff = true WHERE id = 'acme-shop'")
    [access] = (await told(world, "carl")).accesses
    assert (access["who"], access["role"]) == (world.look("sue").name, "customer support")


async def test_attack_a_name_that_cannot_be_read_hides_no_access(sue: Talk) -> None:
    """GDPR 15: whoever changes one row of staff would keep everybody from their lists."""
    world = sue.bot.world
    await invoke(sue, LIST, {"customer": "carl"})
    world.sql("UPDATE tenants SET names_staff = true WHERE id = 'acme-shop'")
    cut = "UPDATE people SET name_sealed = substr(name_sealed, 1, length(name_sealed) - 1)"
    world.sql(f"{cut} WHERE id = ?", id_of(world, "sue"))
    [access] = (await told(world, "carl")).accesses
    assert (access["who"], "role" in access) == ("Customer support", False)


@pytest.mark.parametrize("length", [139, 140, 141, 200])
async def test_attack_a_long_name_of_staff_hides_no_access(sue: Talk, length: int) -> None:
    """GDPR 15: a name may be longer than what an answer shows of it."""
    world = sue.bot.world
    await invoke(sue, LIST, {"customer": "carl"})
    world.sql("UPDATE tenants SET names_staff = true WHERE id = 'acme-shop'")
    sue_id, name = id_of(world, "sue"), "n" * length

    def rename(store: Session) -> None:
        store.get_one(PersonRow, sue_id).name = name

    world.core.database.run_here(rename, across="a test looks on")
    page = await told(world, "carl")
    answer = {"accesses": page.accesses, "total": page.total, "years": YEARS}
    assert world.core.operations["account.list_accesses"].endpoint.answers_with(answer)
    assert page.accesses[0]["who"] == name[:140]


async def test_what_was_refused_or_is_ones_own_is_nobodys_access(bot: Bot) -> None:
    bot.api_says(LIST, Refused("consent_required"))
    bot.api_says("orders.list_orders", {"orders": [], "more": False})
    sue, carl = await bot.signed_in("sue"), await bot.signed_in("carl")
    with pytest.raises(Refused, match="consent_required"):
        await invoke(sue, LIST, {"customer": "carl"})
    await invoke(carl, "orders.list_orders", {})
    assert (await told(bot.world, "carl")).total == 0


async def test_pages_go_on_where_the_last_one_ended(sue: Talk) -> None:
    world = sue.bot.world
    for _ in range(5):
        await invoke(sue, LIST, {"customer": "carl"})
    whole = (await told(world, "carl")).accesses
    assert [one["at"] for one in whole] == sorted((one["at"] for one in whole), reverse=True)
    first = await told(world, "carl", limit=2)
    second = await told(world, "carl", first.after, 2)
    third = await told(world, "carl", second.after, 2)
    assert first.accesses + second.accesses + third.accesses == whole
    assert (first.total, len(third.accesses), third.after) == (5, 1, None)
    exact = await told(world, "carl", limit=5)
    assert exact.after is None, "a page that holds the rest is the last one"


@pytest.mark.parametrize("after", ["1-1-0", "nothing", "1-999999-0"])
async def test_attack_the_place_in_somebody_elses_list_is_none_in_ones_own(
    sue: Talk, after: str
) -> None:
    """ASVS 8.2.2: an id that is guessed tells nothing, not even that it exists."""
    world = sue.bot.world
    for _ in range(2):
        await invoke(sue, LIST, {"customer": "carl"})
    theirs = (await told(world, "carl", limit=1)).after
    for given in (after, theirs):
        with pytest.raises(Refused, match="invalid_arguments"):
            await told(world, "cora", given)


async def test_attack_the_same_name_in_another_organisation_hears_nothing(sue: Talk) -> None:
    """ASVS 8.4.1: a row of another organisation is not told, whatever name stands in it."""
    world = sue.bot.world
    await invoke(sue, LIST, {"customer": "carl"})
    await told(world, "carl")
    world.sql("UPDATE accesses SET tenant_id = 'globex'")
    assert (await told(world, "carl")).total == 0


async def test_it_is_told_for_six_years_and_not_a_moment_longer(sue: Talk) -> None:
    """HIPAA 164.528."""
    world = sue.bot.world
    await invoke(sue, LIST, {"customer": "carl"})
    begun = world.clock.now
    for age, count in (
        (timedelta(days=366 * YEARS) - timedelta(microseconds=1), 1),
        (timedelta(days=366 * YEARS), 1),
        (timedelta(days=366 * YEARS) + timedelta(microseconds=1), 0),
    ):
        world.clock.now = begun + age
        assert (await told(world, "carl")).total == count


async def test_nothing_is_copied_twice_whoever_follows(sue: Talk) -> None:
    world = sue.bot.world
    for _ in range(3):
        await invoke(sue, LIST, {"customer": "carl"})
    for following in (Following(world.core), Following(world.core)):
        await following.catch_up()
        await following.catch_up()
    assert world.sql("SELECT count(*) FROM accesses") == [(3,)]


async def test_the_list_outlives_the_record(sue: Talk) -> None:
    """A record goes into an archive: who saw what is told for as long as people may ask."""
    world = sue.bot.world
    await invoke(sue, LIST, {"customer": "carl"})
    await Following(world.core).catch_up()
    world.sql("DELETE FROM audit WHERE sequence < (SELECT max(sequence) FROM audit)")
    assert (await told(world, "carl")).total == 1


async def test_what_administrators_do_to_an_account_is_told(alice: Visitor) -> None:
    world = alice.world
    adam = Visitor(world)
    await adam.arrive()
    await adam.sign_in("adam")
    administration = Administration(world.core, world.hashing)
    listed = await administration.people(adam.cookie)
    [ref] = [one.ref for one in listed.people if one.username == "alice"]
    await administration.sessions(adam.cookie, ref)
    [access] = (await told(world, "alice")).accesses
    assert access["who"] == "Administrator"
    assert access["what"] == "Looked at where you are signed in"


async def test_a_copy_by_the_command_line_is_told(alice: Visitor) -> None:
    await alice.world.personal.export.of_person("northwind-bank", "alice")
    [access] = (await told(alice.world, "alice")).accesses
    assert access["who"] == "The administrator of this installation"
    assert access["what"] == "Took a copy of what is held of you here"


def test_every_operation_about_somebody_else_has_its_words(world: World) -> None:
    words = read_words()
    wanted = {
        name
        for name, operation in world.core.operations.items()
        if operation.about is not None or operation.on_behalf_of is not None
    }
    assert wanted <= set(words.operations)
    assert set(words.operations) <= set(world.core.operations)


BASE = {"writer": "1", "sequence": 7, "at": "2026-11-23T12:00:00+00:00", "tenant": "t"}


@pytest.mark.parametrize(
    ("record", "subjects"),
    [
        ({"tag": "operation:api:done", "person": "p", "actor": "a", "operation": "o"}, ["p"]),
        ({"tag": "operation:api:doubt", "person": "p", "actor": "a", "operation": "o"}, ["p"]),
        ({"tag": "operation:api:fail", "person": "p", "actor": "a", "operation": "o"}, []),
        ({"tag": "operation:guard:allow", "person": "p", "actor": "a", "operation": "o"}, []),
        ({"tag": "operation:api:done", "person": "p", "operation": "o"}, []),
        ({"tag": "operation:api:done", "person": "p", "operation": "o", "about": ["x", "y"]},
         ["x", "y"]),
        ({"tag": "operation:api:done", "person": "p", "operation": "o", "about": ["p"]}, []),
        ({"tag": "pending:operation:settle", "person": "p", "operation": "o", "about": ["x"],
          "reason": "done"}, ["x"]),
        ({"tag": "pending:operation:settle", "person": "p", "operation": "o", "about": ["x"],
          "reason": "failed"}, []),
        ({"tag": "admin:user:reset", "person": "p", "actor": "a"}, ["p"]),
        ({"tag": "admin:people:read", "actor": "a"}, []),
        ({"tag": "data:person:export", "person": "p"}, []),
        ({"tag": "message:person:inform", "person": "p", "actor": "a", "operation": "o"}, []),
        ({"tag": "operation:api:done", "person": "p", "actor": "a", "operation": "o",
          "tenant": None}, []),
    ],
)  # fmt: skip
def test_a_record_tells_of_accesses(record: dict[str, Any], subjects: list[str]) -> None:
    found = list(accesses_of({**BASE, **record}))
    assert [one.subject for one in found] == subjects
    assert len({one.event for one in found}) == len(found)
