"""Codes by text message and email: on the way, arrived, failed, and sent once more."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.fake_challenges import RECOVERY_CODE
from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.steps import give_code, give_password, panel, pass_time


@pytest.fixture
def ways(page: Page, gateway: FakeGateway) -> Page:
    """The panel at the code of the app, with every other way open."""
    gateway.challenges.methods = ["totp", "sms", "email", "recovery"]
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    expect(panel(page).get_by_label("6-digit code")).to_be_focused()
    return page


def choose(page: Page, words: str) -> None:
    """Choose a way, and wait until it is the panel's: it empties the field of the code."""
    panel(page).get_by_role("button", name=words).click()
    expect(panel(page).locator("form").filter(visible=True)).to_have_attribute("aria-busy", "false")


def sent(gateway: FakeGateway) -> list[str]:
    """Return the ways that were chosen so far."""
    return [body["method"] for _, path, body in gateway.calls if path.endswith("/send")]


def resend(page: Page) -> Locator:
    return panel(page).locator(".resend button")


def test_a_code_by_text_message_is_chosen_and_arrives(ways: Page, gateway: FakeGateway) -> None:
    assert sent(gateway) == []
    choose(ways, "Text me a code instead")
    expect(panel(ways)).to_contain_text("Texting a code to •••• 12")
    expect(panel(ways)).to_contain_text("We texted a code to •••• 12.")
    expect(panel(ways).get_by_label("6-digit code")).to_be_focused()
    expect(panel(ways).get_by_role("button", name="Text me")).to_have_count(0)
    give_code(ways)
    expect(panel(ways)).to_be_hidden()
    assert sent(gateway) == ["sms"]


def test_a_failed_delivery_offers_the_other_ways(ways: Page, gateway: FakeGateway) -> None:
    gateway.challenges.delivery = "failed"
    choose(ways, "Text me a code instead")
    expect(panel(ways).get_by_role("status")).to_have_text(
        "The text message to •••• 12 could not be sent. Please choose another way."
    )
    for words in ("Use my authenticator app", "Email me a code", "Use a recovery code"):
        expect(panel(ways).get_by_role("button", name=words)).to_be_visible()
    choose(ways, "Use my authenticator app instead")
    expect(panel(ways)).not_to_contain_text("could not be sent")
    give_code(ways)
    expect(panel(ways)).to_be_hidden()


def test_a_new_code_is_sent_only_after_the_waiting_time(ways: Page, gateway: FakeGateway) -> None:
    gateway.challenges.resend_in = 60
    choose(ways, "Email me a code instead")
    expect(panel(ways)).to_contain_text("We emailed a code to a•••@e•••.org.")
    expect(resend(ways)).to_have_text("Send a new code in 1:00")
    expect(resend(ways)).to_have_attribute("aria-disabled", "true")
    resend(ways).press("Enter")
    assert sent(gateway) == ["email"]
    # A look has told the sixty seconds anew: they count from then.
    pass_time(ways, gateway, 61)
    expect(resend(ways)).to_have_text("Send a new code")
    resend(ways).click()
    expect(resend(ways)).to_have_text("Send a new code in 1:00")
    assert sent(gateway) == ["email", "email"]


def test_too_many_codes_name_the_waiting_time(ways: Page, gateway: FakeGateway) -> None:
    challenge = next(iter(gateway.sessions.values())).challenge
    assert challenge is not None
    title = "Too many codes were sent."
    refusal = Refusal(429, "too_many_codes", title, retry_after_seconds=120)
    gateway.fail(f"/api/challenges/{challenge['id']}/send", refusal)
    choose(ways, "Text me a code instead")
    expect(panel(ways).get_by_role("alert")).to_have_text(
        "Too many codes were sent. Please wait 2 minutes."
    )
    give_code(ways)
    expect(panel(ways)).to_be_hidden()


def test_a_locked_way_leaves_the_others_open(ways: Page, gateway: FakeGateway) -> None:
    challenge = next(iter(gateway.sessions.values())).challenge
    assert challenge is not None
    locked = Refusal(429, "locked", "Too many wrong codes.", headers={"Retry-After": "900"})
    gateway.fail(f"/api/challenges/{challenge['id']}/answer", locked)
    give_code(ways)
    expect(panel(ways).get_by_role("alert")).to_contain_text("Please wait 15 minutes.")
    expect(panel(ways).get_by_label("6-digit code")).to_be_hidden()
    expect(panel(ways).get_by_role("button", name="Text me a code instead")).to_be_focused()
    choose(ways, "Text me a code instead")
    expect(panel(ways).get_by_role("button", name="authenticator app")).to_have_count(0)
    give_code(ways)
    expect(panel(ways)).to_be_hidden()


def test_a_recovery_code_lets_in_and_asks_for_a_new_way(ways: Page, gateway: FakeGateway) -> None:
    choose(ways, "Use a recovery code instead")
    field = panel(ways).get_by_label("Recovery code")
    field.fill("abcd")
    panel(ways).get_by_role("button", name="Confirm").click()
    expect(panel(ways).get_by_role("alert")).to_contain_text("has 12 letters and digits")
    field.fill(RECOVERY_CODE.upper().replace("-", " "))
    panel(ways).get_by_role("button", name="Confirm").click()
    expect(panel(ways)).to_be_hidden()
    expect(ways.get_by_role("log")).to_contain_text("You signed in with a recovery code.")
    link = ways.get_by_role("log").get_by_role("link", name="Set it up")
    expect(link).to_have_attribute("href", "/security")
    assert [b for _, p, b in gateway.calls if p.endswith("/answer")] == [{"code": RECOVERY_CODE}]


def test_after_a_lost_factor_a_mailed_code_asks_for_a_new_way(
    ways: Page, gateway: FakeGateway
) -> None:
    """The same offer, in other words: nobody has used a recovery code here."""
    gateway.enrols_after = {"email"}
    choose(ways, "Email me a code instead")
    give_code(ways)
    expect(ways.get_by_role("log")).to_contain_text("we need a second way")
    expect(ways.get_by_role("log")).not_to_contain_text("recovery code")
    expect(ways.get_by_role("log").get_by_role("link", name="Set it up")).to_be_visible()
