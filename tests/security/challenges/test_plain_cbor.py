"""What authenticators write is plain; anything else is refused before it is read."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.challenges.plain_cbor import is_authenticator_data, is_one_item

HEAD = bytes(32)
COUNTER = bytes(4)
KEY = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})
ATTESTED = bytes(16) + (3).to_bytes(2) + b"key" + KEY
EXTENSIONS = cbor2.dumps({"credProtect": 2, "hmac-secret": True})

_NUMBERS = st.integers(-(2**64), 2**64 - 1)
_NAMES = st.text(max_size=5)
_PLAIN = st.recursive(
    _NUMBERS | _NAMES | st.binary(max_size=40) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=5,
)


def growing(levels: int) -> bytes:
    """Return a few bytes that a reader of tags makes 2 to the power of `levels` things of."""
    whole = b"\x98" + bytes([levels + 1]) + b"\xd8\x1c\x81\x00"
    for level in range(levels):
        again = b"\xd8\x1d" + cbor2.dumps(level)
        whole += b"\xd8\x1c\x82" + again * 2
    return whole


def _data(flags: int, rest: bytes) -> bytes:
    return HEAD + bytes([flags]) + COUNTER + rest


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(one) for one in inner), default=0)


@given(_PLAIN)
def test_what_is_plain_is_one_item_and_what_follows_it_is_not(value: Any) -> None:
    """RFC 8949: any value that needs no tag; five levels are enough for every authenticator."""
    written = cbor2.dumps(value)
    assert is_one_item(written) is (_depth(value) <= 5)
    assert not is_one_item(written + b"\x00")
    assert not is_one_item(written[:-1])


@pytest.mark.parametrize(("levels", "taken"), [(4, True), (5, False), (6, False)])
def test_how_deep_it_may_go(levels: int, taken: bool) -> None:
    """Boundary: the value itself is the fifth."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    assert is_one_item(cbor2.dumps(value)) is taken


@pytest.mark.parametrize(
    "odd",
    [
        growing(40),
        cbor2.dumps(cbor2.CBORTag(35, "(a+)+$")),
        b"\x9f\x01\xff",  # without an end
        b"\x5f\x41\x00\xff",
        b"\x9b" + b"\xff" * 8,  # more items than there are bytes
        b"\x1c",
        b"\x1c" + bytes(16),  # a size that does not exist, with all the bytes that it would have
        b"\x82\xd8\x1c\x00",  # a tag where an item is counted
        b"",
    ],
)
def test_attack_cbor_that_grows_or_never_ends(odd: bytes) -> None:
    """CWE-776: two hundred bytes of tags would stop the process; they are never read."""
    assert not is_one_item(odd)
    assert not is_authenticator_data(_data(0x85, odd))


@pytest.mark.parametrize(
    ("flags", "rest", "plain"),
    [
        (0x05, b"", True),
        (0x05, b"\x00", False),
        (0x45, ATTESTED, True),
        (0x45, ATTESTED[:-1], False),
        (0x45, ATTESTED + b"\x00", False),
        (0x85, EXTENSIONS, True),
        (0x85, b"", False),
        (0xC5, ATTESTED + EXTENSIONS, True),
        (0xC5, EXTENSIONS, False),
    ],
)
def test_authenticator_data_is_what_its_flags_say(flags: int, rest: bytes, plain: bool) -> None:
    """WebAuthn section 6.1: nothing missing, nothing over."""
    assert is_authenticator_data(_data(flags, rest)) is plain


@pytest.mark.parametrize("length", [0, 32, 36])
def test_data_that_is_cut_is_none(length: int) -> None:
    assert not is_authenticator_data(_data(0x05, b"")[:length])
