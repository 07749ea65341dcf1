"""Break-glass: physicians alone, one patient, to read, for an hour, with a sealed reason."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from apis.common.database import database_path
from apis.common.key_file import key_path
from apis.healthcare.serve import run
from tests.support.opened import connect

from .paths import new_key

WHY = "Found unconscious at home, no relatives here."
ORDER = {"patient": "Quinn Abbott", "code": "emergency_treatment", "reason": WHY}


async def _open(clinic: Any, who: str = "dana", **other: str) -> Any:
    return await clinic.post("/EmergencyAccess", {**ORDER, **other}, new_key(), who)


async def _quinn(clinic: Any) -> str:
    return str((await clinic.listed("/everything", "quinn"))[0]["id"])


@pytest.mark.parametrize("said", ["Quinn Abbott", "quinn abbott", "HC-20733", "hc-20733"])
async def test_a_physician_opens_a_record_that_is_not_in_her_care(clinic: Any, said: str) -> None:
    opened = (await _open(clinic, patient=said)).json()
    assert opened["patient"]["display"] == "Quinn Abbott"
    assert (opened["ends"], opened["subject"]) == ("2026-11-23T14:00:00+01:00", "pw-quinn")
    quinn = await _quinn(clinic)
    for part in ("Observation", "MedicationRequest", "everything"):
        assert await clinic.listed(f"/Patient/{quinn}/{part}", "dana")
    names = [one["name"][0]["text"] for one in await clinic.listed("/Patient", "dana")]
    assert names == ["Pat Rivera", "Quinn Abbott"]


@pytest.mark.parametrize(("seconds", "status"), [(3599, 200), (3600, 403), (3601, 403)])
async def test_it_is_open_for_an_hour(clinic: Any, seconds: int, status: int) -> None:
    await _open(clinic)
    quinn = await _quinn(clinic)
    clinic.later(seconds=seconds)
    reply = await clinic.get(f"/Patient/{quinn}/Observation", "dana")
    assert reply.status_code == status
    listed = (await clinic.get("/EmergencyAccess", "dana")).json()
    assert listed["total"] == (1 if status == 200 else 0)


@pytest.mark.parametrize("who", ["pat", "quinn", "rob", "aud2", "nobody"])
async def test_nobody_else_opens_anything(clinic: Any, who: str) -> None:
    """ASVS 8.2.1."""
    reply = await _open(clinic, who)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    assert (await clinic.get("/EmergencyAccess", who)).json()["code"] == "no_record"


async def test_it_opens_one_record_to_one_physician(clinic: Any) -> None:
    """Nobody else sees more by it, and nothing can be changed."""
    await _open(clinic)
    quinn = await _quinn(clinic)
    for who in ("pat", "rob", "aud2"):
        assert (await clinic.get(f"/Patient/{quinn}/Observation", who)).status_code == 403
    [visit] = await clinic.listed("/Appointment", "quinn")
    path, body = f"/Appointment/{visit['id']}/cancel", {"start": visit["start"]}
    assert (await clinic.post(path, body, new_key(), "dana")).status_code == 404


async def test_who_is_in_ones_care_needs_no_emergency(clinic: Any) -> None:
    reply = await _open(clinic, patient="Pat Rivera")
    assert (reply.status_code, reply.json()["code"]) == (409, "not_needed")


@pytest.mark.parametrize(
    "said", ["Quinn", "Abbott", "Nobody Here", "HC-99999", "%", "Quinn Abbot_"]
)
async def test_a_part_of_a_name_finds_nobody(clinic: Any, said: str) -> None:
    """Patients cannot be looked through this way."""
    reply = await _open(clinic, patient=said)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "other",
    [
        {"code": "curious"},
        {"reason": "short"},
        {"reason": "x" * 501},
        {"reason": "two\nlines of it"},
    ],
)
async def test_a_reason_is_a_code_and_a_sentence(clinic: Any, other: dict[str, str]) -> None:
    reply = await _open(clinic, **other)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(("length", "status"), [(9, 422), (10, 200), (500, 200), (501, 422)])
async def test_how_long_a_reason_is(clinic: Any, length: int, status: int) -> None:
    assert (await _open(clinic, reason="x" * length)).status_code == status


async def test_the_sentence_is_sealed_for_the_patients_record(clinic: Any) -> None:
    """ASVS 11.3.2: on the disk there is no word of it; with the key, at its place, there is."""
    made = (await _open(clinic)).json()
    for file in (clinic.home / "db" / "healthcare").iterdir():
        assert b"unconscious" not in file.read_bytes()
    with closing(connect(database_path(clinic.home, "healthcare"))) as connection:
        query = "SELECT id, reason_code, reason FROM emergency_accesses"
        assert connection.execute(query).fetchall() == [(made["id"], "emergency_treatment", WHY)]


async def test_without_its_key_the_clinic_does_not_start(home: Path) -> None:
    """ASVS 16.5.3: no reason is ever kept unsealed, or under a key made on the way."""
    path = key_path(home, "healthcare")
    path.unlink()
    with pytest.raises(FileNotFoundError):
        await run(home)
    assert not path.exists()
