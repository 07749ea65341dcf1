"""What the gateway may ask about sign-ins at a provider: shapes, bounds and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from security.faces.http import Answering
from security.faces.requests import Held
from security.model import Frozen, Reference
from security.services.sso import Returned, SingleSignOn
from security.services.sso_logout import BackChannelLogout
from security.services.sso_starts import Asked

Id = Annotated[str, Field(min_length=1, max_length=128)]
Opaque = Annotated[str, Field(min_length=1, max_length=128, repr=False)]


class StartSso(Held):
    """Go to a provider."""

    tenant: Id
    provider: Id | None = None
    challenge: Reference | None = None
    change: Reference | None = None
    reauthenticate: bool = False


class GoOnWithSso(Held):
    """What came back from one; `browser` is what the browser kept."""

    browser: Opaque
    state: Opaque
    code: Annotated[str | None, Field(min_length=1, max_length=4_096, repr=False)] = None
    issuer: Annotated[str | None, Field(max_length=512)] = None


class LogOut(Frozen):
    """A provider's logout token."""

    tenant: Id
    token: Annotated[str, Field(min_length=1, max_length=16_384, repr=False)]


@dataclass(frozen=True)
class SsoServices:
    """The services behind single sign-on."""

    sign_on: SingleSignOn
    logout: BackChannelLogout


def sso_answers(sso: SsoServices) -> dict[str, Answering[Any]]:
    """Return the questions of `security.sso_client.SsoClient` and what answers them."""
    return {
        "/sso/start": Answering(
            StartSso,
            lambda q: sso.sign_on.start(
                q.session_id,
                q.csrf_token,
                Asked(q.tenant, q.provider, q.challenge, q.change, q.reauthenticate),
            ),
        ),
        "/sso/go-on": Answering(
            GoOnWithSso,
            lambda q: sso.sign_on.go_on(
                q.session_id, q.csrf_token, q.browser, Returned(q.state, q.code, q.issuer)
            ),
        ),
        "/sso/log-out": Answering(LogOut, lambda q: sso.logout.take(q.tenant, q.token)),
    }
