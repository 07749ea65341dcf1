"""Documents as real APIs have them: shared parts, nested and alternative shapes, other statuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from security.operations.openapi import ApiDocument, Endpoint, InvalidArguments
from tests.security.operations.fhir import DOCUMENT

BOOKING: dict[str, Any] = {
    "patient-id": "p 1",
    "resourceType": "Appointment",
    "date": "2026-12-01",
    "participants": [{"physician": "dana"}, {"room": 4}],
}


def load(folder: Path, document: Any = DOCUMENT) -> dict[str, Endpoint]:
    file = folder / "api.json"
    file.write_text(json.dumps(document))
    return dict(ApiDocument.load(file).endpoints)


@pytest.fixture
def endpoints(tmp_path: Path) -> dict[str, Endpoint]:
    return load(tmp_path)


FITTING: dict[str, dict[str, Any]] = {
    "the least": {},
    "a flag": {"urgent": True},
    "a fraction": {"weight": 70.5},
    "a whole number": {"weight": 70},
    "nothing where that may be": {"note": None},
    "a nested object": {"period": {"start": "2026-12-01T09:00:00Z"}},
    "shapes within themselves": {
        "extension": [{"url": "urn:a", "extension": [{"url": "urn:b", "extension": []}]}]
    },
}


@pytest.mark.parametrize("given", FITTING.values(), ids=FITTING)
def test_what_the_document_allows_may_be_sent(
    endpoints: dict[str, Endpoint], given: dict[str, Any]
) -> None:
    endpoints["book"].check_arguments({**BOOKING, **given})


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a day that does not exist": ({"date": "2026-02-30"}, "date"),
    "a day in other words": ({"date": "01.12.2026"}, "date"),
    "a moment without a zone": ({"period": {"start": "2026-12-01T09:00:00"}}, "period.start"),
    "a mail address that is none": ({"contact": "dana@"}, "contact"),
    "another kind of resource": ({"resourceType": "Observation"}, "resourceType"),
    "an empty list": ({"participants": []}, "participants"),
    "neither of the shapes": ({"participants": [{"nurse": "x"}]}, "participants"),
    "both shapes at once": ({"participants": [{"physician": "a", "room": 4}]}, "participants"),
    "a wrong type deep down": ({"participants": [{"room": "4"}]}, "participants"),
    "a required field deep down": ({"period": {"end": "2026-12-01T09:00:00Z"}}, "period.start"),
    "a field more, deep down": (
        {"period": {"start": "2026-12-01T09:00:00Z", "by": "x"}},
        "period",
    ),
    "a field more, deeper down": (
        {"extension": [{"url": "urn:a", "extension": [{"url": "urn:b", "admin": True}]}]},
        "extension.extension",
    ),
    "a field more in one of the shapes": (
        {"participants": [{"physician": "dana", "role": "admin"}]},
        "participants",
    ),
    "no text for a flag": ({"urgent": "true"}, "urgent"),
    "no flag for a number": ({"weight": True}, "weight"),
    "a whole number with a point": ({"weight": 70.0}, "weight"),
    "an endless number": ({"weight": float("inf")}, "weight"),
    "no number": ({"weight": float("nan")}, "weight"),
    "nothing where something must be": ({"date": None}, "date"),
}


@pytest.mark.parametrize(("given", "field"), REFUSED.values(), ids=REFUSED)
def test_what_it_does_not_allow_is_refused_with_the_field_named(
    endpoints: dict[str, Endpoint], given: dict[str, Any], field: str
) -> None:
    """ASVS 2.2.1, 15.3.3: the caller's own names are not repeated."""
    with pytest.raises(InvalidArguments) as refused:
        endpoints["book"].check_arguments({**BOOKING, **given})
    assert refused.value.field == field


ADDRESSES: dict[str, tuple[dict[str, Any], str]] = {
    "a list": ({"status": ["booked", "cancelled"]}, "?status=booked&status=cancelled"),
    "a flag": ({"mine": True}, "?mine=true"),
    "no flag": ({"mine": False}, "?mine=false"),
    "a day": ({"since": "2026-12-01"}, "?since=2026-12-01"),
}


@pytest.mark.parametrize(("given", "query"), ADDRESSES.values(), ids=ADDRESSES)
def test_arguments_stand_in_the_address_in_one_way(
    endpoints: dict[str, Endpoint], given: dict[str, Any], query: str
) -> None:
    arguments = {"patient-id": "p 1", **given}
    endpoints["records"].check_arguments(arguments)
    assert endpoints["records"].url_path(arguments) == f"/patients/p%201/records{query}"


