"""The page of one's own account: what it lists, and what can be ended there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.steps import panel, sign_in


@pytest.fixture
def account(page: Page) -> Page:
    """The account of somebody who has signed in on the chat page."""
    sign_in(page)
    page.get_by_role("link", name="Your security").click()
    expect(page.get_by_role("heading", name="Your security")).to_be_visible()
    return page


def section(page: Page, heading: str) -> Locator:
    """Return the part of the page under `heading`."""
    return page.get_by_role("region", name=heading)


def test_it_lists_the_ways_to_confirm(account: Page) -> None:
    ways = section(account, "Ways to confirm it is you").get_by_role("listitem")
    expect(ways).to_have_count(3)
    expect(ways.nth(0)).to_contain_text("Authenticator app")
    expect(ways.nth(0)).to_contain_text("Added on 5 Jan 2026")
    expect(ways.nth(1)).to_contain_text("Text message to •••• 12")
    expect(ways.nth(1)).to_contain_text("Paused")
    expect(ways.nth(2)).to_contain_text("8 codes left")
    for name in ("Remove: Authenticator app", "Remove: Text message to •••• 12"):
        expect(account.get_by_role("button", name=name)).to_be_visible()


def test_it_says_when_no_recovery_code_is_left(page: Page, gateway: FakeGateway) -> None:
    gateway.account.codes_left = 0
    sign_in(page)
    page.goto("/security")
    expect(section(page, "Ways to confirm it is you")).to_contain_text("None left")


def test_it_lists_the_latest_sign_ins(account: Page) -> None:
    """ASVS 6.3.5: a failed one stands out, so that a stranger's attempt is seen."""
    items = section(account, "Recent sign-ins").get_by_role("listitem")
    expect(items).to_have_count(2)
    expect(items.nth(0)).to_contain_text("Chrome on Linux Signed in")
    expect(items.nth(0)).to_contain_text("With the authenticator app")
    expect(items.nth(1)).to_contain_text("Firefox on Windows Failed")


def test_one_session_can_be_ended(account: Page, gateway: FakeGateway) -> None:
    """ASVS 7.5.2: the present one is marked, and is ended by signing out."""
    items = section(account, "Where you are signed in").get_by_role("listitem")
    expect(items).to_have_count(2)
    expect(items.nth(0)).to_contain_text("This device")
    expect(items.nth(0).get_by_role("button")).to_have_count(0)
    account.get_by_role("button", name="Sign out: Safari on iPhone").click()
    expect(items).to_have_count(1)
    assert gateway.count("DELETE", "/api/sessions/phone") == 1
    expect(account.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)


def test_all_other_sessions_can_be_ended(account: Page, gateway: FakeGateway) -> None:
    account.get_by_role("button", name="Sign out everywhere else").click()
    items = section(account, "Where you are signed in").get_by_role("listitem")
    expect(items).to_have_count(1)
    expect(account.locator("#polite")).to_have_text("All other devices are signed out.")
    assert gateway.count("DELETE", "/api/sessions/others") == 1
    expect(account.get_by_role("heading", name="Where you are signed in")).to_be_focused()


def test_a_session_that_has_ended_already_is_no_fault(account: Page, gateway: FakeGateway) -> None:
    gone = Refusal(404, "unknown_session", "This sign-in has ended already.")
    gateway.fail("/api/sessions/phone", gone)
    account.get_by_role("button", name="Sign out: Safari on iPhone").click()
    expect(account.locator("#polite")).to_have_text("This sign-in has ended already.")


def test_a_device_that_names_itself_as_markup_stays_words(page: Page, gateway: FakeGateway) -> None:
    """ASVS 3.2.2: the name comes from a header that anyone may write."""
    gateway.account.others[1]["device"] = "<img src=x onerror=alert(1)>"
    sign_in(page)
    page.goto("/security")
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("main img[src=x]").count() == 0


def test_whoever_is_not_signed_in_is_sent_to_the_chat(page: Page, gateway: FakeGateway) -> None:
    page.goto("/security")
    expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
    expect(page.get_by_role("link", name="Go to the chat page")).to_be_visible()
    for path in ("/api/authenticators", "/api/sessions", "/api/sign-ins"):
        assert gateway.count("GET", path) == 0


def test_an_ended_session_clears_the_account(account: Page, gateway: FakeGateway) -> None:
    """ASVS 14.3.1: nothing personal stays on the screen, nor an open dialog."""
    account.get_by_role("button", name="Change the phone number").click()
    panel(account).get_by_label("Phone number").fill("+49 30 123456")
    gateway.sessions.clear()
    panel(account).get_by_label("Your current password", exact=True).fill("whatever it is")
    panel(account).get_by_role("button", name="Continue").click()
    expect(account.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(panel(account)).to_be_hidden()
    assert "+49 30" not in account.content()
    expect(account.locator("#sessions")).to_be_empty()
