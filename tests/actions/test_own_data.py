"""One's own data in conversation: who accessed it, a copy, and having it deleted."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from security.errors import Refused
from security.granting import _reason_against
from security.services.erasure import is_under_way
from tests.actions.clinic import InProcess
from tests.support.bot import Bot, Said, Talk

WHO, COPY, DELETE = "action_who_accessed_my_data", "action_export_my_data", "action_delete_my_data"
LIST = "orders.assist_list_orders"


@pytest.fixture
def own(bot: Bot) -> Bot:
    bot.with_own()
    bot.api_says(LIST, {"orders": [], "more": False})
    return bot


async def helped(bot: Bot, times: int = 1) -> None:
    """Let sue of support look at carl's orders."""
    sue = await bot.signed_in("sue")
    for _ in range(times):
        await sue.visitor.ask(LIST, {"customer": "carl"})


async def linked(talk: Talk, said: str, action: str, **chosen: str) -> tuple[Said, str]:
    """Run an action, and return what it said and the link that the page was given."""
    turn = await talk.visitor.say(said)
    answer = await talk._run(action, turn.ticket, said, chosen)
    [message] = await talk.visitor.hear(turn)
    assert message.card is not None
    return answer, str(message.card["href"]).removeprefix("/api/documents/")


async def opened(talk: Talk, link: str) -> Any:
    return await talk.bot.world.gateway.open_document(talk.visitor.cookie, link)


def erasing(bot: Bot, username: str) -> bool:
    person = bot.world.look(username)
    return bot.world.core.database.run_here(
        lambda store: is_under_way(store, person.id), across="a test looks on"
    )


async def test_who_accessed_my_data_is_answered_from_the_record(own: Bot) -> None:
    """HIPAA 164.528, GDPR 15: who, in which role, when and what, in the chat."""
    await helped(own)
    carl = await own.signed_in("carl")
    said = await carl.runs(WHO, "who accessed my data")
    assert said.texts == [
        "Your data was accessed by others 1 times in the last 6 years. These are the latest (1), "
        "the newest first."
    ]
    [card] = said.cards
    assert card["kind"] == "list"
    [row] = card["rows"]
    assert (row["title"], row["text"]) == ("Customer support", "Looked at your orders, for you")
    assert row["state"].startswith("23 November 2026, 12:0")
    assert said.choices == ["Save the whole list"]


async def test_who_asks_it_is_on_the_trail_like_any_operation(own: Bot) -> None:
    """ASVS 16.3.2: allowed and done, with the operation and its scope."""
    carl = await own.signed_in("carl")
    await carl.runs(WHO)
    [allowed] = own.world.trail("operation:guard:allow")
    [done] = own.world.trail("operation:api:done")
    assert (allowed["operation"], allowed["scope"]) == (
        "account.list_accesses",
        "account:accesses:read",
    )
    assert done["intent"] == f"{allowed['writer']}-{allowed['sequence']}"
    assert own.calls == [], "no API is called"


async def test_a_long_list_goes_on_page_by_page(own: Bot) -> None:
    await helped(own, 7)
    carl = await own.signed_in("carl")
    first = await carl.runs(WHO)
    assert len(first.cards[0]["rows"]) == 5
    assert first.choices == ["Show more", "Save the whole list"]
    second = await carl.presses(first, "Show more")
    assert len(second.cards[0]["rows"]) == 2
    assert second.choices == ["Save the whole list"]


async def test_what_a_physician_looks_at_is_told_to_the_patient_alone(
    bot: Bot, clinic: InProcess
) -> None:
    """HIPAA 164.528, ASVS 16.3.2: the clinic says whose record it was, to security alone."""
    bot.world.owns = True
    bot.behind(clinic)
    dana = await bot.signed_in("dana")
    heard = await dana.runs("action_lab_results", "Pat Rivera's lab results")
    assert heard.refused is None
    pat, quinn = await bot.signed_in("pat"), await bot.signed_in("quinn")
    said = await pat.runs(WHO, "who looked at my lab results")
    rows = {row["text"]: row for row in said.cards[0]["rows"]}
    looked = rows["Looked at your lab results"]
    assert looked["title"] == f"{bot.world.look('dana').name}, physician"
    assert looked["note"] == "For your treatment"
    assert (await quinn.runs(WHO)).cards == []
    assert (await dana.runs(WHO)).cards == []


