"""What a provider says of itself (OpenID Connect Discovery 1.0): read, and held to its issuer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Url = Annotated[str, Field(pattern=r"^https://[\x21-\x7e]{1,2000}$")]


class NotRight(Exception):
    """Something that a provider said, or that came in its name, does not hold.

    `why` is a constant for the trail; it never quotes what was said.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    issuer: str
    authorization_endpoint: Url
    token_endpoint: Url
    jwks_uri: Url
    userinfo_endpoint: Url | None = None
    authorization_response_iss_parameter_supported: bool = False
    code_challenge_methods_supported: list[str] | None = None


@dataclass(frozen=True)
class Metadata:
    """Where a provider is asked, and whether it says who it is in each response (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    names_itself: bool = False


def well_known(issuer: str) -> str:
    """Return where a provider describes itself (Discovery 1.0 section 4.1)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def metadata_of(body: bytes, issuer: str) -> Metadata:
    """Return what a provider says of itself. Raises `NotRight`.

    Its issuer has to be the configured one, letter by letter (section 4.3).
    """
    try:
        told = _Document.model_validate(orjson.loads(body))
    except (ValidationError, orjson.JSONDecodeError):
        raise NotRight("no_metadata") from None
    if told.issuer != issuer:
        raise NotRight("metadata_of_another")
    methods = told.code_challenge_methods_supported
    if methods is not None and "S256" not in methods:
        raise NotRight("no_pkce")
    return Metadata(
        told.issuer,
        told.authorization_endpoint,
        told.token_endpoint,
        told.jwks_uri,
        told.userinfo_endpoint,
        told.authorization_response_iss_parameter_supported,
    )


def object_of(body: bytes, why: str) -> dict[str, Any]:
    """Return the JSON object of an answer. Raises `NotRight`."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotRight(why) from None
    if not isinstance(found, dict):
        raise NotRight(why)
    return found
