"""Reading the parameters that a call may have in its query."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from gateway.problems import Problem
from gateway.shapes import NO_CONTROLS

MAX_LENGTH = 256
_VALUE = re.compile(NO_CONTROLS)


def parameters(query: bytes, names: Iterable[str]) -> dict[str, str]:
    """Return those of `names` that are there, with their values; raises as `one_parameter` does."""
    given = {name: one_parameter(query, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def one_parameter(query: bytes, name: str) -> str | None:
    """Return the value of `name`, None where it is absent; raises `Problem` `invalid_request`.

    A `+` is a plus sign: people write telephone numbers, and RFC 3986 gives it no other
    meaning. Twice the same name is refused, however it is written, and so is what is no UTF-8.
    """
    try:
        pairs = [pair.partition("=") for pair in query.decode("ascii").split("&")]
        read = [(unquote(key, errors="strict"), value) for key, _, value in pairs]
        given = [unquote(value, errors="strict") for key, value in read if key == name]
    except UnicodeDecodeError:
        raise Problem("invalid_request", field=name) from None
    if not given:
        return None
    value = given[0]
    fits = 1 <= len(value) <= MAX_LENGTH and _VALUE.fullmatch(value) is not None
    if len(given) > 1 or not fits:
        raise Problem("invalid_request", field=name)
    return value
