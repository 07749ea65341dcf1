"""Cards of a health record: results with their reference range, medicines, who it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from actions.speech import Say

_EARLIER = 12
"""How many earlier values of a result are drawn."""


def say_results(results: Sequence[Any], say: Say) -> None:
    """Say how many kinds of results there are, and show them."""
    if not results:
        say("utter_no_results")
        return
    card = results_card(results)
    outside = [row["name"] for row in card["rows"] if row["flag"] != "N"]
    response = "utter_results_outside" if outside else "utter_results"
    say(response, card, count=str(len(card["rows"])), outside=", ".join(outside))


def say_medicines(medicines: Sequence[Any], say: Say) -> None:
    """Say how many medicines there are, and show them."""
    if not medicines:
        say("utter_no_medicines")
        return
    rows = [_medicine_row(one) for one in medicines]
    card = {"kind": "medications", "patient": _whose(medicines), "rows": rows}
    active = sum(row["status"] == "active" for row in rows)
    say("utter_medicines" if active != 1 else "utter_medicine", card, count=str(active))


def say_record(parts: Iterable[Any], say: Say) -> None:
    """Say whose record it is, then show results and medicines."""
    by_kind: dict[str, list[Any]] = {}
    for part in parts:
        by_kind.setdefault(part["resourceType"], []).append(part)
    [patient] = by_kind["Patient"]
    name = patient["name"][0]["text"]
    rows = [
        {"label": "Record number", "value": patient["identifier"][0]["value"]},
        {"label": "Born", "value": _day(date.fromisoformat(patient["birthDate"]))},
    ]
    say("utter_record", {"kind": "receipt", "title": name, "rows": rows}, patient=name)
    say_results(by_kind.get("Observation", []), say)
    say_medicines(by_kind.get("MedicationRequest", []), say)


def results_card(results: Sequence[Any]) -> dict[str, Any]:
    """Return a card with one row a kind of result: its newest value, then the earlier ones."""
    by_code: dict[str, list[Any]] = {}
    for one in results:
        by_code.setdefault(one["code"]["coding"][0]["code"], []).append(one)
    rows = [_result_row(*same) for same in by_code.values()]
    # What is out of its range is seen first.
    rows.sort(key=lambda row: row["flag"] == "N")
    return {"kind": "lab_results", "patient": _whose(results), "rows": rows}


def _result_row(newest: Any, *earlier: Any) -> dict[str, Any]:
    bounds = newest["referenceRange"][0]
    ends = {end: _number(bounds[end]["value"]) for end in ("low", "high") if end in bounds}
    return {
        "name": newest["code"]["text"],
        **_value(newest),
        "unit": newest["valueQuantity"]["unit"],
        **ends,
        "flag": newest["interpretation"][0]["coding"][0]["code"],
        "earlier": [_value(one) for one in earlier[:_EARLIER]],
    }


def _value(one: Mapping[str, Any]) -> dict[str, str]:
    return {"date": one["effectiveDateTime"][:10], "value": _number(one["valueQuantity"]["value"])}


def _number(value: Any) -> str:
    """Return FHIR's number as decimal text: no figure is added or lost."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a value is a number")
    return f"{value:.10g}"


def _medicine_row(one: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": one["medicationCodeableConcept"]["text"],
        "dosage": one["dosageInstruction"][0]["text"],
        "status": one["status"],
        "since": one["authoredOn"],
        "by": one["requester"]["display"],
    }


def _whose(parts: Sequence[Any]) -> str:
    return str(parts[0]["subject"]["display"])


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
