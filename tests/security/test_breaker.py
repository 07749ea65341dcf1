"""An API that keeps failing is left alone, and tried by one call at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from security.breaker import FAILURES, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Breaker


def opened(at: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.allows(at)
        breaker.failed(at)
    return breaker


def test_the_last_failure_opens_it_and_not_the_one_before() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed(1.0)
    assert breaker.allows(1.0)
    breaker.failed(1.0)
    assert not breaker.allows(1.0)


def test_a_success_in_between_begins_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(3 * FAILURES):
        for _ in range(FAILURES - 1):
            breaker.failed(1.0)
        assert breaker.allows(1.0)
        breaker.succeeded()


def test_after_its_pause_one_call_tries_and_no_second_one() -> None:
    breaker, end = opened(), 100.0 + FIRST_PAUSE_SECONDS
    assert not breaker.allows(end - 0.001)
    assert [breaker.allows(end) for _ in range(5)] == [True, False, False, False, False]


def test_a_probe_that_never_reports_holds_nothing_up() -> None:
    breaker, end = opened(), 100.0 + FIRST_PAUSE_SECONDS
    assert breaker.allows(end)
    assert breaker.allows(end + FIRST_PAUSE_SECONDS)


def test_a_success_closes_it_at_once() -> None:
    breaker, end = opened(), 100.0 + FIRST_PAUSE_SECONDS
    assert breaker.allows(end)
    breaker.succeeded()
    assert all(breaker.allows(end) for _ in range(5))


def test_pauses_double_up_to_the_longest() -> None:
    breaker, now, waited = opened(), 100.0, []
    for _ in range(8):
        pause = next(s for s in range(1, 100) if breaker.allows(now + s))
        waited.append(pause)
        now += pause
        breaker.failed(now)
    assert waited == [2, 4, 8, 16, 30, 30, 30, 30]
    assert max(waited) == LONGEST_PAUSE_SECONDS


STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "succeed", "fail"]), st.floats(0, 40)), max_size=60
)


@given(STEPS)
def test_it_never_stays_shut_and_never_lets_a_crowd_through(steps: list[tuple[str, float]]) -> None:
    """Whatever happened: after the longest pause exactly one call passes an open one."""
    breaker, now = Breaker(), 0.0
    for what, later in steps:
        now += later
        if what == "ask":
            breaker.allows(now)
        elif what == "succeed":
            breaker.succeeded()
        else:
            breaker.failed(now)
    passed = [breaker.allows(now + LONGEST_PAUSE_SECONDS) for _ in range(3)]
    assert passed == ([True, False, False] if breaker.is_open else [True] * 3)
