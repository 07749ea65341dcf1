"""Which records of the trail are an organisation's, and which of those are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from security.audit.verifier import FIRST_LANE
from security.auditing_model import AuditRecord, Wanted
from security.errors import Refused

Fields = Mapping[str, Any]
SessionName = Callable[[str], str]
"""From the id of a session, as records of the first version have it, to its reference."""

_PLAIN = (
    *("person", "actor", "operation", "scope", "object", "purpose", "decision", "reason"),
    *("assurance", "method", "intent", "channel", "outcome"),
)


@dataclass(frozen=True)
class Entry:
    """One record with its place on the trail, its moment, and what it says."""

    writer: str
    sequence: int
    at: datetime
    said: Fields

    @property
    def ref(self) -> str:
        """Return the event's id."""
        return f"{self.writer}-{self.sequence}"


def moment(text: str | None, field: str) -> datetime | None:
    """Return a moment from ISO 8601. Raises `Refused("invalid_arguments")`, without a zone too."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError("no time zone")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("invalid_arguments", field=field) from None


def entry(record: bytes) -> Entry | None:
    """Return a record that can be read; None for what is none, which the check of the log finds."""
    try:
        said = orjson.loads(record)
        at = datetime.fromisoformat(said["at"])
        if at.tzinfo is None or not isinstance(said["tag"], str):
            return None
        return Entry(str(said.get("writer", FIRST_LANE)), int(said["sequence"]), at, said)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


class OfTenant:
    """Finds an organisation's records among the bytes of all.

    Records are flat and written canonically, so one that names the organisation has exactly
    these bytes in it; whatever has them is read then and looked at properly.
    """

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._bytes = b'"tenant":' + orjson.dumps(tenant)

    def entry(self, record: bytes) -> Entry | None:
        """Return a record of this organisation, None for any other."""
        if self._bytes not in record:
            return None
        found = entry(record)
        return found if found is not None and found.said.get("tenant") == self._tenant else None


class Filter:
    """The test of a `Wanted`. Raises `Refused("invalid_arguments")` where a moment is none."""

    def __init__(self, wanted: Wanted, name_of: SessionName) -> None:
        self._wanted = wanted
        self._name_of = name_of
        self.since = moment(wanted.since, "since")
        self.until = moment(wanted.until, "until")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise Refused("invalid_arguments", field="until")

    def takes(self, one: Entry) -> bool:
        """Tell whether this record is wanted."""
        wanted, said = self._wanted, one.said
        people = (None, said.get("person"), said.get("actor"))
        return (
            (self.since is None or one.at >= self.since)
            and (self.until is None or one.at < self.until)
            and (wanted.kind is None or under(said["tag"], wanted.kind))
            and wanted.person in people
            and wanted.decision in (None, said.get("decision"))
            and wanted.operation in (None, said.get("operation"))
            and self._wanted.session in (None, session_of(said, self._name_of))
        )


def session_of(said: Fields, name_of: SessionName) -> str | None:
    """Return the reference of a record's session; never the id of its row."""
    session = said.get("session")
    if not isinstance(session, str):
        return None
    return session if "version" in said else name_of(session)


def under(tag: str, kind: str) -> bool:
    """Tell whether a tag is this one, or one below it."""
    return tag == kind or tag.startswith(f"{kind}:")


def shown(one: Entry, name_of: SessionName) -> AuditRecord:
    """Return a record as a page may show it; what is keyed to nobody's question stays out."""
    said = one.said
    fields: dict[str, Any] = {key: said[key] for key in _PLAIN if said.get(key) is not None}
    if (session := session_of(said, name_of)) is not None:
        fields["session"] = session
    if said.get("roles"):
        fields["roles"] = list(said["roles"])
    if isinstance(said.get("duration_us"), int):
        fields["duration_ms"] = said["duration_us"] / 1_000
    return AuditRecord(id=one.ref, at=said["at"], tag=said["tag"], **fields)
