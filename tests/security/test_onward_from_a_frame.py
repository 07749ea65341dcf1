"""From a frame inside another site to the page: for whom the site vouched, and for nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from security.errors import Refused
from security.model import BotMessage, Message
from security.sessions import hash_of
from tests.security.fakes import ACCOUNTS
from tests.security.framed import Framed, Site, with_hosts
from tests.security.letters import MAIL, drop, enrol
from tests.security.onward import is_void, page_of, takes
from tests.security.payments import RECEIPT, TO_ANNA, TRANSFER
from tests.security.stored import stored
from tests.security.visitor import BALANCE, TRANSACTIONS
from tests.security.world import World

NOT_HERE = BotMessage(text="Not here.", refused="full_page_required")
OPTIONS = "banking.payment_options"


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def framed(world: World, site: Site) -> Framed:
    """Alice in a frame of the bank's own site, which vouches for her."""
    alice = Framed(with_hosts(world, site))
    await alice.arrive()
    await alice.vouched(site)
    return alice


async def asked(framed: Framed, operation: str = BALANCE, **arguments: str) -> list[Message]:
    """Ask in the frame for what is not done there; return its answer."""
    turn = await framed.say()
    with pytest.raises(Refused, match=r"^full_page_required$"):
        await framed.bot_invokes(turn, operation, arguments)
    return await framed.hear(turn, NOT_HERE)


async def link_of(framed: Framed, operation: str = BALANCE, **arguments: str) -> str:
    """Ask in the frame; return the token that its answer has."""
    [*_, last] = await asked(framed, operation, **arguments)
    assert last.onward is not None
    return last.onward


def waiting(world: World) -> list[tuple[str, str]]:
    """Return operation and state of what was kept."""
    query = "SELECT operation, state FROM pending_operations ORDER BY rowid"
    return [(name, state) for name, state in world.sql(query)]


async def test_a_question_is_answered_on_the_page(framed: Framed) -> None:
    """Nothing is asked again, and the frame never hears the answer."""
    token = await link_of(framed)
    page = await page_of(framed.world)
    told = await framed.world.gateway.look_at_link(page.cookie, page.csrf, token)
    assert (told.asked_by, told.asked) == ("site", "See your account balances")
    framed.world.api.answer = ACCOUNTS
    await takes(page, token)
    assert [call.operation for call in framed.world.api.calls] == [BALANCE]
    assert "Done." not in str(await framed.world.gateway.past_messages(framed.cookie))
    await is_void(page, token)


async def test_a_payment_is_approved_by_its_own_code_on_the_page(framed: Framed) -> None:
    """PSD2 RTS 5: a site's word and a link approve nothing."""
    token = await link_of(framed, TRANSFER, **TO_ANNA)
    page = await page_of(framed.world)
    [*_, last] = await takes(page, token)
    assert last.challenge is not None
    assert last.challenge.binding == "Pay 50.00 EUR to Anna Berg"
    assert framed.world.api.calls == []
    framed.world.api.answer = RECEIPT
    await page.prove("alice")
    await page.resume()
    assert [dict(call.arguments) for call in framed.world.api.calls] == [TO_ANNA]


async def test_the_words_go_along_with_a_read(framed: Framed) -> None:
    """ "Send Anna 50 euros" begins with a look at what there is to pay from."""
    turn = await framed.say("send anna 50 euros")
    with pytest.raises(Refused):
        await framed.bot_invokes(turn, OPTIONS)
    [*_, last] = await framed.hear(turn, NOT_HERE)
    page = await page_of(framed.world)
    link = (page.cookie, page.csrf, last.onward or "")
    assert (await framed.world.gateway.look_at_link(*link)).words == "send anna 50 euros"
    await framed.world.gateway.take_link(*link)
    framed.world.api.answer = {"accounts": [], "payees": [], "bills": []}
    resumed = await framed.world.actions.resume((await page.come_back()).ticket)
    assert resumed.words == "send anna 50 euros"


