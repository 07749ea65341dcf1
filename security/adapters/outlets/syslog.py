"""The trail to a syslog receiver over TLS (RFC 5425): one connection a batch, ended in good order.

Syslog knows no acknowledgement. What stands in for one: we say that this was all (`close_notify`,
then the end of our side) and wait for the receiver's own end. Whoever has not read everything by
then answers with a reset instead, and the batch goes again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from security.adapters.connecting import trusted_tls
from security.outlets.ports import CannotDeliver, Entry
from security.outlets.syslog import framed, message
from security.reach import Reach


class Syslog:
    """Sends to one receiver, whose certificate has to be for its name.

    `called` is what we say that we are called. `seconds` is for one batch, all in all.
    """

    name = "syslog"
    most = 1_000

    def __init__(
        self,
        host: str,
        port: int,
        called: str,
        tls: ssl.SSLContext,
        reach: Reach,
        seconds: float = 4.0,
    ) -> None:
        self._host = host
        self._port = port
        self._called = called
        self._tls = tls
        self._reach = reach
        self._seconds = seconds
        self._open: socket.socket | None = None

    async def deliver(self, entries: Sequence[Entry]) -> None:
        """Return once the receiver has read all of them. Raises `CannotDeliver`."""
        content = b"".join(framed(message(entry, self._called)) for entry in entries)
        sending = asyncio.ensure_future(asyncio.to_thread(self._send, content))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            self._hang_up()
            await asyncio.wait([sending])
            raise
        except ssl.SSLError as error:
            raise CannotDeliver(f"tls_{(error.reason or 'failed').lower()}"[:64]) from None
        except OSError as error:
            raise CannotDeliver(type(error).__name__) from None

    async def close(self) -> None:
        """Nothing stays open between batches."""

    def _send(self, content: bytes) -> None:
        end = monotonic() + self._seconds
        try:
            with self._connected() as plain:
                self._open = plain
                with self._tls.wrap_socket(plain, server_hostname=self._host) as sealed:
                    self._open = sealed
                    sealed.settimeout(_left(end))
                    sealed.sendall(content)
                    sealed.settimeout(_left(end))
                    _end_in_order(sealed.unwrap(), end)
        finally:
            self._open = None

    def _connected(self) -> socket.socket:
        """Return a connection to an address that may be reached, looked at before it is used."""
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        for *_, address in found:
            if not self._reach.permits(ipaddress.ip_address(str(address[0]).partition("%")[0])):
                raise PermissionError("the name leads to an address that is not allowed")
        failure: OSError = OSError("the name leads nowhere")
        for family, kind, protocol, _, address in found:
            plain = socket.socket(family, kind, protocol)
            plain.settimeout(self._seconds / len(found))
            try:
                plain.connect(address)
            except OSError as error:
                plain.close()
                failure = error
            else:
                return plain
        raise failure

    def _hang_up(self) -> None:
        """Wake the thread that waits on the connection: it is ending."""
        if (opened := self._open) is not None:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


def _end_in_order(plain: socket.socket, end: float) -> None:
    """End our side and wait for the other's. Raises `OSError` where it is a reset."""
    with plain:
        plain.settimeout(_left(end))
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4_096):
            plain.settimeout(_left(end))


def _left(end: float) -> float:
    """Return the seconds that are left. Raises `TimeoutError`."""
    if (left := end - monotonic()) <= 0:
        raise TimeoutError
    return left


def client_tls(ca_file: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """Return TLS 1.2 or newer that trusts one authority alone, or the system's; with our own
    certificate, where the receiver wants one. Raises `ValueError` or `OSError`."""
    context = trusted_tls(ca_file)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context
