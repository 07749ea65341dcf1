"""Tokens that an API refused are on the trail and raise an alert, and nothing else gets there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from apis.common.reports import LOST, Incident, Reports
from security.adapters.api_asking import NotAnswered
from security.adapters.report_client import ReportClient, Told
from security.adapters.trail_reader import TrailReader
from security.api_addresses import own_address
from security.guard_parts import build_issuer
from security.minting import Presenter, Tokens
from security.monitor.rules import read_rules
from security.reporting_parts import Reports as Wired
from security.services.answering import Answers
from security.services.reported_tokens import A_MINUTE, ReportedTokens
from security.services.watching import Watch
from tests.security.decisions import signed_in
from tests.security.fakes import FakeClock
from tests.security.services.test_watching import Noted
from tests.security.sockets import listening
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

SECRET = "s" * 43
BANK = "northwind-bank"


class Bank:
    """The API's own side, without the network: what it signs is what it would send."""

    api = "banking"

    def __init__(self, world: World, secret: str = SECRET) -> None:
        self.reports = Reports("banking", world.core.settings.oauth_issuer, secret)
        self.away = False
        self._clock = world.clock

    def refuse(self, reason: str, token: str | None = None, times: int = 1) -> None:
        for _ in range(times):
            told = Incident(reason, self._clock(), "banking:accounts:read", token)
            self.reports.note(told)

    async def ask(self, acknowledged: Sequence[str]) -> Told:
        if self.away:
            raise NotAnswered("away")
        self.reports.acknowledge(acknowledged)
        return Told(self.reports.fetch(50), self.reports.more_than(50))


@pytest.fixture
def bank(world: World) -> Bank:
    return Bank(world)


@pytest.fixture
def reported(world: World, bank: Bank) -> ReportedTokens:
    return ReportedTokens(world.core, bank, SECRET)


def _on_trail(world: World) -> list[Any]:
    return [row for row in world.trail() if str(row["tag"]).startswith("token:api:")]


async def test_attack_a_replayed_token_is_on_the_trail_with_whose_it_was(
    visitor: Visitor, bank: Bank, reported: ReportedTokens
) -> None:
    """RFC 9449 ★: tenant and person are those of the record that the token was minted under."""
    world = visitor.world
    await visitor.sign_in("alice")
    turn = await visitor.say()
    await visitor.bot_invokes(turn, BALANCE)
    [allowed] = world.trail("operation:guard:allow")
    bank.refuse("proof_used_before", allowed["token"])
    assert await reported.round() == 1
    [record] = _on_trail(world)
    assert record["tag"] == "token:api:replay"
    for name in ("tenant", "person", "operation", "scope", "token"):
        assert record[name] == allowed[name]
    assert record["intent"] == f"{allowed['writer']}-{allowed['sequence']}"
    assert record["reason"] == "proof_used_before"


async def test_attack_a_taken_over_api_cannot_name_somebody(
    world: World, bank: Bank, reported: ReportedTokens
) -> None:
    """ASVS 8.4.1: of a token that security never minted nobody's name is on the trail."""
    bank.refuse("proof_used_before", "x" * 22)
    await reported.round()
    [record] = _on_trail(world)
    assert "tenant" not in record
    assert "person" not in record


async def test_attack_replayed_and_forged_tokens_raise_alerts(
    visitor: Visitor, bank: Bank, reported: ReportedTokens
) -> None:
    """T1550.001 ★: from the API's refusal to the alert, in one look."""
    world, noted = visitor.world, Noted()
    watch = Watch(read_rules(), TrailReader(world.core.database), noted, world.clock)
    await watch.round()
    await visitor.sign_in("alice")
    turn = await visitor.say()
    await visitor.bot_invokes(turn, BALANCE)
    [allowed] = world.trail("operation:guard:allow")
    bank.refuse("proof_used_before", allowed["token"])
    bank.refuse("badsignatureerror")
    bank.refuse("expired_or_not_yet_valid")
    await reported.round()
    await watch.round()
    told = [(alert.rule, alert.tenant) for alert in noted.alerts]
    assert told == [("replayed_token", BANK), ("forged_token", None)]


async def test_each_is_recorded_once_and_acknowledged(
    world: World, bank: Bank, reported: ReportedTokens
) -> None:
    bank.refuse("no_token", times=3)
    assert await reported.round() == 3
    assert await reported.round() == 0
    assert len(_on_trail(world)) == 3
    assert not bank.reports.fetch(5)


