"""The demo's phones: what they send goes through the webhook, as a carrier would bring it."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from xml.etree import ElementTree

from gateway.demo_door import Door
from gateway.demo_ports import DemoSecurity
from gateway.problems import ALL_KINDS, Problem
from security.model import Frozen

INBOUND = "/sms/inbound"
KEPT = 200
"""How many texts are remembered, both ways; they are gone when the process ends."""


class PhoneText(Frozen):
    """One text. `mine` were sent from the phone; the others came back. `at` is UTC, ISO 8601."""

    at: str
    tenant: str
    username: str
    mine: bool
    text: str


class Phones:
    """Every phone of the demo."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._texts: deque[PhoneText] = deque(maxlen=KEPT)

    def texts(self) -> list[PhoneText]:
        """Return what was texted, oldest first."""
        return list(self._texts)

    async def send(
        self, security: DemoSecurity, who: tuple[str, str], text: str, address: str
    ) -> PhoneText | None:
        """Send a text of this person; return what comes back, None where nothing does.

        Raises `Problem`.
        """
        signed = await security.demo_text(*who, text)
        self._note(who, text, mine=True)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": signed.signature,
        }
        heard = await self._door.ask("POST", INBOUND, address, headers, signed.form.encode())
        if heard.status != 200:
            code = str(heard.body.get("code", ""))
            raise Problem(code if code in ALL_KINDS else "security_unavailable")
        said = message_of(heard.content)
        return self._note(who, said, mine=False) if said else None

    def _note(self, who: tuple[str, str], text: str, *, mine: bool) -> PhoneText:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        tenant, username = who
        noted = PhoneText(at=at, tenant=tenant, username=username, mine=mine, text=text)
        self._texts.append(noted)
        return noted


def message_of(twiml: bytes) -> str | None:
    """Return the message of our own TwiML, None where it has none."""
    document = ElementTree.fromstring(twiml)  # noqa: S314 - texts.py wrote it. # nosec B314
    return document.findtext("Message")
