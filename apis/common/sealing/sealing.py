"""Seals rows and opens them, with the keys of one API held in memory."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apis.common.sealing.envelope import CannotOpen, key_id_of, place_of, seal, unseal
from apis.common.sealing.ring import LOOKUP, ROWS, Key, Ring

Fields = Mapping[str, Any]
"""What is sealed of a row, by the names of its columns: words, whole numbers, days, None."""


_KEPT = 4_096
"""How many opened rows a connection keeps: a few megabytes."""


@dataclass
class _Writing:
    id: bytes
    cipher: AESGCM
    left: int


@dataclass
class Sealing:
    """What seals and opens the rows of one API. Threads may share it."""

    ring: Ring
    _ciphers: dict[bytes, AESGCM] = field(default_factory=dict, repr=False)
    _writing: dict[str, _Writing] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _stamp: bytes = b""
    _lookup: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        self._lookup = self.ring.secret(LOOKUP)
        self._learn()

    def seal(self, table: str, row: str, tenant: str, fields: Fields) -> bytes:
        """Return the fields of a row, sealed for this place."""
        with self._lock:
            writing = self._writing.get(tenant)
            if writing is None or writing.left < 1:
                writing = self._take(tenant)
            writing.left -= 1
        return seal(writing.id, writing.cipher, orjson.dumps(fields), place_of(table, row, tenant))

    def open(self, table: str, row: str, tenant: str, sealed: bytes) -> dict[str, Any]:
        """Return the fields that were sealed at this place. Raises `CannotOpen`."""
        key = key_id_of(sealed)
        cipher = self._ciphers.get(key) or self._found(key)
        opened: dict[str, Any] = orjson.loads(unseal(cipher, sealed, place_of(table, row, tenant)))
        return opened

    def looked_up(self, table: str, column: str, tenant: str, value: str) -> bytes:
        """Return what stands for a value where equal ones are looked up: in this place alone."""
        parts = (table, column, tenant, value)
        named = b"".join(len(raw).to_bytes(4, "big") + raw for raw in map(str.encode, parts))
        return hmac.digest(self._lookup, named, hashlib.sha256)

    def follow(self) -> None:
        """Seal under no key that others have retired: whoever writes looks, once it may.

        Only so is nothing ever sealed under a key that is being replaced (`renewing`).
        """
        stamp = self.ring.stamp()
        if stamp != self._stamp:
            with self._lock:
                self._writing.clear()
                self._stamp = stamp

    def knows(self, key: bytes) -> bool:
        """Tell whether the key of this id is there."""
        try:
            self._found(key)
        except CannotOpen:
            return False
        return True

    def _take(self, tenant: str) -> _Writing:
        key = self.ring.take(ROWS, tenant)
        cipher = self._ciphers.setdefault(key.id, AESGCM(key.secret))
        made = self._writing[tenant] = _Writing(key.id, cipher, key.left)
        return made

    def _found(self, key: bytes) -> AESGCM:
        if key not in self._ciphers:
            self._learn()
        try:
            return self._ciphers[key]
        except KeyError:
            raise CannotOpen("its key is not there") from None

    def _learn(self) -> None:
        keys: list[Key] = self.ring.all()
        with self._lock:
            for key in keys:
                if key.purpose == ROWS:
                    self._ciphers.setdefault(key.id, AESGCM(key.secret))


def opener(sealing: Sealing) -> Callable[..., Any]:
    """Return SQL's `opened(table, sealed, row, tenant, field)` for one connection.

    The rows that were opened last are kept, where the keys to them are: their other fields, and
    lists that are looked at again, cost next to nothing. One that has changed is another one.
    """

    @lru_cache(_KEPT)
    def fields(table: str, row: str, tenant: str, sealed: bytes) -> dict[str, Any]:
        return sealing.open(table, row, tenant, sealed)

    def opened(table: str, sealed: bytes | None, row: str, tenant: str, name: str) -> Any:
        if sealed is None:
            return None  # The other side of an outer join.
        try:
            return fields(table, row, tenant, sealed).get(name)
        except CannotOpen as error:
            _log().error("row_cannot_be_opened", kind=table, why=type(error).__name__)
            raise

    return opened


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("apis.sealing")
    return logger
