"""Who is unusual, by their own measure and by their peers', at each boundary."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from security.monitor.groups import MOST_PIECES, Piece
from security.monitor.outliers import OWN_ENOUGH, PEERS_ENOUGH, Outlier, key_of
from security.monitor.rules import Bound, Correlation
from security.monitor.seen import Seen

HOUR, QUARTER = 3_600.0, 900.0


@dataclass
class Told:
    """What is usual, as a test says; it keeps what was learnt."""

    count: int = 0
    above: float = 0.0
    learnt: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    def learn(self, value: float) -> None:
        self.learnt.append(value)

    def deviations(self, value: float) -> float:
        self.asked.append(value)
        return self.above


class Bench:
    """An outlier of an hour's events, with measures that the test sets."""

    def __init__(self, peers: bool = False, **bound: Any) -> None:
        self.own, self.peers = Told(), Told()
        spec = Correlation(
            type="outlier",
            group_by=("who",),
            peers=("tenant",) if peers else (),
            timespan=timedelta(hours=1),
            condition=Bound(**{"gte": 3, "deviations": 4, **bound}),
        )
        assert spec.condition is not None
        self.half_lives: list[float] = []
        self.outlier = Outlier(spec, spec.condition, self._usual)

    def _usual(self, half_life: float) -> Told:
        self.half_lives.append(half_life)
        return self.own if half_life < 100 else self.peers

    def at(self, at: float, **said: Any) -> list[str] | None:
        """Take an event; return its evidence."""
        record = Seen({"who": "p", "tenant": "acme", **said}, at, "1", int(at))
        piece = Piece(at, record.reference, None)
        found = self.outlier.add((record.fields["who"],), record, piece, True)
        return None if found is None else [one.reference for one in found]

    def after(self, *moments: float, **said: Any) -> bool:
        """Take several; tell whether the last one is unusual."""
        return [self.at(each, **said) for each in moments][-1] is not None


# How many


@pytest.mark.parametrize(
    ("last", "reached"),
    [(0, True), (QUARTER, True), (4 * QUARTER - 1, True), (4 * QUARTER, False)],
)
def test_an_hour_is_its_last_four_quarters(last: float, reached: bool) -> None:
    """So nothing hides across the hour."""
    assert Bench(unknown=1).after(0, 1, last) is reached
    assert Bench(unknown=1).after(2 * QUARTER, 2 * QUARTER + 1, 2 * QUARTER + last) is reached


def test_what_has_left_the_hour_does_not_count_and_what_is_in_it_does() -> None:
    bench = Bench(unknown=1)
    assert not bench.after(0, QUARTER, 4 * QUARTER)
    assert bench.after(4 * QUARTER + 1)


@pytest.mark.parametrize(("count", "reached"), [(2, False), (3, True), (4, True)])
def test_values_count_once_in_an_hour(count: int, reached: bool) -> None:
    bench = Bench(field="person", unknown=1)
    for number in range(count):
        for at in (0, QUARTER):
            found = bench.at(number + at, person=f"p{number}")
    assert (found is not None) is reached


def test_values_of_four_quarters_are_put_together() -> None:
    bench = Bench(field="person", unknown=1)
    assert not bench.after(0, person="a")
    assert not bench.after(QUARTER, person="b")
    assert not bench.after(2 * QUARTER, person="a")
    assert bench.after(3 * QUARTER, person="c")
    assert not Bench(field="person", unknown=1).after(0, 1, 2, 3)


def test_one_that_comes_late_counts_now() -> None:
    """Several writers: what is read is not quite in order."""
    bench = Bench(unknown=1)
    assert not bench.after(HOUR, HOUR - 1)
    assert bench.after(HOUR - 2)
    bench.at(2 * HOUR)
    assert bench.own.learnt == [3]


def test_the_evidence_is_the_last_events() -> None:
    bench = Bench(unknown=1)
    assert [bench.at(each) for each in (0, 1, 2)][-1] == ["1-0", "1-1", "1-2"]
    found = [bench.at(each) for each in range(3, 40)][-1]
    assert found == [f"1-{number}" for number in range(40 - MOST_PIECES, 40)]


def test_attack_a_thousand_values_are_as_many_as_are_told_apart() -> None:
    """Whatever somebody invents, the memory has an end."""
    bench = Bench(field="person", gte=1_000, unknown=1)
    assert not bench.after(*range(999), person="same")
    many = Bench(field="person", gte=1_000, unknown=1)
    found = [many.at(0, person=f"p{number}") is not None for number in range(1_002)]
    assert found == [False] * 999 + [True] * 3
    beyond = Bench(field="person", gte=1_001, unknown=1)
    assert not any(beyond.at(0, person=f"p{number}") for number in range(1_100))


# What is usual


@pytest.mark.parametrize(("known", "judged"), [(OWN_ENOUGH - 1, False), (OWN_ENOUGH, True)])
def test_five_stretches_make_a_habit(known: int, judged: bool) -> None:
    bench = Bench()
    bench.own.count, bench.own.above = known, 4.0
    assert bench.after(0, 1, 2) is judged
    assert bench.own.asked == ([3] if judged else [])
    assert bench.half_lives == [30.0]


