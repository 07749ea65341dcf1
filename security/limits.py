"""How often somebody may try a name: limits per address, and over all addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import monotonic

from runtime.addresses import network_of
from runtime.limits import MovingWindow
from security.operations.operation import Operation

_HOUR_SECONDS = 3_600.0


class NameLimit:
    """Tries at one name: few from one address, so that a stranger elsewhere shuts nobody out,
    and more, but still bounded, from all addresses together. Who comes with a browser that the
    person has signed in with before has a few of their own, whatever strangers do."""

    def __init__(self, from_one_address: int, from_all: int) -> None:
        self._one = MovingWindow(from_one_address)
        self._all = MovingWindow(from_all)

    def allow(self, name: str, address: str, known_browser: str | None = None) -> bool:
        """Count one try at `name` from `address` and tell whether it is within both limits.

        `known_browser` stands for a browser of the person who has this name.
        """
        if known_browser is not None:
            return self._one.allow(f"{known_browser}\x00{name}")
        return self._one.allow(f"{network_of(address)}\x00{name}") and self._all.allow(name)


class OperationLimit:
    """How often one person may ask: for everything together, and for each thing by itself."""

    def __init__(
        self,
        per_minute: int,
        operations: Mapping[str, Operation],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._everything = MovingWindow(per_minute, clock)
        self._own = {
            name: list(_windows(operation, clock)) for name, operation in operations.items()
        }

    def allow(self, who: str, operation: str) -> bool:
        """Count one operation of somebody and tell whether it is within every limit."""
        own = self._own.get(operation, [])
        return all(window.allow(who) for window in (*own, self._everything))


def _windows(operation: Operation, clock: Callable[[], float]) -> Iterator[MovingWindow]:
    if operation.rate.per_hour is not None:
        yield MovingWindow(operation.rate.per_hour, clock, _HOUR_SECONDS)
    if operation.rate.per_minute is not None:
        yield MovingWindow(operation.rate.per_minute, clock)
