"""From a text to the page: a link that opens nothing, and leads one person to one question."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from security.errors import Refused
from security.model import BotMessage
from security.sessions import hash_of
from tests.security.fakes import ACCOUNTS
from tests.security.letters import PHONE, enrol
from tests.security.onward import LINK, is_void, page_of, takes
from tests.security.payments import RECEIPT, TO_ANNA, TRANSFER
from tests.security.stored import stored
from tests.security.texter import Texter, carry
from tests.security.visitor import BALANCE, TRANSACTIONS
from tests.security.world import World

CONFIRM = BotMessage(text="Please check this and confirm it.", refused="confirmation_required")
WORDS = "Pay 50.00 EUR to Anna Berg"


@pytest.fixture
def phone(world: World) -> Texter:
    """The telephone of alice, who has an authenticator app as well."""
    carry(world)
    enrol(world, "alice", "sms", PHONE)
    return Texter(world)


async def link_of(phone: Texter, operation: str = TRANSFER, **arguments: str) -> str:
    """Ask by text for what is the page's to do; return the token of the link."""
    turn = await phone.turn("send Anna 50 euros")
    with pytest.raises(Refused, match="confirmation_required"):
        await phone.invokes(turn, operation, **(arguments or TO_ANNA))
    said = await phone.hear(turn, CONFIRM) or ""
    found = LINK.search(said)
    assert found is not None, said
    assert found[1].startswith(phone.world.core.settings.public_url)
    return found[2]


def why(world: World) -> list[str]:
    """Return why links were refused, as the trail has it."""
    return [record["reason"] for record in world.trail("page:link:refuse")]


async def test_a_payment_that_was_asked_for_by_text_is_approved_on_the_page(phone: Texter) -> None:
    """The contract's tables: shown in words, approved by a code for exactly that, done once."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    told = await phone.world.gateway.look_at_link(page.cookie, page.csrf, token)
    assert (told.asked, told.changes) == (WORDS, True)
    assert 0 < told.expires_in <= 600
    [*_, last] = await takes(page, token)
    assert phone.world.api.calls == []
    assert last.challenge is not None
    assert (last.challenge.purpose, last.challenge.binding) == ("confirm", WORDS)
    phone.world.api.answer = RECEIPT
    await page.prove("alice")
    await page.resume()
    [call] = phone.world.api.calls
    assert (call.operation, dict(call.arguments)) == (TRANSFER, TO_ANNA)
    await is_void(page, token)


async def test_only_the_hash_of_a_link_is_kept_and_the_trail_has_none(phone: Texter) -> None:
    """ASVS 7.2.3, 16.2.5."""
    token = await link_of(phone)
    assert phone.world.sql(
        "SELECT continue_hash FROM pending_operations WHERE continue_hash IS NOT NULL"
    ) == [(hash_of(token),)]
    assert token.encode() not in stored(phone.world)
    [left] = phone.world.trail("page:link:leave")
    assert left["operation"] == TRANSFER
    assert token not in str(phone.world.trail("page:link:leave"))


async def test_looking_uses_nothing_up(phone: Texter) -> None:
    """A messenger that fetches links, or a person who looks twice, takes nothing away."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    for _ in range(3):
        await phone.world.gateway.look_at_link(page.cookie, page.csrf, token)
    assert (await takes(page, token))[-1].challenge is not None


async def test_attack_a_link_signs_nobody_in(phone: Texter) -> None:
    """ASVS 6.3.4: whoever has only the link is told to sign in, whatever is in it."""
    token = await link_of(phone)
    page = await page_of(phone.world, None)
    for each in (token, "A" * 22):
        for ask in (phone.world.gateway.look_at_link, phone.world.gateway.take_link):
            with pytest.raises(Refused, match="authentication_required"):
                await ask(page.cookie, page.csrf, each)
    assert (await page.look()).session.authenticated is False


async def test_attack_a_link_is_nobody_elses(phone: Texter) -> None:
    """ASVS 8.2.2: forwarded, or read over a shoulder: no fact, and it stays good for its person."""
    token = await link_of(phone)
    stranger = await page_of(phone.world, "bob")
    await is_void(stranger, token)
    assert why(phone.world) == ["not_theirs", "not_theirs"]
    assert (await takes(await page_of(phone.world), token))[-1].challenge is not None


async def test_attack_a_link_works_once(phone: Texter) -> None:
    """ASVS 2.3.4: in two windows of its person, one of them gets it."""
    token = await link_of(phone)
    first, second = await page_of(phone.world), await page_of(phone.world)
    await takes(first, token)
    await is_void(second, token)


@pytest.mark.parametrize("guess", ["A" * 22, "", "x", "…", "A" * 64])
async def test_attack_guessing_links(phone: Texter, guess: str) -> None:
    """ASVS 2.3.1: what was never given out says as little as what was."""
    await link_of(phone)
    page = await page_of(phone.world)
    with pytest.raises(Refused) as refusal:
        await phone.world.gateway.look_at_link(page.cookie, page.csrf, guess)
    assert refusal.value.code == ("link_expired" if guess else "invalid_request")


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (600, False), (601, False)])
async def test_a_link_lives_ten_minutes(phone: Texter, seconds: int, good: bool) -> None:
    token = await link_of(phone)
    page = await page_of(phone.world)
    gone = int((phone.world.clock.now - _asked_at(phone.world)).total_seconds())
    while gone < seconds:  # Nobody's session ends meanwhile.
        step = min(200, seconds - gone)
        phone.world.clock.advance(seconds=step)
        await page.extend()
        gone += step
    if good:
        await phone.world.gateway.look_at_link(page.cookie, page.csrf, token)
    else:
        await is_void(page, token)


