"""Registered clients: `keys/clients/<client_id>.yml`, one file each, public keys alone.

client_id: reporting-gateway
tenant: northwind-bank
grants: [client_credentials, token_exchange]
access: { "urn:gatehouse:api:banking": ["banking:accounts:read"] }
resource_server: urn:gatehouse:api:banking   # only for an API: it may introspect its tokens
jwks: { keys: [{ kty: OKP, crv: Ed25519, x: …, kid: … }] }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from security.tokens.keys import PublicKey, read_public_keys

GrantName = Literal["client_credentials", "token_exchange"]
_Scope = Annotated[str, Field(pattern=r"^[a-z_]+(:[a-z_]+)+$")]
_Uri = Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,200}$")]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    client_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,63}$")]
    tenant: Annotated[str, Field(min_length=1, max_length=64)]
    grants: list[GrantName] = Field(default_factory=list)
    access: dict[_Uri, Annotated[list[_Scope], Field(min_length=1)]] = Field(default_factory=dict)
    resource_server: _Uri | None = None
    jwks: dict[Literal["keys"], Annotated[list[dict[str, Any]], Field(min_length=1, max_length=4)]]


@dataclass(frozen=True)
class Client:
    """Whoever is registered: how it proves itself, and the most that it can ask for."""

    id: str
    tenant: str
    grants: frozenset[str]
    access: Mapping[str, frozenset[str]]
    keys: tuple[PublicKey, ...]
    resource_server: str | None = None

    def may_have(self, audience: str, scope: str) -> bool:
        """Tell whether it is registered for this scope at this API."""
        return scope in self.access.get(audience, ())


def load_clients(folder: Path) -> Mapping[str, Client]:
    """Read every client under `folder`; none where there is no folder.

    Raises `ValueError` that names the file, and `OSError`.
    """
    return {client.id: client for client in map(_load, sorted(folder.glob("*.yml")))}


def _load(path: Path) -> Client:
    try:
        form = _Form.model_validate(yaml.safe_load(path.read_bytes()))
        keys = read_public_keys(orjson.dumps(form.jwks), path.name)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "its top"
        raise ValueError(f"{path.name} is no client: {first['msg']} at {where}") from None
    except (yaml.YAMLError, TypeError):
        raise ValueError(f"{path.name} is no client") from None
    if form.client_id != path.stem:
        raise ValueError(f"{path.name} is of another client than its name says")
    return Client(
        id=form.client_id,
        tenant=form.tenant,
        grants=frozenset(form.grants),
        access={audience: frozenset(scopes) for audience, scopes in form.access.items()},
        keys=keys,
        resource_server=form.resource_server,
    )
