"""What a request for leave still needs, and what is decided about one: pure rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from actions.days import Never, Unclear
from actions.flow import Ask, Do, Step, Stop
from actions.leave_words import Off, span_meant, told_day, told_span
from actions.names import kin
from actions.requests import Details, without
from actions.speech import Choice, days_of

Item = Mapping[str, Any]
_WEEK = 5
_MOST = 7
_PARTS = ("morning", "afternoon", "whole")


def plan_leave(details: Details, options: Any) -> Step:
    """Ask which days, which half, and whether it is right; then ask for exactly that."""
    today = date.fromisoformat(options["today"])
    if "span" not in details:
        return Ask("span", "utter_ask_leave_days", details)
    meant = span_meant(details["span"], today)
    if not isinstance(meant, Off):
        return _which_day(details, meant, today)
    return _checked(details, meant, options, today)


def plan_decision(details: Details, options: Any) -> Step:
    """Ask whose request and what to answer; then decide just that."""
    waiting = options["requests"]
    if not waiting:
        return Stop("utter_no_team_leave")
    found = _meant(details, waiting)
    decision = details.get("decision")
    if len(found) == 1 and decision:
        [one] = found
        shown = ("employee_name", "first", "last", "part", "days")
        named = {name: one[name] for name in shown}
        return Do({"leave": one["id"], **named, "decision": decision})
    left = without(details, "leave", "who")
    choices = [choice for one in (found or waiting)[:_MOST] for choice in _decisions(one, decision)]
    words = {"count": str(options["total"]), "who": details.get("who", "")}
    response = "utter_ask_decision" if found or not words["who"] else "utter_ask_decision_unknown"
    if response == "utter_ask_decision" and options["total"] > _MOST:
        response = "utter_ask_decision_many"
    return Ask("leave", response, left, choices, words)


def _checked(details: Details, off: Off, options: Any, today: date) -> Step:
    """Say at once what HR would refuse, with what to do instead."""
    days = _working_days(off)
    if off.last < off.first:
        return _again(details, "utter_leave_backwards")
    if (off.last - off.first).days >= 60 or off.last.year > max(_years(options), default=0):
        return _again(details, "utter_leave_too_long")
    if not days:
        when = told_span(off.first, off.last, "whole", today)
        return _again(details, "utter_leave_weekend", when=when)
    if details["span"].endswith("||") and len(days) > _WEEK:
        return _again(details, "utter_ask_leave_days_exactly")  # "In August": the whole of it?
    return _of_part(details, Off(days[0], days[-1]), days, options, today)


def _of_part(details: Details, off: Off, days: list[date], options: Any, today: date) -> Step:
    part = details.get("part", "whole")
    if part != "whole" and len(days) > 1:
        return _again(without(details, "part"), "utter_leave_half_of_one")
    if part == "half":
        return _which_half(details, told_day(off.first, today))
    return _affordable(details, off, part, options, today)


def _affordable(details: Details, off: Off, part: str, options: Any, today: date) -> Step:
    taken = [one for one in options["requests"] if _overlaps(off, part, one)]
    when = told_span(off.first, off.last, part, today)
    if taken:
        one = taken[0]
        there = told_span(*_dates(one), one["part"], today)
        return _again(details, "utter_leave_overlaps", there=there, state=one["state"])
    amounts = _amounts(off, part)
    for year, amount in amounts.items():
        left = Decimal(_years(options).get(year, "0"))
        if amount > left:
            words = {
                "days": days_of(_days(amount)),
                "left": days_of(_days(left)),
                "year": str(year),
            }
            return _again(details, "utter_leave_too_many", **words)
    total = sum(amounts.values())
    order = {
        "first": off.first.isoformat(),
        "last": off.last.isoformat(),
        "part": part,
        "days": _days(total),
    }
    if details.get("sure") == "yes":
        return Do(order)
    left = Decimal(_years(options)[off.first.year]) - amounts[off.first.year]
    words = {"when": when, "days": days_of(_days(total)), "left": days_of(_days(left))}
    yes = Choice("Yes, ask for it", "answer", {"sure": "yes"})
    no = Choice("No", "deny")
    return Ask("sure", "utter_ask_leave_sure", without(details, "sure"), [yes, no], words)


def _which_day(details: Details, meant: Unclear | Never, today: date) -> Ask:
    left = without(details, "span")
    if isinstance(meant, Never):
        over = "utter_leave_over" if meant.over else "utter_leave_no_such_day"
        return Ask("span", over, left)
    choices = [
        Choice(told_day(day, today), "answer", {"span": f"{day.isoformat()}||"})
        for day in meant.readings
    ]
    return Ask("span", "utter_ask_leave_which", left, choices)


def _which_half(details: Details, day: str) -> Ask:
    titles = {"morning": "Morning off", "afternoon": "Afternoon off", "whole": "The whole day"}
    choices = [Choice(titles[part], "answer", {"part": part}) for part in _PARTS]
    return Ask("part", "utter_ask_leave_half", without(details, "part"), choices, {"day": day})


def _again(details: Details, response: str, **words: str) -> Ask:
    return Ask("span", response, without(details, "span", "sure"), (), words)


def _decisions(one: Item, decision: str | None) -> list[Choice]:
    first, last = _dates(one)
    when = told_span(first, last, one["part"], first)
    verbs = {"approved": "Approve", "declined": "Decline"}
    return [
        Choice(
            f"{verb} {one['employee_name']}, {when}",
            "answer",
            {"leave": one["id"], "decision": way},
        )
        for way, verb in verbs.items()
        if decision in {None, way}
    ]


def _meant(details: Details, waiting: Sequence[Item]) -> list[Item]:
    if "leave" in details:
        return [one for one in waiting if one["id"] == details["leave"]]
    if "who" in details:
        names = [one["employee_name"] for one in waiting]
        return [waiting[at] for at in kin(details["who"], names)]
    return list(waiting)


def _overlaps(off: Off, part: str, one: Item) -> bool:
    first, last = _dates(one)
    if one["state"] == "declined" or off.first > last or first > off.last:
        return False
    return {part, one["part"]} != {"morning", "afternoon"}


def _dates(one: Item) -> tuple[date, date]:
    return date.fromisoformat(one["first"]), date.fromisoformat(one["last"])


def _years(options: Any) -> dict[int, str]:
    return {one["year"]: one["left"] for one in options["years"]}


def _working_days(off: Off) -> list[date]:
    days = (off.first + timedelta(days=ahead) for ahead in range((off.last - off.first).days + 1))
    return [day for day in days if day.weekday() < 5]


def _amounts(off: Off, part: str) -> dict[int, Decimal]:
    each = Decimal(1) if part == "whole" else Decimal("0.5")
    amounts: dict[int, Decimal] = {}
    for day in _working_days(off):
        amounts[day.year] = amounts.get(day.year, Decimal(0)) + each
    return amounts


def _days(amount: Decimal | int) -> str:
    """Return days as HR writes them: 2.5, and 2 for 2.0."""
    whole = Decimal(amount)
    return f"{whole:.0f}" if whole == int(whole) else f"{whole:.1f}"
