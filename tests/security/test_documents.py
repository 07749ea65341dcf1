"""A document's link: for the session that asked, once, within a minute; the bot never has it."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from typing import Any

import pytest

from security.document_model import Document
from security.errors import Refused
from security.model import BotMessage
from tests.support.bot import Bot, Talk

OPEN = "hr.open_document"
PAPER = {"document": f"doc_{'A' * 22}"}
CONTENT = {
    "name": "payslip-2026-10.pdf",
    "media_type": "application/pdf",
    "content": base64.b64encode(b"%PDF-1.7 planted-salary").decode(),
}


class Page:
    """Somebody's page and conversation: asks for a document, and opens links."""

    def __init__(self, bot: Bot, talk: Talk) -> None:
        self.bot = bot
        self.talk = talk
        self.last: list[Any] = []

    async def asks(self, operation: str = OPEN, *messages: BotMessage) -> Any:
        """Ask in a turn of its own; keep what the page gets when the turn is closed."""
        visitor = self.talk.visitor
        turn = await visitor.say()
        try:
            asked = (turn.ticket, operation, PAPER, "action_of_a_test")
            return await self.bot.world.actions.invoke(*asked)
        finally:
            self.last = await visitor.hear(turn, *messages)

    @property
    def card(self) -> dict[str, Any]:
        """The card with the link."""
        [card] = [one.card for one in self.last if one.card and one.card["kind"] == "document"]
        return dict(card)

    @property
    def link(self) -> str:
        """The link's secret."""
        return str(self.card["href"]).removeprefix("/api/documents/")

    async def opens(self, link: str | None = None) -> Document:
        """Follow a link with this page's cookie."""
        gateway, cookie = self.bot.world.gateway, self.talk.visitor.cookie
        return await gateway.open_document(cookie, link or self.link)

    async def is_refused(self, code: str, link: str | None = None) -> None:
        with pytest.raises(Refused, match=f"^{code}$"):
            await self.opens(link)


@pytest.fixture
async def erin(bot: Bot) -> Page:
    bot.api_says(OPEN, CONTENT)
    return Page(bot, await bot.signed_in("erin"))


def _tags(bot: Bot) -> list[str]:
    return [one["tag"] for one in bot.world.trail() if one.get("operation") == OPEN]


async def test_the_bot_gets_nothing_and_the_page_a_link(bot: Bot, erin: Page) -> None:
    assert await erin.asks() == {}
    assert bot.calls == []
    assert erin.card == {
        "kind": "document",
        "title": "Your document is ready",
        "href": f"/api/documents/{erin.link}",
        "expires_in": 60,
    }
    assert await erin.opens() == Document(**CONTENT)
    assert bot.calls == [(OPEN, PAPER)]
    assert _tags(bot) == [
        "operation:document:link",
        "operation:guard:allow",
        "operation:api:done",
    ]


async def test_a_link_works_once(bot: Bot, erin: Page) -> None:
    """ASVS 15.4.2: fifty times at once, it gives the document once."""
    await erin.asks()
    ended = await asyncio.gather(*(erin.opens() for _ in range(50)), return_exceptions=True)
    said = Counter(one.code if isinstance(one, Refused) else "opened" for one in ended)
    assert said == {"opened": 1, "link_expired": 49}
    assert len(bot.calls) == 1
    await erin.is_refused("link_expired")


@pytest.mark.parametrize(
    ("seconds", "refused"), [(59, None), (60, "link_expired"), (61, "link_expired")]
)
async def test_a_link_is_good_for_a_minute(
    bot: Bot, erin: Page, seconds: int, refused: str | None
) -> None:
    """At the boundary itself, counted from the moment the page is told."""
    await erin.asks()
    bot.pass_time(seconds=seconds)
    if refused is None:
        assert (await erin.opens()).name == CONTENT["name"]
    else:
        await erin.is_refused(refused)
        assert bot.calls == []


@pytest.mark.parametrize("username", ["erin", "mark", "hana"])
async def test_a_link_that_was_passed_on_opens_nothing(bot: Bot, erin: Page, username: str) -> None:
    """ASVS 7.4.1: not in another session, not even of the same person; and it stays good."""
    await erin.asks()
    other = Page(bot, await bot.signed_in(username))
    await other.is_refused("link_expired", erin.link)
    assert bot.calls == []
    denied = [one for one in bot.world.trail("operation:guard:deny") if one["reason"] == "link"]
    assert len(denied) == 1
    assert (await erin.opens()).name == CONTENT["name"]


