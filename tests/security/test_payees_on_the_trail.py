"""What the trail says of a payment's amount and payee: enough to tell them apart, no more."""

from __future__ import annotations

from tests.security.payments import TO_ANNA, asked_to_approve
from tests.security.visitor import Visitor


async def test_the_trail_tells_payees_apart_and_names_none(visitor: Visitor) -> None:
    """NIST 800-53 AU-3: what the watch needs, and no number, name or amount of anybody."""
    await visitor.sign_in("alice")
    await asked_to_approve(visitor)
    [*_, denied] = visitor.world.trail("operation:guard:deny")
    assert {"magnitude", "counterparty"}.isdisjoint(denied)
    await visitor.prove("alice")
    await visitor.resume()
    [allowed] = visitor.world.trail("operation:guard:allow")
    assert allowed["magnitude"] == len("50")
    assert len(allowed["counterparty"]) == 32
    assert {str(value) for value in allowed.values()}.isdisjoint(TO_ANNA.values())
