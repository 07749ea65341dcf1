"""`make watch-rivals`: our score of what is unusual against those of river, a kept library.

The same months, the same seeds, the same rules; only what tells usual from unusual is another one.
The rules' limits were set for ours, so each rival gets its own: a factor by which its deviations
are multiplied, chosen on the first month (most attacks seen while at most one session in a
thousand raises a false alarm), and held against the other months as it is. River is in no
environment but `.venv-rivals`: what loses here is not shipped.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from time import process_time
from typing import Any

from security.monitor.engine import WINDOWS, Engine
from security.monitor.habit import Habit, Usual
from security.monitor.outliers import Outlier
from security.monitor.rules import Rule, read_rules
from security.monitor.seen import Seen as SeenRecord
from tools.watch.month import SEED, START, Scene, as_read, scene
from tools.watch.page import put
from tools.watch.people import DAY, LEARNING

DOCS = Path(__file__).resolve().parents[2] / "docs"
MOST_FALSE = 1.0
_LEAST_SPREAD = 0.15
"""The same floor as ours has: somebody who always does the same may do a seventh more."""


class Moving:
    """Mean and deviation that fade: `river.stats.EWMean` and `EWVar`, plain or of logarithms."""

    def __init__(self, half_life: float, *, logarithmic: bool, factor: float) -> None:
        from river import stats  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415

        fading = 1.0 - 0.5 ** (1.0 / half_life)
        self._mean, self._var = stats.EWMean(fading), stats.EWVar(fading)
        self._log, self._factor = logarithmic, factor
        self.count = 0

    def _scaled(self, value: float) -> float:
        return math.log1p(value) if self._log else value

    def learn(self, value: float) -> None:
        """See `Usual`."""
        self._mean.update(self._scaled(value))
        self._var.update(self._scaled(value))
        self.count += 1

    def deviations(self, value: float) -> float:
        """See `Usual`."""
        if not self.count:
            return 0.0
        mean = self._mean.get()
        floor = _LEAST_SPREAD if self._log else _LEAST_SPREAD * max(1.0, mean)
        scale = max(math.sqrt(max(0.0, self._var.get())), floor)
        return float(self._factor * (self._scaled(value) - mean) / scale)


class Quartiles:
    """Median and quartiles of the last values: `river.stats.RollingQuantile`, of logarithms."""

    def __init__(self, half_life: float, *, factor: float) -> None:
        from river import stats  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415

        window = max(5, round(2 * half_life))
        self._median = stats.RollingQuantile(0.5, window)
        self._low, self._high = (stats.RollingQuantile(q, window) for q in (0.25, 0.75))
        self._factor = factor
        self.count = 0

    def learn(self, value: float) -> None:
        """See `Usual`."""
        for one in (self._median, self._low, self._high):
            one.update(math.log1p(value))
        self.count += 1

    def deviations(self, value: float) -> float:
        """See `Usual`."""
        if not self.count:
            return 0.0
        spread = (self._high.get() - self._low.get()) / 1.349
        distance = math.log1p(value) - self._median.get()
        return float(self._factor * distance / max(spread, _LEAST_SPREAD))


class Trees:
    """Half-space trees (`river.anomaly.HalfSpaceTrees`), one forest a habit, of logarithms.

    Its score says how rare a value is, not in which direction: what is below the mean counts as
    usual. Ten deviations are a score of one.
    """

    def __init__(self, half_life: float, *, factor: float) -> None:
        from river import anomaly, stats  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415

        window = max(5, round(half_life))
        self._forest = anomaly.HalfSpaceTrees(
            n_trees=5, height=4, window_size=window, limits={"x": (0.0, 1.0)}, seed=1
        )
        self._mean = stats.Mean()
        self._factor = factor
        self.count = 0

    def learn(self, value: float) -> None:
        """See `Usual`."""
        scaled = math.log1p(value) / 15.0
        self._forest.learn_one({"x": scaled})
        self._mean.update(scaled)
        self.count += 1

    def deviations(self, value: float) -> float:
        """See `Usual`."""
        scaled = math.log1p(value) / 15.0
        if not self.count or scaled <= self._mean.get():
            return 0.0
        return float(10.0 * self._factor * self._forest.score_one({"x": scaled}))


class Ours(Habit):
    """Median and MAD of a histogram that fades, on a logarithmic scale."""

    def __init__(self, half_life: float, *, factor: float) -> None:
        super().__init__(half_life)
        self._factor = factor

    def deviations(self, value: float) -> float:
        """See `Usual`."""
        return self._factor * super().deviations(value)


Maker = Callable[..., Usual]
RIVALS: dict[str, tuple[Maker, tuple[float, ...]]] = {
    "median and MAD of logarithms (ours)": (Ours, (1.0,)),
    "mean and deviation (river.stats.EWMean, EWVar)": (
        partial(Moving, logarithmic=False),
        (0.5, 0.7, 1.0),
    ),
    "the same, of logarithms": (partial(Moving, logarithmic=True), (0.7, 1.0, 1.4)),
    "median and quartiles of logarithms (river.stats.RollingQuantile)": (
        Quartiles,
        (0.7, 1.0, 1.4),
    ),
    "half-space trees (river.anomaly.HalfSpaceTrees)": (Trees, (0.5, 1.0, 2.0)),
}
"""Each with the factors that are tried."""


@dataclass
class Seen:
    """Which attacks some rules saw, by number; how many false alarms; what it took."""

    attacks: set[int] = field(default_factory=set)
    false: int = 0
    seconds: float = 0.0


Records = Sequence[tuple[SeenRecord, int | None]]


def past(records: Records, engine: Engine) -> Seen:
    """Run a month's records past an engine."""
    seen, whose = Seen(), {}
    for record, attack in records:
        if attack is not None:
            whose[record.reference] = attack
        began = process_time()
        alerts = engine.feed(record)
        seen.seconds += process_time() - began
        for alert in alerts:
            mine = {whose[one] for one in alert.evidence if one in whose}
            seen.attacks |= mine
            seen.false += not mine and (record.at - START) // DAY >= LEARNING
    return seen


