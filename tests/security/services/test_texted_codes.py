"""A code of the authenticator app in a text: it opens one personal read, and nothing beside."""

from __future__ import annotations

import pytest

from security.errors import Refused
from security.model import BotMessage, OpenTurn
from tests.security.fakes import ACCOUNTS
from tests.security.letters import PHONE, enrol
from tests.security.payments import TO_ANNA, TRANSFER
from tests.security.texter import Texter, carry
from tests.security.visitor import BALANCE, TRANSACTIONS, Visitor
from tests.security.world import World

ASKED = BotMessage(text="Please confirm that it is still you.", refused="step_up_required")


@pytest.fixture
def phone(world: World) -> Texter:
    """The telephone of alice, who has an authenticator app as well."""
    carry(world)
    enrol(world, "alice", "sms", PHONE)
    world.api.answer = ACCOUNTS
    return Texter(world)


async def asks(phone: Texter, operation: str = BALANCE) -> str:
    """Ask for something personal; return what is answered."""
    turn = await phone.turn("what's my balance?")
    with pytest.raises(Refused, match="step_up_required"):
        await phone.invokes(turn, operation)
    return await phone.hear(turn, ASKED) or ""


async def resumed(phone: Texter, turn: OpenTurn) -> object:
    """Let the bot run what was released."""
    assert turn.utterance.resume
    return (await phone.world.actions.resume(turn.ticket)).result


async def test_a_code_opens_what_was_asked_for(phone: Texter) -> None:
    assert "Reply with the 6-digit code of your authenticator app" in await asks(phone)
    turn = await phone.turn(phone.world.code_of("alice"))
    assert await resumed(phone, turn) == ACCOUNTS
    [call] = phone.world.api.calls
    assert call.operation == BALANCE
    tags = phone.world.tags()
    assert tags.index("challenge:person:pass") < tags.index("operation:guard:allow")


async def test_attack_nothing_else_is_open_after_it(phone: Texter) -> None:
    """ASVS 6.3.4: neither in the same turn nor in the next: the session stays at aal1."""
    await asks(phone)
    turn = await phone.turn(phone.world.code_of("alice"))
    await resumed(phone, turn)
    for operation in (BALANCE, TRANSACTIONS):
        with pytest.raises(Refused, match="step_up_required"):
            await phone.invokes(turn, operation)
    await phone.hear(turn, BotMessage(text="Here you are."))
    await asks(phone)
    assert phone.world.sql("SELECT assurance FROM sessions WHERE channel = 'sms'") == [("aal1",)]
    assert len(phone.world.api.calls) == 1


async def test_attack_a_code_works_once(phone: Texter) -> None:
    """ASVS 6.5.1: whoever reads the text on its way cannot use it again."""
    await asks(phone)
    code = phone.world.code_of("alice")
    await phone.hear(await phone.turn(code), BotMessage(text="Here you are."))
    await asks(phone)
    assert "not right" in (await phone.says(code) or "")


async def test_attack_a_payment_is_never_approved_by_text(phone: Texter) -> None:
    """PSD2 RTS 5: what binds goes on at the page, whatever is typed here."""
    turn = await phone.turn("send anna fifty")
    with pytest.raises(Refused):
        await phone.world.actions.invoke(turn.ticket, TRANSFER, TO_ANNA, "action_transfer")
    asked = BotMessage(text="Please check.", refused="confirmation_required")
    heard = await phone.hear(turn, asked) or ""
    assert "code" not in heard
    assert "sign in" in heard
    assert phone.world.sql("SELECT * FROM challenges") == []
    assert "not asked for a code" in (await phone.says(phone.world.code_of("alice")) or "")
    assert phone.world.api.calls == []


@pytest.mark.parametrize(("count", "heard"), [(4, True), (5, False), (6, False)])
async def test_attack_guessing_by_text(phone: Texter, count: int, heard: bool) -> None:
    """NIST SP 800-63B-4 3.2.2: five wrong codes a day, however often it is asked anew."""
    for _ in range(count):
        await asks(phone)
        await phone.says(phone.world.wrong_code_for("alice"))
    await asks(phone)
    received = await phone.text(phone.world.code_of("alice"))
    assert (received.turn is not None) is heard
    if not heard:
        assert "too many wrong codes" in (received.text or "")
        phone.world.clock.advance(days=1)
        await asks(phone)
        assert (await phone.text(phone.world.code_of("alice"))).turn is not None


async def test_attack_locking_somebody_out_with_a_forged_number(phone: Texter) -> None:
    """Wrong codes by text do not pause the app that its person uses on the page."""
    for _ in range(6):
        await asks(phone)
        await phone.says(phone.world.wrong_code_for("alice"))
    failures = "SELECT failures, paused_until FROM authenticators WHERE method = 'totp'"
    assert set(phone.world.sql(failures)) == {(0, None)}


@pytest.mark.parametrize(("seconds", "heard"), [(299, True), (300, False), (301, False)])
async def test_a_code_that_comes_too_late_is_asked_for_again(
    phone: Texter, seconds: int, heard: bool
) -> None:
    await asks(phone)
    phone.world.clock.advance(seconds=seconds)
    received = await phone.text(phone.world.code_of("alice"))
    assert (received.turn is not None and bool(received.turn.utterance.resume)) is heard


async def test_a_code_never_reaches_the_conversation(phone: Texter) -> None:
    """ASVS 16.2.5: alone it is taken; among other words it is taken out."""
    await asks(phone)
    code = phone.world.code_of("alice")
    assert "send the code alone" in (await phone.says(f"my code is {code}") or "")
    turn = await phone.turn(code)
    assert turn.utterance.text is None


@pytest.mark.parametrize("digits", ["０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩"])
async def test_attack_a_code_in_digits_of_another_script(phone: Texter, digits: str) -> None:
    """ASVS 16.2.5: it is the same code, and enters no conversation either."""
    assert "not asked for a code" in (await phone.says("12345６") or "")
    await asks(phone)
    code = phone.world.code_of("alice").translate(str.maketrans("0123456789", digits))
    assert (await phone.turn(code)).utterance.text is None


async def test_attack_a_code_of_the_page_in_a_text(phone: Texter) -> None:
    """ASVS 16.2.5: what the page asks its person for is taken out of their texts as well."""
    page = Visitor(phone.world)
    await page.arrive()
    await page.give_password("alice")
    heard = await phone.says(f"you sent me {phone.world.code_of('alice')}, what is it?")
    assert "took it out" in (heard or "")


async def test_attack_five_guesses_at_one_question_and_more_at_the_next(phone: Texter) -> None:
    """NIST SP 800-63B-4 3.2.2: the guess that uses up a question is one of the five of the day."""
    await asks(phone)
    for _ in range(5):
        await phone.says(phone.world.wrong_code_for("alice"))
    await asks(phone)
    assert "too many wrong codes" in (await phone.says(phone.world.code_of("alice")) or "")
