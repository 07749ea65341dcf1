"""The routes of the IT API."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request

from apis.common.app import add_read, add_write, new_app, told
from apis.common.caller import Caller, Protection, protect, reading, writing
from apis.common.erasures import allow_erasures
from apis.common.model import Owner
from apis.common.problems import READ_REFUSALS, handle_problems
from apis.common.requests import Key, PlainQuery, WithoutQuery, body_of, writer_of
from apis.common.settling import settling
from apis.common.strength import PERSONAL, PERSONAL_OR_CODE, PLAIN
from apis.it.desk import Desk, Reads
from apis.it.erasing import erase
from apis.it.model import (
    Help,
    PersonAsked,
    PersonOptions,
    PersonOrder,
    Queue,
    QueueQuery,
    Settled,
    TicketList,
    TicketMade,
    TicketOrder,
    TicketsQuery,
)
from apis.it.problems import (
    ASKING_REFUSALS,
    HELP_REFUSALS,
    KINDS,
    LIST_REFUSALS,
    PERSON_REFUSALS,
    QUEUE_REFUSALS,
    TICKET_REFUSALS,
)
from apis.it.writer import Writer

NAME = "it"
AUDIENCE = "urn:gatehouse:api:it"
FOLDER = FilePath(__file__).resolve().parent
POLICIES = FOLDER / "policies"

TICKETS_READ = "it:tickets:read"
QUEUE_READ = "it:queue:read"
HELP_READ = "it:help:read"
TICKETS_WRITE = "it:tickets:write"
PERSON_READ = "it:person:read"
PERSON_WRITE = "it:person:write"
SETTLE = "it:writes:settle"

TicketsOwner = Annotated[Owner, reading(TICKETS_READ, PLAIN)]
QueueOwner = Annotated[Owner, reading(QUEUE_READ, PLAIN)]
Anybody = Annotated[Owner, reading(HELP_READ, None)]
"""Also somebody who has not signed in: the subject is then the client's own."""
TicketsCaller = Annotated[Caller, writing(TICKETS_WRITE, PERSONAL_OR_CODE)]
PersonOwner = Annotated[Owner, reading(PERSON_READ, PLAIN)]
PersonCaller = Annotated[Caller, writing(PERSON_WRITE, PERSONAL)]


Writes = Annotated[Writer, Depends(writer_of)]


async def list_tickets(
    owner: TicketsOwner, _plain: PlainQuery, query: Annotated[TicketsQuery, Query()], desk: Reads
) -> TicketList:
    """List the caller's tickets, the newest first."""
    return await desk.tickets(owner, query)


async def list_queue(
    owner: QueueOwner, _plain: PlainQuery, query: Annotated[QueueQuery, Query()], desk: Reads
) -> Queue:
    """List what is not solved yet, for the IT desk."""
    return await desk.queue(owner, query)


async def reset_password(
    owner: Anybody, _plain: PlainQuery, _query: WithoutQuery, desk: Reads
) -> Help:
    """Tell whom to ask about a password. No password is reset here, and no person is named."""
    return await desk.help(owner)


async def unlock_account(
    owner: Anybody, _plain: PlainQuery, _query: WithoutQuery, desk: Reads
) -> Help:
    """Tell whom to ask about a locked account. None is unlocked here, and nobody is named."""
    return await desk.help(owner)


async def service_desk(
    owner: Anybody, _plain: PlainQuery, _query: WithoutQuery, desk: Reads
) -> Help:
    """Tell how to reach a person: the same for everybody of a tenant, and for strangers."""
    return await desk.help(owner)


async def person_options(
    owner: PersonOwner, _plain: PlainQuery, _query: WithoutQuery, desk: Reads
) -> PersonOptions:
    """Tell who would get in touch, and whether they are asked already."""
    return await desk.person_options(owner)


async def request_person(
    caller: PersonCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[PersonOrder, Depends(body_of(PersonOrder))],
    writer: Writes,
    request: Request,
) -> PersonAsked:
    """Ask for a person, once for this key."""
    return told(request, await writer.request_person(caller, key, order))


async def create_ticket(
    caller: TicketsCaller,
    _plain: PlainQuery,
    _query: WithoutQuery,
    key: Key,
    order: Annotated[TicketOrder, Depends(body_of(TicketOrder))],
    writer: Writes,
    request: Request,
) -> TicketMade:
    """Ask for help, once for this key."""
    return told(request, await writer.create_ticket(caller, key, order))


def create_app(desk: Desk, writer: Writer, protection: Protection) -> FastAPI:
    """Return the application around what reads, what writes, and what stands at its door."""
    app = routes()
    app.state.desk, app.state.writer = desk, writer
    protect(app, protection)
    allow_erasures(app, NAME, FOLDER, erase)
    handle_problems(app, KINDS)
    return app


def routes() -> FastAPI:
    """Return the routes alone, which is all that the OpenAPI document needs."""
    app = new_app("Gatehouse IT API")
    for path, read, codes in (
        ("/tickets", list_tickets, LIST_REFUSALS),
        ("/queue", list_queue, QUEUE_REFUSALS),
        ("/help/reset-password", reset_password, HELP_REFUSALS),
        ("/help/unlock-account", unlock_account, HELP_REFUSALS),
        ("/help/person", service_desk, HELP_REFUSALS),
        ("/person", person_options, PERSON_REFUSALS),
    ):
        add_read(app, KINDS, path, read, codes)
    add_write(app, KINDS, "/new-tickets", create_ticket, TicketOrder, TICKET_REFUSALS)
    add_write(app, KINDS, "/person/requests", request_person, PersonOrder, ASKING_REFUSALS)
    settle = settling(SETTLE, Settled)
    add_write(app, KINDS, "/idempotency-keys/{key}/settle", settle, None, READ_REFUSALS)
    return app
