"""Time-based codes against the published vectors, and against who repeats or mistypes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.challenges import totp
from security.challenges.totp import matching_step, normalise
from tests.security.fakes import NOW

RFC_KEY = b"12345678901234567890"
RFC_SECRET = base64.b32encode(RFC_KEY).decode()
SECRET = pyotp.random_base32()
STEP = int(NOW.timestamp()) // 30

# RFC 6238, appendix B, SHA-1, the last six of its eight digits.
VECTORS = {
    59: "287082",
    1_111_111_109: "081804",
    1_111_111_111: "050471",
    1_234_567_890: "005924",
    2_000_000_000: "279037",
    20_000_000_000: "353130",
}


def code_at(step: int, secret: str = SECRET) -> str:
    """Return the code of a step, computed by hand (RFC 4226 section 5.3)."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = mac[-1] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_the_published_codes_are_accepted(seconds: int, code: str) -> None:
    """RFC 6238 appendix B."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(RFC_SECRET, code, -1, at) == seconds // 30
    assert code_at(seconds // 30, RFC_SECRET) == code


@given(st.integers(1, 10_000_000_000))
def test_the_codes_of_another_implementation_are_accepted(seconds: int) -> None:
    """RFC 4226 section 5.3."""
    step = seconds // 30 + 1
    at = datetime.fromtimestamp(step * 30, UTC)
    assert matching_step(SECRET, code_at(step), -1, at) == step


@pytest.mark.parametrize(
    ("late", "accepted"), [(-1, False), (0, True), (29, True), (30, True), (59, True), (60, False)]
)
def test_a_code_may_be_one_step_late_and_never_early(late: int, accepted: bool) -> None:
    """ASVS 6.5.5, RFC 6238 5.2: one step of delay at most."""
    now = datetime.fromtimestamp(STEP * 30, UTC) + timedelta(seconds=late)
    found = matching_step(SECRET, code_at(STEP), -1, now)
    assert found == (STEP if accepted else None)


@pytest.mark.parametrize(("last", "accepted"), [(STEP - 1, True), (STEP, False), (STEP + 1, False)])
def test_a_step_at_or_before_the_last_used_one_is_a_replay(last: int, accepted: bool) -> None:
    """ASVS 6.5.1."""
    assert (matching_step(SECRET, code_at(STEP), last, NOW) == STEP) is accepted


def test_after_the_present_code_the_one_before_is_dead_too() -> None:
    """ASVS 6.5.1: two codes are valid at a time, but not after one of them."""
    assert matching_step(SECRET, code_at(STEP - 1), -1, NOW) == STEP - 1
    assert matching_step(SECRET, code_at(STEP - 1), STEP, NOW) is None


def test_the_code_of_another_person_is_wrong() -> None:
    """ASVS 6.6.2."""
    other = next(s for s in iter(pyotp.random_base32, "") if code_at(STEP, s) != code_at(STEP))
    code = code_at(STEP, other)
    if code != code_at(STEP - 1):
        assert matching_step(SECRET, code, -1, NOW) is None


TYPED = {
    "plain": "{0}",
    "in two groups": "{1} {2}",
    "with a hyphen": "{1}-{2}",
    "with a no-break space": "{1}\u00a0{2}",
    "with blanks around": "  {0} ",
}


@pytest.mark.parametrize("form", TYPED.values(), ids=TYPED)
def test_a_code_may_be_typed_as_devices_show_it(form: str) -> None:
    code = code_at(STEP)
    typed = form.format(code, code[:3], code[3:])
    assert matching_step(SECRET, typed, -1, NOW) == STEP


NO_CODES = {
    "nothing": "",
    "blanks": "   ",
    "five digits": "12345",
    "seven digits": "1234567",
    "eight digits": "12345678",
    "letters": "abcdef",
    "arabic digits": "\u0661\u0662\u0663\u0664\u0665\u0666",
    "full-width digits": "\uff11\uff12\uff13\uff14\uff15\uff16",
    "superscripts": "\u00b9\u00b2\u00b3\u00b9\u00b2\u00b3",
    "a sign": "+12345",
    "a minus that is no hyphen": "\u2212123456",
    "a line's end": "123456\n",
    "a zero byte": "123456\x00",
    "a point": "123.456",
    "hexadecimal": "0x1234",
    "an exponent": "1e1000",
    "very long": "1" * 100_000,
}


@pytest.mark.parametrize("typed", NO_CODES.values(), ids=NO_CODES)
def test_what_is_not_six_ascii_digits_is_no_code(typed: str) -> None:
    """ASVS 2.2.1."""
    assert normalise(typed) is None
    assert matching_step(SECRET, typed, -1, NOW) is None


def test_other_digits_of_the_right_value_are_not_the_code() -> None:
    """A lookalike of a right code is wrong, not an error."""
    lookalike = "".join(chr(0x0660 + int(digit)) for digit in code_at(STEP))
    assert matching_step(SECRET, lookalike, -1, NOW) is None


@given(st.text(max_size=64))
def test_nothing_typed_is_an_error(typed: str) -> None:
    """Bad input is a wrong code, never an exception."""
    found = normalise(typed)
    assert found is None or (len(found) == 6 and found.isascii() and found.isdigit())
    matching_step(SECRET, typed, -1, NOW)


@pytest.mark.parametrize(("second", "left"), [(60, 30), (61, 29), (89, 1), (90, 30), (119, 1)])
def test_a_code_is_told_with_the_seconds_that_it_has_left(second: int, left: int) -> None:
    moment = datetime.fromtimestamp(second, UTC)
    code, seconds = totp.code_at(RFC_SECRET, moment)
    assert seconds == left
    assert code == pyotp.TOTP(RFC_SECRET).at(second)
    assert matching_step(RFC_SECRET, code, -1, moment) == second // 30
