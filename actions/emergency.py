"""Emergency access: whose record, for which reason, and why, each asked for before it is opened.

The words of the reason go to the clinic, which seals them into the record; nothing of the
conversation keeps them once it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions.base import Reply
from actions.flow import Ask, Do, RequestAction, Step
from actions.lines import one_line
from actions.patients import patient_details
from actions.requests import Details, Request, Said, without
from actions.speech import Choice

SHORTEST, LONGEST = 10, 500
"""How many characters a reason has."""
CODES: Mapping[str, tuple[str, str]] = {
    "emergency_treatment": ("I treat them in an emergency", "emergency treat urgent acute life"),
    "cover_for_colleague": ("I stand in for a colleague", "cover stand colleague duty behalf"),
    "patient_asked": ("The patient asked me to", "asked ask request requested consent wants"),
}
"""The codes of the clinic: their words on a choice, and words that mean them."""


class EmergencyAction(RequestAction):
    """One record, opened for a while. What is read first says whether the person may at all."""

    operation, writes = "healthcare.list_emergency_accesses", "healthcare.open_emergency_access"
    purpose = "emergency"

    def details(self, said: Said) -> Details:
        """Take the answer to what was asked; at first, whom it is about."""
        if said.chosen:
            return dict(said.chosen)
        text = one_line(said.text)
        if said.asked == "reason":
            return {"reason": text} if text else {}
        if said.asked == "code":
            code = _code_in(text)
            return {"code": code} if code else {}
        return patient_details(said)

    def plan(self, details: Details, options: Any) -> Step:
        """Ask whose record, then the kind of reason, then the reason in a sentence."""
        if "patient" not in details:
            return Ask("patient", "utter_emergency_patient", details)
        if details.get("code") not in CODES:
            choices = [
                Choice(words, "answer", {"code": code}) for code, (words, _) in CODES.items()
            ]
            return Ask("code", "utter_emergency_code", without(details, "code"), choices)
        reason = details.get("reason")
        if reason is None:
            return Ask("reason", "utter_emergency_reason", details)
        if not SHORTEST <= len(reason) <= LONGEST:
            return Ask("reason", "utter_emergency_reason_length", without(details, "reason"))
        return Do({name: details[name] for name in ("patient", "code", "reason")})

    async def not_done(self, code: str, request: Request, ticket: str) -> Reply:
        """Ask for the patient again where there is none of that name."""
        if code != "not_found":
            return self.refused(code, request)
        left = without(request.details, "patient")
        step = Ask("patient", "utter_emergency_unknown", left, (), {"refused": code})
        return self._said(replace(request, asked=None), step)


def record_choices(result: Mapping[str, Any]) -> list[Choice]:
    """Return what can be looked at in a record that has been opened."""
    patient = {"patient_id": result["patient"]["reference"].removeprefix("Patient/")}
    return [
        Choice("Show the record", "patient_record", patient),
        Choice("Lab results", "lab_results", patient),
        Choice("Medicines", "medications", patient),
    ]


def _code_in(text: str) -> str | None:
    said = set(text.lower().replace(".", " ").replace(",", " ").split())
    found = [
        code
        for code, (_, words) in CODES.items()
        if any(word.startswith(tuple(words.split())) for word in said)
    ]
    return found[0] if len(found) == 1 else None
