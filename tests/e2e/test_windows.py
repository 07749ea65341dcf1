"""Two tabs of one browser on the real system: in step, and over together."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


@pytest.fixture
def tabs(tab: Page, gatehouse) -> tuple[Page, Page]:
    """Two tabs that look on."""
    other = tab.context.new_page()
    for page in (tab, other):
        with page.expect_response("**/api/events") as opened:
            page.goto(f"{gatehouse.url}/?tenant=northwind-bank")
        assert opened.value.status == 200
        assert opened.value.headers["content-type"] == "text/event-stream"
    return tab, other


def test_two_tabs_are_in_step_and_end_together(tabs, persons):
    """What one says appears in both, once, with its card, also after the id has changed."""
    one, other = tabs
    bob = persons["bob"]
    one.get_by_label("Your message").fill("what's my balance?")
    one.get_by_role("button", name="Send").click()
    expect(other.get_by_role("log")).to_contain_text("what's my balance?")
    panel = one.get_by_role("dialog")
    expect(other.get_by_role("dialog")).to_be_hidden()
    panel.get_by_label("User name").fill(bob.username)
    panel.get_by_label("Password", exact=True).fill(bob.password)
    panel.get_by_role("button", name="Continue").click()
    code = panel.locator("input[autocomplete=one-time-code]")
    expect(code).to_be_visible()
    code.fill(bob.code())
    if panel.is_visible():
        code.press("Enter")
    for page in tabs:
        expect(page.get_by_role("log")).to_contain_text("1,863.42")
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    other.get_by_label("Your message").fill("what can you do?")
    other.get_by_role("button", name="Send").click()
    for page in tabs:
        mine = page.get_by_role("log").locator(".person")
        expect(mine).to_have_count(2)
        expect(page.get_by_role("log").locator(".row.bot:visible").last).to_be_visible()
    counts = [page.get_by_role("log").locator("ol > .bot").count() for page in tabs]
    assert counts[0] == counts[1]
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(one.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert "1,863.42" not in one.locator("body").inner_text()


def test_a_stream_ends_with_its_session_and_not_before(visitor):
    """ASVS 7.4.1: also for a program that holds the stream open with the cookie."""
    somebody = visitor()
    assert somebody.arrive().status_code == 201
    with somebody.http.stream("GET", "/api/events") as answer:
        assert answer.status_code == 200
        pieces = answer.iter_lines()
        assert "event: session" in pieces
        assert somebody.say("what can you do?")
        assert "event: message" in pieces
        assert somebody.delete("/api/session").is_success
        *_, last, end = pieces
    assert (last, end) == ('data: {"over":"ended"}', "")
    assert somebody.http.get("/api/events").status_code == 401
