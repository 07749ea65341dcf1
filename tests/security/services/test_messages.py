"""What is queued for people: sealed, limited in the database, on the trail without a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from security.adapters.tenancy import across_tenants
from security.errors import Refused
from security.services.letters import Letter
from security.services.outbox import Outbox
from security.services.postman import Postman

from .post_office import (
    ADDRESS,
    ALICE,
    BOB,
    CODE,
    MAIL,
    NUMBER,
    TENANT,
    FakePost,
    MakeOffice,
    PostOffice,
    offices,
)


@pytest.fixture
def make_office(tmp_path: Path) -> Iterator[MakeOffice]:
    with offices(tmp_path) as make:
        yield make


@pytest.fixture
def office(make_office: MakeOffice) -> PostOffice:
    return make_office()


def refused(office: PostOffice, letter: Letter = CODE, **given: Any) -> int:
    """Queue one more code; return after how many seconds it may be asked for again."""
    with pytest.raises(Refused, match="too_many_codes") as refusal:
        office.queue(letter, **given)
    return int(refusal.value.details["retry_after_seconds"])


def test_a_queued_letter_is_sealed_and_on_the_trail_without_a_word(office: PostOffice) -> None:
    """ASVS 11.3.3, 16.2.5."""
    message = office.queue()
    [row] = office.rows()
    assert (row.id, row.state, row.kind, row.channel) == (message, "queued", "code", "sms")
    assert row.sealed is not None
    with office.store() as store, across_tenants(store, "a test looks on"):
        [stored] = store.scalars(text("SELECT sealed FROM messages"))
    assert b"PLANTED" not in stored
    assert office.letters() == [CODE]
    [record] = office.trail("message:person:queue")
    assert record["reason"] == "code_sms"
    assert record["tenant"] == TENANT
    for hidden in (b"PLANTED", b"123456", NUMBER.encode(), ADDRESS.encode(), ALICE.encode()):
        assert hidden not in office.raw_trail()
    assert office.delivery(message) == "sending"


def test_a_sealed_letter_opens_in_its_own_row_alone(office: PostOffice) -> None:
    """A letter moved to another person's message is not sent."""
    office.queue()
    office.queue(Letter("sms", "code", "+12025550102", "", "other"), person=BOB)
    first, other = office.rows()
    with office.store() as store, across_tenants(store, "a test meddles"):
        swapped = "UPDATE messages SET sealed = (SELECT sealed FROM messages WHERE id = :other)"
        store.execute(text(f"{swapped} WHERE id = :row"), {"other": other.id, "row": first.id})
    with pytest.raises(Exception, match="changed, moved"):
        office.letters()


def test_the_words_of_a_letter_are_in_no_representation() -> None:
    assert "PLANTED" not in repr(CODE)
    assert NUMBER not in repr(CODE)


def test_nothing_is_queued_for_a_channel_that_nobody_serves(office: PostOffice) -> None:
    """In production a channel without a service does not exist."""
    office.only("email")
    with pytest.raises(Refused, match="unknown_method"):
        office.queue()
    assert office.rows() == []


LIMITS: dict[str, dict[str, Any]] = {
    "person": {},
    "number": {"person": BOB, "address": "192.0.2.2", "tenant": "globex"},
    "tenant": {"person": BOB, "address": "192.0.2.2"},
    "address": {"person": BOB, "tenant": "globex"},
}


def other_letter(limit: str) -> Letter:
    to = NUMBER if limit == "number" else "+12025550199"
    return Letter("sms", "code", to, "", "654321")


@pytest.mark.parametrize("limit", LIMITS)
def test_codes_are_limited_each_way(make_office: MakeOffice, limit: str) -> None:
    """Attack: SMS pumping, by one person, to one number, within a tenant, from one address.

    ASVS 6.6.3.
    """
    office = make_office(**{f"limit_codes_per_{limit}_per_hour": 3})
    for _ in range(3):
        office.queue()
        office.clock.advance(seconds=10)
    assert refused(office, other_letter(limit), **LIMITS[limit]) == 3_570
    assert len(office.rows()) == 3
    [record] = office.trail("message:person:limit")
    assert record["reason"] == f"limit_{limit}"


def test_what_has_nothing_in_common_is_not_counted(make_office: MakeOffice) -> None:
    office = make_office(
        **{f"limit_codes_per_{limit}_per_hour": 1 for limit in LIMITS}  # type: ignore[arg-type]
    )
    office.queue()
    stranger = Letter("email", "code", "bob@globex.example.com", "", "1")
    office.queue(stranger, person=BOB, tenant="globex", address="192.0.2.2")


