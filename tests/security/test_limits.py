"""The moving window, at its edges and under floods of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security import limits
from security.limits import MovingWindow
from tests.security.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_as_many_as_allowed_and_not_one_more(clock: FakeClock) -> None:
    """ASVS 6.3.1."""
    window = MovingWindow(10, clock.seconds)
    assert [window.allow("alice") for _ in range(11)] == [True] * 10 + [False]


@pytest.mark.parametrize(("seconds", "allowed"), [(59, False), (60, True), (61, True)])
def test_a_minute_later_there_is_room_again(clock: FakeClock, seconds: int, allowed: bool) -> None:
    """ASVS 6.3.1: what is one minute old no longer counts."""
    window = MovingWindow(1, clock.seconds)
    assert window.allow("alice")
    clock.advance(seconds=seconds)
    assert window.allow("alice") is allowed


def test_one_name_does_not_use_up_anothers_limit(clock: FakeClock) -> None:
    window = MovingWindow(1, clock.seconds)
    assert window.allow("alice")
    assert not window.allow("alice")
    assert window.allow("bob")


@given(st.lists(st.floats(0, 40), max_size=60))
def test_no_minute_sees_more_than_allowed(pauses: list[float]) -> None:
    """ASVS 6.3.1: whatever the rhythm."""
    now = 0.0
    window = MovingWindow(3, lambda: now)
    passed: list[float] = []
    for pause in pauses:
        now += pause
        if window.allow("alice"):
            passed.append(now)
    for first, fourth in zip(passed, passed[3:], strict=False):
        assert fourth - first >= 60


def test_a_flood_of_names_is_forgotten_after_a_minute(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory stays bounded, and a limit in force is kept while there is room."""
    monkeypatch.setattr(limits, "MOST_KEYS", 100)
    window = MovingWindow(1, clock.seconds)
    for number in range(99):
        window.allow(f"somebody {number}")
    window.allow("alice")
    assert not window.allow("alice")
    clock.advance(seconds=61)
    assert window.allow("somebody else")
    assert window.allow("alice")
