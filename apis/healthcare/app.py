"""The routes of the clinic's API.

Scopes say which resources of FHIR a token opens and whether it may change them, as those of SMART
App Launch 2 do, in this project's own form: `healthcare:observations:read` is SMART's
`Observation.rs`. Whose they are is for the API to decide: a route without a patient in its path
is about the caller's own (SMART's `patient/…`), the others about whom the caller treats (`user/…`).
"""

from __future__ import annotations

from pathlib import Path as FilePath

from fastapi import FastAPI

from apis.common.app import new_app
from apis.common.caller import Protection, protect
from apis.common.erasures import allow_erasures
from apis.common.problems import handle_problems
from apis.healthcare.calendar import Calendar
from apis.healthcare.calendar_routes import add_calendar
from apis.healthcare.erasing import erase
from apis.healthcare.problems import KINDS
from apis.healthcare.record_routes import add_records
from apis.healthcare.records import Records
from apis.healthcare.visit_routes import add_visits
from apis.healthcare.writer import Writer

NAME = "healthcare"
AUDIENCE = "urn:gatehouse:api:healthcare"
FOLDER = FilePath(__file__).resolve().parent
POLICIES = FOLDER / "policies"


def create_app(
    calendar: Calendar, records: Records, writer: Writer, protection: Protection
) -> FastAPI:
    """Return the application around what reads, what writes, and what stands at its door."""
    app = routes()
    app.state.calendar, app.state.records, app.state.writer = calendar, records, writer
    protect(app, protection)
    allow_erasures(app, NAME, FOLDER, erase)
    handle_problems(app, KINDS)
    return app


def routes() -> FastAPI:
    """Return the routes alone, which is all that the OpenAPI document needs."""
    app = new_app("Gatehouse healthcare API")
    add_calendar(app)
    add_records(app)
    add_visits(app)
    return app