def _asked_at(world: World) -> datetime:
    [(at,)] = world.sql("SELECT created_at FROM pending_operations WHERE continue_hash IS NOT NULL")
    return datetime.fromtimestamp(at / 1_000_000, UTC)


async def test_a_newer_question_voids_the_link_of_the_earlier(phone: Texter) -> None:
    """One write waits in a conversation, and so does one link."""
    earlier = await link_of(phone)
    later = await link_of(phone, **{**TO_ANNA, "amount": "60.00"})
    page = await page_of(phone.world)
    await is_void(page, earlier)
    told = await phone.world.gateway.look_at_link(page.cookie, page.csrf, later)
    assert told.asked == "Pay 60.00 EUR to Anna Berg"


async def test_stop_voids_the_link(phone: Texter) -> None:
    """Whoever says STOP wants nothing of it to go on."""
    token = await link_of(phone)
    assert await phone.says("STOP") is None
    await is_void(await page_of(phone.world), token)


async def test_ending_all_sessions_voids_the_link(phone: Texter) -> None:
    """ASVS 7.4.3: "sign me out everywhere" ends the telephone's session as well."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    for each in await phone.world.gateway.own_sessions(page.cookie):
        if not each.current:
            await phone.world.gateway.end_own_session(page.cookie, page.csrf, each.ref)
    await is_void(page, token)


async def test_what_was_changed_at_rest_does_not_go_on(phone: Texter) -> None:
    """ASVS 11.3.3: other arguments than those of the digest are nobody's question."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    phone.world.sql("UPDATE pending_operations SET digest = ?", "0" * 64)
    await is_void(page, token)
    assert set(why(phone.world)) == {"changed"}


async def test_taking_a_question_over_drops_what_waited_on_the_page(phone: Texter) -> None:
    """One write waits in a conversation: the code of the earlier approves nothing any more."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    turn = await page.say("send Anna 60 euros")
    with pytest.raises(Refused, match="confirmation_required"):
        await page.bot_invokes(turn, TRANSFER, {**TO_ANNA, "amount": "60.00"})
    await page.hear(turn, CONFIRM)
    earlier = page.challenge_id
    await takes(page, token)
    assert page.challenge_id != earlier
    with pytest.raises(Refused, match="expired"):
        await page.answer(phone.world.code_of("alice"), earlier)
    [dropped] = [one for one in phone.world.trail("pending:operation:void") if "person" in one]
    assert (dropped["tenant"], dropped["reason"]) == ("northwind-bank", "continued")


async def test_what_a_code_in_a_text_opens_needs_no_link(phone: Texter) -> None:
    """It is opened where it was asked for."""
    phone.world.api.answer = ACCOUNTS
    for operation in (BALANCE, TRANSACTIONS):
        turn = await phone.turn("what's my balance?")
        with pytest.raises(Refused, match="step_up_required"):
            await phone.invokes(turn, operation)
        said = await phone.hear(turn, BotMessage(text="Is it you?", refused="step_up_required"))
        assert said is not None
        assert "#continue=" not in said
    assert phone.world.trail("page:link:leave") == []


async def test_attack_a_link_in_a_frame_of_another_site(phone: Texter) -> None:
    """ASVS 6.3.4: a chat inside another site is refused before the link is looked at."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    phone.world.sql("UPDATE sessions SET channel = 'embed' WHERE channel = 'web'")
    for ask in (phone.world.gateway.look_at_link, phone.world.gateway.take_link):
        with pytest.raises(Refused, match="full_page_required"):
            await ask(page.cookie, page.csrf, token)


async def test_attack_a_link_in_a_session_that_is_no_page(phone: Texter) -> None:
    """ASVS 6.3.4: not even the telephone's own session goes on, were its id known."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    phone.world.sql("UPDATE sessions SET channel = 'sms' WHERE channel = 'web'")
    await is_void(page, token)
    assert set(why(phone.world)) == {"not_the_page"}


async def test_attack_another_token_of_the_page(phone: Texter) -> None:
    """ASVS 3.5.1: a foreign site cannot have it taken over (CSRF)."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    for ask in (phone.world.gateway.look_at_link, phone.world.gateway.take_link):
        with pytest.raises(Refused, match="csrf_failed"):
            await ask(page.cookie, "x" * 22, token)
    assert (await takes(page, token))[-1].challenge is not None


async def test_attack_a_write_of_the_link_is_not_taken_for_approved(phone: Texter) -> None:
    """ASVS 2.3.5: a proof that is a second old approves no payment; only its own code does."""
    token = await link_of(phone)
    page = await page_of(phone.world)
    [*_, last] = await takes(page, token)
    assert last.challenge is not None
    assert phone.world.api.calls == []
    with pytest.raises(Refused, match="nothing_pending"):
        await page.open(resume=True)
