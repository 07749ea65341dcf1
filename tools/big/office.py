"""The employer's big set: who works for whom, leave, papers, and what IT is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from sqlalchemy import Connection

from apis.common.model import Owner
from apis.hr.calendar import half_days_by_year, is_working, payday_of
from apis.hr.tables import AllowanceRow, DocumentRow, EmployeeRow, LeaveRow
from apis.it.tables import MemberRow, TicketRow
from tools.big.people import Person
from tools.big.rows import chance, day, fill, new_id
from tools.big.troubles import TROUBLES

MONTHS = 12
_REPORTS = 9
_LEAVE = (
    "id",
    "tenant",
    "subject",
    "first_on",
    "last_on",
    "part",
    "half_days",
    "state",
    "asked_on",
    "decided_on",
    "decided_by",
)
_DOCUMENT = ("id", "tenant", "subject", "kind", "period", "title", "issued_on", "lines")
_TICKET = (
    "id",
    "tenant",
    "subject",
    "number",
    "title",
    "priority",
    "state",
    "opened_on",
    "changed_on",
    "handler",
    "note",
)
_FIRST_NUMBER = 10_001
"""Above those of the demo's people."""


def fill_hr(
    connection: Connection, people: Sequence[tuple[Person, Owner]], seed: int, today: date
) -> dict[str, int]:
    """Write everything; return how much of what there is."""
    random = Random(f"{seed}/hr")
    employees: list[tuple[object, ...]] = []
    allowances: list[tuple[object, ...]] = []
    leave: list[tuple[object, ...]] = []
    papers: list[tuple[object, ...]] = []
    for place, (person, owner) in enumerate(people):
        # The first leads; everybody else reports to somebody before them, nine or so to each.
        boss = people[(place - 1) // _REPORTS] if place else None
        mine = (owner.tenant, owner.subject)
        number = f"XN{random.randrange(10, 98)}NWBK0003{random.randrange(10**8):08}"
        manager = boss[1].subject if boss else ""
        employees.append((*mine, person.name[:64], manager, "", number))
        entitled = random.choice((50, 56, 60))
        for ahead in (-1, 0, 1):
            carried = random.choice((0, 0, 4, 6)) if ahead == 0 else 0
            allowances.append((*mine, today.year + ahead, entitled, carried))
        leave += _leave(random, mine, boss[0].name[:64] if boss else person.name[:64], today)
        papers += _papers(random, mine, number, today)
    fill(
        connection,
        EmployeeRow,
        ("tenant", "subject", "name", "manager", "desk", "deposit_number"),
        employees,
    )
    years = ("tenant", "subject", "year", "entitled", "carried")
    fill(connection, AllowanceRow, years, allowances)
    fill(connection, LeaveRow, _LEAVE, leave)
    fill(connection, DocumentRow, _DOCUMENT, papers)
    return {"employees": len(employees), "requests": len(leave), "documents": len(papers)}


def fill_it(
    connection: Connection,
    people: Sequence[tuple[Person, Owner]],
    seed: int,
    today: date,
    each: int,
) -> dict[str, int]:
    """Write everything, about `each` tickets a person; return how much of what there is."""
    random = Random(f"{seed}/it")
    members = ((o.tenant, o.subject, person.name[:64], "") for person, o in people)
    fill(connection, MemberRow, ("tenant", "subject", "name", "desk"), members)
    handlers = [person.name[:64] for person, _ in people[:12]]
    days = sorted((random.randint(0, 900) for _ in range(len(people) * each)), reverse=True)
    tickets = [
        _ticket(
            random, number, today - timedelta(days=ago), today, handlers, random.choice(people)[1]
        )
        for number, ago in enumerate(days, _FIRST_NUMBER)
    ]
    fill(connection, TicketRow, _TICKET, tickets)
    return {"members": len(people), "tickets": len(tickets)}


def _leave(
    random: Random, mine: tuple[str, str], manager: str, today: date
) -> Iterator[tuple[object, ...]]:
    """Yield requests, one in each stretch of time, so that none overlap."""
    stretch = 55
    for place in range(-6, 3):
        first = today + timedelta(days=place * stretch + random.randint(1, stretch // 2))
        while not is_working(first):
            first += timedelta(days=1)
        part = random.choice(("whole", "whole", "whole", "morning", "afternoon"))
        length = random.choice((1, 1, 2, 5, 10)) if part == "whole" else 1
        last = first
        for _ in range(length - 1):
            last += timedelta(days=3 if last.weekday() == 4 else 1)
        if chance(random, 0.35) or (last.year != first.year):
            continue
        asked = min(first - timedelta(days=random.randint(10, 60)), today)
        waits = place >= 0 and chance(random, 0.2)
        state = "waiting" if waits else "declined" if chance(random, 0.06) else "approved"
        decided = None if waits else min(asked + timedelta(days=random.randint(0, 4)), today)
        halves = sum(half_days_by_year(first, last, part).values())  # type: ignore[arg-type]
        told = (day(decided), None if waits else manager)
        when = (day(first), day(last), part, halves, state, day(asked))
        yield (new_id(random, "lve"), *mine, *when, *told)


def _papers(
    random: Random, mine: tuple[str, str], number: str, today: date
) -> Iterator[tuple[object, ...]]:
    gross = round(random.lognormvariate(8.27, 0.3), -1) * 100
    tax, insurance = round(gross * random.uniform(0.15, 0.27)), round(gross * 0.2)
    pay = (("Gross pay", gross), ("Income tax", -tax), ("Social insurance", -insurance))
    months = [divmod(today.year * 12 + today.month - 1 - back, 12) for back in range(MONTHS + 1)]
    paid = [on for year, month in months if (on := payday_of(year, month + 1)) <= today]
    for on in paid[:MONTHS]:
        net = ("Net pay", gross - tax - insurance)
        lines = [*_lines(*pay, net), ["Paid into", f"account ending in {number[-4:]}"]]
        named = ("payslip", f"{on:%Y-%m}", f"Payslip {on:%B %Y}")
        yield (new_id(random, "doc"), *mine, *named, day(on), json.dumps(lines))
    year = today.year - 1
    lines = _lines(
        ("Gross pay of the year", 12 * gross),
        ("Income tax withheld", 12 * tax),
        ("Social insurance", 12 * insurance),
    )
    named = ("tax_form", str(year), f"Annual tax statement {year}")
    yield (new_id(random, "doc"), *mine, *named, day(date(year + 1, 1, 31)), json.dumps(lines))


def _lines(*amounts: tuple[str, float]) -> list[list[str]]:
    return [[label, f"{cents / 100:,.2f} EUR"] for label, cents in amounts]


def _ticket(
    random: Random, number: int, opened: date, today: date, handlers: list[str], owner: Owner
) -> tuple[object, ...]:
    title, note = random.choice(TROUBLES)
    age = (today - opened).days
    done = chance(random, 0.995 if age > 30 else 0.6)
    state = "solved" if done else random.choice(("open", "in_progress", "waiting"))
    changed = opened + timedelta(days=min(age, random.randint(0, 12)))
    taken = state != "open"
    handler, said = (random.choice(handlers), note) if taken else (None, None)
    priority = "high" if chance(random, 0.15) else "normal"
    what = (number, title, priority, state, day(opened), day(changed))
    return (new_id(random, "tkt"), owner.tenant, owner.subject, *what, handler, said)
