"""What is asked and told on the way to a person: pure."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Tracker
from actions.flow import Ask, Do, Step, Stop
from actions.requests import Details, Said, without
from actions.speech import Choice

MOST, LONGEST = 5, 200
"""How many messages go along, and how much of each, in characters."""
_NO = re.compile(
    r"^\W*(?:no\b|nope|nah|without|please don|don['’]?t|do not|rather not|not\b|none)|"
    r"\b(?:without (?:them|my|the|it)|don['’]?t (?:attach|send|include|share))\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\b(?:yes|yeah|yep|yup|sure|ok|okay|please do|go ahead|of course|attach|include|"
    r"with (?:them|my)|certainly|definitely|fine|alright|all right)\b",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"[^\S ]|[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def told_details(said: Said) -> Details:
    """Return whether the last messages may go along, where that was asked."""
    if said.chosen:
        return {"attach": said.chosen["attach"]} if "attach" in said.chosen else {}
    if said.asked != "attach":
        return {}
    if _NO.search(said.text):
        return {"attach": "no"}
    return {"attach": "yes"} if _YES.search(said.text) else {}


def plan_person(details: Details, options: Any) -> Step:
    """Ask before anything goes along; ask for nobody twice."""
    waiting = options.get("waiting")
    if waiting:
        told = {"number": waiting["number"], "opened": waiting["opened_on"]}
        return Stop("utter_person_waits", (), told)
    attach = details.get("attach")
    if attach not in {"yes", "no"}:
        choices = [
            Choice("Yes, with my last messages", "answer", {"attach": "yes"}),
            Choice("No, without them", "answer", {"attach": "no"}),
        ]
        left, desk = without(details, "attach"), {"desk": options["desk"]}
        return Ask("attach", "utter_ask_attach", left, choices, desk)
    words = details.get("words", "") if attach == "yes" else ""
    return Do({"words": words} if words else {})


def words_of(tracker: Tracker) -> str:
    """Return the person's last messages in one line, oldest first; nothing that the bot said."""
    events = getattr(tracker, "events", None) or []
    said = [
        event["text"]
        for event in events
        if event.get("event") == "user" and isinstance(event.get("text"), str)
    ]
    plain = [" ".join(_HIDDEN.sub(" ", text).split()) for text in said]
    kept = [text[:LONGEST].strip() for text in plain if text and not text.startswith("EXTERNAL:")]
    return " / ".join(kept[-MOST:])[:1000].strip()
