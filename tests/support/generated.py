"""Generated requests, and which checks say nothing about one as it was really sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from schemathesis.specs.openapi.checks import negative_data_rejection


def unsent(case: Any, url: str) -> list[Callable[..., Any]]:
    """Return the check that wants a bad query refused, where what was bad about it was not sent.

    An empty list or object in a query is nothing at all in an address.
    """
    sent = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return [negative_data_rejection] if set(case.query or {}) - set(sent) else []
