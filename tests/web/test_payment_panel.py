"""A payment that waits: the person sees exactly what it is, and confirms it or leaves it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.fake_challenges import BINDING, CONFIRMATION, DETAILS
from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.steps import ask_for_the_balance, give_code, log, panel, say


@pytest.fixture
def paying(page: Page) -> Page:
    """The panel that asks for the code of a payment."""
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    expect(panel(page)).to_be_visible()
    return page


def waiting(gateway: FakeGateway) -> str:
    """Return the path of the challenge that waits."""
    challenge = next(iter(gateway.sessions.values())).challenge
    assert challenge is not None
    return f"/api/challenges/{challenge['id']}"


def test_what_is_approved_is_what_is_shown(paying: Page) -> None:
    """PSD2 RTS 5(1)(a): amount and payee stand in the panel that takes the code."""
    expect(panel(paying).get_by_role("heading")).to_have_text(BINDING)
    expect(panel(paying)).to_contain_text("with this code you approve exactly this")
    for row in DETAILS:
        line = panel(paying).locator("dl > div").filter(has_text=row["label"]).first
        expect(line.get_by_role("term")).to_have_text(row["label"])
        expect(line.get_by_role("definition")).to_have_text(row["value"])
    card = log(paying).locator(".approval")
    for words in (BINDING, DETAILS[0]["value"], "Waits for your confirmation"):
        expect(card).to_contain_text(words)


def test_a_right_code_ends_in_a_receipt(paying: Page) -> None:
    give_code(paying)
    expect(panel(paying)).to_be_hidden()
    receipt = log(paying).locator(".receipt")
    expect(receipt).to_contain_text("Paid 50.00 EUR to Anna Berg")
    for row in DETAILS:
        expect(receipt).to_contain_text(row["value"])
    card = log(paying).locator(".approval")
    expect(card).to_contain_text("Done")
    expect(card.get_by_role("button")).to_have_count(0)
    expect(paying.get_by_label("Your message")).to_be_focused()


def test_a_no_in_the_panel_voids_the_payment(paying: Page, gateway: FakeGateway) -> None:
    path = waiting(gateway)
    with paying.expect_response(lambda answer: answer.request.method == "DELETE"):
        panel(paying).get_by_role("button", name="No, cancel").click()
    expect(panel(paying)).to_be_hidden()
    card = log(paying).locator(".approval")
    expect(card).to_contain_text("Cancelled. Nothing was done.")
    expect(card.get_by_role("button")).to_have_count(0)
    assert gateway.count("DELETE", path) == 1
    assert gateway.bodies(f"{path}/answer") == []


def test_a_closed_panel_leaves_the_payment_waiting(paying: Page, gateway: FakeGateway) -> None:
    """Escape is no answer: neither a yes nor a no."""
    path = waiting(gateway)
    paying.keyboard.press("Escape")
    expect(panel(paying)).to_be_hidden()
    assert gateway.count("DELETE", path) == 0
    log(paying).get_by_role("button", name="Check and confirm").click()
    expect(panel(paying).get_by_role("heading")).to_have_text(BINDING)
    give_code(paying)
    expect(log(paying).locator(".receipt")).to_be_visible()


def test_a_reload_keeps_the_payment_at_hand(paying: Page) -> None:
    paying.reload()
    card = log(paying).locator(".approval")
    expect(card).to_contain_text("Waits for your confirmation")
    card.get_by_role("button", name="Check and confirm").click()
    expect(panel(paying).get_by_role("heading")).to_have_text(BINDING)
    give_code(paying)
    expect(log(paying).locator(".receipt")).to_be_visible()


def test_a_past_payment_is_no_warning(page: Page, gateway: FakeGateway) -> None:
    """What was asked once and has ended stands there as it is, not as a refusal."""
    card = {**CONFIRMATION, "state": "cancelled"}
    old = {"text": "Please check.", "refused": "confirmation_required", "card": card}
    gateway.answer_next(old)
    say(page, "hello")
    expect(log(page).locator(".approval")).to_contain_text("Cancelled. Nothing was done.")
    expect(log(page).locator(".refused")).to_have_count(0)


def test_a_no_in_the_chat_closes_the_card(paying: Page) -> None:
    paying.keyboard.press("Escape")
    say(paying, "no, thanks")
    expect(log(paying).locator(".approval")).to_contain_text("This request is closed.")
    expect(log(paying).get_by_role("button", name="Check and confirm")).to_have_count(0)


def test_a_wrong_code_does_not_pay(paying: Page) -> None:
    give_code(paying, "111111")
    expect(panel(paying).get_by_role("alert")).to_contain_text("That code is not right")
    expect(panel(paying)).to_contain_text("4 attempts left")
    expect(log(paying).locator(".receipt")).to_have_count(0)
    expect(log(paying).locator(".approval")).to_contain_text("Waits for your confirmation")


def test_an_expired_payment_says_that_nothing_was_done(paying: Page, gateway: FakeGateway) -> None:
    title = "The time for this is over."
    gateway.fail(f"{waiting(gateway)}/answer", Refusal(410, "expired", title))
    give_code(paying)
    expect(panel(paying).get_by_role("alert")).to_have_text(
        "The time for this is over. Ask for it again in the chat."
    )
    panel(paying).get_by_role("button", name="Back to the chat").click()
    expect(panel(paying)).to_be_hidden()
    expect(log(paying).locator(".approval")).to_contain_text("Nothing was done.")


def test_a_card_of_an_odd_shape_is_a_sentence(page: Page, gateway: FakeGateway) -> None:
    """A row that is not words is not drawn at all: half a payment would mislead."""
    rows = [{"label": "To", "value": {"toString": "Anna"}}]
    card = {"kind": "confirmation", "title": BINDING, "rows": rows, "state": "waiting"}
    gateway.answer_next({"text": "Please check.", "card": card})
    say(page, "hello")
    expect(log(page)).to_contain_text("This answer has a part that this page cannot show.")
    expect(log(page).locator(".approval")).to_have_count(0)
