"""The dashboard and the rules for alerts: they ask for numbers that there are."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from runtime.metrics import Metrics
from security.adapters.trail_reader import TrailReader
from security.services.metering import Meter
from tests.security.conftest import make_world, origin, origin_on_sqlite, visitor, world
from tests.security.world import World
from tests.support.browser import in_ci
from tests.support.promtool import find_promtool

__all__ = ["make_world", "origin", "origin_on_sqlite", "visitor", "world"]

DOCS = Path(__file__).resolve().parents[2] / "docs"
RULES, BOARD = DOCS / "grafana" / "alerts.yml", DOCS / "grafana" / "gatehouse.json"
TESTS = Path(__file__).parent / "alerts.test.yml"
_NAME = re.compile(r"\b(?:gatehouse|process)_[a-z_]+\b")


@pytest.fixture
def told(world: World) -> set[str]:
    """The names of all samples that the processes tell."""
    metrics = Metrics()
    Meter(world.core, TrailReader(world.core.database), metrics.registry)
    names = {"gatehouse_up"}
    for family in metrics.registry.collect():
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        names |= {family.name + end for end in ends.get(family.type, ("",))}
    return names | {
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
    }


def asked_by_rules() -> Iterator[str]:
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def asked_by_panels() -> Iterator[str]:
    for panel in json.loads(BOARD.read_text("utf-8"))["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def test_what_is_asked_for_is_told(told: set[str]) -> None:
    for expression in (*asked_by_rules(), *asked_by_panels()):
        labels_and_durations_out = re.sub(r"by \([^)]*\)|on\([^)]*\)", "", expression)
        asked = set(_NAME.findall(re.sub(r"\{[^}]*\}", "", labels_and_durations_out)))
        assert asked, expression
        assert asked <= told, expression


def test_every_alert_says_what_to_do() -> None:
    """PCI DSS 10.7.2."""
    rules = [
        rule
        for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert {"summary", "steps"} == rule["annotations"].keys()


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(BOARD.read_text("utf-8"))["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_prometheus_takes_the_rules_and_they_fire_when_they_should() -> None:
    """PCI DSS 10.7.2: by promtool: quiet on an ordinary day, each alert on a bad one."""
    promtool = find_promtool()
    if promtool is None and in_ci():
        pytest.fail("promtool is missing")
    if promtool is None:
        pytest.skip("needs promtool: see `make test`")
    for words in (["check", "rules", RULES], ["test", "rules", TESTS]):
        done = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