async def test_what_could_not_be_recorded_is_told_again(
    world: World, bank: Bank, reported: ReportedTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8936 2.4: acknowledged is what is on the trail."""
    bank.refuse("no_token")
    with monkeypatch.context() as broken:

        async def fails(*_: Any) -> None:
            raise OSError("disk")

        broken.setattr(type(world.core.database), "run_core", fails)
        with pytest.raises(OSError, match="disk"):
            await reported.round()
    assert await reported.round() == 1


@pytest.mark.parametrize("secret", ["x" * 43, "S" * 43])
async def test_attack_somebody_else_in_the_apis_place(world: World, secret: str) -> None:
    """ASVS 9.1.1: what is not signed with the arrow's secret is an alarm, and no record of one."""
    thief = Bank(world, secret)
    thief.refuse("proof_used_before", "x" * 22, times=2)
    reported = ReportedTokens(world.core, thief, SECRET)
    for _ in range(2):
        assert await reported.round() == 0
    assert not _on_trail(world)
    assert [row["reason"] for row in world.trail("watch:monitor:fail")] == ["forged_reports"]


@pytest.mark.parametrize("length", [0, 42])
def test_without_a_secret_it_does_not_start(world: World, bank: Bank, length: int) -> None:
    """Fail closed: whoever starts it is told which secret is missing."""
    with pytest.raises(ValueError, match="banking-to-security"):
        ReportedTokens(world.core, bank, "s" * length)


async def test_attack_a_flood_of_refusals_does_not_fill_the_trail(
    world: World, bank: Bank, reported: ReportedTokens
) -> None:
    """ASVS 15.2.2: sixty a minute, and one that says that there were more."""
    bank.refuse("no_token", times=A_MINUTE + 20)
    for _ in range(3):
        await reported.round()
    reasons = [row["reason"] for row in _on_trail(world)]
    assert reasons.count("no_token") == A_MINUTE
    assert set(reasons) == {"no_token", LOST}
    assert len(reasons) <= A_MINUTE + 2


async def test_attack_a_flood_of_refusals_hides_no_replay(
    world: World, bank: Bank, reported: ReportedTokens
) -> None:
    """T1550.001 ★: whoever presents a token again may make noise before; it is on the trail."""
    bank.refuse("no_token", times=A_MINUTE + 5)
    bank.refuse("proof_used_before", "x" * 22)
    bank.refuse("no_token", times=70)
    for _ in range(4):
        await reported.round()
    tags = [row["tag"] for row in _on_trail(world)]
    assert tags.count("token:api:replay") == 1


async def test_attack_a_flood_is_one_record_that_says_so(
    world: World, bank: Bank, reported: ReportedTokens
) -> None:
    """ASVS 15.2.2: not one for each time that the API is asked."""
    for _ in range(5):
        bank.refuse("no_token", times=A_MINUTE)
        await reported.round()
    reasons = [row["reason"] for row in _on_trail(world)]
    assert (reasons.count("no_token"), reasons.count(LOST)) == (A_MINUTE, 1)


@pytest.mark.parametrize(("seconds", "told"), [(59, 0), (60, 1), (61, 1)])
async def test_an_api_that_cannot_be_asked_is_an_alarm_after_a_minute(
    world: World, bank: Bank, seconds: int, told: int
) -> None:
    """PCI DSS 10.7.2: what watches and does not is told; a restart of an API is none."""
    bank.away = True
    slept: list[float] = []

    async def sleep(pause: float) -> None:
        slept.append(pause)
        if len(slept) > 1:
            raise asyncio.CancelledError
        assert isinstance(world.clock, FakeClock)
        world.clock.advance(seconds=seconds)

    reported = ReportedTokens(world.core, bank, SECRET, sleep)
    with pytest.raises(asyncio.CancelledError):
        await reported.run()
    reasons = [row["reason"] for row in world.trail("watch:monitor:fail")]
    assert reasons == ["api_silent"] * told


def _client(world: World, path: Any) -> ReportClient:
    core = world.core
    tokens = Tokens(build_issuer(core), core.keys, Presenter(core.proof_key.thumbprint))
    audience = "urn:gatehouse:api:banking"
    return ReportClient(own_address("banking", path), audience, tokens, core.proof_key, core.clock)


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (404, b"{}"),
        (200, b"[]"),
        (200, b'{"sets": 7}'),
        (200, b'{"sets": {}, "sets": {}}'),
        (200, b"\xff"),
        (302, b"{}"),
        (200, b"x" * 2_000_000),
    ],
)
async def test_attack_an_api_that_answers_with_something_else(
    world: World, tmp_path: Any, status: int, body: bytes
) -> None:
    """ASVS 13.2.4: it is not told, and nothing is believed of it."""
    path = tmp_path / "s"
    async with listening(path) as liar, _client(world, path) as client:
        liar.answer(status, body)
        with pytest.raises(NotAnswered):
            await client.ask(())


@pytest.mark.sockets
async def test_it_asks_with_a_token_of_its_own(world: World, tmp_path: Any) -> None:
    path = tmp_path / "s"
    async with listening(path) as liar, _client(world, path) as client:
        liar.answer(200, b'{"sets": {}, "moreAvailable": true}')
        assert await client.ask(()) == Told({}, True)
        assert b"POST /security-events HTTP/1.1" in liar.asked[0]
        assert b"Authorization: DPoP " in liar.asked[0]


async def test_only_apis_of_this_installation_are_asked(world: World, tmp_path: Any) -> None:
    """A real API elsewhere has no secret of ours; it is not missed."""
    elsewhere = own_address("orders", tmp_path / "o")
    there = type(elsewhere)("orders", "https://orders.example")
    wired = Wired(
        world.core,
        [own_address("banking", tmp_path / "b"), there],
        build_issuer(world.core),
        {"banking-to-security": SECRET},
    )
    assert [one.api for one in wired._clients] == ["banking"]


async def test_the_alert_of_a_replay_is_kept_for_its_tenant(
    visitor: Visitor, bank: Bank, reported: ReportedTokens
) -> None:
    """It is told to the organisation whose person's token it was."""
    world = visitor.world
    alice = await signed_in(world, "alice")
    turn = await alice.say()
    await alice.bot_invokes(turn, BALANCE)
    watch = Watch(
        read_rules(),
        TrailReader(world.core.database),
        Answers(world.core),
        world.clock,
        steady=world.clock.seconds,
    )
    await watch.round()
    bank.refuse("token_used_before", world.trail("operation:guard:allow")[-1]["token"])
    await reported.round()
    await watch.round()
    [raised] = world.trail("watch:rule:alert")
    assert (raised["reason"], raised["tenant"]) == ("replayed_token", BANK)
