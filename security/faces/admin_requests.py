"""What the command line sends about people: shapes and bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from security.administration_model import Sent
from security.model import Frozen, Method, Name
from security.services.tenants import TenantSettings
from security.user_names import PATTERN

Username = Annotated[str, Field(pattern=PATTERN)]
_PLAIN = r"^[^\x00-\x1f\x7f]+$"
Moment = Annotated[AwareDatetime, Field(strict=False)]
"""As ISO 8601 has it: JSON has no moments of its own."""

Roles = Annotated[list[Name], Field(max_length=20)]


class Everything(Frozen):
    """A question without arguments."""


class ListAlerts(Frozen):
    """Which alerts: of a tenant, of none, or `everyones`."""

    tenant: str | None = None
    everyones: bool = False


class RenewApi(Frozen):
    """That an API gets new keys from whoever administers it here: it begins, or is done."""

    api: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$")]
    which: Literal["master", "data"]
    done: bool


class OfTenant(Frozen):
    """An organisation."""

    tenant: Annotated[str, Field(max_length=128)]


class _Settings(OfTenant):
    name: Annotated[str | None, Field(min_length=1, max_length=200, pattern=_PLAIN)] = None
    idle_minutes: Annotated[int | None, Field(ge=1, le=60)] = None
    public: bool | None = None
    apis: Annotated[list[Name] | None, Field(max_length=50)] = None
    sms_limit: Annotated[str | None, Field(pattern=r"^[0-9]{1,9}\.[0-9]{2}$")] = None
    sms_currency: Annotated[str | None, Field(pattern=r"^[A-Z]{3}$")] = None
    methods: Annotated[list[Method] | None, Field(max_length=10)] = None
    names_staff: bool | None = None

    def settings(self) -> TenantSettings:
        """Return what is to be set."""
        return TenantSettings(**self.model_dump(exclude={"tenant"}))


class AddTenant(_Settings):
    """A new organisation."""

    tenant: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)]


class SetTenant(_Settings):
    """Other settings of an organisation; what is not said stays."""


class OfUser(OfTenant):
    """A person, by organisation and user name."""

    username: Annotated[str, Field(max_length=128)]


class AccessesOf(OfUser):
    """Who accessed their data: as a page to read, or for other programs."""

    form: Literal["json", "html"] = "html"


class AddUser(OfTenant):
    """A new person; without a password, one is made, or chosen by a link that is sent."""

    username: Username
    name: Annotated[str, Field(min_length=1, max_length=200)]
    roles: Annotated[Roles, Field(min_length=1)]
    password: Annotated[str | None, Field(max_length=1_024, repr=False)] = None
    phone: Annotated[str | None, Field(max_length=64, repr=False)] = None
    email: Annotated[str | None, Field(max_length=254, repr=False)] = None
    send: Sent | None = None


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


class ReportBreach(Frozen):
    """A period of the trail, from `since` on and before `until`; of one organisation, or of all.

    `by`: a pseudonym, a client, or the reference of a session.
    """

    since: Moment
    until: Moment
    tenant: Annotated[str | None, Field(max_length=128)] = None
    by: Annotated[str | None, Field(max_length=128)] = None
    suspect: bool = False
    form: Literal["json", "html"] = "json"


class EraseUser(OfUser):
    """A person who is to be erased, their user name typed twice."""

    again: Username
