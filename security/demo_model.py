"""What security tells of the demo's own people and doings: in demo mode, and to nobody else."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from security.frozen import Frozen


class Persona(Frozen):
    """One made-up person, with all that is needed to sign in as them.

    `code` is good now, and the code of the moment for `code_seconds_left` more. `number` is what
    their organisation is texted at.
    """

    tenant: str
    tenant_name: str
    number: str | None = None
    username: str
    name: str
    roles: list[str]
    password: Annotated[str, Field(repr=False)]
    code: Annotated[str | None, Field(repr=False)] = None
    code_seconds_left: int | None = None
    phone: str | None = None
    email: str | None = None


class SignedText(Frozen):
    """A webhook as the demo's carrier sends it: the form, and its signature."""

    form: Annotated[str, Field(repr=False)]
    signature: Annotated[str, Field(repr=False)]


class Trace(Frozen):
    """What the trail holds of one event, as far as it may be shown to anybody. `at` is UTC."""

    sequence: int
    at: str
    tag: str
    tenant: str | None = None
    operation: str | None = None
    scope: str | None = None
    purpose: str | None = None
    decision: str | None = None
    reason: str | None = None
    assurance: str | None = None
    method: str | None = None
