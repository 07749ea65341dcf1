"""The shop's cards: the way of an order, step by step, and lists of orders."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.fake_gateway import FakeGateway
from tests.web.shop import ORDERS, TIMELINE
from tests.web.steps import log, say
from tests.web.test_layout import WIDER_THAN_THE_SCREEN


def _shown(page: Page, gateway: FakeGateway, *cards: Any) -> None:
    gateway.answer_next(*({"text": f"Answer {at}", "card": card} for at, card in enumerate(cards)))
    say(page, "where is it")
    expect(log(page).get_by_text(f"Answer {len(cards) - 1}")).to_be_visible()


def test_each_step_says_what_when_where_and_whether_it_is_over(
    page: Page, gateway: FakeGateway
) -> None:
    """WCAG 1.4.1: never by colour alone."""
    _shown(page, gateway, TIMELINE)
    card = page.get_by_role("region", name="Order AC-10482")
    steps = card.get_by_role("listitem")
    expect(steps).to_have_count(4)
    expect(steps.nth(1)).to_contain_text("Warehouse Ostkai")
    expect(steps.nth(2)).to_contain_text("(the latest step)")
    expect(steps.nth(3)).to_contain_text("(still to come)")
    expect(card.locator("[aria-current=step]")).to_have_count(1)
    expect(steps.nth(3).locator("time")).to_have_attribute("datetime", "2026-11-24")


def test_orders_are_listed_with_state_and_amount(page: Page, gateway: FakeGateway) -> None:
    _shown(page, gateway, ORDERS)
    rows = page.get_by_role("list", name="Orders").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("AC-10497")
    expect(rows.first).to_contain_text("58.90")


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(
    page: Page, gateway: FakeGateway, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    _shown(page, gateway, TIMELINE, ORDERS)
    assert page.evaluate(WIDER_THAN_THE_SCREEN) is False


@pytest.mark.parametrize(
    "wrong", [{"steps": None}, {"steps": [{}]}, {"title": 7}, {"text": None}, {"steps": "now"}]
)
def test_what_is_malformed_becomes_a_sentence(
    page: Page, gateway: FakeGateway, wrong: dict[str, Any]
) -> None:
    _shown(page, gateway, {**copy.deepcopy(TIMELINE), **wrong})
    expect(page.locator(".timeline")).to_have_count(0)
    expect(page.locator(".card.unknown")).to_be_visible()
