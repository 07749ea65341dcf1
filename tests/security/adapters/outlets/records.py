"""Records as outlets get them."""

from __future__ import annotations

from security.audit.record import AuditEvent, Tag, serialise
from security.outlets.ports import Entry
from tests.security.fakes import NOW


def records(first: int, last: int) -> list[Entry]:
    """Return the records of these numbers."""
    event = AuditEvent(tag=Tag.SESSION_CREATED, tenant="globex")
    numbers = range(first, last + 1)
    return [Entry("main", one, serialise(event, "main", one, NOW, "0" * 64)) for one in numbers]