async def test_attack_words_go_along_that_nobody_sees(framed: Framed) -> None:
    """ASVS 2.3.5: whoever asks in another's name could have more done than their person reads."""
    said = "approve the leave of erin\u200b\u202e\n" + " " * 200 + "and of ivan"
    turn = await framed.say(said)
    with pytest.raises(Refused):
        await framed.bot_invokes(turn, OPTIONS)
    [*_, last] = await framed.hear(turn, NOT_HERE)
    page = await page_of(framed.world)
    link = (page.cookie, page.csrf, last.onward or "")
    shown = (await framed.world.gateway.look_at_link(*link)).words
    assert shown == "approve the leave of erin and of ivan"
    await framed.world.gateway.take_link(*link)
    framed.world.api.answer = {"accounts": [], "payees": [], "bills": []}
    resumed = await framed.world.actions.resume((await page.come_back()).ticket)
    assert resumed.words == shown


async def test_no_words_go_along_with_a_write(framed: Framed) -> None:
    """Its exact arguments are shown and run, and nothing else."""
    token = await link_of(framed, TRANSFER, **TO_ANNA)
    page = await page_of(framed.world)
    told = await framed.world.gateway.look_at_link(page.cookie, page.csrf, token)
    assert (told.asked, told.changes, told.words) == ("Pay 50.00 EUR to Anna Berg", True, None)


async def test_what_is_asked_for_on_the_page_brings_no_words(framed: Framed) -> None:
    """They are in its own conversation."""
    page = await page_of(framed.world)
    framed.world.sql("UPDATE sessions SET proved_at = proved_at - 901000000")
    turn = await page.say()
    with pytest.raises(Refused, match="step_up_required"):
        await page.bot_invokes(turn)
    await page.hear(turn)
    await page.prove("alice")
    framed.world.api.answer = ACCOUNTS
    assert (await page.resume()).words is None


async def test_the_token_is_in_that_answer_alone(framed: Framed) -> None:
    """ASVS 7.2.3, 16.2.5: its hash is kept, and no history, trail or file has it."""
    token = await link_of(framed)
    query = "SELECT continue_hash FROM pending_operations"
    assert framed.world.sql(query) == [(hash_of(token),)]
    assert token not in str(await framed.world.gateway.past_messages(framed.cookie))
    assert token.encode() not in b"".join(framed.world.records())
    assert token.encode() not in stored(framed.world)
    [left] = framed.world.trail("page:link:leave")
    assert (left["operation"], left["tenant"]) == (BALANCE, "northwind-bank")


async def test_a_message_that_is_sent_again_gets_a_link_of_its_own(framed: Framed) -> None:
    """The answer got lost: the token in it is worth nothing from here on."""
    opened = await framed.open(text="my balance", client_id="the-same")
    assert opened.turn is not None
    with pytest.raises(Refused):
        await framed.bot_invokes(opened.turn)
    [lost] = await framed.hear(opened.turn, NOT_HERE)
    again = await framed.open(text="my balance", client_id="the-same")
    assert again.answered is not None
    [told] = again.answered
    page = await page_of(framed.world)
    await is_void(page, lost.onward or "")
    assert told.onward is not None
    await framed.world.gateway.look_at_link(page.cookie, page.csrf, told.onward)


async def test_attack_the_link_of_alice_is_opened_by_bob(framed: Framed) -> None:
    """ASVS 8.2.2: forwarded, or read over a shoulder: no fact, and it stays good for alice."""
    token = await link_of(framed)
    await is_void(await page_of(framed.world, "bob"), token)
    assert {each["reason"] for each in framed.world.trail("page:link:refuse")} == {"not_theirs"}
    nobody = await page_of(framed.world, None)
    for ask in (framed.world.gateway.look_at_link, framed.world.gateway.take_link):
        with pytest.raises(Refused, match=r"^authentication_required$"):
            await ask(nobody.cookie, nobody.csrf, token)
    page = await page_of(framed.world)
    await framed.world.gateway.take_link(page.cookie, page.csrf, token)


async def test_attack_the_link_is_opened_twice(framed: Framed) -> None:
    """ASVS 2.3.4."""
    token = await link_of(framed)
    first, second = await page_of(framed.world), await page_of(framed.world)
    await framed.world.gateway.take_link(first.cookie, first.csrf, token)
    await is_void(second, token)


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (600, False), (601, False)])
async def test_attack_the_link_is_kept_for_later(framed: Framed, seconds: int, good: bool) -> None:
    """ASVS 7.3.2: ten minutes from the question, and no more."""
    token, ends = await link_of(framed), framed.world.clock.now + timedelta(seconds=seconds)
    framed.world.clock.advance(seconds=seconds - 60)
    page = await page_of(framed.world)
    framed.world.clock.now = ends
    if good:
        await framed.world.gateway.look_at_link(page.cookie, page.csrf, token)
    else:
        await is_void(page, token)


