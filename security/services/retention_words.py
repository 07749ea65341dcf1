"""The periods of `retention.yml` as a person reads them."""

from __future__ import annotations

from itertools import chain

from security.retention import Retention


def periods(retention: Retention) -> list[dict[str, str]]:
    """Return what is kept, for how long and why."""
    trackers = [retention.trackers] if retention.trackers else []
    purged = [
        {"what": one.what, "for": f"{one.days} days", "why": one.why}
        for one in (*retention.purged, *trackers)
    ]
    stays = [{"what": one.what, "for": one.until, "why": one.why} for one in retention.stays]
    kept = [
        {"what": one.what, "for": f"{one.years} years", "why": one.why}
        for one in (*chain.from_iterable(retention.kept.values()), retention.trail)
    ]
    return purged + stays + kept
