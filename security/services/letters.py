"""The words of what is sent to people: pure functions, one a letter.

An SMS stays in the characters of GSM-7 and within two segments, and never asks for an answer:
words such as CANCEL or STOP would sign the number off at the carrier. What a person has
written themselves is made safe before it gets into a letter, so that nobody can forge a line
that a phone would take for the code of this origin.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote, urlsplit

import orjson

from security.sms.gsm import MAX_SMS_UNITS, cut, for_sms, units

Channel = Literal["sms", "email", "push"]

_BINDING, _VALUE, _NAME = 120, 60, 30
_METHODS: Mapping[str, str] = {
    "passkey": "A passkey",
    "totp": "An authenticator app",
    "push": "A device for confirmations",
    "sms": "A telephone number for codes",
    "email": "A mail address for codes",
    "recovery": "A set of recovery codes",
}


@dataclass(frozen=True)
class Letter:
    """One message to one number or address, over one channel."""

    channel: Channel
    kind: Literal["code", "notice", "recovery", "answer", "push"]
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    by_service: bool = False
    """A service makes the code, sends it in its own words and keeps it; `subject` is who asks."""


@dataclass(frozen=True)
class Notice:
    """What a person is told over every channel that they have."""

    subject: str
    text: str


def code_letter(channel: str, to: str, code: str, binding: str, public_url: str) -> Letter:
    """Return the letter with a code and what it approves, for example a payment.

    The last line of an SMS binds the code to our origin: a phone fills it in there only
    (WICG, Origin-bound one-time codes).
    """
    host = _host(public_url)
    what = safe(binding, _BINDING)
    if channel == "sms":
        last = f"\n\n@{host} #{code}"
        words = f"{code} is your code for: {what}. Type it on {host} only. Tell it to nobody."
        text = cut(for_sms(words), MAX_SMS_UNITS - units(last)) + last
        return Letter("sms", "code", to, "", text)
    text = (
        f"Your code is {code}\n\nIt is for: {what}\n\n"
        f"Type it on {public_url} only, and tell it to nobody. It works once, for a few minutes."
        "\nIf you did not ask for it, somebody may know your password: please change it.\n"
    )
    return Letter("email", "code", to, f"Your code for {host}", text)


def service_letter(to: str, name: str) -> Letter:
    """Return the request for a code that a service makes, sends and keeps; `name` asks for it."""
    return Letter("sms", "code", to, safe(name, _NAME), "", by_service=True)


def recovery_letter(to: str, token: str, public_url: str) -> Letter:
    """Return the mail with a link that leads back into an account."""
    text = (
        "Somebody, hopefully you, has asked to get back into your account.\n\n"
        f"Open this link to choose a new password:\n{public_url}/security#recover="
        f"{quote(token, safe='')}\n\nThe page tells you if you have to wait first. If it was not "
        f"you, sign in at {public_url}: that stops it. Nothing changes unless the link is used.\n"
    )
    return Letter("email", "recovery", to, "Getting back into your account", text)


def new_device_notice(device: str, at: datetime, public_url: str) -> Notice:
    """Tell of a sign-in with a browser that is not known yet."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    what = f"Somebody signed in to your account with a new device: {safe(device, _VALUE)}, {moment}"
    return _notice("Sign-in with a new device", what, public_url)


def factor_added_notice(method: str, public_url: str) -> Notice:
    """Tell of a new factor, or of one that took another's place."""
    what = f"{_METHODS.get(method, 'A way to sign in')} has been added to your account"
    return _notice("A way to sign in was added", what, public_url)


def factor_removed_notice(method: str, public_url: str) -> Notice:
    """Tell of a factor that is gone."""
    what = f"{_METHODS.get(method, 'A way to sign in')} has been removed from your account"
    return _notice("A way to sign in was removed", what, public_url)


def linked_notice(provider: str, public_url: str) -> Notice:
    """Tell of an account at a provider that signs in here from now on."""
    what = f"Your account at {safe(provider, _VALUE)} has been linked: it signs you in from now on"
    return _notice("A way to sign in was added", what, public_url)


def unlinked_notice(provider: str, public_url: str) -> Notice:
    """Tell of an account at a provider that signs in here no more."""
    what = f"Your account at {safe(provider, _VALUE)} is no longer linked to your account here"
    return _notice("A way to sign in was removed", what, public_url)


def passkey_copied_notice(name: str, public_url: str) -> Notice:
    """Tell of a passkey of which there seem to be two."""
    what = f"Your passkey “{safe(name, _VALUE)}” seems to have been copied, and was refused"
    return _notice("A passkey was refused", what, public_url)


