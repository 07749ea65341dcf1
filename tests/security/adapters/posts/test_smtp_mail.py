"""Mail by SMTP, received by a real server on a loopback port."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from hypothesis import given
from hypothesis import strategies as st

from security.adapters.posts import smtp_mail
from security.adapters.posts.forms import SmtpForm
from security.adapters.posts.post import CannotSend
from security.adapters.posts.smtp_mail import SmtpMail, mail_of

TO = "alice@northwind.example.com"
SENDER = Address("Northwind Bank", "no-reply", "northwind.example.com")
PASSWORD = "PLANTED-password"


@dataclass
class Mailbox:
    """What the server has received, and what it answers."""

    port: int = 0
    answer: str = "250 OK"
    to_recipient: str = "250 OK"
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str | None, list[str]]] = field(default_factory=list)
    protected: list[bool] = field(default_factory=list)
    names: list[bytes] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self.gate.wait()
        if self.answer.startswith("250"):
            raw = envelope.content
            assert isinstance(raw, bytes)
            self.mails.append(email.message_from_bytes(raw, policy=email.policy.default))
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
            self.protected.append(session.ssl is not None)
        return self.answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.names.append(data.login)
        return AuthResult(success=data.password == PASSWORD.encode())


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Mailbox]:
    """Run an SMTP server in this loop while the block runs; `tls` from the first byte on."""
    mailbox = Mailbox()
    mailbox.gate.set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            mailbox,
            loop=loop,
            hostname="localhost",
            authenticator=mailbox.authenticate,
            **options,
        ),
        "127.0.0.1",
        0,
        ssl=tls,
    )
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        mailbox.gate.set()
        server.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with serving() as server:
        yield server


def form(port: int, **given: Any) -> SmtpForm:
    usual = {"host": "127.0.0.1", "tls": "none", "username": None, "password": None}
    return SmtpForm(port=port, sender=SENDER, **{**usual, **given})


async def failure(post: SmtpMail, to: str = TO, subject: str = "Subject") -> CannotSend:
    with pytest.raises(CannotSend) as caught:
        await post.send("northwind-bank", to, subject, "PLANTED words")
    assert "PLANTED" not in repr(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


async def test_a_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    words = "Your code is 123456\n\nIt is for: Pay 50.00 EUR to Zoë 李\n\n.\nEnd\n"
    await SmtpMail(form(mailbox.port)).send("northwind-bank", TO, "Köd for you", words)
    [mail] = mailbox.mails
    assert mail["From"] == "Northwind Bank <no-reply@northwind.example.com>"
    assert (mail["To"], mail["Subject"]) == (TO, "Köd for you")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@northwind.example.com>")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == words
    assert mailbox.envelopes == [("no-reply@northwind.example.com", [TO])]


FORGED = [
    "alice@example.com\r\nBcc: eve@example.com",
    "alice@example.com, eve@example.com",
    "alice@example.com eve@example.com",
    "Alice <alice@example.com>",
    "<alice@example.com>",
    "alice@example.com> SIZE=1",
    '"a b"@example.com',
    "alice@example.com\x00",
    "alice@example",
    "alice@@example.com",
    "älice@example.com",
    "alice",
    "",
    "a" * 65 + "@example.com",
]


@pytest.mark.parametrize("address", FORGED)
async def test_an_address_is_one_address_and_nothing_more(mailbox: Mailbox, address: str) -> None:
    """Attack: a second recipient, or a header, by way of an address."""
    assert (await failure(SmtpMail(form(mailbox.port)), to=address)).retry is False
    assert mailbox.mails == []


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_word_adds_a_header(subject: str, text: str) -> None:
    """Attack: header injection by a subject or a body."""
    wanted = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"}
    mime = {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    try:
        raw = mail_of(SENDER, TO, subject, text).as_bytes()
    except ValueError:
        return
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert set(parsed.keys()) == wanted | mime
    assert len(parsed.keys()) == len(wanted | mime)


async def test_a_subject_with_a_line_break_is_refused(mailbox: Mailbox) -> None:
    post = SmtpMail(form(mailbox.port))
    assert (await failure(post, subject="Hello\r\nBcc: eve@example.com")).retry is False
    assert mailbox.mails == []


async def test_starttls_is_demanded_and_the_certificate_checked(
    server_side: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    async with serving(tls_context=server_side, require_starttls=True) as mailbox:
        given = form(mailbox.port, host="localhost", tls="starttls")
        await SmtpMail(given, trust).send("northwind-bank", TO, "Subject", "words")
        assert mailbox.protected == [True]
        await failure(SmtpMail(given))  # Nobody here has told the system of this authority.
        assert len(mailbox.mails) == 1


async def test_a_server_without_starttls_gets_nothing(
    mailbox: Mailbox, trust: ssl.SSLContext
) -> None:
    """Attack: taking STARTTLS out of the server's greeting."""
    post = SmtpMail(form(mailbox.port, host="localhost", tls="starttls"), trust)
    await failure(post)
    assert mailbox.mails == []


async def test_tls_from_the_first_byte(server_side: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    async with serving(server_side) as mailbox:
        post = SmtpMail(form(mailbox.port, host="localhost", tls="tls"), trust)
        await post.send("northwind-bank", TO, "Subject", "words")
        assert len(mailbox.mails) == 1


async def test_it_signs_in_with_the_password_over_tls_alone(
    server_side: ssl.SSLContext, trust: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_mail, "_STEP_SECONDS", 0.5)  # The refused client waits so long.
    async with serving(tls_context=server_side, auth_required=True) as mailbox:
        signed = {"host": "localhost", "tls": "starttls", "username": "gatehouse"}
        await SmtpMail(form(mailbox.port, password=PASSWORD, **signed), trust).check()
        assert mailbox.names == [b"gatehouse"]
        wrong = await failure(SmtpMail(form(mailbox.port, password="PLANTED-2", **signed), trust))
        assert wrong.retry is False
        assert mailbox.mails == []


@pytest.mark.parametrize(
    ("answer", "retry"), [("451 PLANTED try later", True), ("554 PLANTED never", False)]
)
@pytest.mark.parametrize("step", ["answer", "to_recipient"])
async def test_a_refusal_is_repeated_only_where_the_server_says_so(
    mailbox: Mailbox, step: str, answer: str, retry: bool
) -> None:
    setattr(mailbox, step, answer)
    assert (await failure(SmtpMail(form(mailbox.port)))).retry is retry


async def test_a_server_that_is_not_there_is_tried_again_later() -> None:
    assert (await failure(SmtpMail(form(1)))).retry is True


async def test_a_server_that_hangs_is_given_up(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have taken the mail, so it is not repeated."""
    monkeypatch.setattr(smtp_mail, "_STEP_SECONDS", 0.2)
    mailbox.gate.clear()
    assert (await failure(SmtpMail(form(mailbox.port)))).retry is False


async def test_no_name_service_is_asked_for_our_own_name(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def getfqdn(*_: object) -> str:
        asked.append("getfqdn")
        return "localhost"

    monkeypatch.setattr("socket.getfqdn", getfqdn)
    await SmtpMail(form(mailbox.port)).send("northwind-bank", TO, "Subject", "words")
    assert asked == []
