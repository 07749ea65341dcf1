"""The guided change: password, a code, the new way, done; and every way in which it can fail."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.fake_account import NEW_CODES, SECRET, URI, WEAK, rows_of_qr
from tests.web.fake_gateway import PASSWORD, FakeGateway, Refusal
from tests.web.steps import begin_change, give_code, give_password, panel, sign_in

DRAWN = """(svg) => {
  const size = svg.viewBox.baseVal.width - 8;
  const rows = Array.from({ length: size }, () => Array(size).fill("0"));
  for (const bar of svg.querySelectorAll(".qr-ink")) {
    const at = (name) => Number(bar.getAttribute(name));
    for (let i = 0; i < at("width"); i += 1) rows[at("y")][at("x") + i] = "1";
  }
  return rows.map((row) => row.join("")).join("\\n");
}"""
NEW_PASSWORD = "violet tractor under the pier"


@pytest.fixture
def account(page: Page) -> Page:
    """The account of somebody who has signed in on the chat page."""
    sign_in(page)
    page.goto("/security")
    expect(page.get_by_role("button", name="New recovery codes")).to_be_visible()
    return page


def prove(page: Page) -> None:
    """Give the code that allows the change, and wait for what comes next."""
    expect(panel(page)).to_contain_text("Step 2 of 3")
    give_code(page)
    expect(panel(page)).to_contain_text("Step 3 of 3")


def test_an_app_is_added_step_by_step(account: Page, gateway: FakeGateway) -> None:
    """Password, a code for this change, the QR code, and a code of the new app."""
    begin_change(account, "Set up a new authenticator app")
    expect(panel(account)).to_contain_text("Change: totp")
    prove(account)
    expect(panel(account)).to_contain_text("Connect your app")
    qr = panel(account).get_by_role("img", name="QR code for your authenticator app")
    assert qr.evaluate(DRAWN) == rows_of_qr()
    panel(account).get_by_text("Cannot scan?").click()
    expect(panel(account).locator(".secret")).to_have_text(" ".join(["JBSW Y3DP EHPK 3PXP"] * 2))
    expect(panel(account).get_by_role("link", name="Open the app")).to_have_attribute("href", URI)
    give_code(account, "111111")
    expect(panel(account).get_by_role("alert")).to_have_text(
        "That code is not right. 4 attempts left."
    )
    give_code(account)
    expect(panel(account)).to_contain_text("Your app is set up")
    panel(account).get_by_role("button", name="Close").last.click()
    expect(account.get_by_role("button", name="Remove: Authenticator app")).to_have_count(1)
    assert gateway.bodies("/api/session/reauthenticate") == [{"password": PASSWORD}]
    assert SECRET not in account.content()


def test_the_qr_code_has_a_quiet_zone_and_is_dark_on_white(account: Page) -> None:
    """ISO/IEC 18004: four modules; in a dark theme as well, or cameras fail."""
    account.emulate_media(color_scheme="dark")
    begin_change(account, "Set up a new authenticator app")
    prove(account)
    fill = "(node) => getComputedStyle(node).fill"
    assert panel(account).locator(".qr-paper").evaluate(fill) == "rgb(255, 255, 255)"
    assert panel(account).locator(".qr-ink").first.evaluate(fill) == "rgb(0, 0, 0)"
    size = len(rows_of_qr().split("\n")) + 8
    box = panel(account).locator(".qr").get_attribute("viewBox")
    assert box == f"-4 -4 {size} {size}"


def test_a_bad_number_is_corrected_without_the_password_again(
    account: Page, gateway: FakeGateway
) -> None:
    begin_change(account, "Change the phone number", Phone_number="030 123456")
    expect(panel(account).get_by_role("alert")).to_have_text(
        "This number cannot be used. Please check it."
    )
    expect(panel(account).get_by_label("Phone number")).to_be_focused()
    expect(panel(account).get_by_label("Your current password", exact=True)).to_be_hidden()
    panel(account).get_by_label("Phone number").fill("+49 30 123456")
    panel(account).get_by_role("button", name="Continue").click()
    approved = panel(account).locator("#binding")
    expect(approved.get_by_role("definition")).to_have_text("+49 30 123456")
    prove(account)
    expect(panel(account)).to_contain_text("We texted a code to •••• 77.")
    give_code(account)
    expect(panel(account)).to_contain_text("Your phone is added")
    assert len(gateway.bodies("/api/session/reauthenticate")) == 1
    assert gateway.bodies("/api/authenticators/phone")[-1] == {"phone": "+49 30 123456"}


def test_what_there_is_already_is_changed_not_added(account: Page) -> None:
    """There is one app, one number and one address: a new one takes the place of the old."""
    for name in ("Set up a new authenticator app", "Change the phone number"):
        expect(account.get_by_role("button", name=name)).to_be_visible()
    expect(account.get_by_role("button", name="Add an email address")).to_be_visible()
    account.get_by_role("button", name="Change the phone number").click()
    expect(panel(account)).to_contain_text("It replaces the number that you have now")


def test_an_email_address_is_added(account: Page, gateway: FakeGateway) -> None:
    begin_change(account, "Add an email address", Email_address=" bea@mail.example.org ")
    prove(account)
    expect(panel(account)).to_contain_text("We emailed a code to b•••@m•••.org.")
    give_code(account)
    expect(panel(account)).to_contain_text("Your email address is added")
    assert gateway.bodies("/api/authenticators/email") == [{"email": "bea@mail.example.org"}]


def test_recovery_codes_are_shown_once_and_not_lost_by_escape(account: Page) -> None:
    begin_change(account, "New recovery codes")
    prove(account)
    expect(panel(account).get_by_role("listitem")).to_have_text(NEW_CODES)
    for _ in range(3):  # A browser lets a page hold a dialog open only once in a row.
        account.keyboard.press("Escape")
    expect(panel(account)).to_be_visible()
    expect(panel(account).get_by_role("button", name="Close the panel")).to_have_count(0)
    panel(account).get_by_role("button", name="I have saved them").click()
    expect(panel(account)).to_be_hidden()
    assert NEW_CODES[0] not in account.content()
    expect(account.get_by_text("10 codes left")).to_be_visible()


def test_a_weak_password_is_refused_with_suggestions(account: Page, gateway: FakeGateway) -> None:
    """NIST SP 800-63B-4 3.1.1.2: say why, and how to do better."""
    begin_change(account, "Change the password", New_password="summer2026")
    alert = panel(account).get_by_role("alert")
    expect(alert).to_contain_text("This password is too easy to guess.")
    expect(alert.get_by_role("listitem")).to_have_text(WEAK)
    expect(panel(account).get_by_label("New password", exact=True)).to_be_focused()
    panel(account).get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    panel(account).get_by_role("button", name="Continue").click()
    prove(account)
    expect(panel(account)).to_contain_text("Your password is changed")
    assert gateway.account.password == NEW_PASSWORD
    panel(account).get_by_role("button", name="Close").last.click()
    assert NEW_PASSWORD not in account.content()
    values = account.locator("input").evaluate_all("(fields) => fields.map((one) => one.value)")
    assert NEW_PASSWORD not in values
    assert PASSWORD not in values


def test_a_way_is_removed(account: Page, gateway: FakeGateway) -> None:
    account.get_by_role("button", name="Remove: Text message").click()
    expect(panel(account)).to_contain_text("Text message to •••• 12: you will no longer be able")
    panel(account).get_by_label("Your current password", exact=True).fill(PASSWORD)
    panel(account).get_by_role("button", name="Continue").click()
    prove(account)
    expect(panel(account)).to_contain_text("It is removed")
    assert gateway.count("DELETE", "/api/authenticators/sms-1") == 1
    panel(account).get_by_role("button", name="Close").last.click()
    expect(account.get_by_role("button", name="Remove: Text message")).to_have_count(0)


def test_a_wrong_password_begins_no_change(account: Page, gateway: FakeGateway) -> None:
    account.get_by_role("button", name="Set up a new authenticator app").click()
    panel(account).get_by_role("button", name="Continue").click()
    expect(panel(account).get_by_role("alert")).to_have_text("Enter your password.")
    field = panel(account).get_by_label("Your current password", exact=True)
    field.fill("wrong")
    panel(account).get_by_role("button", name="Continue").click()
    expect(panel(account).get_by_role("alert")).to_contain_text("That password is not right.")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    assert gateway.bodies("/api/authenticators/totp") == []


def test_a_closed_dialog_voids_the_change(account: Page, gateway: FakeGateway) -> None:
    begin_change(account, "Set up a new authenticator app")
    expect(panel(account).get_by_label("6-digit code").first).to_be_focused()
    challenge = next(iter(gateway.sessions.values())).challenge
    assert challenge is not None
    with account.expect_response(lambda answer: answer.request.method == "DELETE"):
        account.keyboard.press("Escape")
    assert gateway.count("DELETE", f"/api/challenges/{challenge['id']}") == 1
    expect(account.get_by_role("button", name="Set up a new authenticator app")).to_be_focused()


def test_without_a_strong_way_recovery_leads_on(account: Page, gateway: FakeGateway) -> None:
    title = "None of your ways can confirm this."
    gateway.fail("/api/authenticators/totp", Refusal(403, "no_way_to_confirm", title))
    begin_change(account, "Set up a new authenticator app")
    alert = panel(account).get_by_role("alert")
    expect(alert).to_contain_text(title)
    link = alert.get_by_role("link", name="Get back in through recovery")
    expect(link).to_have_attribute("href", "/#forgotten")


def test_a_change_that_took_too_long_starts_again(account: Page, gateway: FakeGateway) -> None:
    begin_change(account, "Set up a new authenticator app")
    prove(account)
    ref = next(iter(gateway.account.changes))
    title = "The time for this is over."
    gateway.fail(f"/api/authenticators/changes/{ref}/confirm", Refusal(410, "expired", title))
    give_code(account)
    expect(panel(account).get_by_role("alert")).to_have_text(title)
    expect(panel(account).get_by_label("6-digit code").filter(visible=True)).to_have_count(0)
    panel(account).get_by_role("button", name="Start again").press("Enter")
    expect(panel(account).get_by_label("Your current password", exact=True)).to_be_focused()
    assert SECRET not in account.content()


def test_a_person_without_a_second_way_sets_one_up_first(page: Page, gateway: FakeGateway) -> None:
    """ASVS 6.3.3: the sign-in leads straight to it; no password is asked a second time."""
    gateway.without_factor = True
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    expect(page.get_by_role("heading", name="Add an authenticator app")).to_be_visible()
    expect(panel(page)).to_contain_text("Step 1 of 2")
    expect(panel(page).get_by_label("Your current password", exact=True)).to_be_hidden()
    panel(page).get_by_role("button", name="Continue").click()
    expect(panel(page)).to_contain_text("Step 2 of 2")
    give_code(page)
    expect(panel(page)).to_contain_text("Your app is set up")
    expect(panel(page).get_by_role("button", name="Back to the chat")).to_be_visible()
    panel(page).get_by_role("button", name="Get recovery codes next").click()
    expect(panel(page).get_by_label("Your current password", exact=True)).to_be_visible()
    assert len(gateway.account.authenticators) == 1


def test_who_has_no_password_signs_in_once_more_at_their_organisation(
    page: Page, gateway: FakeGateway
) -> None:
    """ASVS 7.5.1: asked for anew where it is due, and not before; a password is never asked for."""
    ways = [{"id": "northwind", "name": "Northwind"}]
    linked = {"ref": "l1", "method": "sso", "hint": "Northwind", "paused": False}
    known = {"authenticators": [linked], "recovery_codes_left": 0, "enrol": False}
    problem = {"title": "Sign in once more.", "status": 403, "code": "reauthentication_required"}
    asked: list[object] = []

    def leads_away(route: Route) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(json={"location": "/?from=there"})

    sign_in(page)
    page.route(
        "**/api/tenants",
        lambda route: route.fulfill(
            json=[{"id": "northwind-bank", "name": "Northwind Bank", "sso": ways}]
        ),
    )
    page.route(
        "**/api/authenticators", lambda route: route.fulfill(json={**known, "no_password": True})
    )
    page.route(
        "**/api/authenticators/totp",
        lambda route: route.fulfill(
            status=403, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    page.route("**/api/sso/start", leads_away)
    page.goto("/security")
    page.get_by_role("button", name="authenticator app").first.click()
    expect(panel(page).get_by_label("Your current password", exact=True)).to_be_hidden()
    panel(page).get_by_role("button", name="Continue").click()
    again = panel(page).get_by_role("button", name="Sign in at Northwind once more")
    expect(again).to_be_visible()
    expect(panel(page).get_by_role("button", name="Continue")).to_be_hidden()
    expect(panel(page).get_by_label("Your current password", exact=True)).to_be_hidden()
    again.click()
    page.wait_for_url("**/?from=there")
    assert asked == [{"tenant": "northwind-bank", "provider": "northwind", "reauthenticate": True}]
    assert gateway.bodies("/api/session/reauthenticate") == []
