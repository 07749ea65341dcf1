"""The table of rules: what does not hold is refused at start, with the rule's name and the why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from security.monitor.detection import Invalid, compile_condition, compile_selection
from security.monitor.rules import TABLE, read_rules, span

GOOD: dict[str, Any] = {
    "title": "A rule of the test",
    "name": "of_the_test",
    "id": "6a0c2f0e-9b8d-4f0e-8a57-6d1c3a1f8e10",
    "status": "test",
    "description": "Sees what the test makes.",
    "logsource": {"product": "gatehouse", "service": "trail"},
    "detection": {"selection": {"tag": "a:b:c"}, "condition": "selection"},
    "correlation": {
        "type": "event_count",
        "group-by": ["who"],
        "timespan": "10m",
        "condition": {"gte": 3},
    },
    "level": "low",
    "tags": ["attack.t1110"],
    "falsepositives": ["the test"],
    "response": ["notify"],
    "steps_to_take": "Look at the test.",
}


def _without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(rule: dict[str, Any]) -> None:
        *inside, last = path
        for key in inside:
            rule = rule[key]
        del rule[last]

    return change


def _with(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(rule: dict[str, Any]) -> None:
        *inside, last = path
        for key in inside:
            rule = rule[key]
        rule[last] = value

    return change


def _file(folder: Path, *rules: Any) -> Path:
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump(list(rules)))
    return path


def test_the_table_holds() -> None:
    assert len(read_rules(TABLE)) >= 17


WRONG: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "no condition": (_without("detection", "condition"), "a condition"),
    "an unknown selection": (_with("selected", "detection", "condition"), "nothing is named"),
    "an open bracket": (_with("(selection", "detection", "condition"), "not closed"),
    "two names": (_with("selection selection", "detection", "condition"), "not expected"),
    "no field": (_with({}, "detection", "selection"), "names no field"),
    "no mapping": (_with("a:b:c", "detection", "selection"), "a mapping"),
    "an unknown modifier": (_with({"tag|re": "x"}, "detection", "selection"), "no modifier"),
    "no span": (_with("soon", "correlation", "timespan"), "a duration"),
    "too long a span": (_with("91d", "correlation", "timespan"), "90d at most"),
    "no bound": (_without("correlation", "condition"), "needs a condition"),
    "a bound of none": (_with(0, "correlation", "condition", "gte"), "greater than"),
    "no field to count": (_with("value_count", "correlation", "type"), "condition.field"),
    "one step": (_with("temporal_ordered", "correlation", "type"), "two steps"),
    "an unknown type": (_with("guess", "correlation", "type"), "Input should be"),
    "no group": (_with([], "correlation", "group-by"), "names no field"),
    "no technique": (_with(["attack.discovery"], "tags"), "no technique"),
    "a made-up tag": (_with(["attack.t1110", "bad"], "tags"), "neither a tactic"),
    "an unknown response": (_with(["shout"], "response"), "Input should be"),
    "no response": (_with([], "response"), "at least 1"),
    "an unknown key": (_with("x", "responses"), "Extra inputs"),
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_a_rule_that_does_not_hold_is_named(what: str, tmp_path: Path) -> None:
    """A rule that is silently left out would watch nothing."""
    change, said = WRONG[what]
    rule = yaml.safe_load(yaml.safe_dump(GOOD))
    change(rule)
    with pytest.raises(ValueError, match=r"rules\.yml: rule of_the_test: ") as refused:
        read_rules(_file(tmp_path, rule))
    assert said in str(refused.value)


def test_they_are_read_once_for_everybody_and_nobody_changes_them() -> None:
    """A file that is read anew by each who asks is most of what building the services costs."""
    assert read_rules() is read_rules()
    with pytest.raises(ValidationError, match="frozen"):
        read_rules()[0].name = "another"


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two rules have the name of_the_test"):
        read_rules(_file(tmp_path, GOOD, GOOD))


@pytest.mark.parametrize("text", ["", "{}", "a: [", "- 1"])
def test_a_file_that_is_no_list_of_rules_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"rules\.yml"):
        read_rules(path)


@given(st.text("()abc andornt1of*", max_size=30))
def test_any_condition_is_read_or_refused(text: str) -> None:
    selections = {"a": compile_selection("a", {"x": 1}), "b": compile_selection("b", {"y": 2})}
    try:
        test = compile_condition(text, selections)
    except Invalid:
        return
    assert test({"x": 1}) in {True, False}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a and b", {"ab"}),
        ("a or b", {"a", "b", "ab"}),
        ("not a", {"", "b"}),
        ("a and not b", {"a"}),
        ("not (a or b)", {""}),
        ("1 of *", {"a", "b", "ab"}),
        ("all of *", {"ab"}),
        ("a or b and not a", {"a", "b", "ab"}),
    ],
)
def test_conditions_bind_as_in_sigma(condition: str, expected: set[str]) -> None:
    selections = {"a": compile_selection("a", {"x": 1}), "b": compile_selection("b", {"y": [2, 3]})}
    test = compile_condition(condition, selections)
    fields = {"": {}, "a": {"x": 1}, "b": {"y": 3}, "ab": {"x": 1, "y": 2}}
    assert {name for name, held in fields.items() if test(held)} == expected


@pytest.mark.parametrize(
    ("key", "wanted", "held", "not_held"),
    [
        ("x", "a", "a", "b"),
        ("x", ["a", "b"], "b", "c"),
        ("x|startswith", "pol", "policy", "no"),
        ("x|endswith", "cy", "policy", "no"),
        ("x|contains", "admin", ["admin"], ["user"]),
        ("x|gte", 4, 4, 3),
        ("x|lt", 4, 3, 4),
        ("x|exists", True, "a", None),
        ("x|exists", False, None, "a"),
    ],
)
def test_modifiers(key: str, wanted: Any, held: Any, not_held: Any) -> None:
    test = compile_selection("s", {key: wanted})
    assert test({"x": held})
    assert not test({"x": not_held})


def test_spans() -> None:
    assert span("90s") == span("90s")
    assert [span(text).total_seconds() for text in ("30s", "10m", "1h", "7d")] == [  # type: ignore[attr-defined]
        30,
        600,
        3_600,
        604_800,
    ]
