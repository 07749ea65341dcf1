"""An endpoint against arguments and answers: who is blamed, and what an address is made of."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from security.operations.openapi import ApiDocument, Endpoint, InvalidArguments
from security.operations.parameters import Parameter

TEXT = {"type": "string"}
ADDRESS = {
    "type": "object",
    "required": ["street"],
    "properties": {"street": TEXT, "floor": {"type": "number"}},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.1",
    "components": {"schemas": {"Anything": True, "Address": ADDRESS, "Bare": {"type": "object"}}},
    "paths": {
        "/a/{x}/{y}": {
            "summary": "What is no operation stands beside them.",
            "head": {"operationId": "look"},
            "put": {
                "operationId": "put",
                "parameters": [
                    {"name": "y", "in": "path", "required": True, "schema": {}},
                    {"name": "x", "in": "path", "required": True, "schema": {}},
                    {"name": "q", "in": "query", "schema": {}},
                    {"name": "must", "in": "query", "required": True, "schema": TEXT},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["to"],
                                "maxProperties": 3,
                                "properties": {
                                    "to": {"$ref": "#/components/schemas/Address"},
                                    "all": {"type": "array"},
                                    "zip": TEXT,
                                    "free": {"type": "object", "additionalProperties": True},
                                },
                            }
                        }
                    }
                },
                "responses": {200: {"content": {"application/json": {"schema": ADDRESS}}}},
            },
            "delete": {"responses": {}},
        }
    },
}
GIVEN: dict[str, Any] = {"x": "1", "y": "2", "must": "m", "to": {"street": "s"}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(DOCUMENT))
    return file


@pytest.fixture
def put(file: Path) -> Endpoint:
    return ApiDocument.load(file).endpoints["put"]


def test_what_is_wanted_is_read_and_nothing_else(file: Path) -> None:
    assert list(ApiDocument.load(file).endpoints) == ["put"]
    assert list(ApiDocument.load(file, frozenset({"put", "nowhere"})).endpoints) == ["put"]
    assert list(ApiDocument.load(file, frozenset()).endpoints) == []


BLAMED: dict[str, tuple[dict[str, Any], str]] = {
    "what must be there": ({"must": None}, "must"),
    "the body's": ({"to": None}, "to"),
    "one within it": ({"to": {}}, "to.street"),
    "one within it of another kind": ({"to": {"street": 7}}, "to.street"),
    "one that nobody named": ({"to": {"street": "s", "secret": 1}}, "to"),
    "of several the deepest": ({"all": 7, "zip": 7, "to": {"street": 7}}, "to.street"),
    "no one of them": ({"all": [], "zip": "z", "free": {}}, "arguments"),
    "a whole number with a point": ({"to": {"street": "s", "floor": 2.0}}, "to"),
    "one in a list": ({"all": [1, [2.0]]}, "all"),
    "one in a free form": ({"free": {"deep": [float("nan")]}}, "free"),
    "one that is endless": ({"free": {"deep": float("inf")}}, "free"),
    "a list in the path": ({"x": ["1"]}, "x"),
    "an object in the query": ({"q": {"a": 1}}, "q"),
    "nothing in the query": ({"q": None}, "q"),
    "an object in a list in the query": ({"q": ["a", {}]}, "q"),
    "a whole number with a point in the query": ({"q": [1.5, 2.0]}, "q"),
    "an end of the way": ({"y": ".."}, "y"),
}


@pytest.mark.parametrize(("changed", "field"), BLAMED.values(), ids=BLAMED)
def test_whatever_is_to_blame_is_named(put: Endpoint, changed: dict[str, Any], field: str) -> None:
    """ASVS 2.2.1."""
    absent = {name for name in ("must", "to") if changed.get(name, GIVEN) is None}
    given = {name: value for name, value in {**GIVEN, **changed}.items() if name not in absent}
    with pytest.raises(InvalidArguments, match=f"^{field}$") as refused:
        put.check_arguments(given)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "more",
    [
        *({}, {"q": "a"}, {"q": []}, {"q": ["a", 7, True, 1.5]}, {"q": "."}, {"x": "..."}),
        *({"all": [1, 2.5, "x", None, {}]}, {"free": {}}, {"to": {"street": "", "floor": 2}}),
        {"to": {"street": "s", "floor": 2.5}},
    ],
)
def test_what_fits_is_not_refused(put: Endpoint, more: dict[str, Any]) -> None:
    put.check_arguments({**GIVEN, **more})


def test_an_address_has_each_argument_once_and_in_the_order_of_the_document(
    put: Endpoint,
) -> None:
    """ASVS 1.2.2: no value stands for another, and none is taken for the next one's place."""
    assert put.url_path({**GIVEN, "x": "{y}", "y": "{x}"}) == "/a/%7By%7D/%7Bx%7D?must=m"
    given = {"must": "a&b=c", "q": ["1 2", True, 7], "x": 1.5, "y": False}
    assert put.url_path(given) == "/a/1.5/false?q=1+2&q=true&q=7&must=a%26b%3Dc"


def test_all_that_it_takes_is_known(put: Endpoint) -> None:
    assert put.path_names == ("y", "x")
    assert put.query_names == ("q", "must")
    assert put.body_names == {"to", "all", "free", "zip"}
    assert put.argument_names == {"y", "x", "q", "must", "to", "all", "free", "zip"}
    assert put.body(GIVEN) == {"to": {"street": "s"}}


def test_an_answer_is_held_against_what_was_promised(put: Endpoint) -> None:
    assert put.answers_with({"street": "s"})
    assert put.answers_with({"street": "s"}, 200)
    assert not put.answers_with({}, 200)
    assert not put.answers_with({})
    assert put.has_field("street")
    assert not put.has_field("to")


def test_without_any_body_or_success_with_one_nothing_comes_back(tmp_path: Path) -> None:
    document = copy.deepcopy(DOCUMENT)
    one = document["paths"]["/a/{x}/{y}"]["put"]
    del one["requestBody"]
    one["responses"] = {"204": {}}
    file = tmp_path / "bare.json"
    file.write_text(json.dumps(document))
    bare = ApiDocument.load(file).endpoints["put"]
    assert (bare.sends, bare.sent, bare.returns, bare.body_names) == (None, None, False, set())
    assert not bare.answers_with({}, 204)
    assert not bare.answers_with(None)
    assert not bare.has_field("street")
    with pytest.raises(InvalidArguments, match=r"^arguments$"):
        bare.check_arguments(GIVEN)


@pytest.mark.parametrize(
    ("place", "value", "carried"),
    [
        *(("query", "..", True), ("query", "", True), ("query", [], True), ("query", ["a"], True)),
        *(("path", "", False), ("path", ".", False), ("path", "..", False), ("path", "...", True)),
        *(("path", ["a"], False), ("query", [["a"]], False), ("query", [None], False)),
        *(("path", 1.5, True), ("path", 1.0, False), ("path", float("inf"), False)),
        *(("path", 7, True), ("path", True, True), ("path", None, False), ("query", {}, False)),
    ],
)
def test_what_an_address_can_carry(place: str, value: Any, carried: bool) -> None:
    assert Parameter(place, required=False, schema={}).can_carry(value) is carried
