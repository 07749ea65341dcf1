"""The demo's own carrier of texts: it signs as Twilio does, with a key that nobody else knows.

The key is made at each start and stays in the memory of this process, so a webhook that was
signed by it came from here. What checks the signature is what checks Twilio's.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import cached_property
from urllib.parse import urlencode

from security.adapters.posts.forms import TwilioForm
from security.demo_model import SignedText
from security.sms.incoming import Form
from security.sms.provider import INBOUND, Provider


class DemoCarrier:
    """Implements `security.sms.provider.Provider`. `numbers` are those that can be called."""

    def __init__(self, numbers: Callable[[], Mapping[str, str]], public_url: str) -> None:
        self._numbers = numbers
        self._url = public_url.rstrip("/")
        self._account = f"AC{secrets.token_hex(16)}"
        self._key = secrets.token_urlsafe(32)

    def sign(self, sender: str, called: str, text: str) -> SignedText:
        """Return the webhook of a text: its form, and the signature over it."""
        # Imported here, as by the real provider: most starts do not need it.
        from twilio.request_validator import (  # type: ignore[import-untyped] # noqa: PLC0415
            RequestValidator,
        )

        sent = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": self._account,
            "From": sender,
            "To": called,
            "Body": text,
            "NumMedia": "0",
        }
        signature = RequestValidator(self._key).compute_signature(f"{self._url}{INBOUND}", sent)
        return SignedText(form=urlencode(sent), signature=signature)

    def is_signed(self, path: str, form: Form, signature: str) -> bool:
        """Tell whether this carrier signed this form for this path."""
        return self._checks.is_signed(path, form, signature)

    def is_ours(self, account: str) -> bool:
        """Tell whether a webhook is of this carrier's one account."""
        return account == self._account

    def tenant_called(self, number: str) -> str | None:
        """Return whose number was called."""
        return next((name for name, own in self._numbers().items() if own == number), None)

    @cached_property
    def _checks(self) -> Provider:
        from security.adapters.posts.twilio_webhooks import TwilioWebhooks  # noqa: PLC0415

        form = TwilioForm(self._account, self._key, {}, None, None)
        return TwilioWebhooks(form, self._url)
