"""What is usual, to the number: medians, how far around them, and how old days fade."""

from __future__ import annotations

import math

import pytest

from security.monitor.habit import Habit

NEVER = 1e18
"""A half-life after which nothing has faded."""


def habit(*values: float, half_life: float = NEVER) -> Habit:
    made = Habit(half_life)
    for value in values:
        made.learn(value)
    return made


def middle(of: Habit) -> float:
    """Return the count that is not above what is usual: where the deviation is none."""
    low, high = 0.0, 1e7
    for _ in range(80):
        half = (low + high) / 2
        low, high = (half, high) if of.deviations(half) < 0 else (low, half)
    return low


def test_nothing_learnt_says_nothing() -> None:
    assert (Habit().count, Habit().deviations(1e6)) == (0, 0.0)


def test_values_are_counted() -> None:
    assert habit(1, 1, 7).count == 3


@pytest.mark.parametrize("value", [0, 1, 10, 100, 5_000, 3_000_000])
def test_one_value_is_the_middle_to_an_eighth_of_a_power_of_e(value: float) -> None:
    assert math.log1p(middle(habit(value))) == pytest.approx(math.log1p(value), abs=1 / 16)


def test_who_does_the_same_each_day_may_do_a_seventh_more() -> None:
    """The least spread is 0.15 on the scale of logarithms."""
    same = habit(*[math.expm1(2)] * 9)
    for deviations in (-2, 0, 1, 4):
        value = math.expm1(2 + 0.15 * deviations)
        assert same.deviations(value) == pytest.approx(deviations, abs=1e-9)


def test_the_spread_is_the_median_of_the_distances() -> None:
    """MAD, 1.4826 of which are a standard deviation: here 1, and the wild value moves nothing."""
    spread = habit(*(math.expm1(at) for at in (2, 3, 4, 5, 14)))
    assert spread.deviations(math.expm1(4)) == pytest.approx(0, abs=1e-9)
    assert spread.deviations(math.expm1(4 + 1.4826)) == pytest.approx(1)


def test_of_two_the_lesser_is_the_middle() -> None:
    """Half of the weight lies at or below it."""
    assert middle(habit(math.expm1(5), math.expm1(2))) == pytest.approx(math.expm1(2))
    assert middle(habit(*(math.expm1(at) for at in (5, 2, 5)))) == pytest.approx(math.expm1(5))


@pytest.mark.parametrize(("half_life", "usual"), [(1.0, 5), (4.0, 2)])
def test_old_days_fade_by_half_in_a_half_life(half_life: float, usual: float) -> None:
    """Two old days against one new one: 3/4 and 1, or 1.55 and 1."""
    made = habit(*(math.expm1(at) for at in (2, 2, 5)), half_life=half_life)
    assert middle(made) == pytest.approx(math.expm1(usual))


def test_a_habit_is_of_thirty_days() -> None:
    """As long as nothing else is said: 31 new days outweigh 300 old ones, 29 do not."""
    for days, usual in ((29, 2), (31, 5)):
        made = Habit()
        for at in (*[2] * 300, *[5] * days):
            made.learn(math.expm1(at))
        assert middle(made) == pytest.approx(math.expm1(usual))


def test_attack_no_count_makes_the_memory_grow_or_fails() -> None:
    """Below nothing is nothing, and beyond three million is three million."""
    assert middle(habit(-5)) == pytest.approx(0, abs=1e-6)
    assert middle(habit(1e300)) == pytest.approx(math.expm1(15))
    assert middle(habit(0.4)) == pytest.approx(math.expm1(3 / 8))
