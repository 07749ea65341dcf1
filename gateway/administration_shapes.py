"""What an administrator's page may send: strict types, bounded lengths (ASVS 2.2.1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.shapes import NO_CONTROLS, Line, Secret, Token
from security.model import Frozen, Method

Role = Annotated[str, Field(pattern=r"^[a-z_]{1,64}$")]
Roles = Annotated[list[Role], Field(max_length=20)]
HowSent = Literal["email", "sms", "shown"]
"""A first password is chosen by a link that is sent, or made and shown to the administrator."""
Username = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class NewPerson(Frozen):
    """Somebody new; `send` is how they come by their first password."""

    username: Username
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_CONTROLS)]
    roles: Annotated[Roles, Field(min_length=1)]
    phone: Line = ""
    email: Line = ""
    send: HowSent = "shown"


class OtherRoles(Frozen):
    """Roles to give, and to take."""

    give: Roles = Field(default_factory=list)
    take: Roles = Field(default_factory=list)


class Reset(Frozen):
    """How the new password comes to the person."""

    send: HowSent = "shown"


class OneWay(Frozen):
    """The way whose pause is to end."""

    method: Method | Literal["all"] = "all"


class OneSession(Frozen):
    """The session that is to end; all of them where none is named."""

    session: Token = ""


class FirstPassword(Frozen):
    """What the link of an invitation leads to: `token` is the link's own."""

    token: Annotated[Token, Field(repr=False)]
    new_password: Secret


FIELDS = frozenset(
    name
    for shape in (NewPerson, OtherRoles, Reset, OneWay, OneSession, FirstPassword)
    for name in shape.model_fields
)
"""The names that a refusal may tell."""
