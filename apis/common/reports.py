"""What an API tells security of tokens that it refused: security asks, the API connects to nobody.

Security Event Tokens (RFC 8417), fetched and acknowledged by polling (RFC 8936). Each is signed
with the secret of the arrow, which never travels: whoever else answers in the API's place cannot
make one. They are kept in memory, bounded: a flood of refusals costs a number, and is told as one.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Annotated

import orjson
from joserfc import jws
from joserfc.jwk import OctKey
from pydantic import Field

from apis.common.model import Strict

PATH = "/security-events"
KIND = "secevent+jwt"
EVENT = "urn:gatehouse:event:token-refused"
SIGNED_BY = "HS256"
LOST = "reports_lost"
MOST, MOST_AT_ONCE = 1_000, 50
LONGEST_WAIT_SECONDS = 20.0
_LEAST_SECRET = 43


def scope_of(api: str) -> str:
    """Return the scope of a token that may fetch what this API reports."""
    return f"{api}:security_events:read"


@dataclass(frozen=True)
class Incident:
    """One refusal: why, at which door, and of which token where it was one of security's."""

    reason: str
    at: datetime
    scope: str | None = None
    token: str | None = None


class Poll(Strict):
    """What security asks (RFC 8936 section 2.2); `ack` are those that are on its trail."""

    maxEvents: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)]  # noqa: N815 - the name of the RFC.
    returnImmediately: bool = False  # noqa: N815
    ack: Annotated[tuple[str, ...], Field(max_length=MOST_AT_ONCE)] = ()


class Reports:
    """Refusals that security has not yet acknowledged, oldest first. `note` is for any thread.

    Without a `secret` nothing is noted and `serves` is false: nobody could believe it.
    """

    def __init__(  # nosec B107
        self, api: str = "", audience: str = "", secret: str = "", most: int = MOST
    ) -> None:
        self.serves = len(secret) >= _LEAST_SECRET
        self._key = OctKey.import_key(secret.encode()) if self.serves else None
        self._named = {"iss": f"urn:gatehouse:api:{api}", "aud": audience}
        self._most = most
        self._waiting: OrderedDict[str, Incident] = OrderedDict()
        self._lock = Lock()
        self._asking: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._ended = False

    def note(self, incident: Incident) -> None:
        """Keep a refusal; where there is no room, the newest says that others are lost."""
        if not self.serves:
            return
        with self._lock:
            if len(self._waiting) >= self._most:
                last = next(reversed(self._waiting))
                self._waiting[last] = Incident(LOST, incident.at)
                return
            self._waiting[secrets.token_urlsafe(16)] = incident
        self._wake()

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Forget what security has on its trail."""
        with self._lock:
            for one in ids:
                self._waiting.pop(one, None)

    async def wait(self, seconds: float) -> None:
        """Return as soon as there is something to tell, or after so many seconds."""
        asks = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if self._waiting or self._ended:
                return
            self._asking.add(asks)
        try:
            await asyncio.wait_for(asks[1].wait(), seconds)
        except TimeoutError:
            return
        finally:
            with self._lock:
                self._asking.discard(asks)

    def close(self) -> None:
        """Let nobody wait any more: the process stops."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            asking = list(self._asking)
        for loop, event in asking:
            loop.call_soon_threadsafe(event.set)

    def fetch(self, most: int) -> dict[str, str]:
        """Return the oldest reports, signed, by their ids."""
        with self._lock:
            oldest = list(self._waiting.items())[:most]
        return {id: self._signed(id, incident) for id, incident in oldest}

    def more_than(self, count: int) -> bool:
        """Tell whether more than so many wait."""
        return len(self._waiting) > count

    def _signed(self, id: str, incident: Incident) -> str:
        assert self._key is not None  # noqa: S101 - nothing waits without one. # nosec B101
        said = {"reason": incident.reason, "scope": incident.scope, "token": incident.token}
        claims = {
            **self._named,
            "jti": id,
            "iat": int(incident.at.timestamp()),
            "events": {EVENT: {name: value for name, value in said.items() if value is not None}},
        }
        header = {"alg": SIGNED_BY, "typ": KIND}
        return jws.serialize_compact(header, orjson.dumps(claims), self._key, [SIGNED_BY])
