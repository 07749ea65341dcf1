"""The settings of real services: read, checked for their form, never asked of the network.

Each rule that does not hold is a `ValueError` of one line that names the variable and never
shows its value.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

from security.settings import SecuritySettings

AUTH_TOKEN, SMTP_PASSWORD = "twilio-auth-token", "smtp-password"
"""Under these names the launcher passes the secrets."""

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_VERIFY_SERVICE = re.compile(r"VA[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")
_MAILBOX = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
_PRINTABLE = re.compile(r"[!-~]{1,512}")
_PASSWORD = re.compile(r"[^\x00-\x1f\x7f]{1,512}")
Tls = Literal["starttls", "tls", "none"]
_PORTS: Mapping[Tls, int] = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True)
class TwilioForm:
    """An account at Twilio: each tenant's own number, or a messaging service for all others.

    `verify_service_sid` is the service that keeps codes for us, where one is to.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    numbers: Mapping[str, str]
    messaging_service_sid: str | None
    loopback_url: str | None
    verify_service_sid: str | None = None


@dataclass(frozen=True)
class SmtpForm:
    """A mail server; `tls` says how the connection is protected."""

    host: str
    port: int
    tls: Tls
    sender: Address
    username: str | None
    password: str | None = field(repr=False)


def twilio_form(settings: SecuritySettings, secrets: Mapping[str, str]) -> TwilioForm | None:
    """Return the account's settings, or None where nothing of Twilio is set."""
    sid = settings.twilio_account_sid or ""
    token = secrets.get(AUTH_TOKEN) or ""
    service = settings.twilio_messaging_service_sid or ""
    verify = settings.twilio_verify_service_sid or ""
    if not (sid or token or service or verify or settings.twilio_numbers):
        return None
    _demand(sid, "GATEHOUSE_TWILIO_ACCOUNT_SID", _ACCOUNT, "AC and 32 hexadecimal digits")
    _demand(token, "GATEHOUSE_TWILIO_AUTH_TOKEN", _PRINTABLE, "printable characters")
    numbers = _numbers(settings.twilio_numbers or "")
    if service:
        sort = "MG and 32 hexadecimal digits"
        _demand(service, "GATEHOUSE_TWILIO_MESSAGING_SERVICE_SID", _SERVICE, sort)
    elif not numbers:
        raise ValueError(
            "GATEHOUSE_TWILIO_NUMBERS or GATEHOUSE_TWILIO_MESSAGING_SERVICE_SID is missing: "
            "Twilio sends from one of them"
        )
    if verify:
        sort = "VA and 32 hexadecimal digits"
        _demand(verify, "GATEHOUSE_TWILIO_VERIFY_SERVICE_SID", _VERIFY_SERVICE, sort)
    form = TwilioForm(sid, token, numbers, service or None, _loopback(settings))
    return replace(form, verify_service_sid=verify or None)


def smtp_form(settings: SecuritySettings, secrets: Mapping[str, str]) -> SmtpForm | None:
    """Return the mail server's settings, or None where nothing of SMTP is set."""
    host, sender = settings.smtp_host or "", settings.smtp_from or ""
    username, password = settings.smtp_username or "", secrets.get(SMTP_PASSWORD) or ""
    if not (host or sender or username or password):
        return None
    _demand(host, "GATEHOUSE_SMTP_HOST", _HOST, "a host name")
    if settings.smtp_tls not in get_args(Tls):
        raise ValueError("GATEHOUSE_SMTP_TLS is not right: starttls, tls or none")
    tls = cast("Tls", settings.smtp_tls)
    if tls == "none" and not _is_loopback(host):
        raise ValueError("GATEHOUSE_SMTP_TLS may be none only where the server is on this machine")
    if bool(username) != bool(password):
        missing = "PASSWORD" if username else "USERNAME"
        raise ValueError(
            f"GATEHOUSE_SMTP_{missing} is missing: set user name and password, or none"
        )
    if username:
        _demand(username, "GATEHOUSE_SMTP_USERNAME", _PASSWORD, "printable characters")
        _demand(password, "GATEHOUSE_SMTP_PASSWORD", _PASSWORD, "printable characters")
    return SmtpForm(
        host=host.strip("[]"),
        port=settings.smtp_port or _PORTS[tls],
        tls=tls,
        sender=_sender(sender),
        username=username or None,
        password=password or None,
    )


def mailbox(address: str) -> Address:
    """Return a bare mail address as a header needs it. Raises `ValueError` for anything else."""
    if _MAILBOX.fullmatch(address) is None:
        raise ValueError("not a mail address")
    try:
        return Address(addr_spec=address)
    except (HeaderParseError, ValueError):
        raise ValueError("not a mail address") from None


def is_number(text: str) -> bool:
    """Tell whether this is a telephone number in international form (E.164)."""
    return _NUMBER.fullmatch(text) is not None


def _demand(value: str, name: str, form: re.Pattern[str], sort: str) -> None:
    if not value:
        raise ValueError(f"{name} is missing: set all of this service's variables, or none")
    if form.fullmatch(value) is None:
        raise ValueError(f"{name} is not right: {sort}")


def _numbers(text: str) -> dict[str, str]:
    numbers: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        tenant, equals, number = (part.strip() for part in pair.partition("="))
        given_twice = tenant in numbers or number in numbers.values()
        if not tenant or not equals or not is_number(number) or given_twice:
            raise ValueError(
                "GATEHOUSE_TWILIO_NUMBERS is not right: tenant=number, …, "
                "each number once, as +12025550100"
            )
        numbers[tenant] = number
    return numbers


def _loopback(settings: SecuritySettings) -> str | None:
    url = settings.twilio_development_loopback_url
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not _is_loopback(parts.hostname or ""):
        raise ValueError("GATEHOUSE_TWILIO_DEVELOPMENT_LOOPBACK_URL may only lead to this machine")
    if settings.mode != "demo":
        raise ValueError("GATEHOUSE_TWILIO_DEVELOPMENT_LOOPBACK_URL is for demo mode only")
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _sender(text: str) -> Address:
    if not text:
        raise ValueError("GATEHOUSE_SMTP_FROM is missing: set all of this service's variables")
    name, address = parseaddr(text)
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise ValueError("GATEHOUSE_SMTP_FROM is not right: Name <name@example.com>")
    try:
        bare = mailbox(address)
    except ValueError:
        why = "GATEHOUSE_SMTP_FROM is not right: Name <name@example.com>"
        raise ValueError(why) from None
    return Address(name, bare.username, bare.domain)
