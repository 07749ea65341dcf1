"""One webhook of Twilio's, read from its form: what arrived, from whom, for which account.

Twilio signs all parameters as they are, so nothing is trimmed before the signature is checked
(Twilio, "Validating Signatures from Twilio"). A parameter that is read must be there once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl

from security.plain_text import plain

MAX_FIELDS = 120
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{3,14}")


class NotAForm(ValueError):
    """The body is no form of Twilio's; it says nothing of what was in it."""


class Form:
    """The parameters of a webhook; `getlist` is what Twilio's validator asks for."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Read `application/x-www-form-urlencoded`. Raises `NotAForm`."""
        values: dict[str, list[str]] = {}
        try:
            pairs = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=bool(body),
                errors="strict",
                max_num_fields=MAX_FIELDS,
            )
        except ValueError:
            raise NotAForm("not a form") from None
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        return cls(values)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._values)

    def getlist(self, name: str) -> list[str]:
        """Return every value of a parameter."""
        return list(self._values[name])

    def one(self, name: str, form: re.Pattern[str] | None = None) -> str:
        """Return the one value of a parameter. Raises `NotAForm`."""
        given = self._values.get(name, [])
        if len(given) != 1 or (form is not None and form.fullmatch(given[0]) is None):
            raise NotAForm(name)
        return given[0]

    def maybe(self, name: str) -> str:
        """Return the one value of a parameter that may be absent, else nothing."""
        given = self._values.get(name, [""])
        return given[0] if len(given) == 1 else ""


@dataclass(frozen=True)
class Incoming:
    """A message that somebody sent to one of our numbers; its text is plain, as on the page."""

    message_id: str
    account: str
    sender: str = field(repr=False)
    called: str
    text: str = field(repr=False)
    media: int

    @classmethod
    def of(cls, form: Form) -> Self:
        """Read the parameters of an incoming message. Raises `NotAForm`."""
        media = form.maybe("NumMedia") or "0"
        if not media.isascii() or not media.isdigit() or len(media) > 3:
            raise NotAForm("NumMedia")
        return cls(
            message_id=form.one("MessageSid", _SID),
            account=form.one("AccountSid", _SID),
            sender=form.one("From", _NUMBER),
            called=form.one("To", _NUMBER),
            text=plain(form.one("Body")),
            media=int(media),
        )


STATUSES = (
    "accepted",
    "scheduled",
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
)
"""How a message fares, in the order in which it goes on; the last three are ends."""


@dataclass(frozen=True)
class Status:
    """How one of our messages fares, as Twilio says."""

    message_id: str
    account: str
    status: str

    @classmethod
    def of(cls, form: Form) -> Self:
        """Read the parameters of a status callback. Raises `NotAForm`."""
        status = form.one("MessageStatus")
        if status not in STATUSES:
            raise NotAForm("MessageStatus")
        return cls(form.one("MessageSid", _SID), form.one("AccountSid", _SID), status)


def goes_on(known: str | None, told: str) -> bool:
    """Tell whether a status is news: callbacks come in any order, and more than once."""
    if known is None:
        return True
    ended = known in ("delivered", "undelivered", "failed")
    return not ended and STATUSES.index(told) > STATUSES.index(known)
