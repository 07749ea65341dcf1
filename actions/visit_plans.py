"""What booking, moving and cancelling an appointment still need: pure rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from actions.clock_times import Span, span_written
from actions.days import FAR, Days, Never, Unclear, day_meant
from actions.flow import Ask, Do, Stop
from actions.names import plain
from actions.requests import Details, Said, without
from actions.speech import Choice
from actions.visit_words import (
    long_day,
    moment_of,
    resources,
    slot_choice,
    visit_choice,
    visit_details,
    visit_words,
)

OFFERED = 5
_MOST_SCHEDULE_DAYS = 31
BOOK = Choice("Book an appointment", "book_appointment")


@dataclass(frozen=True)
class Search:
    """Which free times to look for; `exact` where the person named one moment of one day."""

    arguments: Mapping[str, Any]
    exact: bool
    told: bool
    """Whether the person has said anything of when."""

    def wider(self) -> dict[str, Any]:
        """Return the search from the same day on, at any time of day."""
        kept = {"first_day", "practitioner", "limit"}
        return {name: value for name, value in self.arguments.items() if name in kept}


def search_for(details: Details, now: datetime, practitioner: str | None) -> Search | Ask:
    """Return what to look for, or what has to be asked first: a day that is none, or two."""
    span = span_written(details["time"]) if "time" in details else Span()
    if span.impossible:
        return Ask("slot", "utter_visit_no_such_time", without(details, "time"))
    meant = day_meant(details["day"], now.date()) if "day" in details else None
    match meant:
        case Unclear(readings):
            days = [Choice(long_day(day), "answer", {"day": day.isoformat()}) for day in readings]
            return Ask("slot", "utter_visit_which_day", without(details, "day"), days)
        case Never(over):
            response = "utter_visit_day_over" if over else "utter_visit_no_such_day"
            return Ask("slot", response, without(details, "day"))
        case Days(first, last):
            return _search(first, last, span, practitioner, told=True)
        case _:
            today = now.date()
            return _search(today, today + FAR, span, practitioner, told="time" in details)


def _search(first: date, last: date, span: Span, practitioner: str | None, told: bool) -> Search:
    last = max(min(last, first + FAR), first)
    arguments: dict[str, Any] = {"first_day": first.isoformat(), "last_day": last.isoformat()}
    arguments |= {"after": f"{span.after:%H:%M}"} if span.after else {}
    arguments |= {"before": f"{span.before:%H:%M}"} if span.before else {}
    arguments |= {"practitioner": practitioner} if practitioner else {}
    arguments["limit"] = OFFERED
    return Search(arguments, span.exact and first == last, told)


def practitioner_of(details: Details, options: Any) -> str | Ask | None:
    """Return whom the person wants to see, None for anybody."""
    if "who" not in details:
        return None
    people = resources(options)
    said = plain(details["who"])
    found = [one for one in people if said in plain(one["name"][0]["text"]).split()]
    if len(found) == 1:
        return str(found[0]["id"])
    names = [Choice(_title(one), "answer", {"who": one["name"][0]["family"]}) for one in people]
    return Ask("slot", "utter_visit_which_practitioner", without(details, "who"), names)


def _title(one: Mapping[str, Any]) -> str:
    return f"{one['name'][0]['text']}, {one['qualification'][0]['code']['text']}"


def chosen_slot(details: Details) -> Do | None:
    """Return the write for a free time that was chosen, or pointed at: "the second one"."""
    slot, start = details.get("slot"), details.get("start")
    if slot and start:
        return Do({"slot": slot, "start": start})
    offered = [pair.split(" ") for pair in details.get("offered", "").split("|") if pair]
    place = int(details.get("place", "99"))
    if offered and -len(offered) <= place < len(offered):
        slot, start = offered[place]
        return Do({"slot": slot, "start": start})
    return None


def slot_step(details: Details, search: Search, slots: Sequence[Any]) -> Do | Ask:
    """Return the one free time that was named exactly, or those that there are."""
    if search.exact and len(slots) == 1:
        return Do({"slot": slots[0]["id"], "start": slots[0]["start"]})
    response = "utter_visit_choose" if search.told else "utter_visit_when"
    return offering(details, slots, response)


def offering(details: Details, slots: Sequence[Any], response: str) -> Ask:
    """Offer free times; they are remembered, so that "the first one" means one of them."""
    left = without(details, "slot", "start", "place", "offered")
    if not slots:
        return Ask("slot", "utter_visit_full", without(left, "day", "time", "who"))
    offered = "|".join(f"{slot['id']} {slot['start']}" for slot in slots[:OFFERED])
    choices = [slot_choice(slot) for slot in slots[:OFFERED]]
    return Ask("slot", response, {**left, "offered": offered}, choices)


def appointment_of(details: Details, options: Any) -> Mapping[str, Any] | Ask | Stop:
    """Return the appointment that is meant, or what has to be asked first."""
    visits = resources(options)
    if not visits:
        return Stop("utter_no_appointments", [BOOK])
    chosen: list[Mapping[str, Any]]
    chosen = [one for one in visits if one["id"] == details.get("appointment")]
    if len(chosen or visits) == 1:
        return (chosen or visits)[0]
    today = moment_of(options["timestamp"]).date()
    meant = day_meant(details["which"], today) if "which" in details else None
    if isinstance(meant, Days):
        until = meant.last + timedelta(days=1)
        chosen = [one for one in visits if meant.first <= moment_of(one["start"]).date() < until]
        if len(chosen) == 1:
            return chosen[0]
    left = without(details, "appointment", "which")
    return Ask(
        "appointment", "utter_visit_which", left, [visit_choice(one) for one in (chosen or visits)]
    )


def cancel_step(details: Details, visit: Mapping[str, Any]) -> Do | Ask:
    """Return the write once the person is sure: a time that is given back may be gone."""
    if details.get("sure") == "yes" and details.get("start") == visit["start"]:
        return Do({"appointment": visit["id"], "start": visit["start"]})
    kept = {"appointment": visit["id"], "start": visit["start"]}
    choices = [Choice("Yes, cancel it", "answer", {"sure": "yes"}), Choice("No, keep it", "deny")]
    return Ask("sure", "utter_visit_cancel_sure", kept, choices, visit_words(visit))


def schedule_days(text: str) -> dict[str, Any]:
    """Return which days of the schedule staff ask for: all that lie ahead, from today on.

    What day it is at the clinic the clinic itself knows best.
    """
    return {"limit": 1 if "today" in text.lower() else 14}


def schedule_named(said: Said, now: datetime) -> dict[str, Any]:
    """Return which days, and from which time on, staff have named; nothing where they have not.

    `now` is the clinic's own. A day that is none, or could be two, narrows nothing.
    """
    told = visit_details(Said(said.text, {}, None))
    span = span_written(told["time"]) if "time" in told else Span()
    meant = day_meant(told["day"], now.date()) if "day" in told else None
    if not isinstance(meant, Days):
        if span.after is None:
            return {}
        meant = Days(now.date(), now.date())
    first = max(meant.first, now.date())
    days = min((meant.last - first).days + 1, _MOST_SCHEDULE_DAYS)
    if days < 1:
        return {}
    after = {"after": f"{span.after:%H:%M}"} if span.after else {}
    return {"first_day": first.isoformat(), "limit": days, **after}
