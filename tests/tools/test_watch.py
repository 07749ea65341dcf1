"""The months that the watch is measured by: of real records, the same for the same seed."""

from __future__ import annotations

from dataclasses import fields
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from security.audit.record import AuditEvent, Tag
from security.monitor.rules import read_rules
from tools.watch.attacker import BACK, CUT
from tools.watch.attacks import plant, read_list
from tools.watch.life import Life, Record
from tools.watch.month import Found
from tools.watch.page import put, rules_of
from tools.watch.people import DAYS, LEARNING, everybody
from tools.watch.picture import THEMES, picture

FIELDS = {field.name for field in fields(AuditEvent)} | {"at"}
TAGS = {tag.value for tag in Tag}


def _some_days(seed: int) -> list[Record]:
    random = Random(seed)
    people, life = list(everybody(random)), Life(random)
    days = (life.of_day(one, day) for day in (0, LEARNING + 14) for one in people[::9])
    return [record for one in days for record in one] + list(life.of_month())


def test_life_is_made_of_what_security_records() -> None:
    """What no service writes would be measured for nothing."""
    for record in _some_days(1):
        assert set(record) <= FIELDS, record
        assert record["tag"] in TAGS, record


def test_attacks_are_made_of_what_security_records() -> None:
    people = list(everybody(Random(1)))
    planted = list(plant(Random(2), people, DAYS))
    assert len(planted) == sum(one["times"] for one in read_list())
    for attack in planted:
        for record in attack.records:
            assert set(record) - {CUT, BACK} <= FIELDS, record
            assert record["tag"] in TAGS, record


def test_the_same_seed_makes_the_same_life() -> None:
    assert _some_days(3) == _some_days(3)
    assert _some_days(3) != _some_days(4)


def test_a_page_without_its_part_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- rules: written by make watch-report -->\nold\n<!-- end -->\nafter"
    )
    put(page, "rules", list(islice(rules_of(read_rules()), 3)))
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("<!-- end -->\nafter")
    assert "old" not in text
    with pytest.raises(ValueError, match="no part"):
        put(page, "measured", [])


@pytest.mark.parametrize("theme", THEMES)
def test_the_picture_shows_what_was_not_seen_as_well(theme: str) -> None:
    people = list(everybody(Random(1)))
    found = [Found(one) for one in plant(Random(2), people, DAYS)]
    drawn = picture(found, theme)
    assert drawn.count("<path") == len(found)
    assert drawn.count("<circle") == 0
