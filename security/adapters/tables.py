"""The security database. Times are UTC; what is `sealed` is plain in memory alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.schema import MetaData
from sqlalchemy.types import BigInteger, TypeDecorator

from security.adapters.sealed import Sealed, SealedText
from security.adapters.sealing import found_by, seal_rows
from security.adapters.tenant_filter import COLUMN, HELD, NOBODY
from security.vault.owners import Under


class UtcTime(TypeDecorator[datetime]):
    """A moment as microseconds since 1970 UTC: the same on every database, and sortable."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Store a moment; one without a zone is an error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times carry their zone")
        return round(value.timestamp() * 1_000_000)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Read a moment back, in UTC."""
        if value is None:
            return None
        seconds, micros = divmod(value, 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Every row names its tenant; a table without says why (`tenancy`)."""

    metadata = MetaData(info={HELD: True})

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class.
        datetime: UtcTime,
        bytes: LargeBinary,
        list[str]: JSON,
    }

    def __init_subclass__(cls, **options: Any) -> None:
        """Tell the types of sealed columns whose they are."""
        super().__init_subclass__(**options)
        for column in cls.__table__.columns:
            if isinstance(column.type, Sealed):
                column.type.belongs_to(cls.__table__, column)


seal_rows(Base)


USERNAME, NAME = "people.username", "people.name"
"""What people are looked up by; see `security.vault.keys.KeyRing.lookup`."""


def called(name: str) -> str:
    """Return a name as somebody may say it: whatever the case and the spaces."""
    return " ".join(name.split()).lower()


class TenantRow(Base):
    """An organisation."""

    __tablename__ = "tenants"
    __table_args__ = {"info": {COLUMN: "id"}}  # noqa: RUF012
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    public: Mapped[bool]
    idle_seconds: Mapped[int]
    apis: Mapped[list[str]]
    sms_limit: Mapped[str] = mapped_column(String(16), default="0.00")
    sms_currency: Mapped[str] = mapped_column(String(3), default="EUR")
    pumping_told_at: Mapped[datetime | None] = mapped_column(default=None)
    methods_off: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    """Which methods this organisation does without; see `security.challenges.methods`."""
    names_staff: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether people are told the names of those who saw their data, or their roles alone."""
    configured_at: Mapped[datetime | None] = mapped_column(default=None)
    """When an administrator changed it; a seed file leaves it alone from then on."""
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)


class PersonRow(Base):
    """A person of one tenant; the id never leaves security."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("tenant_id", "username_hash"),
        Index("people_by_name", "tenant_id", "name_hash"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    username: Mapped[str] = mapped_column("username_sealed", SealedText(Under.ERASABLE, "id"))
    username_hash: Mapped[str] = mapped_column(
        String(64), init=False, repr=False, info=found_by("username", USERNAME)
    )
    name: Mapped[str] = mapped_column("name_sealed", SealedText(Under.ERASABLE, "id"))
    name_hash: Mapped[str] = mapped_column(
        String(64), init=False, repr=False, info=found_by("name", NAME, called)
    )
    roles: Mapped[list[str]]
    password_hash: Mapped[str] = mapped_column("password_sealed", SealedText(Under.ERASABLE, "id"))
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)
    password_changed_at: Mapped[datetime | None] = mapped_column(default=None)
    may_enrol_until: Mapped[datetime | None] = mapped_column(default=None)


