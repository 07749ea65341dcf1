"""When factors and passwords may be changed, and what can be a number or an address: pure rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers

from security.model import ChangeKind, Method

PASSWORD_GOOD_FOR = timedelta(minutes=5)
"""How long a password that was typed again allows one change (ASVS 7.5.1)."""

NEWCOMER = timedelta(days=14)
"""How long somebody whom an administrator added, or reset, may enrol their first strong factor."""

RECOVERED = timedelta(hours=24)
"""How long somebody may enrol anew who has come through recovery without their factors."""

GUESSES = 5
"""How many codes a new factor may get wrong before its change is void."""

METHOD_OF: dict[ChangeKind, Method] = {
    "totp": "totp",
    "phone": "sms",
    "email": "email",
    "recovery": "recovery",
    "passkey": "passkey",
    "push": "push",
}
"""Which factor a change adds."""

STRONG: tuple[Method, ...] = ("passkey", "totp", "push", "sms")
"""The factors of which a person keeps one, and whose enrolment is complete."""


@dataclass(frozen=True)
class There:
    """A factor that a person has; `since` is None for one that was there from the first."""

    since: datetime | None


def leads_to_enrolment(method: str | None, may_enrol_until: datetime | None, now: datetime) -> bool:
    """Tell whether a sign-in completed by `method` (None: the password alone) may enrol factors.

    A recovery code and a person without any factor lead there always; a code by text or mail only
    for as long as the person is new, reset or recovered: later on, who reads a mailbox and knows
    the password must not reach aal2 with them (ASVS 6.6.1).
    """
    if method in (None, "recovery"):
        return True
    return may_enrol_until is not None and now < may_enrol_until


_MOST_OF_A_NUMBER = 40
_NUMBER = re.compile(r"\+[0-9][0-9 ()./-]*")
_MOST_OF_AN_ADDRESS = 254
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])"
)
_EXPENSIVE = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)


@dataclass(frozen=True)
class Enrolment:
    """What lets a session add factors: until when, by what the person came in, and when.

    `came_by` is the method that completed the sign-in, None for the password alone.
    """

    until: datetime | None
    came_by: str | None
    signed_in_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Tell whether factors may be added now without another proof."""
        return self.until is not None and now < self.until

    def covers(self, kind: ChangeKind, there: There | None, now: datetime) -> bool:
        """Tell whether this change needs no other proof; `there` is the factor it replaces.

        Enrolment adds; it never removes, nor touches the password. It replaces a factor only
        where the person came in by a recovery code and the factor was there before: who comes
        in by the password alone had none, so any that is there by now is not theirs to replace.
        """
        if kind not in METHOD_OF or not self.is_open(now):
            return False
        if there is None:
            return True
        if there.since is not None and (
            self.signed_in_at is None or there.since >= self.signed_in_at
        ):
            return False
        return self.came_by == "recovery"


def telephone_number(text: str) -> str | None:
    """Return a number in E.164, or None where it cannot be one that gets messages.

    It starts with + and a country code. Numbers that make their callers pay are refused.
    """
    if len(text) > _MOST_OF_A_NUMBER or not _NUMBER.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if not (phonenumbers.is_possible_number(number) and phonenumbers.is_valid_number(number)):
        return None
    if phonenumbers.number_type(number) in _EXPENSIVE:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def mail_address(text: str) -> str | None:
    """Return a mail address, its domain in small letters, or None where it is not a plain one.

    Plain is what RFC 5321 allows without quotes: ASCII, one @, no control character, no space.
    """
    if len(text) > _MOST_OF_AN_ADDRESS or not _ADDRESS.fullmatch(text):
        return None
    name, _, domain = text.rpartition("@")
    if name.startswith(".") or name.endswith(".") or ".." in name:
        return None
    return f"{name}@{domain.lower()}"
