"""The services that carry messages to people: each is switched on by its settings alone."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from security.adapters.outgoing import Outgoing
from security.adapters.posts.forms import TwilioForm, smtp_form, twilio_form
from security.adapters.posts.post import Post
from security.adapters.posts.smtp_mail import SmtpMail
from security.adapters.posts.web_push import WebPush
from security.core import Core
from security.settings import SecuritySettings
from security.sms.provider import STATUS, Provider
from security.verifying import Verifier

CHANNELS = ("sms", "email")


def build_posts(settings: SecuritySettings, secrets: Mapping[str, str]) -> dict[str, Post]:
    """Return the real services by channel; nothing is asked of the network.

    Raises `ValueError` of one line where a service is set by half.
    """
    posts: dict[str, Post] = {}
    if (twilio := twilio_form(settings, secrets)) is not None:
        # Imported here: it takes a third of a second, and most starts do not need it.
        from security.adapters.posts.twilio_sms import TwilioSms  # noqa: PLC0415

        posts["sms"] = TwilioSms(twilio, _status_url(settings, twilio))
    if (smtp := smtp_form(settings, secrets)) is not None:
        posts["email"] = SmtpMail(smtp)
    return posts


def build_push(core: Core) -> dict[str, Post]:
    """Return what sends pushes; nothing is asked of the network. Raises as `Outgoing` does."""
    settings = core.settings
    outgoing = Outgoing(settings.push_services, settings.push_reach)
    return {"push": WebPush(outgoing, core.push_key, settings.push_contact, core.clock)}


def build_verifier(settings: SecuritySettings, secrets: Mapping[str, str]) -> Verifier | None:
    """Return the service that keeps codes for us, or None where we keep them all."""
    form = twilio_form(settings, secrets)
    if form is None or form.verify_service_sid is None:
        return None
    from security.adapters.posts.twilio_verify import TwilioVerify  # noqa: PLC0415

    return TwilioVerify(form, form.verify_service_sid)


def build_provider(settings: SecuritySettings, secrets: Mapping[str, str]) -> Provider | None:
    """Return what tells the webhooks of our Twilio account, or None where there is none."""
    form = twilio_form(settings, secrets)
    if form is None:
        return None
    from security.adapters.posts.twilio_webhooks import TwilioWebhooks  # noqa: PLC0415

    return TwilioWebhooks(form, settings.public_url)


def _status_url(settings: SecuritySettings, form: TwilioForm) -> str | None:
    """Return where Twilio can tell how a message fares: it does not take an address of ours
    that only this machine knows."""
    is_local = urlsplit(settings.public_url).hostname in ("localhost", "127.0.0.1")
    if is_local and form.loopback_url is None:
        return None
    return f"{settings.public_url.rstrip('/')}{STATUS}"


def channels_of(settings: SecuritySettings, posts: Mapping[str, Post]) -> frozenset[str]:
    """Return over which channels something can be sent: in demo mode the outbox takes the rest."""
    return frozenset(CHANNELS if settings.mode == "demo" else posts)
