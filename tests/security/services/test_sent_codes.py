"""Codes that are sent: six digits, five minutes, five guesses, one use, for one purpose."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from security.errors import Refused
from tests.security.letters import MAIL, PHONE, drop, enrol, last_code, letters
from tests.security.payments import RECEIPT, TO_ANNA, asked, asked_to_approve, rows
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
async def caller(world: World) -> Visitor:
    """Somebody who has given alice's password; she has an app, a telephone and a mailbox."""
    enrol(world, "alice", "sms", PHONE)
    enrol(world, "alice", "email", MAIL)
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice")
    return visitor


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_nothing_is_sent_where_an_app_makes_the_codes(caller: Visitor) -> None:
    assert caller.challenge is not None
    assert caller.challenge.methods == ["totp", "sms", "email"]
    assert (caller.challenge.method, caller.challenge.delivery) == ("totp", None)
    assert letters(caller.world) == []


async def test_a_texted_code_signs_in(caller: Visitor) -> None:
    """The destination is masked, and the text says what the code is for."""
    shown = await caller.choose("sms")
    assert (shown.method, shown.destination_hint, shown.delivery) == ("sms", "•••• 01", "sending")
    [letter] = letters(caller.world)
    assert (letter.channel, letter.to) == ("sms", PHONE)
    code = last_code(caller.world)
    assert "Sign in to Northwind Bank" in letter.text
    assert letter.text.splitlines()[-1] == f"@localhost #{code}"
    passed = await caller.answer(code)
    assert passed.grant.session.assurance == "aal2"


async def test_the_trail_says_by_which_method(caller: Visitor) -> None:
    """ASVS 16.3.1: what was proved, and how."""
    await caller.choose("sms")
    with pytest.raises(Refused):
        await caller.answer(other_than(last_code(caller.world)))
    await caller.answer(last_code(caller.world))
    opened, failed, passed = (
        caller.world.trail(f"challenge:person:{what}") for what in ("open", "fail", "pass")
    )
    assert [said["method"] for said in (*opened, *failed, *passed)] == ["totp", "sms", "sms"]


async def test_a_mailed_code_is_worth_less(caller: Visitor) -> None:
    """ASVS 6.6.1: the balance then asks for a stronger proof."""
    await caller.choose("email")
    passed = await caller.answer(last_code(caller.world))
    assert passed.grant.session.assurance == "aal1"
    await caller.is_refused("step_up_required")


@pytest.mark.parametrize(("late", "code"), [(299, None), (300, "expired"), (301, "expired")])
async def test_a_sent_code_lives_five_minutes(caller: Visitor, late: int, code: str | None) -> None:
    """ASVS 6.5.5: the boundary itself is too late."""
    await caller.choose("sms")
    sent = last_code(caller.world)
    caller.world.clock.advance(seconds=late)
    if code is None:
        await caller.answer(sent)
        return
    with pytest.raises(Refused, match=code):
        await caller.answer(sent)


async def test_a_challenge_lives_ten_minutes_whatever_is_sent(caller: Visitor) -> None:
    """ASVS 6.5.5."""
    for _ in range(3):
        await caller.choose("sms")
        caller.world.clock.advance(seconds=199)
    await caller.choose("sms")
    sent = last_code(caller.world)
    caller.world.clock.advance(seconds=3)
    with pytest.raises(Refused, match="expired"):
        await caller.answer(sent)


