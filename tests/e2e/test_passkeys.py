"""A passkey's whole life: real browser, real processes, real signatures."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.virtual import VirtualAuthenticator

pytestmark = pytest.mark.e2e

PIN = "918274"


def test_a_passkey_is_added_signs_in_approves_and_goes(tab: Page, gatehouse, persons):
    """WebAuthn 7.1 and 7.2; PSD2 RTS 5(1): what Chromium signs is what security asked for."""
    bob, panel, log = persons["bob"], tab.get_by_role("dialog"), tab.get_by_role("log")
    device = VirtualAuthenticator(tab)
    tab.goto(f"{gatehouse.url}/?tenant=northwind-bank")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    _password(tab, "Password", bob)
    _code(tab, bob)
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()

    tab.goto(f"{gatehouse.url}/security")
    tab.get_by_role("button", name="Add a passkey").click()
    panel.get_by_label("Name", exact=True).fill("My laptop")
    _password(tab, "Your current password", bob)
    expect(panel).to_contain_text("My laptop")
    _code(tab, bob)
    panel.get_by_role("button", name="Make the passkey").click()
    expect(panel).to_contain_text("Your passkey is ready")
    panel.get_by_role("button", name="Close").last.click()
    [kept] = device.passkeys()
    assert kept["rpId"] == "localhost"
    tab.get_by_role("button", name="Sign out").click()

    tab.goto(f"{gatehouse.url}/?tenant=northwind-bank")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    panel.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab.get_by_role("button", name="Sign out")).to_be_visible()
    tab.get_by_label("Your message").fill("I want to change my PIN")
    tab.get_by_label("Your message").press("Enter")
    expect(panel).to_contain_text("with your passkey you approve")
    panel.get_by_label("New PIN", exact=True).fill(PIN)
    panel.get_by_label("New PIN, once more").fill(PIN)
    panel.get_by_role("button", name="Use my passkey").click()
    expect(panel).to_be_hidden()
    expect(log).to_contain_text(re.compile(r"card •••• 5096 (is changed|has its new PIN)"))

    tab.goto(f"{gatehouse.url}/security")
    tab.get_by_role("button", name="Remove: Passkey My laptop").click()
    _password(tab, "Your current password", bob)
    panel.get_by_role("button", name="Use my passkey").click()
    expect(panel).to_contain_text("It is removed")


def _password(tab: Page, label: str, person) -> None:
    panel = tab.get_by_role("dialog")
    if label == "Password":
        panel.get_by_label("User name").fill(person.username)
    panel.get_by_label(label, exact=True).fill(person.password)
    panel.get_by_role("button", name="Continue").click()


def _code(tab: Page, person) -> None:
    panel = tab.get_by_role("dialog")
    panel.get_by_label("6-digit code").filter(visible=True).fill(person.code())
    panel.get_by_role("button", name="Confirm").click()
