"""A telephone that texts an organisation, and the carrier that brings its texts."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Mapping
from xml.etree import ElementTree

import httpx

from tests.e2e.installation import Installation
from tests.security.texter import ACCOUNT, TOKEN, signature

NOBODY = "http://127.0.0.1:9"
"""Where no carrier listens: answers go with their webhook."""


def carried(numbers: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a carrier for organisations by id, each with its number."""
    return {
        "GATEHOUSE_TWILIO_ACCOUNT_SID": ACCOUNT,
        "GATEHOUSE_TWILIO_AUTH_TOKEN": TOKEN,
        "GATEHOUSE_TWILIO_NUMBERS": ",".join(f"{each}={numbers[each]}" for each in numbers),
        "GATEHOUSE_TWILIO_DEVELOPMENT_LOOPBACK_URL": NOBODY,
    }


class Telephone:
    """One number, and the number of the organisation that it texts."""

    def __init__(self, gatehouse: Installation, number: str, called: str) -> None:
        trust = ssl.create_default_context(cafile=str(gatehouse.authority))
        self.http = httpx.Client(base_url=gatehouse.url, verify=trust, timeout=20)
        self.url = f"{gatehouse.url}/sms/inbound"
        self.number, self.called = number, called

    def post(self, text: str, signed: str | None = None) -> httpx.Response:
        """Send a text as Twilio brings it."""
        form = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": ACCOUNT,
            "From": self.number,
            "To": self.called,
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
