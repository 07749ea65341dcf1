"""What becomes of a call: what is recorded, who is told, and what may have been done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from security.audit.record import AuditEvent
from security.errors import Refused
from security.execution import Execution
from security.guard_records import Ask, Intent, Records
from security.minting import Tokens
from security.own import OwnApi
from security.pending import State
from security.ports import Case, Done, Settled, Waiting
from security.tokens.issuer import AccessToken
from tests.security.policies import DECLARED
from tests.security.test_checks import ALICE, CANCEL, CARL, CASE, NOW, PERSONAL
from tests.security.test_writes import DOCUMENT, KEYS

TEAM, DECIDE = DECLARED["hr.list_team_leave"], DECLARED["hr.decide_leave"]
NAME, OTHER = "a" * 64, "b" * 64
LOST = Refused("api_invalid")
"""An answer that was none: a write may have been done."""
NOT_DONE = Refused("api_refused")


@dataclass
class Bench:
    """An execution whose API answers and whose transactions keep what a test says."""

    answer: Any = None
    settled: Any = None
    """What the API says afterwards, or the error that comes instead."""
    own: Any = None
    fails: bool = False
    strict: list[Any] = field(default_factory=list)
    relaxed: list[Any] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    ended: list[Any] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    informed: list[Any] = field(default_factory=list)
    consents: list[Any] = field(default_factory=list)
    took: list[int] = field(default_factory=list)

    async def carry_out(
        self, operation: Any, waiting: Waiting | None = None, case: Case = CASE
    ) -> Any:
        ask = Ask(operation.name, {"number": "AC-1"}, "action", purpose="why")
        token = AccessToken("signed", "token-id", NOW)
        return await self.made().carry_out(Intent(case, operation, ask, "1-1", token), waiting)

    def made(self) -> Execution:
        own = cast("OwnApi", self.own) if self.own else None
        of = (self._strict, self._relaxed, cast("Any", self), cast("Tokens", self))
        return Execution(*of, Records(KEYS), lambda: NOW, 5.0, own)

    async def _strict(self, work: Any, case: Any = None) -> Any:
        self.strict.append(case)
        if self.fails:
            raise OSError("no disk")
        return work(self)

    async def _relaxed(self, work: Any, case: Any = None) -> Any:
        self.relaxed.append(case)
        return work(self)

    # As an API, and as what mints for it

    async def call(self, operation: Any, arguments: Any, token: str, key: str | None) -> Any:
        self.calls.append((operation.name, dict(arguments), token, key))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def settle(self, operation: Any, key: str, token: str, arguments: Any) -> Settled:
        self.asked.append((operation.name, key, token, dict(arguments)))
        if isinstance(self.settled, Exception):
            raise self.settled
        return cast("Settled", self.settled)

    def for_settling(self, holder: Any, operation: Any, key: str, now: Any) -> AccessToken:
        assert now == NOW
        return AccessToken(f"of {holder.person.id} for {operation.name} {key}", "t", now)

    # As a transaction

    def audit(self, event: AuditEvent, now: Any) -> str:
        assert now == NOW
        assert event.duration_us is not None
        assert 0 <= event.duration_us < 60_000_000
        self.took.append(event.duration_us)
        self.events.append(event)
        return "1-2"

    def settle_pending(self, *given: Any) -> None:
        self.ended.append(given)

    def tell(self, *given: Any) -> None:
        self.told.append(given)

    def inform(self, *given: Any) -> None:
        self.informed.append(given)

    def note_consent(self, *given: Any) -> None:
        self.consents.append(given)

    def outcome(self) -> tuple[str, str | None, Any]:
        [event] = self.events
        return event.tag.value, event.reason, event.about


WAITING = Waiting("key-1", CANCEL.name, {}, "action")
DONE, FAILED, DOUBT = "operation:api:done", "operation:api:fail", "operation:api:doubt"


async def test_a_read_is_called_recorded_and_given() -> None:
    bench = Bench(answer={"a": 1})
    assert await bench.carry_out(PERSONAL) == {"a": 1}
    assert bench.calls == [(PERSONAL.name, {"number": "AC-1"}, "signed", None)]
    assert bench.outcome() == (DONE, None, ())
    assert (bench.ended, bench.told, bench.informed, bench.consents) == ([], [], [], [])


async def test_a_write_is_called_with_its_key_and_its_end_is_kept() -> None:
    """ASVS 6.3.7: the person hears of it elsewhere, and consent is noted."""
    bench = Bench(answer={"a": 1})
    assert await bench.carry_out(CANCEL, WAITING) == {"a": 1}
    assert bench.calls[0][3] == "key-1"
    assert bench.ended == [(WAITING, ALICE, State.DONE, {"a": 1}, NOW, None)]
    assert CANCEL.telling is not None
    assert bench.told == [(ALICE, CANCEL.telling.outcome({"number": "AC-1"}), NOW)]
    done = Done(CANCEL, {"number": "AC-1"}, None, "why")
    assert bench.consents == [(ALICE, done, NOW)]
    assert bench.informed == []


async def test_who_is_acted_for_is_told_and_not_who_acts() -> None:
    bench = Bench(answer={})
    await bench.carry_out(CANCEL, WAITING, replace(CASE, subject=CARL))
    assert [given[0] for given in bench.told + bench.consents] == [CARL, CARL]
    assert bench.ended[0][1] == ALICE


async def test_nobody_is_told_of_what_nobody_asked_for_in_person() -> None:
    bench = Bench(answer={})
    await bench.carry_out(CANCEL, WAITING, replace(CASE, person=None))
    assert (bench.told, bench.consents) == ([], [])
    assert bench.outcome()[0] == DONE


@pytest.mark.parametrize("answer", [NOT_DONE, LOST])
async def test_a_read_that_gets_no_answer_has_failed(answer: Refused) -> None:
    """Nothing was changed, so nobody is asked what became of it."""
    bench = Bench(answer=answer)
    waiting = replace(WAITING, operation=PERSONAL.name)
    with pytest.raises(Refused, match=answer.code):
        await bench.carry_out(PERSONAL, waiting)
    assert bench.outcome() == (FAILED, answer.code, ())
    assert bench.ended == [(waiting, ALICE, State.FAILED, None, NOW, answer.code)]
    assert bench.asked == []
    assert bench.calls[0][3] is None


SETTLED: dict[str, tuple[Refused, Any, str, str | None]] = {
    "refused": (NOT_DONE, None, FAILED, "api_refused"),
    "lost, and done": (LOST, Settled(True, {"a": 2}), DONE, None),
    "lost, and not done": (LOST, Settled(False), FAILED, "api_invalid"),
    "lost, and not said": (LOST, Refused("api_unavailable"), DOUBT, "in_doubt"),
    "lost, and broken": (LOST, OSError("broken"), DOUBT, "in_doubt"),
}


@pytest.mark.parametrize(("answer", "settled", "tag", "code"), SETTLED.values(), ids=SETTLED)
async def test_a_write_that_may_have_been_done_is_asked_for_by_its_key(
    answer: Refused, settled: Any, tag: str, code: str | None
) -> None:
    """ASVS 15.4.2: in doubt until its API has said so, and never tried again."""
    bench = Bench(answer=answer, settled=settled)
    if code is None:
        assert await bench.carry_out(CANCEL, WAITING) == {"a": 2}
    else:
        with pytest.raises(Refused, match=code):
            await bench.carry_out(CANCEL, WAITING)
    assert bench.outcome() == (tag, code, ())
    name = "of alice for orders.cancel_order key-1"
    asked = (CANCEL.name, "key-1", name, {"number": "AC-1"})
    assert bench.asked == ([asked] if answer is LOST else [])
    state = {DONE: State.DONE, FAILED: State.FAILED, DOUBT: State.IN_DOUBT}[tag]
    result = {"a": 2} if code is None else None
    assert bench.ended == [(WAITING, ALICE, state, result, NOW, code)]
    assert len(bench.told) == (tag == DONE)


async def test_the_key_is_of_the_person_for_whom_it_was_done() -> None:
    bench = Bench(answer=LOST, settled=Settled(True))
    await bench.carry_out(CANCEL, WAITING, replace(CASE, subject=CARL))
    assert bench.asked[0][2].startswith("of carl for ")


async def test_a_write_without_a_key_is_not_sent() -> None:
    """ASVS 15.4.2: it could happen twice."""
    bench = Bench(answer={})
    with pytest.raises(RuntimeError):
        await bench.carry_out(CANCEL)
    assert bench.calls == []


# What has to be on the disk before anybody hears of it


WAITS: dict[str, tuple[Any, Waiting | None, Any, bool]] = {
    "a read that went well": (PERSONAL, None, {}, False),
    "a read that failed": (PERSONAL, None, NOT_DONE, True),
    "a read that was waited for": (PERSONAL, replace(WAITING, id="x"), {}, True),
    "a write": (CANCEL, WAITING, {}, True),
    "a document": (DOCUMENT, None, {}, True),
    "what others see of": (TEAM, None, [{TEAM.about: NAME}], True),
    "what could be of others and is not": (TEAM, None, [], False),
}


@pytest.mark.parametrize(("operation", "waiting", "answer", "waits"), WAITS.values(), ids=WAITS)
async def test_only_a_plain_read_that_went_well_need_not_wait(
    operation: Any, waiting: Waiting | None, answer: Any, waits: bool
) -> None:
    bench = Bench(answer=answer)
    try:
        await bench.carry_out(operation, waiting)
    except Refused:
        assert answer is NOT_DONE
    assert (bench.strict, bench.relaxed) == (([CASE], []) if waits else ([], [CASE]))


async def test_a_write_whose_end_could_not_be_recorded_is_in_doubt() -> None:
    """ASVS 16.5.3: it may have been done, so nobody hears that it was not."""
    with pytest.raises(Refused, match="in_doubt"):
        await Bench(answer={}, fails=True).carry_out(CANCEL, WAITING)
    for operation, waiting in ((PERSONAL, WAITING), (DOCUMENT, None)):
        with pytest.raises(OSError, match="no disk"):
            await Bench(answer={}, fails=True).carry_out(operation, waiting)
