"""Cards of one's own data: who accessed it, and what is kept of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from actions.requests import Said
from actions.search_tells import told_date
from actions.speech import Card

FILE = "file"
"""The entity of a choice that asks for a file: `html` to read, `json` for other programs."""
_FOR_PROGRAMS = re.compile(r"\b(?:json|machine|program|portab|another provider)", re.IGNORECASE)


def form_of(said: Said) -> str:
    """Return in which form somebody wants a file: to read, unless it is for other programs."""
    return said.chosen.get(FILE) or ("json" if _FOR_PROGRAMS.search(said.text) else "html")


def accesses_card(accesses: Sequence[Mapping[str, Any]]) -> Card:
    """Return a card with a row an access: who, what, when and why."""
    return {"kind": "list", "title": "Who accessed your data", "rows": [*map(_access, accesses)]}


def kept_card(kept: Sequence[Mapping[str, Any]]) -> Card:
    """Return a card of what has to be kept, until when and why."""
    rows = [
        {
            "title": _sentence(one["what"]),
            "text": "Has to be kept",
            "state": f"until {told_date(one['until'])}",
            "note": _sentence(one["why"]),
        }
        for one in kept
    ]
    return {"kind": "list", "title": "What stays, and why", "rows": rows}


def _access(one: Mapping[str, Any]) -> dict[str, str]:
    at = datetime.fromisoformat(one["at"])
    row = {
        "title": f"{one['who']}, {one['role']}" if "role" in one else one["who"],
        "text": one["what"],
        "state": f"{told_date(f'{at:%Y-%m-%d}')}, {at:%H:%M} UTC",
    }
    return {**row, "note": _sentence(one["purpose"])} if "purpose" in one else row


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
