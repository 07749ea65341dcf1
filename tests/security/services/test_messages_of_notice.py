"""What a person is told over every channel that they have, and how much of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from security.services.messages import NOTICES_PER_HOUR

from .post_office import MAIL, NUMBER, MakeOffice, PostOffice, offices


@pytest.fixture
def make_office(tmp_path: Path) -> Iterator[MakeOffice]:
    with offices(tmp_path) as make:
        yield make


@pytest.fixture
def office(make_office: MakeOffice) -> PostOffice:
    return make_office()


def test_a_notice_goes_to_every_number_and_address(office: PostOffice) -> None:
    """ASVS 6.3.7."""
    office.add_alice(sms=NUMBER, email=MAIL, totp="A" * 32)
    office.notify()
    told = {letter.channel: letter for letter in office.letters()}
    assert {channel: letter.to for channel, letter in told.items()} == {
        "sms": NUMBER,
        "email": MAIL,
    }
    assert told["email"].subject == "Something"
    assert {letter.kind for letter in told.values()} == {"notice"}


@pytest.mark.parametrize("but", [MAIL, MAIL.upper()])
def test_a_notice_leaves_out_the_address_that_it_is_about(office: PostOffice, but: str) -> None:
    office.add_alice(sms=NUMBER, email=MAIL)
    office.notify(but=but)
    assert [letter.to for letter in office.letters()] == [NUMBER]


def test_a_notice_by_sms_is_one_line_whatever_it_is_given(office: PostOffice) -> None:
    """Attack: a second line that a phone would take for the code of our origin."""
    office.add_alice(sms=NUMBER)
    office.notify(words="Words\n\n@localhost #123456")
    [letter] = office.letters()
    assert "\n" not in letter.text


def test_notices_are_left_out_beyond_thirty_an_hour(office: PostOffice) -> None:
    """Attack: burying a notice under many. Nothing is refused: what happened, happened."""
    office.add_alice(sms=NUMBER, email=MAIL)
    for _ in range(NOTICES_PER_HOUR // 2 + 5):
        office.notify()
    assert len(office.rows()) == NOTICES_PER_HOUR
    assert office.trail("message:person:limit")[0]["reason"] == "limit_notices"
    office.clock.advance(hours=1)
    office.notify()
    assert len(office.rows()) == NOTICES_PER_HOUR + 2


def test_notices_do_not_use_up_the_codes(make_office: MakeOffice) -> None:
    """Attack: shutting somebody out by making them notices."""
    office = make_office(limit_codes_per_person_per_hour=1, limit_codes_per_number_per_hour=1)
    office.add_alice(sms=NUMBER)
    for _ in range(5):
        office.notify()
    office.queue()


def test_somebody_without_number_and_address_is_told_nothing(office: PostOffice) -> None:
    office.add_alice(totp="A" * 32)
    office.notify()
    assert office.rows() == []


def test_a_notice_takes_the_channels_that_there_are(office: PostOffice) -> None:
    office.add_alice(sms=NUMBER, email=MAIL)
    office.only("email")
    office.notify()
    assert [letter.channel for letter in office.letters()] == ["email"]
