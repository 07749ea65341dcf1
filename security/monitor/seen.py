"""One record of the trail, as the watch sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from security.audit.verifier import FIRST_LANE

Fields = Mapping[str, Any]

ONE_WRITER = FIRST_LANE
"""The writer of records that name none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record with its moment, in seconds since 1970 UTC, and its place on the trail.

    `fields` are the record's own, and `who`: the pseudonym of whoever did it, which is the actor
    where there is one and else the person.
    """

    fields: Fields
    at: float
    writer: str
    sequence: int

    @property
    def reference(self) -> str:
        """Return the event's id: `writer-sequence`."""
        return f"{self.writer}-{self.sequence}"

    @property
    def moment(self) -> datetime:
        """Return its moment, in UTC."""
        return datetime.fromtimestamp(self.at, UTC)


def seen(said: Mapping[str, Any]) -> Seen:
    """Return a record as the watch sees it. Raises `ValueError` where it is none."""
    try:
        at, sequence = datetime.fromisoformat(said["at"]).timestamp(), int(said["sequence"])
        who = said.get("actor") or said.get("person")
        fields = {**said, "who": who} if who else said
        return Seen(fields, at, str(said.get("writer", ONE_WRITER)), sequence)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a record of the trail: {type(error).__name__}") from None


def read(record: bytes) -> Seen:
    """Return a record from its bytes. Raises `ValueError` where it is none."""
    said = orjson.loads(record)
    if not isinstance(said, dict):
        raise ValueError("not a record of the trail: no object")
    return seen(said)
