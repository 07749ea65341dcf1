"""What a challenge asks the person to approve: sealed beside it, and shown to nobody else."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from security.adapters.tables import ChallengeRow
from security.core import Core
from security.model import Detail
from security.vault.envelope import Place


@dataclass(frozen=True)
class Shown:
    """What the person is asked to approve: in words, and exactly."""

    binding: str
    details: tuple[Detail, ...] = ()


def shown_of(core: Core, row: ChallengeRow) -> Shown:
    """Return what a challenge asks the person to approve."""
    plain = orjson.loads(core.vault.open(row.shown_sealed, _place(row.id, row.tenant_id)))
    return Shown(plain["binding"], tuple(Detail(**detail) for detail in plain["details"]))


def seal_shown(core: Core, challenge_id: str, tenant: str, shown: Shown) -> bytes:
    """Seal what a challenge shows to the person."""
    plain = {
        "binding": shown.binding,
        "details": [detail.model_dump() for detail in shown.details],
    }
    return core.vault.seal(orjson.dumps(plain), _place(challenge_id, tenant))


def _place(challenge_id: str, tenant: str) -> Place:
    return Place("challenges", "shown", challenge_id, tenant)
