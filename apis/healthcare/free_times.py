"""Finds free times: in one stretch of a calendar, or at the same hours of many days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, bindparam, select, union_all

from apis.common.model import Owner
from apis.common.reader import Reader
from apis.common.sealing.columns import opened
from apis.healthcare.tables import PractitionerRow, SlotRow

Window = tuple[int, int]
"""From when on and before when a time may begin; seconds of the epoch."""

_AT_ONCE = 14
"""How many days one statement asks for: asking costs more than looking into an index."""

_SOONEST: tuple[Any, ...] = (SlotRow.starts_at, opened(PractitionerRow.family), SlotRow.id)
_FOUND: tuple[Any, ...] = (SlotRow.starts_at, SlotRow.id)
"""How times are found on many days at once: by nothing sealed, which no server can sort by."""


def _free(columns: Sequence[Any], of_one: bool, order: Sequence[Any] = _SOONEST) -> Select[Any]:
    query = (
        select(*columns)
        .select_from(SlotRow)
        .join(PractitionerRow, PractitionerRow.id == SlotRow.practitioner_id)
        .where(SlotRow.tenant == bindparam("tenant"), SlotRow.taken_by.is_(None))
        .order_by(*order)
        .limit(bindparam("limit"))
    )
    return query.where(SlotRow.practitioner_id == bindparam("practitioner")) if of_one else query


def _within(query: Select[Any], number: int = 0) -> Select[Any]:
    return query.where(
        SlotRow.starts_at >= bindparam(f"first_{number}"),
        SlotRow.starts_at < bindparam(f"end_{number}"),
    )


def _within_any(of_one: bool) -> CompoundSelect[Any]:
    query = _free((SlotRow.id,), of_one, _FOUND)
    each = (_within(query, number).subquery() for number in range(_AT_ONCE))
    return union_all(*(select(one.c.id) for one in each))


_SHOWN = (SlotRow.__table__, PractitionerRow.name.label("practitioner_name"))
_STRETCH = {of_one: _within(_free(_SHOWN, of_one)) for of_one in (False, True)}
_DAYS = {of_one: _within_any(of_one) for of_one in (False, True)}
_LISTED = _free(_SHOWN, False).where(SlotRow.id.in_(bindparam("listed", expanding=True)))


async def free_times(
    reader: Reader, owner: Owner, windows: Sequence[Window], practitioner: str | None, limit: int
) -> list[Row[Any]]:
    """Return the soonest `limit` free times of the owner's clinic within windows that ascend.

    `practitioner`: of that one alone.
    """
    of_one = practitioner is not None
    bound = {"limit": limit, **({"practitioner": practitioner} if of_one else {})}
    if len(windows) == 1:
        return await reader.rows(_STRETCH[of_one], owner, **bound, **dict(_bounds(windows)))
    found: list[str] = []
    for days in batched(windows, _AT_ONCE, strict=False):
        padded = (*days, *((0, 0) for _ in range(_AT_ONCE - len(days))))
        rows = await reader.rows(_DAYS[of_one], owner, **bound, **dict(_bounds(padded)))
        found += [row.id for row in rows]
        if len(found) >= limit:
            break
    return await reader.rows(_LISTED, owner, listed=found, limit=limit) if found else []


def _bounds(windows: Sequence[Window]) -> Iterator[tuple[str, int]]:
    for number, (first, end) in enumerate(windows):
        yield f"first_{number}", first
        yield f"end_{number}", end
