"""The clinic's cards: what they say in words, what they draw, and what they refuse to draw."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.fake_gateway import FakeGateway
from tests.web.health import MEDICINES, RESULTS, VISITS
from tests.web.steps import log, say
from tests.web.test_layout import WIDER_THAN_THE_SCREEN


def _shown(page: Page, gateway: FakeGateway, *cards: Any) -> None:
    gateway.answer_next(*({"text": f"Answer {at}", "card": card} for at, card in enumerate(cards)))
    say(page, "show me")
    expect(log(page).get_by_text(f"Answer {len(cards) - 1}")).to_be_visible()


def test_a_result_says_value_range_and_judgement_in_words(page: Page, gateway: FakeGateway) -> None:
    """WCAG 1.4.1: never by colour alone."""
    _shown(page, gateway, RESULTS)
    first = page.locator(".result").first
    expect(first).to_contain_text("7.4 %")
    expect(first).to_contain_text("Above the range")
    expect(first).to_contain_text("up to 7 %")
    expect(page.locator(".result").nth(1)).to_contain_text("3.9 to 7.2 mmol/L")


def test_the_picture_is_described_and_has_a_point_for_each_value(
    page: Page, gateway: FakeGateway
) -> None:
    """WCAG 1.1.1."""
    _shown(page, gateway, RESULTS)
    drawing = page.get_by_role("img", name="Hemoglobin A1c (HbA1c) over time")
    expect(drawing).to_be_visible()
    assert "6.8" in (drawing.get_attribute("aria-label") or "")
    expect(drawing.locator("circle")).to_have_count(5)
    heights = [float(c.get_attribute("cy") or 0) for c in drawing.locator("circle").all()]
    band = float(drawing.locator("rect").get_attribute("y") or 0)
    # Only the newest lies above the band of the reference range.
    assert [height < band for height in heights] == [False, False, False, False, True]


def test_one_value_alone_is_drawn_too(page: Page, gateway: FakeGateway) -> None:
    _shown(page, gateway, RESULTS)
    expect(page.locator(".result").nth(2).locator("circle")).to_have_count(1)


def test_medicines_and_appointments(page: Page, gateway: FakeGateway) -> None:
    _shown(page, gateway, MEDICINES, VISITS)
    expect(page.locator(".medicine").first).to_contain_text("One tablet twice a day, with a meal")
    expect(page.locator(".medicine.past")).to_contain_text("Stopped.")
    expect(page.locator(".visit")).to_contain_text("09:00–09:20")
    expect(page.locator(".visit time")).to_have_attribute("datetime", "2026-11-27T09:00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", "<b>7</b>"),
        ("value", "NaN"),
        ("value", "1e9"),
        ("value", 7.4),
        ("flag", "constructor"),
        ("date", "yesterday"),
        ("high", "7 0"),
    ],
)
def test_what_is_not_typed_is_not_drawn(
    page: Page, gateway: FakeGateway, field: str, value: Any
) -> None:
    """ASVS 1.2.1: a card of another shape becomes a sentence, never a part of the page."""
    card: Any = copy.deepcopy(RESULTS)
    card["rows"][0][field] = value
    _shown(page, gateway, card)
    expect(page.locator(".card.unknown")).to_be_visible()
    expect(page.locator(".course")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_they_fit_the_screen(context: BrowserContext, gateway: FakeGateway, width: int) -> None:
    """WCAG 1.4.10."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/?tenant=harbor-clinic")
    page.get_by_role("heading", name="How can we help?").wait_for()
    _shown(page, gateway, RESULTS, MEDICINES, VISITS)
    assert not page.evaluate(WIDER_THAN_THE_SCREEN)
