"""Identity providers: `<home>/providers/<tenant>[-name].yml`, one file each.

tenant: globex
name: Globex                                   # what the button says
issuer: https://login.globex.example
client_id: gatehouse
client_auth: client_secret_basic               # or private_key_jwt; the secret is beside this file
two_factors: { acr: [urn:globex:mfa], amr: [mfa, hwk] }
roles: { claim: groups, table: { Staff: employee, People: hr_admin } }
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from security import roles
from security.frozen import Name
from security.model import Assurance

ClientAuth = Literal["client_secret_basic", "private_key_jwt"]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Group = Annotated[str, Field(min_length=1, max_length=200)]
_MOST_GROUPS = 1_000


class _TwoFactors(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    acr: Annotated[list[Word], Field(max_length=20)] = []
    amr: Annotated[list[Word], Field(max_length=20)] = []


class _Roles(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    claim: Word = "groups"
    table: Annotated[dict[Group, Name], Field(min_length=1, max_length=200)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    tenant: Name
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
    issuer: Annotated[str, Field(pattern=r"^https://[\x21-\x7e]{1,200}$")]
    client_id: Word
    client_auth: ClientAuth
    scopes: Annotated[list[Word], Field(max_length=20)] = []
    hosts: Annotated[list[Word], Field(max_length=10)] = []
    two_factors: _TwoFactors = _TwoFactors()
    roles: _Roles | None = None
    userinfo: bool = False
    create_people: bool = False


@dataclass(frozen=True)
class Provider:
    """One identity provider of one tenant; `id` is the name of its file."""

    id: str
    tenant: str
    name: str
    issuer: str
    client_id: str
    client_auth: ClientAuth
    scopes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    acr: tuple[str, ...] = ()
    amr: frozenset[str] = frozenset()
    role_claim: str = "groups"
    role_table: Mapping[str, str] | None = None
    userinfo: bool = False
    create_people: bool = False

    @property
    def asked_hosts(self) -> tuple[str, ...]:
        """The hosts that may be asked for this provider: its own, and those that it names."""
        return (urlsplit(self.issuer).netloc, *self.hosts)

    def assurance_of(self, acr: object, amr: object) -> Assurance:
        """Return what a sign-in is worth; what is not said counts as one factor (ASVS 6.8.4)."""
        told = amr if isinstance(amr, list) else []
        strong = isinstance(acr, str) and acr in self.acr
        return (
            "aal2" if strong or any(isinstance(m, str) and m in self.amr for m in told) else "aal1"
        )

    def gives_two_factors(self) -> bool:
        """Tell whether anything that this provider says counts as two factors."""
        return bool(self.acr or self.amr)

    def roles_of(self, claims: Mapping[str, Any]) -> list[str] | None:
        """Return the roles that the groups in `claims` stand for; None where there is no table."""
        if self.role_table is None:
            return None
        told = claims.get(self.role_claim)
        named = [told] if isinstance(told, str) else told
        groups: Sequence[Any] = named if isinstance(named, list) else ()
        table = self.role_table
        return sorted(
            {table[g] for g in groups[:_MOST_GROUPS] if isinstance(g, str) and g in table}
        )


def provider_of(text: str, id: str) -> Provider:
    """Return the provider that a file describes. Raises `ValueError` of one line."""
    try:
        form = _Form.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "its top"
        raise ValueError(f"{id}.yml is no provider: {first['msg']} at {where}") from None
    except yaml.YAMLError:
        raise ValueError(f"{id}.yml is no provider: no YAML") from None
    if id != form.tenant and not id.startswith(f"{form.tenant}-"):
        raise ValueError(f"{id}.yml is of the tenant {form.tenant}: its name begins otherwise")
    parts = urlsplit(form.issuer)
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"{id}.yml: an issuer has neither query, fragment nor user")
    table = form.roles.table if form.roles is not None else None
    unknown = roles.unknown((table or {}).values())
    if unknown:
        raise ValueError(f"{id}.yml: there is no role {', '.join(unknown)}")
    return Provider(
        id=id,
        tenant=form.tenant,
        name=form.name,
        issuer=form.issuer,
        client_id=form.client_id,
        client_auth=form.client_auth,
        scopes=tuple(form.scopes),
        hosts=tuple(form.hosts),
        acr=tuple(form.two_factors.acr),
        amr=frozenset(form.two_factors.amr),
        role_claim=form.roles.claim if form.roles is not None else "groups",
        role_table=table,
        userinfo=form.userinfo,
        create_people=form.create_people,
    )
