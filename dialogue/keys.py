"""The conversation's key, in memory for one turn and no longer.

Rasa's tracker store has no argument for a key, so the key travels beside its calls in a context
variable. One task serves all requests of a kept connection: a variable that is not reset would
hand the next, keyless request the key of this one. Hence the context manager.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

KEY_BYTES = 32

_current: ContextVar[bytes] = ContextVar("conversation_key")


class NoKey(RuntimeError):
    """Somebody asks for a conversation outside a turn: there is no key, so there is no answer."""


class MalformedKey(ValueError):
    """A key that is not 32 bytes in base64url."""


def decode_key(text: str) -> bytes:
    """Return the key that `text` spells in base64url, with or without padding."""
    bare = text[:-1] if len(text) == 44 and text.endswith("=") else text
    try:
        key = base64.b64decode(bare.encode("ascii") + b"=", altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise MalformedKey from None
    if len(key) != KEY_BYTES or base64.urlsafe_b64encode(key).decode()[:-1] != bare:
        raise MalformedKey
    return key


@contextmanager
def holding(key: bytes) -> Iterator[None]:
    """Hold `key` for the turn inside this block; forget it whatever happens."""
    token = _current.set(key)
    try:
        yield
    finally:
        _current.reset(token)


def current_key() -> bytes:
    """Return the key of the turn in hand. Raises `NoKey` outside a turn."""
    try:
        return _current.get()
    except LookupError:
        raise NoKey from None
