"""Where a reader is: what comes back from a browser is a position, or nothing at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.positions import BEGINNING, START, Position, moment_of, position_of, time_of

TURN = "0123456789abcdef" * 2


@given(st.integers(0, 10**17 - 1), st.integers(0, 999))
def test_a_position_comes_back_as_it_went_out(moment: int, number: int) -> None:
    position = Position(moment, TURN, number)
    assert position_of(str(position)) == position


@given(st.text(max_size=80))
def test_whatever_comes_back_breaks_nothing(text: str) -> None:
    position = position_of(text)
    assert position is None or text == BEGINNING or str(position) == text


@pytest.mark.parametrize(
    "text",
    ["", "1", f"1.{TURN}", f"1.{TURN}.1000", f"-1.{TURN}.0", f"1.{TURN}.0\n", f"1.{TURN[:-1]}G.0"],
)
def test_what_has_another_form_is_no_position(text: str) -> None:
    assert position_of(text) is None


def test_the_beginning_is_before_all() -> None:
    assert position_of(BEGINNING) == START


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_no_microsecond_is_lost(at: datetime) -> None:
    assert time_of(moment_of(at)) == at


def test_a_moment_is_written_in_whole_microseconds() -> None:
    at = datetime(2026, 5, 4, 12, 0, 0, 1, tzinfo=UTC)
    assert str(Position(moment_of(at), "a" * 32, 0)) == f"1777896000000001.{'a' * 32}.0"
