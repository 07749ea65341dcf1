"""What Twilio calls here: believed only with its signature over exactly what it sent."""

from __future__ import annotations

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from security.adapters.posts.forms import TwilioForm
from security.sms.incoming import Form


class TwilioWebhooks:
    """Checks webhooks of one account. `public_url` is the address that Twilio was told.

    Behind a proxy the address that a server sees is another one, so it is never taken from the
    request.
    """

    def __init__(self, form: TwilioForm, public_url: str) -> None:
        self._account = form.account_sid
        self._validator = RequestValidator(form.auth_token)
        self._url = public_url.rstrip("/")
        self._tenants = {number: tenant for tenant, number in form.numbers.items()}

    def is_signed(self, path: str, form: Form, signature: str) -> bool:
        """Tell whether Twilio signed this form for this path."""
        try:
            return bool(self._validator.validate(f"{self._url}{path}", form, signature))
        except (UnicodeError, ValueError):
            return False

    def is_ours(self, account: str) -> bool:
        """Tell whether a webhook is of our account."""
        return account == self._account

    def tenant_called(self, number: str) -> str | None:
        """Return whose number was called, None where it is nobody's here."""
        return self._tenants.get(number)
