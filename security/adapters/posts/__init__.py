"""The services that carry messages to people: each is switched on by its settings alone."""

from __future__ import annotations

from collections.abc import Mapping

from security.adapters.posts.forms import smtp_form, twilio_form
from security.adapters.posts.post import Post
from security.adapters.posts.smtp_mail import SmtpMail
from security.settings import SecuritySettings

CHANNELS = ("sms", "email")


def build_posts(settings: SecuritySettings, secrets: Mapping[str, str]) -> dict[str, Post]:
    """Return the real services by channel; nothing is asked of the network.

    Raises `ValueError` of one line where a service is set by half.
    """
    posts: dict[str, Post] = {}
    if (twilio := twilio_form(settings, secrets)) is not None:
        # Imported here: it takes a third of a second, and most starts do not need it.
        from security.adapters.posts.twilio_sms import TwilioSms  # noqa: PLC0415

        posts["sms"] = TwilioSms(twilio)
    if (smtp := smtp_form(settings, secrets)) is not None:
        posts["email"] = SmtpMail(smtp)
    return posts


def channels_of(settings: SecuritySettings, posts: Mapping[str, Post]) -> frozenset[str]:
    """Return over which channels something can be sent: in demo mode the outbox takes the rest."""
    return frozenset(CHANNELS if settings.mode == "demo" else posts)
