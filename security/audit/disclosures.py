"""Whose data was used in a period, which, by whom and since when, as the trail says: pure rules.

What an API answered is data that somebody has seen, and what it did has changed some. A call whose
end nobody knows counts as well, and is marked. What was refused gave nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from security.audit.tags import Tag

Said = Mapping[str, Any]

MOST = 200_000
"""So many different disclosures are told apart; a period with more has to be a shorter one."""

EVERYTHING = "export"
"""In the place of an operation: a copy of all that there is of a person."""

NAMES = "names"
"""In the place of an operation: a list of people, or of somebody's sessions."""

_WRITES = ":write"
_BEGUN = Tag.OPERATION_INTENDED.value
_ENDS = {
    Tag.OPERATION_DONE.value: True,
    Tag.OPERATION_DOUBTED.value: False,
    Tag.OPERATION_FAILED.value: None,
}
_SETTLED = Tag.PENDING_SETTLED.value
_AT_ONCE = {
    Tag.OPERATION_REDELIVERED.value: None,
    Tag.OPERATION_GRANTED.value: None,
    Tag.DATA_EXPORTED.value: EVERYTHING,
    Tag.PEOPLE_READ.value: NAMES,
    Tag.SESSIONS_READ.value: NAMES,
}
_ALERT, _REUSED, _REVOKED = (
    tag.value for tag in (Tag.ALERT_RAISED, Tag.SESSION_ALARM, Tag.SESSION_REVOKED)
)


class TooMany(ValueError):
    """There are more different disclosures than are told apart."""


@dataclass(frozen=True)
class Key:
    """What makes two disclosures the same one: `who` did it, with whose data, in which session.

    `person` is a pseudonym, or where staff has seen it the name that an API knows them by.
    """

    tenant: str | None
    person: str | None
    operation: str
    who: str | None
    purpose: str | None
    session: str | None


@dataclass(frozen=True)
class Disclosure:
    """One use of data, or several alike. `changed`: something was written, not only read.

    `uncertain` is how many of the `times` nobody knows the end of. `suspect` are reasons to doubt
    whoever did it: rules of the watch, or `session_reused`.
    """

    key: Key
    roles: tuple[str, ...]
    first: datetime
    last: datetime
    times: int
    uncertain: int
    changed: bool
    suspect: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        """Whether people did it themselves, or somebody in their name."""
        return self.key.person is not None and self.key.who == self.key.person


@dataclass
class _Sum:
    roles: tuple[str, ...]
    first: datetime
    last: datetime
    changed: bool
    times: int = 0
    uncertain: int = 0


@dataclass
class Disclosures:
    """Takes records, oldest first; tells what was disclosed at `since` or later, before `until`.

    What an alert says comes after what it is about, so the records after the period are given
    as well. Of one tenant, where one is named.
    """

    since: datetime
    until: datetime
    tenant: str | None = None
    _open: dict[str, Said] = field(default_factory=dict)
    _sums: dict[Key, _Sum] = field(default_factory=dict)
    _doubted_people: dict[str, set[str]] = field(default_factory=dict)
    _doubted_sessions: dict[str, set[str]] = field(default_factory=dict)

    def take(self, said: Said, reference: str) -> None:
        """Take the next record; `reference` is its event's id. Raises `TooMany`."""
        kind = said.get("tag")
        if self.tenant is not None and said.get("tenant") != self.tenant:
            return
        if kind == _BEGUN:
            self._open[reference] = said
        elif kind in _ENDS:
            begun = self._open.pop(said.get("intent", ""), None)
            if begun is not None and _ENDS[kind] is not None:
                for whose in said.get("about") or [begun.get("person")]:
                    self._add(begun, begun.get("operation"), whose, uncertain=not _ENDS[kind])
        elif kind == _SETTLED and said.get("reason") == "done":
            # Whose data it was is known only now; who did it is among the uncertain already.
            for whose in said.get("about", ()):
                write = {**said, "scope": _WRITES}
                self._add(write, said.get("operation"), whose, uncertain=False)
        elif kind in _AT_ONCE:
            what = _AT_ONCE[kind] or said.get("operation")
            self._add(said, what, said.get("person"), uncertain=False)
        else:
            self._doubt(said, kind)

    def found(self) -> list[Disclosure]:
        """Return what was disclosed; ends the taking. Raises `TooMany`."""
        for begun in self._open.values():
            self._add(begun, begun.get("operation"), begun.get("person"), uncertain=True)
        self._open.clear()
        return [
            Disclosure(key=key, suspect=self._reasons(key), **vars(one))
            for key, one in self._sums.items()
        ]

    def _add(
        self, said: Said, operation: str | None, person: str | None, *, uncertain: bool
    ) -> None:
        at = datetime.fromisoformat(said["at"])
        if not self.since <= at < self.until:
            return
        # Lists of people are read by their actor, and are about nobody in particular.
        who = said.get("actor") or said.get("person")
        where = (operation or "unknown", who, said.get("purpose"), said.get("session"))
        key = Key(said.get("tenant"), person, *where)
        one = self._sums.get(key)
        if one is None:
            if len(self._sums) >= MOST:
                raise TooMany
            changed = str(said.get("scope", "")).endswith(_WRITES)
            roles = tuple(said.get("roles", ()))
            one = self._sums[key] = _Sum(roles, at, at, changed)
        one.first, one.last = min(one.first, at), max(one.last, at)
        one.times += 1
        one.uncertain += uncertain

    def _doubt(self, said: Said, kind: str | None) -> None:
        reason, session = str(said.get("reason", "")), said.get("session")
        if kind == _ALERT and "person" in said:
            self._doubted_people.setdefault(said["person"], set()).add(reason)
        elif kind == _REUSED and session:
            self._doubted_sessions.setdefault(session, set()).add("session_reused")
        elif kind == _REVOKED and session and reason == "watch":
            self._doubted_sessions.setdefault(session, set()).add("session_ended_by_the_watch")

    def _reasons(self, key: Key) -> tuple[str, ...]:
        people = self._doubted_people.get(key.who or "", set())
        return tuple(sorted(people | self._doubted_sessions.get(key.session or "", set())))


def narrowed(
    found: Iterable[Disclosure], by: str | None = None, suspect: bool = False
) -> list[Disclosure]:
    """Return those of one pseudonym, client or session, or the suspect ones, by their beginning."""
    kept = [
        one
        for one in found
        if (by is None or by in (one.key.who, one.key.session)) and (one.suspect or not suspect)
    ]
    return sorted(kept, key=lambda one: (one.first, one.key.operation, one.key.person or ""))
