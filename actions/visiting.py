"""The way to an appointment: look for free times as often as needed, and take one.

Somebody else may take a time between its offer and its choice. Then nothing is lost but the time:
what else was said is kept, and the next free ones are offered in the same answer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from actions.base import Events, ProtectedAction, Reply, Tracker, making_sense, refusal, ticket_of
from actions.flow import LATER, Ask, Do, RequestAction, Step, Stop
from actions.requests import Details, Request, Said, keep, said_by, without
from actions.speech import Card, Dispatcher, Say
from actions.visit_plans import (
    BOOK,
    Search,
    appointment_of,
    cancel_step,
    chosen_slot,
    offering,
    practitioner_of,
    schedule_days,
    schedule_named,
    search_for,
    slot_step,
)
from actions.visit_words import (
    cancel_details,
    moment_of,
    move_details,
    others,
    resources,
    visit_details,
    visit_row,
    visit_words,
)
from security.errors import Refused

_GONE = frozenset({"slot_taken", "too_late", "not_found"})


class VisitAction(RequestAction):
    """A request that ends with a free time being taken."""

    slots: ClassVar[str] = "healthcare.list_slots"

    @abstractmethod
    def wanted(self, details: Details, options: Any) -> Search | Ask | Stop:
        """Return which free times to look for, or what has to be asked first."""

    def taking(self, step: Do, details: Details, options: Any) -> Do:
        """Return the write that takes a free time."""
        return step

    def plan(self, details: Details, options: Any) -> Step:
        """Not asked: the next step needs free times as well."""
        raise NotImplementedError

    async def answer(self, before: Request, dispatcher: Dispatcher, tracker: Tracker) -> Events:
        """Go on; whoever names another day each time is not stuck."""
        if self.details(said_by(tracker, before.asked)):
            before = replace(before, tries=-1)
        return await super().answer(before, dispatcher, tracker)

    async def next_step(self, details: Details, options: Any, ticket: str) -> Step:
        """Look for free times, and look further where there are none then."""
        with making_sense(self.name):
            search = self.wanted(details, options)
            chosen = chosen_slot(details)
            if isinstance(search, Stop) or (isinstance(search, Ask) and search.asked != "slot"):
                return search
            if chosen is not None:
                return self.taking(chosen, details, options)
            if isinstance(search, Ask):
                return search
        slots = await self._free(search.arguments, ticket)
        if slots:
            with making_sense(self.name):
                step = slot_step(details, search, slots)
                return self.taking(step, details, options) if isinstance(step, Do) else step
        slots = await self._free(search.wider(), ticket)
        with making_sense(self.name):
            return offering(without(details, "day", "time"), slots, "utter_visit_none_then")

    async def not_done(self, code: str, request: Request, ticket: str) -> Reply:
        """Offer the next free times where somebody was faster, or the time has passed."""
        left = without(request.details, "slot", "start", "place")
        if code in LATER:
            return refusal(code), keep(replace(request, details=left))
        if code not in _GONE:
            return self.refused(code, request)
        slots = await self._free({"limit": 5}, ticket)
        with making_sense(self.name):
            step = offering(without(left, "day", "time"), slots, "utter_visit_taken")
        return self._said(request, replace(step, values={"refused": code}))

    async def _free(self, arguments: Mapping[str, Any], ticket: str) -> list[Any]:
        found = await self._security.invoke(ticket, self.slots, arguments, self.name)
        with making_sense(self.name):
            return resources(found)


class BookingAction(VisitAction):
    """A new appointment: with whom, and when."""

    def details(self, said: Said) -> Details:
        """Take day, time and practitioner from the words."""
        return visit_details(said)

    def wanted(self, details: Details, options: Any) -> Search | Ask | Stop:
        """Look in the calendar of one practitioner, or of all."""
        who = practitioner_of(details, options)
        if isinstance(who, Ask):
            return who
        return search_for(details, moment_of(options["timestamp"]), who)


class MovingAction(VisitAction):
    """An appointment that is moved: which, and to when, with the same practitioner."""

    def details(self, said: Said) -> Details:
        """Take the new time from the words, and which appointment is meant."""
        return move_details(said)

    def wanted(self, details: Details, options: Any) -> Search | Ask | Stop:
        """Find the appointment, then look in its practitioner's calendar."""
        visit = appointment_of(details, options)
        if isinstance(visit, Ask | Stop):
            return visit
        who = visit["participant"][1]["actor"]["reference"].removeprefix("Practitioner/")
        return search_for(details, moment_of(options["timestamp"]), who)

    def taking(self, step: Do, details: Details, options: Any) -> Do:
        """Name the appointment that is moved."""
        visit = appointment_of(details, options)
        if isinstance(visit, Ask | Stop):
            raise LookupError("an appointment that is not there")
        return Do({"appointment": visit["id"], **step.arguments})


class CancellingAction(RequestAction):
    """An appointment that is cancelled, once the person has said that they are sure."""

    def details(self, said: Said) -> Details:
        """Take from the words which appointment is meant."""
        return cancel_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Find the appointment, then ask whether they are sure."""
        visit = appointment_of(details, options)
        return visit if isinstance(visit, Ask | Stop) else cancel_step(details, visit)


class ScheduleAction(ProtectedAction):
    """The appointments of a patient; or, for staff who have none, those of the clinic."""

    staff: ClassVar[str]
    """The operation for staff."""

    @property
    def operations(self) -> frozenset[str]:
        """Both."""
        return frozenset({self.operation, self.staff})

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Ask for one's own; whoever is no patient is asked about as staff."""
        try:
            ticket = ticket_of(tracker)
            say = await self._shown(ticket, said_by(tracker))
        except Refused as refused:
            say = refusal(refused.code)
        say.send(dispatcher)
        return []

    async def _shown(self, ticket: str, said: Said) -> Say:
        try:
            result = await self._security.invoke(ticket, self.operation, {}, self.name)
        except Refused as refused:
            if refused.code != "no_record":
                raise
            asked = schedule_days(said.text)
            result = await self._security.invoke(ticket, self.staff, asked, self.name)
            with making_sense(self.name):
                named = schedule_named(said, moment_of(result["timestamp"]))
            if named:
                result = await self._security.invoke(ticket, self.staff, named, self.name)
        return self.rendered(result)


def say_schedule(result: Any, say: Say) -> None:
    """Name the next appointment; the card shows them, and words say how to see what it cannot."""
    visits, total = resources(result), result["total"]
    if not visits:
        say("utter_no_appointments", None, [BOOK])
        return
    several = "utter_appointments" if len(visits) > 1 else "utter_appointment"
    if total > len(visits):
        several = "utter_appointments_many"
    words = {**visit_words(visits[0]), "count": str(total), "shown": str(len(visits))}
    say(several, visits_card(visits), **words)


def visits_card(visits: list[Any]) -> Card:
    """Return the card of appointments."""
    return {"kind": "appointments", "rows": [visit_row(one) for one in visits]}


def visit_receipt(title: str, visit: Mapping[str, Any]) -> Card:
    """Return what was booked, moved or cancelled."""
    row = visit_row(visit)
    lines = [
        {"label": "When", "value": f"{moment_of(visit['start']):%A, %d %B %Y}"},
        {"label": "At", "value": f"{row['time']} to {row['until']}"},
        {"label": "With", "value": others(visit)[1]},
    ]
    return {"kind": "receipt", "title": title, "rows": lines}
