"""Who is at the other end: the one name in a certificate that says which process it is.

The names have the form of SPIFFE IDs (X.509-SVID: exactly one URI in the certificate), so that an
issuer of such certificates can stand in for our own authority.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

_PREFIX = "spiffe://gatehouse/"


class WrongPeer(ConnectionError):
    """The certificate is one of ours, and not of the process that may be at the other end."""


def name_of(process: str) -> str:
    """Return the name that stands in the certificate of `process`."""
    return f"{_PREFIX}{process}"


def require_peer(certificate: Mapping[str, Any] | None, process: str) -> float:
    """Return when the certificate of `process` ends, in seconds since 1970. Raises `WrongPeer`.

    `certificate` is what `ssl` says of one that it has verified; one that it has not is empty.
    """
    told = certificate or {}
    names = [value for kind, value in told.get("subjectAltName", ()) if kind == "URI"]
    if names != [name_of(process)]:
        raise WrongPeer("another process's certificate")
    return float(ssl.cert_time_to_seconds(told["notAfter"]))
