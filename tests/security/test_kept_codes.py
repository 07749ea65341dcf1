"""Codes that Twilio Verify keeps: the same challenge, with somebody else who knows the code."""

from __future__ import annotations

import asyncio

import pytest

from security.errors import Refused
from security.services.guessing import ASKING
from security.services.postman import Postman
from tests.security.fake_twilio import FakeTwilio
from tests.security.kept_codes import CHECK, called, counted, keeping, other_than, refused, sent
from tests.security.letters import PHONE
from tests.security.payments import RECEIPT, asked_to_approve
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
def twilio(world: World) -> FakeTwilio:
    """Twilio, and a world that lets it keep codes."""
    return keeping(world)


@pytest.fixture
async def caller(world: World, twilio: FakeTwilio) -> Visitor:
    """Alice after her password; a code is on her telephone."""
    return await called(world, twilio)


async def test_a_code_that_a_service_keeps_signs_in(caller: Visitor, twilio: FakeTwilio) -> None:
    """Nothing here could tell the code to anybody: neither the database nor the queue has it."""
    assert (await caller.look_at_challenge()).delivery == "sent"
    [(code_hash, verification)] = caller.world.sql(
        "SELECT code_hash, verification FROM challenges JOIN messages"
        " ON messages.id = challenges.message_id"
    )
    assert (code_hash, verification) == (None, twilio.verifications[0].sid)
    assert twilio.texts[0].body.startswith("Your Northwind Bank verification code is: ")
    passed = await caller.answer(twilio.last_code(PHONE))
    assert passed.grant.session.assurance == "aal2"
    assert twilio.asked[-1][3] == {"VerificationSid": verification, "Code": twilio.last_code(PHONE)}


async def test_it_works_once(caller: Visitor, twilio: FakeTwilio) -> None:
    """ASVS 6.5.1: and Twilio is not even asked again."""
    code = twilio.last_code(PHONE)
    await caller.answer(code)
    asked = len(twilio.asked)
    assert (await refused(caller, code))["code"] == "expired"
    assert len(twilio.asked) == asked


@pytest.mark.parametrize(("late", "passes"), [(299, True), (300, False), (301, False)])
async def test_it_lives_five_minutes_here_and_ten_at_twilio(
    caller: Visitor, twilio: FakeTwilio, late: int, passes: bool
) -> None:
    """ASVS 6.5.5."""
    caller.world.clock.advance(seconds=late)
    if passes:
        assert (await caller.answer(twilio.last_code(PHONE))).grant.session.assurance == "aal2"
    else:
        assert (await refused(caller, twilio.last_code(PHONE)))["code"] == "expired"
        assert CHECK not in [path for _, _, path, _ in twilio.asked]


async def test_an_answer_that_comes_after_its_life_lets_nobody_in(
    caller: Visitor, twilio: FakeTwilio
) -> None:
    """The question left in time; what counts is when its answer is acted upon."""
    caller.world.clock.advance(seconds=298)

    async def slow() -> None:
        caller.world.clock.advance(seconds=3)

    twilio.before_answer = slow
    assert (await refused(caller, twilio.last_code(PHONE)))["code"] == "expired"
    assert not (await caller.look()).session.authenticated


async def test_wrong_codes_are_counted_here_as_well(caller: Visitor, twilio: FakeTwilio) -> None:
    """ASVS 6.6.3: after the fifth the right one fails too, and Twilio hears no sixth."""
    wrong = other_than(twilio.last_code(PHONE))
    left = [(await refused(caller, wrong)).get("attempts_left") for _ in range(4)]
    assert left == [4, 3, 2, 1]
    assert await refused(caller, wrong) == {"code": "locked", "retry_after_seconds": 900}
    assert (await refused(caller, twilio.last_code(PHONE)))["code"] == "locked"
    assert [path for _, _, path, _ in twilio.asked].count(CHECK) == 5


async def test_of_fifty_right_answers_at_once_one_passes(
    caller: Visitor, twilio: FakeTwilio
) -> None:
    """ASVS 15.4.2: one question is under way at a time, even if Twilio approved each."""
    code = twilio.last_code(PHONE)
    ended = await asyncio.gather(*[caller.answer(code) for _ in range(50)], return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in ended) == 1
    assert counted(caller.world) == (0, 0)
    assert caller.world.tags().count("challenge:person:pass") == 1


async def test_of_fifty_wrong_answers_at_once_no_more_than_five_are_asked(
    caller: Visitor, twilio: FakeTwilio
) -> None:
    """ASVS 15.4.2: counted before the question leaves, in whatever session it is typed."""
    wrong = other_than(twilio.last_code(PHONE))
    for _ in range(10):
        tries = [caller.answer(wrong) for _ in range(50)]
        await asyncio.gather(*tries, return_exceptions=True)
    assert [path for _, _, path, _ in twilio.asked].count(CHECK) == 5
    assert counted(caller.world) == (0, 1)