class Contest:
    """The months, and what the rules without a score see of them: the same for every rival."""

    def __init__(self, rules: Sequence[Rule], every: int) -> None:
        self._every = every
        is_scored = [rule.correlation and rule.correlation.type == "outlier" for rule in rules]
        self._scored = [rule for rule, one in zip(rules, is_scored, strict=True) if one]
        self._others = [rule for rule, one in zip(rules, is_scored, strict=True) if not one]
        self._month = cache(self._made)

    def _made(self, number: int) -> tuple[Scene, Records, Seen]:
        """Return a month, those of its records that a score is about, and what the others see."""
        made = scene(SEED + number, self._every)
        records = list(as_read(made))
        tags = frozenset[str]().union(*(rule.tags_on_trail() or () for rule in self._scored))
        scored = [one for one in records if one[0].fields["tag"] in tags]
        return replace(made, records=()), scored, past(records, Engine(self._others))

    def run(self, maker: Maker, factor: float, number: int) -> tuple[float, float, float]:
        """Return the share of attacks seen, false alarms in 1,000 sessions, seconds of scoring."""

        def outlier(spec: Any, bound: Any) -> Outlier:
            return Outlier(spec, bound, partial(maker, factor=factor))

        made, records, rest = self._month(number)
        seen = past(records, Engine(self._scored, {**WINDOWS, "outlier": outlier}))
        share = len(seen.attacks | rest.attacks) / len(made.attacks)
        return share, 1_000 * (seen.false + rest.false) / made.sessions, seen.seconds


def best_factor(contest: Contest, name: str, maker: Maker, factors: Iterable[float]) -> float:
    """Return the factor that sees most on the first month, of those that are quiet enough."""
    tried = []
    for factor in factors:
        share, false, _ = contest.run(maker, factor, 0)
        print(f"  {name}, times {factor}: {share:.1%}, {false:.2f} false", flush=True)
        tried.append((false <= MOST_FALSE, share, -false, factor))
    return max(tried)[-1]


def lines_of(results: Iterable[tuple[str, float, list[tuple[float, float, float]]]]) -> list[str]:
    """Return the table; the months in which nothing was chosen alone."""
    lines = ["| what is usual by | factor | seen | false alarms in 1,000 sessions | seconds |"]
    lines.append("|---|---|---|---|---|")
    for name, factor, months in results:
        seen = ", ".join(f"{share:.1%}" for share, _, _ in months)
        false = ", ".join(f"{rate:.2f}" for _, rate, _ in months)
        took = sum(seconds for _, _, seconds in months) / len(months)
        lines.append(f"| {name} | {factor:g} | {seen} | {false} | {took:.0f} |")
    return lines


def main() -> int:
    """Do it."""
    parser = argparse.ArgumentParser(prog="make watch-rivals")
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--every", type=int, default=1, help="of so many people one takes part")
    parser.add_argument("--write", action="store_true", help="put the table into docs/watch.md")
    options = parser.parse_args()
    contest, results = Contest(read_rules(), options.every), []
    for name, (maker, factors) in RIVALS.items():
        factor = best_factor(contest, name, maker, factors)
        months = [contest.run(maker, factor, number) for number in range(1, options.months)]
        results.append((name, factor, months))
        print(f"{name}: {months}", flush=True)
    lines = lines_of(results)
    print("\n".join(lines))
    if options.write:
        put(DOCS / "watch.md", "rivals", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
