"""What a challenge asks the person to approve: sealed beside it, and shown to nobody else."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from security.adapters.sealed import readable
from security.adapters.tables import ChallengeRow
from security.model import Detail


@dataclass(frozen=True)
class Shown:
    """What the person is asked to approve: in words, and exactly."""

    binding: str
    details: tuple[Detail, ...] = ()


def shown_of(row: ChallengeRow) -> Shown:
    """Return what a challenge asks the person to approve."""
    plain = orjson.loads(readable(row.shown_sealed))
    return Shown(plain["binding"], tuple(Detail(**detail) for detail in plain["details"]))


def written(shown: Shown) -> bytes:
    """Return what a challenge shows to the person, as its row keeps it."""
    plain = {
        "binding": shown.binding,
        "details": [detail.model_dump() for detail in shown.details],
    }
    return orjson.dumps(plain)