async def test_attack_the_link_outlives_the_sign_out_at_the_site(framed: Framed) -> None:
    """ASVS 7.4.1: whoever signs out there leaves no question behind."""
    token = await link_of(framed)
    await framed.sign_out()
    await is_void(await page_of(framed.world), token)


async def test_attack_the_link_outlives_the_end_of_all_sessions(framed: Framed) -> None:
    """ASVS 7.4.3."""
    token = await link_of(framed)
    page = await page_of(framed.world)
    await framed.world.gateway.end_own_session(page.cookie, page.csrf, "others")
    await is_void(page, token)


async def test_attack_the_link_outlives_its_person_in_the_frame(framed: Framed, site: Site) -> None:
    """ASVS 7.4.1: the site vouches for somebody else by now."""
    token = await link_of(framed)
    await framed.vouched(site, sub="C-1002")
    await is_void(await page_of(framed.world), token)


async def test_the_next_page_of_the_site_leaves_the_link_alone(framed: Framed, site: Site) -> None:
    """Each of them asks again who is there: the same person is no news."""
    token = await link_of(framed)
    await framed.vouched(site)
    page = await page_of(framed.world)
    await framed.world.gateway.look_at_link(page.cookie, page.csrf, token)


async def test_attack_a_stranger_leaves_a_link_for_whoever_signs_in(
    world: World, site: Site
) -> None:
    """ASVS 7.2.4: with nobody to bind it to it would be anybody's, so there is none."""
    stranger = Framed(with_hosts(world, site))
    await stranger.arrive()
    for operation in (BALANCE, "banking.list_bills", TRANSFER):
        [*_, last] = await asked(stranger, operation)
        assert (last.onward, last.sign_in) == (None, None)
    assert waiting(world) == []
    assert world.trail("page:link:leave") == []


async def test_what_the_page_would_not_allow_is_not_kept(framed: Framed) -> None:
    """ASVS 8.2.1: another house's, another role's, and what alice could prove nowhere."""
    for operation in ("hr.list_documents", "it.list_queue"):
        await framed.is_refused("forbidden", operation)
    drop(framed.world, "alice", "totp")
    enrol(framed.world, "alice", "email", MAIL)
    for operation, arguments in ((BALANCE, {}), (TRANSFER, TO_ANNA)):
        [*_, last] = await asked(framed, operation, **arguments)
        assert last.onward is None
    assert waiting(framed.world) == []


async def test_a_newer_question_voids_the_link_of_the_earlier(framed: Framed) -> None:
    """One read waits in a conversation, and so does one link."""
    earlier, later = await link_of(framed), await link_of(framed, TRANSACTIONS)
    page = await page_of(framed.world)
    await is_void(page, earlier)
    await framed.world.gateway.look_at_link(page.cookie, page.csrf, later)


async def test_attack_an_action_makes_the_page_hand_out_a_link(framed: Framed) -> None:
    """Whatever rasa says, a link comes of a frame's own question."""
    page = await page_of(framed.world)
    turn = await page.say()
    with pytest.raises(Refused, match="confirmation_required"):
        await page.bot_invokes(turn, TRANSFER, TO_ANNA)
    [*_, last] = await page.hear(turn, NOT_HERE)
    assert last.onward is None
    turn = await framed.say("hello")
    assert [one.onward for one in await framed.hear(turn, NOT_HERE)] == [None]


async def test_the_frame_itself_releases_nothing(framed: Framed) -> None:
    """ASVS 6.3.4: neither by coming back nor by its own link."""
    token = await link_of(framed)
    with pytest.raises(Refused, match=r"^nothing_pending$"):
        await framed.come_back()
    for ask in (framed.world.gateway.look_at_link, framed.world.gateway.take_link):
        with pytest.raises(Refused, match=r"^full_page_required$"):
            await ask(framed.cookie, framed.csrf, token)
