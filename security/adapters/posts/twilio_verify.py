"""Codes by Twilio Verify: made, sent and kept there (Verify API v2).

For ten minutes Twilio answers each start for a number with the same verification and the same
code. Ours are for one challenge each, so an earlier one is cancelled first, and one that turns
out to be an earlier one is cancelled and started anew.
"""

from __future__ import annotations

import re
from typing import Any

from security.adapters.posts.forms import TwilioForm, is_number
from security.adapters.posts.post import CannotSend
from security.adapters.posts.twilio_http import Connection, Http
from security.verifying import CODE_DIGITS, Verdict

_VERIFICATION = re.compile(r"VE[0-9a-fA-F]{32}")
_NAME = 30


class TwilioVerify:
    """Implements `security.verifying.Verifier`; of one event loop."""

    def __init__(self, form: TwilioForm, service_sid: str, http: Http | None = None) -> None:
        self._twilio = Connection(form, http)
        self._service = self._twilio.client.verify.v2.services(service_sid)
        self._sid = service_sid

    async def start(self, to: str, name: str, earlier: str | None) -> str:
        """Send a code that is that of no earlier verification."""
        if not is_number(to):
            raise CannotSend("not_a_number", retry=False)
        if earlier is not None:
            await self._cancel(earlier)
        begun = await self._begin(to, name)
        if begun.sid == earlier or _is_old(begun):
            await self._cancel(begun.sid)
            begun = await self._begin(to, name)
            if begun.sid == earlier or _is_old(begun):
                raise CannotSend("verification_reused", retry=False)
        return str(begun.sid)

    async def check(self, verification: str, code: str) -> Verdict:
        """Ask about a code; an answer that is not about this very verification is none."""
        question = self._service.verification_checks.create_async(
            verification_sid=verification, code=code
        )
        try:
            said = await self._twilio.ask(question)
        except CannotSend:  # It is over there as well: expired, used, too many guesses.
            return Verdict.UNKNOWN
        if said.sid != verification or said.service_sid != self._sid:
            return Verdict.UNKNOWN
        known = {"approved": Verdict.RIGHT, "pending": Verdict.WRONG}
        return known.get(said.status, Verdict.UNKNOWN)

    async def reach(self) -> None:
        """Look at the service: it is there, and it makes the codes that people can type here."""
        service = await self._twilio.ask(self._service.fetch_async())
        if service.code_length != CODE_DIGITS:
            raise CannotSend("verify_code_length_is_not_6", retry=False)
        if service.psd2_enabled:
            raise CannotSend("verify_service_is_for_payments", retry=False)

    async def close(self) -> None:
        """Let go of connections."""
        await self._twilio.close()

    async def _begin(self, to: str, name: str) -> Any:
        named = {"custom_friendly_name": name[:_NAME]} if name else {}
        question = self._service.verifications.create_async(to=to, channel="sms", **named)
        begun = await self._twilio.ask(question)
        if not isinstance(begun.sid, str) or _VERIFICATION.fullmatch(begun.sid) is None:
            raise CannotSend("no_verification", retry=False)
        return begun

    async def _cancel(self, verification: str) -> None:
        """End a verification; one that is over already is no error."""
        try:
            await self._twilio.ask(
                self._service.verifications(verification).update_async(status="canceled")
            )
        except CannotSend as failure:
            if failure.status != 404:
                raise CannotSend(failure.why, retry=failure.retry) from None


def _is_old(begun: Any) -> bool:
    """Tell whether a verification was there before: its code has been sent more than once."""
    return len(begun.send_code_attempts or ()) > 1
