"""Whoever the watch slows down: six tries a minute, for as long as it says."""

from __future__ import annotations

from security.throttling import A_MINUTE, MOST, Throttles


class Seconds:
    """A clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_is_not_slowed_down_is_not_counted() -> None:
    throttles = Throttles(Seconds())
    assert all(throttles.allow("p") for _ in range(1_000))


def test_six_a_minute_until_it_is_over() -> None:
    clock = Seconds()
    throttles = Throttles(clock)
    throttles.slow("p", 120)
    assert [throttles.allow("p") for _ in range(A_MINUTE + 1)] == [True] * A_MINUTE + [False]
    assert throttles.allow("q")
    clock.now = 60.0
    assert throttles.allow("p")
    clock.now = 119.999
    assert not all(throttles.allow("p") for _ in range(A_MINUTE))
    clock.now = 120.0
    assert all(throttles.allow("p") for _ in range(100))


def test_a_shorter_time_never_ends_a_longer_one() -> None:
    clock = Seconds()
    throttles = Throttles(clock)
    throttles.slow("p", 600)
    throttles.slow("p", 1)
    clock.now = 300.0
    assert not all(throttles.allow("p") for _ in range(A_MINUTE + 1))


def test_memory_is_bounded() -> None:
    throttles = Throttles(Seconds())
    for number in range(MOST + 5):
        throttles.slow(str(number), 60)
    assert all(throttles.allow("0") for _ in range(100))
