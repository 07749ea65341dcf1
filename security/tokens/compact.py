"""Signed tokens in their one strict form (RFC 7515 section 7.1), on top of the library's checks.

Three parts of canonical base64url; header and payload are JSON objects in which no name stands
twice; the header says nothing but what its kind of token may say. Only then is anything verified.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

ALGORITHM = "Ed25519"
"""The name of RFC 9864; `EdDSA`, which leaves the curve open, is refused."""

MOST_BYTES = 8_192
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SURPLUS = {0: 1, 2: 16, 3: 4}


class Unreadable(ValueError):
    """No token of this form and kind, or not signed by this key; the reason is for a log."""


@dataclass(frozen=True)
class Read:
    """A token that was read, not yet verified."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    def verify(self, key: Key, algorithm: str = ALGORITHM) -> None:
        """Raise `Unreadable` where `key` has not signed the token, by this algorithm."""
        try:
            jws.deserialize_compact(self.text, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unreadable(type(error).__name__) from None


def read(
    text: str,
    kinds: Collection[str | None],
    names: frozenset[str],
    optional: frozenset[str] = frozenset(),
    algorithms: Collection[str] = (ALGORITHM,),
) -> Read:
    """Return the parts of a token whose `typ` is one of `kinds`, None for none.

    Its header has these `names`, perhaps the `optional` ones, and no other.
    Others than we ourselves may sign by other `algorithms`.

    Raises `Unreadable`.
    """
    if len(text) > MOST_BYTES or not _FORM.fullmatch(text):
        raise Unreadable("malformed")
    parts = text.split(".")
    if not all(map(is_canonical, parts)):
        raise Unreadable("malformed")
    header = _object(parts[0])
    if header.get("alg") not in algorithms:
        raise Unreadable("wrong algorithm")
    if header.get("typ") not in kinds:
        raise Unreadable("wrong type")
    if not names <= set(header) <= names | optional:
        raise Unreadable("unexpected header")
    return Read(text, header, _object(parts[1]))


def is_canonical(part: str) -> bool:
    """Tell whether base64url has no padding and no bits that decoding drops (RFC 4648 3.5)."""
    surplus = _SURPLUS.get(len(part) % 4)
    return surplus is not None and bool(part) and _ALPHABET.find(part[-1]) % surplus == 0


def _object(part: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        found = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise Unreadable("no JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("no object")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(_name: str) -> NoReturn:
    raise ValueError("no JSON number")
