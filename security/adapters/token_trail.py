"""Which operation a token was minted for: from the trail, where its id stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select

from security.adapters import audit_log
from security.adapters.audit_tables import AuditRow

_MINTED = b'"decision":"allow"'
LOOKED_AT = 5_000
"""So many of each writer's last records: a token lives for a minute."""
_TRAIL = AuditRow.__table__.c
_LAST = (
    select(_TRAIL.record)
    .where(_TRAIL.writer == bindparam("of"))
    .order_by(_TRAIL.sequence.desc())
    .limit(bindparam("most"))
)


def minted(connection: Connection, tokens: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the latest records that name one of these tokens, by the token."""
    wanted = {token: f'"token":"{token}"'.encode() for token in tokens}
    found: dict[str, Mapping[str, Any]] = {}
    if not wanted:
        return found
    for writer in list(audit_log.writers(connection)):
        for raw in connection.execute(_LAST, {"of": writer, "most": LOOKED_AT}).scalars():
            for token, said in wanted.items():
                if token not in found and said in raw and _MINTED in raw:
                    found[token] = orjson.loads(raw)
    return found
