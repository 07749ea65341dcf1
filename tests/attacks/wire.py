"""Bytes on a TLS connection, as no honest client would send them."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterable

from tests.e2e.installation import Installation
from tests.e2e.visitor import Visitor

_STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


def exchange(gatehouse: Installation, parts: Iterable[bytes], most: int = 1) -> list[int]:
    """Send each part in a record of its own, and return the statuses of up to `most` answers.

    Before each part after the first, the answer to the part before it is awaited, so that the
    parts cannot be read together. An `Upgrade` is answered at once, without its body.
    """
    trusted = ssl.create_default_context(cafile=str(gatehouse.authority))
    plain = socket.create_connection(("127.0.0.1", gatehouse.port), timeout=3)
    with trusted.wrap_socket(plain, server_hostname="localhost") as stream:
        read = b""
        for part in parts:
            try:
                stream.sendall(part)
                read += stream.recv(65_536)
            except OSError:  # It was closed: what was sent after that is read by nobody.
                break
        return _rest(stream, read, most)


def _rest(stream: ssl.SSLSocket, read: bytes, most: int) -> list[int]:
    stream.settimeout(0.5)
    try:
        while len(_STATUS.findall(read)) < most and (more := stream.recv(65_536)):
            read += more
    except OSError:
        pass
    return [int(status) for status in _STATUS.findall(read)]


def head(gatehouse: Installation, line: str, *fields: str) -> bytes:
    """Return a request's head with the right Host."""
    host = f"Host: localhost:{gatehouse.port}"
    return "\r\n".join((f"{line} HTTP/1.1", host, *fields, "", "")).encode()


def session_of(browser: Visitor) -> tuple[str, str]:
    """Return the cookie and the CSRF field of a browser's session."""
    cookie = browser.http.cookies["__Host-gatehouse"]
    return f"Cookie: __Host-gatehouse={cookie}", f"X-CSRF-Token: {browser._csrf}"
