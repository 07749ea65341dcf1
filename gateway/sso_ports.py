"""What the gateway needs of security about sign-ins at a provider."""

from __future__ import annotations

from typing import Protocol

from security.sso_model import SsoPassed, SsoStarted


class SsoSecurity(Protocol):
    """The calls of `security.sso_client.SsoClient`; each may raise `Refused`."""

    async def start_sso(
        self,
        session_id: str,
        csrf_token: str,
        tenant: str,
        *,
        provider: str | None = None,
        challenge: str | None = None,
        change: str | None = None,
        reauthenticate: bool = False,
    ) -> SsoStarted:
        """Ask where the browser goes."""
        ...

    async def go_on_with_sso(
        self,
        session_id: str,
        csrf_token: str,
        browser: str,
        state: str,
        code: str | None = None,
        issuer: str | None = None,
    ) -> SsoPassed:
        """Bring what came back."""
        ...

    async def log_out_by_provider(self, tenant: str, token: str) -> None:
        """Bring a logout token."""
        ...
