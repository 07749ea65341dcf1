"""Why an API's document cannot be used, word by word, and what of it is read in which form."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from security.operations.openapi import ApiDocument, Endpoint
from security.operations.resolving import is_json, json_content
from tests.security.operations.fhir import DOCUMENT

RECORDS = "/patients/{patient-id}/records"
Change = Callable[[dict[str, Any]], object]
TEXT = {"type": "string"}


def changed(folder: Path, change: Change) -> dict[str, Endpoint]:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    file = folder / "api.json"
    file.write_text(json.dumps(document))
    return dict(ApiDocument.load(file).endpoints)


def _get(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][RECORDS]["get"]
    return found


def parameter(**given: Any) -> Change:
    one = {"name": "x", "in": "query", "schema": TEXT, **given}
    return lambda document: _get(document)["parameters"].append(one)


def answers(**given: Any) -> Change:
    return lambda document: _get(document).update(responses=given)


def body(schema: Any, media_type: str = "application/json") -> Change:
    content = {media_type: {"schema": schema}}
    return lambda document: document["paths"][RECORDS]["post"].update(
        requestBody={"content": content}
    )


def in_path(schema: Any) -> Change:
    return lambda document: document["paths"][RECORDS]["parameters"][0].update(schema=schema)


def to_itself(document: dict[str, Any]) -> None:
    document["components"]["responses"]["Found"] = {"$ref": "#/components/responses/Found"}


def twice(document: dict[str, Any]) -> None:
    document["paths"][RECORDS]["delete"]["operationId"] = "book"


PERIOD = {"$ref": "#/components/schemas/Period"}
NO_SUCCESS = "an operation without 200, 201 or 204"
LEAVES = "a reference that leaves the document"
UNUSUAL = "a parameter that is written in an unusual form"
NO_ADDRESS = "a parameter that does not fit into an address"
WHY: dict[str, tuple[Change, str]] = {
    "another version": (lambda d: d.update(openapi="3.0.3"), "not an OpenAPI 3.1 document"),
    "a version like it": (lambda d: d.update(openapi="3.10"), "not an OpenAPI 3.1 document"),
    "a header": (
        parameter(**{"in": "header", "name": "X-User"}),
        "a header that nobody here may set",
    ),
    "a cookie": (
        parameter(**{"in": "cookie"}),
        "a parameter that is neither in path nor in query",
    ),
    "an argument twice": (parameter(name="patient-id"), "an argument stands twice"),
    "an argument in address and body": (
        body({"type": "object", "properties": {"patient-id": TEXT}}),
        "an argument stands twice",
    ),
    "no place in the path": (
        parameter(**{"in": "path"}),
        "the path's template and its parameters differ",
    ),
    "a style": (parameter(style="deepObject"), UNUSUAL),
    "a style of the path": (
        lambda d: d["paths"][RECORDS]["parameters"][0].update(style="matrix"),
        UNUSUAL,
    ),
    "commas": (parameter(explode=False), UNUSUAL),
    "a document within": (parameter(content={}), "a parameter that is a document of its own"),
    "an object in the query": (parameter(schema=PERIOD), NO_ADDRESS),
    "an object in the path": (in_path(PERIOD), NO_ADDRESS),
    "a list in the path": (in_path({"type": "array"}), NO_ADDRESS),
    "no success": (answers(**{"202": {"description": "later"}}), NO_SUCCESS),
    "another form": (
        answers(**{"200": {"content": {"text/html": {"schema": {}}}}}),
        "a body without JSON",
    ),
    "an answer elsewhere": (answers(**{"200": {"$ref": "https://evil.example/a"}}), LEAVES),
    "an answer in another file": (
        answers(**{"200": {"$ref": "x#/components/responses/Found"}}),
        LEAVES,
    ),
    "an answer of another kind": (
        answers(**{"200": {"$ref": "#/components/schemas/Period"}}),
        LEAVES,
    ),
    "an answer that leads on": (to_itself, "a reference to a reference"),
    "an operation twice": (twice, "an operationId stands twice"),
    "a read with a body": (
        lambda d: _get(d).update(requestBody=d["paths"][RECORDS]["post"]["requestBody"]),
        "a read with a body",
    ),
    "a body that is a list": (body({"type": "array"}), "a body that is not an object"),
    "a body of anything": (body(True), "a body that is not an object"),
    "a form": (body({"type": "object"}, "multipart/form-data"), "a body without JSON"),
}


@pytest.mark.parametrize(("change", "why"), WHY.values(), ids=WHY)
def test_what_cannot_be_held_to_its_word_is_told(tmp_path: Path, change: Change, why: str) -> None:
    """ASVS 16.5.3: at start."""
    with pytest.raises(ValueError, match=f"^{why}$"):
        changed(tmp_path, change)


@pytest.mark.parametrize(
    "given",
    [
        *({"style": "form"}, {"explode": True}, {"required": True}, {"schema": {"type": "array"}}),
        *({"in": "header", "name": name} for name in ("Accept", "content-TYPE", "DPoP")),
        *({"in": "header", "name": name} for name in ("Authorization", "IDEMPOTENCY-key")),
    ],
)
def test_what_is_usual_is_taken(tmp_path: Path, given: dict[str, Any]) -> None:
    """OpenAPI 3.1 section 4.8.12: headers that the client sets by itself are nobody's argument."""
    found = changed(tmp_path, parameter(**given))["records"]
    assert ("x" in found.argument_names) is ("in" not in given)
    assert found.takes_key is (given.get("name") == "IDEMPOTENCY-key")
    if "x" in found.parameters:
        assert found.parameters["x"].required is given.get("required", False)
    assert found.parameters["patient-id"].required


