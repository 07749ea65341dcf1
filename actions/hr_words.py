"""What is told of decisions, papers and accounts, and how leave is shown: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from actions.days import MONTHS
from actions.flow import Ask, Do, Step, Stop
from actions.leave_words import told_span
from actions.paged import Page
from actions.phrases import number_in
from actions.requests import Details, Said
from actions.speech import Card, Say, days_of

_DECLINE = re.compile(
    r"\b(?:declin\w*|reject\w*|den(?:y|ied)|refus\w*|turn\s+\w*\s*down|not approve|"
    r"don['’]?t approve)\b",
    re.IGNORECASE,
)
_APPROVE = re.compile(
    r"\b(?:approv\w*|accept\w*|grant\w*|sign\w* off|confirm\w*|ok(?:ay)?\b)", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"\b(?:please|can|you|i|want|would|like|to|the|a|an|my|team'?s?|leave|time off|day off|"
    r"days? off|"
    r"vacation|holidays?|pto|requests?|for|of|from|by|off|on|and|it|that|this|all|any|pending|"
    r"waiting|"
    r"approv\w*|accept\w*|grant\w*|declin\w*|reject\w*|refus\w*|den(?:y|ied)|confirm\w*|sign\w*|"
    r"show|me|list|is|are|there|what|who|has|have|asked|needs?|s|d|employee'?s?|turn|down|not|don'?t|"
    r"i'?d|let|give|get|see|review|look|at|do|ok|okay|yes|no|annual|submitted|request'?s)\b|[^\w\s'’-]",
    re.IGNORECASE,
)
_FIRST_OF_LEAVE = ("utter_pto_status", "utter_pto_none")
_NEXT_OF_LEAVE = ("utter_pto_next", "utter_pto_end")
_STATES = {"waiting": "waits for an answer", "approved": "approved", "declined": "declined"}


def decision_details(said: Said) -> Details:
    """Return what is told of whose leave, and of the answer."""
    if said.chosen:
        return said.chosen
    details = {}
    if _DECLINE.search(said.text):
        details["decision"] = "declined"
    elif _APPROVE.search(said.text):
        details["decision"] = "approved"
    who = " ".join(re.sub(r"['’]s?\b", "", _NO_NAME.sub(" ", said.text)).split())
    if who and len(who.split()) <= 3:
        details["who"] = who
    return details


def deposit_details(said: Said) -> Details:
    """Return the account number that is told."""
    number, _ = number_in(said.text)
    return {"number": number} if number else {}


def plan_deposit(details: Details, options: Any) -> Step:
    """Ask for the new account number, then have exactly that approved."""
    current = options["number"]
    number = details.get("number")
    if number is None:
        return Ask("number", "utter_ask_deposit", details, (), {"current": current})
    if not _adds_up(number):
        return Ask("number", "utter_ask_deposit_wrong", {}, (), {"current": current})
    shown = f"•••• {number[-4:]}"
    if shown == current:
        return Stop("utter_deposit_same", (), {"current": current})
    return Do({"number": number, "number_shown": shown, "current": current})


def paper_of(documents: Sequence[Mapping[str, Any]], kind: str, text: str) -> Any:
    """Return the paper that is meant: of the month or year that is named, else the newest.

    None where there is none of this kind; a month that is not there is not another one.
    """
    mine = [one for one in documents if one["kind"] == kind]
    low = text.lower()
    months = [f"{at:02}" for at, name in enumerate(MONTHS, 1) if re.search(rf"\b{name}\b", low)]
    years = re.findall(r"\b20\d\d\b", low)
    fitting = [
        one
        for one in mine
        if (not months or kind != "payslip" or one["period"][5:] in months)
        and (not years or one["period"][:4] in years)
    ]
    return fitting[0] if fitting else None


def tell_leave(result: Any, page: Page, say: Say) -> None:
    """Count what waits; the card lists the page."""
    requests = result["requests"]
    waiting = sum(one["state"] == "waiting" for one in requests)
    some, none = _NEXT_OF_LEAVE if page.later else _FIRST_OF_LEAVE
    card = leave_card(requests, result["today"])
    say(some if requests else none, card, page.more, waiting=str(waiting))


def leave_card(requests: Sequence[Mapping[str, Any]], today: str) -> Card | None:
    """Return the card of requests, None where there are none."""
    now = date.fromisoformat(today)
    rows = [_row(one, now) for one in requests]
    return {"kind": "list", "title": "Your leave", "rows": rows} if rows else None


def balance_card(balance: Mapping[str, Any]) -> Card:
    """Return the card of a year of leave."""
    labels = (
        ("This year", "entitled"),
        ("From last year", "carried"),
        ("Taken", "taken"),
        ("Planned", "planned"),
        ("Waiting for an answer", "waiting"),
        ("Left", "left"),
    )
    rows = [{"label": label, "value": days_of(balance[name])} for label, name in labels]
    return {"kind": "facts", "title": f"Leave in {balance['year']}", "rows": rows}


def _row(one: Mapping[str, Any], today: date) -> dict[str, str]:
    first, last = date.fromisoformat(one["first"]), date.fromisoformat(one["last"])
    by = f" by {one['decided_by']}" if one.get("decided_by") else ""
    return {
        "title": told_span(first, last, one["part"], today),
        "text": days_of(one["days"]),
        "state": f"{_STATES[one['state']]}{by}",
    }


def _adds_up(number: str) -> bool:
    """Tell whether the check digits are right (ISO 7064, modulo 97)."""
    digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    return int(digits) % 97 == 1
