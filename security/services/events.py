"""What a page is told while it looks on: read anew each time, with the session's id.

A stream of the gateway holds no right of its own. Each reading finds the session behind the id,
as it is at this moment, or says that there is none; what the page knows already comes back as a
position in the conversation and a mark, so nothing is kept here for anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from security.adapters import turn_store
from security.adapters.account_tables import RetiredIdRow
from security.adapters.tables import ChallengeRow, PersonRow, SessionRow
from security.adapters.tenancy import across_tenants, wherever
from security.core import Core
from security.errors import Refused
from security.model import Event, Reading, Touches
from security.positions import BEGINNING, START, Position, position_of, time_of
from security.services import pushing
from security.services.challenges import OPEN, view
from security.services.holder import live_session
from security.services.messages import delivery
from security.services.session_rows import state_of
from security.services.sessions import grant
from security.services.turns import Turns, public_name
from security.sessions import absolute_seconds_left, hash_of, idle_seconds_left, is_live

_WAIT_SECONDS = 20.0
_AGAIN_SECONDS = 15.0
_SENDING_SECONDS = 2.0
_MOST_TURNS = 20
_MOST_CHALLENGES = 4

Over = Literal["ended", "moved"]


@dataclass(frozen=True)
class Known:
    """What the last reading has given; the first one has none, and perhaps an old position."""

    name: str | None = None
    position: str | None = None
    mark: str | None = None


class Events:
    """Reads what is new, and waits for it."""

    def __init__(self, core: Core, turns: Turns) -> None:
        self._core = core
        self._turns = turns

    async def wait(self, after: str) -> Touches:
        """Return the names of sessions that something has happened to, as soon as there are any."""
        touched = await self._core.feed.wait(after, _WAIT_SECONDS)
        names = None if touched.names is None else sorted(touched.names)
        return Touches(at=touched.at, names=names)

    async def read(self, session_id: str, known: Known) -> Reading:
        """Return what a page has not been told; looking does not extend the session.

        Raises `Refused("session_expired")` at the first reading; later ones say that it is over.
        """

        def work(store: Session) -> Reading:
            now = self._core.clock()
            if known.name is None:
                row, person = live_session(self._core, store, session_id, now)
            else:
                found = self._still(store, session_id, known.name, now)
                if isinstance(found, str):
                    return _over(known, found)
                row, person = found
            name = self._core.keys.code_hash("events", row.id)[:32]
            # Before anything is read: what is committed after this is told of.
            self._core.feed.watch(row.id, name)
            return self._reading(store, row, person, known, name, now)

        return await self._core.database.run(work)

    def _still(
        self, store: Session, session_id: str, name: str, now: datetime
    ) -> tuple[SessionRow, PersonRow | None] | Over:
        """Return the session whose present id this is.

        An id that was replaced raises no alarm here: nobody presents it, a stream has it left.
        """
        with across_tenants(store, "a session is found by its secret id"):
            row = store.scalars(
                select(SessionRow).where(SessionRow.id_hash == hash_of(session_id))
            ).one_or_none()
        if row is None:
            return self._elsewhere(store, session_id, name, now)
        if row.ended_at is not None:
            return "ended"
        try:
            return live_session(self._core, store, session_id, now)
        except Refused:
            return "ended"

    def _elsewhere(self, store: Session, session_id: str, name: str, now: datetime) -> Over:
        retired = store.get(RetiredIdRow, hash_of(session_id))
        known = retired.session_id if retired else self._core.feed.session_called(name)
        with across_tenants(store, "what became of the session of a stream"):
            row = store.get(SessionRow, known) if known else None
        return "ended" if row is not None and not is_live(state_of(row), now) else "moved"

    def _reading(
        self,
        store: Session,
        row: SessionRow,
        person: PersonRow | None,
        known: Known,
        name: str,
        now: datetime,
    ) -> Reading:
        marked = orjson.loads(known.mark) if known.mark else {}
        position, said, more = self._messages(store, row, known.position, now)
        with wherever(store):
            known_ones = marked.get("challenges", {})
            challenges, marks, soon = self._challenges(store, row, known_ones, now)
        session = orjson.dumps([row.last_seen_at, row.assurance, row.person_id, row.proved_at])
        mark = {"session": self._core.keys.code_hash("mark", session.decode())[:16]}
        events = [*said, *challenges]
        if mark["session"] != marked.get("session"):
            shown = grant(self._core, row, person, now).session
            events.insert(0, Event(event="session", data=shown.model_dump_json(exclude_none=True)))
        state = state_of(row)
        ends = min(idle_seconds_left(state, now), absolute_seconds_left(state, now))
        return Reading(
            events=events,
            name=name,
            position=position,
            mark=orjson.dumps({**mark, "challenges": marks}).decode(),
            again_in=max(0.05, min(_AGAIN_SECONDS, ends, soon)),
            more=more,
        )

    def _messages(
        self, store: Session, row: SessionRow, position: str | None, now: datetime
    ) -> tuple[str, list[Event], bool]:
        """Return where the page is then, the messages that are new, and whether there are more."""
        connection, conversation = store.connection(), row.conversation_id
        if position is None:
            return self._present(store, row, now), [], False
        at = position_of(position)
        if at is None:
            return self._anew(store, row, now)
        turns = turn_store.closed_since(
            connection, conversation, time_of(at.moment), _MOST_TURNS + 1
        )
        if at != START:
            names = [public_name(self._core, turn) for turn in turns]
            if at.turn not in names:
                return self._anew(store, row, now)
            turns = turns[names.index(at.turn) :]
        more = len(turns) > _MOST_TURNS
        said = self._turns.remembered(store, row, turns[:_MOST_TURNS], now)
        new = [each for each in said if each.turn != at.turn or _number(each.id) > at.number]
        events = [
            Event(event="message", id=each.id, data=each.model_dump_json(exclude_none=True))
            for each in new
        ]
        return new[-1].id or position if new else position, events, more and bool(new)

    def _anew(
        self, store: Session, row: SessionRow, now: datetime
    ) -> tuple[str, list[Event], bool]:
        position = self._present(store, row, now)
        return position, [Event(event="reset", id=position, data="{}")], False

    def _present(self, store: Session, row: SessionRow, now: datetime) -> str:
        """Return the position of the last message of the conversation."""
        last = turn_store.latest(store.connection(), row.conversation_id)
        said = self._turns.remembered(store, row, [last], now) if last is not None else []
        return said[-1].id or BEGINNING if said else BEGINNING

    def _challenges(
        self, store: Session, row: SessionRow, known: dict[str, str], now: datetime
    ) -> tuple[list[Event], dict[str, str], float]:
        """Return what has become of challenges, their marks, and when to look again."""
        events, marks, soon = list[Event](), dict[str, str](), _AGAIN_SECONDS
        for challenge in self._latest_challenges(store, row, now):
            state, sent = challenge.state, None
            if state == OPEN and now >= challenge.expires_at:
                state = "expired"
            if state == OPEN:
                soon = min(soon, (challenge.expires_at - now).total_seconds())
            if state == OPEN and challenge.message_id is not None:
                sent = delivery(store, challenge.message_id)
                soon = min(soon, _SENDING_SECONDS) if sent == "sending" else soon
            pushed = pushing.seen_of(store, challenge) if state == OPEN else None
            soon = min(soon, _SENDING_SECONDS) if pushed and "sending" in pushed else soon
            seen = [state, challenge.method, challenge.attempts_left, challenge.expires_at, sent]
            seen += [pushed] if pushed else []
            mark = self._core.keys.code_hash("mark", orjson.dumps(seen).decode())[:16]
            marks[challenge.id] = mark
            if known.get(challenge.id) != mark:
                told = self._told(store, challenge, state, now)
                events.append(Event(event="challenge", data=orjson.dumps(told).decode()))
        return events, marks, soon

    def _latest_challenges(
        self, store: Session, row: SessionRow, now: datetime
    ) -> list[ChallengeRow]:
        life = 4 * timedelta(seconds=self._core.settings.challenge_seconds)
        query = (
            select(ChallengeRow)
            .where(ChallengeRow.session_id == row.id, ChallengeRow.created_at > now - life)
            .order_by(ChallengeRow.created_at.desc(), ChallengeRow.id)
            .limit(_MOST_CHALLENGES)
        )
        return list(reversed(store.scalars(query).all()))

    def _told(
        self, store: Session, challenge: ChallengeRow, state: str, now: datetime
    ) -> dict[str, Any]:
        if state == OPEN:
            try:
                shown = view(self._core, store, challenge, now).model_dump(exclude_none=True)
                return {**shown, "state": OPEN}
            except Refused:
                state = "void"  # Its factor is gone.
        return {"id": challenge.id, "purpose": challenge.purpose, "state": state}


def _over(known: Known, over: Over) -> Reading:
    return Reading(
        events=[Event(event="session", data=orjson.dumps({"over": over}).decode())],
        name=known.name or "",
        position=known.position or BEGINNING,
        mark="",
        again_in=_AGAIN_SECONDS,
        over=over,
    )


def _number(position: str | None) -> int:
    at = position_of(position or "")
    return at.number if isinstance(at, Position) else 0
