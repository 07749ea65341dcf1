"""What was found, in words: how much, of what, and when last. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from actions.speech import grouped

_NOUNS = {"out": "payment", "in": "incoming payment"}


def found_words(asked: Mapping[str, str], total: Mapping[str, Any], newest: Any) -> dict[str, str]:
    """Return the values of a sentence about what was found in one currency."""
    return {
        "count": counted(total["count"], asked.get("direction")),
        "about": about(asked),
        "sums": _sums(total),
        "latest": told_date(newest["date"]),
    }


def counted(count: int, direction: str | None) -> str:
    """Return ``1 payment``, ``3 transactions``."""
    return f"{count} {_NOUNS.get(direction or '', 'transaction')}{'' if count == 1 else 's'}"


def about(asked: Mapping[str, str]) -> str:
    """Return what was looked for, with a space before it: `` with "spotify" in March 2026``."""
    parts = []
    if asked.get("text"):
        parts.append(f"with “{asked['text']}”")
    parts += [*_amounts(asked.get("least"), asked.get("most")), *span_words(asked)]
    return "".join(f" {part}" for part in parts)


def span_words(asked: Mapping[str, str]) -> list[str]:
    """Return the days in words; none where there is no bound."""
    first, last = (asked.get(name) for name in ("first_day", "last_day"))
    if first and last:
        if first == last:
            return [f"on {told_date(first)}"]
        month = _whole_month(date.fromisoformat(first), date.fromisoformat(last))
        return [f"in {month}" if month else f"from {told_date(first)} to {told_date(last)}"]
    if first:
        return [f"since {told_date(first)}"]
    return [f"up to {told_date(last)}"] if last else []


def told_date(day: str) -> str:
    """Return ``2026-11-03`` as ``3 November 2026``."""
    read = date.fromisoformat(day)
    return f"{read.day} {read:%B} {read.year}"


def told_month(month: str) -> str:
    """Return ``2026-11`` as ``November 2026``."""
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


def joined(parts: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _amounts(least: str | None, most: str | None) -> list[str]:
    if least and most:
        if least == most:
            return [f"of {grouped(least)}"]
        return [f"between {grouped(least)} and {grouped(most)}"]
    if least:
        return [f"of {grouped(least)} or more"]
    return [f"of {grouped(most)} or less"] if most else []


def _sums(total: Mapping[str, Any]) -> str:
    currency = total["currency"]
    told = [
        f"{grouped(total[name])} {currency} {went}"
        for name, went in (("spent", "went out"), ("received", "came in"))
        if Decimal(total[name])
    ]
    return joined(told)


def _whole_month(first: date, last: date) -> str | None:
    whole = first.day == 1 and (last.toordinal() + 1) == _next_month(first).toordinal()
    return f"{first:%B %Y}" if whole else None


def _next_month(day: date) -> date:
    return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1, day=1)
