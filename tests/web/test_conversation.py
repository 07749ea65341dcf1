"""Messages: their delivery, what goes wrong with it, choices, cards, scrolling, announcing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.web.fake_gateway import TRANSACTIONS, FakeGateway, Refusal
from tests.web.steps import ask_for_the_balance, log, say

MESSAGES = "/api/messages"
CHOICES = [{"id": "c1", "title": "Current account"}, {"id": "c2", "title": "Savings"}]


def test_what_is_said_while_the_conversation_is_read_is_shown_once(
    context: BrowserContext, gateway: FakeGateway
) -> None:
    """The answer could be in what is read, and come by itself as well."""
    page = context.new_page()
    held: list[Route] = []
    page.route(
        "**/api/messages",
        lambda route: held.append(route) if route.request.method == "GET" else route.continue_(),
    )
    page.goto("/?tenant=northwind-bank")
    page.get_by_label("Your message").fill("hello")
    page.get_by_label("Your message").press("Enter")
    expect(log(page).locator(".person")).to_have_count(1)
    page.wait_for_timeout(300)
    assert gateway.bodies("/api/messages") == []
    held.pop().continue_()
    expect(log(page).locator(".bot:not(.typing)")).to_have_count(1)
    page.wait_for_timeout(300)
    expect(log(page).locator(".person")).to_have_count(1)
    expect(log(page).locator(".bot:not(.typing)")).to_have_count(1)


def test_what_is_said_before_there_is_a_session_waits_for_it(
    context: BrowserContext, gateway: FakeGateway
) -> None:
    """Sent at once it would find no session, and "your session has ended" for an answer."""
    gateway.may_answer.clear()
    page = context.new_page()
    page.goto("/")
    say(page, "hello")
    expect(log(page).locator(".person")).to_have_count(1)
    assert gateway.bodies("/api/messages") == []
    gateway.may_answer.set()
    expect(log(page)).to_contain_text("You said: hello")
    expect(log(page).locator(".person")).to_have_count(1)
    expect(log(page).locator(".welcome")).to_have_count(0)


def test_a_message_shows_that_it_is_sent_and_that_the_bot_writes(
    page: Page, gateway: FakeGateway
) -> None:
    gateway.may_answer.clear()
    say(page, "hello")
    expect(log(page)).to_contain_text("Sending")
    expect(log(page).get_by_text("The assistant is writing")).to_be_visible()
    gateway.may_answer.set()
    expect(log(page)).to_contain_text("You said: hello")
    expect(log(page)).to_contain_text("Sent")
    expect(log(page).get_by_text("The assistant is writing")).to_be_hidden()


def test_a_finished_message_is_announced_once_apart_from_the_log(page: Page) -> None:
    say(page, "hello")
    expect(page.locator("#polite")).to_have_text("Assistant: You said: hello")
    expect(log(page)).to_have_attribute("aria-live", "off")


def test_a_failed_message_is_kept_and_sent_again_under_the_same_id(
    page: Page, gateway: FakeGateway
) -> None:
    """ASVS 15.4.2: a repeated attempt is recognised, and so answered once."""
    gateway.fail(MESSAGES, Refusal(503, "security_unavailable", "Please try later."))
    say(page, "pay attention to this")
    expect(log(page)).to_contain_text("Not sent")
    expect(log(page)).to_contain_text("Please try later.")
    gateway.answer_next({"text": "Got it."})
    log(page).get_by_role("button", name="Try again").click()
    expect(log(page)).to_contain_text("Got it.")
    first, second = gateway.bodies(MESSAGES)
    assert first == second
    assert first["client_id"]


def test_a_full_house_says_how_long_to_wait(page: Page, gateway: FakeGateway) -> None:
    busy = Refusal(429, "rate_limited", "That was a lot at once.", headers={"Retry-After": "20"})
    gateway.fail(MESSAGES, busy)
    say(page, "hello")
    expect(log(page)).to_contain_text("That was a lot at once. Please wait 20 seconds.")
    expect(log(page).get_by_role("button", name="Try again")).to_be_visible()


@pytest.mark.parametrize("status", [413, 422])
def test_a_refused_message_can_be_edited(page: Page, gateway: FakeGateway, status: int) -> None:
    gateway.fail(MESSAGES, Refusal(status, "invalid_request", "This is not well formed."))
    say(page, "too odd")
    log(page).get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Your message")).to_have_value("too odd")
    expect(log(page)).not_to_contain_text("too odd")


def test_a_failure_without_a_word_still_gets_a_sentence(page: Page, gateway: FakeGateway) -> None:
    gateway.fail(MESSAGES, Refusal(500, "", ""))
    say(page, "hello")
    expect(log(page)).to_contain_text("Something went wrong on our side.")


def test_enter_sends_and_shift_enter_makes_a_new_line(page: Page, gateway: FakeGateway) -> None:
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(log(page).get_by_text("You said: one\ntwo")).to_be_visible()
    assert gateway.bodies(MESSAGES)[0]["text"] == "one\ntwo"


@pytest.mark.parametrize(("length", "sent"), [(999, True), (1000, True), (1001, False)])
def test_a_message_has_at_most_a_thousand_characters(
    page: Page, gateway: FakeGateway, length: int, sent: bool
) -> None:
    page.get_by_label("Your message").fill("😀" * length)
    words = f"{1000 - length} character" if sent else "1 character too many"
    expect(page.locator("#counter")).to_contain_text(words)
    button = page.get_by_role("button", name="Send")
    button.dispatch_event("click")
    page.keyboard.press("Enter")
    if sent:
        expect(log(page)).to_contain_text("You said:")
    else:
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(page.locator("#polite")).to_contain_text("1 character too many")
    assert gateway.count("POST", MESSAGES) == int(sent)


def test_a_choice_sends_its_id_alone_and_only_once(page: Page, gateway: FakeGateway) -> None:
    gateway.answer_next({"text": "Which one?", "choices": CHOICES})
    say(page, "freeze it")
    log(page).get_by_role("button", name="Savings").click()
    expect(log(page)).to_contain_text("You said: choice c2")
    assert gateway.bodies(MESSAGES)[1] == {"choice": "c2"}
    for name in ("Current account", "Savings"):
        button = log(page).get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-disabled", "true")
        button.dispatch_event("click")
    assert gateway.count("POST", MESSAGES) == 2
    page.reload()
    expect(log(page)).to_contain_text("You said: choice c2")
    expect(log(page).get_by_role("button", name="Savings")).to_have_attribute(
        "aria-disabled", "true"
    )


def test_a_choice_that_is_no_longer_open_offers_no_retry(page: Page, gateway: FakeGateway) -> None:
    gateway.answer_next({"text": "Which one?", "choices": CHOICES})
    say(page, "freeze it")
    savings = log(page).get_by_role("button", name="Savings")
    expect(savings).to_be_visible()  # The answer is here before anything fails.
    gateway.fail(MESSAGES, Refusal(422, "unknown_choice", "This choice is no longer open."))
    savings.click()
    expect(log(page)).to_contain_text("This choice is no longer open.")
    expect(log(page).get_by_role("button", name="Edit")).to_have_count(0)
    expect(log(page).get_by_role("button", name="Try again")).to_have_count(0)


def test_messages_below_the_screen_are_offered_not_forced(page: Page, gateway: FakeGateway) -> None:
    for number in range(12):
        say(page, f"message {number}")
        expect(log(page)).to_contain_text(f"You said: message {number}")
    gateway.may_answer.clear()
    say(page, "last")
    log(page).evaluate("(box) => box.scrollTo(0, 0)")
    newer = page.get_by_role("button", name="New messages")
    expect(newer).to_be_hidden()
    gateway.may_answer.set()
    expect(newer).to_be_visible()
    assert log(page).evaluate("(box) => box.scrollTop") == 0
    newer.click()
    expect(log(page).get_by_text("You said: last")).to_be_in_viewport()
    expect(newer).to_be_hidden()


def test_the_table_of_transactions_is_a_table_to_everyone(page: Page) -> None:
    """WCAG 1.3.1 and 1.4.1: headers have a scope, and no meaning is in the colour alone."""
    ask_for_the_balance(page)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 700})
        say(page, "my transactions")
        table = log(page).get_by_role("table", name="Transactions: Current account •••• 4021").last
        expect(table.get_by_role("columnheader")).to_have_count(3)
        row = table.get_by_role("row").filter(has_text="Spotify")
        expect(row.get_by_role("rowheader")).to_have_text("Spotify")
        expect(row).to_contain_text("20 Nov 2026")
        expect(row.get_by_role("cell").last).to_have_text("paid out −€10.99")
        received = table.get_by_role("row").filter(has_text="Salary")
        expect(received.get_by_role("cell").last).to_have_text("received +€3,150.00")


def test_an_amount_is_shown_digit_by_digit(page: Page, gateway: FakeGateway) -> None:
    cases = [
        ("0.10", "EUR", "+€0.10"),
        ("9007199254740993.01", "EUR", "+€9,007,199,254,740,993.01"),
        ("-0.00", "EUR", "€0.00"),
        ("1234.5", "EUR", "+€1,234.50"),
        ("-0.005", "EUR", "−€0.005"),
        ("1500", "JPY", "+JP¥1,500"),
        ("1e3", "EUR", "1e3 EUR"),
        ("12", "<b>", "12 <b>"),
    ]
    rows = [
        {"date": "2026-02-30x", "text": "Odd", "amount": amount, "currency": currency}
        for amount, currency, _ in cases
    ]
    gateway.answer_next({"card": {**TRANSACTIONS, "rows": rows}})
    say(page, "go")
    cells = log(page).locator("td.amount")
    expect(cells).to_have_count(len(cases))
    shown = [re.sub("paid out |received ", "", words) for words in cells.all_text_contents()]
    assert shown == [words for _, _, words in cases]


def test_open_bills_are_a_table_of_what_is_due(page: Page, gateway: FakeGateway) -> None:
    """What is due carries no sign: it has not been paid."""
    bill = {"biller": "Tidewater Energy", "reference": "TE-2048-117", "amount": "72.30"}
    rows = [{**bill, "currency": "EUR", "due_on": "2026-12-04"}]
    gateway.answer_next({"text": "One bill is due.", "card": {"kind": "bills", "rows": rows}})
    say(page, "what bills are due")
    table = log(page).get_by_role("table", name="Open bills")
    expect(table.get_by_role("columnheader")).to_have_text(["Due", "To", "Amount"])
    row = table.get_by_role("row").nth(1)
    expect(row.get_by_role("rowheader")).to_have_text("Tidewater Energy, TE-2048-117")
    expect(row).to_contain_text("4 Dec")
    expect(row).to_contain_text("72.30")
