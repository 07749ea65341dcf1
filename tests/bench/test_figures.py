"""From samples to one figure: the bench's own arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import divided, median_around, percentile


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1), (50, 50), (51, 51), (95, 95), (99, 99), (100, 100)]
)
def test_a_percentile_of_a_hundred_samples_is_the_sample_of_that_rank(
    percent: float, expected: float
) -> None:
    samples = [float(n) for n in range(100, 0, -1)]
    assert percentile(samples, percent) == expected


def test_a_percentile_of_few_samples_is_one_of_them() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.1, 100))
def test_at_least_so_many_samples_are_not_above_the_percentile(
    samples: list[float], percent: float
) -> None:
    found = percentile(samples, percent)
    assert found in samples
    assert sum(each <= found for each in samples) * 100 >= len(samples) * percent - 1e-6


@pytest.mark.parametrize(("samples", "percent"), [([], 50), ([1.0], 0), ([1.0], 100.1)])
def test_no_percentile_is_made_up(samples: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(samples, percent)


def test_the_window_around_a_turn_reaches_over_all_conversations_and_no_further() -> None:
    first = {94: 1000.0, 95: 1.0, 100: 2.0}
    second = {105: 3.0, 106: 1000.0}
    assert median_around([first, second], 100) == 2.0


def test_a_turn_that_no_conversation_reached_has_no_median() -> None:
    assert median_around([{10: 1.0}], 400) is None


def test_what_is_not_known_is_not_divided() -> None:
    assert divided(1.0, 4.0) == 0.25
    assert divided(None, 4.0) is None
    assert divided(1.0, None) is None
    assert divided(1.0, 0.0) is None


@pytest.mark.parametrize(("turn", "expected"), [(94, None), (95, 7.0), (105, 7.0), (106, None)])
def test_the_edges_of_the_window_belong_to_it(turn: int, expected: float | None) -> None:
    assert median_around([{turn: 7.0}], 100) == expected
