"""What must be bound to what: one row a class of operations (the table of the contract)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from security.model import Assurance


@dataclass(frozen=True)
class Demand:
    """What an operation of a class needs. `freshness` is the age of the last proof, or None."""

    assurance: Assurance
    freshness: timedelta | None = None
    confirmation: bool = False
    purpose: bool = False


CLASSES: Mapping[str, Demand] = {
    "open": Demand("none"),
    "plain": Demand("aal1"),
    "personal": Demand("aal2", timedelta(minutes=15)),
    "sensitive": Demand("aal2", timedelta(minutes=5), purpose=True),
    # Asked for every time: the confirmation itself is the proof, and no other is fresh enough.
    "binding": Demand("aal2", confirmation=True),
    "protective": Demand("aal1"),
}

NOT_YET_ENFORCED = frozenset({"sensitive"})
"""Classes whose purpose nothing checks yet: no manifest may use them."""
