"""Whose record is meant: one's own, or that of a patient in one's care.

Who names nobody is shown their own. Where they have none, as a physician, they are asked whose
is meant. Who names somebody is asked nothing: security and the clinic say whether they may.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from actions.base import Events, Tracker, refusal, ticket_of
from actions.flow import Ask, Do, RequestAction, Step, Stop
from actions.names import word_set
from actions.requests import Details, Said, open_request, said_by, without
from actions.speech import Choice, Dispatcher
from actions.visit_words import resources
from security.errors import Refused

OWN = "own_access"
_OFFERED = 15
_NAMED = re.compile(
    r"\b(?:of|for|about|on|does|is|has|patient|into)\s+(?:the\s+)?(?:patient\s+)?"
    r"([^\W\d_]+(?:\s+[^\W\d_]+){0,2}|[a-z]{2}-\d{5})",
)
_POSSESSIVE = re.compile(r"\b([^\W\d_]+(?:\s+[^\W\d_]+)?)['’]s?(?=\s)")
_NUMBER = re.compile(r"\b[a-z]{2}-\d{5}\b")
_NOBODY = word_set(
    "a about access after again all am an and any are as ask at be been before bill blood "
    "body by call can care chart check checks child cholesterol choose clinic could data "
    "date dates day diabetes did do doctor doctors does dose dr drug drugs each emergency "
    "ever every file find first follow for from full get give glass go got had has have "
    "health help her here hers him his history how i i'm if in into is it it's its just "
    "kidney know lab labs last latest let like list liver look lookup made me med medical "
    "medication medications medicine medicines meds mine month months my myself need new "
    "next no not now of ok on one open or order our out patient patients pills please "
    "prescribed prescription prescriptions print pull pulled read reading record records "
    "result results s say screening see send should show some someone sugar summary take "
    "taking tell test tests thanks that that's the their them there these they this thyroid "
    "time to today tomorrow trouble up update urine us vitals vitamin want was week weeks "
    "what what's when where which who whole why will with work would x-ray year years "
    "yesterday you your yours"
)


def patient_details(said: Said) -> Details:
    """Return whom the words name."""
    if said.chosen:
        return dict(said.chosen)
    text = " ".join(said.text.lower().split())
    if found := _NUMBER.search(text):
        return {"patient": found.group().upper()}
    named = [_name(hit.group(1), last=True) for hit in _POSSESSIVE.finditer(text)]
    named += [_name(hit.group(1)) for hit in _NAMED.finditer(text)]
    if said.asked == "patient":
        named.append(_name(re.sub(r"[^\w\s'-]", " ", text)))
    name = next((each for each in named if each), None)
    return {"patient": name} if name else {}


def _name(words: str, *, last: bool = False) -> str | None:
    """Return the run of words that are no everyday ones: at the beginning, or at the end."""
    parts = words.split()[::-1] if last else words.split()
    kept: list[str] = []
    for part in parts:
        if part in _NOBODY or len(kept) == 3:
            break
        kept.append(part)
    name = " ".join(kept[::-1] if last else kept)
    return name[:64].title() if name else None


class PatientAction(RequestAction):
    """A view of a record; `operation` finds the patient, `writes` (here a read) shows them."""

    operation = "healthcare.list_patients"
    purpose = "treatment"
    own: ClassVar[str]
    """The operation that shows one's own."""

    @property
    def operations(self) -> frozenset[str]:
        """One's own as well."""
        return super().operations | {self.own}

    async def run(self, dispatcher: Dispatcher, tracker: Tracker, domain: object) -> Events:
        """Show one's own where nobody is named; whoever has none is asked whose."""
        before = open_request(tracker)
        ours = before is not None and before.action == self.name
        if ours or self.details(said_by(tracker)):
            return await super().run(dispatcher, tracker, domain)
        try:
            ticket = ticket_of(tracker)
            result = await self._security.invoke(ticket, self.own, {}, self.name, OWN)
            say = self.rendered(result)
        except Refused as refused:
            if refused.code == "no_record":
                return await super().run(dispatcher, tracker, domain)
            say = refusal(refused.code)
        say.send(dispatcher)
        return []

    def details(self, said: Said) -> Details:
        """Take the patient from the words."""
        return patient_details(said)

    def asks(self, details: Details) -> dict[str, Any]:
        """Look for the one who is named."""
        return {"name": details["patient"]} if "patient" in details else {}

    def plan(self, details: Details, options: Any) -> Step:
        """Show the one that there is; ask which where there are several."""
        found = resources(options)
        chosen = [one for one in found if one["id"] == details.get("patient_id")]
        if len(chosen) == 1 or ("patient" in details and len(found) == 1):
            return Do({"patient": (chosen or found)[0]["id"]})
        if not found:
            return Stop("utter_no_patients")
        many = options["total"] > _OFFERED
        choices = [
            Choice(f"{one['name'][0]['text']}, born {one['birthDate']}", "answer", _meant(one))
            for one in found[:_OFFERED]
        ]
        response = "utter_ask_patient_many" if many else "utter_ask_patient"
        words = {"count": str(options["total"])}
        return Ask("patient", response, without(details, "patient"), choices, words)


def _meant(one: Any) -> dict[str, str]:
    return {"patient_id": one["id"]}
