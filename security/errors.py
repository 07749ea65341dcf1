"""Every refusal has a stable code, a status and a sentence that says what to do next.

The sentence is for the person; it tells an attacker nothing that the status does not. Errors
travel as RFC 9457 problems, so gateway and actions see the same codes as security raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What one code means: the HTTP status, and what to tell the person."""

    status: int
    sentence: str


KINDS: Mapping[str, Kind] = {
    # Callers and input.
    "unknown_caller": Kind(401, "This caller is not known here."),
    "invalid_request": Kind(422, "This request is not well formed."),
    "invalid_arguments": Kind(422, "Something in this request is missing or not valid."),
    "not_found": Kind(404, "There is nothing here."),
    "rate_limited": Kind(429, "That was a lot at once. Please wait a minute and try again."),
    # Sessions.
    "session_expired": Kind(401, "Your session has ended. Please reload the page to start again."),
    "csrf_failed": Kind(403, "This page is out of date. Please reload it."),
    "unknown_tenant": Kind(422, "We do not know this organisation. Please choose one of the list."),
    "unknown_session": Kind(404, "This sign-in has ended already."),
    # Sign-in and challenges.
    "invalid_credentials": Kind(401, "That user name or password is not right. Please try again."),
    "unknown_challenge": Kind(404, "This request for a code is not open here. Please start again."),
    "unknown_method": Kind(422, "This way of proving who you are is not available here."),
    "passkey_refused": Kind(
        401, "This passkey could not be used here. Please try again, or choose another way."
    ),
    "device_refused": Kind(
        401,
        "This device is not known here any more. Please enrol it on your security page again.",
    ),
    "unknown_push": Kind(404, "There is nothing here for this device to confirm."),
    "wrong_number": Kind(
        401, "That is not the number on the other screen. Please check it and try again."
    ),
    "not_answered_yet": Kind(
        409, "Your device has not confirmed this yet. Please look at it and type the number there."
    ),
    "wrong_code": Kind(401, "That code is not right. Please check it and try again."),
    "expired": Kind(410, "This request for a code has expired. Please start again."),
    "entry_required": Kind(422, "Something is still missing here. Please fill in every field."),
    "entry_invalid": Kind(
        422, "This does not have the right form. Please follow the hint beside the field."
    ),
    "entry_guessable": Kind(
        422,
        "This is too easy to guess: no sequence, no repeated digits, no year, and not the number "
        "on the card. Please choose another one. Your code has not been used up.",
    ),
    "code_unchecked": Kind(
        503,
        "Your code could not be checked just now, and it was not counted. Please try once more, "
        "ask for a new code, or choose another way.",
    ),
    "locked": Kind(429, "Too many wrong codes. Please wait a while before you try again."),
    "too_many_codes": Kind(
        429, "Too many codes have been sent. Please use another way, or try again later."
    ),
    # Factors, passwords, recovery.
    "reauthentication_required": Kind(401, "Please type your password once more."),
    "no_way_to_confirm": Kind(
        403, "You need a stronger way to confirm this. Please use a recovery code or recovery."
    ),
    "unknown_authenticator": Kind(404, "This way of proving who you are is not there any more."),
    "unknown_change": Kind(404, "This change is not open here. Please start it again."),
    "last_authenticator": Kind(
        409, "You need one app or phone number to confirm with. Please add another one first."
    ),
    "too_many_passkeys": Kind(
        409, "You have as many passkeys as there may be. Please remove one first."
    ),
    "too_many_devices": Kind(
        409, "You have as many devices as there may be. Please remove one first."
    ),
    "method_off": Kind(403, "Your organisation does not use this way. Please choose another one."),
    "weak_password": Kind(422, "This password is too easy to guess. Please choose a longer one."),
    "invalid_address": Kind(422, "This number or address cannot be used. Please check it."),
    "recovery_waiting": Kind(
        409, "To protect you, recovery takes some time. Please open the link again later."
    ),
    # Chats inside other sites.
    "vouching_refused": Kind(
        401, "This site could not tell us who you are. You can go on without, or open the chat."
    ),
    # Single sign-on.
    "unknown_provider": Kind(404, "Nobody signs in this way here. Please choose another way."),
    "sso_refused": Kind(401, "You could not be signed in there. Please try again."),
    "sso_unlinked": Kind(
        403,
        "That account is not linked to one here. Please sign in another way, and link it at "
        "Security.",
    ),
    "sso_too_weak": Kind(
        401, "For this, please sign in there with a second factor, or choose another way."
    ),
    "sso_taken": Kind(409, "That account is linked to somebody here already."),
    "sso_unavailable": Kind(
        503, "The sign-in of your organisation does not answer. Please choose another way."
    ),
    "logout_refused": Kind(400, "This sign-out is not one of a provider of ours."),
    # Webhooks.
    "invalid_signature": Kind(403, "This request is not signed by the service that it is of."),
    "replayed": Kind(409, "This message has arrived before."),
    # Administration.
    "unknown_person": Kind(404, "There is nobody of this name in this organisation."),
    "name_mistakable": Kind(
        409, "Somebody here has a user name that looks just like this one. Please choose another."
    ),
    "own_account": Kind(
        403, "Nobody administers their own account. Another administrator has to do this."
    ),
    "sign_in_too_weak": Kind(
        403, "For this page, sign in with an authenticator app, a passkey or a texted code."
    ),
    "unknown_action": Kind(404, "This is not open any more. Please look at the list again."),
    "person_disabled": Kind(409, "This person is disabled. Let them in again first."),
    "already_so": Kind(409, "This is so already. Please look at the list again."),
    "not_invited": Kind(409, "This person has no invitation to send again. Please reset instead."),
    "second_admin_missing": Kind(
        409,
        "This needs a second administrator, and you are the only one. Whoever runs Gatehouse can "
        "do it with `gatehouse users`, or add another administrator there.",
    ),
    "too_many_records": Kind(
        422,
        "There are more records than one file holds. Please choose a shorter time, or a filter.",
    ),
    "unknown_alert": Kind(404, "This alert is not there. Please look at the list again."),
    "own_alert": Kind(403, "This alert is about you. Another auditor has to look after it."),
    "tenant_taken": Kind(409, "There is an organisation of this name already."),
    "tenant_disabled": Kind(409, "This organisation is disabled. Enable it first."),
    "name_taken": Kind(409, "There is somebody of this name in this organisation already."),
    # Turns.
    "unknown_choice": Kind(422, "This choice is no longer open. Please ask again."),
    "in_progress": Kind(409, "This message is already being answered."),
    "turn_over": Kind(401, "This turn is over."),
    # The guard.
    "authentication_required": Kind(401, "Please sign in first."),
    "step_up_required": Kind(401, "Please confirm that it is still you."),
    "step_up_impossible": Kind(
        403, "You need another way to prove who you are for this. Please add one."
    ),
    "confirmation_required": Kind(401, "Please check the details and confirm them."),
    "full_page_required": Kind(403, "For this, please open the chat in a window of its own."),
    "forbidden": Kind(403, "You cannot do that with this account."),
    "consent_required": Kind(
        403, "This person has not allowed it, or does no longer. Please ask them to."
    ),
    "entry_lost": Kind(
        409, "What you typed into the panel is gone, so nothing was changed. Please ask again."
    ),
    "nothing_pending": Kind(409, "There is nothing waiting for you."),
    "api_unavailable": Kind(502, "This service does not answer right now. Please try later."),
    "api_invalid": Kind(502, "This service gave an answer that we could not use."),
    "api_refused": Kind(422, "This service refused the request. Nothing has been changed."),
    "insufficient_funds": Kind(422, "There is not enough money in this account."),
    "limit_exceeded": Kind(422, "This is more than may be paid at once."),
    "account_frozen": Kind(
        409, "This account is frozen: nothing can be paid from it until it is unfrozen."
    ),
    "frozen_by_bank": Kind(
        409, "The bank froze this account. Please call the bank to have it opened again."
    ),
    "payee_mistakable": Kind(
        409, "You have a payee who looks just like this one. Please give this one another name."
    ),
    "card_blocked": Kind(409, "This card is blocked for good. Nothing has been changed."),
    "details_changed": Kind(409, "The details have changed meanwhile. Please start again."),
    "link_expired": Kind(
        410, "This link has been used, or its time is over. Please ask for it again in the chat."
    ),
    "no_record": Kind(403, "There is no record of yours here."),
    "not_a_manager": Kind(403, "There is nobody whose leave is yours to decide."),
    "not_at_desk": Kind(403, "This is for the people of the desk alone."),
    "already_decided": Kind(409, "This has been decided already. Please look at the list again."),
    "dates_overlap": Kind(409, "You have leave on these days already. Please choose others."),
    "day_is_over": Kind(422, "This day is over. Please choose another one."),
    "no_working_day": Kind(422, "Nobody works on these days. Please choose others."),
    "too_far_ahead": Kind(422, "This is too long, or too far ahead. Please choose other days."),
    "not_enough_days": Kind(422, "There are not enough days left. Please ask for fewer."),
    "not_in_care": Kind(403, "This patient is not in your care."),
    "not_needed": Kind(409, "This patient is in your care: you can see their record already."),
    "slot_taken": Kind(409, "Somebody else has just taken this time. Please choose another one."),
    "visit_overlaps": Kind(
        409, "You have another appointment at this time. Please choose another."
    ),
    "too_many_visits": Kind(409, "You have many appointments already. Please cancel one first."),
    "too_late": Kind(422, "It is too late for this. Nothing has been changed."),
    "in_doubt": Kind(
        409,
        "We do not know yet whether this was done. We are finding out; please do not repeat it.",
    ),
    "security_unavailable": Kind(503, "We cannot check this safely right now. Please try later."),
}