@pytest.mark.parametrize(
    "fate", ["busy", "unavailable", "lost", "refused", "taken_and_lost", "broken"]
)
async def test_where_twilio_does_not_tell_nothing_is_let_in_and_nothing_counted(
    caller: Visitor, twilio: FakeTwilio, fate: str
) -> None:
    """Fails closed; the other ways are still there, and the sentence says what to do."""
    twilio.fate = lambda _path: fate
    for _ in range(7):
        assert await refused(caller, twilio.last_code(PHONE)) == {"code": "code_unchecked"}
    assert counted(caller.world) == (0, 0)
    shown = await caller.look_at_challenge()
    assert (shown.attempts_left, shown.methods) == (5, ["totp", "sms"])
    assert not (await caller.look()).session.authenticated
    await caller.choose("totp")
    passed = await caller.answer(caller.world.code_of("alice"))
    assert passed.grant.session.assurance == "aal2"


async def test_a_right_code_whose_answer_was_lost_needs_a_new_one(
    caller: Visitor, twilio: FakeTwilio
) -> None:
    """Twilio has used it up; that is no wrong guess of the person's."""
    twilio.fate = lambda path: "taken_and_lost" if path == CHECK else "well"
    await refused(caller, twilio.last_code(PHONE))
    twilio.fate = lambda _path: "well"
    assert (await refused(caller, twilio.last_code(PHONE)))["code"] == "code_unchecked"
    assert counted(caller.world) == (0, 0)
    caller.world.clock.advance(seconds=30)
    await sent(caller, twilio)
    assert (await caller.answer(twilio.last_code(PHONE))).grant.session.authenticated


async def test_where_the_process_dies_while_it_asks_the_guess_stays_counted(
    caller: Visitor, twilio: FakeTwilio
) -> None:
    """Attack: to make the process fail is no way to guess for nothing."""

    async def dies() -> None:
        raise asyncio.CancelledError

    twilio.before_answer = dies
    for count in range(1, 5):
        with pytest.raises(asyncio.CancelledError):
            await caller.answer(other_than(twilio.last_code(PHONE)))
        assert counted(caller.world) == (count, 0)
        assert (await refused(caller, "000000"))["code"] == "code_unchecked"
        caller.world.clock.advance(seconds=ASKING.total_seconds())
    with pytest.raises(asyncio.CancelledError):
        await caller.answer(other_than(twilio.last_code(PHONE)))
    assert counted(caller.world) == (0, 1)


async def test_a_verdict_that_comes_too_late_decides_nothing(
    caller: Visitor, twilio: FakeTwilio
) -> None:
    """The next guess may have been taken by then."""

    async def meanwhile() -> None:
        twilio.before_answer = None
        caller.world.clock.advance(seconds=ASKING.total_seconds())
        await refused(caller, other_than(twilio.last_code(PHONE)))

    twilio.before_answer = meanwhile
    wrong = other_than(twilio.last_code(PHONE))
    assert (await refused(caller, wrong))["code"] == "code_unchecked"
    assert counted(caller.world) == (2, 0)


async def test_sends_are_limited_here_as_well(caller: Visitor, twilio: FakeTwilio) -> None:
    """ASVS 6.6.3: whatever Twilio would let through."""
    with pytest.raises(Refused, match="too_many_codes"):
        await caller.choose("sms")
    for _ in range(9):
        caller.world.clock.advance(seconds=30)
        await caller.choose("sms")
    caller.world.clock.advance(seconds=30)
    with pytest.raises(Refused, match="too_many_codes"):
        await caller.choose("sms")


async def test_a_payment_has_a_code_and_words_of_our_own(
    alice: Visitor, twilio: FakeTwilio
) -> None:
    """PSD2 RTS art. 5: who approves reads amount and payee beside the code; Verify says neither."""
    alice.world.api.answer = RECEIPT
    alice.world.sql("UPDATE tenants SET sms_limit = '100.00'")
    alice.challenge = await asked_to_approve(alice)
    await alice.choose("sms")
    await Postman(alice.world.core, {"sms": twilio.sms()}).round()
    assert twilio.verifications == []
    assert "50.00 EUR to Anna Berg" in twilio.texts[-1].body
    assert (await alice.answer(twilio.last_code(PHONE))).confirmed


async def test_what_is_no_code_is_a_wrong_guess_and_no_question(
    caller: Visitor, twilio: FakeTwilio
) -> None:
    assert (await refused(caller, "12345"))["code"] == "wrong_code"
    assert CHECK not in [path for _, _, path, _ in twilio.asked]


async def test_the_trail_and_the_log_name_no_code(
    caller: Visitor, twilio: FakeTwilio, capfd: pytest.CaptureFixture[str]
) -> None:
    """ASVS 16.2.5."""
    twilio.fate = lambda _path: "broken"
    await refused(caller, twilio.last_code(PHONE))
    said = "".join(capfd.readouterr()) + b"".join(caller.world.records()).decode()
    for hidden in (twilio.last_code(PHONE), PHONE, "PLANTED"):
        assert hidden not in said
    [refusal] = caller.world.trail("challenge:caller:refuse")
    assert refusal["reason"] == "code_unchecked"
