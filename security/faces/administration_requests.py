"""What the gateway sends for an organisation's administrators: shapes and bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from security.administration_model import ActionKind, ActionValues
from security.faces.account_requests import NewPassword
from security.faces.requests import Address, Held, LookAt, Secret
from security.model import Frozen, Reference
from security.user_names import PATTERN


class ListPeople(LookAt):
    """A page of people, all or those with these letters in a name."""

    find: Annotated[str | None, Field(max_length=256, repr=False)] = None
    after: Annotated[str | None, Field(max_length=256)] = None


class LookAtPerson(LookAt):
    """Something about a person, by their reference."""

    ref: Reference


class Values(ActionValues):
    """What an action needs beside whom it is about; a user name is plain."""

    username: Annotated[str | None, Field(pattern=PATTERN)] = None


class BeginAction(Held):
    """Something to be done; `ref` is the person's, if there is one already."""

    kind: ActionKind
    ref: Reference | None = None
    values: Values = Field(default_factory=Values)
    address: Address


class OfAction(Held):
    """The next step of an action, or a second administrator's yes to one."""

    ref: Reference
    address: Address


class Withdraw(Held):
    """Something that waits, and is not to be done."""

    ref: Reference


class FinishInvitation(Frozen):
    """What the link of an invitation leads to."""

    token: Secret
    new_password: NewPassword
    address: Address
