"""Steps, new values, numbers and clocks, and what an alert tells, each at its boundary."""

from __future__ import annotations

from typing import Any

import pytest

from security.monitor.engine import Engine
from security.monitor.groups import Groups
from security.monitor.rules import Response, Rule
from security.monitor.seen import seen
from tests.security.monitor.streams import START, TAG, alerts_of, at, counting, each, rule_of

ANY = {"any": {"sequence|gte": 1}, "condition": "any"}


def evidence(rule: Rule, records: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the evidence of each alert."""
    return [alert.evidence for alert in alerts_of([rule], records)]


def values(*several: tuple[float, Any]) -> list[dict[str, Any]]:
    """Return one person's records, by their moments and values."""
    return [at(when, TAG, person="p", value=value) for when, value in several]


# What an alert tells


def test_an_alert_tells_all_of_what_happened() -> None:
    rule = counting("event_count", 2, **{"group-by": ["origin"]})
    rule = rule.model_copy(update={"level": "high", "response": (Response.THROTTLE,)})
    records = [
        at(0, TAG, person="p", session="s", origin="net"),
        at(1, TAG, person="q", session="s", origin="net"),
    ]
    [alert] = alerts_of([rule], records)
    assert (alert.rule, alert.title, alert.level) == ("of_the_test", "A rule", "high")
    assert (alert.tenant, alert.who, alert.sessions) == ("acme", None, ("s",))
    assert (alert.origin, alert.origins) == ("net", ("net",))
    assert (alert.group, alert.responses) == ({"origin": "net"}, (Response.THROTTLE,))
    assert alert.quiet_seconds == 3_600
    assert (alert.at - START).total_seconds() == 1


@pytest.mark.parametrize("by", ["who", "person", "actor", "session"])
def test_what_is_grouped_by_one_person_is_about_them(by: str) -> None:
    rule = counting("event_count", 2, **{"group-by": [by]})
    [alert] = alerts_of([rule], each(2, 1, TAG, person="p", actor="a", session="s"))
    assert alert.who == "a"


@pytest.mark.parametrize(
    ("origins", "one"), [(("a", "a"), "a"), (("a", "b"), None), ((None, "a"), "a")]
)
def test_a_network_is_named_where_all_came_from_it(
    origins: tuple[str | None, str | None], one: str | None
) -> None:
    records = [
        at(n, TAG, person="p", **({"origin": origin} if origin else {}))
        for n, origin in enumerate(origins)
    ]
    [alert] = alerts_of([counting("event_count", 2)], records)
    assert alert.origin == one
    assert alert.origins == tuple(sorted({origin for origin in origins if origin}))


def test_a_rule_without_a_correlation_is_quiet_for_each_by_themselves() -> None:
    """Also for what has no person, no session and no organisation."""
    strangers: list[dict[str, Any]] = [{"at": n, "tag": TAG} for n in (0, 1)]
    known = [at(n, TAG, person=person, session=f"{person}-s") for n, person in enumerate("pqp")]
    alerts = alerts_of([rule_of(None)], [*strangers, *known])
    assert [alert.who for alert in alerts] == [None, "p", "q"]
    assert alerts[1].group == {"tenant": "acme", "who": "p", "session": "p-s"}


@pytest.mark.parametrize(("quiet", "count"), [("59s", 2), ("60s", 2), ("61s", 1)])
def test_a_rule_is_quiet_for_as_long_as_it_says(quiet: str, count: int) -> None:
    rule = rule_of(None, quiet=quiet)
    assert len(alerts_of([rule], [at(n, TAG, person="p") for n in (0, 60)])) == count


def test_what_only_has_been_learnt_makes_nothing_quiet() -> None:
    """A rule that was reached within the quiet time of another group says so."""
    rule = counting("event_count", 2)
    records = [at(n, TAG, person=person) for n, person in enumerate("ppqq")]
    assert [alert.who for alert in alerts_of([rule], records)] == ["p", "q"]


def test_rules_that_are_about_any_tag_hear_of_all() -> None:
    """After those that are about one."""
    anywhere = rule_of(None, detection=ANY, name="anywhere")
    engine = Engine([anywhere, rule_of(None)])
    said = {"at": "2026-03-02T09:00:00+00:00", "sequence": 1}
    assert [one.rule for one in engine.feed(seen({**said, "tag": TAG}))] == [
        "of_the_test",
        "anywhere",
    ]
    assert [one.rule for one in engine.feed(seen({**said, "person": "q"}))] == ["anywhere"]


# Distinct values


def test_the_least_recently_seen_value_goes_first() -> None:
    """a is seen anew, so b is the oldest of the three: it is 60 seconds back, and then more."""
    rule = counting("value_count", 3)
    for last, reached in ((61, True), (61.001, False)):
        told = values((0, "a"), (1, "b"), (30, "a"), (last, "c"))
        assert bool(alerts_of([rule], told)) is reached
    fresh = values((0, "a"), (50, "b"), (55, "c"), (100, "d"))
    assert evidence(rule, fresh)[0] == ("1-1", "1-2", "1-3")


def test_three_of_four_values_are_enough() -> None:
    rule = counting("value_count", 3)
    assert evidence(rule, values((0, "a"), (70, "b"), (90, "c"), (110, "d"))) == [
        ("1-2", "1-3", "1-4")
    ]


def test_a_record_without_the_value_counts_for_none() -> None:
    rule = counting("value_count", 2)
    assert not alerts_of([rule], [*values((0, "a")), *each(9, 1, TAG, person="p")])


# Steps


def _steps(*steps: str) -> Rule:
    spec = {"type": "temporal_ordered", "group-by": ["who"], "timespan": "60s", "steps": steps}
    detection = {"one": {"value": 1}, "two": {"value": 2}, "end": {"value": 3}}
    return rule_of(spec, detection={**detection, "condition": "1 of *"}, quiet="1s")


def test_of_equal_steps_the_latest_count() -> None:
    """Wrong, wrong, right: however many were wrong long before."""
    rule = _steps("one", "one", "end")
    assert evidence(rule, values((0, 1), (1, 1), (2, 3))) == [("1-1", "1-2", "1-3")]
    assert evidence(rule, values((0, 1), (1, 1), (2, 1), (3, 3))) == [("1-2", "1-3", "1-4")]
    assert evidence(rule, values((0, 1), (50, 1), (61, 1), (62, 3))) == [("1-2", "1-3", "1-4")]
    assert not evidence(rule, values((0, 1), (50, 1), (61, 3)))
    assert evidence(rule, values((0, 1), (50, 1), (60, 3)))
    assert not evidence(rule, values((0, 1), (1, 3)))


def test_of_different_steps_those_that_began_last_count() -> None:
    """What was ordinary, long before, hides nothing of an attack within the time."""
    rule = _steps("one", "two", "end")
    assert evidence(rule, values((0, 1), (1, 1), (2, 2), (3, 3))) == [("1-2", "1-3", "1-4")]
    assert not evidence(rule, values((0, 1), (1, 3), (2, 2)))
    late = values((0, 1), (59, 2), (61, 3), (62, 1), (63, 2), (64, 3))
    assert evidence(rule, late) == [("1-4", "1-5", "1-6")]
    ordinary = values((0, 1), (50, 1), (55, 2), (70, 3))
    assert evidence(rule, ordinary) == [("1-2", "1-3", "1-4")]
    both = values((0, 1), (10, 2), (50, 1), (55, 2), (70, 3))
    assert evidence(rule, both) == [("1-3", "1-4", "1-5")]
    # The first steps of the one and the last of the other are not within the time.
    assert not evidence(rule, values((0, 1), (10, 2), (50, 1), (61, 3)))


def test_steps_that_were_reached_begin_anew() -> None:
    rule = _steps("one", "end")
    assert evidence(rule, values((0, 1), (5, 3), (10, 3), (15, 1), (20, 3))) == [
        ("1-1", "1-2"),
        ("1-4", "1-5"),
    ]


def test_steps_of_two_people_do_not_add_up() -> None:
    one, end = values((0, 1), (1, 3))
    assert evidence(_steps("one", "end"), [one, end])
    assert not evidence(_steps("one", "end"), [one, {**end, "person": "q"}])


# New values


def _new_value(**more: Any) -> Rule:
    condition = {"gte": 1, "field": "value"}
    spec = {"type": "new_value", "group-by": ["who"], "timespan": "60s", "condition": condition}
    detection = {
        "big": {"magnitude|gte": 4},
        "all": {"tag": TAG},
        "condition": "big",
    }
    return rule_of({**spec, **more}, detection=detection, quiet="1s")


@pytest.mark.parametrize(("later", "new"), [(59.999, False), (60, False), (60.001, True)])
def test_a_value_is_new_again_after_its_time(later: float, new: bool) -> None:
    records = [at(when, TAG, person="p", value="x", magnitude=4) for when in (0, later)]
    assert len(alerts_of([_new_value()], records)) == 1 + new


def test_a_value_is_known_from_what_alone_would_alert_nobody() -> None:
    """The payee of many small payments is no new one; where only large ones are learnt, it is."""
    records = [
        at(0, TAG, person="p", value="x", magnitude=1),
        at(10, TAG, person="p", value="x", magnitude=4),
        at(20, TAG, person="p", magnitude=4),
    ]
    assert evidence(_new_value(learns="all"), records) == []
    assert evidence(_new_value(), records) == [("1-2",)]


def test_attack_a_small_value_just_before_makes_nobody_known() -> None:
    rule = _new_value(learns="all", settles="10s")
    for second, fires in ((9.999, True), (10, False), (10.001, False)):
        small, big = (
            at(when, TAG, person="p", value="a", magnitude=magnitude)
            for when, magnitude in ((0, 1), (second, 4))
        )
        assert bool(alerts_of([rule], [small, big])) is fires, second


def test_attack_256_values_are_remembered_of_each() -> None:
    """Those that were had last: whoever invents values does not fill the memory."""
    rule = _new_value(timespan="1d")
    many = [at(n, TAG, person="p", value=f"v{n}", magnitude=4) for n in range(256)]
    again = [at(300, TAG, person="p", value="v0", magnitude=4)]
    one_more = [at(301, TAG, person="p", value="v256", magnitude=4)]
    third = [at(305, TAG, person="p", value="v0", magnitude=4)]
    gone = [at(310, TAG, person="p", value="v1", magnitude=4)]
    told = evidence(rule, [*many, *again, *one_more, *third, *gone])
    assert [one[0] for one in told[-2:]] == ["1-258", "1-260"]
    assert len(told) == 258


# Numbers and clocks


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [((5, 6, 7), []), ((5, 7, 8), ["1-7"]), ((5, 5, 6), ["1-5"]), ((5, 4, 5), ["1-4"])],
)
def test_each_number_follows_the_one_before(numbers: tuple[int, ...], missing: list[str]) -> None:
    rule = rule_of({"type": "gap", "timespan": "1s"}, detection=ANY, quiet="1s")
    records = [at(n * 10, TAG, sequence=number) for n, number in enumerate(numbers)]
    assert [one[0] for one in evidence(rule, records)] == missing


@pytest.mark.parametrize(("back", "moved"), [(29.999, False), (30, False), (30.001, True)])
def test_a_clock_may_go_back_by_so_much(back: float, moved: bool) -> None:
    rule = rule_of({"type": "clock_jump", "timespan": "30s"}, detection=ANY)
    assert bool(alerts_of([rule], [at(100, TAG), at(100 - back, TAG)])) is moved
    other = [at(100, TAG, writer="a"), at(0, TAG, writer="b"), at(1_000, TAG, writer="a")]
    assert not alerts_of([rule], other)


# Groups


def test_the_group_that_was_not_touched_for_longest_goes_first() -> None:
    groups: Groups[list[int]] = Groups(list, most=2)
    first, _ = groups.of("a"), groups.of("b")
    first.append(1)
    assert groups.of("a") is first
    groups.of("c")
    assert len(groups) == 2
    assert groups.of("a") is first
    assert groups.of("b") == []
