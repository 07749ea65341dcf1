"""axe-core finds nothing on any page in any of its states (WCAG 2.2, A and AA)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.axe import faults_of, read_axe
from tests.web.bank import SPENDING
from tests.web.fake_account import TOKEN
from tests.web.fake_challenges import CONFIRMATION, RECEIPT
from tests.web.fake_gateway import BALANCES, TRANSACTIONS, FakeGateway, Refusal
from tests.web.health import MEDICINES, RESULTS, VISITS
from tests.web.shop import ORDERS, TIMELINE
from tests.web.steps import (
    ask_for_the_balance,
    begin_change,
    give_code,
    give_password,
    log,
    panel,
    pass_time,
    say,
    sign_in,
)
from tests.web.test_pin_panel import FIELD
from tests.web.test_work_cards import DOCUMENT, FACTS, LIST

Show = Callable[[Page, FakeGateway], Any]
BILL = {"biller": "Tidewater Energy", "reference": "TE-2048-117", "amount": "72.30"}
BILLS = {"kind": "bills", "rows": [{**BILL, "currency": "EUR", "due_on": "2026-12-04"}]}
CARDS = [
    *(BALANCES, TRANSACTIONS, BILLS, SPENDING, RECEIPT, FACTS, LIST, DOCUMENT, ORDERS, TIMELINE),
    *({**CONFIRMATION, "state": state} for state in ("done", "cancelled", "expired")),
    *(VISITS, RESULTS, MEDICINES, {"kind": "recover"}, {"kind": "of another time"}),
]
CHOICES = [{"id": "c1", "title": "Current account"}, {"id": "c2", "title": "Savings"}]


@pytest.fixture(scope="module")
def axe() -> str:
    return read_axe()


def start(page: Page, gateway: FakeGateway) -> None:
    """As it opens."""


def conversation(page: Page, gateway: FakeGateway) -> None:
    """Each kind of card, a refusal, choices that are open and closed, a message not sent."""
    ask_for_the_balance(page)
    said = [{"text": f"Answer {at}.", "card": card} for at, card in enumerate(CARDS)]
    gateway.answer_next(*said, {"text": "Not yours.", "refused": "not_permitted"})
    say(page, "everything")
    for words in ("which", "and which"):
        gateway.answer_next({"text": "Which one?", "choices": CHOICES})
        say(page, words)
    expect(log(page).get_by_text("Which one?")).to_have_count(2)
    gateway.fail("/api/messages", Refusal(503, "security_unavailable", "Please try later."))
    say(page, "lost")
    expect(log(page).get_by_role("button", name="Try again")).to_be_visible()


def newer(page: Page, gateway: FakeGateway) -> None:
    """A reader who has scrolled up, and the button back to the end."""
    gateway.answer_next(*({"text": f"Line {number}."} for number in range(30)))
    say(page, "go on")
    expect(log(page)).to_contain_text("Line 29.")
    gateway.may_answer.clear()
    say(page, "and on")
    log(page).evaluate("(box) => box.scrollTo(0, 0)")
    gateway.may_answer.set()
    expect(page.get_by_role("button", name="New messages")).to_be_visible()


def offline(page: Page, gateway: FakeGateway) -> None:
    """Messages that wait for the connection, one that can be taken back."""
    page.context.set_offline(True)
    say(page, "one")
    say(page, "two")
    expect(log(page).get_by_role("button", name="Take it back")).to_have_count(2)


def saving(page: Page, gateway: FakeGateway) -> None:
    """What is offered to keep a conversation."""
    ask_for_the_balance(page)
    page.get_by_role("button", name="Keep this conversation").click()
    page.get_by_role("button", name="Save it as a file").click()
    expect(page.locator("#saving-state")).to_have_text("Saved.")


def password(page: Page, gateway: FakeGateway) -> None:
    """The first step of the panel, with a mistake in it."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    panel(page).get_by_role("button", name="Continue").click()
    expect(panel(page).get_by_role("alert")).to_have_text("Enter your user name.")


def forgotten(page: Page, gateway: FakeGateway) -> None:
    """The panel that asks for a link."""
    page.goto("/#forgotten")
    expect(panel(page).get_by_role("button", name="Send me a link")).to_be_visible()


