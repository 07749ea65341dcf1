"""Schemas: made local, walked along, and closed at every place where a value may stand."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from security.operations import schemas

TEXT = {"type": "string"}
ONE = {"type": "object", "properties": {"a": TEXT}}
SHUT = {"unevaluatedProperties": False, **ONE}
TEXT_SHUT = {"unevaluatedProperties": False, **TEXT}


@pytest.mark.parametrize("name", ["items", "additionalProperties", "unevaluatedItems"])
def test_what_lies_in_a_place_below_is_closed(name: str) -> None:
    assert schemas.within({name: ONE}) == {name: {**SHUT, "properties": {"a": TEXT_SHUT}}}
    assert schemas.within({name: False}) == {name: False}
    assert schemas.within({name: True}) == {name: {"unevaluatedProperties": False}}


@pytest.mark.parametrize("name", ["properties", "patternProperties"])
def test_what_lies_in_named_places_below_is_closed(name: str) -> None:
    assert schemas.within({name: {"x": TEXT, "y": False}}) == {name: {"x": TEXT_SHUT, "y": False}}


def test_what_lies_in_numbered_places_below_is_closed() -> None:
    assert schemas.within({"prefixItems": [TEXT, True]}) == {
        "prefixItems": [TEXT_SHUT, {"unevaluatedProperties": False}]
    }


@pytest.mark.parametrize("name", ["allOf", "anyOf", "oneOf"])
def test_what_is_about_the_same_place_is_not_closed_by_itself(name: str) -> None:
    """Otherwise each of them would refuse what the others name."""
    opened = {"type": "object", "properties": {"a": TEXT_SHUT}}
    assert schemas.within({name: [ONE, True]}) == {name: [opened, True]}
    assert schemas.closed({name: [ONE]}) == {"unevaluatedProperties": False, name: [opened]}


@pytest.mark.parametrize("name", ["then", "else"])
def test_what_holds_under_a_condition_is_not_closed_by_itself(name: str) -> None:
    opened = {"type": "object", "properties": {"a": TEXT_SHUT}}
    assert schemas.within({name: ONE, "if": ONE}) == {name: opened, "if": ONE}


def test_a_schema_of_one_word_is_closed_as_well() -> None:
    assert schemas.closed(True) == {"unevaluatedProperties": False}
    assert schemas.closed(False) is False
    assert schemas.within(True) is True
    before = {"items": ONE}
    schemas.closed(before)
    assert before == {"items": ONE}


HIDDEN: dict[str, tuple[Any, Any, Any]] = {
    "beside": ({"properties": {"a": TEXT}}, {"a": "x"}, {"a": "x", "admin": True}),
    "in a list": ({"items": ONE}, [{"a": "x"}], [{"a": "x"}, {"admin": True}]),
    "in a tuple": ({"prefixItems": [ONE]}, [{"a": "x"}], [{"admin": True}]),
    "in a map": ({"additionalProperties": ONE}, {"k": {"a": "x"}}, {"k": {"admin": True}}),
    "in a pattern": ({"patternProperties": {"^k": ONE}}, {"k": {"a": "x"}}, {"k": {"b": 1}}),
    "in all of them": ({"allOf": [ONE, {"properties": {"b": TEXT}}]}, {"a": "", "b": ""}, {"c": 1}),
    "in one of them": (
        {"oneOf": [{**ONE, "required": ["a"]}, {"properties": {"b": TEXT}, "required": ["b"]}]},
        {"b": "x"},
        {"b": "x", "admin": True},
    ),
    "in a case": (
        {"if": {"required": ["a"]}, "then": ONE, "else": {"properties": {"b": TEXT}}},
        {"b": "x"},
        {"b": "x", "admin": True},
    ),
}


@pytest.mark.parametrize(("schema", "fits", "more"), HIDDEN.values(), ids=HIDDEN)
def test_attack_a_member_that_nobody_named_is_hidden(schema: Any, fits: Any, more: Any) -> None:
    """ASVS 15.3.3: no mass assignment, at any depth."""
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(more)
    validator = jsonschema_rs.Draft202012Validator(schemas.closed(schema))
    assert validator.is_valid(fits)
    assert not validator.is_valid(more)


def test_a_reference_into_the_document_is_made_local() -> None:
    given = {"anyOf": [{"$ref": "#/components/schemas/A/properties/b"}, 7], "properties": {}}
    assert schemas.local(given) == {
        "anyOf": [{"$ref": "#/$defs/A/properties/b"}, 7],
        "properties": {},
    }
    called = {"properties": {"$ref": TEXT, "$id": TEXT, "$dynamicRef": TEXT}}
    assert schemas.local(called) == called


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"$ref": "#/$defs/A"}, "a reference that leaves the document's schemas"),
        ({"$ref": "https://evil.example/"}, "a reference that leaves the document's schemas"),
        ({"$ref": "x#/components/schemas/A"}, "a reference that leaves the document's schemas"),
        ({"$dynamicRef": "#a"}, "a reference that cannot be followed here"),
        ({"$recursiveRef": "#"}, "a reference that cannot be followed here"),
        ({"$id": "https://evil.example/"}, "a reference that cannot be followed here"),
    ],
)
def test_attack_a_reference_to_elsewhere(given: Any, why: str) -> None:
    """ASVS 1.3.6: nothing is fetched, however deep it stands."""
    for placed in (given, {"items": given}, {"allOf": [given]}, [given]):
        with pytest.raises(ValueError, match=f"^{why}$"):
            schemas.local(placed)


def test_all_that_applies_to_a_place_is_found_and_circles_end() -> None:
    definitions = {
        "A": {"allOf": [{"$ref": "#/$defs/B"}], "properties": {"a": TEXT}},
        "B": {"anyOf": [{"$ref": "#/$defs/A"}, {"properties": {"b": TEXT}}, True]},
    }
    schema = {
        "$ref": "#/$defs/A",
        "oneOf": [{"properties": {"c": TEXT}}],
        "if": {"properties": {"d": TEXT}},
        "then": {"properties": {"e": TEXT}},
        "else": {"properties": {"f": TEXT}},
        "items": {"properties": {"not": TEXT}},
    }
    assert schemas.names(schema, definitions) == set("abcdef")
    assert list(schemas.applied(True, {})) == []


def test_a_reference_may_lead_into_a_schema() -> None:
    definitions = {"A": {"prefixItems": [7, {"x/y": {"m~n": 8}}]}, "~1": 9}
    assert schemas.target("#/$defs/A/prefixItems/0", definitions) == 7
    assert schemas.target("#/$defs/A/prefixItems/1/x~1y/m~0n", definitions) == 8
    assert schemas.target("#/$defs/~01", definitions) == 9
    with pytest.raises(KeyError):
        schemas.target("#/$defs/B", definitions)


def test_a_field_is_found_through_lists_alone() -> None:
    definitions = {"A": {"properties": {"next": {"$ref": "#/$defs/A"}, "end": TEXT}}}
    nested = {"items": {"prefixItems": [TEXT, {"items": {"$ref": "#/$defs/A"}}]}}
    for path, there in (
        *(("end", True), ("next.next.end", True), ("next", True)),
        *(("end.next", False), ("next.other", False), ("", False), ("next.", False)),
    ):
        assert schemas.has_field(nested, definitions, path) is there
    assert not schemas.has_field({"additionalProperties": ONE}, {}, "a")
    assert not schemas.has_field(True, {}, "a")
