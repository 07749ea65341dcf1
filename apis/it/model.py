"""What IT takes and answers: strict, described precisely enough to be validated by its callers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from apis.common.model import LINE_PATTERN, Line, Note, Sparse, Strict

Number = Annotated[str, Field(pattern=r"^(?:IT|SD)-[0-9]{4,7}$")]
Words = Annotated[str, Field(min_length=1, max_length=1000, pattern=LINE_PATTERN)]
"""Somebody's last messages, in one line."""
Whose = Annotated[str, Field(min_length=1, max_length=128)]
"""Somebody, by the name that this API knows them by."""
Priority = Literal["normal", "high"]
State = Literal["open", "in_progress", "waiting", "solved"]


class Ticket(Sparse):
    """A ticket; `requester` and their `words` are told to the desk alone."""

    number: Number
    title: Note
    priority: Priority
    state: State
    opened_on: date
    changed_on: date
    handler: Line | SkipJsonSchema[None] = None
    note: Note | SkipJsonSchema[None] = None
    requester: Line | SkipJsonSchema[None] = None
    words: Words | SkipJsonSchema[None] = None


MOST_OWN = 50
"""How many of one's own tickets one page may hold."""
MOST_WAITING = 25
"""How many of other people's: each is decided by itself."""


class TicketsQuery(Sparse):
    """One's own tickets, or their next page: `after` is the last of the page before."""

    after: Number | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=MOST_OWN)] = MOST_OWN


class QueueQuery(Sparse):
    """The desk's queue, or its next page: `after` is the last of the page before."""

    after: Number | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=MOST_WAITING)] = MOST_WAITING


class TicketList(Sparse):
    """A page of the caller's tickets, the newest first; `at_desk` where a queue is theirs to see.

    `next` is there where there are more: the `after` of the next page.
    """

    at_desk: bool
    tickets: Annotated[list[Ticket], Field(max_length=MOST_OWN)]
    next: Number | SkipJsonSchema[None] = None


class Queue(Sparse):
    """A page of what is not solved yet: what is urgent first, then the oldest.

    The first one says how many there are, `total`. `next` is there where there are more: the
    `after` of the next page.
    """

    total: Annotated[int, Field(ge=0)] | SkipJsonSchema[None] = None
    tickets: Annotated[list[Ticket], Field(max_length=MOST_WAITING)]
    next: Number | SkipJsonSchema[None] = None
    about: Annotated[list[Whose], Field(max_length=MOST_WAITING)] | SkipJsonSchema[None] = None
    """Whose tickets they are, each once, by the names of this API: for whoever keeps the record."""


class TicketOrder(Strict):
    """Ask for help."""

    title: Note
    priority: Priority


class TicketMade(Strict):
    """A ticket that is open now."""

    number: Number
    title: Note
    priority: Priority
    opened_on: date


class Help(Strict):
    """Whom to ask who cannot sign in: the same for everybody of a tenant, and for strangers."""

    desk: Line
    phone: Annotated[str, Field(pattern=r"^\+[0-9]{7,15}$")]
    hours: Line


class Waiting(Strict):
    """A wish to talk to a person that nobody has answered yet."""

    number: Number
    opened_on: date


class PersonOptions(Sparse):
    """Who would get in touch, and what waits already."""

    desk: Line
    waiting: Waiting | SkipJsonSchema[None] = None


class PersonOrder(Sparse):
    """Ask for a person; `words` only where the caller agreed that they go along."""

    words: Words | SkipJsonSchema[None] = None


class PersonAsked(Strict):
    """The desk knows now."""

    number: Number
    opened_on: date


class Settled(Sparse):
    """How an idempotency key ended: `done` with what was answered, or `void` for good."""

    state: Literal["done", "void"]
    result: TicketMade | PersonAsked | SkipJsonSchema[None] = None
