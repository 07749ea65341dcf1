"""Codes and PINs typed into the chat: they are taken out before anything else sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from security.audit.record import Tag
from security.challenges.said import (
    may_hold_secrets,
    without_codes,
    without_entries,
    without_pins,
)
from security.core import Core
from security.embedding import CHANNEL as EMBEDDED
from security.monitor.hostile import hostile_form
from security.services.challenges import is_open, is_open_elsewhere
from security.services.entering import is_filling_in
from security.services.session_rows import record
from security.unlocking import CHANNEL as TEXTED

_CODE = "That looked like a code, so I took it out without reading it. "
_PIN = "That looked like a PIN, so I took it out without reading it. "
_CODE_ANSWERS = {
    "web": _CODE + "Please type codes into the panel only, never into the chat.",
    "sms": _CODE + "Please send the code alone, with no other words, or type it on the web page.",
    "embed": _CODE + "Please type codes only after you have opened the chat in its own window.",
}
_PIN_ANSWERS = {
    "web": _PIN + "Please never type a PIN into the chat: say “change my PIN”, and choose the new "
    "one in the secure panel.",
    "sms": _PIN + "Please never send a PIN by message. You can choose a new one on the web page.",
    "embed": _PIN + "Please never type a PIN into the chat: open the chat in its own window, and "
    "choose the new one in the secure panel there.",
}


@dataclass(frozen=True)
class TakenOut:
    """What is left of somebody's words, and what they are told."""

    rest: str
    answer: str


def note_hostile(
    core: Core, connection: Connection, session: Any, said: str | None, now: datetime
) -> None:
    """Put it on the trail where words have the form of an attack: which form, and no word."""
    form = hostile_form(said) if said is not None else None
    if form is not None:
        with Session(connection) as store:
            record(core, store, Tag.TEXT_HOSTILE, session, now, form)


def taken_out(
    core: Core, connection: Connection, session: Any, said: str | None, now: datetime
) -> TakenOut | None:
    """Return what to do where words hold a code or a PIN (ASVS 16.2.5), None where they do not.

    A PIN is looked for wherever words speak of one; bare digits only while something like them is
    asked for.
    """
    if said is None or not may_hold_secrets(said):
        return None
    if (rest := without_pins(said)) != said:
        return _taken(rest, _PIN_ANSWERS, session)
    with Session(connection) as store:
        if not _is_asked_for(store, session, now):
            return None
        if (rest := without_codes(said)) != said:
            return _taken(rest, _CODE_ANSWERS, session)
        rest = without_entries(said)
        if rest != said and is_filling_in(core, store, session.id, now):
            return _taken(rest, _PIN_ANSWERS, session)
    return None


def _is_asked_for(store: Session, session: Any, now: datetime) -> bool:
    """Tell whether a code may be meant: outside the page, also one that the page asks for."""
    if session.channel in (EMBEDDED, TEXTED):
        return is_open_elsewhere(store, session.person_id, now)
    return is_open(store, session.id, now)


def _taken(rest: str, answers: Mapping[str, str], session: Any) -> TakenOut:
    return TakenOut(rest, answers.get(session.channel, answers["web"]))
