"""The table of rules: what does not hold is refused at start, with the rule's name and the why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from security.monitor.detection import Invalid, compile_condition, compile_selection
from security.monitor.rules import TABLE, Rule, read_rules, span

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
    "no field": (_with({}, "detection", "selection"), "selection: names no field"),
    "no mapping": (_with("a:b:c", "detection", "selection"), "a mapping"),
    "an unknown modifier": (_with({"tag|re": "x"}, "detection", "selection"), "no modifier"),
    "no span": (_with("soon", "correlation", "timespan"), "a duration"),
    "too long a span": (_with("91d", "correlation", "timespan"), "90d at most"),
    "no bound": (_without("correlation", "condition"), "needs a condition"),
    "a bound of none": (
        _with(0, "correlation", "condition", "gte"),
        "correlation.condition.gte: Input should be greater than",
    ),
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


@pytest.mark.parametrize(
    ("text", "seconds"), [("9999s", 9_999), ("90d", 7_776_000), (timedelta(days=91), 7_862_400)]
)
def test_the_longest_spans(text: object, seconds: float) -> None:
    """What is a duration already is one."""
    assert span(text).total_seconds() == seconds  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text", ["", "0s", "01m", "10", "10 m", "10w", "-1s", "1.5h", "10000s", 10]
)
def test_what_is_no_span_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"^a duration such as 30s, 10m, 1h or 7d$"):
        span(text)


@pytest.mark.parametrize("field", ["name", "id", "title"])
def test_two_rules_with_one_of_anything_are_told_apart(field: str, tmp_path: Path) -> None:
    other = {
        "name": "another",
        "id": "6a0c2f0e-9b8d-4f0e-8a57-6d1c3a1f8e11",
        "title": "Another rule",
    }
    assert len(read_rules(_file(tmp_path, GOOD, {**GOOD, **other}))) == 2
    same = tmp_path / "same"
    same.mkdir()
    path = _file(same, GOOD, {**GOOD, **other, field: GOOD[field]})
    with pytest.raises(ValueError, match=f"two rules have the {field} {GOOD[field]}"):
        read_rules(path)


def test_a_rule_without_a_name_goes_by_its_number(tmp_path: Path) -> None:
    nameless = {key: value for key, value in GOOD.items() if key != "name"}
    for wrong in (nameless, "no rule at all"):
        with pytest.raises(ValueError, match=r"^rules\.yml: rule number 2: "):
            read_rules(_file(tmp_path, GOOD, wrong))


def test_a_file_is_named_with_what_is_wrong_in_it(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text("a: [")
    with pytest.raises(ValueError, match=r"^rules\.yml: not YAML: .+"):
        read_rules(path)


def test_a_learnt_selection_is_one_that_there_is(tmp_path: Path) -> None:
    spec = {**GOOD["correlation"], "type": "new_value", "condition": {"gte": 1, "field": "x"}}
    assert read_rules(_file(tmp_path, {**GOOD, "correlation": {**spec, "learns": "selection"}}))
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(ValueError, match="correlation: nothing is named 'select'"):
        read_rules(_file(other, {**GOOD, "correlation": {**spec, "learns": "select"}}))


TAGS: dict[str, tuple[dict[str, Any], set[str] | None]] = {
    "one": ({"s": {"tag": "a:b:c"}, "condition": "s"}, {"a:b:c"}),
    "several": ({"s": {"tag": ["a", "b"]}, "t": {"tag": "c"}, "condition": "s or t"}, {*"abc"}),
    "any": ({"s": {"tag": "a"}, "t": {"reason": "x"}, "condition": "s or t"}, None),
    "the beginning of one": ({"s": {"tag|startswith": "a"}, "condition": "s"}, None),
    "a filter": (
        {"s": {"tag": "a"}, "filter_x": {"x": 1}, "condition": "s and not filter_x"},
        {"a"},
    ),
    "a filter that is none": ({"s": {"tag": "a"}, "filter": {"x": 1}, "condition": "1 of *"}, None),
}


@pytest.mark.parametrize(("detection", "tags"), TAGS.values(), ids=TAGS)
def test_a_rule_is_held_against_the_tags_that_it_can_match(
    detection: dict[str, Any], tags: set[str] | None
) -> None:
    """A tag too few, and the rule would never see what it is for."""
    rule = Rule.model_validate({**GOOD, "detection": detection})
    assert rule.tags_on_trail() == tags


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "condition: ends too early"),
        ("a and", "condition: ends too early"),
        ("a b", "condition: 'b' is not expected here"),
        ("(a", "condition: a bracket is not closed"),
        ("a and $b", "condition: cannot read ' $b'"),
        ("1 of c*", "condition: nothing is named 'c*'"),
        ("all of", "condition: nothing is named ''"),
        ("c", "condition: nothing is named 'c'"),
    ],
)
def test_what_is_wrong_with_a_condition_is_said(condition: str, said: str) -> None:
    selections = {"a": compile_selection("a", {"x": 1}), "b": compile_selection("b", {"y": 2})}
    with pytest.raises(Invalid) as refused:
        compile_condition(condition, selections)
    assert str(refused.value) == said


@pytest.mark.parametrize("value", [[], [None], None, {"a": 1}, 1.5, ["a", 1.5]])
def test_a_selection_is_of_texts_and_numbers(value: Any) -> None:
    with pytest.raises(Invalid, match=r"^s\.x: a text, a number, or a list of these$"):
        compile_selection("s", {"x": value})
