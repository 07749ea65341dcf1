"""Webhooks as Twilio sends them, and as it never would."""

from __future__ import annotations

from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.sms.incoming import STATUSES, Form, Incoming, NotAForm, Status, goes_on

SID, ACCOUNT = "SM" + "0a" * 16, "AC" + "1b" * 16
SENT = {
    "MessageSid": SID,
    "AccountSid": ACCOUNT,
    "From": "+12025550101",
    "To": "+12025550100",
    "Body": " hello  ",
    "NumMedia": "0",
}


def form(**changed: str) -> Form:
    return Form.read(urlencode({**SENT, **changed}).encode())


def test_a_message_is_read_and_its_words_are_made_plain() -> None:
    said = Incoming.of(form())
    assert (said.sender, said.called, said.text, said.media) == (
        "+12025550101",
        "+12025550100",
        "hello",
        0,
    )


def test_an_empty_body_is_a_body() -> None:
    assert Incoming.of(form(Body="", NumMedia="2")).media == 2


WRONG: dict[str, dict[str, Any]] = {
    "no id": {"MessageSid": ""},
    "an odd id": {"MessageSid": SID + "\n"},
    "a sender that is no number": {"From": "ALICE"},
    "a short code": {"From": "12345"},
    "media beyond counting": {"NumMedia": "9999"},
    "media in other digits": {"NumMedia": "²"},
    "no account": {"AccountSid": "AC1"},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_what_is_no_message_of_theirs_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(NotAForm):
        Incoming.of(form(**changed))


@pytest.mark.parametrize("name", ["MessageSid", "AccountSid", "From", "To", "Body"])
def test_attack_a_parameter_given_twice_or_not_at_all(name: str) -> None:
    """What the signature covers and what is read must be one and the same."""
    twice = urlencode([*SENT.items(), (name, SENT[name])]).encode()
    without = urlencode({key: value for key, value in SENT.items() if key != name}).encode()
    for body in (twice, without):
        with pytest.raises(NotAForm):
            Incoming.of(Form.read(body))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_none(body: bytes) -> None:
    try:
        read = Form.read(body)
    except NotAForm:
        return
    with pytest.raises(NotAForm):
        Incoming.of(read)


def test_attack_a_flood_of_parameters() -> None:
    with pytest.raises(NotAForm):
        Form.read("&".join(f"a{at}=1" for at in range(121)).encode())


def test_a_status_is_one_that_is_known() -> None:
    base = {"MessageSid": SID, "AccountSid": ACCOUNT}
    told = Status.of(Form.read(urlencode({**base, "MessageStatus": "delivered"}).encode()))
    assert told.status == "delivered"
    with pytest.raises(NotAForm):
        Status.of(Form.read(urlencode({**base, "MessageStatus": "eaten"}).encode()))


@pytest.mark.parametrize(("known", "told"), list(product(STATUSES, STATUSES)))
def test_a_status_only_ever_goes_on(known: str, told: str) -> None:
    ends = ("delivered", "undelivered", "failed")
    later = STATUSES.index(told) > STATUSES.index(known)
    assert goes_on(known, told) is (later and known not in ends)
    assert goes_on(None, told)