def push_letter(device: str, binding: str, public_url: str) -> Letter:
    """Return what the demo's outbox shows of a push: no number, that stands on another screen."""
    text = (
        f"Please confirm on this device: {safe(binding, _BINDING)}. "
        f"Open {public_url}/push on it and type the number that you see where you asked for this."
    )
    return Letter("push", "push", device, "", text)


def push_text(push_id: str, binding: str) -> str:
    """Return what is pushed, as JSON: a locked screen shows no more of it than of a text.

    The rows of what is approved are on the page, which the device opens to confirm.
    """
    return orjson.dumps({"id": push_id, "binding": safe(binding, _BINDING)}).decode()


def push_denied_notice(device: str, binding: str, public_url: str) -> Notice:
    """Tell that a push was answered by "this was not me"."""
    what = (
        f"“This was not me” was answered on your device “{safe(device, _VALUE)}” to: "
        f"{safe(binding, _BINDING)}. Nothing was done. Somebody may know your password: please "
        "change it"
    )
    return _notice("Somebody asked for your confirmation", what, public_url)


def push_silent_notice(device: str, public_url: str) -> Notice:
    """Tell that nothing can be sent to a device any more."""
    what = (
        f"Your device “{safe(device, _VALUE)}” takes no notifications of ours any more. It can "
        f"still confirm at {public_url}/push; enrol it again to be notified"
    )
    return _notice("A device is not notified any more", what, public_url)


def password_notice(public_url: str) -> Notice:
    """Tell of a new password."""
    return _notice("Your password was changed", "Your password has been changed", public_url)


def erasure_notice(public_url: str) -> Notice:
    """Say good-bye: the last message that this person gets."""
    return Notice(
        "Your data is being deleted",
        "You have asked for your account and your data to be deleted. It is done within ten minutes"
        " and cannot be undone. What the law makes us keep was named when you asked. If this was"
        f" not you, call {_host(public_url)} at once",
    )


def copy_notice(public_url: str) -> Notice:
    """Tell that a copy of all of their data was taken: also whoever did not take it."""
    what = "A copy of all your data was downloaded with your account"
    return _notice("A copy of your data was downloaded", what, public_url)


def silence_notice(public_url: str) -> Notice:
    """Tell by other ways that no text reaches the person any more: numbers can be forged."""
    what = (
        "STOP has been sent from your number, so no text message goes there: no code, no warning. "
        "START, sent from it, brings them back"
    )
    return _notice("No more text messages", what, public_url)


def recovery_notice(public_url: str) -> Notice:
    """Tell that somebody has asked to get back into the account, while it can be stopped."""
    what = "Somebody has asked to get back into your account without its password or factor"
    return _notice("Somebody asked to recover your account", what, public_url)


def payee_notice(name: str, number: str, public_url: str) -> Notice:
    """Tell of a new payee; `number` is masked."""
    what = f"A payee has been added: {safe(name, _VALUE)}, {safe(number, _VALUE)}"
    return _notice("A payee was added", what, public_url)


def operation_notice(what: str, public_url: str) -> Notice:
    """Tell of something that was done in the person's name, such as a new payee."""
    return _notice("A change in your account", safe(what, _BINDING), public_url)


def informed_notice(what: str, public_url: str) -> Notice:
    """Tell somebody of what another person did that is about them, or that they watch over."""
    text = f"{safe(what, _BINDING + _VALUE)}. Questions? Please call us, or see {public_url}."
    return Notice("Something you should know", text)


def safe(value: str, most: int) -> str:
    """Return a value that came from a person as one plain line of at most `most` characters.

    Letters, digits, punctuation and signs of any language stay. What steers the display, breaks
    the line, or could look like `@host #code` does not.
    """
    kept = (c if _harmless(c) else " " for c in unicodedata.normalize("NFKC", value[: 8 * most]))
    line = " ".join("".join(kept).replace("://", " ").split())
    return line if len(line) <= most else line[: most - 3].rstrip() + "..."


def _notice(subject: str, what: str, public_url: str) -> Notice:
    text = f"{what}. If this was not you, go to {public_url}/security now, or call us."
    return Notice(subject, text)


def _harmless(character: str) -> bool:
    category = unicodedata.category(character)
    return character not in "@#" and (category[0] in "LMNP" or category in {"Sc", "Sm", "Zs"})


def _host(public_url: str) -> str:
    return urlsplit(public_url).hostname or "localhost"
