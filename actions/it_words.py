"""What is told of a problem, and how tickets are shown: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from actions.flow import Ask, Do, Step
from actions.lines import one_line
from actions.requests import Details, Said
from actions.speech import Card

MOST = 140
_URGENT = re.compile(
    r"\b(?:urgent\w*|asap|immediately|emergency|can(?:no|['’]?)t work|cannot work|critical|"
    r"right away|high priority|at once)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please|can you|could you|"
    r"i(?:'d| would)? (?:want|like|need) (?:you )?to|"
    r"i need|i want|let me|let's|help me)\b[\s,]*)*"
    r"(?:(?:open|create|file|submit|raise|make|log|start|report|get|put in|have)\b\s*)?"
    r"(?:(?:me|us)\s+)?(?:(?:a|an|new|another|the|some|my)\s+)*"
    r"(?:(?:it|i\.t\.|support|help ?desk|service|urgent|high priority|tech\w*)\s+)*"
    r"(?:(?:ticket|issue|request|incident|help|support|problem)s?\b[\s,:-]*)?"
    r"(?:(?:for me|with it|to it|for it|with the it desk|please)\b[\s,:-]*)*"
    r"(?:(?:about|because|for|that|regarding|saying|with|as)\b[\s,:]*)?",
    re.IGNORECASE,
)
_ASKED = re.compile(r"ticket|issue|request|incident|help|support|problem|report", re.IGNORECASE)
_NUMBER = re.compile(r"\b(?:(?:it|sd)[- ]?)?(\d{4,7})\b", re.IGNORECASE)
_KINDS = ("IT", "SD")
_STATES = {
    "open": "not looked at yet",
    "in_progress": "is being worked on",
    "waiting": "waits for your answer",
    "solved": "solved",
}
_LEAST_WORDS = 2


def ticket_details(said: Said) -> Details:
    """Return what the ticket is about, and whether it is urgent."""
    if said.chosen:
        return said.chosen
    details = {"urgent": "yes"} if _URGENT.search(said.text) else {}
    words = " ".join(said.text.split())
    if said.asked != "reason":
        asking = _ASKING.match(words)
        if asking and _ASKED.search(asking.group()):
            words = words[asking.end() :]
    words = words.strip(" .,:;-")
    if said.asked == "reason" or len(words.split()) >= _LEAST_WORDS:
        about = _shown(words)
        return {**details, "reason": about} if about else details
    return details


def plan_ticket(details: Details, _options: Any) -> Step:
    """Ask what it is about."""
    if "reason" not in details:
        return Ask("reason", "utter_ask_ticket", details)
    priority = "high" if details.get("urgent") == "yes" else "normal"
    return Do({"title": details["reason"], "priority": priority})


def tickets_card(tickets: Sequence[Mapping[str, Any]], title: str) -> Card | None:
    """Return the card of tickets, None where there are none."""
    rows = [_row(ticket) for ticket in tickets]
    return {"kind": "list", "title": title, "rows": rows} if rows else None


def named_in(tickets: Sequence[Mapping[str, Any]], text: str) -> list[Mapping[str, Any]]:
    """Return the tickets whose number is named; all of them where none is."""
    named = {f"{kind}-{int(number):04}" for number in _NUMBER.findall(text) for kind in _KINDS}
    found = [ticket for ticket in tickets if ticket["number"] in named]
    return found if named else list(tickets)


def state_words(ticket: Mapping[str, Any]) -> str:
    """Return how a ticket stands."""
    by = f", by {ticket['handler']}" if ticket.get("handler") else ""
    return f"{_STATES[ticket['state']]}{by}"


def _row(ticket: Mapping[str, Any]) -> dict[str, str]:
    urgent = "urgent, " if ticket["priority"] == "high" else ""
    requester = f", for {ticket['requester']}" if ticket.get("requester") else ""
    said = ticket.get("note") or ticket.get("words")
    note = {"note": said} if said else {}
    return {
        "title": f"{ticket['number']}: {ticket['title']}",
        "text": f"{urgent}opened on {ticket['opened_on']}{requester}",
        "state": state_words(ticket),
        **note,
    }


def _shown(words: str) -> str:
    """Return one line that a ticket can be called by."""
    line = one_line(words)
    line = line[:1].upper() + line[1:]
    return line if len(line) <= MOST else f"{line[: MOST - 1].rstrip()}…"
