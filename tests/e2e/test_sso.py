"""Signing in with the account of one's organisation: real browser, real processes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


def test_an_employee_signs_in_with_globex_and_proves_it_anew_for_a_payslip(tab: Page, gatehouse):
    """ASVS 6.8.4, 14.2.1: one factor there is not enough for it; code and state leave no trace."""
    seen: list[str] = []
    tab.on("request", lambda request: seen.append(request.headers.get("referer", "")))
    tab.goto(f"{gatehouse.url}/?tenant=globex")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.get_by_role("button", name="Sign in with Globex").click()
    tab.get_by_role("button", name="Sign in as Erin Walsh").click()
    tab.wait_for_url(f"{gatehouse.url}/")
    expect(tab.locator("#person")).to_have_text("Erin Walsh")

    tab.get_by_label("Your message").fill("show me my payslip")
    tab.keyboard.press("Enter")
    panel = tab.get_by_role("dialog")
    panel.get_by_role("button", name="Sign in at my organisation instead").click()
    panel.get_by_role("button", name="Go on at your organisation").click()
    expect(tab.get_by_label("with a second factor")).to_be_checked()
    tab.get_by_role("button", name="Sign in as Erin Walsh").click()
    tab.wait_for_url(f"{gatehouse.url}/")
    expect(tab.get_by_role("log")).to_contain_text("is ready below")

    tab.go_back()
    assert "code=" not in tab.url
    assert not any("code=" in referer or "state=" in referer for referer in seen)
    logs = [file.read_text() for file in (gatehouse.home / "logs").glob("*.log")]
    assert not any("/sso/callback?" in log for log in logs)
