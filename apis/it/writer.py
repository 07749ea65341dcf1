"""What IT writes: a ticket, opened once for its key, or not at all."""

from __future__ import annotations

import secrets
from datetime import date
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, bindparam, func, insert, select

from apis.common.caller import Caller, Clock
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Found, Relations, found
from apis.common.writer import OnceWriter, Written
from apis.it.desk import IT, MEMBER, PERSON, number_text
from apis.it.model import PersonAsked, PersonOrder, Settled, TicketMade, TicketOrder
from apis.it.tables import TicketRow

FIRST_NUMBER = 1001
WANTS_A_PERSON = "Would like to talk to a person"
_ANSWER: TypeAdapter[TicketMade | PersonAsked] = TypeAdapter(TicketMade | PersonAsked)

_LAST = select(func.coalesce(func.max(TicketRow.number), FIRST_NUMBER - 1)).where(
    TicketRow.tenant == bindparam("tenant")
)


class Writer(OnceWriter):
    """Tickets of one owner at a time."""

    def __init__(self, engine: Engine, clock: Clock, relations: Relations) -> None:
        super().__init__(engine, clock)
        self._relations = relations

    async def create_ticket(
        self, caller: Caller, key: str, order: TicketOrder
    ) -> Written[TicketMade]:
        """Open a ticket once for `key`."""
        work = partial(create_ticket, self._relations)
        return await self.write(caller, key, order, TicketMade, work)

    async def request_person(
        self, caller: Caller, key: str, order: PersonOrder
    ) -> Written[PersonAsked]:
        """Ask the desk to get in touch, once for `key`."""
        work = partial(request_person, self._relations)
        return await self.write(caller, key, order, PersonAsked, work)

    async def settle(self, caller: Caller, key: str) -> Settled:
        """Tell how `key` ended for this owner; a key that nothing ended is void from now on."""
        ended = await self.ended(caller, key)
        if ended.answer is None:
            return Settled(state="void")
        return Settled(state="done", result=_ANSWER.validate_json(ended.answer))


def create_ticket(
    relations: Relations, connection: Connection, owner: Owner, order: TicketOrder, today: date
) -> TicketMade:
    """Open a ticket under the tenant's next number. Raises `ProblemError`."""
    mine = {"tenant": owner.tenant, "subject": owner.subject}
    member = connection.execute(MEMBER, mine).one_or_none()
    if member is None:
        raise ProblemError("no_record")
    relations.require(owner, "create_ticket", found("Member", member))
    number = _kept(connection, owner, today, order.title, order.priority, IT, None)
    return TicketMade(
        number=number_text(number),
        title=order.title,
        priority=order.priority,
        opened_on=today,
    )


def request_person(
    relations: Relations, connection: Connection, owner: Owner, order: PersonOrder, today: date
) -> PersonAsked:
    """Open a ticket of somebody who wants to talk to a person. Raises `ProblemError`."""
    relations.require(owner, "request_person", Found("Member", owner.tenant, owner.subject))
    number = _kept(connection, owner, today, WANTS_A_PERSON, "normal", PERSON, order.words)
    return PersonAsked(number=number_text(number, PERSON), opened_on=today)


def _kept(
    connection: Connection,
    owner: Owner,
    today: date,
    title: str,
    priority: str,
    kind: str,
    words: str | None,
) -> int:
    """Keep a ticket under the tenant's next number, and return that."""
    number = int(connection.execute(_LAST, {"tenant": owner.tenant}).scalar_one()) + 1
    values: dict[str, Any] = {
        "id": f"tkt_{secrets.token_urlsafe(16)}",
        "tenant": owner.tenant,
        "subject": owner.subject,
        "number": number,
        "title": title,
        "priority": priority,
        "state": "open",
        "opened_on": today,
        "changed_on": today,
        "kind": kind,
        "words": words,
    }
    connection.execute(insert(TicketRow), values)
    return number
