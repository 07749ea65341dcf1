"""When codes that nobody answers are worth an alarm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from security.sms.pumping import WINDOW, is_told_again, looks_pumped

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "answered", "alarm"),
    [
        (49, 0, False),
        (50, 0, True),
        (51, 0, True),
        (50, 9, True),
        (50, 10, False),
        (50, 11, False),
        (1_000, 199, True),
        (1_000, 200, False),
    ],
)
def test_many_codes_and_few_answers_are_an_alarm(sent: int, answered: int, alarm: bool) -> None:
    """ASVS 6.6.3: both counts at their limit, one below and one above."""
    assert looks_pumped(sent, answered, 50) is alarm


@pytest.mark.parametrize(("seconds", "again"), [(-1, False), (0, True), (1, True)])
def test_it_is_told_once_a_window(seconds: int, again: bool) -> None:
    told_at = NOW - WINDOW - timedelta(seconds=seconds)
    assert is_told_again(told_at, NOW) is again
    assert is_told_again(None, NOW)
