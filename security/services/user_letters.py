"""What people are told of what an administrator did to their account: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from security.services.letters import Channel, Letter, Notice, safe
from security.sms.gsm import for_sms

_CALL = "If that is a surprise to you, call them now."
_NAME, _ORGANISATION = 30, 60


def disabled_notice(tenant: str) -> Notice:
    """Tell of an account that nobody comes into any more."""
    return _notice("Your account has been disabled", tenant, "disabled your account")


def enabled_notice(tenant: str) -> Notice:
    """Tell of an account that can be used again."""
    return _notice("Your account is open again", tenant, "opened your account again")


def reset_notice(tenant: str) -> Notice:
    """Tell of a new beginning."""
    what = "reset your password and removed your ways of proving who you are"
    more = "You get a new password or a link from them, and enrol again at your next sign-in."
    return _notice("Your account has been reset", tenant, what, more)


def unlocked_notice(tenant: str) -> Notice:
    """Tell of a way that had been paused after wrong codes."""
    return _notice("Your codes work again", tenant, "ended the pause after wrong codes")


def signed_out_notice(tenant: str) -> Notice:
    """Tell of sessions that an administrator ended."""
    return _notice("You have been signed out", tenant, "ended sessions of your account")


def roles_words(given: Sequence[str], taken: Sequence[str]) -> str:
    """Return what became of a person's roles, in words."""
    parts = [f"given you: {', '.join(given)}"] if given else []
    parts += [f"taken from you: {', '.join(taken)}"] if taken else []
    return "; ".join(parts)


def roles_notice(tenant: str, words: str) -> Notice:
    """Tell what somebody may do now, or no longer."""
    return _notice("What you may do has changed", tenant, f"changed your roles ({words})")


def alert_notice(title: str, level: str, public_url: str) -> Notice:
    """Tell administrators and auditors what the watch has seen; about whom, the page says."""
    text = (
        f"The watch has seen ({level}): {safe(title, 80)}. Please look at it: {public_url}/admin."
    )
    return Notice("The watch has seen something", text)


def asked_notice(tenant: str, what: str, asker: str, public_url: str) -> Notice:
    """Tell of something that waits for a second administrator."""
    text = (
        f"{safe(asker, _NAME)} asks for a second administrator of {safe(tenant, _ORGANISATION)}: "
        f"{safe(what, 90)}. See {public_url}/admin."
    )
    return Notice("Something waits for a second administrator", text)


def invitation(
    channel: Channel, to: str, tenant: str, username: str, token: str, public_url: str
) -> Letter:
    """Return the message with the link by which somebody sets their first password."""
    link, name = f"{public_url}/security#invited={quote(token, safe='')}", safe(tenant, _NAME)
    if channel == "sms":
        words = f"{name}: set your password as {username}, within 3 days: {link}"
        return Letter("sms", "recovery", to, "", for_sms(words))
    text = (
        f"{safe(tenant, _ORGANISATION)} has made an account for you. Your user name is "
        f"{username}.\n\nOpen this link to choose your password:\n{link}\n\n"
        "It works once, within three days. If you do not know what this is about, leave it.\n"
    )
    return Letter("email", "recovery", to, f"Your account at {name}", text)


def invited_notice(tenant: str) -> Notice:
    """Tell that the link of an invitation has been used."""
    name = safe(tenant, _ORGANISATION)
    text = f"The password of your account at {name} has been set by the link we sent you. {_CALL}"
    return Notice("Your password has been set", text)


def _notice(subject: str, tenant: str, what: str, more: str = "") -> Notice:
    who = safe(tenant, _ORGANISATION)
    text = " ".join(filter(None, (f"An administrator of {who} has {what}.", more, _CALL)))
    return Notice(subject, text)
