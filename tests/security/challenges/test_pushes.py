"""What a device signs and what it is asked for: pure rules."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from security.challenges import pushes
from security.challenges.rules import FIRST_PAUSE, Guesses
from tests.support.push_device import SoftDevice, b64, point

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def test_numbers_have_two_digits_and_all_of_them_come() -> None:
    """NIST SP 800-63B-4 3.1.3: 10 to 99, each as likely as the others."""
    made = {pushes.new_number() for _ in range(5_000)}
    assert made == {str(number) for number in range(10, 100)}


def test_what_is_shown_cannot_be_cut_otherwise() -> None:
    """Each part goes with its length: no other rows have the same digest."""
    one = pushes.digest_of_shown("Pay", [("To", "Anna")])
    assert one == hashlib.sha256(b"3:Pay2:To4:Anna").hexdigest()
    assert one != pushes.digest_of_shown("Pay", [("ToA", "nna")])
    assert one != pushes.digest_of_shown("PayTo", [("", "Anna")])
    assert pushes.digest_of_shown("€", []) == hashlib.sha256("3:€".encode()).hexdigest()


def test_a_signature_is_of_one_key_and_one_text() -> None:
    device, other = SoftDevice(), SoftDevice()
    signature = device.sign("a", "b")
    assert pushes.is_signed(device.key, signature, b"a\nb")
    assert not pushes.is_signed(device.key, signature, b"a\nc")
    assert not pushes.is_signed(other.key, signature, b"a\nb")


@pytest.mark.parametrize(
    "key", ["", "A" * 87, b64(b"\x04" + b"\x01" * 64), "not base64!", b64(b"\x05" * 65)]
)
def test_attack_a_key_that_is_none(key: str) -> None:
    """A point that is not on the curve signs nothing, and raises nothing."""
    assert not pushes.is_key(key)
    assert not pushes.is_signed(key, "A" * 86, b"")


@pytest.mark.parametrize(
    "signature", ["", "A" * 86, "A" * 85, b64(b"\xff" * 64), b64(b"\x00" * 72)]
)
def test_attack_a_signature_that_is_none(signature: str) -> None:
    """Zeros, numbers beyond the order, another length: refused."""
    assert not pushes.is_signed(SoftDevice().key, signature, b"text")


def test_a_key_is_told_as_browsers_tell_it() -> None:
    device = SoftDevice()
    assert len(device.key) == 87
    assert pushes.is_key(b64(point(device.own)))


@pytest.mark.parametrize(
    ("away", "counts"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_a_clock_may_be_wrong_by_five_minutes(away: int, counts: bool) -> None:
    assert pushes.is_now(str(int(NOW.timestamp()) + away), NOW) is counts


def test_each_pause_is_twice_as_long_up_to_a_day() -> None:
    """As with the other factors (ASVS 6.6.3)."""
    guesses, lengths = Guesses(0, 0, None), []
    for _ in range(9):
        guesses = pushes.paused(guesses, NOW)
        assert guesses.paused_until is not None
        lengths.append(guesses.paused_until - NOW)
    assert lengths[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert lengths[-1] == timedelta(days=1)


def test_a_pause_forgets_the_wrong_numbers_before_it() -> None:
    """After it there are as many as ever, and what there was of pauses is not forgotten."""
    ends = NOW + 4 * FIRST_PAUSE
    assert pushes.paused(Guesses(2, 2, NOW), NOW) == Guesses(0, 3, ends)


def test_what_a_device_signs_names_its_purpose_and_every_part_in_its_place() -> None:
    """So that no signature of one kind, or of another order, stands for another."""
    assert pushes.enrolment_text("c", "e", "p", "a") == b"gatehouse-push-enrol-1\nc\ne\np\na"
    assert pushes.waiting_text("t") == b"gatehouse-push-waiting-1\nt"
    said = pushes.answer_text("i", "c", "s", "approve", "42")
    assert said == b"gatehouse-push-answer-1\ni\nc\ns\napprove\n42"
