"""Guesses at a factor: five, then a pause that doubles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.challenges.rules import Guesses, after_right, after_wrong
from tests.security.fakes import NOW

UNTOUCHED = Guesses(failures=0, pauses=0, paused_until=None)
MINUTES = [15, 30, 60, 120, 240, 480, 960, 24 * 60, 24 * 60]


def after_wrong_times(guesses: Guesses, times: int) -> Guesses:
    for _ in range(times):
        guesses = after_wrong(guesses, NOW)
    return guesses


@pytest.mark.parametrize("wrong", range(5))
def test_up_to_four_wrong_codes_only_count_down(wrong: int) -> None:
    """ASVS 6.6.3."""
    guesses = after_wrong_times(UNTOUCHED, wrong)
    assert guesses.left() == 5 - wrong
    assert not guesses.is_paused(NOW)


def test_the_fifth_wrong_code_pauses_the_factor() -> None:
    """ASVS 6.6.3: for fifteen minutes."""
    guesses = after_wrong_times(UNTOUCHED, 5)
    assert guesses.paused_until == NOW + timedelta(minutes=15)
    assert guesses.pauses == 1


@pytest.mark.parametrize(("seconds", "paused"), [(-1, True), (0, False), (1, False)])
def test_the_pause_ends_when_it_says(seconds: int, paused: bool) -> None:
    """ASVS 6.6.3: at its end, and not a second earlier."""
    guesses = after_wrong_times(UNTOUCHED, 5)
    assert guesses.is_paused(NOW + timedelta(minutes=15, seconds=seconds)) is paused


def test_each_pause_doubles_up_to_a_day() -> None:
    """ASVS 6.6.3: a patient guesser wins nothing."""
    guesses, seen = UNTOUCHED, []
    for _ in MINUTES:
        guesses = after_wrong_times(guesses, 5)
        assert guesses.paused_until is not None
        seen.append((guesses.paused_until - NOW) / timedelta(minutes=1))
    assert seen == MINUTES


def test_a_right_code_forgets_everything() -> None:
    """A person who comes back is not punished for the thief."""
    assert after_right() == UNTOUCHED


@given(st.integers(0, 10_000), st.integers(0, 4))
def test_no_count_of_pauses_breaks_the_rule(pauses: int, failures: int) -> None:
    """ASVS 6.6.3: neither overflow nor a pause shorter than the first."""
    after = after_wrong(Guesses(failures, pauses, None), NOW)
    if after.paused_until is not None:
        assert timedelta(minutes=15) <= after.paused_until - NOW <= timedelta(hours=24)
    assert 0 < after.left() <= 5


def test_guessing_for_a_year_stays_hopeless() -> None:
    """NIST SP 800-63B-4 3.2.2: two of a million codes are right at any time."""
    now, guesses, tried = NOW, UNTOUCHED, 0
    while now < NOW + timedelta(days=365):
        guesses = after_wrong(guesses, now)
        tried += 1
        now = max(now, guesses.paused_until or now)
    assert tried * 2 / 1_000_000 < 0.005
