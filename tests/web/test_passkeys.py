"""Passkeys on the pages, with Chromium's own authenticator: made, shown, and when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.virtual import VirtualAuthenticator, trusting
from tests.web.axe import faults_of, read_axe
from tests.web.conftest import FLAGS, PATIENCE_MS
from tests.web.fake_account import TO_MAKE
from tests.web.fake_gateway import FakeGateway
from tests.web.steps import begin_change, give_code, give_password, log, panel, say, sign_in


@pytest.fixture(scope="module")
def browser(chromium: str, address: str) -> Iterator[Browser]:
    """A browser that trusts the fake gateway: where it does not, it knows no passkeys."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        options = [*FLAGS, *trusting(address)]
        launched = playwright.chromium.launch(executable_path=chromium, args=options)
        yield launched
        launched.close()


@pytest.fixture
def device(page: Page) -> VirtualAuthenticator:
    return VirtualAuthenticator(page)


@pytest.fixture
def account(page: Page, device: VirtualAuthenticator) -> Page:
    """The security page of somebody whose device can hold passkeys."""
    sign_in(page)
    page.goto("/security")
    expect(page.get_by_role("button", name="Add a passkey")).to_be_visible()
    return page


@pytest.fixture
def holder(account: Page, device: VirtualAuthenticator, gateway: FakeGateway) -> Page:
    """The chat page of somebody unknown, on a device that holds a passkey."""
    _made(account)
    account.context.clear_cookies()
    account.goto("/?tenant=northwind-bank")
    account.get_by_role("heading", name="How can we help?").wait_for()
    gateway.challenges.methods = ["passkey", "totp"]
    return account


def _made(account: Page) -> None:
    begin_change(account, "Add a passkey", Name="My laptop")
    give_code(account)
    panel(account).get_by_role("button", name="Make the passkey").click()
    expect(panel(account)).to_contain_text("Your passkey is ready")
    panel(account).get_by_role("button", name="Close").last.click()


def test_a_passkey_is_made_by_name(
    account: Page, device: VirtualAuthenticator, gateway: FakeGateway
) -> None:
    """WebAuthn 7.1: the browser makes what it was asked for, and its name stands in the list."""
    _made(account)
    expect(account.get_by_text("Passkey My laptop")).to_be_visible()
    [kept] = device.passkeys()
    assert kept["rpId"] == TO_MAKE["rp"]["id"]  # type: ignore[index]
    assert kept["isResidentCredential"] is True
    [told] = gateway.account.made
    assert told["response"]["attestationObject"]
    # A second one may stand beside it.
    expect(account.get_by_role("button", name="Add a passkey")).to_be_visible()


def test_somebody_signs_in_without_a_name_and_without_a_password(
    holder: Page, gateway: FakeGateway
) -> None:
    holder.get_by_role("button", name="Sign in", exact=True).click()
    panel(holder).get_by_role("button", name="Sign in with a passkey").click()
    expect(holder.get_by_role("button", name="Sign out")).to_be_visible()
    [answer] = [body for _, path, body in gateway.calls if path.endswith("/answer")][-1:]
    assert set(answer) == {"credential"}
    assert answer["credential"]["response"]["userHandle"]


def test_a_payment_is_approved_with_a_passkey(holder: Page) -> None:
    """PSD2 RTS 5(1)(a): what is approved stands there, row by row."""
    holder.get_by_role("button", name="Sign in", exact=True).click()
    give_password(holder)
    panel(holder).get_by_role("button", name="Use my passkey").click()
    expect(holder.get_by_role("button", name="Sign out")).to_be_visible()
    say(holder, "transfer 50 to Anna")
    expect(panel(holder)).to_contain_text("with your passkey you approve exactly this")
    expect(panel(holder)).to_contain_text("Anna Berg, •••• 1234")
    expect(panel(holder).get_by_label("6-digit code")).to_be_hidden()
    panel(holder).get_by_role("button", name="Use my passkey").click()
    expect(log(holder)).to_contain_text("The payment is made.")


def test_who_is_not_recognised_may_try_again_or_take_another_way(
    holder: Page, device: VirtualAuthenticator
) -> None:
    device.verifies(False)
    holder.get_by_role("button", name="Sign in", exact=True).click()
    give_password(holder)
    use = panel(holder).get_by_role("button", name="Use my passkey")
    use.click()
    expect(panel(holder).get_by_role("alert")).to_contain_text("Nothing was confirmed")
    expect(use).to_be_focused()
    panel(holder).get_by_role("button", name="Use my authenticator app instead").click()
    give_code(holder)
    expect(holder.get_by_role("button", name="Sign out")).to_be_visible()


def test_attack_a_touch_after_the_panel_was_closed(
    holder: Page, device: VirtualAuthenticator, gateway: FakeGateway
) -> None:
    """What is not on the screen any more is not approved; the next question is a new one."""
    device.is_touched(False)
    holder.get_by_role("button", name="Sign in", exact=True).click()
    give_password(holder)
    panel(holder).get_by_role("button", name="Use my passkey").click()
    answers = [path for _, path, _ in gateway.calls if path.endswith("/answer")]
    holder.get_by_role("button", name="Close").first.click()
    expect(panel(holder)).to_be_hidden()
    device.is_touched(True)
    holder.wait_for_timeout(500)
    assert [path for _, path, _ in gateway.calls if path.endswith("/answer")] == answers
    holder.get_by_role("button", name="Sign in", exact=True).click()
    panel(holder).get_by_role("button", name="Use my passkey").click()
    expect(holder.get_by_role("button", name="Sign out")).to_be_visible()


def test_another_way_is_open_while_the_browser_asks(
    holder: Page, device: VirtualAuthenticator
) -> None:
    device.is_touched(False)
    holder.get_by_role("button", name="Sign in", exact=True).click()
    give_password(holder)
    panel(holder).get_by_role("button", name="Use my passkey").click()
    panel(holder).get_by_role("button", name="Use my authenticator app instead").click()
    give_code(holder)
    expect(holder.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_browser_without_passkeys_is_asked_for_a_code(
    context: BrowserContext, gateway: FakeGateway
) -> None:
    gateway.challenges.methods = ["passkey", "totp"]
    context.add_init_script("delete window.PublicKeyCredential")
    page = context.new_page()
    page.goto("/?tenant=northwind-bank")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(panel(page).get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    give_password(page)
    give_code(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_axe_finds_nothing_where_a_passkey_is_asked_for(holder: Page) -> None:
    """WCAG 2.2 AA."""
    axe = read_axe()
    holder.get_by_role("button", name="Sign in", exact=True).click()
    assert faults_of(holder, axe) == []
    give_password(holder)
    expect(panel(holder).get_by_role("button", name="Use my passkey")).to_be_focused()
    assert faults_of(holder, axe) == []
