"""A stand-in for security's part about sign-ins at a provider."""

from __future__ import annotations

from security.model import SessionGrant
from security.sso_model import SsoPassed, SsoStarted
from tests.gateway.recorder import NEW_CSRF, NEW_SESSION, SIGNED_IN, Recorder

BROWSER, STATE = "b" * 43, "s" * 43
LOCATION = "https://login.globex.example/authorize?state=s"


class FakeSso(Recorder):
    """One provider; what comes back from it counts."""

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
        self._called("start_sso", (tenant, provider, challenge, change, reauthenticate))
        self._held(session_id, csrf_token)
        return SsoStarted(location=LOCATION, browser=BROWSER)

    async def go_on_with_sso(
        self,
        session_id: str,
        csrf_token: str,
        browser: str,
        state: str,
        code: str | None = None,
        issuer: str | None = None,
    ) -> SsoPassed:
        self._called("go_on_with_sso", (browser, state, code, issuer))
        self._held(session_id, csrf_token)
        grant = SessionGrant(session_id=NEW_SESSION, csrf_token=NEW_CSRF, session=SIGNED_IN)
        return SsoPassed(grant=grant, purpose="sign_in", resume=False)

    async def log_out_by_provider(self, tenant: str, token: str) -> None:
        self._called("log_out_by_provider", (tenant, token))
