"""What security tells the gateway of a sign-in at a provider."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import Field

from security.model import Frozen, SessionGrant


class SsoStarted(Frozen):
    """Where the browser goes; `browser` is what it keeps in a cookie until it is back."""

    location: str
    browser: Annotated[str, Field(repr=False)]


class SsoPassed(Frozen):
    """It counted, for this purpose; `resume` says that what waited may run.

    `enrol` says that a factor has to be added now.
    """

    grant: SessionGrant
    purpose: Literal["sign_in", "step_up", "link", "reauthenticate"]
    resume: bool
    enrol: bool | None = None


def demo_secret(credential: str) -> str:
    """Return the client secret at the demo's provider, of a credential of this start alone."""
    return hashlib.sha256(f"demo-provider\x00{credential}".encode()).hexdigest()
