"""Where a URL from outside may lead: `https`, to a host that is allowed, at a public address.

Pure rules. What an address stands for is looked at again when its name has been resolved
(`security/adapters/connecting.py`), so that a name cannot lead inside later (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

MOST_OF_A_URL = 2_048
_PRINTABLE = re.compile(rf"[!-~]{{1,{MOST_OF_A_URL}}}")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_PORTS = {"https": 443, "http": 80}

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# RFC 6052 and RFC 3056, 4380: an IPv6 address that is another way to write an IPv4 one.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Reach:
    """Which addresses a name may lead to: public ones, and what is allowed by name."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False

    def permits(self, ip: Ip) -> bool:
        """Tell whether a connection to `ip` may be opened."""
        meant = meant_by(ip)
        if meant.is_loopback:
            return self.loopback
        if any(meant.version == each.version and meant in each for each in self.networks):
            return True
        return meant.is_global and not meant.is_multicast and not meant.is_reserved


@dataclass(frozen=True)
class AllowedHosts:
    """The hosts that may be asked: `push.example`, `push.example:8443`, `*.push.example`.

    Without a port it is 443. A star stands for one or more labels, never for none.
    """

    entries: frozenset[str] = field(default_factory=frozenset)

    def permits(self, host: str, port: int) -> bool:
        """Tell whether this host may be asked at this port."""
        labels = host.split(".")
        above = (f"*.{'.'.join(labels[n:])}" for n in range(1, len(labels)))
        return any(
            name in self.entries
            for each in (host, *above)
            for name in ((each, f"{each}:443") if port == _PORTS["https"] else (f"{each}:{port}",))
        )


def allowed_hosts(variable: str, entries: Iterable[str]) -> AllowedHosts:
    """Return a list of hosts. Raises `ValueError` of one line that names the variable."""
    found = frozenset(entry.strip().lower() for entry in entries if entry.strip())
    for entry in found:
        name, colon, port = entry.partition(":")
        bare = name.removeprefix("*.")
        a_port = not colon or (port.isascii() and port.isdigit() and 0 < int(port) <= 65_535)
        # One star above a whole registry (`*.com`) would be no list at all.
        wide = name.startswith("*.") and "." not in bare
        if _HOST.fullmatch(bare) is None or ip_of(bare) is not None or not a_port or wide:
            raise ValueError(f"{variable} is not right: push.example, *.push.example, …")
    return AllowedHosts(found)


def may_ask(url: str, allowed: AllowedHosts, reach: Reach) -> bool:
    """Tell whether a URL may be asked at all, before its name is resolved.

    This machine may be asked where `reach` says so, in the clear as well and at any port.
    """
    parts = _parts(url)
    if parts is None or parts.scheme not in _PORTS:
        return False
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    ip = ip_of(host)
    if host == "localhost" or (ip is not None and meant_by(ip).is_loopback):
        return reach.loopback
    # An address by number has no name that a certificate could be looked at for.
    return parts.scheme == "https" and ip is None and allowed.permits(host, port)


def _parts(url: str) -> SplitResult | None:
    """Return the parts of a URL that has one reading alone; None for any other."""
    if _PRINTABLE.fullmatch(url) is None or "\\" in url or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    ip = ip_of(host)
    if ip is None and _HOST.fullmatch(host) is None:
        return None
    shown = f"[{host}]" if ip is not None and ip.version == 6 else host
    # No user, no password, no empty port: the authority is host and port, and nothing else.
    plain = f"{shown}:{port}" if port is not None else shown
    return parts if parts.netloc.lower() == plain and port != 0 else None


def ip_of(host: str) -> Ip | None:
    """Return the address that a host is by number, None where it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def meant_by(ip: Ip) -> Ip:
    """Return the address that is meant, where an IPv6 one carries an IPv4 one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(ip.packed[-4:])
    teredo = ip.teredo[1] if ip.teredo is not None else None
    return ip.ipv4_mapped or ip.sixtofour or teredo or ip
