"""Account numbers stay where a payment may need them, and nowhere else."""

from __future__ import annotations

import pytest

from tests.security.visitor import Visitor
from tests.security.world import World

IBAN = "GB33 BUKB 2020 1555 5555 55"


@pytest.mark.parametrize(
    ("tenant", "apis", "stays"),
    [
        ("northwind-bank", '["banking"]', True),
        ("northwind-bank", '["hr", "it"]', True),
        ("northwind-bank", '["healthcare", "it"]', False),
        ("northwind-bank", '["orders"]', False),
        (None, '["banking"]', False),
    ],
)
async def test_an_account_number_stays_where_it_is_needed(
    world: World, tenant: str | None, apis: str, stays: bool
) -> None:
    """GDPR 5(1)(c): what no operation needs is not collected."""
    world.sql("UPDATE tenants SET apis = ? WHERE id = 'northwind-bank'", apis)
    visitor = Visitor(world)
    await visitor.arrive(tenant)
    turn = await visitor.say(f"is {IBAN} right?")
    assert turn.utterance.text == (f"is {IBAN} right?" if stays else "is •••• 5555 right?")
