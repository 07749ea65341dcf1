"""The conversation's key lives for one turn, in memory."""

from __future__ import annotations

import base64

import pytest

from dialogue.keys import MalformedKey, NoKey, current_key, decode_key, holding

KEY = bytes(range(224, 256))
SPELLED = base64.urlsafe_b64encode(KEY).decode()


def test_a_key_with_and_without_padding() -> None:
    assert decode_key(SPELLED) == KEY
    assert decode_key(SPELLED.rstrip("=")) == KEY


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    """31, 32 and 33 bytes: the boundary of AES-256."""
    with pytest.raises(MalformedKey):
        decode_key(base64.urlsafe_b64encode(bytes(length)).decode())


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(KEY).decode(),
        SPELLED + "=",
        SPELLED + "\n",
        " " + SPELLED,
        SPELLED[:-2] + "==",
        "ü" * 43,
        # The last character of 43 carries two bits too many: they must be zero.
        SPELLED[:42] + chr(ord(SPELLED[42]) + 1),
    ],
)
def test_a_key_has_one_spelling(text: str) -> None:
    with pytest.raises(MalformedKey):
        decode_key(text)


def test_there_is_no_key_outside_a_turn() -> None:
    with pytest.raises(NoKey):
        current_key()


def test_a_keyless_request_does_not_inherit_the_key_of_the_one_before() -> None:
    """One task serves all requests of a kept connection: the turn must forget its key."""
    with holding(KEY):
        assert current_key() == KEY
    with pytest.raises(NoKey):
        current_key()


def test_a_failed_turn_forgets_its_key_too() -> None:
    with pytest.raises(ZeroDivisionError), holding(KEY):
        raise ZeroDivisionError
    with pytest.raises(NoKey):
        current_key()
