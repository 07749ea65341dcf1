"""The states of messages: after a crash, in the demo's outbox, and when all is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from security.adapters.tenancy import across_tenants
from security.services import letterbox
from security.services.letters import Letter

from .post_office import CODE, MAIL, NUMBER, FakePost, MakeOffice, PostOffice, offices


@pytest.fixture
def make_office(tmp_path: Path) -> Iterator[MakeOffice]:
    with offices(tmp_path) as make:
        yield make


@pytest.fixture
def office(make_office: MakeOffice) -> PostOffice:
    return make_office()


# After a crash


@pytest.mark.parametrize(("seconds", "state"), [(59, "sending"), (60, "failed"), (61, "failed")])
async def test_a_letter_that_a_dead_process_was_sending_is_never_sent_again(
    office: PostOffice, seconds: int, state: str
) -> None:
    """The code may have left."""
    office.queue()
    with office.store() as store:
        [claimed] = letterbox.claim(office.core, store, {"sms": 1}, office.clock.now)
    assert claimed.letter == CODE
    office.clock.advance(seconds=seconds)
    post = FakePost()
    await office.deliver(post)
    assert post.tries == 0
    assert office.states() == [state]
    assert len(office.trail("message:service:fail")) == (state == "failed")
    assert (office.rows()[0].sealed is None) == (state == "failed")


async def test_a_letter_that_waited_long_is_not_taken_for_abandoned(office: PostOffice) -> None:
    """The minute begins where its sending began."""
    office.queue()
    office.clock.advance(seconds=120)
    with office.store() as store:
        letterbox.claim(office.core, store, {"sms": 1}, office.clock.now)
        letterbox.sweep(office.core, store, [], office.clock.now)
    assert office.states() == ["sending"]


async def test_what_was_given_up_is_not_sent_after_all(office: PostOffice) -> None:
    """A worker that comes back late changes nothing that has been settled."""
    message = office.queue()
    with office.store() as store:
        letterbox.claim(office.core, store, {"sms": 1}, office.clock.now)
    later = office.clock.now + timedelta(minutes=2)
    with office.store() as store:
        letterbox.sweep(office.core, store, [], later)
        letterbox.settle(office.core, store, message, True, 1)
    assert office.states() == ["failed"]


async def test_a_letter_that_was_tampered_with_is_not_sent(office: PostOffice) -> None:
    """ASVS 11.3.3."""
    office.queue()
    office.queue()
    first, second = office.rows()
    with office.store() as store, across_tenants(store, "a test meddles"):
        swapped = "UPDATE messages SET sealed = (SELECT sealed FROM messages WHERE id = :other)"
        store.execute(text(f"{swapped} WHERE id = :row"), {"other": second.id, "row": first.id})
    post = FakePost()
    await office.deliver(post)
    assert office.states() == ["failed", "sent"]
    assert len(post.taken) == 1


# Without a real service


async def test_in_the_demo_the_outbox_keeps_what_nobody_sends(office: PostOffice) -> None:
    office.queue()
    office.queue(Letter("email", "code", MAIL, "Subject", "words"))
    post = FakePost()
    await office.deliver(post)
    assert office.states() == ["sent", "sent"]
    assert [letter.channel for letter in office.letters()] == ["email"]


async def test_in_production_nothing_is_kept(make_office: MakeOffice) -> None:
    """Attack: codes that lie about readable, sealed as they are."""
    office = make_office(mode="production")
    office.queue()
    await office.deliver()
    assert office.states() == ["queued"]
    office.clock.advance(seconds=300)
    await office.deliver()
    assert office.states() == ["dropped"]
    assert office.letters() == []


async def test_the_outbox_keeps_the_newest_only(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert letterbox.OUTBOX_KEEPS == 200
    monkeypatch.setattr(letterbox, "OUTBOX_KEEPS", 3)
    for number in range(5):
        office.queue(Letter("sms", "notice", NUMBER, "", str(number)))
        office.clock.advance(seconds=1)
        await office.deliver()
    assert [letter.text for letter in office.letters()] == ["2", "3", "4"]
    assert len(office.rows()) == 5


@pytest.mark.parametrize(("hours", "known"), [(23.9, 1), (24, 0)])
async def test_what_is_over_is_forgotten_after_a_day(
    office: PostOffice, hours: float, known: int
) -> None:
    office.queue()
    await office.deliver(FakePost())
    office.clock.advance(hours=hours)
    await office.deliver(FakePost())
    assert len(office.rows()) == known