@pytest.mark.parametrize(("seconds", "passes"), [(3_599, False), (3_600, True), (3_601, True)])
def test_an_hour_counts_exactly(make_office: MakeOffice, seconds: int, passes: bool) -> None:
    office = make_office(limit_codes_per_person_per_hour=1)
    office.queue()
    office.clock.advance(seconds=seconds)
    if passes:
        office.queue()
    else:
        assert refused(office) == 1


def test_the_time_that_is_told_is_the_time_to_wait(make_office: MakeOffice) -> None:
    office = make_office(limit_codes_per_person_per_hour=2)
    office.queue()
    office.clock.advance(minutes=20, milliseconds=300)
    office.queue()
    office.clock.advance(seconds=refused(office) - 1)
    assert refused(office) == 1
    office.clock.advance(seconds=1)
    office.queue()


def test_the_limit_outlives_a_restart_and_a_failure(make_office: MakeOffice) -> None:
    """It is counted in the database, whatever became of the letter."""
    office = make_office(limit_codes_per_number_per_hour=1)
    office.queue()
    with office.store() as store:
        store.merge(office.rows()[0]).state = "failed"
    refused(office, person=BOB)


@pytest.mark.parametrize(
    "spelling", [MAIL, MAIL.upper(), f" {MAIL} ", "Alice@Northwind.example.com"]
)
def test_an_address_is_one_however_it_is_spelt(make_office: MakeOffice, spelling: str) -> None:
    """Attack: past the limit of an address by its capital letters."""
    office = make_office(limit_codes_per_number_per_hour=1)
    office.queue(Letter("email", "code", MAIL, "", "1"))
    refused(office, Letter("email", "code", spelling, "", "1"), person=BOB)


def test_an_unknown_network_address_is_not_counted_as_one(make_office: MakeOffice) -> None:
    office = make_office(limit_codes_per_address_per_hour=1)
    office.queue(address="")
    office.queue(address="")


def test_attack_codes_from_every_address_of_one_ipv6_network(make_office: MakeOffice) -> None:
    """ASVS 6.6.3: one subscriber holds a whole /64; a neighbour's network is not counted."""
    office = make_office(limit_codes_per_address_per_hour=2)
    office.queue(address="2001:db8:1:2::1")
    office.queue(address="2001:db8:1:2:ffff::2")
    refused(office, address="2001:db8:1:2::3")
    office.queue(address="2001:db8:1:3::1")


def test_a_code_that_is_refused_changes_nothing(make_office: MakeOffice) -> None:
    office = make_office(limit_codes_per_person_per_hour=1)
    office.queue()
    before = [row.id for row in office.rows()]
    refused(office)
    assert [row.id for row in office.rows()] == before
    assert len(office.trail("message:person:queue")) == 1


# What became of it


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("queued", "sending"),
        ("sending", "sending"),
        ("sent", "sent"),
        ("failed", "failed"),
        ("dropped", "failed"),
    ],
)
def test_the_page_is_told_how_a_message_fares(office: PostOffice, state: str, told: str) -> None:
    message = office.queue()
    with office.store() as store:
        store.merge(office.rows()[0]).state = state
    assert office.delivery(message) == told


def test_a_message_that_is_not_known_has_failed(office: PostOffice) -> None:
    assert office.delivery("nobody knows it") == "failed"


# The outbox


async def test_the_outbox_shows_what_was_sent_newest_first(office: PostOffice) -> None:
    office.queue()
    office.clock.advance(seconds=1)
    office.queue(Letter("email", "notice", MAIL, "Subject", "words"))
    assert await Outbox(office.core).outbox(None) == []
    await Postman(office.core, {}).round()
    shown = await Outbox(office.core).outbox(None)
    assert [(one.channel, one.to, one.text) for one in shown] == [
        ("email", MAIL, "words"),
        ("sms", NUMBER, "PLANTED 123456"),
    ]
    assert shown[1].at == "2026-11-23T12:00:00Z"
    [found] = await Outbox(office.core).outbox(MAIL.upper())
    assert found == shown[0]
    assert await Outbox(office.core).outbox("+12025550198") == []


async def test_there_is_no_outbox_in_production(make_office: MakeOffice) -> None:
    """Attack: reading everybody's codes."""
    office = make_office(mode="production")
    with pytest.raises(Refused, match="not_found"):
        await Outbox(office.core).outbox(None)


async def test_a_channel_with_a_real_service_is_not_in_the_outbox(office: PostOffice) -> None:
    office.queue()
    await Postman(office.core, {"sms": FakePost()}).round()
    assert office.states() == ["sent"]
    assert await Outbox(office.core).outbox(None) == []
