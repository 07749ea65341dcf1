"""The table of classes is read twice, by the guard and by Cedar: each reading alone denies."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from security import checks
from security.access import Access
from security.errors import Refused
from tests.security.decisions import denied
from tests.security.payments import TO_ANNA, TRANSFER
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

TOO_OLD = "UPDATE sessions SET proved_at = proved_at - 900 * 1000000"
TOO_WEAK = "UPDATE sessions SET assurance = 'aal1'"
STATES = {
    "a proof that is too old": (TOO_OLD, BALANCE, {}, "personal-wants-15-minutes"),
    "a proof that is too weak": (TOO_WEAK, BALANCE, {}, "personal-wants-aal2"),
    "no approval": ("SELECT 1", TRANSFER, TO_ANNA, "binding-wants-approval"),
}
OWN_CODE = {BALANCE: "step_up_required", TRANSFER: "confirmation_required"}


def lose(monkeypatch: pytest.MonkeyPatch, reading: str) -> None:
    """Let one of the two readings pass everything."""
    if reading == "cedar":
        monkeypatch.setattr(Access, "allows", Access.may)
        return
    for name in ("assurance_is_enough", "approval_is_bound"):
        monkeypatch.setattr(checks, name, lambda _asked: None)


@pytest.mark.parametrize(("state", "operation", "arguments", "policy"), STATES.values(), ids=STATES)
@pytest.mark.parametrize("lost", [(), ("guard",), ("cedar",), ("guard", "cedar")])
async def test_either_reading_alone_denies(
    alice: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    operation: str,
    arguments: dict[str, Any],
    policy: str,
    lost: tuple[str, ...],
) -> None:
    """ASVS 8.2.1, RFC 9470: it takes two mistakes in two places; with both it is allowed."""
    alice.world.sql(state)
    for reading in lost:
        lose(monkeypatch, reading)
    alice.world.wire(alice.world.core)
    if lost == ("guard", "cedar"):
        # A write has a third wall behind both: nothing is called without a key of its approval.
        with suppress(Refused):
            await alice.ask(operation, arguments)
        assert len(alice.world.trail("operation:guard:allow")) == 1
        return
    code = "forbidden" if "guard" in lost else OWN_CODE[operation]
    with pytest.raises(Refused, match=f"^{code}$"):
        await alice.ask(operation, arguments)
    [(_, reason)] = denied(alice.world)
    assert (reason == f"policy:{policy}") is ("guard" in lost)
    assert alice.world.api.calls == []


EMAILS = {
    "too old": ("UPDATE sessions SET email_proved_at = proved_at - 900 * 1000000", "web"),
    "never given": ("UPDATE sessions SET email_proved_at = NULL", "web"),
    "by text message": ("UPDATE sessions SET email_proved_at = proved_at", "sms"),
}


@pytest.mark.parametrize(("state", "channel"), EMAILS.values(), ids=EMAILS)
@pytest.mark.parametrize("lost", ["guard", "cedar"])
async def test_either_reading_alone_denies_a_code_by_email(
    world: World, monkeypatch: pytest.MonkeyPatch, state: str, channel: str, lost: str
) -> None:
    """The same for the weaker proof that some operations of orders and IT take."""
    world.sql("UPDATE tenants SET apis = '[\"orders\"]' WHERE id = 'acme-shop'")
    carl = Visitor(world)
    await carl.arrive()
    await carl.sign_in("carl")
    for change in (TOO_WEAK, state, f"UPDATE sessions SET channel = '{channel}'"):
        world.sql(change)
    lose(monkeypatch, lost)
    world.wire(world.core)
    with pytest.raises(Refused):
        await carl.ask("orders.cancel_order", {"number": "AC-10497"})
    assert world.api.calls == []


async def test_a_session_of_another_tenant_opens_nothing(alice: Visitor) -> None:
    """ASVS 8.4.1: who somebody is and where their session belongs are two facts."""
    alice.world.sql("UPDATE sessions SET tenant_id = 'globex'")
    await alice.is_refused("forbidden")
    alice.world.sql("UPDATE sessions SET tenant_id = NULL")
    await alice.is_refused("forbidden")
    assert denied(alice.world) == [("deny", "policy:own-tenant-only")] * 2
    assert alice.world.api.calls == []
