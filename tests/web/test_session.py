"""The session as the page shows it: its countdown, its warning, its end."""

from __future__ import annotations

import re

from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect

from tests.web.fake_gateway import FakeGateway, Refusal
from tests.web.steps import ask_for_the_balance, give_code, log, panel, pass_time, say

EXTEND = "/api/session/extend"

FULL = re.compile("5:00|4:[345][0-9]")
"""The whole five minutes, less what a slow machine takes to look at them."""


def test_one_button_extends_a_session_that_is_about_to_end(
    page: Page, gateway: FakeGateway
) -> None:
    """WCAG 2.2.1: a warning, at least 20 s, one simple action."""
    ask_for_the_balance(page)
    pass_time(page, gateway, 225)
    expect(page.get_by_role("button", name="Stay in this session")).to_be_hidden()
    pass_time(page, gateway, 17)
    expect(page.get_by_role("alert")).to_contain_text("ends in one minute")
    assert page.title().startswith("Session ends soon")
    page.get_by_role("button", name="Stay in this session").click()
    expect(page.get_by_role("timer")).to_have_text(FULL)
    expect(page.get_by_role("button", name="Stay in this session")).to_be_hidden()
    assert gateway.count("POST", EXTEND) == 1


def test_counting_down_extends_nothing(page: Page, gateway: FakeGateway) -> None:
    """ASVS 7.3.1: the page looks at most once a warning and once at the end, and only looks."""
    ask_for_the_balance(page)
    expect(page.get_by_role("timer")).to_have_text(FULL)
    before = len(gateway.calls)
    pass_time(page, gateway, 250)
    expect(page.get_by_role("alert")).to_contain_text("ends in one minute")
    assert [call[:2] for call in gateway.calls[before:]] == [("GET", "/api/session")]


def test_a_late_answer_makes_no_session_younger(page: Page, gateway: FakeGateway) -> None:
    """A computer that sleeps while it asks: the seconds left count from the question."""
    ask_for_the_balance(page)
    asked: list[tuple[Route, APIResponse]] = []
    page.route("**/api/session", lambda route: asked.append((route, route.fetch())))
    say(page, "What's my balance?")
    expect(log(page).get_by_text("€2,480.15")).to_have_count(2)
    while not asked:
        page.wait_for_timeout(20)
    pass_time(page, gateway, 40)
    route, answer = asked.pop()
    route.fulfill(response=answer)
    page.unroute("**/api/session")
    expect(page.get_by_role("timer")).to_have_text(re.compile("4:[012]"))
    pass_time(page, gateway, 205)
    expect(page.get_by_role("button", name="Stay in this session")).to_be_visible()


def test_an_expired_session_clears_the_screen(page: Page, gateway: FakeGateway) -> None:
    ask_for_the_balance(page)
    page.get_by_label("Your message").fill("a draft")
    pass_time(page, gateway, 301)
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_focused()
    left = page.locator("body").inner_html()
    for word in ("2,480.15", "4021", "Alice", "What's my balance?", "alice"):
        assert word not in left
    page.get_by_role("button", name="Start a new conversation").press("Enter")
    expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_the_screen_is_cleared_even_where_the_server_is_out_of_reach(
    page: Page, context: BrowserContext
) -> None:
    ask_for_the_balance(page)
    context.set_offline(True)
    page.clock.run_for(301_000)
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(log(page)).to_be_hidden()
    assert "2,480.15" not in page.locator("body").inner_html()


def test_a_session_extended_in_another_window_raises_no_warning(
    page: Page, gateway: FakeGateway
) -> None:
    ask_for_the_balance(page)
    gateway.now += 250
    gateway.touch(next(iter(gateway.sessions.values())))
    with page.expect_response("**/api/session"):
        page.clock.run_for(250_000)
    expect(page.get_by_role("timer")).to_have_text(FULL)
    expect(page.get_by_role("button", name="Stay in this session")).to_be_hidden()


def test_the_absolute_limit_is_announced_without_a_button(page: Page, gateway: FakeGateway) -> None:
    gateway.idle_seconds = gateway.absolute_seconds
    ask_for_the_balance(page)
    pass_time(page, gateway, 43_190)
    expect(page.get_by_role("alert")).to_contain_text("longest time")
    expect(page.get_by_role("button", name="Stay in this session")).to_be_hidden()


def test_the_warning_is_reachable_inside_an_open_panel(page: Page, gateway: FakeGateway) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    pass_time(page, gateway, 245)
    panel(page).get_by_role("button", name="Stay in this session").click()
    expect(panel(page).get_by_role("button", name="Stay in this session")).to_be_hidden()
    assert gateway.count("POST", EXTEND) == 1


def test_ticks_are_not_announced(page: Page) -> None:
    ask_for_the_balance(page)
    expect(page.get_by_role("timer")).to_have_attribute("aria-live", "off")
    expect(page.locator("#expiry-time")).to_have_attribute("aria-hidden", "true")


