"""Several windows of one browser stay in step, and nothing is lost or shown twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.fake_events import TURN, FakeFeed
from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.steps import give_code, give_password, log, panel, say, sign_in

AT = "2026-11-23T10:00:00Z"
LIVES = {"assurance": "none", "authenticated": False, "absolute_seconds_left": 43_200}


@pytest.fixture
def feed(gateway: FakeGateway) -> Iterator[FakeFeed]:
    """A gateway with streams; those that are open end with the test."""
    gateway.feed = FakeFeed()
    yield gateway.feed
    gateway.feed.hang_up()


@pytest.fixture
def window(context: BrowserContext, feed: FakeFeed) -> Callable[[], Page]:
    """Open one more window, and wait until it looks on."""

    def open_one() -> Page:
        before = len(feed.opened)
        page = context.new_page()
        page.goto("/?tenant=northwind-bank")
        page.get_by_label("Your message").wait_for()
        until(page, lambda: len(feed.opened) > before)
        return page

    return open_one


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Let the page go on until something holds."""
    for _ in range(500):
        if holds():
            return
        page.wait_for_timeout(20)
    raise AssertionError("it did not happen")


def texts(page: Page) -> list[str]:
    """What stands in the bubbles, from top to bottom."""
    return log(page).locator(".messages .bubble").all_inner_texts()


def said(words: str, turn: str = TURN, **more: Any) -> dict[str, Any]:
    return {"sender": "bot", "at": AT, "text": words, "turn": turn, **more}


def test_what_one_window_says_appears_in_the_other_once(window: Callable[[], Page]) -> None:
    one, other = window(), window()
    say(one, "hello")
    for page in (one, other):
        expect(log(page).get_by_text("You said: hello")).to_be_visible()
    say(other, "and hello")
    for page in (one, other):
        expect(log(page).get_by_text("You said: and hello")).to_be_visible()
    wanted = ["hello", "You said: hello", "and hello", "You said: and hello"]
    assert texts(one) == texts(other) == wanted
    expect(other.get_by_role("heading", name="How can we help?")).to_have_count(0)


def test_cards_come_along_and_open_no_panel(window: Callable[[], Page]) -> None:
    one, other = window(), window()
    sign_in(one)
    expect(other.get_by_role("button", name="Sign out")).to_be_visible()
    say(one, "What's my balance?")
    expect(log(other).get_by_text("€2,480.15")).to_be_visible()
    say(one, "transfer 25 to Anna")
    expect(log(other).get_by_text("Waits for your confirmation")).to_be_visible()
    expect(panel(one)).to_be_visible()
    expect(panel(other)).to_be_hidden()


def test_a_challenge_that_passed_elsewhere_closes_here(
    window: Callable[[], Page], feed: FakeFeed, gateway: FakeGateway
) -> None:
    one, other = window(), window()
    sign_in(one)
    expect(other.get_by_role("button", name="Sign out")).to_be_visible()
    say(one, "transfer 25 to Anna")
    other.get_by_role("button", name=re.compile("Check and confirm|Confirm|Enter")).last.click()
    expect(panel(other)).to_be_visible()
    [session] = gateway.sessions.values()
    assert session.challenge is not None
    challenge = session.challenge["id"]
    give_code(one)
    feed.tell("challenge", id=challenge, purpose="confirm", state="passed")
    expect(panel(other)).to_be_hidden()
    expect(log(other).get_by_text("You confirmed this.")).to_be_visible()
    expect(log(other).get_by_text("The payment is made.")).to_have_count(1)
    expect(log(one).get_by_text("The payment is made.")).to_have_count(1)


def test_what_was_missed_comes_when_the_connection_is_back(
    window: Callable[[], Page], feed: FakeFeed
) -> None:
    page = window()
    say(page, "hello")
    expect(log(page).get_by_text("You said: hello")).to_be_visible()
    feed.refusals.extend([Refusal(503, "security_unavailable"), Refusal(429, "rate_limited")])
    feed.hang_up()
    until(page, lambda: feed.open == 0)
    feed.tell("message", **said("Missed."))
    expect(log(page).get_by_text("Missed.")).to_be_visible()
    assert texts(page) == ["hello", "You said: hello", "Missed."]
    assert feed.opened[0] == "0"
    assert str(feed.opened[-1]).startswith("2.")


def test_a_stream_begins_after_what_the_history_shows(
    window: Callable[[], Page], feed: FakeFeed
) -> None:
    one = window()
    say(one, "hello")
    expect(log(one).get_by_text("You said: hello")).to_be_visible()
    other = window()
    assert str(feed.opened[-1]).startswith("2.")
    assert texts(other) == ["hello", "You said: hello"]


