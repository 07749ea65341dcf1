"""A telephone and the shop, between real processes: signed webhooks in, TwiML out."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import httpx
import pytest

from tests.e2e.installation import Installation
from tests.security.texter import ACCOUNT, TOKEN, signature

pytestmark = pytest.mark.e2e

CALLED = "+12025550194"


class Telephone:
    """Carl's telephone, and Twilio behind it."""

    def __init__(self, gatehouse: Installation, number: str) -> None:
        trust = ssl.create_default_context(cafile=str(gatehouse.authority))
        self.http = httpx.Client(base_url=gatehouse.url, verify=trust, timeout=20)
        self.url = f"{gatehouse.url}/sms/inbound"
        self.number = number

    def post(self, text: str, signed: str | None = None) -> httpx.Response:
        """Send a text as Twilio brings it."""
        form = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": ACCOUNT,
            "From": self.number,
            "To": CALLED,
            "Body": text,
            "NumMedia": "0",
        }
        proof = signature(self.url, form) if signed is None else signed
        return self.http.post("/sms/inbound", data=form, headers={"X-Twilio-Signature": proof})

    def text(self, text: str) -> str:
        """Send a text; return what comes back, or nothing."""
        answer = self.post(text)
        assert answer.status_code == 200, answer.text
        document = ElementTree.fromstring(answer.content)
        assert document.tag == "Response"
        return "\n".join(message.text or "" for message in document)


@pytest.fixture(scope="module")
def texted(new_installation: Callable[..., Installation]) -> Iterator[Installation]:
    """A Gatehouse with a carrier."""
    installation = new_installation(
        GATEHOUSE_TWILIO_ACCOUNT_SID=ACCOUNT,
        GATEHOUSE_TWILIO_AUTH_TOKEN=TOKEN,
        GATEHOUSE_TWILIO_NUMBERS=f"acme-shop={CALLED}",
        GATEHOUSE_TWILIO_DEVELOPMENT_LOOPBACK_URL="http://127.0.0.1:9",
    )
    installation.start()
    yield installation
    installation.stop()


@pytest.fixture
def telephone(texted: Installation, persons: dict) -> Iterator[Telephone]:
    """Carl's."""
    phone = Telephone(texted, persons["carl"].phone)
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
    stranger = Telephone(texted, "+12025550188")
    try:
        assert "not known here" in stranger.text("where is my order?")
    finally:
        stranger.http.close()
