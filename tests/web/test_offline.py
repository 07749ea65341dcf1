"""Without a connection: words wait and are sent once, in order; nothing else is kept for later."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.web.fake_gateway import CODE, FakeGateway, Refusal
from tests.web.steps import (
    ask_for_the_balance,
    give_code,
    give_password,
    log,
    panel,
    pass_time,
    say,
)

MESSAGES = "/api/messages"
CHOICES = [{"id": "c1", "title": "Current account"}, {"id": "c2", "title": "Savings"}]
LONGEST_PAUSE_MS = 38_000


def waiting(page: Page) -> Locator:
    """The messages that wait for the connection."""
    return log(page).locator(".person[data-state=waiting]")


def said(gateway: FakeGateway) -> list[str]:
    """What has reached the gateway."""
    return [body["text"] for body in gateway.bodies(MESSAGES)]


@pytest.fixture
def offline(page: Page, context: BrowserContext) -> Page:
    """A page whose computer has lost its network, with two messages written since."""
    context.set_offline(True)
    say(page, "one")
    expect(waiting(page)).to_have_count(1)
    say(page, "two")
    expect(waiting(page)).to_have_count(2)
    return page


def test_a_message_waits_and_says_so(offline: Page, gateway: FakeGateway) -> None:
    expect(waiting(offline).first).to_contain_text("Waits for the connection")
    expect(offline.get_by_text("You are offline.").first).to_be_visible()
    expect(offline.locator("#polite")).to_contain_text("Waits for the connection. You are offline.")
    expect(log(offline).get_by_text("The assistant is writing")).to_be_hidden()
    assert said(gateway) == []


def test_what_waits_is_sent_by_itself_in_order_and_once(
    offline: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    context.set_offline(False)
    expect(log(offline)).to_contain_text("You said: two")
    expect(waiting(offline)).to_have_count(0)
    expect(offline.locator("#network")).to_be_hidden()
    expect(offline.locator("#polite")).to_contain_text("Connected again.")
    assert said(gateway) == ["one", "two"]
    sent = gateway.bodies(MESSAGES)
    assert sent[0]["client_id"] != sent[1]["client_id"]


def test_an_answer_that_got_lost_is_asked_for_under_the_same_id(
    page: Page, gateway: FakeGateway
) -> None:
    """ASVS 15.4.2: the message arrived, its answer did not; it is not said twice."""
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and len(lost) < 2:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/api/messages", lose)
    say(page, "hello")
    expect(waiting(page)).to_have_count(1)
    expect(page.get_by_text("We get no answer right now.").first).to_be_visible()
    expect(waiting(page).get_by_role("button")).to_have_count(0)
    page.clock.run_for(LONGEST_PAUSE_MS)
    expect(log(page).get_by_text("You said: hello")).to_have_count(1)
    attempts = gateway.bodies(MESSAGES)
    assert lost == [200, 200]
    assert len(attempts) == 3
    assert len({body["client_id"] for body in attempts}) == 1
    assert len(next(iter(gateway.sessions.values())).past) == 2


def test_one_button_tries_again_at_once(page: Page, gateway: FakeGateway) -> None:
    page.route("**/api/messages", lambda route: route.abort())
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    say(page, "hello")
    expect(waiting(page)).to_have_count(1)
    page.unroute("**/api/messages")
    assert said(gateway) == []
    button = page.get_by_role("button", name="Try now")
    button.focus()
    button.press("Enter")
    expect(log(page)).to_contain_text("You said: hello")
    expect(page.get_by_label("Your message")).to_be_focused()


def test_a_message_that_is_still_being_answered_is_asked_for_again(
    page: Page, gateway: FakeGateway
) -> None:
    busy = Refusal(409, "in_progress", "This message is already being answered.")
    gateway.fail(MESSAGES, busy)
    say(page, "hello")
    page.clock.run_for(2000)
    expect(log(page)).to_contain_text("You said: hello")
    expect(log(page).get_by_role("button", name="Edit")).to_have_count(0)


def test_attempts_come_more_and_more_seldom(page: Page) -> None:
    tried: list[str] = []

    def refuse(route: Route) -> None:
        tried.append(route.request.method)
        route.abort()

    page.route("**/api/messages", refuse)
    say(page, "hello")
    expect(waiting(page)).to_have_count(1)
    for _ in range(60):
        page.clock.run_for(2000)
    assert 5 <= len(tried) <= 12


def test_a_message_that_was_never_sent_can_be_taken_back(
    offline: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    waiting(offline).first.get_by_role("button", name="Take it back").click()
    expect(waiting(offline)).to_have_count(1)
    expect(offline.get_by_label("Your message")).to_have_value("one")
    context.set_offline(False)
    expect(log(offline)).to_contain_text("You said: two")
    assert said(gateway) == ["two"]


def test_taking_everything_back_leaves_nothing_that_waits(offline: Page) -> None:
    for _ in range(2):
        waiting(offline).first.get_by_role("button", name="Take it back").click()
    expect(waiting(offline)).to_have_count(0)
    expect(offline.locator("#network")).to_be_hidden()


def test_an_ended_session_gives_the_words_back(
    offline: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    """They are neither lost nor sent into the next session."""
    pass_time(offline, gateway, 301)
    expect(offline.get_by_role("heading", name="Your session has ended")).to_be_visible()
    context.set_offline(False)
    offline.get_by_role("button", name="Start a new conversation").click()
    expect(offline.get_by_label("Your message")).to_have_value("one\ntwo")
    expect(offline.locator("#network")).to_be_hidden()
    assert said(gateway) == []


def test_a_session_that_ended_unseen_gives_the_words_back(
    offline: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    gateway.sessions.clear()
    context.set_offline(False)
    expect(offline.get_by_role("heading", name="Your session has ended")).to_be_visible()
    offline.get_by_role("button", name="Start a new conversation").click()
    expect(offline.get_by_label("Your message")).to_have_value("one\ntwo")
    assert said(gateway) == ["one"]  # It was refused, and answered by nobody.


def test_signing_out_drops_what_waits(page: Page, gateway: FakeGateway) -> None:
    """Whoever signs out leaves nothing behind on this computer."""
    ask_for_the_balance(page)
    page.route("**/api/messages", lambda route: route.abort())
    say(page, "a secret plan")
    expect(waiting(page)).to_have_count(1)
    gateway.may_answer.clear()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signing out …")).to_be_visible()
    expect(page.locator("#network")).to_be_hidden()
    expect(page.locator("#words")).to_have_value("")
    gateway.may_answer.set()
    page.unroute("**/api/messages")
    page.get_by_role("button", name="Start a new conversation").click()
    expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_value("")
    assert "a secret plan" not in said(gateway)


def test_a_choice_is_never_kept_for_later(
    page: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    gateway.answer_next({"text": "Which one?", "choices": CHOICES})
    say(page, "freeze it")
    savings = log(page).get_by_role("button", name="Savings")
    expect(savings).to_be_visible()
    context.set_offline(True)
    savings.click()
    expect(log(page)).to_contain_text("Nothing was sent.")
    expect(log(page)).to_contain_text("A choice is not kept for later.")
    context.set_offline(False)
    say(page, "hello")
    expect(log(page)).to_contain_text("You said: hello")
    assert [body for body in gateway.bodies(MESSAGES) if "choice" in body] == []


def test_a_code_is_never_kept_for_later(
    page: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    """A protected action: the panel says so, the code is sent by the next press alone."""
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    expect(panel(page)).to_be_visible()
    before = len(gateway.calls)
    context.set_offline(True)
    give_code(page)
    expect(panel(page).get_by_role("alert")).to_contain_text("Nothing was sent.")
    context.set_offline(False)
    page.clock.run_for(LONGEST_PAUSE_MS)
    assert [call for call in gateway.calls[before:] if call[0] == "POST"] == []
    expect(panel(page).get_by_label("6-digit code")).to_have_value(CODE)
    panel(page).get_by_role("button", name="Confirm").click()
    expect(log(page).locator(".receipt")).to_be_visible()


def test_a_confirmation_without_an_answer_may_be_pressed_again(page: Page) -> None:
    ask_for_the_balance(page)
    say(page, "transfer 50 to Anna")
    page.route(re.compile("/answer$"), lambda route: route.abort())
    give_code(page)
    expect(panel(page).get_by_role("alert")).to_contain_text("it is done only once")


def test_a_password_is_never_kept_for_later(
    page: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    context.set_offline(True)
    give_password(page)
    expect(panel(page).get_by_role("alert")).to_contain_text("Nothing was sent.")
    context.set_offline(False)
    page.clock.run_for(LONGEST_PAUSE_MS)
    assert gateway.bodies("/api/session/password") == []
