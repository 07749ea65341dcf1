"""What the trail calls a session."""

from __future__ import annotations

from typing import cast

from security.audit.record import Channel, SessionName
from security.vault.keys import KeyRing


def session_name(
    keys: KeyRing, tenant: str | None, session_id: str, channel: str | None
) -> SessionName:
    """Return the name of a session in a record of this tenant; `channel` as its row has it."""
    reference = keys.session_reference(tenant, session_id)
    return SessionName(session_id, reference, cast("Channel | None", channel))
