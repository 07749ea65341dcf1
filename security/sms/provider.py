"""What texting needs of whoever carries its messages, and where that calls us."""

from __future__ import annotations

from typing import Protocol

from security.sms.incoming import Form

INBOUND, STATUS = "/sms/inbound", "/sms/status"


class Provider(Protocol):
    """What tells a webhook of our provider from anybody else's."""

    def is_signed(self, path: str, form: Form, signature: str) -> bool:
        """Tell whether the provider signed this form for this path."""

    def is_ours(self, account: str) -> bool:
        """Tell whether a webhook is of our account."""

    def tenant_called(self, number: str) -> str | None:
        """Return whose number was called, None where it is nobody's here."""
