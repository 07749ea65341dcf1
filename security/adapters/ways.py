"""What the guard's store needs of the services, handed to it by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from security.operations.confirmation import Limit
from security.ports import Case, Done, Person


@dataclass(frozen=True)
class Ways:
    """What the guard needs of the services: usable methods, telling, what is left of a limit."""

    usable: Callable[[Session, str, Sequence[str]], Sequence[str]]
    tell: Callable[[Session, Person, str, datetime], None]
    inform: Callable[[Session, Person, Done, datetime], None]
    consent: Callable[[Session, Person, Done, datetime], None]
    limit_left: Callable[[Connection, Case, datetime, str | None], Limit]
