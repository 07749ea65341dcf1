"""Webhooks of a provider: believed with its signature alone, and each refusal is on the trail."""

from __future__ import annotations

from security.adapters import audit_log
from security.audit.record import AuditEvent, Tag
from security.core import Core
from security.errors import Refused
from security.sms.incoming import Form, NotAForm
from security.sms.provider import Provider


class Webhooks:
    """Opens webhooks; without a provider there are none."""

    def __init__(self, core: Core, provider: Provider | None) -> None:
        self._core = core
        self._provider = provider

    async def read[W](self, path: str, body: bytes, signature: str, of: type[W]) -> W:
        """Return a webhook of this path as `of` reads it, of our account.

        Raises `Refused`: `not_found` where no provider is set up, `invalid_signature`,
        `invalid_request`. Nothing is read before the signature holds.
        """
        if self._provider is None:
            raise Refused("not_found")
        try:
            form = Form.read(body)
            if not self._provider.is_signed(path, form, signature):
                raise await self.refused("invalid_signature", "signature")
            webhook = of.of(form)  # type: ignore[attr-defined]  # each of them reads a form
        except NotAForm:
            raise await self.refused("invalid_request", "not_a_form") from None
        if not self._provider.is_ours(webhook.account):
            raise await self.refused("invalid_signature", "account")
        return webhook  # type: ignore[no-any-return]

    async def tenant_called(self, number: str) -> str:
        """Return whose number was called. Raises `invalid_request` where it is nobody's here."""
        tenant = self._provider.tenant_called(number) if self._provider else None
        if tenant is None:
            raise await self.refused("invalid_request", "called_number")
        return tenant

    async def refused(self, code: str, reason: str) -> Refused:
        """Record a refusal and return it; where it cannot be recorded, that is the refusal."""
        event = AuditEvent(tag=Tag.SMS_REFUSED, reason=reason)
        await self._core.database.run_core(
            lambda connection: audit_log.append(connection, event, self._core.clock())
        )
        return Refused(code)
