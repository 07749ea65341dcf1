"""Trying again: only where it can do nothing twice, only in time, each time with a token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import stamina

from security.attempts import _JITTER, ATTEMPTS, Attempts, CallFailed, _pause
from security.errors import Refused
from security.ports import Settled, Unanswered
from tests.security.conftest import MakeWorld
from tests.security.decisions import claims_of, signed_in
from tests.security.direct import BOOK, BOOKED, book, booked, keys, personal_write, writes
from tests.security.fakes import ACCOUNTS, FakeApi
from tests.security.visitor import Visitor
from tests.security.world import Origin

BROKEN = Unanswered(sent=True, again=0.0)
NOBODY = Unanswered(sent=False, again=0.0)
SLOW = Unanswered(sent=True)
LEFT_ALONE = Unanswered(sent=False)


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


def script(api: FakeApi, *errors: Exception | None) -> None:
    """Fail with one error after the other; None is an answer, and so is what follows."""
    left = list(errors)

    def next_error() -> None:
        api.error = left.pop(0) if left else None

    api.before = next_error


@pytest.fixture
async def pat(make_world: MakeWorld, origin: Origin) -> Visitor:
    visitor = await signed_in(make_world(operations=personal_write(origin)), "alice")
    visitor.world.api.answer = BOOKED
    return visitor


@pytest.mark.parametrize("error", [BROKEN, NOBODY, Unanswered(sent=True, again=0.01)])
async def test_a_read_is_tried_again(alice: Visitor, error: Unanswered) -> None:
    script(alice.world.api, error, error, None)
    assert await alice.ask() == ACCOUNTS
    assert len(alice.world.api.calls) == 3
    assert alice.world.tags().count("operation:api:done") == 1


@pytest.mark.parametrize(
    "error", [SLOW, LEFT_ALONE, Unanswered(sent=True, again=3_600), Refused("api_invalid")]
)
async def test_what_would_not_help_is_not_tried_again(alice: Visitor, error: Refused) -> None:
    """A lie, a time-out, an open circuit, or an API that wants to be left alone for an hour."""
    script(alice.world.api, error, None)
    await alice.is_refused(error.code)
    assert len(alice.world.api.calls) == 1


async def test_tries_have_an_end(alice: Visitor) -> None:
    script(alice.world.api, *[BROKEN] * 9)
    await alice.is_refused("api_unavailable")
    assert len(alice.world.api.calls) == ATTEMPTS
    assert alice.world.tags().count("operation:api:fail") == 1


async def test_a_write_is_tried_again_under_its_key_with_another_token(pat: Visitor) -> None:
    """ASVS 9.2.3, 16.3.2: a write's token is for one call; each is on the trail before its use."""
    found: list[Any] = []
    script(pat.world.api, BROKEN, None)
    fail = pat.world.api.before
    assert fail is not None

    def look() -> None:
        found.append([r["token"] for r in pat.world.trail() if "token" in r])
        fail()

    pat.world.api.before = look
    assert await booked(pat) == BOOKED
    first, second = [call for call in pat.world.api.calls if call.operation == BOOK]
    assert first.key == second.key
    tokens = [claims_of(call.token)["jti"] for call in (first, second)]
    assert tokens[0] != tokens[1]
    details = [claims_of(call.token)["authorization_details"] for call in (first, second)]
    assert details[0] == details[1]
    assert details[0][0]["identifier"] == first.key
    assert tokens[0] in found[0]
    assert tokens[1] in found[1]
    assert [r["reason"] for r in pat.world.trail("operation:api:retry")] == ["api_unavailable"]


@pytest.mark.parametrize("second", [Refused("api_refused"), Refused("limit_exceeded"), NOBODY])
async def test_a_refusal_of_a_second_try_settles_nothing(pat: Visitor, second: Refused) -> None:
    """ASVS 15.4.2: the first one may have been done; the API is asked by the key."""
    script(pat.world.api, BROKEN, second, second)
    pat.world.api.settled = Settled(done=True, result=BOOKED)
    assert await booked(pat) == BOOKED
    assert [asked.key for asked in pat.world.api.settlings] == keys(pat)[:1]
    assert [state for _, state in writes(pat)] == ["done"]


@pytest.mark.parametrize("error", [NOBODY, LEFT_ALONE])
async def test_a_write_that_never_left_is_not_done_and_not_in_doubt(
    pat: Visitor, error: Unanswered
) -> None:
    """An API that is down: a clear sentence, a record, and the person may ask again."""
    script(pat.world.api, *[error] * 9)
    with pytest.raises(Refused, match="api_unavailable"):
        await book(pat, await pat.say())
    assert pat.world.api.settlings == []
    assert [state for _, state in writes(pat)] == ["failed"]
    [outcome] = pat.world.trail("operation:api:fail")
    assert outcome["reason"] == "api_unavailable"
    pat.world.api.before, pat.world.api.error = None, None
    assert await booked(pat) == BOOKED


async def test_a_write_that_was_cut_off_is_asked_after(pat: Visitor) -> None:
    """ASVS 15.4.2."""
    script(pat.world.api, SLOW)
    pat.world.api.settled = Settled(done=False)
    with pytest.raises(Refused, match="api_unavailable"):
        await book(pat, await pat.say())
    assert len(keys(pat)) == 1
    assert [state for _, state in writes(pat)] == ["failed"]


