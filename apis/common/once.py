"""What may happen once: a token's write, and the end of an idempotency key.

A key ends as `done`, as `refused` or as `void`, in the transaction that also writes, and never
changes again. The same request then gets the same answer, and any other request none.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from apis.common.caller import Caller
from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.tables import KeyRow, SpentTokenRow

_ENDED = select(KeyRow.state, KeyRow.digest, KeyRow.answer).where(
    KeyRow.tenant == bindparam("tenant"),
    KeyRow.subject == bindparam("subject"),
    KeyRow.key == bindparam("key"),
)
_END = insert(KeyRow)
_FORGET = delete(SpentTokenRow).where(SpentTokenRow.expires_at <= bindparam("now"))
_SPEND = {
    name: kind.insert(SpentTokenRow).on_conflict_do_nothing().returning(SpentTokenRow.token_id)
    for name, kind in (("postgresql", postgresql), ("sqlite", sqlite))
}
"""Answers with the token where nobody has used it before."""


@dataclass(frozen=True)
class Ended:
    """How a key ended: done with the JSON of its answer, or without one, for good."""

    done: bool
    answer: str | None = None


def spend(connection: Connection, caller: Caller, now: datetime) -> None:
    """Use up a token; raises `ProblemError` where it was used, or ended while it waited.

    The second check also makes it safe to forget a token when it ends.
    """
    if caller.expires_at <= now:
        raise caller.refusal()
    connection.execute(_FORGET, {"now": int(now.timestamp())})
    values = {"token_id": caller.token_id, "expires_at": int(caller.expires_at.timestamp())}
    if connection.execute(_SPEND[connection.dialect.name], values).first() is None:
        raise caller.used_before()


def digest_of(order: BaseModel, agent: str | None = None) -> str:
    """Return what tells one request from another: the digest of its kind and its body.

    Where somebody acts for the owner (`agent`) it is theirs alone: an answer is given again to
    whom it was given.
    """
    by = "" if agent is None else f"\n{agent}"
    said = f"{type(order).__name__}{by}\n{order.model_dump_json(exclude_none=True)}"
    return hashlib.sha256(said.encode()).hexdigest()


def earlier_answer(connection: Connection, owner: Owner, key: str, digest: str) -> str | None:
    """Return what this very request was answered before, or None where the key is new.

    Raises `ProblemError`: the earlier refusal, or why the key cannot be used for this request.
    """
    ended = connection.execute(_ENDED, _named(owner, key)).one_or_none()
    if ended is None:
        return None
    if ended.state == "void":
        raise ProblemError("idempotency_key_void")
    if not hmac.compare_digest(ended.digest, digest):
        raise ProblemError("idempotency_key_reused")
    if ended.state == "refused":
        raise ProblemError(ended.answer)
    return str(ended.answer)


def end_done(connection: Connection, owner: Owner, key: str, digest: str, made: BaseModel) -> None:
    """Remember what the request with this key was answered."""
    answer = made.model_dump_json(exclude_none=True)
    _end(connection, owner, key, state="done", digest=digest, answer=answer)


def end_refused(connection: Connection, owner: Owner, key: str, digest: str, code: str) -> None:
    """Remember that the request was refused: a late copy of it does nothing, either."""
    _end(connection, owner, key, state="refused", digest=digest, answer=code)


def settle(connection: Connection, owner: Owner, key: str) -> Ended:
    """Return how the key ended; one that has not is voided."""
    ended = connection.execute(_ENDED, _named(owner, key)).one_or_none()
    if ended is None:
        _end(connection, owner, key, state="void", digest=None, answer=None)
    if ended is None or ended.state != "done":
        return Ended(done=False)
    return Ended(done=True, answer=ended.answer)


def probe(connection: Connection) -> None:
    """Raise `SQLAlchemyError` where the tables of this module are not there."""
    connection.execute(_ENDED, _named(Owner("", ""), "")).one_or_none()


def _named(owner: Owner, key: str) -> dict[str, Any]:
    return {"tenant": owner.tenant, "subject": owner.subject, "key": key}


def _end(connection: Connection, owner: Owner, key: str, **values: Any) -> None:
    connection.execute(_END, {**_named(owner, key), **values})
