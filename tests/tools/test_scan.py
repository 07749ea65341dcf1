"""Rules of our own: each finds what it is there for, and lets the right way pass.

The examples in tests/tools/rules/ are laid out as the project is, because rules name folders. A
comment `ruleid: NAME` stands before each line that has to be found, `ok: NAME` before one that
must not be.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from tools import scan
from tools.environments import ROOT

EXAMPLES = Path(__file__).parent / "rules"
RULES = {
    rule["id"]: rule
    for path in sorted((ROOT / scan.RULES).glob("*.yml"))
    for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]
}
_MARK = re.compile(r"\s*# (ruleid|ok): (.+)")


def marked(kind):
    """Return the lines that examples mark so, by the rule: (file, line)."""
    found = defaultdict(set)
    for path in sorted(EXAMPLES.rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            mark = _MARK.fullmatch(line)
            if mark and mark[1] == kind:
                for rule in mark[2].split(", "):
                    found[rule].add((str(path.relative_to(EXAMPLES)), number + 1))
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What the rules find in the examples, by the rule."""
    folder = tmp_path_factory.mktemp("examples") / "project"
    shutil.copytree(EXAMPLES, folder)
    by_rule = defaultdict(set)
    for rule, path, line, _ in scan.findings(ROOT, folder, "."):
        by_rule[rule].add((path.removeprefix("./"), line))
    return by_rule


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_finds_its_bad_examples_and_nothing_else(found, rule):
    assert found[rule] == marked("ruleid")[rule]


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_has_a_bad_and_a_good_example(rule):
    assert marked("ruleid")[rule]
    assert marked("ok")[rule]


def test_no_example_is_of_a_rule_that_is_gone():
    assert (marked("ruleid").keys() | marked("ok").keys()) == RULES.keys()


def test_a_rule_that_cannot_be_read_stops_the_check(tmp_path, monkeypatch):
    """It would else find nothing, and everything would seem to be well."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "broken.yml").write_text("rules: [{id: x, languages: [python]}]")
    monkeypatch.setattr(scan, "RULES", tmp_path / "rules")
    with pytest.raises(scan.CannotScan):
        scan.findings(ROOT, EXAMPLES, ".")


def test_a_scan_of_nothing_is_no_clean_one(tmp_path):
    with pytest.raises(scan.CannotScan, match="nothing was scanned"):
        scan.findings(ROOT, tmp_path, ".")


def test_every_room_of_ours_is_read():
    """A room that nobody names would be scanned by nothing, and everything would seem well."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = set(told["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert set(scan.ROOMS) == packages - {"bench"}  # It measures, and is not served.


def test_each_exception_in_the_tree_names_its_rule_and_says_why():
    for room in scan.ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for line in path.read_text("utf-8").splitlines():
                if "nosemgrep" in line:
                    said = re.search(r"# nosemgrep: ([a-z-]+) - \w.{10,}", line)
                    assert said, f"{path}: {line}"
                    assert said[1] in RULES
