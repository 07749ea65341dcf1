"""One identity provider over HTTP: its description and keys, kept for a while, and its answers.

Everything goes through `Outgoing`: the hosts of the provider's own list, no redirects, bounded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from security.adapters.outgoing import Answer, CannotReach
from security.clock import Clock
from security.sso.metadata import Metadata, NotRight, metadata_of, object_of, well_known
from security.sso.provider import Provider
from security.sso.requests import Credential, token_request
from security.sso.tokens import Keys, keys_of, kid_of

KEPT_SECONDS = 3_600.0
"""How long a description and keys are good."""

FAILED_SECONDS = 10.0
"""How long what could not be fetched is not asked for again."""

KEYS_AGAIN_SECONDS = 60.0
"""How soon keys are asked for again because of one that is not known."""

_OK = 200


class Asking(Protocol):
    """What `security.adapters.outgoing.Outgoing` does."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Ask once. Raises `CannotReach`."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class ProviderClient:
    """Asks one provider. `timer` counts seconds and never goes back."""

    def __init__(
        self,
        provider: Provider,
        credential: Credential,
        outgoing: Asking,
        clock: Clock,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self._credential = credential
        self._outgoing = outgoing
        self._clock = clock
        self._timer = timer
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, Keys] | None = None
        self._failed: dict[str, tuple[float, NotRight]] = {}
        self._asking = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """Return what the provider says of itself. Raises `NotRight`."""
        async with self._asking:
            kept = self._metadata
            if kept is None or self._timer() - kept[0] >= KEPT_SECONDS:
                issuer = self.provider.issuer
                with self._not_at_once("discovery"):
                    body = await self._get(well_known(issuer), "discovery")
                    self._metadata = kept = (self._timer(), metadata_of(body, issuer))
            return kept[1]

    async def keys_for(self, token: str, kinds: tuple[str | None, ...]) -> Keys:
        """Return the provider's keys, asked for again for a token whose key is not known.

        Raises `NotRight`. Whoever makes up names of keys makes us ask once a minute, no more.
        """
        kid = kid_of(token, kinds)
        uri = (await self.metadata()).jwks_uri
        async with self._asking:
            kept = self._keys
            age = self._timer() - kept[0] if kept is not None else KEPT_SECONDS
            unknown = kept is not None and kid not in kept[1]
            if kept is None or age >= KEPT_SECONDS or (unknown and age >= KEYS_AGAIN_SECONDS):
                with self._not_at_once("keys"):
                    body = await self._get(uri, "keys")
                    self._keys = kept = (self._timer(), keys_of(object_of(body, "no_keys")))
            return kept[1]

    async def redeem(self, code: str, verifier: str, redirect_uri: str) -> tuple[str, str]:
        """Return the ID token and the access token that a code is worth. Raises `NotRight`."""
        metadata = await self.metadata()
        headers, body = token_request(
            self.provider,
            metadata,
            self._credential,
            code,
            verifier,
            redirect_uri,
            self._clock(),
        )
        answer = await self._ask("POST", metadata.token_endpoint, "token", headers, body)
        if answer.status != _OK:
            raise NotRight("code_refused")
        told = object_of(answer.body, "no_tokens")
        id_token, access_token = told.get("id_token"), told.get("access_token")
        kind = told.get("token_type")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise NotRight("no_tokens")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise NotRight("token_type")
        return id_token, access_token

    async def userinfo(self, access_token: str, subject: str) -> Mapping[str, Any]:
        """Return what the provider tells of a person. Raises `NotRight`.

        Of this person: another `sub` is a swapped token (OpenID Connect Core section 5.3.2).
        """
        url = (await self.metadata()).userinfo_endpoint
        if url is None or not access_token.isascii() or not access_token.isprintable():
            raise NotRight("no_userinfo")
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        answer = await self._ask("GET", url, "userinfo", headers)
        if answer.status != _OK:
            raise NotRight("userinfo_refused")
        told = object_of(answer.body, "no_userinfo")
        if told.get("sub") != subject:
            raise NotRight("userinfo_of_another")
        return told

    async def close(self) -> None:
        """Let go of the connections."""
        await self._outgoing.close()

    @contextmanager
    def _not_at_once(self, what: str) -> Iterator[None]:
        """Refuse for a while what has failed: whoever waited for it meanwhile does not ask too."""
        failed = self._failed.get(what)
        if failed is not None and self._timer() - failed[0] < FAILED_SECONDS:
            raise NotRight(failed[1].why)
        try:
            yield
        except NotRight as wrong:
            self._failed[what] = (self._timer(), wrong)
            raise

    async def _get(self, url: str, what: str) -> bytes:
        answer = await self._ask("GET", url, what, {"Accept": "application/json"})
        if answer.status != _OK:
            raise NotRight(f"{what}_refused")
        return answer.body

    async def _ask(
        self, method: str, url: str, what: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        try:
            return await self._outgoing.request(method, url, headers=headers, body=body)
        except CannotReach:
            raise NotRight(f"{what}_unreachable") from None


class Providers:
    """The providers that there are, by id."""

    def __init__(self, clients: Mapping[str, ProviderClient] | None = None) -> None:
        self._clients = dict(clients or {})

    def find(self, id: str) -> ProviderClient | None:
        """Return a provider, or None."""
        return self._clients.get(id)

    def of(self, tenant: str) -> list[Provider]:
        """Return the providers of a tenant, in the order of their ids."""
        there = (client.provider for client in self._clients.values())
        return sorted((one for one in there if one.tenant == tenant), key=lambda one: one.id)

    def __bool__(self) -> bool:
        return bool(self._clients)

    async def close(self) -> None:
        """Let go of all connections."""
        for client in self._clients.values():
            await client.close()
