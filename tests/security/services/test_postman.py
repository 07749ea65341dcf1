"""Sending what is queued: once, in time, side by side, and whatever the service does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from security.adapters.posts.post import CannotSend
from security.errors import Refused
from security.services import letterbox
from security.services.letters import Letter
from security.services.postman import AT_ONCE, PAUSES, Postman

from .post_office import MAIL, NUMBER, TENANT, FakePost, MakeOffice, PostOffice, Sending, offices

LATER, NEVER = CannotSend("status_503", retry=True), CannotSend("status_400", retry=False)


@pytest.fixture
def make_office(tmp_path: Path) -> Iterator[MakeOffice]:
    with offices(tmp_path) as make:
        yield make


@pytest.fixture
def office(make_office: MakeOffice) -> PostOffice:
    return make_office()


@contextlib.asynccontextmanager
async def working(office: PostOffice, **posts: FakePost) -> AsyncIterator[asyncio.Task[None]]:
    """Let a postman work while the block runs."""
    work = asyncio.create_task(Postman(office.core, posts).run())
    try:
        yield work
    finally:
        work.cancel()
        await asyncio.wait([work])


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


async def test_a_letter_is_sent_once_and_its_words_are_erased(office: PostOffice) -> None:
    """What has left is kept by nobody: only that it was sent."""
    message = office.queue()
    post = FakePost()
    await office.deliver(post)
    await office.deliver(post)
    assert post.taken == [Sending(TENANT, NUMBER, "", "PLANTED 123456")]
    [row] = office.rows()
    assert (row.state, row.sealed, row.tries) == ("sent", None, 1)
    assert office.delivery(message) == "sent"


async def test_two_workers_never_send_one_letter_twice(office: PostOffice) -> None:
    """By compare-and-set, whoever else is at work."""
    for _ in range(8):
        office.queue()
    post = FakePost()
    postmen = [Postman(office.core, {"sms": post}) for _ in range(4)]
    await asyncio.gather(*(postman.round() for postman in postmen))
    assert len(post.taken) == 8
    assert set(office.states()) == {"sent"}


@pytest.mark.parametrize(("seconds", "state"), [(299, "sent"), (300, "dropped"), (301, "dropped")])
async def test_a_letter_that_is_too_late_is_dropped(
    office: PostOffice, seconds: int, state: str
) -> None:
    """A code is not sent after its challenge has expired."""
    office.queue(lives=300)
    office.clock.advance(seconds=seconds)
    post = FakePost()
    await office.deliver(post)
    [row] = office.rows()
    assert row.state == state
    assert row.sealed is None
    assert len(post.taken) == (state == "sent")


async def test_a_service_that_asks_to_be_tried_again_is(office: PostOffice) -> None:
    office.queue()
    post = FakePost(LATER, LATER)
    assert await office.deliver(post) == list(PAUSES)
    assert office.states() == ["sent"]
    assert office.rows()[0].tries == 3


async def test_after_three_tries_it_has_failed(office: PostOffice) -> None:
    """ASVS 16.2.5: the trail says kind and channel, no more."""
    message = office.queue()
    post = FakePost(*[LATER] * 5)
    assert await office.deliver(post) == list(PAUSES)
    assert post.tries == 3
    [row] = office.rows()
    assert (row.state, row.sealed, row.tries) == ("failed", None, 3)
    assert office.delivery(message) == "failed"
    [record] = office.trail("message:service:fail")
    assert record["reason"] == "code_sms"


@pytest.mark.parametrize(
    "refusal", [NEVER, TimeoutError("PLANTED"), ValueError("PLANTED"), OSError("PLANTED")]
)
async def test_where_a_code_may_have_left_it_is_not_sent_again(
    office: PostOffice, refusal: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    office.queue()
    post = FakePost(refusal)
    assert await office.deliver(post) == []
    assert post.tries == 1
    assert office.states() == ["failed"]
    assert "PLANTED" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(("lives", "tries"), [(2, 1), (2.001, 2), (10, 2), (10.001, 3)])
async def test_no_try_begins_after_the_letters_time(
    office: PostOffice, lives: float, tries: int
) -> None:
    office.queue(lives=lives)
    post = FakePost(*[LATER] * 5)
    await office.deliver(post)
    assert post.tries == tries
    assert office.states() == ["failed"]


@pytest.mark.parametrize(
    ("after", "tries", "pauses"), [(1, 3, [2, 8]), (20, 3, [20, 20]), (299, 2, [299]), (300, 1, [])]
)
async def test_it_comes_again_when_it_is_told_to_and_never_after_the_letters_time(
    office: PostOffice, after: float, tries: int, pauses: list[float]
) -> None:
    """A service may ask for more than our own back-off; what comes too late is not sent."""
    office.queue(lives=300)
    busy = CannotSend("status_429", retry=True, status=429, after=after)
    post = FakePost(*[busy] * 5)
    assert await office.deliver(post) == pauses
    assert post.tries == tries
    assert office.states() == ["failed"]


async def test_a_service_that_hangs_is_given_up(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("security.services.postman.LIMIT_SECONDS", 0.01)
    office.queue()
    post = FakePost()
    post.gate.clear()
    await office.deliver(post)
    assert office.states() == ["failed"]
    assert post.tries == 1


async def test_at_most_four_letters_of_a_channel_are_on_their_way(office: PostOffice) -> None:
    for _ in range(10):
        office.queue()
    post = FakePost()
    post.gate.clear()
    work = asyncio.create_task(office.deliver(post))
    await until(lambda: post.busy == AT_ONCE)
    assert office.states().count("sending") == AT_ONCE
    post.gate.set()
    await work
    assert (post.most, len(post.taken)) == (AT_ONCE, 10)


async def test_a_slow_service_does_not_hold_up_the_other(office: PostOffice) -> None:
    """Its failure offers the next method, so the next method has to work."""
    for _ in range(6):
        office.queue()
    slow, quick = FakePost(), FakePost()
    slow.gate.clear()
    async with working(office, sms=slow, email=quick):
        await until(lambda: slow.busy == AT_ONCE)
        office.queue(Letter("email", "code", MAIL, "Subject", "words"))
        await until(lambda: len(quick.taken) == 1)
        slow.gate.set()


async def test_the_bell_wakes_it(office: PostOffice) -> None:
    """Nobody polls: the next tick is ten seconds away."""
    post = FakePost()
    async with working(office, sms=post):
        await until(lambda: post.tries == 0 and office.core.bell._loop is not None)
        for number in range(1, 4):
            office.queue()
            await until(lambda n=number: len(post.taken) == n)  # type: ignore[misc]


async def test_a_failing_database_does_not_end_the_work(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is logged, by its kind alone, and the postman goes on."""
    claim, failures = letterbox.claim, [Refused("security_unavailable"), KeyError("PLANTED")]

    def failing(*given: Any) -> Any:
        if failures:
            raise failures.pop()
        return claim(*given)

    monkeypatch.setattr(letterbox, "claim", failing)
    post = FakePost()
    async with working(office, sms=post):
        await until(lambda: office.core.bell._loop is not None)
        for left in (1, 0):
            office.queue()
            await until(lambda left=left: len(failures) <= left)  # type: ignore[misc]
        office.queue()
        await until(lambda: len(post.taken) == 3)
    logged = "".join(capfd.readouterr())
    assert "postman_failed" in logged
    assert "PLANTED" not in logged


async def test_its_end_closes_the_services_and_lets_a_letter_arrive(office: PostOffice) -> None:
    office.queue()
    post = FakePost()
    post.gate.clear()
    async with working(office, sms=post) as work:
        await until(lambda: post.busy == 1)
        work.cancel()
        post.gate.set()
    assert post.closed
    assert office.states() == ["sent"]


async def test_a_channel_leaves_the_outbox_when_it_gets_a_service(office: PostOffice) -> None:
    office.queue()
    office.queue(Letter("email", "code", MAIL, "Subject", "words"))
    await office.deliver()
    assert len(office.letters()) == 2
    async with working(office, sms=FakePost()):
        await until(lambda: len(office.letters()) == 1)
    assert [letter.channel for letter in office.letters()] == ["email"]