def test_ones_own_answer_is_shown_once_whichever_way_it_comes_first(
    window: Callable[[], Page], feed: FakeFeed, gateway: FakeGateway
) -> None:
    page = window()
    gateway.may_answer.clear()
    say(page, "hello")
    expect(log(page).get_by_text("hello")).to_be_visible()
    # The stream is faster than the answer: as it is when an id is rotated.
    feed.tell("message", **said("Meanwhile."))
    page.wait_for_timeout(200)
    assert texts(page)[:1] == ["hello"]
    gateway.may_answer.set()
    expect(log(page).get_by_text("Meanwhile.")).to_be_visible()
    assert sorted(texts(page)) == ["Meanwhile.", "You said: hello", "hello"]


def test_who_has_missed_too_much_reads_everything_anew(
    window: Callable[[], Page], feed: FakeFeed
) -> None:
    page = window()
    say(page, "hello")
    expect(log(page).get_by_text("You said: hello")).to_be_visible()
    before = len(feed.opened)
    feed.tell("reset")
    until(page, lambda: len(feed.opened) > before)
    expect(log(page).get_by_text("You said: hello")).to_have_count(1)
    assert texts(page) == ["hello", "You said: hello"]
    # A server that says so again and again is not asked again and again.
    feed.tell("reset")
    until(page, lambda: feed.open == 0)
    assert texts(page) == ["hello", "You said: hello"]


def test_what_waits_stays_where_everything_is_read_anew(
    window: Callable[[], Page], feed: FakeFeed
) -> None:
    """A message whose answer got lost is not there twice; one that was not sent is not lost."""
    page = window()
    page.evaluate(
        """() => {
          const real = window.fetch;
          window.calls = 0;
          window.fetch = async (path, options) => {
            if (path !== "/api/messages" || options.method !== "POST" || calls > 1)
              return real(path, options);
            calls += 1;
            if (calls === 1) await real(path, options);
            throw new TypeError("lost");
          };
        }"""
    )
    say(page, "one")
    waiting = log(page).locator(".person[data-state=waiting]")
    expect(waiting).to_have_count(1)
    say(page, "two")
    feed.tell("reset")
    expect(log(page).get_by_text("You said: two")).to_be_visible()
    expect(waiting).to_have_count(0)
    assert texts(page) == ["one", "You said: one", "two", "You said: two"]


def test_the_countdown_follows_another_window(window: Callable[[], Page], feed: FakeFeed) -> None:
    page = window()
    sign_in(page)
    user = {"name": "Alice Moreau", "tenant": "northwind-bank", "roles": ["customer"]}
    known = {**LIVES, "authenticated": True, "user": user}
    feed.tell("session", **known, idle_seconds_left=125)
    expect(page.get_by_role("timer")).to_have_text(re.compile("2:0"))


def test_a_session_that_ended_elsewhere_leaves_nothing_on_the_screen(
    window: Callable[[], Page], feed: FakeFeed, gateway: FakeGateway
) -> None:
    """ASVS 7.4.1: ended by an administrator, or from another device."""
    page = window()
    say(page, "hello")
    expect(log(page).get_by_text("You said: hello")).to_be_visible()
    gateway.sessions.clear()
    feed.tell("session", over="ended")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(page.get_by_text("You said: hello")).to_have_count(0)


def test_an_id_that_has_moved_is_waited_for_and_ends_nothing(
    window: Callable[[], Page], feed: FakeFeed
) -> None:
    """Another window's proof: this browser learns of the new id a moment later."""
    page = window()
    feed.refusals.append(Refusal(401, "session_expired"))
    feed.tell("session", over="moved")
    feed.hang_up()
    until(page, lambda: not feed.refusals)
    feed.tell("message", **said("Here again."))
    expect(log(page).get_by_text("Here again.")).to_be_visible()


def test_a_window_that_nobody_sees_keeps_no_connection(
    window: Callable[[], Page], feed: FakeFeed
) -> None:
    """A browser has six for one server, and the calls of other windows need them."""
    page = window()
    until(page, lambda: feed.open == 1)
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    until(page, lambda: feed.open == 0)
    feed.tell("message", **said("Meanwhile."))
    page.evaluate(hide, False)
    expect(log(page).get_by_text("Meanwhile.")).to_be_visible()
    assert feed.opened == ["0", "0"]


def test_without_streams_all_goes_on_as_before(page: Page, gateway: FakeGateway) -> None:
    assert gateway.feed is None
    say(page, "What's my balance?")
    give_password(page)
    give_code(page)
    expect(log(page).get_by_text("€2,480.15")).to_be_visible()


@pytest.mark.parametrize("words", ["<img src=x onerror=alert(1)>", "a\nevent: session"])
def test_attack_words_of_another_window_stay_words(
    window: Callable[[], Page], feed: FakeFeed, words: str
) -> None:
    """ASVS 1.2.1: what comes by the stream enters the page as text alone."""
    page = window()
    feed.tell("message", **said(words))
    expect(
        log(page).locator(".bubble", has_text=words.rsplit("\n", maxsplit=1)[-1])
    ).to_be_visible()
    assert log(page).locator("img[src=x]").count() == 0
