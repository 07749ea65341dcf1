"""Whose objects a person may touch: Cedar, asked about objects as the database has them.

A query is bound to its owner, so that another's row is not even read; what it found is then
decided once more, from the row's own columns. A query that lost its condition shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

import structlog

from apis.common.model import Owner
from apis.common.problems import ProblemError
from security.policy import Entity, Policy, PolicyError, Prepared, Uid, Verdict

_COMMON = Path(__file__).resolve().parent / "policies"
_KEPT = 256
"""How many pairs of a person and an object are kept ready: their facts, no decision.

Each is eleven kilobytes of the engine's; making one anew takes a tenth of a millisecond.
"""

Related = str | bool | int | Uid | frozenset[Uid]


class RelationBroken(RuntimeError):
    """A list holds what its reader may not see: a defect of the query, not of the request."""


@dataclass(frozen=True)
class Found:
    """An object as it was found, with what the policies of its kind ask of it.

    `related` are further attributes of its entity in Cedar, by their names.
    """

    kind: str
    tenant: str
    owner: str
    related: tuple[tuple[str, Related], ...] = ()


def found(kind: str, row: Any, **related: Related) -> Found:
    """Return the object of a row that has the columns `tenant` and `subject`."""
    return Found(kind, row.tenant, row.subject, tuple(sorted(related.items())))


def person(subject: str) -> Uid:
    """Return a person to stand in a relation: a physician, a manager."""
    return Uid("Subject", subject)


class Relations:
    """The policies of one API."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._prepared = lru_cache(_KEPT)(self._prepare)

    def require(
        self,
        owner: Owner,
        action: str,
        one: Found,
        *,
        groups: frozenset[str] = frozenset(),
        **context: str | bool | int,
    ) -> None:
        """Raise `ProblemError` `not_found` where `owner`, the caller, may not do this to `one`.

        Another's object reads like one that does not exist. `groups` are the caller's. Raises
        `PolicyFailure` where it cannot be decided.
        """
        if not self._may(owner, action, one, groups, context):
            raise ProblemError("not_found")

    def require_all(
        self,
        owner: Owner,
        action: str,
        many: Iterable[Found],
        *,
        groups: frozenset[str] = frozenset(),
        **context: str | bool | int,
    ) -> None:
        """Raise `RelationBroken` where a list holds anything that the caller may not see.

        Rows of the same owner and relations are decided once, all in one go.
        """
        each = list(set(many))
        if len(each) == 1:
            allowed = self._may(owner, action, each[0], groups, context)
        else:
            allowed = self._may_all(owner, action, each, groups, context)
        if not allowed:
            raise RelationBroken(action)

    def _may(
        self, owner: Owner, action: str, one: Found, groups: frozenset[str], context: dict[str, Any]
    ) -> bool:
        verdict = self._policy.decide(self._prepared(owner, action, one, groups), context)
        return _told(verdict, action, one)

    def _may_all(
        self,
        owner: Owner,
        action: str,
        many: Sequence[Found],
        groups: frozenset[str],
        context: dict[str, Any],
    ) -> bool:
        # Several may be of one owner, so that is no name for them here.
        things = [_thing(one, str(at)) for at, one in enumerate(many)]
        verdicts = self._policy.decide_all(_caller(owner, groups), action, things, context)
        return all(map(_told, verdicts, repeat(action), many))

    def _prepare(self, owner: Owner, action: str, one: Found, groups: frozenset[str]) -> Prepared:
        return self._policy.prepare(_caller(owner, groups), action, _thing(one, one.owner))


def _caller(owner: Owner, groups: frozenset[str]) -> Entity:
    parents = tuple(Uid("Group", group) for group in sorted(groups))
    return Entity(person(owner.subject), {"tenant": Uid("Tenant", owner.tenant)}, parents)


def _thing(one: Found, name: str) -> Entity:
    attrs = {"tenant": Uid("Tenant", one.tenant), "owner": person(one.owner)}
    return Entity(Uid(one.kind, name), {**attrs, **dict(one.related)})


def _told(verdict: Verdict, action: str, one: Found) -> bool:
    """Return whether it may be; where it may not, the log says by which policies."""
    if not verdict:
        _log().warning("denied", action=action, kind=one.kind, policies=verdict.policies)
    return verdict.allowed


def read_relations(folder: Path) -> Relations:
    """Read an API's policies and schema beside those of all. Raises `PolicyError`."""
    return Relations(Policy(_texts(folder, "*.cedar"), "\n".join(_texts(folder, "*.cedarschema"))))


def _texts(folder: Path, pattern: str) -> list[str]:
    """Return the files of all APIs and of this one; neither may be missing."""
    texts = []
    for place in (_COMMON, folder):
        files = sorted(place.glob(pattern))
        if not files:
            raise PolicyError(f"no {pattern} in {place.parent.name}/{place.name}")
        texts += [file.read_text("utf-8") for file in files]
    return texts


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("apis.relations")
    return logger
