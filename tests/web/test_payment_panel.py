"""A payment that waits: the person sees exactly what it is, and confirms or leaves it."""

from __future__ import annotations

import os

from playwright.sync_api import Page, expect

from tests.web.fake_gateway import FakeGateway
from tests.web.steps import ask_for_the_balance, give_code, log, panel, say


def test_what_is_approved_is_what_is_shown(page: Page, gateway: FakeGateway) -> None:
    """PSD2 RTS 5(1)(a): amount and payee stand in the panel that takes the code."""
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    expect(panel(page).get_by_role("heading")).to_contain_text("Anna Berg")
    if os.environ.get("SHOTS"):
        page.screenshot(path="/tmp/w/pay.png")
    give_code(page)
    expect(log(page).get_by_text("The payment is made.")).to_be_visible()
    if os.environ.get("SHOTS"):
        page.screenshot(path="/tmp/w/paid.png")
    assert gateway.calls


def test_a_payment_can_be_left(page: Page, gateway: FakeGateway) -> None:
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    panel(page).get_by_role("button", name="No, cancel this").click()
    expect(panel(page)).to_be_hidden()
    assert [path for verb, path, _ in gateway.calls if verb == "DELETE"]
