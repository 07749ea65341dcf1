"""What must be bound to what: one row a class of operations (the table of the contract)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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

_ORDER: tuple[Assurance, ...] = ("none", "aal1", "aal2")


def stricter(
    demand: Demand, assurance: Assurance | None, freshness: timedelta | None, purpose: bool
) -> Demand:
    """Return what one operation demands beyond its class. Raises `ValueError` for less.

    aal3 is reserved: nothing reaches it, so nothing may ask for it. What is approved each time
    has no freshness of its own, and what strangers may do demands nothing of them.
    """
    asked = assurance or demand.assurance
    if asked not in _ORDER or _ORDER.index(asked) < _ORDER.index(demand.assurance):
        raise ValueError("`assurance` may only be stricter than that of the class")
    if demand.assurance == "none" and (asked != "none" or freshness is not None):
        raise ValueError("the class open demands no proof")
    if freshness is not None:
        if demand.confirmation:
            raise ValueError("what is approved each time has no `freshness_minutes`")
        if demand.freshness is not None and freshness > demand.freshness:
            raise ValueError("`freshness_minutes` may only be stricter than that of the class")
    if demand.purpose and not purpose:
        raise ValueError("an operation of this class names its `purposes`")
    return replace(
        demand,
        assurance=asked,
        freshness=freshness if freshness is not None else demand.freshness,
        purpose=purpose,
    )