@pytest.mark.parametrize(("known", "judged"), [(PEERS_ENOUGH - 1, False), (PEERS_ENOUGH, True)])
def test_twenty_stretches_of_peers_make_a_habit(known: int, judged: bool) -> None:
    bench = Bench(peers=True)
    bench.peers.count, bench.peers.above = known, 4.0
    assert bench.after(0, 1, 2) is judged
    assert bench.peers.asked == ([3] if judged else [])
    assert sorted(bench.half_lives) == [30.0, 500.0]


@pytest.mark.parametrize(
    ("own", "peers", "from_peers", "unusual"),
    [
        (4.0, 4.0, None, True),
        (3.99, 9.0, None, False),
        (9.0, 3.99, None, False),
        (4.0, 1.0, 1.0, True),
        (4.0, 0.99, 1.0, False),
        (4.0, 0.0, 0.0, True),
        (4.0, -0.01, 0.0, False),
    ],
)
def test_somebody_is_unusual_by_both_measures(
    own: float, peers: float, from_peers: float | None, unusual: bool
) -> None:
    bench = Bench(peers=True, from_peers=from_peers)
    bench.own.count, bench.own.above = OWN_ENOUGH, own
    bench.peers.count, bench.peers.above = PEERS_ENOUGH, peers
    assert bench.after(0, 1, 2) is unusual


def test_one_measure_alone_decides_where_the_other_is_not_known() -> None:
    new = Bench(peers=True)
    new.peers.count, new.peers.above = PEERS_ENOUGH, 3.0
    assert not new.after(*range(50))
    alone = Bench(peers=True)
    alone.own.count, alone.own.above = OWN_ENOUGH, 3.0
    assert not alone.after(*range(50))


@pytest.mark.parametrize(("count", "reached"), [(8, False), (9, True)])
def test_whom_nobody_knows_gets_more(count: int, reached: bool) -> None:
    assert Bench(unknown=3).after(*range(count)) is reached


def test_each_hour_that_is_over_is_learnt_by_both() -> None:
    """An hour in which nothing was is none."""
    bench = Bench(peers=True)
    bench.after(0, 1, HOUR - 1, HOUR, 5 * HOUR, 5 * HOUR + 1, 6 * HOUR)
    assert bench.own.learnt == [3, 1, 2]
    assert bench.peers.learnt == [3, 1, 2]


def test_peers_are_those_of_the_same_organisation() -> None:
    bench = Bench(peers=True)
    for number, tenant in enumerate(("acme", "bank", "acme", "bank")):
        bench.at(number, who=f"p{number}", tenant=tenant)
    assert bench.half_lives.count(500.0) == 2
    assert bench.half_lives.count(30.0) == 4


def test_values_are_learnt_by_their_number() -> None:
    bench = Bench(field="person")
    for at, person in ((0, "a"), (1, "b"), (2, "a"), (HOUR, "c")):
        bench.at(at, person=person)
    assert bench.own.learnt == [2]


# Whom somebody has not met before


def test_who_was_met_on_an_earlier_day_is_not_new() -> None:
    bench = Bench(field="person", gte=1, unknown=1, only_new=True)
    assert bench.after(0, person="a")
    assert bench.after(1, person="a"), "the day that they are new on"
    assert not bench.after(HOUR, person="a")
    assert not bench.after(3 * HOUR, person="a")
    assert bench.after(3 * HOUR, person="b")


def test_to_a_newcomer_everybody_is_new() -> None:
    """Five stretches say nothing of what is usual; from the sixth on they do."""
    bench = Bench(field="person", gte=99, only_new=True, peers=True)
    for hour in range(OWN_ENOUGH + 1):
        bench.at(hour * HOUR, person=f"p{hour}")
    assert (bench.own.learnt, bench.peers.learnt) == ([], [])
    bench.at((OWN_ENOUGH + 1) * HOUR, person="x")
    assert (bench.own.learnt, bench.peers.learnt) == ([1], [1])


def test_attack_whom_somebody_met_a_thousand_people_ago_is_new_again() -> None:
    """The memory has an end; who is met again and again stays in it."""
    bench = Bench(field="person", gte=1, unknown=1, only_new=True)
    for number in range(1_000):
        bench.at(number * HOUR, person=f"p{number}")
    assert bench.at(1_000 * HOUR, person="p0") is None
    bench.at(1_000 * HOUR, person="one more")
    assert bench.at(1_001 * HOUR, person="p0") is None
    assert bench.at(1_001 * HOUR, person="p1") is not None


def test_a_key_is_of_values_that_can_be_told_apart() -> None:
    record = Seen({"roles": ["teller", "auditor"], "tenant": "acme"}, 0.0, "1", 1)
    assert key_of(record, ("tenant", "roles", "who")) == ("acme", ("teller", "auditor"), None)