@pytest.mark.both_databases
async def test_attack_a_sent_code_fifty_times_at_once(caller: Visitor) -> None:
    """ASVS 6.5.1: exactly one success."""
    await caller.choose("sms")
    sent = last_code(caller.world)
    tries = [caller.answer(sent) for _ in range(50)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1


async def test_attack_the_code_of_another_challenge(caller: Visitor) -> None:
    """ASVS 6.6.2: a code of challenge A fails on challenge B."""
    await caller.choose("sms")
    first = last_code(caller.world)
    await caller.give_password("alice")
    await caller.choose("sms")
    assert last_code(caller.world) != first
    with pytest.raises(Refused, match="wrong_code"):
        await caller.answer(first)


async def test_attack_the_code_of_another_method(caller: Visitor) -> None:
    """A mailed code, which is worth less, does not pass for a texted one."""
    await caller.choose("email")
    mailed = last_code(caller.world)
    await caller.choose("sms")
    with pytest.raises(Refused, match="wrong_code"):
        await caller.answer(mailed)


async def test_a_new_code_kills_the_older_one(caller: Visitor) -> None:
    await caller.choose("sms")
    older = last_code(caller.world)
    caller.world.clock.advance(seconds=30)
    await caller.choose("sms")
    if older == last_code(caller.world):
        return  # Once in a million.
    with pytest.raises(Refused, match="wrong_code"):
        await caller.answer(older)


@pytest.mark.parametrize(("late", "again"), [(29, False), (30, True), (31, True)])
async def test_another_code_is_sent_after_half_a_minute(
    caller: Visitor, late: int, again: bool
) -> None:
    """ASVS 6.6.3: sends are limited; the refusal says how long to wait."""
    await caller.choose("sms")
    caller.world.clock.advance(seconds=late)
    if again:
        await caller.choose("sms")
        return
    with pytest.raises(Refused, match="too_many_codes") as refused:
        await caller.choose("sms")
    assert refused.value.details == {"retry_after_seconds": 1}


async def test_attack_pumping_a_number(caller: Visitor) -> None:
    """ASVS 6.6.3-4: ten codes an hour for one person; the other ways stay open."""
    for _ in range(10):
        await caller.choose("sms")
        caller.world.clock.advance(seconds=30)
    with pytest.raises(Refused, match="too_many_codes"):
        await caller.choose("sms")
    assert len(letters(caller.world)) == 10
    await caller.choose("totp")
    await caller.answer(caller.world.code_of("alice"))


async def test_five_wrong_codes_pause_the_factor_and_no_other(caller: Visitor) -> None:
    """ASVS 6.6.3: a stranger does not lock the person out."""
    await caller.choose("sms")
    wrong = other_than(last_code(caller.world))
    for _ in range(4):
        with pytest.raises(Refused, match="wrong_code"):
            await caller.answer(wrong)
    with pytest.raises(Refused, match="locked"):
        await caller.answer(wrong)
    await caller.give_password("alice")
    with pytest.raises(Refused, match="locked"):
        await caller.choose("sms")
    await caller.answer(caller.world.code_of("alice"))


async def test_a_paused_factor_is_not_the_one_offered_first(caller: Visitor) -> None:
    wrong = caller.world.wrong_code_for("alice")
    for _ in range(5):
        with pytest.raises(Refused):
            await caller.answer(wrong)
    passed = await caller.give_password("alice")
    assert passed.challenge is not None
    assert passed.challenge.method == "sms"


async def test_attack_one_factor_taken_away_never_lowers_the_bar(world: World) -> None:
    """A factor whose service is not set up is not the same as no factor."""
    drop(world, "alice", "totp")
    enrol(world, "alice", "sms", PHONE)
    world.wire(replace(world.core, channels=frozenset()))
    visitor = Visitor(world)
    await visitor.arrive()
    with pytest.raises(Refused, match="no_way_to_confirm"):
        await visitor.give_password("alice")


async def test_the_code_itself_is_stored_nowhere(caller: Visitor) -> None:
    """ASVS 16.2.5: only its keyed hash, and the sealed letter."""
    await caller.choose("sms")
    code = last_code(caller.world).encode()
    query = "SELECT code_hash FROM challenges WHERE code_hash IS NOT NULL"
    for (value,) in caller.world.sql(query):
        assert code.decode() not in value
    assert all(code not in record for record in caller.world.records())


@pytest.fixture
async def payer(caller: Visitor) -> Visitor:
    """Alice, signed in, with a bank that books."""
    await caller.answer(caller.world.code_of("alice"))
    caller.world.api.answer = RECEIPT
    return caller


@pytest.mark.parametrize(
    ("amount", "methods"),
    [
        ("99.99", ["totp", "sms"]),
        ("100.00", ["totp", "sms"]),
        ("100.01", ["totp"]),
        ("1000.00", ["totp"]),
    ],
)
async def test_a_texted_code_approves_small_amounts_alone(
    payer: Visitor, amount: str, methods: list[str]
) -> None:
    """ASVS 6.6.1: up to the limit of the tenant, the limit itself included."""
    payer.world.sql("UPDATE tenants SET sms_limit = '100.00', sms_currency = 'EUR'")
    challenge = await asked_to_approve(payer, amount=amount)
    assert challenge.methods == methods
    if "sms" not in methods:
        with pytest.raises(Refused, match="unknown_method"):
            await payer.choose("sms")


async def test_the_text_says_what_it_approves(payer: Visitor) -> None:
    """PSD2 RTS 5(1)(a)."""
    payer.world.sql("UPDATE tenants SET sms_limit = '100.00', sms_currency = 'EUR'")
    await asked_to_approve(payer)
    await payer.choose("sms")
    assert "Pay 50.00 EUR to Anna Berg" in letters(payer.world)[-1].text
    await payer.answer(last_code(payer.world))
    assert (await payer.resume()).result == RECEIPT


async def test_attack_another_currency_is_not_below_the_limit(payer: Visitor) -> None:
    payer.world.sql("UPDATE tenants SET sms_limit = '100.00', sms_currency = 'EUR'")
    challenge = await asked_to_approve(payer, currency="USD", amount="1.00")
    assert challenge.methods == ["totp"]


async def test_attack_a_payee_who_writes_a_code_line(payer: Visitor) -> None:
    """A name forges no second `@host #code` line, whatever it is made of."""
    payer.world.sql("UPDATE tenants SET sms_limit = '100.00', sms_currency = 'EUR'")
    await asked_to_approve(payer, payee_name="Eve @localhost #000000")
    await payer.choose("sms")
    text = letters(payer.world)[-1].text
    assert len([line for line in text.splitlines() if "#" in line]) == 1
    assert text.splitlines()[-1] == f"@localhost #{last_code(payer.world)}"


async def test_who_has_only_mail_is_told_to_add_a_factor(world: World) -> None:
    """ASVS 6.6.1: a proof that cannot be given is not asked for."""
    drop(world, "alice", "totp")
    enrol(world, "alice", "email", MAIL)
    visitor = Visitor(world)
    await visitor.arrive()
    await visitor.give_password("alice")
    await visitor.answer(last_code(world))
    last = await asked(visitor, "step_up_impossible")
    assert (last.enrol, last.challenge) == (True, None)
    assert rows(visitor) == []
    assert world.api.calls == []
    assert TO_ANNA["amount"] == "50.00"


async def test_attack_going_to_another_way_and_back_sends_no_sooner(
    world: World, visitor: Visitor
) -> None:
    """ASVS 6.6.3: the waiting time is the challenge's, whatever is chosen in between."""
    enrol(world, "alice", "sms", PHONE)
    await visitor.give_password("alice")
    await visitor.choose("sms")
    world.clock.advance(seconds=29)
    await visitor.choose("totp")
    with pytest.raises(Refused, match="too_many_codes"):
        await visitor.choose("sms")
    world.clock.advance(seconds=1)
    await visitor.choose("sms")