class AuthenticatorRow(Base):
    """A factor of a person, with what limits guessing at it; several passkeys and devices.

    The secret is a TOTP key, a telephone number, a mail address, or what is known of a passkey
    or of a device for pushes; recovery codes have rows of their own.
    """

    __tablename__ = "authenticators"
    __table_args__ = (
        Index("authenticators_by_number", "tenant_id", "number_hash"),
        Index("authenticators_by_credential", "credential_hash", unique=True),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    method: Mapped[str] = mapped_column(String(16))
    secret_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    last_step: Mapped[int] = mapped_column(BigInteger, default=-1)
    failures: Mapped[int] = mapped_column(default=0)
    pauses: Mapped[int] = mapped_column(default=0)
    paused_until: Mapped[datetime | None] = mapped_column(default=None)
    added_at: Mapped[datetime | None] = mapped_column(default=None)
    number_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    """What a number is looked up by; filled in when somebody first texts this tenant."""
    asking_until: Mapped[datetime | None] = mapped_column(default=None)
    """Until then a service is being asked about one guess, and no other is taken."""
    credential_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    """What a passkey, or a device, is found by where nobody has said who they are."""
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    """How often a passkey was used, as its authenticator counts; 0 for one that does not."""


class ConversationRow(Base):
    """One conversation: Rasa's sender id, its data key, and the person it is bound to."""

    __tablename__ = "conversations"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    created_at: Mapped[datetime]
    tenant_id: Mapped[str | None] = mapped_column(String(64), default=None)
    person_id: Mapped[str | None] = mapped_column(String(64), default=None)


class SessionRow(Base):
    """A session: only the hash of its id is kept (ASVS 7.2.3)."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    id_hash: Mapped[str] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    csrf_seed: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_seconds: Mapped[int]
    absolute_seconds: Mapped[int]
    assurance: Mapped[str] = mapped_column(String(8), default="none")
    tenant_id: Mapped[str | None] = mapped_column(String(64), default=None)
    person_id: Mapped[str | None] = mapped_column(String(64), default=None, index=True)
    proved_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    channel: Mapped[str] = mapped_column(String(8), default="web")
    device: Mapped[str] = mapped_column("device_sealed", SealedText(Under.ERASABLE), default="")
    device_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    signed_in_at: Mapped[datetime | None] = mapped_column(default=None)
    rotated_at: Mapped[datetime | None] = mapped_column(default=None)
    password_proved_at: Mapped[datetime | None] = mapped_column(default=None)
    enrol_until: Mapped[datetime | None] = mapped_column(default=None)
    email_proved_at: Mapped[datetime | None] = mapped_column(default=None)


class ChallengeRow(Base):
    """A request for a proof, bound to one session and, where it has one, one operation.

    `allows` are the methods that are strong enough, whether the person has them or not.
    """

    __tablename__ = "challenges"
    __table_args__ = (
        Index("challenges_by_message", "message_id"),
        Index("challenges_of_person", "person_id"),
        {"info": {NOBODY: ""}},
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(16))
    allows: Mapped[list[str]]
    shown_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    state: Mapped[str] = mapped_column(String(16))
    attempts_left: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    pending_id: Mapped[str | None] = mapped_column(String(64), default=None)
    digest: Mapped[str | None] = mapped_column(String(64), default=None)
    change_id: Mapped[str | None] = mapped_column(String(64), default=None)
    code_hash: Mapped[str | None] = mapped_column(String(64), default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    message_id: Mapped[str | None] = mapped_column(String(64), default=None)


class TurnRow(Base):
    """One turn: its ticket while it is open, what was said once it is closed.

    `sensitive`: an operation of that class was allowed in it, so its answer may tell of it.
    """

    __tablename__ = "turns"
    __table_args__ = (
        Index("turns_of_conversation", "conversation_id", "opened_at"),
        UniqueConstraint("conversation_id", "client_id"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    ticket_hash: Mapped[str] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    operations_left: Mapped[int]
    resume: Mapped[bool] = mapped_column(default=False)
    tenant_id: Mapped[str | None] = mapped_column(String(64), default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    client_id: Mapped[str | None] = mapped_column(String(128), default=None)
    said_sealed: Mapped[bytes | None] = mapped_column(Sealed(Under.ERASABLE), default=None)
    answered_sealed: Mapped[bytes | None] = mapped_column(Sealed(Under.ERASABLE), default=None)
    sensitive: Mapped[bool] = mapped_column(default=False, server_default=false())
    person_id: Mapped[str | None] = mapped_column(String(64), default=None)


class ChoiceRow(Base):
    """A choice that the bot offered in one conversation; the browser knows only its id."""

    __tablename__ = "choices"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    meaning_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    tenant_id: Mapped[str | None] = mapped_column(String(64), default=None)
    person_id: Mapped[str | None] = mapped_column(String(64), default=None)


class PendingRow(Base):
    """An operation that waits for the person's proof."""

    __tablename__ = "pending_operations"
    __table_args__ = (
        Index("pending_of_conversation", "conversation_id", "kind", "state"),
        Index("pending_to_tell", "person_id", "tell"),
        Index("pending_to_continue", "continue_hash", unique=True),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    operation: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(128))
    digest: Mapped[str] = mapped_column(String(64))
    arguments_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    reason: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tenant_id: Mapped[str | None] = mapped_column(String(64), default=None)
    person_id: Mapped[str | None] = mapped_column(String(64), default=None)
    challenge_id: Mapped[str | None] = mapped_column(String(64), default=None)
    result_sealed: Mapped[bytes | None] = mapped_column(Sealed(Under.ERASABLE), default=None)
    replaces: Mapped[str | None] = mapped_column(String(64), default=None)
    method: Mapped[str | None] = mapped_column(String(16), default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    resumed_by: Mapped[str | None] = mapped_column(String(64), default=None)
    tell: Mapped[bool] = mapped_column(default=False)
    continue_hash: Mapped[str | None] = mapped_column(String(64), default=None)