def test_whatever_stands_in_the_path_must_be_given(tmp_path: Path) -> None:
    def forget(document: dict[str, Any]) -> None:
        del document["paths"][RECORDS]["parameters"][0]["required"]

    found = changed(tmp_path, forget)["records"]
    assert found.parameters["patient-id"].required
    assert found.path_names == ("patient-id",)
    assert found.query_names == ("status", "since", "mine")


def test_its_scopes_are_its_own_or_else_those_of_the_document(tmp_path: Path) -> None:
    def demand(document: dict[str, Any]) -> None:
        document["security"] = [{"token": ["all:read"]}]
        _get(document)["security"] = [{"token": ["a:read", "b:read"]}, {"key": ["c:read"]}]

    found = changed(tmp_path, demand)
    assert found["records"].scopes == {"a:read", "b:read", "c:read"}
    assert found["book"].scopes == {"all:read"}
    assert changed(tmp_path, lambda _: None)["book"].scopes == frozenset()


def test_what_it_sends_and_what_it_answers_with_is_known(tmp_path: Path) -> None:
    found = changed(tmp_path, lambda _: None)
    assert {name: (each.method, each.path) for name, each in found.items()} == {
        "records": ("GET", RECORDS),
        "book": ("POST", RECORDS),
        "forget": ("DELETE", RECORDS),
    }
    assert [each.takes_key for each in found.values()] == [False] * 3
    assert found["book"].sends == "application/fhir+json"
    assert (found["records"].sends, found["forget"].sends) == (None, None)
    assert found["records"].body({"patient-id": "p"}) is None
    assert found["book"].body({"patient-id": "p", "date": "d"}) == {"date": "d"}
    assert found["records"].accepts == "application/fhir+json"
    assert found["book"].accepts == "application/json"
    assert found["forget"].accepts == "application/json"
    assert (found["book"].returns, found["forget"].returns) == (True, False)
    both = {
        "200": {"content": {"application/x+json": {"schema": {}}}},
        "201": {"content": {"application/json": {"schema": {}}}},
        "204": {"description": "nothing"},
    }
    found = changed(tmp_path, answers(**both))
    assert found["records"].accepts == "application/json, application/x+json"
    assert set(found["records"].answers) == {200, 201, 204}


@pytest.mark.parametrize("shared", [{}, None])
def test_nothing_needs_to_be_shared(tmp_path: Path, shared: Any) -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {"/a": {"delete": DOCUMENT["paths"][RECORDS]["delete"]}},
    }
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document | ({} if shared is None else {"components": shared})))
    assert list(ApiDocument.load(file).endpoints) == ["forget"]


@pytest.mark.parametrize(
    ("media_type", "json_there"),
    [
        *(("application/json", True), ("application/fhir+json", True), ("text/json", False)),
        *(("application/jsonx", False), ("text/x+json", False), ("application/+jsonx", False)),
        *(("application/x-json", False), ("", False)),
    ],
)
def test_what_is_json_says_so(media_type: str, json_there: bool) -> None:
    assert is_json(media_type) is json_there


def test_the_first_json_of_a_body_is_taken() -> None:
    content = {
        "text/html": {"schema": 1},
        " Application/JSON ; charset=utf-8": {"schema": 2},
        "application/x+json": {"schema": 3},
    }
    assert json_content(content) == ("application/json", 2)
