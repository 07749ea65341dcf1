"""What the bot may ask of security itself: a person's rights over their own data.

The guard has decided, and its intent is on the trail; whose data it is, is whose session it is.
See `security.own`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from security.accesses import YEARS
from security.adapters.tables import PersonRow
from security.adapters.tenancy import bind_tenant
from security.core import Core
from security.errors import Refused
from security.guard_records import Intent
from security.model import Export
from security.operations.answers import trim
from security.operations.confirmation import LONGEST_VALUE
from security.operations.manifest import Operation
from security.ports import Holder, Person, Settled
from security.retention import KeptUntil
from security.services import erasure
from security.services.accounting import Accounting
from security.services.ending import hold
from security.services.exporting import Exporting
from security.services.whose import whose

PAGE = 5
"""How many accesses one answer holds where no number is asked for."""
_MOST_KEPT = 6
"""How many rows an approval has room for."""


class OwnOperations:
    """See `security.own.OwnApi`."""

    def __init__(self, core: Core, export: Exporting, accounting: Accounting) -> None:
        self._core = core
        self._export = export
        self._accounting = accounting
        self._answers: Mapping[str, Callable[[Intent, Person], Awaitable[Any]]] = {
            "account.list_accesses": self._list_accesses,
            "account.read_accounting": self._read_accounting,
            "account.read_copy": self._read_copy,
            "account.erasure_terms": self._erasure_terms,
            "account.erase": self._erase,
        }

    async def call(self, intent: Intent) -> Any:
        """See `security.own.OwnApi`."""
        operation, person = intent.operation, intent.case.person
        answer = self._answers.get(operation.name)
        if answer is None or person is None:
            raise Refused("api_unavailable")
        try:
            found = await answer(intent, person)
        except Refused as refused:
            raise _told(operation, refused) from None
        if not operation.endpoint.answers_with(found):
            raise Refused("api_invalid")
        return trim(found, operation.fields)

    async def settle(self, operation: Operation, holder: Holder) -> Settled:
        """See `security.own.OwnApi`. An erasure is a row: there or not, and asked for once."""
        person = holder.person
        if person is None or operation.name != "account.erase":
            raise Refused("api_invalid")

        def work(store: Session) -> Settled:
            bind_tenant(store, person.tenant)
            # Held, so that no erasure of this person begins between the question and its answer.
            held = hold(store, person.id)
            if held is None:
                return Settled(done=True)
            if not erasure.is_under_way(store, person.id):
                return Settled(done=False)
            return Settled(done=True, result=_erased(self._kept(store, held)))

        return await self._core.database.run(work)

    async def _list_accesses(self, intent: Intent, person: Person) -> Any:
        asked = intent.ask.arguments
        page = await self._accounting.accesses.of(
            person.id, asked.get("after"), asked.get("limit", PAGE)
        )
        more = {"next": page.after} if page.after is not None else {}
        return {"accesses": page.accesses, "total": page.total, "years": YEARS, **more}

    async def _read_accounting(self, intent: Intent, person: Person) -> Any:
        form = intent.ask.arguments.get("form", "html")
        return _file(await self._accounting.of_session(intent.case.session_id, form))

    async def _read_copy(self, intent: Intent, person: Person) -> Any:
        form = intent.ask.arguments.get("form", "html")
        return _file(await self._export.of_session(intent.case.session_id, form))

    async def _erasure_terms(self, intent: Intent, person: Person) -> Any:
        def work(store: Session) -> Any:
            _, held = whose(self._core, store, intent.case.session_id)
            kept = self._kept(store, held)
            rows = [
                {"what": one.what, "until": one.until.isoformat(), "why": one.why} for one in kept
            ]
            return {"kept": rows, "shown": list(shown(kept).values())}

        return await self._core.database.run(work)

    async def _erase(self, intent: Intent, person: Person) -> Any:
        """Begin the erasure that was approved; what has to be kept must be what was shown."""

        def work(store: Session) -> Any:
            _, held = whose(self._core, store, intent.case.session_id)
            hold(store, held.id)
            kept = self._kept(store, held)
            if held.id != person.id or dict(intent.ask.arguments) != shown(kept):
                raise Refused("details_changed")
            erasure.begin(self._core, store, held, erasure.BY_PERSON, self._core.clock())
            return _erased(kept)

        return await self._core.database.run(work)

    def _kept(self, store: Session, person: PersonRow) -> list[KeptUntil]:
        return erasure.kept_of(self._core, store, person, self._core.clock())


def _erased(kept: list[KeptUntil]) -> dict[str, str]:
    return {"until": max(one.until for one in kept).isoformat()}


def shown(kept: list[KeptUntil]) -> dict[str, str]:
    """Return the arguments of an erasure: what the person sees of what is kept, a row each."""
    rows = [_row(one.what, f", until {one.until.isoformat()}") for one in kept]
    if len(rows) > _MOST_KEPT:
        others = kept[_MOST_KEPT - 1 :]
        last = max(one.until for one in others).isoformat()
        words = "; ".join(one.what for one in others)
        rows[_MOST_KEPT - 1 :] = [_row(words, f" ({len(others)} kinds, the last until {last})")]
    return {f"kept_{number}": row for number, row in enumerate(rows, 1)}


def _row(what: str, until: str) -> str:
    """Return a row as it is shown; where there is no room for all, its end stays: the date."""
    return f"{what[: LONGEST_VALUE - len(until)]}{until}"


def _file(made: Export) -> dict[str, str]:
    content = b64encode(made.content.encode()).decode()
    return {"name": made.name, "media_type": made.media_type, "content": content}


def _told(operation: Operation, refused: Refused) -> Refused:
    """Return what is told of a refusal: what the manifest names, as of any API."""
    if refused.code in operation.refusals:
        return refused
    return Refused("api_refused" if operation.is_write else "api_unavailable")
