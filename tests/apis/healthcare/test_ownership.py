"""Whose record and whose calendar a token opens: the API decides it, whatever security decided."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from apis.common.database import database_path
from apis.healthcare.bundles import PAGE
from tests.support.api_server import pull, push

OWN = ["/Observation", "/MedicationRequest", "/everything", "/Appointment"]
CARE = ["Observation", "MedicationRequest", "everything"]


async def _patient(clinic: Any, name: str) -> str:
    """Return a patient's id, which the patient's own record tells."""
    [patient, *_] = await clinic.listed("/everything", name)
    return str(patient["id"])


async def test_patients_see_their_own_results_the_newest_first(clinic: Any) -> None:
    results = await clinic.listed("/Observation")
    sugar = [one for one in results if one["code"]["coding"][0]["code"] == "4548-4"]
    assert [one["valueQuantity"]["value"] for one in sugar] == [7.4, 6.8, 6.5, 6.6, 6.9]
    judged = [one["interpretation"][0]["coding"][0]["code"] for one in sugar]
    assert judged == ["H", "N", "N", "N", "N"]
    assert sugar[0]["referenceRange"] == [
        {"high": {"value": 7.0, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}}
    ]
    assert {one["subject"]["display"] for one in results} == {"Pat Rivera"}


async def test_patients_see_their_own_medicines(clinic: Any) -> None:
    medicines = await clinic.listed("/MedicationRequest")
    names = {one["medicationCodeableConcept"]["text"] for one in medicines}
    assert names == {"Metformin 500 mg tablets", "Atorvastatin 20 mg tablets"}


async def test_times_are_the_clinics_own(clinic: Any) -> None:
    """Winter and summer time differ: the offset is that of the day itself."""
    [visit] = await clinic.listed("/Appointment")
    assert visit["start"] == "2026-11-27T09:00:00+01:00"
    taken = {one["effectiveDateTime"] for one in await clinic.listed("/Observation")}
    assert "2026-05-25T08:10:00+02:00" in taken


@pytest.mark.parametrize("path", OWN)
@pytest.mark.parametrize("who", ["dana", "rob", "nobody"])
async def test_who_is_no_patient_has_no_record_of_their_own(
    clinic: Any, path: str, who: str
) -> None:
    """ASVS 8.2.2."""
    reply = await clinic.get(path, who)
    assert (reply.status_code, reply.json()["code"]) == (403, "no_record")


@pytest.mark.parametrize("path", [*OWN, "/Practitioner", "/Slot", "/Patient"])
async def test_a_subject_means_nothing_in_another_tenant(clinic: Any, path: str) -> None:
    """ASVS 8.4.1."""
    reply = await clinic.get(path, "pat", tenant="globex")
    assert (reply.status_code, reply.json()["code"]) == (403, "no_record")


async def test_a_physician_sees_the_patients_in_her_care(clinic: Any) -> None:
    names = [one["name"][0]["text"] for one in await clinic.listed("/Patient", "dana")]
    assert names == ["Pat Rivera"]


@pytest.mark.parametrize("part", CARE)
async def test_a_physician_reads_the_record_of_who_is_in_her_care(clinic: Any, part: str) -> None:
    pat = await _patient(clinic, "pat")
    assert await clinic.listed(f"/Patient/{pat}/{part}", "dana")


@pytest.mark.parametrize("part", CARE)
@pytest.mark.parametrize("who", ["dana", "rob", "pat", "aud2", "quinn"])
async def test_a_patient_who_is_not_in_ones_care_is_the_same_as_none(
    clinic: Any, part: str, who: str
) -> None:
    """ASVS 8.2.2: nobody learns who is a patient here; not even one's own id opens this way."""
    quinn = await _patient(clinic, "quinn")
    other = await clinic.get(f"/Patient/{quinn}/{part}", who)
    unknown = await clinic.get(f"/Patient/pat-{'0' * 32}/{part}", who)
    assert other.status_code == unknown.status_code == 403
    assert other.content == unknown.content
    assert other.json()["code"] == "not_in_care"


@pytest.mark.parametrize("who", ["pat", "rob", "aud2"])
async def test_nobody_else_has_patients(clinic: Any, who: str) -> None:
    assert await clinic.listed("/Patient", who) == []


async def test_the_front_desk_sees_all_appointments_and_no_clinical_datum(clinic: Any) -> None:
    visits = await clinic.listed("/Schedule/Appointment?limit=14", "rob")
    names = {who["actor"]["display"] for one in visits for who in one["participant"]}
    assert names == {"Pat Rivera", "Quinn Abbott", "Dr Dana Farrow", "Dr Noor Haddad"}
    known = {"resourceType", "id", "status", "slot", "start", "end", "participant"}
    assert all(set(one) == known for one in visits)


async def test_a_physician_sees_her_own_consultations(clinic: Any) -> None:
    visits = await clinic.listed("/Schedule/Appointment?limit=14", "dana")
    assert [one["participant"][0]["actor"]["display"] for one in visits] == ["Pat Rivera"]


async def test_patients_have_no_view_of_the_schedule(clinic: Any) -> None:
    """ASVS 8.2.1."""
    reply = await clinic.get("/Schedule/Appointment?limit=14", "pat")
    assert (reply.status_code, reply.json()["code"]) == (403, "no_record")


@pytest.mark.parametrize(("day", "seen"), [("2026-11-26", 0), ("2026-11-27", 1), ("2026-11-28", 0)])
async def test_a_day_of_the_schedule_is_that_day(clinic: Any, day: str, seen: int) -> None:
    assert len(await clinic.listed(f"/Schedule/Appointment?first_day={day}", "dana")) == seen


@pytest.mark.parametrize(("after", "seen"), [("08:59", 1), ("09:00", 1), ("09:01", 0)])
async def test_the_schedule_begins_at_the_time_that_was_asked_for(
    clinic: Any, after: str, seen: int
) -> None:
    query = f"first_day=2026-11-27&after={after}"
    assert len(await clinic.listed(f"/Schedule/Appointment?{query}", "dana")) == seen


async def test_a_busy_day_is_told_in_part_with_its_amount(clinic: Any) -> None:
    file = database_path(clinic.home, "healthcare")
    pull(file)
    database, now = sqlite3.connect(file), int(clinic.now.timestamp())
    with closing(database):
        copy = """INSERT INTO appointments SELECT 'apt-' || substr(s.id, 5), a.tenant, a.patient_id,
            s.practitioner_id, s.id, s.starts_at, s.ends_at, ? FROM slots AS s,
            (SELECT * FROM appointments LIMIT 1) AS a WHERE s.taken_by IS NULL
            AND s.starts_at > ? ORDER BY s.starts_at LIMIT ? OFFSET ?"""
        database.execute(copy, ("booked", now, 60, 0))
        database.execute(copy, ("cancelled", now, 9, 60))
        database.commit()
    push(file)
    reply = (await clinic.get("/Schedule/Appointment?limit=31", "rob")).json()
    booked = len({entry["resource"]["start"] for entry in reply["entry"]})
    assert (len(reply["entry"]), reply["total"]) == (PAGE, 62)
    assert booked > 1
