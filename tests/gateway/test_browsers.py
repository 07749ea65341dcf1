"""A browser's name in words."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.browsers import _BROWSERS, _SYSTEMS, UNKNOWN, browser_label
from tests.gateway.conftest import Gateway

ALL_LABELS = {UNKNOWN} | {
    label
    for _, browser in _BROWSERS
    for label in (browser, *(f"{browser} on {system}" for _, system in _SYSTEMS))
}
LINUX, WINDOWS = "(X11; Linux x86_64; rv:144.0)", "(Windows NT 10.0; Win64; x64)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (f"{LINUX} Gecko/20100101 Firefox/144.0", "Firefox on Linux"),
        (f"{WINDOWS} {CHROME} Safari/537.36", "Chrome on Windows"),
        (f"{LINUX} {CHROME.replace('Chrome', 'HeadlessChrome')} Safari/537.36", "Chrome on Linux"),
        (f"{WINDOWS} {CHROME} Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} {CHROME} Safari/537.36 OPR/124.0", "Opera on Windows"),
        (f"(Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", "Safari on macOS"),
        (f"(iPhone; CPU iPhone OS 18_0 like Mac OS X) {SAFARI} Safari/604.1", "Safari on iPhone"),
        ("(iPad; CPU OS 18_0 like Mac OS X) CriOS/142.0 Safari/604.1", "Chrome on iPad"),
        (f"(Linux; Android 15) SamsungBrowser/28.0 {CHROME}", "Samsung Internet on Android"),
        (f"(X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "Chrome on ChromeOS"),
        ("Firefox/144.0", "Firefox"),
        ("curl/8.5.0 (Linux)", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_browsers_have_names_that_people_know(agent: str, label: str) -> None:
    assert browser_label(f"Mozilla/5.0 {agent}") == label


@given(st.text(max_size=100), st.sampled_from(["", "Firefox/", "Edg", "Safari/"]), st.text())
def test_a_header_cannot_say_anything_in_words_of_its_own(
    before: str, mark: str, after: str
) -> None:
    """Abuse: the label is shown to the person and kept; its words are ours alone."""
    label = browser_label(before + mark + after)
    assert label in ALL_LABELS
    assert len(label) <= 80


@pytest.mark.parametrize(("padding", "label"), [(1_016, "Firefox"), (1_017, UNKNOWN)])
def test_a_very_long_header_is_not_read_to_its_end(padding: int, label: str) -> None:
    assert browser_label("x" * (padding - 1) + " Firefox/1") == label


async def test_a_session_begins_with_the_browsers_name(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; <b>Your bank</b>) Firefox/144.0"
    await client.post("/api/session", headers={"user-agent": agent})
    assert gateway.security.browsers == [("Firefox on Linux", None)]


async def test_two_user_agents_are_none(gateway: Gateway, client: httpx.AsyncClient) -> None:
    twice = [("user-agent", "Firefox/1"), ("user-agent", "Chrome/1")]
    await client.post("/api/session", headers=twice)
    assert gateway.security.browsers == [(UNKNOWN, None)]
