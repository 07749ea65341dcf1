"""A telephone and the shop, between real processes: signed webhooks in, TwiML out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.installation import Installation
from tests.e2e.telephone import Telephone, carried

pytestmark = pytest.mark.e2e

CALLED = "+12025550194"


@pytest.fixture(scope="module")
def texted(new_installation: Callable[..., Installation]) -> Iterator[Installation]:
    """A Gatehouse with a carrier."""
    installation = new_installation(**carried({"acme-shop": CALLED}))
    installation.start()
    yield installation
    installation.stop()


@pytest.fixture
def telephone(texted: Installation, persons: dict) -> Iterator[Telephone]:
    """Carl's."""
    phone = Telephone(texted, persons["carl"].phone, CALLED)
    yield phone
    phone.http.close()


def test_a_customer_asks_for_orders_by_text(telephone: Telephone) -> None:
    """Plain questions are answered; a digit names a choice; STOP is the end of it."""
    assert "Acme Shop" in telephone.text("HELP")
    orders = telephone.text("where is my order?")
    assert "order" in orders.lower()
    assert "1) " in orders
    assert telephone.text("1").startswith("Order AC-")
    assert telephone.text("cancel my order")
    assert "took" not in telephone.text("what's the state of my account?")
    assert telephone.text("STOP") == ""
    assert telephone.text("where is my order?") == ""
    assert "again" in telephone.text("START")


def test_attack_nobody_else_brings_texts(telephone: Telephone) -> None:
    """★ Unsigned: refused by the running system, with nothing done."""
    refused = telephone.post("where is my order?", signed="bm90IHNpZ25lZA==")
    assert (refused.status_code, refused.json()["code"]) == (403, "invalid_signature")


def test_a_stranger_gets_no_facts(texted: Installation) -> None:
    stranger = Telephone(texted, "+12025550188", CALLED)
    try:
        assert "not known here" in stranger.text("where is my order?")
    finally:
        stranger.http.close()
