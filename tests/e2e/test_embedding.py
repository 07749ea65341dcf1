"""The chat inside another site, in a real browser: the demo's bank and its one script tag."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Frame, Page, expect

pytestmark = pytest.mark.e2e


@pytest.fixture
def site(gatehouse) -> str:
    """Where the demo's host page is: another site than the chat, as browsers see it."""
    return f"https://northwind.localhost:{urlsplit(gatehouse.url).port}"


def open_chat(tab: Page) -> Frame:
    """Go to the button by keyboard alone, for its tree is closed to scripts; return the frame."""
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    with tab.expect_event("frameattached") as attached:
        tab.keyboard.press("Enter")
    frame = attached.value
    expect(frame.get_by_label("Your message")).to_be_focused()
    return frame


def ask(chat: Frame | Page, words: str) -> None:
    """Type into the chat and send: by keyboard, for a frame that grows moves its button."""
    field = chat.get_by_label("Your message")
    field.fill(words)
    field.press("Enter")


def test_a_banks_own_page_has_the_chat_and_its_word_opens_what_is_plain(tab, site):
    """Contract: a host site's word is aal1 of that tenant; the frame has a cookie of its own."""
    tab.goto(site)
    frame = open_chat(tab)
    expect(frame.get_by_text("Alice Moreau · signed in at this site")).to_be_visible()
    ask(frame, "which bills are due?")
    expect(frame.get_by_role("log")).to_contain_text("Open bills")
    [cookie] = tab.context.cookies()
    assert cookie["name"] == "__Host-gatehouse-embed"
    assert cookie["sameSite"] == "None"
    assert cookie["partitionKey"] == "https://northwind.localhost"
    tab.keyboard.press("Escape")
    expect(tab.locator("iframe")).to_be_hidden()


def test_what_needs_a_proof_is_answered_at_the_top_level_alone(tab, site, persons):
    """ASVS 6.3.4: no password and no code inside another site, and no answer that needs them;
    the question goes along."""
    alice = persons["alice"]
    tab.goto(site)
    frame = open_chat(tab)
    expect(frame.get_by_text("Alice Moreau")).to_be_visible()
    ask(frame, "what's my balance?")
    onward = frame.get_by_role("log").get_by_role("link", name="Open the chat")
    expect(onward).to_be_visible()
    with tab.context.expect_page() as opened:
        onward.click()
    page = opened.value
    panel = page.get_by_role("dialog")
    panel.get_by_label("User name").fill(alice.username)
    panel.get_by_label("Password", exact=True).fill(alice.password)
    panel.get_by_role("button", name="Continue").click()
    code = panel.locator("input[autocomplete=one-time-code]")
    expect(code).to_be_visible()
    code.fill(alice.code())
    if panel.is_visible():
        code.press("Enter")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("log")).to_contain_text("Current account")
    frame.get_by_label("Your message").focus()
    assert "Current account" not in frame.locator("body").inner_text()
    assert page.evaluate("window.opener") is None
    names = {cookie["name"] for cookie in tab.context.cookies()}
    assert {"__Host-gatehouse-embed", "__Host-gatehouse"} <= names


def test_who_signs_out_at_the_site_is_nobody_in_its_frame(tab, site):
    """ASVS 7.4.1: the next page of the site asks again who is there."""
    tab.goto(site)
    frame = open_chat(tab)
    expect(frame.get_by_text("Alice Moreau")).to_be_visible()
    ask(frame, "which bills are due?")
    expect(frame.get_by_role("log")).to_contain_text("Open bills")
    tab.goto(f"{site}/signed-out")
    frame = open_chat(tab)
    expect(frame.get_by_role("heading", name="How can we help?")).to_be_visible()
    assert "Alice" not in frame.locator("body").inner_text()
    assert "Open bills" not in frame.locator("body").inner_text()
    ask(frame, "which bills are due?")
    expect(frame.get_by_role("log")).to_contain_text("Sign in there and ask again")


@contextmanager
def serving(html: str) -> Iterator[str]:
    """Serve one page from this machine, until the block ends; gives its address.

    A page that the browser did not load from here would be kept off local addresses for that.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/embed/northwind-bank", "/", "/security"])
def test_a_site_that_is_not_named_cannot_frame_it(browser, gatehouse, path):
    """ASVS 3.4.6: the browser itself keeps the frame empty."""
    page = browser.new_page()
    failures: list[str | None] = []
    page.on("requestfailed", lambda request: failures.append(request.failure))
    with serving(f'<!doctype html><iframe src="{gatehouse.url}{path}"></iframe>') as other:
        page.goto(other)
        page.wait_for_load_state("networkidle")
    assert failures[0] == "net::ERR_BLOCKED_BY_RESPONSE"
    assert page.frames[1].url == "chrome-error://chromewebdata/"
    page.close()
