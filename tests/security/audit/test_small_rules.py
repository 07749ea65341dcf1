"""What the trail calls a session, says of what waits no longer, and when nothing goes on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from security.audit.gate import TrailGate
from security.audit.naming import session_name
from security.audit.pending import voided
from security.audit.record import AuditEvent, SessionName, Tag
from security.errors import Refused
from security.vault.keys import KeyRing

WHERE = SessionName("row", "reference", "web")
ROW = SimpleNamespace(turn_id="turn", operation="banking.pay_bill", digest="d" * 64, amount="9.99")


def test_what_waits_no_longer_is_told_with_what_it_was() -> None:
    """ASVS 16.2.5: by its digest, never by its arguments."""
    assert voided(ROW, WHERE, "session_over", "bank", "alice") == AuditEvent(
        Tag.PENDING_VOIDED,
        tenant="bank",
        person="alice",
        session=WHERE,
        turn="turn",
        operation="banking.pay_bill",
        arguments="d" * 64,
        reason="session_over",
    )
    nobody = voided(ROW, WHERE, "displaced", None)
    assert (nobody.tenant, nobody.person, nobody.reason) == (None, None, "displaced")


@pytest.mark.parametrize("tenant", ["bank", None])
@pytest.mark.parametrize("channel", ["embed", None])
def test_a_session_is_called_by_its_reference(tenant: str | None, channel: str | None) -> None:
    keys = KeyRing(bytes(32))
    name = session_name(keys, tenant, "session-1", channel)
    assert (name.id, name.channel) == ("session-1", channel)
    assert keys.session_of(tenant, name.reference) == "session-1"


def test_nothing_is_allowed_while_the_trail_cannot_be_relied_on() -> None:
    """ASVS 16.5.3."""
    gate = TrailGate()
    gate.check()
    gate.closed = True
    with pytest.raises(Refused, match=r"^security_unavailable$"):
        gate.check()
