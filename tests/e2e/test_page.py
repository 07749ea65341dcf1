"""The chat page in a real browser: a question, the panel, the answer that comes by itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.e2e

WAIT_MS = 10_000


def spki_digest(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate's public key in base64 (RFC 7469, section 2.4)."""
    key = x509.load_pem_x509_certificate(certificate).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode()


@pytest.fixture(scope="module")
def browser(gatehouse, chromium) -> Iterator[Browser]:
    """A headless browser that trusts this installation's key, and no other broken one."""
    pin = spki_digest((gatehouse.home / "tls" / "server.pem").read_bytes())
    options = ["--no-sandbox", f"--ignore-certificate-errors-spki-list={pin}"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=options)
        yield started
        started.close()


@pytest.fixture
def page(browser, gatehouse) -> Iterator[Page]:
    """The chat page; a message on the console about the security policy fails the test."""
    context = browser.new_context()
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    opened.goto(f"{gatehouse.url}/?tenant=northwind-bank")
    yield opened
    context.close()
    assert complaints == []


def ask(page: Page, words: str) -> None:
    """Type into the chat and send."""
    page.get_by_label("Your message").fill(words)
    page.get_by_role("button", name="Send").click()


def test_the_page_asks_who_it_is_and_then_answers_by_itself(page, persons):
    bob = persons["bob"]
    ask(page, "what's my balance?")
    panel = page.get_by_role("dialog")
    panel.get_by_label("User name").fill(bob.username)
    panel.get_by_label("Password", exact=True).fill(bob.password)
    panel.get_by_role("button", name="Continue").click()
    code = panel.locator("input[autocomplete=one-time-code]")
    expect(code).to_be_visible(timeout=WAIT_MS)
    right = bob.code()
    code.fill(right)
    if panel.is_visible():
        code.press("Enter")
    log = page.get_by_role("log")
    expect(log).to_contain_text("1,863.42", timeout=WAIT_MS)
    expect(panel).to_be_hidden()
    expect(page.get_by_text("Bob Lindqvist").first).to_be_visible()
    assert bob.password not in page.content()
    assert right not in log.inner_text()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert "1,863.42" not in page.locator("body").inner_text()


def test_markup_in_a_message_stays_words(page):
    """A message is text and never becomes part of the page."""
    words = "<img src=x onerror=\"document.title='taken'\"><b>bold</b>"
    ask(page, words)
    expect(page.get_by_role("log")).to_contain_text("<b>bold</b>")
    assert page.title() != "taken"
    assert page.get_by_role("log").locator("b").count() == 0
