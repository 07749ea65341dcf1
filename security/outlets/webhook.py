"""Records as the body of a webhook, signed as Standard Webhooks 1.0 asks (symmetric, `v1`)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from security.outlets.ports import Entry

TYPE = "trail.records"
_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64
_FORM = "GATEHOUSE_OUT_WEBHOOK_SECRET is not right: whsec_ and 24 to 64 bytes in base64"


def read_secret(text: str) -> bytes:
    """Return the key of a secret. Raises `ValueError` of one line, without a word of it."""
    if not text.startswith(_PREFIX):
        raise ValueError(_FORM)
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(_FORM) from None
    if not _LEAST <= len(key) <= _MOST:
        raise ValueError(_FORM)
    return key


def body(entries: Sequence[Entry], now: datetime) -> bytes:
    """Return the body: each record's own bytes, in order."""
    records = b",".join(entry.line for entry in entries)
    at = now.isoformat(timespec="microseconds").encode()
    return b'{"type":"%b","timestamp":"%b","data":{"records":[%b]}}' % (TYPE.encode(), at, records)


def message_id(entries: Sequence[Entry]) -> str:
    """Return the id of what is sent: the same records have the same one, at every try."""
    known_by = hashlib.sha256(b"\n".join(entry.reference.encode() for entry in entries))
    return f"msg_{known_by.hexdigest()[:32]}"


def headers(key: bytes, known_as: str, content: bytes, now: datetime) -> Mapping[str, str]:
    """Return the headers of one try, its moment and signature among them."""
    seconds = str(int(now.timestamp()))
    signed = b".".join((known_as.encode(), seconds.encode(), content))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": known_as,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{signature}",
    }


def retry_after(said: str | None) -> float:
    """Return the seconds that a Retry-After asks for; 0 where it says none in seconds."""
    text = (said or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0.0