class Refused(Exception):
    """A request that security refuses; `code` is a key of `KINDS`."""

    def __init__(self, code: str, /, **details: Any) -> None:
        if code not in KINDS:
            raise ValueError(f"undeclared refusal code: {code}")
        super().__init__(code)
        self.code = code
        self.details = details

    @property
    def status(self) -> int:
        """The HTTP status of this refusal."""
        return KINDS[self.code].status

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return KINDS[self.code].sentence

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 problem document, with `code` and any details."""
        return {
            "type": "about:blank",
            "title": self.sentence,
            "status": self.status,
            "code": self.code,
            **self.details,
        }


@dataclass(frozen=True)
class Needed:
    """What proof would be enough (RFC 9470 section 3).

    `max_age` is the age in whole seconds at which a proof is too old, 0 where each time needs its
    own, None where any proof of the session will do.
    """

    acr_values: str
    max_age: int | None = None


def needed_by(refused: Refused) -> Needed | None:
    """Return what a refusal says would be enough; None where it is no matter of proof."""
    level, age = refused.details.get("acr_values"), refused.details.get("max_age")
    if not isinstance(level, str) or not level:
        return None
    return Needed(level, age if type(age) is int and age >= 0 else None)


def refusal_of(problem: Mapping[str, Any]) -> Refused:
    """Rebuild the refusal that a problem document carries; an unknown code fails closed."""
    standard = {"type", "title", "status", "code", "detail", "instance", "self"}
    code = problem.get("code")
    if not isinstance(code, str) or code not in KINDS:
        return Refused("security_unavailable")
    return Refused(code, **{key: value for key, value in problem.items() if key not in standard})
