"""What the panel asks for beside a code: told to the page, checked before the code is."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from security.adapters import pending_store
from security.adapters.sealed import readable
from security.adapters.tables import ChallengeRow
from security.core import Core
from security.errors import Refused
from security.model import PanelField
from security.operations.entry import SALT, Entry, texts

_SALT_BYTES = 32


@dataclass(frozen=True)
class Wanted:
    """The fields of one approval, and what is known to everybody who sees what it is about."""

    pending_id: str
    entries: tuple[Entry, ...]
    known: tuple[str, ...]

    def check(self, typed: Mapping[str, str], channel: str) -> None:
        """Raise `Refused` with the `field`, where something is missing, malformed or obvious.

        The page alone has a panel: nothing of this kind is ever taken from another channel.
        """
        if self.entries and channel != "web":
            raise Refused("unknown_method")
        unknown = set(typed) - {each.name for each in self.entries}
        if unknown:
            raise Refused("invalid_request", field="panel")
        for each in self.entries:
            complaint = each.complaint(typed.get(each.name), self.known)
            if complaint is not None:
                raise Refused(complaint, field=each.name)


NOTHING = Wanted("", (), ())


def wanted_by(core: Core, connection: Connection, challenge: ChallengeRow) -> Wanted:
    """Return what the operation that waits for this approval asks for in the panel."""
    if challenge.purpose != "confirm" or challenge.pending_id is None:
        return NOTHING
    row = pending_store.find(connection, challenge.pending_id)
    operation = core.operations.get(row.operation) if row is not None else None
    if operation is None or not operation.entries:
        return NOTHING
    arguments: dict[str, Any] = orjson.loads(readable(row.arguments_sealed))[1]
    return Wanted(row.id, operation.entries, tuple(texts(arguments)))


def is_filling_in(core: Core, store: Session, session_id: str, now: datetime) -> bool:
    """Tell whether an approval of this session waits for something beside its code."""
    query = select(ChallengeRow).where(
        ChallengeRow.session_id == session_id,
        ChallengeRow.state == "open",
        ChallengeRow.purpose == "confirm",
        ChallengeRow.expires_at > now,
    )
    waiting = store.scalars(query).all()
    return any(wanted_by(core, store.connection(), row).entries for row in waiting)


def fields_of(wanted: Wanted) -> list[PanelField] | None:
    """Return what the page is told of the fields; None where there are none."""
    return [
        PanelField(
            name=each.name,
            label=each.label,
            form=each.form,
            min_length=each.shortest,
            max_length=each.longest,
        )
        for each in wanted.entries
    ] or None


def hold(core: Core, wanted: Wanted, typed: Mapping[str, str], now: datetime) -> None:
    """Keep what was typed, and the salt of this one call, until its operation runs."""
    if wanted.entries:
        salt = secrets.token_urlsafe(_SALT_BYTES)
        core.entries.keep(wanted.pending_id, {**typed, SALT: salt}, now)
