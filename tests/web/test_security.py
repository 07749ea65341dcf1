"""The page of one's own account: what it lists, and a factor that is added step by step."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.fake_account import TOKEN
from tests.web.fake_gateway import CODE, PASSWORD, FakeGateway
from tests.web.steps import give_code, give_password


@pytest.fixture
def account(page: Page, gateway: FakeGateway) -> Page:
    """The account of somebody who has signed in on the chat page."""
    page.get_by_role("button", name="Sign in").click()
    give_password(page)
    give_code(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto("/security")
    return page


def test_it_lists_factors_sessions_and_sign_ins(account: Page) -> None:
    for heading in ("Where you are signed in", "Recent sign-ins", "Password"):
        expect(account.get_by_role("heading", name=heading)).to_be_visible()
    if os.environ.get("SHOTS"):
        account.screenshot(path="/tmp/w/sec.png", full_page=True)
        account.emulate_media(color_scheme="dark")
        account.set_viewport_size({"width": 360, "height": 800})
        account.screenshot(path="/tmp/w/sec-dark.png", full_page=True)


def dialog(page: Page) -> Locator:
    """The guided change."""
    return page.get_by_role("dialog")


def test_an_app_is_added_step_by_step(account: Page, gateway: FakeGateway) -> None:
    """Password, a code for this change, the QR code, and a code of the new app."""
    account.get_by_role("button", name="Add an authenticator app").click()
    dialog(account).get_by_label("Your current password", exact=True).fill(PASSWORD)
    dialog(account).get_by_role("button", name="Continue").click()
    expect(dialog(account).get_by_label("6-digit code")).to_be_visible()
    dialog(account).get_by_label("6-digit code").fill(CODE)
    dialog(account).get_by_role("button", name="Confirm").click()
    expect(dialog(account).locator("svg rect, svg path").first).to_be_visible()
    if os.environ.get("SHOTS"):
        account.screenshot(path="/tmp/w/qr.png")
    assert gateway.count("POST", "/api/session/reauthenticate") == 1


def test_whoever_is_not_signed_in_is_sent_to_the_chat(page: Page) -> None:
    page.goto("/security")
    expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()


def test_a_recovery_link_leaves_the_address_bar_at_once(page: Page) -> None:
    """ASVS 14.2.1: its token is neither in the address nor in the history."""
    page.goto(f"/security#recover={TOKEN}")
    expect(page.get_by_label("New password").first).to_be_visible()
    assert TOKEN not in page.url
    if os.environ.get("SHOTS"):
        page.screenshot(path="/tmp/w/recover.png")


def test_the_demo_shows_what_was_sent(page: Page, gateway: FakeGateway) -> None:
    text = "123456 is your code"
    gateway.account.outbox.append(
        {"at": "2026-11-23T10:00:00Z", "channel": "sms", "to": "+12025550101", "text": text}
    )
    page.goto("/demo")
    expect(page.get_by_text(text)).to_be_visible()
