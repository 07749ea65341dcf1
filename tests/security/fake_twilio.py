"""Twilio without a socket: its messages and its Verify service, and whatever goes wrong there.

It stands where our connection would ask, so its own client and our adapters are the real ones.
What it does with each request, it is told by `fate`: by nature it is kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from security.adapters.posts.forms import TwilioForm
from security.adapters.posts.twilio_http import Http
from security.adapters.posts.twilio_sms import TwilioSms
from security.adapters.posts.twilio_verify import TwilioVerify
from tests.security.fakes import FakeClock
from tests.security.texter import ACCOUNT, CALLED, TOKEN

SERVICE = "VA" + "2c" * 16
FATES = ("well", "busy", "unavailable", "lost", "refused", "taken_and_lost", "twice", "broken")
MAY_HAVE_LEFT = frozenset({"well", "taken_and_lost", "twice", "broken"})
"""`taken_and_lost`: it did as it was asked, and the answer never came; `broken`: a 500 after it."""

GUESSES, SENDS, LIFE = 5, 5, timedelta(minutes=10)
_MESSAGES = re.compile(r"/2010-04-01/Accounts/[^/]+/Messages\.json")
_START = re.compile(rf"/v2/Services/{SERVICE}/Verifications")
_CHANGE = re.compile(rf"/v2/Services/{SERVICE}/Verifications/(VE\w+)")
_CHECK = re.compile(rf"/v2/Services/{SERVICE}/VerificationCheck")


@dataclass
class Text:
    """A message on a telephone."""

    to: str
    body: str
    at: datetime
    sid: str
    code: str | None = None


@dataclass
class Verification:
    """What Verify knows of one number."""

    sid: str
    to: str
    code: str
    at: datetime
    sends: int = 1
    checks: int = 0
    status: str = "pending"


class FakeTwilio(Http):
    """Implements `Http.exchange` without a network."""

    def __init__(self, clock: FakeClock, fate: Callable[[str], str] = lambda _: "well") -> None:
        super().__init__()
        self.clock = clock
        self.fate = fate
        self.asked: list[tuple[datetime, str, str, dict[str, Any]]] = []
        self.fates: list[str] = []
        """What came of each request in `asked`."""
        self.texts: list[Text] = []
        self.verifications: list[Verification] = []
        self.retry_after: Callable[[], str] = lambda: "4"
        self.before_answer: Callable[[], Any] | None = None
        self.code = 100_000

    def form(self) -> TwilioForm:
        return TwilioForm(ACCOUNT, TOKEN, CALLED, None, None, SERVICE)

    def sms(self, status_url: str | None = None) -> TwilioSms:
        return TwilioSms(self.form(), status_url, self)

    def verify(self) -> TwilioVerify:
        return TwilioVerify(self.form(), SERVICE, self)

    async def exchange(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None,
        data: dict[str, Any] | None,
        headers: dict[str, str],
    ) -> tuple[int, Mapping[str, str], bytes]:
        path = re.sub(r"^https://(api|verify)\.twilio\.com", "", url)
        given = dict(data or {})
        self.asked.append((self.clock(), method, path, given))
        fate = self.fate(path)
        self.fates.append(fate)
        if fate == "busy":
            return (
                429,
                {"Retry-After": self.retry_after()},
                b'{"status": 429, "message": "PLANTED"}',
            )
        if fate == "unavailable":
            return 503, {}, b'{"status": 503, "message": "PLANTED"}'
        if fate == "refused":
            return 400, {}, b'{"status": 400, "code": 21610, "message": "PLANTED"}'
        if fate == "lost":
            raise aiohttp.ConnectionTimeoutError
        status, answer = self._do(method, path, given)
        if fate == "twice":
            status, answer = self._do(method, path, given)
        if self.before_answer is not None:
            await self.before_answer()
        if fate == "taken_and_lost":
            raise TimeoutError
        if fate == "broken":
            return 500, {}, b"<html>PLANTED"
        return status, {}, json.dumps(answer).encode()

    def last_code(self, to: str) -> str:
        """Return the code that a telephone got last."""
        return [text.code for text in self.texts if text.to == to and text.code][-1] or ""

    def _do(self, method: str, path: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if _MESSAGES.fullmatch(path):
            return self._text(given)
        if _START.fullmatch(path):
            return self._start(given)
        if found := _CHANGE.fullmatch(path):
            return self._change(found[1], given)
        if _CHECK.fullmatch(path):
            return self._check(given)
        if path == f"/v2/Services/{SERVICE}" and method == "GET":
            return 200, {"sid": SERVICE, "code_length": 6, "psd2_enabled": False}
        return 404, {"status": 404, "code": 20404, "message": "PLANTED"}

    def _text(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        sid, body = f"SM{len(self.texts):032x}", given["Body"]
        code = re.search(r"^@\S+ #(\d{6})$", body, re.MULTILINE)
        self.texts.append(Text(given["To"], body, self.clock(), sid, code[1] if code else None))
        return 201, {"sid": sid, "status": "queued"}

    def _start(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """For ten minutes a number has one verification, with one code."""
        known = self._pending(lambda one: one.to == given["To"])
        if known is None:
            self.code += 1
            sid = f"VE{len(self.verifications):032x}"
            known = Verification(sid, given["To"], str(self.code), self.clock())
            self.verifications.append(known)
        elif known.sends == SENDS:
            return 429, {"status": 429, "code": 60203, "message": "PLANTED"}
        else:
            known.sends += 1
        body = f"Your {given.get('CustomFriendlyName')} verification code is: {known.code}"
        self.texts.append(Text(known.to, body, self.clock(), known.sid, known.code))
        return 201, {**self._shown(known), "send_code_attempts": [{}] * known.sends}

    def _change(self, sid: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = self._pending(lambda one: one.sid == sid)
        if known is None:
            return 404, {"status": 404, "code": 20404, "message": "PLANTED"}
        known.status = given["Status"]
        return 200, self._shown(known)

    def _check(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = self._pending(lambda one: one.sid == given["VerificationSid"])
        if known is None:
            return 404, {"status": 404, "code": 20404, "message": "PLANTED"}
        if known.checks == GUESSES:
            return 429, {"status": 429, "code": 60202, "message": "PLANTED"}
        known.checks += 1
        if given["Code"] == known.code:
            known.status = "approved"
        return 200, self._shown(known)

    def _pending(self, of: Callable[[Verification], bool]) -> Verification | None:
        alive = self.clock() - LIFE
        mine = (one for one in reversed(self.verifications) if of(one) and one.at > alive)
        return next((one for one in mine if one.status == "pending"), None)

    def _shown(self, known: Verification) -> dict[str, Any]:
        return {
            "sid": known.sid,
            "service_sid": SERVICE,
            "account_sid": ACCOUNT,
            "to": known.to,
            "channel": "sms",
            "status": known.status,
            "valid": known.status == "approved",
        }
