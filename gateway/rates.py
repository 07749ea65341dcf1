"""How often one address may ask: a moving window of a minute, kept in memory.

A limiter that fails lets nothing pass (ASVS 16.5.3): whoever can break it gets no free run.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Mapping
from typing import Literal

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from gateway.problems import Problem

RateName = Literal["sessions", "sign_ins", "messages", "requests"]
Rates = Mapping[RateName, int]

_log = structlog.get_logger(__name__)


class RateLimits:
    """The limits of one gateway process."""

    def __init__(self, rates: Rates, limiter: MovingWindowRateLimiter | None = None) -> None:
        self._limiter = limiter or MovingWindowRateLimiter(MemoryStorage())
        self._items = {name: RateLimitItemPerMinute(most) for name, most in rates.items()}

    async def admit(self, name: RateName, address: str) -> None:
        """Count one request; raises `Problem` `rate_limited`, or `security_unavailable`."""
        item, who = self._items[name], network_of(address)
        try:
            if await self._limiter.hit(item, name, who):
                return
            stats = await self._limiter.get_window_stats(item, name, who)
            wait = max(1, math.ceil(stats.reset_time - time.time()))
        except Exception as error:
            _log.error("rate_limiter_failed", error=type(error).__name__)
            raise Problem("security_unavailable") from None
        raise Problem("rate_limited", headers={"Retry-After": str(wait)})


def network_of(address: str) -> str:
    """Return what is counted as one client: an IPv4 address, or an IPv6 /64 network.

    One subscriber holds a whole /64 and could change address with each request.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip.packed, 64), strict=False))
