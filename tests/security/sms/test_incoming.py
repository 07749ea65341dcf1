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


@pytest.mark.parametrize(("count", "is_form"), [(119, True), (120, True), (121, False)])
def test_attack_a_flood_of_parameters(count: int, is_form: bool) -> None:
    body = "&".join(f"a{at}=1" for at in range(count)).encode()
    if is_form:
        assert len(list(Form.read(body))) == count
    else:
        with pytest.raises(NotAForm, match=r"^not a form$"):
            Form.read(body)


@pytest.mark.parametrize("body", [b"From", b"From=1&&To=2", b"From=%ff", b"From=\xc3\xa9", b"&"])
def test_attack_what_could_be_read_in_two_ways_is_no_form(body: bytes) -> None:
    """The validator and we must read the same; what says nothing exactly is refused."""
    with pytest.raises(NotAForm):
        Form.read(body)


def test_a_parameter_that_may_be_absent_is_there_once_or_counts_as_absent() -> None:
    read = Form.read(b"a=1&b=1&b=2")
    assert [read.maybe(name) for name in ("a", "b", "c")] == ["1", "", ""]


@pytest.mark.parametrize(("media", "count"), [("", 0), ("0", 0), ("10", 10), ("999", 999)])
def test_media_are_counted(media: str, count: int) -> None:
    assert Incoming.of(form(NumMedia=media)).media == count


def test_media_that_are_not_spoken_of_are_none() -> None:
    without = {name: value for name, value in SENT.items() if name != "NumMedia"}
    assert Incoming.of(Form.read(urlencode(without).encode())).media == 0


@pytest.mark.parametrize("name", ["MessageSid", "AccountSid", "From", "To", "NumMedia"])
@pytest.mark.parametrize("odd", ["x", "1000", "+0123456", "+1234567890123456", "+120255501 1", "²"])
def test_attack_a_parameter_of_another_form_is_named(name: str, odd: str) -> None:
    """ASVS 2.2.1: each has its form, and a refusal says which one has not, and not what it was."""
    with pytest.raises(NotAForm, match=rf"^{name}$"):
        Incoming.of(form(**{name: odd}))


CALLED = {"MessageSid": SID, "AccountSid": ACCOUNT, "MessageStatus": "delivered"}


def called(**changed: str) -> Form:
    return Form.read(urlencode({**CALLED, **changed}).encode())


def test_a_status_is_one_that_is_known() -> None:
    assert Status.of(called()) == Status(SID, ACCOUNT, "delivered")
    with pytest.raises(NotAForm, match=r"^MessageStatus$"):
        Status.of(called(MessageStatus="eaten"))


@pytest.mark.parametrize("name", ["MessageSid", "AccountSid"])
@pytest.mark.parametrize("odd", ["", SID[:-1], SID + "0", SID + "\n", "sm" + SID[2:]])
def test_attack_a_status_of_no_message_or_of_no_account(name: str, odd: str) -> None:
    """ASVS 2.2.1: whatever is looked up by it has the form of what is looked up."""
    with pytest.raises(NotAForm, match=rf"^{name}$"):
        Status.of(called(**{name: odd}))


def test_a_validator_sees_every_value_of_every_parameter() -> None:
    """What is signed is the form as it came, also what nobody reads."""
    read = Form.read(b"a=1&b=&a=2")
    assert {name: read.getlist(name) for name in read} == {"a": ["1", "2"], "b": [""]}


@pytest.mark.parametrize(("known", "told"), list(product(STATUSES, STATUSES)))
def test_a_status_only_ever_goes_on(known: str, told: str) -> None:
    ends = ("delivered", "undelivered", "failed")
    later = STATUSES.index(told) > STATUSES.index(known)
    assert goes_on(known, told) is (later and known not in ends)
    assert goes_on(None, told)
