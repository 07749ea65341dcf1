"""A code by email counts on the page alone: a text gains nothing by one (ASVS 6.3.4)."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.letters import PHONE, drop, enrol, last_code
from tests.security.texter import Texter, carry
from tests.security.visitor import Visitor
from tests.security.world import World

CANCEL = "orders.cancel_order"
ORDER = {"number": "AC-10497"}


@pytest.mark.parametrize("has_app", [True, False])
async def test_attack_a_text_uses_the_code_by_email_that_the_page_was_given(
    world: World, has_app: bool
) -> None:
    """ASVS 6.3.4: whoever forges a number gets nothing of what its person has just proved."""
    assert world.core.operations[CANCEL].email_code
    world.sql("UPDATE tenants SET apis = ? WHERE id = ?", '["orders"]', "acme-shop")
    carry(world)
    enrol(world, "carl", "email", "carl@example.org")
    drop(world, "carl", "totp")
    page = Visitor(world)
    await page.arrive()
    await page.give_password("carl", tenant="acme-shop")
    await page.answer(last_code(world))
    if has_app:
        enrol(world, "carl", "totp", "JBSWY3DPEHPK3PXP")
    enrol(world, "carl", "sms", PHONE)
    phone = Texter(world, tenant="acme-shop")
    turn = await phone.turn("cancel my order")
    with pytest.raises(Refused) as refusal:
        await phone.invokes(turn, CANCEL, **ORDER)
    assert refusal.value.code == "step_up_required"
    assert world.api.calls == []
    await page.ask(CANCEL, ORDER)
    assert len(world.api.calls) == 1
