"""A forgotten password: asking for the link, and what the link opens."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.web.fake_account import TOKEN, WEAK
from tests.web.fake_challenges import RECOVERY_CODE
from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.steps import panel

PATH = "/api/recover/finish"
NEW_PASSWORD = "violet tractor under the pier"


def open_link(page: Page, token: str = TOKEN) -> None:
    """Open the emailed link."""
    page.goto(f"/security#recover={token}")
    expect(page.get_by_role("heading", name="Get back into your account")).to_be_visible()


def finish(page: Page, password: str = NEW_PASSWORD) -> None:
    """Choose the new password."""
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_role("button", name="Set the new password").click()


def alert(page: Page) -> Locator:
    return page.locator("#recover-body").get_by_role("alert")


def test_a_link_is_asked_for_without_telling_who_exists(page: Page, gateway: FakeGateway) -> None:
    """ASVS 6.3.8: the same words for every name."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    panel(page).get_by_label("User name").fill("nobody")
    panel(page).get_by_role("button", name="Forgot your password?").click()
    shown = panel(page).get_by_label("User name").filter(visible=True)
    expect(shown).to_have_value("nobody")
    panel(page).get_by_role("button", name="Send me a link").click()
    expect(panel(page)).to_contain_text("If this account exists, we have sent a link")
    asked = {"tenant": "northwind-bank", "username": "nobody"}
    assert gateway.bodies("/api/recover") == [asked]
    panel(page).get_by_role("button", name="Back to sign-in").click()
    expect(panel(page).get_by_label("Password", exact=True)).to_be_visible()


def test_a_recovery_link_leaves_the_address_bar_at_once(page: Page) -> None:
    """ASVS 14.2.1: its token is neither in the address nor in the history."""
    open_link(page)
    assert page.url.endswith("/security")
    assert TOKEN not in page.content()
    page.goto("/demo")
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
    assert TOKEN not in page.url


def test_a_new_password_is_set(page: Page, gateway: FakeGateway) -> None:
    open_link(page)
    finish(page)
    expect(page.get_by_text("Your password is changed. Sign in with it now.")).to_be_visible()
    assert gateway.bodies(PATH) == [{"token": TOKEN, "new_password": NEW_PASSWORD}]
    assert page.locator("#recover-body input").count() == 0
    page.get_by_role("link", name="Go to sign-in").click()
    expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()


def test_a_weak_password_is_refused_with_suggestions(page: Page, gateway: FakeGateway) -> None:
    title = "This password is too easy to guess."
    gateway.fail(PATH, Refusal(422, "weak_password", title, suggestions=WEAK))
    open_link(page)
    finish(page, "summer2026")
    expect(alert(page)).to_contain_text(title)
    expect(alert(page).get_by_role("listitem")).to_have_text(WEAK)
    expect(page.get_by_label("New password", exact=True)).to_be_focused()


def test_an_empty_password_is_not_sent(page: Page, gateway: FakeGateway) -> None:
    open_link(page)
    finish(page, "")
    expect(alert(page)).to_have_text("Enter the new password.")
    assert gateway.bodies(PATH) == []


def test_a_lost_factor_has_to_wait(page: Page, gateway: FakeGateway) -> None:
    """The page says from when on, that nothing is changed, and that the link works again then."""
    open_link(page)
    page.get_by_label("I lost my authenticator app or phone").check()
    finish(page)
    body = page.locator("#recover-body")
    expect(body.get_by_role("status")).to_contain_text("in 24 hours")
    expect(body).to_contain_text("Nothing has been changed yet.")
    assert gateway.bodies(PATH)[0]["lost_factor"] is True
    assert gateway.account.recovered == []


def test_a_lost_factor_with_a_recovery_code_is_done_at_once(
    page: Page, gateway: FakeGateway
) -> None:
    open_link(page)
    page.get_by_label("I lost my authenticator app or phone").check()
    page.get_by_label("Recovery code (if you have one)").fill("aaaa-bbbb-cccc")
    finish(page)
    expect(alert(page)).to_have_text("That code is not right.")
    expect(page.get_by_label("Recovery code (if you have one)")).to_be_focused()
    page.get_by_label("Recovery code (if you have one)").fill(RECOVERY_CODE)
    page.get_by_role("button", name="Set the new password").click()
    expect(page.locator("#recover-body")).to_contain_text("we then help you to set up a new way")
    assert gateway.account.recovered[0]["recovery_code"] == RECOVERY_CODE


def test_an_expired_link_offers_a_new_one(page: Page) -> None:
    open_link(page, "another-token")
    finish(page)
    expect(alert(page)).to_have_text("This link is no longer valid. Please ask for a new one.")
    page.get_by_role("link", name="Ask for a new link").click()
    expect(panel(page).get_by_role("heading", name="Get back into your account")).to_be_visible()


def test_a_crippled_link_sends_nothing(page: Page, gateway: FakeGateway) -> None:
    open_link(page, "%3Cscript%3E")
    expect(alert(page)).to_contain_text("This link is not complete.")
    assert page.url.endswith("/security")
    assert gateway.bodies(PATH) == []
