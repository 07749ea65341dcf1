"""Records of several writers in one order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from security.auditing.filters import OfTenant
from security.auditing.order import Stretch, newest_first

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINE = OfTenant("northwind-bank")


def record(writer: str, number: int, second: int, tenant: str = "northwind-bank") -> bytes:
    at = (START + timedelta(seconds=second)).isoformat(timespec="microseconds")
    said = {"at": at, "sequence": number, "tag": "a:b:c", "tenant": tenant, "writer": writer}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def lane(writer: str, seconds: list[int], more: bool) -> Stretch:
    """Newest first, as they are read back."""
    numbered = list(enumerate(seconds, start=1))
    rows = [(number, record(writer, number, second)) for number, second in reversed(numbered)]
    return Stretch(writer, rows, more)


def places(*stretches: Stretch) -> list[tuple[str, int]]:
    return [(one.writer, one.number) for one in newest_first(stretches, MINE)]


def test_what_may_come_between_is_waited_for() -> None:
    first, second = lane("a", [10, 20], more=True), lane("b", [5, 15, 25], more=False)
    assert places(first, second) == [("b", 3), ("a", 2), ("b", 2), ("a", 1)]


def test_what_is_anothers_or_unreadable_is_passed_and_not_found() -> None:
    rows = [(3, b"{"), (2, record("a", 2, 9, "acme-shop")), (1, record("a", 1, 8))]
    passed = list(newest_first([Stretch("a", rows, True)], MINE))
    assert [(one.number, one.found is not None) for one in passed] == [
        (3, False),
        (2, False),
        (1, True),
    ]


SECONDS = st.lists(st.integers(0, 50), max_size=8)


@given(SECONDS, SECONDS, st.booleans(), st.booleans())
def test_each_writers_own_order_stays_and_it_always_goes_on(
    one: list[int], two: list[int], more_one: bool, more_two: bool
) -> None:
    """Whatever its clock did: a writer that was passed to its end is read on from there."""
    stretches = [lane("a", one, more_one and bool(one)), lane("b", two, more_two and bool(two))]
    passed = places(*stretches)
    for writer in "ab":
        numbers = [number for of, number in passed if of == writer]
        assert numbers == sorted(numbers, reverse=True)
    if one or two:
        assert passed
    if not any(each.more for each in stretches):
        assert len(passed) == len(one) + len(two)


def test_a_writer_whose_clock_was_set_forward_keeps_its_order() -> None:
    """What comes later in its reading counts as no later than what was passed before it."""
    turned, other = lane("a", [30, 10, 20], more=False), lane("b", [15, 25], more=False)
    assert places(turned, other) == [("b", 2), ("a", 3), ("b", 1), ("a", 2), ("a", 1)]


def test_as_far_as_the_nearest_end_that_goes_on_and_no_further() -> None:
    """The record at the end itself is passed; one a second older has to wait."""
    first, second = lane("a", [10], more=True), lane("b", [9, 10, 11], more=False)
    assert places(first, second) == [("b", 3), ("a", 1), ("b", 2)]
    far, near = lane("a", [1], more=True), lane("b", [5, 6], more=True)
    assert places(far, near) == [("b", 2), ("b", 1)]


def test_what_cannot_be_read_does_not_hold_up_what_can() -> None:
    """It has the moment of the one that was passed before it; before any, the latest there is."""
    broken = Stretch("a", [(3, b"{"), (2, record("a", 2, 10)), (1, b"{")], more=False)
    assert places(broken, lane("b", [9, 20], more=False)) == [
        ("a", 3),
        ("b", 2),
        ("a", 2),
        ("a", 1),
        ("b", 1),
    ]


def test_anothers_record_is_passed_at_its_own_moment() -> None:
    rows = [(1, record("a", 1, 10, "acme-shop"))]
    passed = list(newest_first([Stretch("a", rows, True), lane("b", [9, 20], True)], MINE))
    assert [(one.writer, one.number) for one in passed] == [("b", 2), ("a", 1)]
    assert passed[1].by == START + timedelta(seconds=10)
    assert passed[1].found is None


def test_where_there_is_nothing_nothing_is_passed() -> None:
    assert places() == []
    assert places(Stretch("a", [], True), lane("b", [1], False)) == [("b", 1)]
