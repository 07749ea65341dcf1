"""The secure panel: from a question to its answer, and every way in which that can go wrong."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.web.fake_gateway import CODE, PASSWORD, FakeGateway, Refusal
from tests.web.steps import (
    ask_for_the_balance,
    give_code,
    give_password,
    log,
    panel,
    pass_time,
    say,
)

ANYWHERE = """() => JSON.stringify([
  document.documentElement.outerHTML,
  [...document.querySelectorAll("input, textarea")].map((field) => field.value),
  Object.entries(localStorage), Object.entries(sessionStorage), location.href, history.state,
])"""


def test_nobody_can_begin_to_sign_in_before_the_page_is_ready(
    context: BrowserContext, gateway: FakeGateway
) -> None:
    """Without a session and the organisations, the panel would only complain."""
    gateway.may_answer.clear()
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_label("Your message")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_hidden()
    gateway.may_answer.set()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_a_question_is_answered_after_sign_in_by_keyboard_alone(
    context: BrowserContext, gateway: FakeGateway
) -> None:
    """WCAG 2.1.1: not one click."""
    page = context.new_page()
    page.goto("/")
    page.get_by_role("heading", name="How can we help?").wait_for()
    keys = page.keyboard
    keys.type("What's my balance?")
    keys.press("Enter")
    expect(panel(page).get_by_label("Organisation")).to_be_focused()
    keys.type("North")
    keys.press("Tab")
    keys.type("alice")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    expect(panel(page)).to_contain_text("Sign in to Northwind Bank")
    keys.type(CODE)
    keys.press("Enter")
    expect(log(page).get_by_text("€2,480.15")).to_be_visible()
    expect(panel(page)).to_be_hidden()
    expect(page.get_by_label("Your message")).to_be_focused()
    expect(page.get_by_role("banner")).to_contain_text("Alice Moreau")
    expect(page.get_by_role("banner")).to_contain_text("Northwind Bank")


def test_password_and_code_leave_no_trace_in_the_page(page: Page, gateway: FakeGateway) -> None:
    """ASVS 16.2.5: not in the log, a field, a store of the browser or the address."""
    ask_for_the_balance(page)
    left = page.evaluate(ANYWHERE)
    csrf = next(iter(gateway.sessions.values())).csrf
    for secret in (PASSWORD, CODE, csrf):
        assert secret not in left
    assert gateway.bodies("/api/messages") == [
        {"text": "What's my balance?", "client_id": gateway.bodies("/api/messages")[0]["client_id"]}
    ]


def test_the_organisation_of_the_address_is_chosen_already(page: Page) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(panel(page).get_by_label("Organisation")).to_have_value("northwind-bank")
    expect(panel(page).get_by_label("User name")).to_be_focused()


def test_an_unknown_organisation_in_the_address_chooses_nothing(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/?tenant=%3Cb%3Enowhere")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(panel(page).get_by_label("Organisation")).to_have_value("")


def test_a_wrong_password_keeps_the_name_and_wipes_the_password(page: Page) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page, "wrong")
    expect(panel(page).get_by_role("alert")).to_contain_text("Please try again")
    expect(panel(page).get_by_label("User name")).to_have_value("alice")
    expect(panel(page).get_by_label("Password", exact=True)).to_have_value("")
    expect(panel(page).get_by_label("Password", exact=True)).to_be_focused()


def test_what_is_missing_is_named(page: Page, gateway: FakeGateway) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    panel(page).get_by_role("button", name="Continue").click()
    expect(panel(page).get_by_role("alert")).to_have_text("Enter your user name.")
    assert gateway.bodies("/api/session/password") == []


def test_a_shown_password_is_hidden_again_when_the_panel_closes(page: Page) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    field = panel(page).get_by_label("Password", exact=True)
    field.fill(PASSWORD)
    panel(page).get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "text")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    # A browser tells of the closing a moment later.
    expect(page.locator("#password")).to_have_attribute("type", "password")
    assert PASSWORD not in page.evaluate(ANYWHERE)


def test_a_password_may_be_pasted_and_its_field_says_what_it_is(page: Page) -> None:
    """ASVS 6.2.6, 6.2.7: hidden, open to the clipboard, and named to password managers."""
    words = page.get_by_label("Your message")
    words.fill(PASSWORD)
    words.press("ControlOrMeta+A")
    words.press("ControlOrMeta+X")
    page.get_by_role("button", name="Sign in", exact=True).click()
    field = panel(page).get_by_label("Password", exact=True)
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_attribute("autocomplete", "current-password")
    field.press("ControlOrMeta+V")
    expect(field).to_have_value(PASSWORD)


def test_a_wrong_code_says_how_many_attempts_are_left(page: Page) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    give_code(page, "111111")
    expect(panel(page).get_by_role("alert")).to_contain_text("That code is not right")
    expect(panel(page)).to_contain_text("4 attempts left")
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    give_code(page)
    expect(panel(page)).to_be_hidden()


def test_five_digits_are_not_sent(page: Page, gateway: FakeGateway) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    give_code(page, "49281")
    expect(panel(page).get_by_role("alert")).to_have_text("A code has 6 digits. Please check it.")
    assert not [path for _, path, _ in gateway.calls if path.endswith("/answer")]


def test_a_pasted_code_may_have_a_space(page: Page) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    field = panel(page).get_by_label("6-digit code")
    expect(field).to_be_focused()
    page.keyboard.insert_text(f" {CODE[:3]} {CODE[3:]}\n")
    expect(field).to_have_value(CODE)


def test_a_locked_factor_ends_the_challenge_with_a_way_on(page: Page, gateway: FakeGateway) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    waiting = next(iter(gateway.sessions.values())).challenge
    assert waiting is not None
    locked = Refusal(429, "locked", "Too many wrong codes.", headers={"Retry-After": "900"})
    gateway.fail(f"/api/challenges/{waiting['id']}/answer", locked)
    give_code(page)
    expect(panel(page).get_by_role("alert")).to_have_text(
        "Too many wrong codes. Please wait 15 minutes."
    )
    expect(panel(page).get_by_label("6-digit code")).to_be_hidden()
    panel(page).get_by_role("button", name="Start sign-in again").press("Enter")
    expect(panel(page).get_by_label("Password", exact=True)).to_be_visible()


def test_an_expired_challenge_cannot_be_answered(page: Page, gateway: FakeGateway) -> None:
    gateway.idle_seconds = 3600
    gateway.touch(next(iter(gateway.sessions.values())))
    page.reload()
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    expect(panel(page)).to_contain_text(re.compile("Expires in (5:00|4:[345][0-9])"))
    pass_time(page, gateway, 301)
    expect(panel(page).get_by_role("alert")).to_have_text("The time for this code is over.")
    expect(panel(page).get_by_role("button", name="Start sign-in again")).to_be_focused()
    expect(panel(page).get_by_role("button", name="Confirm")).to_be_hidden()


def test_not_now_voids_what_waited(page: Page, gateway: FakeGateway) -> None:
    say(page, "please pay Anna")
    expect(panel(page)).to_contain_text("Pay 25.00 EUR to Anna Berg")
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        panel(page).get_by_role("button", name="Not now").click()
    expect(log(page)).to_contain_text("Cancelled. Nothing was done.")
    expect(page.get_by_label("Your message")).to_be_focused()
    assert next(iter(gateway.sessions.values())).challenge is None


def test_a_closed_code_panel_opens_again_from_its_card(page: Page) -> None:
    say(page, "please pay Anna")
    panel(page).get_by_label("6-digit code").fill("4928")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    log(page).get_by_role("button", name="Enter the code").click()
    expect(panel(page).get_by_label("6-digit code")).to_have_value("")
    give_code(page)
    expect(log(page)).to_contain_text("Confirmed.")


def test_a_card_whose_challenge_is_gone_says_so(page: Page, gateway: FakeGateway) -> None:
    say(page, "please pay Anna")
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    next(iter(gateway.sessions.values())).challenge = None
    log(page).get_by_role("button", name="Enter the code").click()
    expect(log(page)).to_contain_text("This request is closed.")
    expect(panel(page)).to_be_hidden()


def test_a_code_typed_into_the_chat_goes_to_the_panel(page: Page, gateway: FakeGateway) -> None:
    """ASVS 16.2.5: it enters neither the log nor a message."""
    say(page, "please pay Anna")
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    say(page, f"{CODE[:3]} {CODE[3:]}")
    expect(panel(page).get_by_label("6-digit code")).to_have_value(CODE)
    expect(log(page)).not_to_contain_text(CODE[:3])
    assert len(gateway.bodies("/api/messages")) == 1


def test_the_panel_opens_itself_once_and_not_after_a_reload(page: Page) -> None:
    say(page, "What's my balance?")
    expect(panel(page)).to_be_visible()
    page.reload()
    button = log(page).get_by_role("button", name="Sign in", exact=True)
    expect(button).to_be_visible()
    expect(panel(page)).to_be_hidden()
    button.click()
    expect(panel(page)).to_be_visible()