async def test_ones_own_record_is_nobody_elses_access(bot: Bot, clinic: InProcess) -> None:
    bot.world.owns = True
    bot.behind(clinic)
    pat = await bot.signed_in("pat")
    assert (await pat.runs("action_lab_results", "my lab results")).refused is None
    assert (await pat.runs(WHO)).cards == []


async def test_nobody_has_accessed_it(own: Bot) -> None:
    cora = await own.signed_in("cora")
    said = await cora.runs(WHO)
    assert said.cards == []
    assert said.texts[0].startswith("Nobody but you")


@pytest.mark.parametrize("action", [WHO, COPY, DELETE])
async def test_attack_a_visitor_hears_nothing_of_anybody(own: Bot, action: str) -> None:
    """ASVS 8.2.1."""
    talk = await own.visitor("acme-shop")
    said = await talk.runs(action)
    assert said.refused == "authentication_required"
    assert said.cards == []


async def test_attack_a_stale_proof_gets_neither_list_nor_copy(own: Bot) -> None:
    """The contract's class personal: 15 minutes for the list; five for a copy, which is whole."""
    carl = await own.signed_in("carl")
    own.pass_time(minutes=5)
    assert (await carl.runs(COPY)).refused == "step_up_required"
    assert (await carl.runs(WHO)).refused is None
    own.pass_time(minutes=10)
    assert (await carl.runs(WHO)).refused == "step_up_required"


async def test_the_whole_list_is_a_file_behind_a_link_that_works_once(own: Bot) -> None:
    await helped(own, 7)
    carl = await own.signed_in("carl")
    said, link = await linked(carl, "Save the whole list", WHO, file="json")
    assert said.texts[0].startswith("The list of all who accessed your data")
    document = await opened(carl, link)
    assert document.name == "my-accesses-2026-11-23.json"
    whole = json.loads(_plain(document))
    assert len(whole["accesses"]) == 7
    assert whole["name"] == own.world.look("carl").name
    with pytest.raises(Refused, match="link_expired"):
        await opened(carl, link)


async def test_the_file_to_read_is_a_table_without_a_script(own: Bot) -> None:
    await helped(own)
    carl = await own.signed_in("carl")
    _, link = await linked(carl, "Save the whole list", WHO, file="html")
    page = _plain(await opened(carl, link)).decode()
    assert "<script" not in page
    assert "default-src &#x27;none&#x27;" in page
    assert "<td>Customer support</td>" in page


async def test_a_copy_of_ones_data_is_a_file_that_actions_never_see(own: Bot) -> None:
    """GDPR 15, 20: the same copy as the page's, behind a link of the page."""
    own.api_says("orders.list_orders", {"orders": [], "more": False})
    carl = await own.signed_in("carl")
    said, link = await linked(carl, "give me a copy of my data", COPY)
    assert said.cards == []
    document = await opened(carl, link)
    assert (document.name, document.media_type) == ("my-data-2026-11-23.html", "text/html")
    assert own.world.look("carl").name in _plain(document).decode()
    [exported] = own.world.trail("data:person:export")
    assert exported["person"] == own.world.core.keys.pseudonym(own.world.look("carl").id)


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("I want a copy of my data", "html"),
        ("I need my data in a machine-readable form", "json"),
        ("data portability request", "json"),
        ("export my data as JSON", "json"),
    ],
)
async def test_the_form_of_a_copy_is_understood(own: Bot, said: str, form: str) -> None:
    carl = await own.signed_in("carl")
    _, link = await linked(carl, said, COPY)
    assert (await opened(carl, link)).name.endswith(form)


