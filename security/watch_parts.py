"""Wires the watch, and what it slows down."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from security.adapters.posts.post import Post
from security.adapters.trail_reader import TrailReader
from security.adapters.watch_lease import WatchLease
from security.core import Core
from security.limits import OperationLimit
from security.monitor.rules import read_rules
from security.services.answering import Answers
from security.services.operating import Operating
from security.services.watching import Watch


def build_watch(core: Core) -> Watch:
    """Return what follows the trail. Raises `ValueError` where a rule does not hold."""
    reader, lease = TrailReader(core.database), WatchLease(core.database, core.clock)
    return Watch(read_rules(), reader, Answers(core), core.clock, lease=lease)


def build_operating(core: Core, posts: Mapping[str, Post]) -> Operating:
    """Return what tells the operator of what reaches no organisation."""
    lease = WatchLease(core.database, core.clock, name="operator")
    return Operating(core, read_rules(), posts.get("email"), lease)


def operation_limit(core: Core) -> Callable[[str, str], bool]:
    """Return how often somebody may ask for an operation: less, where the watch says so."""
    limit = OperationLimit(core.settings.limit_operations_per_minute, core.operations)

    def allow(who: str, operation: str) -> bool:
        return core.throttles.allow(who) and limit.allow(who, operation)

    return allow
