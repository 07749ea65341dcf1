"""Who has no authenticator app asks by text: it goes on at the page, by whatever way they have."""

from __future__ import annotations

import pytest

from security.errors import Refused
from security.model import BotMessage
from tests.security.fakes import ACCOUNTS
from tests.security.letters import PHONE, drop, enrol, last_code, letters
from tests.security.onward import LINK, is_void, takes
from tests.security.payments import RECEIPT, TO_ANNA, TRANSFER
from tests.security.texter import Texter, carry
from tests.security.visitor import BALANCE, Visitor
from tests.security.world import World

CANCEL, ORDER = "orders.cancel_order", {"number": "AC-10497"}


@pytest.fixture
def phone(world: World) -> Texter:
    """The telephone of alice, who has nothing but this number."""
    world.sql("UPDATE tenants SET sms_limit = '100.00', sms_currency = 'EUR'")
    carry(world)
    enrol(world, "alice", "sms", PHONE)
    drop(world, "alice", "totp")
    return Texter(world)


async def asked(phone: Texter, code: str, operation: str, **arguments: str) -> str:
    """Ask by text, be refused with `code`; return the answer."""
    turn = await phone.turn("please")
    with pytest.raises(Refused, match=f"^{code}$"):
        await phone.invokes(turn, operation, **arguments)
    return await phone.hear(turn, BotMessage(text="Not here.", refused=code)) or ""


async def page_by_code(world: World, username: str = "alice") -> Visitor:
    """Return a browser in which somebody signs in by a code that is sent to them."""
    page = Visitor(world)
    await page.arrive()
    await page.give_password(username)
    await page.answer(last_code(world))
    return page


def waiting(world: World) -> list[tuple[str, str]]:
    """Return operation and state of what was kept."""
    return [(name, state) for name, state in world.sql(
        "SELECT operation, state FROM pending_operations ORDER BY rowid"
    )]  # fmt: skip


async def test_a_personal_read_goes_on_at_the_page(phone: Texter) -> None:
    """Contract: everything that a typed TOTP does not unlock is a link, and shown on the page."""
    said = await asked(phone, "step_up_required", BALANCE)
    found = LINK.search(said)
    assert found is not None, said
    assert "Reply" not in said
    assert phone.world.sql("SELECT * FROM challenges") == []
    page = await page_by_code(phone.world)
    told = await phone.world.gateway.look_at_link(page.cookie, page.csrf, found[2])
    assert told.changes is False
    assert phone.world.api.calls == []
    phone.world.api.answer = ACCOUNTS
    await takes(page, found[2])
    assert [call.operation for call in phone.world.api.calls] == [BALANCE]
    await is_void(page, found[2])


async def test_a_payment_within_the_limit_is_approved_by_sms_on_the_page(phone: Texter) -> None:
    """Contract: SMS for amounts up to the tenant's limit, on the web only."""
    found = LINK.search(await asked(phone, "confirmation_required", TRANSFER, **TO_ANNA))
    assert found is not None
    page = await page_by_code(phone.world)
    [*_, last] = await takes(page, found[2])
    assert last.challenge is not None
    assert (last.challenge.purpose, last.challenge.methods) == ("confirm", ["sms"])
    assert phone.world.api.calls == []
    assert "Pay 50.00 EUR to Anna Berg" in letters(phone.world)[-1].text
    phone.world.api.answer = RECEIPT
    await page.answer(last_code(phone.world))
    await page.resume()
    assert [dict(call.arguments) for call in phone.world.api.calls] == [TO_ANNA]


@pytest.mark.parametrize(
    ("code", "operation", "arguments"),
    [
        ("step_up_impossible", TRANSFER, {**TO_ANNA, "amount": "100.01"}),
        ("forbidden", "hr.list_documents", {}),
        ("forbidden", "banking.nothing_of_this_name", {}),
    ],
    ids=["above the limit of SMS codes", "of another house", "not declared"],
)
async def test_what_the_page_would_not_allow_is_not_kept(
    phone: Texter, code: str, operation: str, arguments: dict[str, str]
) -> None:
    """ASVS 8.2.1: nobody is led anywhere for nothing."""
    said = await asked(phone, code, operation, **arguments)
    assert "#continue=" not in said
    assert waiting(phone.world) == []
    assert phone.world.trail("page:link:leave") == []


async def test_what_the_role_may_not_do_is_not_kept(phone: Texter) -> None:
    """ASVS 8.2.1: whatever could be proved on the page."""
    phone.world.give_roles("alice", "auditor")
    said = await asked(phone, "forbidden", BALANCE)
    assert "#continue=" not in said
    assert waiting(phone.world) == []


async def test_a_code_by_email_is_enough_on_the_page_where_the_manifest_says_so(
    world: World,
) -> None:
    """Contract: those personal operations of orders whose manifest says so."""
    world.sql("UPDATE tenants SET apis = ? WHERE id = ?", '["orders"]', "acme-shop")
    carry(world)
    enrol(world, "carl", "email", "carl@example.org")
    enrol(world, "carl", "sms", PHONE)
    drop(world, "carl", "totp")
    phone = Texter(world, tenant="acme-shop")
    found = LINK.search(await asked(phone, "step_up_required", CANCEL, **ORDER))
    assert found is not None
    drop(world, "carl", "sms")
    page = await page_by_code(world, "carl")
    await takes(page, found[2])
    assert [call.operation for call in world.api.calls] == [CANCEL]


async def test_attack_a_code_that_was_sent_by_sms_is_typed_into_a_text(phone: Texter) -> None:
    """ASVS 6.6.2, GH-1: what the page was sent opens nothing in the conversation by text."""
    await asked(phone, "step_up_required", BALANCE)
    page = Visitor(phone.world)
    await page.arrive()
    await page.give_password("alice")
    assert "not asked for a code" in (await phone.says(last_code(phone.world)) or "")
    assert phone.world.api.calls == []
    assert waiting(phone.world) == [(BALANCE, "waiting")]


async def test_who_has_an_app_is_asked_for_its_code_here(phone: Texter) -> None:
    """The link is for those who cannot give one."""
    enrol(phone.world, "alice", "totp", "JBSWY3DPEHPK3PXP")
    said = await asked(phone, "step_up_required", BALANCE)
    assert "Reply with the 6-digit code" in said
    assert "#continue=" not in said