async def test_attack_a_copy_is_refused_to_whom_the_watch_slows_down(own: Bot) -> None:
    """GDPR 32: whoever is doubted gets no copy of everything, by chat or by page."""
    carl = await own.signed_in("carl")
    world, person = own.world, own.world.look("carl")
    _, link = await linked(carl, "a copy of my data", COPY)
    world.core.throttles.slow(person.id, 60)
    with pytest.raises(Refused, match="rate_limited"):
        await opened(carl, link)
    for fetch in (world.gateway.export_own_data, world.gateway.list_own_accesses):
        with pytest.raises(Refused, match="rate_limited"):
            await fetch(carl.visitor.cookie, "json")
    refused = world.trail("data:person:refuse")
    assert [(one["decision"], one["reason"]) for one in refused] == [
        ("deny", "slowed_by_watch")
    ] * 3
    assert world.trail("data:person:export") == []


async def test_deletion_says_first_what_stays_and_why_and_then_asks_for_a_code(own: Bot) -> None:
    """GDPR 17: what is kept, until when and why, is what is approved."""
    carl = await own.signed_in("carl")
    said = await carl.runs(DELETE, "delete my data")
    assert said.refused == "confirmation_required"
    [card] = said.cards
    kept = {row["title"]: (row["state"], row["note"]) for row in card["rows"]}
    assert kept["Invoices of your orders"] == ("until 23 November 2034", "Accounting law")
    challenge = await carl.visitor.look_at_challenge()
    assert challenge.binding == "Delete your account and your data for good"
    details = {one.label: one.value for one in challenge.details or ()}
    assert details["Kept: 1"].endswith("until 2028-11-23")
    assert any(value == "invoices of your orders, until 2034-11-23" for value in details.values())
    assert not erasing(own, "carl")
    assert own.world.look("carl").disabled_at is None


async def test_deletion_begins_once_it_is_approved_and_ends_every_session(own: Bot) -> None:
    """GDPR 17, ASVS 7.4.1: the same erasure as the page's."""
    carl = await own.signed_in("carl")
    await carl.runs(DELETE, "delete my data")
    said = await carl.confirms("carl")
    assert said.texts[0].startswith("Your account and your data are being deleted")
    assert erasing(own, "carl")
    assert own.world.look("carl").disabled_at is not None
    [asked] = own.world.trail("data:person:erase")
    assert asked["reason"] == "person"
    with pytest.raises(Refused, match="session_expired"):
        await carl.visitor.look()


async def test_attack_an_approval_of_another_period_deletes_nothing(own: Bot) -> None:
    """What was approved is what has to be kept: where that has changed, it is asked for again."""
    carl = await own.signed_in("carl")
    own.world.clock.now = own.world.clock.now.replace(hour=23, minute=59)
    fresh = await own.signed_in("carl")
    await fresh.runs(DELETE, "delete my data")
    own.pass_time(minutes=2)
    said = await fresh.confirms("carl")
    assert said.refused == "details_changed"
    assert not erasing(own, "carl")
    assert carl is not fresh


async def test_attack_other_arguments_than_what_is_kept_delete_nothing(own: Bot) -> None:
    """A hostile action may have an approval asked for; it binds to what it says, and that fails."""
    carl = await own.signed_in("carl")
    with pytest.raises(Refused, match="confirmation_required"):
        await carl.visitor.ask("account.erase", {"kept_1": "nothing at all"})
    await carl.visitor.prove("carl")
    with pytest.raises(Refused, match="details_changed"):
        await carl.visitor.resume()
    assert not erasing(own, "carl")


async def test_attack_a_client_gets_no_token_for_what_is_security_s_own(own: Bot) -> None:
    """RFC 8693: there is no API behind it that could check one."""
    operation = own.world.core.operations["account.list_accesses"]
    assert _reason_against(operation, None, "acme-shop") == "own_by_exchange"  # type: ignore[arg-type]


def _plain(document: Any) -> bytes:
    return base64.b64decode(document.content)
