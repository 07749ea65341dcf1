"""Cards of work: leave, tickets, the way back in, and a document that is opened once."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.web.fake_gateway import FakeGateway
from tests.web.steps import log, say
from tests.web.test_layout import WIDER_THAN_THE_SCREEN

HREF = f"/api/documents/{'l' * 43}"
DOCUMENT = {"kind": "document", "title": "Your document is ready", "href": HREF, "expires_in": 60}
FACTS = {
    "kind": "facts",
    "title": "Leave in 2026",
    "rows": [{"label": "Left", "value": "18 days"}, {"label": "Taken", "value": "5.5 days"}],
}
LIST = {
    "kind": "list",
    "title": "Your tickets",
    "rows": [
        {
            "title": "IT-1042: Laptop gets hot and switches itself off " + "x" * 60,
            "text": "urgent, opened on 2026-11-22",
            "state": "is being worked on, by Ivan Petrov",
            "note": "A new fan is ordered <b>and</b> should be here this week",
        },
        {"title": "Mon 7 December", "text": "1 days", "state": "waits for an answer"},
    ],
}


def _shown(page: Page, gateway: FakeGateway, *cards: Any) -> None:
    gateway.answer_next(*({"text": f"Answer {at}", "card": card} for at, card in enumerate(cards)))
    say(page, "show me")
    expect(log(page).get_by_text(f"Answer {len(cards) - 1}")).to_be_visible()


def _answers(context: BrowserContext, status: int, **given: Any) -> list[str]:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=status, **given)

    context.route("**/api/documents/*", answer)
    return asked


def test_a_document_is_saved_once_under_its_name(
    page: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    named = {"Content-Disposition": 'attachment; filename="payslip-2026-10.pdf"'}
    asked = _answers(context, 200, headers=named, content_type="application/pdf", body="%PDF")
    _shown(page, gateway, DOCUMENT)
    button = page.get_by_role("button", name="Save the document")
    with page.expect_download() as saved:
        button.click()
    assert saved.value.suggested_filename == "payslip-2026-10.pdf"
    expect(log(page).get_by_text("This link is used up")).to_be_visible()
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    assert len(asked) == 1


def test_a_link_that_was_used_says_what_to_do_next(
    page: Page, context: BrowserContext, gateway: FakeGateway
) -> None:
    problem = '{"title": "This link has been used. Please ask again.", "code": "link_expired"}'
    _answers(context, 410, content_type="application/problem+json", body=problem)
    _shown(page, gateway, DOCUMENT)
    page.get_by_role("button", name="Save the document").click()
    expect(log(page).get_by_text("This link has been used. Please ask again.")).to_be_visible()


@pytest.mark.parametrize(
    "href", ["https://evil.example/api/documents/a", "/api/me/export", "//evil", "javascript:1", 7]
)
def test_a_link_elsewhere_is_not_drawn(page: Page, gateway: FakeGateway, href: Any) -> None:
    _shown(page, gateway, {**DOCUMENT, "href": href})
    expect(page.locator(".card.unknown")).to_be_visible()


def test_facts_and_lists_are_words_and_fit_a_narrow_screen(
    page: Page, gateway: FakeGateway
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    _shown(page, gateway, FACTS, LIST)
    expect(page.locator(".listed li")).to_have_count(2)
    expect(page.locator(".listed-note")).to_contain_text("<b>and</b>")
    assert not page.evaluate(WIDER_THAN_THE_SCREEN)


def test_the_way_back_in_opens_the_panel_each_time(page: Page, gateway: FakeGateway) -> None:
    _shown(page, gateway, {"kind": "recover"})
    for _ in range(2):
        page.get_by_role("link", name="Get back into my account").click()
        expect(page.get_by_role("heading", name="Get back into your account")).to_be_visible()
        page.keyboard.press("Escape")
