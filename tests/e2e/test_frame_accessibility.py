"""axe-core finds nothing in the chat inside another site either (WCAG 2.2, A and AA)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.test_embedding import ask, open_chat
from tests.web.axe import faults_of, read_axe

pytestmark = pytest.mark.e2e


def test_axe_finds_nothing_in_the_frame(tab, gatehouse):
    source = read_axe()
    tab.goto(f"https://northwind.localhost:{urlsplit(gatehouse.url).port}")
    frame = open_chat(tab)
    expect(frame.get_by_role("heading", name="How can we help?")).to_be_visible()
    assert faults_of(tab, source, frame) == []
    ask(frame, "which bills are due?")
    expect(frame.get_by_role("log")).to_contain_text("Open bills")
    ask(frame, "what's my balance?")
    expect(frame.get_by_role("log").get_by_role("link", name="Open the chat")).to_be_visible()
    tab.context.set_offline(True)
    ask(frame, "and later?")
    expect(frame.get_by_role("log")).to_contain_text("Waits for the connection")
    assert faults_of(tab, source, frame) == []