def code(page: Page, gateway: FakeGateway) -> None:
    """A code by text message, with other ways and one wrong guess."""
    gateway.challenges.methods = ["sms", "totp", "email", "recovery"]
    page.get_by_role("button", name="Sign in", exact=True).click()
    give_password(page)
    give_code(page, "111111")
    expect(panel(page).get_by_role("alert")).to_contain_text("That code is not right")


def payment(page: Page, gateway: FakeGateway) -> None:
    """What is approved, row by row, and the code for it."""
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    expect(panel(page)).to_be_visible()


def pin(page: Page, gateway: FakeGateway) -> None:
    """A new PIN, two that differ."""
    gateway.challenges.panel = [FIELD]
    payment(page, gateway)
    panel(page).get_by_label("New PIN", exact=True).fill("4826")
    panel(page).get_by_role("button", name="Confirm").click()
    expect(panel(page).get_by_role("alert")).not_to_be_empty()


def warning(page: Page, gateway: FakeGateway) -> None:
    """The session ends soon."""
    ask_for_the_balance(page)
    pass_time(page, gateway, 242)
    expect(page.get_by_role("button", name="Stay in this session")).to_be_visible()


def warning_in_the_panel(page: Page, gateway: FakeGateway) -> None:
    """The same where the page behind is out of reach."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    pass_time(page, gateway, 242)
    expect(panel(page).get_by_role("button", name="Stay in this session")).to_be_visible()


def ended(page: Page, gateway: FakeGateway) -> None:
    """After the end."""
    ask_for_the_balance(page)
    pass_time(page, gateway, 301)
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()


def account(page: Page, gateway: FakeGateway) -> None:
    """The security page."""
    gateway.account.codes_left = 0
    sign_in(page)
    page.goto("/security")
    expect(page.get_by_text("Firefox on Windows")).to_be_visible()


def new_app(page: Page, gateway: FakeGateway) -> None:
    """A picture to scan, and the code that proves it was."""
    account(page, gateway)
    begin_change(page, "Set up a new authenticator app")
    give_code(page)
    panel(page).get_by_text("Cannot scan?").click()
    expect(panel(page).get_by_role("button", name="Copy the key")).to_be_visible()


def new_codes(page: Page, gateway: FakeGateway) -> None:
    """Recovery codes, shown this once."""
    account(page, gateway)
    begin_change(page, "New recovery codes")
    give_code(page)
    expect(panel(page).get_by_role("button", name="I have saved them")).to_be_visible()


def new_phone(page: Page, gateway: FakeGateway) -> None:
    """The first step of a change, with a mistake in it."""
    account(page, gateway)
    begin_change(page, "Change the phone number", Phone_number="12")
    expect(panel(page).get_by_role("alert")).to_contain_text("This number cannot be used.")


def stranger(page: Page, gateway: FakeGateway) -> None:
    """The security page without a sign-in."""
    page.goto("/security")
    expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()


def recovery(page: Page, gateway: FakeGateway) -> None:
    """What an emailed link opens, with a mistake in it."""
    page.goto(f"/security#recover={TOKEN}")
    page.get_by_label("I lost my authenticator app or phone").check()
    page.get_by_role("button", name="Set the new password").click()
    expect(page.locator("#recover-body").get_by_role("alert")).not_to_be_empty()


def outbox(page: Page, gateway: FakeGateway) -> None:
    """What the demo has sent."""
    note = {"at": "2026-11-23T10:00:00Z", "channel": "sms", "to": "+1202", "text": "654321 is it"}
    gateway.account.outbox.append(note)
    page.goto("/demo/phone")
    page.get_by_label("Whose phone is it?").select_option("Everything that was sent")
    expect(page.get_by_text("654321").first).to_be_visible()


STATES = [
    *(start, conversation, newer, offline, saving, password, forgotten, code, payment),
    *(pin, warning, warning_in_the_panel, ended, account, new_app, new_codes, new_phone, stranger),
    *(recovery, outbox),
]


@pytest.mark.parametrize("show", STATES, ids=lambda show: show.__name__)
def test_axe_finds_nothing(page: Page, gateway: FakeGateway, axe: str, show: Show) -> None:
    show(page, gateway)
    assert faults_of(page, axe) == []


def test_axe_finds_what_is_wrong(page: Page, axe: str) -> None:
    """It looks at the colours of both schemes, and at names."""
    page.evaluate("document.querySelector('#theme').removeAttribute('aria-label')")
    found = faults_of(page, axe)
    assert len(found) == 4
    assert all("button-name" in one for one in found)