def test_signing_out_clears_the_screen_and_ends_the_session(
    page: Page, gateway: FakeGateway
) -> None:
    """ASVS 7.4.1."""
    ask_for_the_balance(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_focused()
    left = page.locator("body").inner_html()
    assert "2,480.15" not in left
    assert "Alice" not in left
    assert gateway.sessions == {}


def test_a_sign_out_that_fails_is_not_called_one(page: Page, gateway: FakeGateway) -> None:
    ask_for_the_balance(page)
    gateway.fail("/api/session", Refusal(503, "security_unavailable", "Please try later."))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are not signed out yet")).to_be_visible()
    assert "2,480.15" not in page.locator("body").inner_html()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert gateway.sessions == {}


def test_an_answer_that_comes_after_sign_out_is_not_shown(page: Page, gateway: FakeGateway) -> None:
    ask_for_the_balance(page)
    gateway.may_answer.clear()
    with page.expect_request("**/api/messages"):
        say(page, "What's my balance now?")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Signing out …")).to_be_visible()
    expect(page.get_by_role("button", name="Start a new conversation")).to_be_hidden()
    gateway.may_answer.set()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert "balance" not in page.locator("#messages").inner_html()


def holding(page: Page, path: str) -> list[Route]:
    """Hold back what is asked of this path; the list has it then."""
    held = list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route(path, hold)
    return held


def answered(page: Page, held: list[Route]) -> APIResponse:
    """Wait for a request that is held back; return what the server answers to it."""
    while not held:
        page.evaluate("0")
    return held[0].fetch()


def test_attack_a_request_that_opens_again_after_its_person_has_gone(
    page: Page, gateway: FakeGateway
) -> None:
    """ASVS 14.3.1: what was to be approved is not shown to whoever comes next."""
    ask_for_the_balance(page)
    say(page, "please pay Anna")
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    path = "**/api/challenges/*"
    held = holding(page, path)
    log(page).get_by_role("button", name="Enter the code").last.click()
    answer = answered(page, held)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    with page.expect_response(path):
        held[0].fulfill(response=answer)
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    assert not panel(page).is_visible()


def test_attack_a_session_that_a_late_proof_brings_back(page: Page, gateway: FakeGateway) -> None:
    """ASVS 7.4.1: the proof has changed the session's id, and signing out named the old one: what
    comes late is not drawn, and the session that came with it ends as well."""
    ask_for_the_balance(page)
    say(page, "please pay Anna")
    path = "**/api/challenges/*/answer"
    held = holding(page, path)
    give_code(page)
    answer = answered(page, held)
    page.keyboard.press("Escape")
    [(cookie, session)] = gateway.sessions.items()
    gateway.sessions.clear()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    gateway.sessions[cookie] = session
    with page.expect_response(lambda one: one.request.method == "DELETE"):
        held[0].fulfill(response=answer)
    assert gateway.sessions == {}
    assert "Confirmed." not in page.locator("body").inner_html()


def test_signing_out_in_one_window_clears_the_other(page: Page, context: BrowserContext) -> None:
    ask_for_the_balance(page)
    other = context.new_page()
    other.goto("/")
    expect(log(other).get_by_text("€2,480.15")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert "2,480.15" not in other.locator("body").inner_html()


def test_signing_in_in_one_window_reaches_the_other(
    page: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    """The token has changed: the other window learns it and goes on."""
    other = context.new_page()
    other.goto("/")
    other.get_by_role("heading", name="How can we help?").wait_for()
    ask_for_the_balance(page)
    expect(log(other).get_by_text("€2,480.15")).to_be_visible()
    say(other, "hello")
    expect(log(other).get_by_text("You said: hello")).to_be_visible()


def test_an_old_token_is_fetched_again_once(page: Page, gateway: FakeGateway) -> None:
    next(iter(gateway.sessions.values())).csrf = "changed-elsewhere"
    say(page, "hello")
    expect(log(page).get_by_text("You said: hello")).to_be_visible()
    stale = Refusal(403, "csrf_failed", "This page is out of date.")
    gateway.fail("/api/messages", stale, stale, stale)
    say(page, "again")
    expect(log(page)).to_contain_text("This page is out of date.")
    assert gateway.count("POST", "/api/messages") == 4


def test_a_reload_brings_the_conversation_back(page: Page) -> None:
    ask_for_the_balance(page)
    page.reload()
    expect(log(page).get_by_text("€2,480.15")).to_be_visible()
    expect(log(page).get_by_text("What's my balance?")).to_be_visible()
    expect(log(page)).to_contain_text("You are signed in.")
    expect(log(page).get_by_role("button", name="Sign in", exact=True)).to_have_count(0)
    expect(page.get_by_role("banner")).to_contain_text("Alice Moreau")


def test_words_survive_a_session_that_ended_unseen(page: Page, gateway: FakeGateway) -> None:
    gateway.sessions.clear()
    say(page, "a long and careful question")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    page.get_by_role("button", name="Start a new conversation").click()
    expect(page.get_by_label("Your message")).to_have_value("a long and careful question")


def test_a_server_out_of_reach_at_the_start_is_said_and_can_be_tried_again(
    context: BrowserContext, gateway: FakeGateway
) -> None:
    gateway.fail("/api/session", Refusal(503, "security_unavailable", "Please try later."))
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", name="We cannot start right now")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
