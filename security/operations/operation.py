"""A declared operation, with everything that the guard and the middleware must know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from security.operations.classes import Demand
from security.operations.confirmation import Confirmation, Telling, in_words
from security.operations.entry import SALT, SALT_LENGTH, Entry
from security.operations.openapi import Endpoint

OWN_API = "account"
"""What security answers itself, about a person's own data: every organisation has it."""


@dataclass(frozen=True)
class Settle:
    """How the API is asked what became of a write whose answer was lost."""

    endpoint: Endpoint
    scope: str


@dataclass(frozen=True)
class Rate:
    """How often one person may do one thing, beside the general limit; None is no limit."""

    per_minute: int | None = None
    per_hour: int | None = None


@dataclass(frozen=True)
class Operation:
    """One thing that the bot may ask for.

    `refusals` are the API's own problem codes that mean: refused, and nothing was changed.
    `sensitive` are fields and arguments that the web page alone may show. `echoes` are fields
    that repeat the argument of the same name in any answer that is about what was asked.
    `on_behalf_of` is the argument that names for whom somebody acts, where not for themselves: it
    never reaches the API, whose token has that person as its subject. `telling` says in words
    what a write does; it is the `confirmation` where there is one. `asked` is a template as well:
    what exactly the page shows before a write that was asked for elsewhere goes on without another
    approval.
    `entries` are arguments that the person types into the secure panel when they approve, and that
    nobody else ever has. `on_trail` is the argument that says on the trail which thing it was,
    `counterparty` the one whose keyed digest says there to whom something goes.
    `about` is the field of the answer that names whose data it is, as the API knows them, where
    that is not whoever asks: security takes it off, and puts it on the trail.
    `email_code` says that a recent code by email will do beside the password, on the page.
    A `document` is read by the person's page alone, through a link that works once: the bot never
    gets it.
    """

    name: str
    title: str
    api: str
    audience: str
    kind: str
    demand: Demand
    scope: str
    fields: frozenset[str]
    endpoint: Endpoint
    confirmation: Confirmation | None = None
    settle: Settle | None = None
    refusals: frozenset[str] = frozenset()
    telling: Telling | None = None
    purposes: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()
    echoes: frozenset[str] = frozenset()
    rate: Rate = Rate()
    document: bool = False
    on_behalf_of: str | None = None
    entries: tuple[Entry, ...] = ()
    on_trail: str | None = None
    counterparty: str | None = None
    about: str | None = None
    email_code: bool = False
    asked: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether security answers it itself: there is no API to call."""
        return self.api == OWN_API

    @property
    def is_write(self) -> bool:
        """Whether it changes something at the API."""
        return self.endpoint.method != "GET"

    @property
    def entry_names(self) -> frozenset[str]:
        """The arguments that no caller may give: the entries and their salt."""
        return frozenset({*(each.name for each in self.entries), SALT} if self.entries else ())

    def in_words(self, arguments: Mapping[str, Any]) -> str:
        """Return what is asked for, exactly, for the page and its person alone."""
        if self.asked is not None:
            absent = dict.fromkeys(self.endpoint.argument_names, "–")
            return in_words(self.asked, {**absent, **arguments})
        return self.telling.binding(arguments) if self.telling else self.title

    def specimen(self) -> Mapping[str, str]:
        """Return values in the place of what is typed only later: of the right form, nobody's."""
        if not self.entries:
            return {}
        return {SALT: "A" * SALT_LENGTH, **{each.name: each.specimen for each in self.entries}}

    def sent(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return those of the arguments that go to the API."""
        if self.on_behalf_of is None:
            return arguments
        return {name: value for name, value in arguments.items() if name != self.on_behalf_of}
