"""What is counted as one client where something is limited by network address."""

from __future__ import annotations

import ipaddress


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
