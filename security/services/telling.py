"""Telling a person what has changed, and when, over every channel that they have."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from security.adapters.tables import PersonRow
from security.core import Core
from security.services import messages
from security.services.letters import Notice


def tell(
    core: Core,
    store: Session,
    person: PersonRow,
    notice: Notice,
    now: datetime,
    but: str | None = None,
    most: int = messages.NOTICES_PER_HOUR,
) -> None:
    """Send a notice, with its moment, to every number and address but one (ASVS 6.3.7).

    Call it before the change itself: an address that is about to go is told as well. `most`: see
    `messages.notify`.
    """
    moment = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    messages.notify(
        core,
        store,
        person_id=person.id,
        tenant_id=person.tenant_id,
        subject=notice.subject,
        text=f"{notice.text} ({moment})",
        now=now,
        but=but,
        most=most,
    )