async def test_all_tries_together_take_no_longer_than_one_call_may(
    make_world: MakeWorld, origin: Origin
) -> None:
    """A turn has an end: who hangs is given up, whatever try it is."""
    world = make_world(api_timeout_seconds=0.2)
    alice = await signed_in(world, "alice")
    hanging = asyncio.Event()
    call = world.api.call

    async def hang(*given: Any) -> Any:
        await call(*given)
        await hanging.wait()

    world.api.call = hang  # type: ignore[method-assign]
    async with asyncio.timeout(3):
        await alice.is_refused("api_unavailable")
    assert len(world.api.calls) == 1


def reading(answer: Any, seconds: float = 5.0, own: Any = None) -> Attempts:
    """Calls of an API that answers, fails or hangs so, with nothing else around them."""

    class Api:
        async def call(self, *_: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return await answer if asyncio.isfuture(answer) else answer

    unused = cast("Any", None)
    return Attempts(unused, cast("Any", Api()), unused, unused, unused, seconds, own)


def a_read() -> Any:
    operation = SimpleNamespace(is_write=False, is_own=False, sent=dict)
    ask = SimpleNamespace(arguments={}, entered=None)
    token = SimpleNamespace(value="t")
    return SimpleNamespace(operation=operation, ask=ask, token=token)


@pytest.mark.parametrize(
    ("answer", "code", "unknown"),
    [
        ({1j}, "api_invalid", True),  # Cannot be written down, so it is no answer.
        (KeyError("anything"), "api_unavailable", True),
        (Refused("api_unavailable"), "api_unavailable", True),
        (Refused("api_invalid"), "api_invalid", True),
        (Refused("insufficient_funds"), "insufficient_funds", False),
        (SLOW, "api_unavailable", True),
        (LEFT_ALONE, "api_unavailable", False),
    ],
)
async def test_whether_an_outcome_is_known(answer: Any, code: str, unknown: bool) -> None:
    """A write whose outcome is unknown is asked after, and never simply sent again."""
    with pytest.raises(CallFailed) as failed:
        await reading(answer).call(a_read(), None)
    assert failed.value.refusal.code == str(failed.value) == code
    assert failed.value.unknown is unknown


async def test_an_api_that_hangs_has_an_unknown_outcome() -> None:
    hanging = asyncio.get_running_loop().create_future()
    with pytest.raises(CallFailed) as failed:
        async with asyncio.timeout(1):
            await reading(hanging, seconds=0.01).call(a_read(), None)
    assert (failed.value.refusal.code, failed.value.unknown) == ("api_unavailable", True)


async def test_attack_a_deletion_that_hangs_goes_on_after_it_was_given_up() -> None:
    """ASVS 2.3.3: a write of security's own has no longer than any other, or `Doubts` would call
    what is still being done abandoned."""
    hanging = asyncio.get_running_loop().create_future()

    class Own:
        async def call(self, _: Any) -> Any:
            return await hanging

    unused = cast("Any", None)
    own = Attempts(unused, unused, unused, unused, unused, 0.01, cast("Any", Own()))
    erase = a_read()
    erase.operation.is_own, erase.operation.is_write = True, True
    with pytest.raises(CallFailed) as failed:
        async with asyncio.timeout(1):
            await own.call(erase, "key")
    assert (failed.value.refusal.code, failed.value.unknown) == ("api_unavailable", True)
    assert hanging.cancelled()


async def test_security_answers_what_is_its_own_and_the_api_all_else() -> None:
    class Own:
        async def call(self, intent: Any) -> Any:
            return [intent.token.value, "own"]

    history = a_read()
    history.operation.is_own = True
    attempts = reading({"api": True}, own=Own())
    assert await attempts.call(history, None) == ["t", "own"]
    assert await attempts.call(a_read(), None) == {"api": True}


async def test_what_security_reads_itself_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("security.attempts.OWN_SECONDS", 0.01)
    hanging = asyncio.get_running_loop().create_future()

    class Own:
        async def call(self, _: Any) -> Any:
            return await hanging

    unused = cast("Any", None)
    own = Attempts(unused, unused, unused, unused, unused, 60.0, cast("Any", Own()))
    history = a_read()
    history.operation.is_own = True
    with pytest.raises(CallFailed):
        async with asyncio.timeout(1):
            await own.call(history, None)


async def test_pauses_are_short_and_grow_and_no_two_callers_have_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many who wait for one API do not come back at one moment."""
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", note)
    with stamina.set_testing(False):
        for _ in range(30):
            with pytest.raises(CallFailed):
                await reading(BROKEN, seconds=1.0).call(a_read(), None)
    assert len(pauses) == 30 * (ATTEMPTS - 1)
    first, second = pauses[::2], pauses[1::2]
    assert all(0.05 <= pause <= 0.05 + _JITTER for pause in first)
    assert all(0.1 <= pause <= 0.1 + _JITTER for pause in second)
    assert len(set(first)) > 1


def test_an_api_is_waited_for_as_long_as_it_asks_and_no_longer_than_there_is_time() -> None:
    def asking(seconds: float | None) -> Unanswered:
        return Unanswered(sent=True, again=seconds)

    assert _pause(asking(0.0), 1.0) is True
    assert _pause(asking(None), 1.0) is False
    assert _pause(Refused("api_unavailable"), 1.0) is False
    assert _pause(asking(1.0), 1.0) is False
    assert _pause(asking(1.1), 1.0) is False
    for _ in range(50):
        assert 0.9 <= _pause(asking(0.9), 1.0) <= 0.9 + _JITTER
