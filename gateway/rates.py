"""How often one address may ask: a moving window of a minute, kept in memory.

A limiter that fails lets nothing pass (ASVS 16.5.3): whoever can break it gets no free run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Literal

import structlog

from gateway.problems import Problem
from runtime.addresses import network_of
from runtime.limits import MovingWindow

RateName = Literal["sessions", "sign_ins", "messages", "requests"]
Rates = Mapping[RateName, int]

_log = structlog.get_logger(__name__)


class RateLimits:
    """The limits of one gateway process. `clock` counts seconds and never goes back."""

    def __init__(self, rates: Rates, clock: Callable[[], float] = monotonic) -> None:
        self._windows = {name: MovingWindow(most, clock) for name, most in rates.items()}

    def admit(self, name: RateName, address: str) -> None:
        """Count one request; raises `Problem` `rate_limited`, or `security_unavailable`."""
        try:
            window, who = self._windows[name], network_of(address)
            if window.allow(who):
                return
            wait = max(1, math.ceil(window.seconds_left(who)))
        except Exception as error:
            _log.error("rate_limiter_failed", error=type(error).__name__)
            raise Problem("security_unavailable") from None
        raise Problem("rate_limited", headers={"Retry-After": str(wait)})
