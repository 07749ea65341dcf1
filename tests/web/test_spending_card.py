"""The card of a spending summary: a small chart that can be read without seeing it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.bank import SPENDING
from tests.web.fake_gateway import FakeGateway
from tests.web.steps import log, say
from tests.web.test_layout import WIDER_THAN_THE_SCREEN


def _shown(page: Page, gateway: FakeGateway, card: Any) -> None:
    gateway.answer_next({"text": "This is it", "card": card})
    say(page, "what did I spend")
    expect(log(page).get_by_text("This is it")).to_be_visible()


def test_each_bar_stands_beside_its_words_and_its_amount(page: Page, gateway: FakeGateway) -> None:
    """WCAG 1.1.1, 1.4.1: nothing is told by the picture alone."""
    _shown(page, gateway, SPENDING)
    card = page.get_by_role("region", name="What you spent since 1 September 2026")
    categories = card.get_by_role("list", name="By category").get_by_role("listitem")
    expect(categories).to_have_count(3)
    expect(categories.first).to_contain_text("Housing")
    expect(categories.first).to_contain_text("3,135.00")
    expect(card.get_by_role("list", name="By month").get_by_role("listitem")).to_have_count(3)
    expect(card.locator("svg:not([aria-hidden=true])")).to_have_count(0)
    widths = card.locator(".bar-filled").evaluate_all("all => all.map(one => one.getBBox().width)")
    assert widths == [100, 7, 1, 98, 100, 81]


def test_a_part_without_bars_is_left_out(page: Page, gateway: FakeGateway) -> None:
    _shown(page, gateway, {**SPENDING, "categories": []})
    card = page.get_by_role("region", name="What you spent")
    expect(card.get_by_text("By category")).to_have_count(0)
    expect(card.get_by_text("By month")).to_be_visible()


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(
    page: Page, gateway: FakeGateway, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    _shown(page, gateway, SPENDING)
    assert page.evaluate(WIDER_THAN_THE_SCREEN) is False


@pytest.mark.parametrize(
    "wrong",
    [{"months": None}, {"months": [{}]}, {"title": 7}, {"total": None}, {"currency": None},
     {"months": [{"label": "May", "amount": "1.00", "share": 101}]},
     {"months": [{"label": "May", "amount": "1.00", "share": "50"}]}],
)  # fmt: skip
def test_what_is_malformed_becomes_a_sentence(
    page: Page, gateway: FakeGateway, wrong: dict[str, Any]
) -> None:
    card = {**copy.deepcopy(SPENDING), **wrong}
    _shown(page, gateway, card)
    expect(log(page).get_by_text("this page cannot show")).to_be_visible()
