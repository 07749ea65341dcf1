"""What a person's account needs beside factors: devices, changes, recovery, messages to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from security.adapters.sealed import Sealed, SealedText
from security.adapters.tables import Base
from security.adapters.tenant_filter import WHY_NOT
from security.vault.owners import Under


class RetiredIdRow(Base):
    """A session id that a timed rotation replaced; whoever uses it later has copied it."""

    __tablename__ = "retired_session_ids"
    __table_args__ = {  # noqa: RUF012
        "info": {WHY_NOT: "a secret's hash and the session that it opens, whose row has a tenant"}
    }
    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    retired_at: Mapped[datetime]


class DeviceRow(Base):
    """A browser that a person has signed in with; only the hash of its cookie is kept."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("person_id", "device_hash"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    device_hash: Mapped[str] = mapped_column(String(64), index=True)
    label: Mapped[str] = mapped_column("label_sealed", SealedText(Under.ERASABLE))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class SignInRow(Base):
    """One sign-in as its person may see it: passed, or failed at the last step."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("sign_ins_of_person", "person_id", "at"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(8))
    device: Mapped[str] = mapped_column("device_sealed", SealedText(Under.ERASABLE))
    method: Mapped[str | None] = mapped_column(String(16), default=None)


class ChangeRow(Base):
    """A change of somebody's factors or password that waits for its proof, then for a code.

    `state` is prove, confirm, done or void. `payload_sealed` holds what is to become true.
    """

    __tablename__ = "changes"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8))
    payload_sealed: Mapped[bytes] = mapped_column(Sealed(Under.ERASABLE))
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts_left: Mapped[int]
    proved: Mapped[bool] = mapped_column(default=False)
    challenge_id: Mapped[str | None] = mapped_column(String(64), default=None)
    code_hash: Mapped[str | None] = mapped_column(String(64), default=None)


class RecoveryCodeRow(Base):
    """One recovery code, as a keyed hash; it works once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class RecoveryRow(Base):
    """A request to recover an account: its link works from `ready_at` on, and once."""

    __tablename__ = "recoveries"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(8))
    requested_at: Mapped[datetime]
    ready_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class MessageRow(Base):
    """A message on its way to a person, and the count of what was sent (ASVS 6.6.3).

    `state` is queued, sending, sent, failed or dropped. The words are sealed, and erased once
    they have left for a real service.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("messages_queued", "state", "created_at"),
        Index("messages_of_person", "person_id", "created_at"),
        Index("messages_to", "destination_hash", "created_at"),
        Index("messages_of_tenant", "tenant_id", "created_at"),
        Index("messages_from", "address_hash", "created_at"),
        Index("messages_verification", "verification", unique=True),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(8))
    destination_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes | None] = mapped_column(Sealed(Under.ERASABLE))
    state: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    not_after: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    provider_hash: Mapped[str | None] = mapped_column(String(64), default=None, index=True)
    reported: Mapped[str | None] = mapped_column(String(16), default=None)
    """What the service last said of it; `provider_hash` stands for the id that it goes by there."""
    verification: Mapped[str | None] = mapped_column(String(34), default=None)
    """By what id a service knows the code that it made and sent itself."""
