"""The ends of arrows that one relay keeps, and how the launcher tells it: JSON, no secret in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

ENDS = "GATEHOUSE_RELAY"
"""The variable in which the launcher tells them."""
RELAY_FOLDER = "GATEHOUSE_RELAY_FOLDER"
"""The one that names the folder of the certificate."""

Side = Literal["caller", "callee"]


@dataclass(frozen=True)
class End:
    """One end of an arrow.

    At the caller's, `socket` is listened on here and `host:port` is connected to; at the callee's
    it is the other way round, and `host` is the address that is listened on.
    """

    arrow: str
    side: Side
    socket: Path
    host: str
    port: int
    peer: str
    """The process that has to be at the other end."""


def written(ends: Iterable[End]) -> str:
    """Return ends as text."""
    return json.dumps([asdict(end) for end in ends], default=str)


def read(text: str) -> tuple[End, ...]:
    """Return the ends again. Raises `ValueError`, `KeyError` or `TypeError`."""
    return tuple(End(**{**told, "socket": Path(told["socket"])}) for told in json.loads(text))
