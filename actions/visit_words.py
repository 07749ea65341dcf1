"""What a person's words tell of an appointment, and how its time is said: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from actions.clock_times import find_time
from actions.days import day_words
from actions.names import word_set
from actions.requests import Details, Said
from actions.speech import Choice, picked

_WHO = re.compile(
    r"\b(?:with|see|dr\.?|doctor|physician)\s+(?:(?:dr\.?|doctor)\s+)?([^\W\d_]+(?:\s+[^\W\d_]+)?)"
)
_NOBODY = word_set(
    "a an my the me his her our your any anyone somebody someone doctor doctors physician it that "
    "this at on in for to please next tomorrow today again about soon as asap monday tuesday "
    "wednesday thursday friday appointment them you if what when which is"
)
_NTH = re.compile(r"\b(?:the\s+)?(first|second|third|fourth|fifth|last)(?:\s+(?:one|time|slot))?$")
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok|okay|please do|go ahead|do it|right|correct|absolutely)\b|"
    r"\bcancel\s+(?:it|that|this|the appointment|my appointment)\b",
    re.IGNORECASE,
)


def visit_details(said: Said) -> Details:
    """Return the day, the time of day and the practitioner that are told of."""
    if said.chosen:
        return dict(said.chosen)
    told = find_time(said.text)
    day, who = day_words(told.rest), _who_in(told.rest)
    place = _NTH.search(told.rest.strip(" .!")) if said.asked == "slot" else None
    found = {
        "time": told.span.written() if told.span else None,
        "day": day,
        "who": who,
        "place": str(_PLACES[place.group(1)]) if place and not day else None,
    }
    return {name: value for name, value in found.items() if value}


def move_details(said: Said) -> Details:
    """Return where an appointment is moved to, and which: "my Friday appointment to Monday"."""
    before, to, after = said.text.lower().rpartition(" to ")
    target = visit_details(Said(after, said.chosen, said.asked))
    if said.chosen or said.asked == "slot" or (to and target.keys() & {"day", "time"}):
        which = day_words(find_time(before).rest) if to and not said.chosen else None
        return {**target, **({"which": which} if which else {})}
    if said.asked is None and re.search(r"\b(?:for|on|until|till|into)\b", said.text.lower()):
        return visit_details(said)
    which = day_words(find_time(said.text).rest)
    return {"which": which} if which else {}


def cancel_details(said: Said) -> Details:
    """Return which appointment is cancelled, and whether it was said to be sure."""
    if said.chosen:
        return dict(said.chosen)
    if said.asked == "sure":
        return {"sure": "yes"} if _YES.search(said.text) else {}
    which = day_words(find_time(said.text).rest)
    return {"which": which} if which else {}


def moment_of(start: str) -> datetime:
    """Return a time as the clinic's clocks show it, without its offset."""
    return datetime.fromisoformat(start).replace(tzinfo=None)


def long_day(day: date) -> str:
    """Return a day in words: Tuesday 1 December."""
    return f"{day:%A} {day.day} {day:%B}"


def long_time(start: str) -> str:
    """Return day and time in words."""
    moment = moment_of(start)
    return f"{long_day(moment.date())} at {moment:%H:%M}"


def slot_choice(slot: Mapping[str, Any]) -> Choice:
    """Return a free time to press."""
    moment = moment_of(slot["start"])
    title = f"{moment:%a} {moment.day} {moment:%b}, {moment:%H:%M}, {slot['schedule']['display']}"
    return Choice(title, "answer", {"slot": slot["id"], "start": slot["start"]})


def visit_choice(visit: Mapping[str, Any]) -> Choice:
    """Return an appointment to press."""
    title = f"{long_time(visit['start'])}, {others(visit)[1]}"
    return Choice(title, "answer", {"appointment": visit["id"]})


def others(visit: Mapping[str, Any]) -> tuple[str, str]:
    """Return the names of the patient and of the practitioner."""
    patient, practitioner = (one["actor"]["display"] for one in visit["participant"])
    return patient, practitioner


def visit_words(visit: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a sentence about an appointment."""
    return {"when": long_time(visit["start"]), "with": others(visit)[1]}


def visit_row(visit: Mapping[str, Any]) -> dict[str, str]:
    """Return an appointment as the card has it: the clinic's own day and time."""
    start, end = moment_of(visit["start"]), moment_of(visit["end"])
    patient, practitioner = others(visit)
    return {
        "date": start.date().isoformat(),
        "time": f"{start:%H:%M}",
        "until": f"{end:%H:%M}",
        "patient": patient,
        "with": practitioner,
    }


def resources(bundle: Mapping[str, Any]) -> list[Any]:
    """Return what a FHIR bundle holds; an empty one has no entry."""
    return [picked(entry, "resource")["resource"] for entry in bundle.get("entry", [])]


def _who_in(text: str) -> str | None:
    for found in _WHO.finditer(text):
        words = found.group(1).split()
        kept = [word for word in words if word not in _NOBODY]
        if kept and words[0] not in _NOBODY:
            return kept[0]
    return None
