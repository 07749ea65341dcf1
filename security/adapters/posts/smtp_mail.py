"""Mail by SMTP. A connection a letter: servers close idle ones, and nobody waits for this one."""

from __future__ import annotations

import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, make_msgid

import aiosmtplib

from security.adapters.posts.forms import SmtpForm, mailbox
from security.adapters.posts.post import CannotSend

_STEP_SECONDS = 5.0


class SmtpMail:
    """Implements `security.adapters.posts.post.Post`."""

    def __init__(self, form: SmtpForm, trust: ssl.SSLContext | None = None) -> None:
        self._form = form
        self._trust = trust or _default_trust()

    async def send(self, tenant: str, to: str, subject: str, text: str) -> str | None:
        """Send one mail; the server has taken it when this returns."""
        try:
            message = mail_of(self._form.sender, to, subject, text)
        except ValueError:
            raise CannotSend("not_a_mail", retry=False) from None
        try:
            async with self._connection() as server:
                await server.send_message(message)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _failure(error) from None
        return None

    async def check(self) -> None:
        """Connect, protect the connection, sign in."""
        try:
            async with self._connection() as server:
                await server.noop()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _failure(error) from None

    async def close(self) -> None:
        """No connection is kept."""

    def _connection(self) -> aiosmtplib.SMTP:
        form = self._form
        return aiosmtplib.SMTP(
            hostname=form.host,
            port=form.port,
            username=form.username,
            password=form.password,
            local_hostname=form.sender.domain,  # Else it would ask the name service.
            timeout=_STEP_SECONDS,
            use_tls=form.tls == "tls",
            start_tls=form.tls == "starttls",
            tls_context=None if form.tls == "none" else self._trust,
        )


def mail_of(sender: Address, to: str, subject: str, text: str) -> EmailMessage:
    """Return a plain mail.

    Raises `ValueError` where `to` is not one bare address or a header would break its line.
    """
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    message["To"] = mailbox(to)
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office note comes back.
    message.set_content(text)
    return message


def _default_trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _failure(error: Exception) -> CannotSend:
    """Say whether to try again: only where the server surely has not taken the mail."""
    name = type(error).__name__
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return CannotSend(name, retry=all(400 <= one.code < 500 for one in error.recipients))
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return CannotSend(name, retry=400 <= error.code < 500)
    return CannotSend(name, retry=isinstance(error, aiosmtplib.SMTPConnectError))
