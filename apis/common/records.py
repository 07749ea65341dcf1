"""A first database for a new API: what each person has, as records of a few kinds.

Enough to build a conversation on. An API that grows gets tables of its own, as the bank has.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any

import orjson
import sqlalchemy as sa
from fastapi import Depends, Request
from pydantic import Field
from sqlalchemy import (
    Connection,
    Engine,
    Index,
    LargeBinary,
    String,
    Text,
    bindparam,
    delete,
    insert,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apis.common.caller import Caller, Clock
from apis.common.erasures import of
from apis.common.model import Owner, Strict
from apis.common.problems import SHARED, Kinds, ProblemError
from apis.common.reader import Reader
from apis.common.relations import Relations, found
from apis.common.sealing.columns import Sealed, sealed_for
from apis.common.sealing.migrating import SealedTable
from apis.common.tables import SEALED_KEYS, once_tables
from apis.common.writer import OnceWriter, Written

KINDS: Kinds = {
    **SHARED,
    "details_changed": (409, "What was shown is not what is there now."),
}
MOST = 100
"""How many records one answer lists."""

RecordId = Annotated[str, Field(pattern=r"^rec_[A-Za-z0-9_-]{22}$")]


class Record(Strict):
    """Something that somebody has; a kind adds its own fields."""

    id: RecordId


class RecordsBase(DeclarativeBase):
    """The metadata of the one table."""


class RecordRow(RecordsBase):
    """A record; its owner is known by tenant and pairwise subject only. `body` is JSON."""

    __tablename__ = "records"
    __table_args__ = (
        Index("ix_records_owner", "tenant", "subject", "kind"),
        sealed_for("id", "subject", "kind"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[str] = mapped_column(Sealed(Text()))


def erase(connection: Connection, owner: Owner, _now: datetime) -> None:
    """Delete all that somebody has; an API that has to keep something has an `erase` of its own."""
    connection.execute(delete(RecordRow).where(*of(RecordRow, owner)))


def _columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def record_tables(op: Any) -> None:
    """Make the tables in a migration; `op` is `alembic.op`."""
    op.create_table("records", *_columns())
    op.create_index("ix_records_owner", "records", ["tenant", "subject", "kind"])
    once_tables(op)
    SEALED_KEYS.rebuild(op)


def seal_records(op: Any) -> None:
    """Seal the records of an API that kept them in plain, in a migration of its own."""
    index = {"ix_records_owner": ("tenant", "subject", "kind")}
    row = ("id", "subject", "kind")
    SealedTable("records", _columns, sealed=("body",), row=row, indexes=index).rebuild(op)
    SEALED_KEYS.rebuild(op)


_OWN = select(RecordRow.__table__).where(
    RecordRow.tenant == bindparam("tenant"),
    RecordRow.subject == bindparam("subject"),
    RecordRow.kind == bindparam("kind"),
)
_OF_KIND = _OWN.order_by(RecordRow.id).limit(MOST)
_ONE = _OWN.where(RecordRow.id == bindparam("id"))


class Records:
    """Reads the records of one owner at a time.

    Raises `SQLAlchemyError` where it cannot read, `PolicyFailure` where it cannot decide.
    """

    def __init__(self, engine: Engine, relations: Relations) -> None:
        self._reader = Reader(engine)
        self._relations = relations

    async def of_kind[R: Record](
        self, owner: Owner, action: str, kind: str, form: type[R]
    ) -> list[R]:
        """Return the records of one kind that `owner` has; `action` is the operationId."""
        rows = await self._reader.rows(_OF_KIND, owner, kind=kind)
        self._relations.require_all(owner, action, (found("Record", row) for row in rows))
        return [form.model_validate({"id": row.id, **orjson.loads(row.body)}) for row in rows]

    async def ready(self) -> bool:
        """Tell that the table can be read; raises `SQLAlchemyError` otherwise."""
        await self._reader.rows(_OF_KIND, Owner("", ""), kind="")
        return True

    def close(self) -> None:
        """Close the database."""
        self._reader.close()


class Settled(Strict):
    """How a key ended: `done` with its answer, or `void`."""

    state: Annotated[str, Field(pattern="^(done|void)$")]
    result: dict[str, Any] | None = None


class RecordWriter(OnceWriter):
    """Writes about records, each once for its key."""

    def __init__(self, engine: Engine, clock: Clock, relations: Relations) -> None:
        super().__init__(engine, clock)
        self._relations = relations

    async def about[O: Strict, A: Strict](
        self, caller: Caller, key: str, action: str, kind: str, order: O, answer: type[A]
    ) -> Written[A]:
        """Note `order`, which is about a record of `kind`, and return what was done.

        The order names the record in a field called like its kind, and repeats what the person
        was shown of it: where that is not what is there, nothing is done (`details_changed`).
        Raises `ProblemError`, also `not_found`.
        """

        def work(connection: Connection, owner: Owner, order: O, today: date) -> A:
            shown = order.model_dump(mode="json")
            wanted = {"tenant": owner.tenant, "subject": owner.subject, "kind": kind}
            row = connection.execute(_ONE, {**wanted, "id": shown.pop(kind)}).one_or_none()
            if row is None:
                raise ProblemError("not_found")
            self._relations.require(owner, action, found("Record", row))
            there = orjson.loads(row.body)
            if any(there.get(name) != value for name, value in shown.items()):
                raise ProblemError("details_changed")
            said = {kind: row.id, **shown, "done_on": today.isoformat()}
            note = {**wanted, "kind": action, "id": new_id(), "body": orjson.dumps(said).decode()}
            connection.execute(insert(RecordRow), note)
            return answer.model_validate({**shown, "done_on": today})

        return await self.write(caller, key, order, answer, work)

    async def settle(self, caller: Caller, key: str) -> Settled:
        """Tell how `key` ended for this owner; a key that nothing ended is void from now on."""
        ended = await self.ended(caller, key)
        if ended.answer is None:
            return Settled(state="void")
        return Settled(state="done", result=orjson.loads(ended.answer))


def new_id() -> str:
    """Return the id of a new record."""
    return f"rec_{secrets.token_urlsafe(16)}"


async def _records(request: Request) -> Records:
    records: Records = request.app.state.records
    return records


async def _writer(request: Request) -> RecordWriter:
    writer: RecordWriter = request.app.state.writer
    return writer


Reads = Annotated[Records, Depends(_records)]
Writes = Annotated[RecordWriter, Depends(_writer)]
