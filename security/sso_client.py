"""What the gateway may ask about sign-ins at a provider."""

from __future__ import annotations

from pydantic import TypeAdapter

from security.calling import OBJECT, Caller, holder
from security.sso_model import SsoPassed, SsoStarted

_STARTED = TypeAdapter(SsoStarted)
_PASSED = TypeAdapter(SsoPassed)


class SsoClient(Caller):
    """The part of `security.client.GatewayClient` behind single sign-on."""

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
        """Ask where the browser goes. Refuses `unknown_provider`, `sso_unavailable`, …"""
        body = {
            **holder(session_id, csrf_token),
            "tenant": tenant,
            "provider": provider,
            "challenge": challenge,
            "change": change,
            "reauthenticate": reauthenticate,
        }
        return await self.ask("/sso/start", _STARTED, body)

    async def go_on_with_sso(
        self,
        session_id: str,
        csrf_token: str,
        browser: str,
        state: str,
        code: str | None = None,
        issuer: str | None = None,
    ) -> SsoPassed:
        """Bring what came back. Refuses `sso_refused`, `sso_unlinked`, `sso_too_weak`, …"""
        body = {
            **holder(session_id, csrf_token),
            "browser": browser,
            "state": state,
            "code": code,
            "issuer": issuer,
        }
        return await self.ask("/sso/go-on", _PASSED, body)

    async def log_out_by_provider(self, tenant: str, token: str) -> None:
        """Bring a logout token. Refuses `logout_refused`."""
        await self.ask("/sso/log-out", OBJECT, {"tenant": tenant, "token": token})
