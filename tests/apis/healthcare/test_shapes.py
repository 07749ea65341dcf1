"""Every answer is FHIR R4: held against somebody else's model of it, which knows no clinic of ours.

`fhir.resources` calls 4.3.0 R4B; the resources used here are the same in 4.0.1.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from .paths import new_key

LISTS = {
    "/Practitioner": "pat",
    "/Slot?limit=50": "pat",
    "/Appointment": "pat",
    "/Observation": "pat",
    "/MedicationRequest": "quinn",
    "/everything": "quinn",
    "/Patient": "dana",
    "/Schedule/Appointment?limit=31": "rob",
}


def _is_fhir(resource: Any) -> None:
    model = get_fhir_model_class(resource["resourceType"])
    read = model.model_validate_json(json.dumps(resource))
    # Nothing is lost on the way through a foreign implementation, nor added.
    assert json.loads(read.model_dump_json(exclude_none=True)) == resource


def _nothing_empty(value: Any) -> None:
    """R4 2.6.2: no null, no empty list, no empty object, no empty text."""
    assert value not in (None, [], {}, "")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    for each in inner:
        _nothing_empty(each)


@pytest.mark.parametrize("path", LISTS)
async def test_every_list_is_a_bundle_of_valid_resources(clinic: Any, path: str) -> None:
    bundle = (await clinic.get(path, LISTS[path])).json()
    assert bundle["total"] == len(bundle["entry"]) > 0
    _nothing_empty(bundle)
    for entry in bundle["entry"]:
        _is_fhir(entry["resource"])
    _is_fhir({**bundle, "entry": []} if not bundle["entry"] else bundle)


@pytest.mark.parametrize("part", ["Observation", "MedicationRequest", "everything"])
async def test_so_are_the_parts_of_a_patients_record(clinic: Any, part: str) -> None:
    [patient] = await clinic.listed("/Patient", "dana")
    for resource in await clinic.listed(f"/Patient/{patient['id']}/{part}", "dana"):
        _is_fhir(resource)


async def test_so_is_what_a_write_answers(clinic: Any) -> None:
    [slot, *_] = await clinic.free()
    booked = await clinic.post(
        "/Appointment", {"slot": slot["id"], "start": slot["start"]}, new_key()
    )
    assert booked.status_code == 200
    _is_fhir(booked.json())
    _nothing_empty(booked.json())


async def test_an_empty_list_has_no_entry(clinic: Any) -> None:
    reply = await clinic.get("/Slot?first_day=2031-01-01", "pat")
    assert reply.json()["total"] == 0
    assert "entry" not in reply.json()


@pytest.mark.parametrize(
    ("value", "low", "high", "judged"),
    [
        ("6.9", None, "7.0", "N"),
        ("7.0", None, "7.0", "N"),
        ("7.1", None, "7.0", "H"),
        ("3.8", "3.9", "7.2", "L"),
        ("3.9", "3.9", "7.2", "N"),
        ("4.0", "3.9", "7.2", "N"),
        ("10", "9", None, "N"),
        ("9", "10", None, "L"),
    ],
)
def test_a_value_on_a_bound_is_within_it(
    value: str, low: str | None, high: str | None, judged: str
) -> None:
    """As numbers: as text, 10 would come before 9."""
    from apis.healthcare.shapes import judgement

    assert judgement(value, low, high) == judged
