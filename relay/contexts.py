"""The TLS contexts of one process: 1.3 alone, both ends verified, read anew when a file changes.

Each connection asks for the context, so whatever is new counts for the next connection, and a
renewal needs no restart. Files that do not fit together, as in the middle of a change, leave in
place what is there.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import structlog

IDENTITY = "identity.pem"
"""The private key and the certificate chain: one file, so that both change at once."""
AUTHORITIES = "authorities.pem"
"""The authorities whose certificates count: during a renewal two of them."""

_log = structlog.get_logger(__name__)

Stamp = tuple[tuple[int, int, int], ...]


class Contexts:
    """Contexts from the files of one folder. Raises `OSError` where the first ones are no use."""

    def __init__(self, folder: Path) -> None:
        self._files = (folder / IDENTITY, folder / AUTHORITIES)
        self._stamp = self._look()
        self._trusted = self._files[1].read_bytes()
        self._server, self._client = _read(*self._files)
        self.trust = 0
        """Counts how often it has changed who is trusted."""

    def server(self) -> ssl.SSLContext:
        """Return the present context for a connection that somebody opens to us."""
        self.look_again()
        return self._server

    def client(self) -> ssl.SSLContext:
        """Return the present context for a connection that we open."""
        self.look_again()
        return self._client

    def look_again(self) -> None:
        """Read the files again where they have changed."""
        try:
            stamp = self._look()
            if stamp == self._stamp:
                return
            self._stamp = stamp
            trusted = self._files[1].read_bytes()
            self._server, self._client = _read(*self._files)
            self.trust += trusted != self._trusted
            self._trusted = trusted
            _log.info("certificates_read_anew")
        except OSError as error:  # ssl.SSLError is one.
            _log.error("certificates_not_usable", error=type(error).__name__)

    def _look(self) -> Stamp:
        seen = [path.stat() for path in self._files]
        return tuple((each.st_ino, each.st_size, each.st_mtime_ns) for each in seen)


def _read(identity: Path, authorities: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    if identity.stat().st_mode & 0o077:
        raise PermissionError(f"{identity.name} may be readable for its owner only")
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    for context in (server, client):
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.load_verify_locations(authorities)
        context.load_cert_chain(identity)
        # A resumed session would not look at the certificates again.
        context.options |= ssl.OP_NO_TICKET
    server.num_tickets = 0
    return server, client
