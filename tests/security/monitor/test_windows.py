"""What comes together, at the boundary; and that no stream makes the watch grow without end."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from security.monitor.engine import Engine
from security.monitor.groups import MOST_PIECES, Groups
from security.monitor.habit import Habit
from security.monitor.rules import Rule
from security.monitor.seen import read, seen
from tests.security.monitor.streams import (
    TAG,
    alerts_of,
    at,
    counting,
    each,
    later,
    numbered,
    rule_of,
)


@pytest.mark.parametrize("kind", ["event_count", "value_count"])
@pytest.mark.parametrize(("last", "reached"), [(59.999, True), (60.0, True), (60.001, False)])
def test_a_window_ends_with_its_time(kind: str, last: float, reached: bool) -> None:
    """Exactly the timespan apart is within it; -1 ms, ==, +1 ms."""
    records = [at(when, TAG, person="p", value=str(when)) for when in (0.0, 30.0, last)]
    assert bool(alerts_of([counting(kind, 3)], records)) is reached


@pytest.mark.parametrize(("count", "reached"), [(2, False), (3, True), (4, True)])
def test_a_bound_is_reached_at_its_number(count: int, reached: bool) -> None:
    records = each(count, 1, TAG, person="p", value="#")
    for kind in ("event_count", "value_count"):
        assert bool(alerts_of([counting(kind, 3)], records)) is reached


def test_equal_values_count_once() -> None:
    assert not alerts_of([counting("value_count", 3)], each(50, 1, TAG, person="p", value="same"))


def test_groups_do_not_add_up() -> None:
    assert not alerts_of([counting("event_count", 3)], each(50, 1, TAG, person="p#"))


def test_a_record_without_the_groups_field_belongs_to_none() -> None:
    assert not alerts_of([counting("event_count", 3)], each(50, 1, TAG))


def test_the_actor_is_who_did_it() -> None:
    alert = alerts_of([counting("event_count", 3)], each(3, 1, TAG, person="p", actor="a"))[0]
    assert (alert.who, alert.group) == ("a", {"who": "a"})


@pytest.mark.parametrize(("gap", "count"), [(3_599, 1), (3_600, 2), (3_601, 2)])
def test_one_alert_for_the_quiet_time(gap: float, count: int) -> None:
    """What goes on and on is told once an hour, not with each event."""
    rule = rule_of(None)
    records = [at(when, TAG, person="p") for when in (0, 1, 2, gap)]
    assert len(alerts_of([rule], records)) == count


def test_evidence_is_the_events_oldest_first() -> None:
    records = each(3, 1, TAG, person="p", session="s#")
    alert = alerts_of([counting("event_count", 3)], records)[0]
    assert alert.evidence == ("1-1", "1-2", "1-3")
    assert alert.sessions == ("s0", "s1", "s2")
    assert alert.tenant == "acme"


def test_steps_in_another_order_are_none() -> None:
    rule = rule_of(
        {
            "type": "temporal_ordered",
            "group-by": ["who"],
            "timespan": "60s",
            "steps": ["one", "two"],
        },
        detection={"one": {"value": 1}, "two": {"value": 2}, "condition": "1 of *"},
    )
    there, back = at(0, TAG, person="p", value=1), at(1, TAG, person="p", value=2)
    assert alerts_of([rule], [there, back])
    assert not alerts_of([rule], [{**back, "at": 0}, {**there, "at": 1}])
    assert alerts_of([rule], [there, {**back, "at": 60}])
    assert not alerts_of([rule], [there, {**back, "at": 60.001}])


def _outlier(least: int = 10) -> Rule:
    return rule_of(
        {
            "type": "outlier",
            "group-by": ["who"],
            "peers": ["tenant"],
            "timespan": "1h",
            "condition": {"gte": least, "deviations": 4},
        }
    )


def _hours(counts: list[int], person: str = "p") -> list[dict[str, Any]]:
    return [
        record
        for hour, count in enumerate(counts)
        for record in later(hour * 3_600, each(count, 1, TAG, person=person))
    ]


def test_who_always_does_much_is_no_outlier() -> None:
    assert not alerts_of([_outlier()], _hours([29, 28, 29, 27, 29, 31, 30]))


def test_much_more_than_ones_own_habit_is() -> None:
    assert alerts_of([_outlier()], _hours([10, 9, 9, 8, 9, 9, 60]))


def test_whoever_nobody_knows_gets_three_times_the_least() -> None:
    assert not alerts_of([_outlier()], _hours([29]))
    assert alerts_of([_outlier()], _hours([30]))


def test_nobody_is_judged_by_a_few_wild_days() -> None:
    """The median does not move with them, and the days of an attack do not become a habit."""
    habit = Habit()
    for value in [10] * 20 + [5_000] * 4:
        habit.learn(value)
    assert habit.deviations(12) < 2
    assert habit.deviations(60) > 4


def test_a_new_habit_replaces_an_old_one() -> None:
    habit = Habit(half_life=10)
    for value in [10] * 50 + [100] * 15:
        habit.learn(value)
    assert habit.deviations(100) < 1


def test_an_attacker_with_ever_new_names_does_not_fill_the_memory() -> None:
    groups: Groups[list[int]] = Groups(list, most=100)
    for number in range(10_000):
        groups.of(number)
    assert len(groups) == 100
    assert groups.of(9_999) is groups.of(9_999)


def test_evidence_is_bounded() -> None:
    alerts = alerts_of([counting("event_count", 500)], each(500, 0.01, TAG, person="p"))
    assert len(alerts[0].evidence) == MOST_PIECES


def test_several_writers_have_numbers_of_their_own() -> None:
    rule = rule_of({"type": "gap", "timespan": "1s"}, detection=_ANY)
    one = [at(n, TAG, sequence=n, writer="a") for n in (1, 2, 3)]
    two = [at(n + 0.5, TAG, sequence=n + 100, writer="b") for n in (1, 2, 3)]
    both = sorted([*one, *two], key=lambda record: record["at"])
    assert not alerts_of([rule], both)
    assert alerts_of([rule], [*both, at(9, TAG, sequence=105, writer="b")])
    assert alerts_of([rule], [*both, at(9, TAG, sequence=3, writer="a")])


_ANY = {"any": {"sequence|gte": 1}, "condition": "any"}


@pytest.mark.parametrize("record", [b"[]", b"{}", b'{"at":"yesterday","sequence":1}', b"{"])
def test_what_is_no_record_is_refused(record: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - orjson's own is one too.
        read(record)


def test_a_record_of_the_trail_is_read() -> None:
    said = {"at": "2026-03-02T09:00:00.000001+00:00", "sequence": 3, "person": "p"}
    one = seen(said)
    assert (one.reference, one.fields["who"]) == ("1-3", "p")
    assert one.moment.microsecond == 1
    assert seen({**said, "writer": "w"}).reference == "w-3"
    assert read(orjson.dumps(said)) == one


def test_no_two_engines_share_anything() -> None:
    rule = counting("event_count", 3)
    first, second = Engine([rule]), Engine([rule])
    for record in numbered(each(2, 1, TAG, person="p")):
        first.feed(record)
    assert not second.feed(numbered(each(3, 1, TAG, person="p"))[2])