async def test_a_stranger_with_the_link_opens_nothing(bot: Bot, erin: Page) -> None:
    await erin.asks()
    await Page(bot, await bot.visitor("globex")).is_refused("link_expired", erin.link)
    erin.talk.visitor.cookie = "c" * 43
    await erin.is_refused("session_expired")
    assert bot.calls == []


@pytest.mark.parametrize("guess", ["A" * 43, "", "%00", f"doc_{'A' * 22}"])
async def test_a_guessed_link_opens_nothing(bot: Bot, erin: Page, guess: str) -> None:
    await erin.asks()
    await erin.is_refused("link_expired", guess or "x")
    assert bot.calls == []


async def test_neither_the_ids_nor_the_hashes_in_the_database_open_anything(
    bot: Bot, erin: Page
) -> None:
    """ASVS 7.2.3: a thief with the disk gets no link, and reads nothing of what it is for."""
    await erin.asks()
    [(row, kept, sealed)] = bot.world.sql("SELECT id, token_hash, asked_sealed FROM document_links")
    for stolen in (row, kept):
        await erin.is_refused("link_expired", stolen)
    assert PAPER["document"].encode() not in sealed
    assert erin.link not in (row, kept)


async def test_signing_out_ends_the_link(bot: Bot, erin: Page) -> None:
    await erin.asks()
    await erin.talk.visitor.sign_out()
    await erin.is_refused("session_expired")


async def test_a_role_that_is_taken_away_meanwhile_opens_nothing(bot: Bot, erin: Page) -> None:
    """ASVS 8.3.2: every check runs again when the link is opened; it is used up all the same."""
    await erin.asks()
    bot.world.give_roles("erin", "auditor")
    await erin.is_refused("forbidden")
    bot.world.give_roles("erin", "employee")
    await erin.is_refused("link_expired")
    assert bot.calls == []


async def test_a_disabled_person_opens_nothing(bot: Bot, erin: Page) -> None:
    await erin.asks()
    bot.world.disable("erin")
    await erin.is_refused("session_expired")


async def test_a_proof_that_grows_old_before_the_click_is_asked_for_again(
    bot: Bot, erin: Page
) -> None:
    bot.pass_time(minutes=14, seconds=30)
    await erin.asks()
    bot.pass_time(seconds=30)
    await erin.is_refused("step_up_required")


async def test_a_new_link_takes_the_place_of_none(bot: Bot, erin: Page) -> None:
    """Each works once, and no other does."""
    await erin.asks()
    first = erin.link
    await erin.asks()
    assert first != erin.link
    await erin.opens(first)
    await erin.opens()
    assert len(bot.calls) == 2


async def test_no_transcript_keeps_the_link(bot: Bot, erin: Page) -> None:
    await erin.asks(OPEN, BotMessage(text="Here it is."))
    past = await bot.world.gateway.past_messages(erin.talk.visitor.cookie)
    assert all(message.card is None for message in past)


async def test_a_hostile_action_draws_no_link_of_its_own(bot: Bot, erin: Page) -> None:
    """Nobody but security draws the card: a link elsewhere would look like ours."""
    forged = {"kind": "document", "title": "Payslip", "href": "https://evil.example"}
    visitor = erin.talk.visitor
    turn = await visitor.say()
    said = await visitor.hear(turn, BotMessage(text="Here.", card=forged))
    assert [message.card for message in said] == [None]


async def test_after_a_step_up_the_link_is_there(bot: Bot) -> None:
    bot.api_says(OPEN, CONTENT)
    talk = await bot.visitor()
    page = Page(bot, talk)
    await talk.visitor.give_password("erin")
    with pytest.raises(Refused, match="authentication_required"):
        await page.asks()
    await talk.visitor.prove("erin")
    turn = await talk.visitor.come_back()
    resumed = await bot.world.actions.resume(turn.ticket)
    assert resumed.result == {}
    page.last = await talk.visitor.hear(turn)
    assert (await page.opens()).name == CONTENT["name"]


@pytest.mark.parametrize("username", ["alice", "aud3", "abe", "carl"])
async def test_whoever_may_not_gets_no_link(bot: Bot, username: str) -> None:
    page = Page(bot, await bot.signed_in(username))
    with pytest.raises(Refused, match="forbidden"):
        await page.asks()
    assert [one.card for one in page.last if one.card] == []
    assert bot.world.sql("SELECT count(*) FROM document_links") == [(0,)]


async def test_what_the_api_gives_instead_of_a_document_is_not_passed_on(
    bot: Bot, erin: Page
) -> None:
    await erin.asks()
    bot.api_says(OPEN, Refused("api_unavailable"))
    await erin.is_refused("api_unavailable")
    await erin.is_refused("link_expired")