@pytest.mark.parametrize(
    "given",
    [
        {"status": "booked"},
        {"status": ["lost"]},
        {"status": ["booked"] * 4},
        {"since": "yesterday"},
        {"mine": "yes"},
        {"DPoP": "mine"},
        {"Idempotency-Key": "mine"},
    ],
)
def test_addresses_that_do_not_fit_are_refused(
    endpoints: dict[str, Endpoint], given: dict[str, Any]
) -> None:
    """ASVS 2.2.1: no header is anybody's to set, either."""
    with pytest.raises(InvalidArguments):
        endpoints["records"].check_arguments({"patient-id": "p", **given})


def test_fields_are_found_through_every_shape(endpoints: dict[str, Endpoint]) -> None:
    """Shapes that contain themselves end all the same."""
    found = endpoints["records"]
    assert found.has_field("entry.resource.value")
    assert found.has_field("entry.resource.participants.room")
    assert found.has_field("entry.resource.entry.resource.entry.resource.id")
    assert found.has_field("entry.resource.extension.extension.extension.url")
    assert not found.has_field("entry.value")
    assert not found.has_field("entry.resource.nurse")


def test_an_answer_is_held_against_the_status_that_it_came_with(
    endpoints: dict[str, Endpoint],
) -> None:
    book = endpoints["book"]
    assert set(book.answers) == {201, 204}
    assert book.answers_with({"resourceType": "Appointment", "id": "a"}, 201)
    assert not book.answers_with({"id": "a"}, 201)
    assert not book.answers_with({"resourceType": "Appointment"}, 204)
    assert not endpoints["forget"].returns


def test_an_answer_with_an_impossible_day_is_not_believed(endpoints: dict[str, Endpoint]) -> None:
    def bundle(moment: str) -> dict[str, Any]:
        return {"entry": [{"resource": {"resourceType": "Observation", "effective": moment}}]}

    assert endpoints["records"].answers_with(bundle("2026-11-30T10:00:00+01:00"))
    assert not endpoints["records"].answers_with(bundle("2026-11-31T10:00:00+01:00"))


def _parameter(**given: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        listed = document["paths"]["/patients/{patient-id}/records"]["get"]["parameters"]
        listed.append({"name": "x", "in": "query", "schema": {"type": "string"}, **given})

    return change


def _answer(**given: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["paths"]["/patients/{patient-id}/records"]["get"]["responses"] = given

    return change


def _schema(schema: Any) -> Callable[[dict[str, Any]], None]:
    return lambda document: document["components"]["schemas"].update({"Period": schema})


UNUSABLE: dict[str, Callable[[dict[str, Any]], None]] = {
    "another version": lambda d: d.update({"openapi": "3.0.3"}),
    "no version": lambda d: d.pop("openapi"),
    "a header of its own": _parameter(**{"in": "header", "name": "X-User"}),
    "a cookie": _parameter(**{"in": "cookie"}),
    "an object in the query": _parameter(schema={"$ref": "#/components/schemas/Period"}),
    "a deep object in the query": _parameter(style="deepObject"),
    "a list with commas": _parameter(explode=False),
    "a parameter in other words": _parameter(content={}),
    "a parameter of the path that it does not have": _parameter(**{"in": "path"}),
    "the same argument in two places": _parameter(name="patient-id"),
    "a reference to another file": _schema({"$ref": "other.json#/Period"}),
    "a reference to the network": _schema({"$ref": "https://evil.example/period.json"}),
    "a reference that moves": _schema({"$dynamicRef": "#node"}),
    "no success at all": _answer(**{"202": {"description": "later"}}),
    "a success in other words": _answer(
        **{"200": {"description": "ok", "content": {"text/html": {"schema": {}}}}}
    ),
    "a shared answer that is not there": _answer(
        **{"200": {"$ref": "#/components/responses/Nowhere"}}
    ),
    "a shared answer elsewhere": _answer(**{"200": {"$ref": "https://evil.example/answer"}}),
}


@pytest.mark.parametrize("change", UNUSABLE.values(), ids=UNUSABLE)
def test_a_document_that_cannot_be_held_to_its_word_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    """ASVS 16.5.3: at start, and nothing is fetched."""
    document = json.loads(json.dumps(DOCUMENT))
    change(document)
    with pytest.raises((ValueError, KeyError)):
        load(tmp_path, document)
