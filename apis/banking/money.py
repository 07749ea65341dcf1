"""Exact amounts: integers of minor units inside, decimal text outside, never a float.

SQLite has no exact decimal type. Text would be exact too, but the database could neither add
it nor compare it; integers of cents it can. All currencies kept here have two decimals.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

Currency = Literal["EUR", "USD", "GBP", "CHF"]

AMOUNT_PATTERN = r"^-?(0|[1-9][0-9]{0,12})\.[0-9]{2}$"
"""An amount in JSON: a sign where negative, no grouping, exactly two decimals."""

PAYMENT_PATTERN = r"^(?:[1-9][0-9]{0,11}\.[0-9]{2}|0\.(?:[1-9][0-9]|0[1-9]))$"
"""An amount that can be paid: as above, and more than zero."""

_AMOUNT = re.compile(AMOUNT_PATTERN, re.ASCII)


def minor_units(amount: str) -> int:
    """Return the cents of a decimal text such as ``-10.99``; raises `ValueError` otherwise."""
    if not _AMOUNT.fullmatch(amount):
        raise ValueError("an amount has exactly two decimals")
    return int(Decimal(amount).scaleb(2))


def decimal_text(minor: int) -> str:
    """Return the decimal text of an integer of cents: ``-1099`` becomes ``-10.99``."""
    sign = "-" if minor < 0 else ""
    whole, cents = divmod(abs(minor), 100)
    return f"{sign}{whole}.{cents:02d}"
