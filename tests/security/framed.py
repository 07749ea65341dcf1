"""A site that holds the chat in a frame, and somebody who uses it there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from security.model import SessionGrant
from security.tokens.hosts import Host, HostKey, Hosts, Vouching
from tests.security.visitor import Visitor
from tests.security.world import World

TENANT = "northwind-bank"
ORIGIN = "https://www.northwind.example"
PEOPLE = {"C-1001": "alice", "C-1002": "bob", "C-1003": "nobody", "C-2001": "erin"}
_NEW: Mapping[str, Callable[[], Key]] = {
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "PS256": lambda: RSAKey.generate_key(2048),
    "RS256": lambda: RSAKey.generate_key(2048),
}


class Site:
    """A host with a key of its own."""

    def __init__(
        self, id: str = "northwind", tenant: str = TENANT, algorithm: str = "Ed25519"
    ) -> None:
        self.id, self.tenant, self.algorithm = id, tenant, algorithm
        self.key = _NEW[algorithm]()
        self.issuer = f"https://{id}.example"
        self.people: Mapping[str, str] | None = PEOPLE
        self._words = 0

    def host(self) -> Host:
        """Return how it is registered."""
        public = type(self.key).import_key(self.key.as_dict(private=False))
        keys = (HostKey("k1", self.algorithm, public),)
        return Host(self.id, self.tenant, (ORIGIN,), Vouching(self.issuer, keys, self.people))

    def claims(self, world: World, nonce: str, **changed: Any) -> dict[str, Any]:
        """Return what it says of its customer C-1001; a claim that is None is left out."""
        self._words += 1
        now = int(world.clock.now.timestamp())
        said = {
            "iss": self.issuer,
            "aud": f"{world.core.settings.public_url}/embed/{self.tenant}",
            "sub": "C-1001",
            "nonce": nonce,
            "jti": f"word-{self.id}-{self._words}",
            "iat": now,
            "exp": now + 60,
            **changed,
        }
        return {name: value for name, value in said.items() if value is not None}

    def word(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Sign this."""
        named = {"alg": self.algorithm, "typ": "JWT", "kid": "k1", **header}
        said = json.dumps(claims).encode()
        return jws.serialize_compact(named, said, self.key, algorithms=[named["alg"]])


class Framed(Visitor):
    """Somebody at a page of a host, with the chat in its frame."""

    async def arrive(self, tenant: str | None = TENANT) -> SessionGrant:
        """Open the frame: an anonymous session of its own kind."""
        assert tenant is not None
        return self._keep(await self.world.gateway.begin_embedded(tenant, self.address, "Firefox"))

    async def nonce(self) -> str:
        """Ask what the host's word has to repeat."""
        return (await self.world.gateway.host_nonce(self.cookie, self.csrf)).nonce

    async def bring(self, word: str) -> SessionGrant:
        """Bring a host's word."""
        return self._keep(await self.world.gateway.vouch(self.cookie, self.csrf, word))

    async def vouched(self, site: Site, **changed: Any) -> SessionGrant:
        """Let the host vouch, as it does."""
        claims = site.claims(self.world, await self.nonce(), **changed)
        return await self.bring(site.word(claims))


def with_hosts(world: World, *sites: Site) -> World:
    """Let these sites be registered."""
    world.wire(replace(world.core, hosts=Hosts(site.host() for site in sites)))
    return world


def later(world: World, seconds: float) -> int:
    """Return the second that far from now."""
    return int((world.clock.now + timedelta(seconds=seconds)).timestamp())
