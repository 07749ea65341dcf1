"""What the trail says of one event: tags and references, never a person's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from security.audit.kinds import KINDS, Channel
from security.audit.tags import Tag

__all__ = ["AuditEvent", "Channel", "Decision", "SessionName", "Tag", "event_id", "serialise"]

Decision = Literal["allow", "deny"]

VERSION = 2
"""Of the schema of a record. Those that name no version are of the first, which had no channel, no
outcome, and sessions by the id of their row."""


@dataclass(frozen=True)
class SessionName:
    """A session: the id of its row, which stays here, what the trail calls it, and its channel."""

    id: str
    reference: str
    channel: Channel | None = None


@dataclass(frozen=True)
class AuditEvent:
    """One event. References are opaque; `person` is the trail's own pseudonym.

    `session` stands there by its reference; `channel` is that of the session, and where there is
    none what the kind of event says. `intent` is the id of the record that allowed it. `object` is
    the masked number of a thing, such as a card. `actor` is whoever did it to the person, where
    that was somebody else. `origin` is the keyed digest of the network that somebody came from,
    `counterparty` that of whom a payment goes to, `magnitude` how many digits its amount has
    before the point. `about` are the names, as their API knows them, of those whose data it was
    where that is somebody else's. How it ended is its kind's (`kinds.py`). Shapes: `schema.py`.
    """

    tag: Tag
    tenant: str | None = None
    person: str | None = None
    actor: str | None = None
    roles: tuple[str, ...] = ()
    session: SessionName | None = None
    channel: Channel | None = None
    turn: str | None = None
    operation: str | None = None
    scope: str | None = None
    arguments: str | None = None
    object: str | None = None
    purpose: str | None = None
    decision: Decision | None = None
    reason: str | None = None
    assurance: str | None = None
    method: str | None = None
    token: str | None = None
    key: str | None = None
    intent: str | None = None
    duration_us: int | None = None
    origin: str | None = None
    counterparty: str | None = None
    magnitude: int | None = None
    about: tuple[str, ...] = ()


def event_id(writer: str, sequence: int) -> str:
    """Return what a record is called: its writer's chain, and its place in it."""
    return f"{writer}-{sequence}"


def serialise(event: AuditEvent, writer: str, sequence: int, at: datetime, previous: str) -> bytes:
    """Return the canonical bytes of a record: what its successor's hash covers.

    Absent fields are left out; keys are sorted; `at` is UTC in microseconds.
    """
    # A record is flat: `asdict` would copy each value deeply, thirty times as slowly.
    said = {name: value for name, value in vars(event).items() if value not in (None, (), "")}
    kind, where = KINDS[event.tag], event.session
    if where is not None:
        said["session"] = where.reference
    record = {
        **said,
        "channel": event.channel or (where.channel if where else None) or kind.way,
        "tag": event.tag.value,
        "outcome": kind.outcome,
        "version": VERSION,
        "writer": writer,
        "sequence": sequence,
        "at": at.isoformat(timespec="microseconds"),
        "previous_sha256": previous,
    }
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
