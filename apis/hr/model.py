"""What HR takes and answers: strict, described precisely enough to be validated by its callers.

Days of leave are text with halves, such as `2.5`. A write repeats what the person was shown, so
that HR can refuse where its own rows say something else.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from apis.common.model import Line, Sparse, Strict
from apis.hr.calendar import Part

NUMBER_PATTERN = r"^[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}$"
"""An account number in the form of ISO 13616, without spaces."""

Days = Annotated[str, Field(pattern=r"^-?[0-9]{1,4}(\.5)?$", description="Days, in halves.")]
SomeDays = Annotated[str, Field(pattern=r"^[0-9]{1,3}(\.5)?$")]
LeaveId = Annotated[str, Field(pattern=r"^lve_[A-Za-z0-9_-]{22}$")]
DocumentId = Annotated[str, Field(pattern=r"^doc_[A-Za-z0-9_-]{22}$")]
FullNumber = Annotated[str, Field(pattern=NUMBER_PATTERN)]
MaskedNumber = Annotated[
    str, Field(pattern=r"^•••• [0-9A-Z]{4}$", description="The last four characters only.")
]
Person = Annotated[
    str, Field(min_length=1, max_length=128, description="A subject, for who mints the tokens.")
]
State = Literal["waiting", "approved", "declined"]
Kind = Literal["payslip", "tax_form"]
Year = Annotated[int, Field(ge=2000, le=2999)]


class YearOfLeave(Strict):
    """One year: what there is (`entitled` and `carried`), what it went to, and what is left.

    `taken` is over, `planned` is approved and to come, `waiting` is not decided yet.
    """

    year: Year
    entitled: Days
    carried: Days
    taken: Days
    planned: Days
    waiting: Days
    left: Days


class LeaveBalance(Strict):
    """The caller's leave of this year."""

    today: date
    balance: YearOfLeave


class Leave(Sparse):
    """A request of the caller."""

    first: date
    last: date
    part: Part
    days: Days
    state: State
    asked_on: date
    decided_on: date | SkipJsonSchema[None] = None
    decided_by: Line | SkipJsonSchema[None] = None


MOST_REQUESTS, MOST_DOCUMENTS = 50, 100
"""How many of one's own requests, and papers, one page may hold."""
MOST_OF_TEAM = 25
"""How many of other people's requests: each is decided by itself."""


class LeaveQuery(Sparse):
    """One's own requests, or their next page: `after` is the `next` of the page before."""

    after: LeaveId | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=MOST_REQUESTS)] = MOST_REQUESTS


class LeaveList(Sparse):
    """A page of the caller's requests, the latest day first.

    `next` is there where there are more: the `after` of the next page.
    """

    today: date
    requests: Annotated[list[Leave], Field(max_length=MOST_REQUESTS)]
    next: LeaveId | SkipJsonSchema[None] = None


class LeaveOptions(Sparse):
    """All that a request for leave can be made of: the years that are open, and what is taken."""

    today: date
    years: Annotated[list[YearOfLeave], Field(max_length=10)]
    requests: Annotated[list[Leave], Field(max_length=MOST_REQUESTS)]


class LeaveOrder(Strict):
    """Ask for leave; `days` is what the person was told it takes."""

    first: date
    last: date
    part: Part
    days: SomeDays


class LeaveAsked(Strict):
    """Leave that is asked for; `approver` is to hear of it."""

    id: LeaveId
    first: date
    last: date
    part: Part
    days: SomeDays
    left: Days
    approver: Person
    approver_name: Line


class TeamLeave(Strict):
    """A request that waits for the caller."""

    id: LeaveId
    employee_name: Line
    first: date
    last: date
    part: Part
    days: SomeDays
    left_after: Days


class TeamQuery(Sparse):
    """Whose requests: words of a name; where they mean nobody, all are listed.

    `after` is the last of the page before.
    """

    name: Line | SkipJsonSchema[None] = None
    after: LeaveId | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=MOST_OF_TEAM)] = MOST_OF_TEAM


class TeamLeaveList(Sparse):
    """A page of what waits for the caller, the first day first.

    The first one says how many there are, `total`. `next` is there where there are more: the
    `after` of the next page.
    """

    total: Annotated[int, Field(ge=0)] | SkipJsonSchema[None] = None
    requests: Annotated[list[TeamLeave], Field(max_length=MOST_OF_TEAM)]
    next: LeaveId | SkipJsonSchema[None] = None
    about: Annotated[list[Person], Field(max_length=MOST_OF_TEAM)] | SkipJsonSchema[None] = None
    """Whose leave it is, each once, by the names of this API: for whoever keeps the record."""


class DecisionOrder(Strict):
    """Approve or decline a request, just as it was shown."""

    leave: LeaveId
    employee_name: Line
    first: date
    last: date
    part: Part
    days: SomeDays
    decision: Literal["approved", "declined"]


class Decided(Strict):
    """A request that is decided; `employee` is to hear of it."""

    employee: Person
    employee_name: Line
    first: date
    last: date
    part: Part
    days: SomeDays
    decision: Literal["approved", "declined"]


class Payday(Strict):
    """When the next salary is paid, and into which account."""

    on: date
    in_days: Annotated[int, Field(ge=0, le=40)]


class Document(Strict):
    """A paper of the caller."""

    id: DocumentId
    kind: Kind
    period: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2})?$")]
    title: Line
    issued_on: date


class DocumentsQuery(Sparse):
    """The caller's papers, or their next page: `after` is the last of the page before."""

    after: DocumentId | SkipJsonSchema[None] = None
    limit: Annotated[int, Query(ge=1, le=MOST_DOCUMENTS)] = MOST_DOCUMENTS


class DocumentList(Sparse):
    """A page of the caller's papers, the newest first.

    `next` is there where there are more: the `after` of the next page.
    """

    documents: Annotated[list[Document], Field(max_length=MOST_DOCUMENTS)]
    next: DocumentId | SkipJsonSchema[None] = None


class DocumentContent(Strict):
    """The paper itself: `content` is base64."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,60}\.pdf$")]
    media_type: Literal["application/pdf"]
    content: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=400_000)]


class Deposit(Strict):
    """Where the caller's salary is paid."""

    number: MaskedNumber


class DepositOrder(Strict):
    """Pay the salary into another account; `current` is the one that was shown, masked."""

    number: FullNumber
    number_shown: MaskedNumber
    current: MaskedNumber


class DepositChanged(Strict):
    """Where the salary is paid from now on, and for the first time when."""

    number_shown: MaskedNumber
    current: MaskedNumber
    first_paid_on: date


class Settled(Sparse):
    """How an idempotency key ended: `done` with what was answered, or `void` for good."""

    state: Literal["done", "void"]
    result: LeaveAsked | Decided | DepositChanged | SkipJsonSchema[None] = None


def masked(number: str) -> str:
    """Return an account number with only its last four characters left."""
    return f"•••• {number[-4:]}"
