"""What the gateway sends for an organisation's auditors: shapes and bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from security.auditing_model import (
    AlertState,
    CloseReason,
    Form,
    Level,
    Purpose,
    ReportForm,
    Wanted,
)
from security.faces.requests import Address, Held, LookAt
from security.model import Reference

Place = Annotated[str, Field(min_length=1, max_length=256)]
Moment = Annotated[str, Field(max_length=40)]
Pseudonym = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Prove(Held):
    """Whether records can be read now, and the proof that is due otherwise."""

    address: Address


class Records(LookAt):
    """A page of records: from a place on, or what is newer than one."""

    wanted: Wanted = Field(default_factory=Wanted)
    older: Place | None = None
    newer: Place | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class SaveRecords(LookAt):
    """All records that are wanted, as a file, and what for."""

    wanted: Wanted = Field(default_factory=Wanted)
    form: Form
    purpose: Purpose


class NamePerson(LookAt):
    """Whose name on the trail it is, and what for."""

    person: Pseudonym
    purpose: Purpose


class Figures(LookAt):
    """Numbers of the last hour, day or week."""

    span: Literal["hour", "day", "week"]


class Report(LookAt):
    """What a period comes to."""

    since: Moment
    until: Moment
    purpose: Purpose
    form: ReportForm


class Alerts(LookAt):
    """A page of alerts."""

    state: AlertState | None = None
    level: Level | None = None
    after: Place | None = None


class OfAlert(LookAt):
    """One alert."""

    ref: Reference


class MoveAlert(Held):
    """What becomes of an alert."""

    ref: Reference
    state: AlertState
    reason: CloseReason | None = None


class Sessions(LookAt):
    """A page of live sessions."""

    after: Place | None = None


class EndSession(Held):
    """A session that is to end, by its reference; or the action that ends it, by its own."""

    ref: Reference
    address: Address
