"""What the command line sends about people: shapes and bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from security.model import Frozen, Method, Name

Username = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Roles = Annotated[list[Name], Field(max_length=20)]


class OfTenant(Frozen):
    """An organisation."""

    tenant: Annotated[str, Field(max_length=128)]


class OfUser(OfTenant):
    """A person, by organisation and user name."""

    username: Annotated[str, Field(max_length=128)]


class AddUser(OfTenant):
    """A new person; without a password, one is made."""

    username: Username
    name: Annotated[str, Field(min_length=1, max_length=200)]
    roles: Annotated[Roles, Field(min_length=1)]
    password: Annotated[str | None, Field(max_length=1_024, repr=False)] = None
    phone: Annotated[str | None, Field(max_length=64, repr=False)] = None
    email: Annotated[str | None, Field(max_length=254, repr=False)] = None


class ChangeRoles(OfUser):
    """Roles to give and to take."""

    add: Roles = Field(default_factory=list)
    remove: Roles = Field(default_factory=list)


class Unlock(OfUser):
    """The factor whose wrong guesses are forgotten; all where there is none."""

    method: Method | None = None


class RotateKey(Frozen):
    """Rotate the signing key; `revoke`: the old one counts no more."""

    revoke: bool = False
