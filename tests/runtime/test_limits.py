"""The moving window, at its edges, in any rhythm, and under floods of keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import limits
from runtime.limits import MovingWindow

# Times as whole quarters of a second, which floating point holds exactly.
PAUSES = st.lists(st.integers(0, 160).map(lambda quarters: quarters / 4), max_size=60)


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("most", [1, 2, 10])
def test_as_many_as_allowed_and_not_one_more(clock: Clock, most: int) -> None:
    """ASVS 6.3.1."""
    window = MovingWindow(most, clock)
    assert [window.allow("alice") for _ in range(most + 1)] == [True] * most + [False]


@pytest.mark.parametrize(("seconds", "allowed"), [(59, False), (60, True), (61, True)])
def test_a_minute_later_there_is_room_again(clock: Clock, seconds: int, allowed: bool) -> None:
    """ASVS 6.3.1: what is one minute old no longer counts."""
    window = MovingWindow(1, clock)
    assert window.allow("alice")
    clock.now += seconds
    assert window.allow("alice") is allowed


@pytest.mark.parametrize(
    ("seconds", "left"), [(0, 60.0), (1, 59.0), (59, 1.0), (60, 0.0), (61, 0.0)]
)
def test_the_wait_is_what_is_left_of_the_oldest(clock: Clock, seconds: int, left: float) -> None:
    window = MovingWindow(2, clock)
    window.allow("alice")
    assert window.seconds_left("alice") == 0.0
    window.allow("alice")
    clock.now += seconds
    assert window.seconds_left("alice") == left
    assert window.seconds_left("bob") == 0.0


def test_one_name_does_not_use_up_anothers_limit(clock: Clock) -> None:
    window = MovingWindow(1, clock)
    assert window.allow("alice")
    assert not window.allow("alice")
    assert window.allow("bob")


@given(PAUSES)
def test_no_minute_sees_more_than_allowed_and_none_less(pauses: list[float]) -> None:
    """ASVS 6.3.1: whatever the rhythm; and nobody is refused who is within the limit."""
    clock = Clock()
    window = MovingWindow(3, clock)
    passed: list[float] = []
    for pause in pauses:
        clock.now += pause
        recent = [at for at in passed if clock.now - at < 60]
        assert window.allow("alice") is (len(recent) < 3)
        if len(recent) < 3:
            passed.append(clock.now)


@given(PAUSES)
def test_who_waits_as_told_is_let_in(pauses: list[float]) -> None:
    """Retry-After is no lie: neither a second early, nor for nothing."""
    clock = Clock()
    window = MovingWindow(2, clock)
    for pause in pauses:
        clock.now += pause
        window.allow("alice")
    left = window.seconds_left("alice")
    if left:
        clock.now += left - 0.25
        assert not window.allow("alice")
        clock.now += 0.25
    assert window.allow("alice")


def test_a_flood_of_names_is_forgotten_after_a_minute(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory stays bounded, and a limit in force is kept while there is room."""
    monkeypatch.setattr(limits, "MOST_KEYS", 100)
    window = MovingWindow(1, clock)
    for number in range(99):
        window.allow(f"somebody {number}")
    window.allow("alice")
    assert not window.allow("alice")
    clock.now += 61
    assert window.allow("somebody else")
    assert window.allow("alice")
