"""What authenticators write, measured before anything reads it (RFC 8949, CTAP2's own form).

A reader of CBOR honours tags, of which some say "the same again": two hundred bytes of them grow
without end, before any signature is looked at. Authenticators use none, so there are none here.
"""

from __future__ import annotations

_TAG, _BYTES, _TEXT, _ARRAY, _MAP = 6, 2, 3, 4, 5
_LONGEST_SIZE = 27
"""Beyond it are lengths without an end, which CTAP2 does not use."""
_DEEPEST = 5
_RP_ID_HASH, _COUNTER = 32, 4
_FLAGS_AT, _REST_AT = _RP_ID_HASH, _RP_ID_HASH + 1 + _COUNTER
_AAGUID, _ID_LENGTH = 16, 2
_ATTESTED, _EXTENDED = 0x40, 0x80


def is_one_item(data: bytes) -> bool:
    """Tell whether these bytes are one item of plain CBOR, and nothing after it."""
    try:
        return _end_of(data, 0) == len(data)
    except (IndexError, ValueError):
        return False


def is_authenticator_data(data: bytes) -> bool:
    """Tell whether these are authenticator data, whole and in plain form (WebAuthn section 6.1)."""
    try:
        flags, at = data[_FLAGS_AT], _REST_AT
        if flags & _ATTESTED:
            told = at + _AAGUID
            at = told + _ID_LENGTH + int.from_bytes(data[told : told + _ID_LENGTH])
            at = _end_of(data, at)
        if flags & _EXTENDED:
            at = _end_of(data, at)
    except (IndexError, ValueError):
        return False
    return at == len(data)


def _end_of(data: bytes, at: int, deep: int = _DEEPEST) -> int:
    """Return where the item at `at` ends. Raises `ValueError`, or `IndexError` where it is cut."""
    kind, short = data[at] >> 5, data[at] & 0x1F
    if kind == _TAG or short > _LONGEST_SIZE or deep == 0:
        raise ValueError("no plain CBOR")
    size = 1 << (short - 24) if short >= 24 else 0  # RFC 8949, section 3
    count = int.from_bytes(data[at + 1 : at + 1 + size]) if size else short
    at += 1 + size
    if kind in (_BYTES, _TEXT):
        at += count
    elif kind in (_ARRAY, _MAP):
        for _ in range(count * (2 if kind == _MAP else 1)):
            at = _end_of(data, at, deep - 1)
    if at > len(data):
        raise ValueError("cut off")
    return at
