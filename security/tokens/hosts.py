"""Host sites: `keys/hosts/<host_id>.yml`, one file each, public keys alone (docs/embedding.md).

host_id: northwind
tenant: northwind-bank
origins: ["https://www.northwind.example"]          # whose pages may hold the frame
vouching:                                           # only where the site says who is signed in
  issuer: https://www.northwind.example
  people: { "C-1001": alice }                       # or `usernames`: its subjects are ours
  jwks: { keys: [{ kty: OKP, crv: Ed25519, x: …, kid: …, alg: Ed25519 }] }
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from security.framing import Origin
from security.frozen import Name

ALGORITHMS = ("Ed25519", "ES256", "PS256", "RS256")
"""What a host may sign with: public keys alone, so neither `none` nor a shared secret."""

_LEAST_RSA_BITS = 2_048
_BROKEN = (JoseError, KeyError, TypeError, ValueError)


class _Vouching(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    issuer: Annotated[str, Field(pattern=r"^https://[\x21-\x7e]{1,200}$")]
    people: Literal["usernames"] | dict[Annotated[str, Field(max_length=128)], Name]
    jwks: dict[Literal["keys"], Annotated[list[dict[str, Any]], Field(min_length=1, max_length=4)]]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    host_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,47}$")]
    tenant: Name
    origins: Annotated[list[Origin], Field(min_length=1, max_length=20)]
    vouching: _Vouching | None = None


@dataclass(frozen=True)
class HostKey:
    """A public key of a host, good for one algorithm."""

    kid: str
    algorithm: str
    key: Key


@dataclass(frozen=True)
class Vouching:
    """How a host says who is signed in there; `people` None: its subjects are user names."""

    issuer: str
    keys: tuple[HostKey, ...]
    people: Mapping[str, str] | None

    def username_of(self, subject: str) -> str | None:
        """Return the user name that the host's own name of a person stands for, or None."""
        return subject if self.people is None else self.people.get(subject)


@dataclass(frozen=True)
class Host:
    """A site that may hold the chat of one tenant in a frame."""

    id: str
    tenant: str
    origins: tuple[str, ...]
    vouching: Vouching | None = None


class Hosts:
    """The registered sites."""

    def __init__(self, hosts: Iterable[Host] = ()) -> None:
        self.all = tuple(hosts)
        vouching = [(each.tenant, each.vouching.issuer) for each in self.all if each.vouching]
        if len(set(vouching)) != len(vouching):
            raise ValueError("two hosts of one tenant have the same issuer")

    def origins_of(self, tenant: str) -> list[str]:
        """Return whose pages may hold the frame of this tenant; none is nobody's."""
        return sorted(
            {origin for each in self.all if each.tenant == tenant for origin in each.origins}
        )

    def vouching_for(self, tenant: str, issuer: object) -> Host | None:
        """Return the host of this tenant that signs under this name, or None."""
        named = (each for each in self.all if each.tenant == tenant and each.vouching is not None)
        return next(
            (each for each in named if each.vouching and each.vouching.issuer == issuer), None
        )

    def thumbprints(self) -> frozenset[str]:
        """Return the keys of all of them, by their thumbprints (RFC 7638)."""
        vouching = (each.vouching for each in self.all if each.vouching is not None)
        return frozenset(one.key.thumbprint() for each in vouching for one in each.keys)


def load_hosts(folder: Path, placeholders: Mapping[str, str] | None = None) -> Hosts:
    """Read every host under `folder`; none where there is no folder.

    `placeholders` are put in the place of `{name}` in the files. Raises `ValueError` that names
    the file, and `OSError`.
    """
    return Hosts(_load(path, placeholders or {}) for path in sorted(folder.glob("*.yml")))


def _load(path: Path, placeholders: Mapping[str, str]) -> Host:
    text = path.read_text("utf-8")
    for name, value in placeholders.items():
        text = text.replace(f"{{{name}}}", value)
    try:
        form = _Form.model_validate(yaml.safe_load(text))
        vouching = _vouching(form.vouching) if form.vouching is not None else None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "its top"
        raise ValueError(f"{path.name} is no host: {first['msg']} at {where}") from None
    except (yaml.YAMLError, *_BROKEN) as error:
        raise ValueError(f"{path.name} is no host: its keys cannot be used") from error
    if form.host_id != path.stem:
        raise ValueError(f"{path.name} is of another host than its name says")
    return Host(form.host_id, form.tenant, tuple(form.origins), vouching)


def _vouching(form: _Vouching) -> Vouching:
    keys = tuple(_key(jwk) for jwk in form.jwks["keys"])
    if len({key.kid for key in keys}) != len(keys):
        raise ValueError("two keys of one name")
    return Vouching(form.issuer, keys, None if form.people == "usernames" else form.people)


def _key(jwk: Mapping[str, Any]) -> HostKey:
    """Read a public key that names itself and its one algorithm."""
    kid, algorithm = jwk.get("kid"), jwk.get("alg")
    if not isinstance(kid, str) or not kid or algorithm not in ALGORITHMS:
        raise ValueError("a key has a kid, and an alg that may be used")
    key = _imported(str(algorithm), dict(jwk))
    if key.is_private:
        raise ValueError("a private key does not belong here")
    return HostKey(kid, str(algorithm), key)


def _imported(algorithm: str, jwk: dict[str, Any]) -> Key:
    """Import a key of the kind that the algorithm wants, and of no other."""
    if algorithm == "Ed25519":
        edwards = OKPKey.import_key(jwk)
        if edwards.curve_name != "Ed25519":
            raise ValueError("another curve")
        return edwards
    if algorithm == "ES256":
        curve = ECKey.import_key(jwk)
        if curve.curve_name != "P-256":
            raise ValueError("another curve")
        return curve
    rsa = RSAKey.import_key(jwk)
    if rsa.raw_value.key_size < _LEAST_RSA_BITS:
        raise ValueError("an RSA key that is too short")
    return rsa
