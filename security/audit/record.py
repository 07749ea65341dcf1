"""What the trail says of one event: tags and references, never a person's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

import orjson


class Tag(Enum):
    """What happened, as `source:subject:action`; never built from input."""

    SESSION_CREATED = "session:anonymous:create"
    SESSION_EXTENDED = "session:person:extend"
    SESSION_ENDED = "session:person:end"
    SESSION_REFUSED = "session:caller:refuse"
    TENANT_UNKNOWN = "session:tenant:unknown"
    PASSWORD_PASSED = "sign_in:password:pass"
    PASSWORD_FAILED = "sign_in:password:fail"
    PASSWORD_LIMITED = "sign_in:password:limit"
    CHALLENGE_OPENED = "challenge:person:open"
    CHALLENGE_PASSED = "challenge:person:pass"
    CHALLENGE_FAILED = "challenge:person:fail"
    CHALLENGE_LOCKED = "challenge:authenticator:pause"
    CHALLENGE_REFUSED = "challenge:caller:refuse"
    CHALLENGE_CANCELLED = "challenge:person:cancel"
    PUSH_APPROVED = "challenge:device:approve"
    PUSH_DENIED = "challenge:device:deny"
    PUSH_REFUSED = "challenge:device:refuse"
    CHOICE_REFUSED = "turn:choice:refuse"
    CODE_IN_CHAT = "turn:code:remove"
    PENDING_STORED = "pending:operation:store"
    PENDING_APPROVED = "pending:operation:approve"
    PENDING_VOIDED = "pending:operation:void"
    PENDING_FAILED = "pending:operation:fail"
    OPERATION_DENIED = "operation:guard:deny"
    OPERATION_INTENDED = "operation:guard:allow"
    OPERATION_RETRIED = "operation:api:retry"
    OPERATION_REDELIVERED = "operation:result:redeliver"
    DOCUMENT_LINKED = "operation:document:link"
    OPERATION_DONE = "operation:api:done"
    OPERATION_DOUBTED = "operation:api:doubt"
    OPERATION_FAILED = "operation:api:fail"
    PERSON_INFORMED = "message:person:inform"
    PENDING_DOUBTED = "pending:operation:doubt"
    PENDING_SETTLED = "pending:operation:settle"
    # Sessions and devices.
    SESSION_ROTATED = "session:person:rotate"
    SESSION_ALARM = "session:caller:reuse"
    SESSION_REVOKED = "session:person:revoke"
    DEVICE_NEW = "session:device:new"
    # Factors, passwords and recovery.
    REAUTHENTICATED = "account:password:pass"
    REAUTHENTICATION_FAILED = "account:password:fail"
    CHANGE_OPENED = "account:change:open"
    CHANGE_REFUSED = "account:change:refuse"
    CHANGE_DONE = "account:change:done"
    RECOVERY_OPENED = "account:recovery:open"
    RECOVERY_REFUSED = "account:recovery:refuse"
    RECOVERY_DONE = "account:recovery:done"
    # Messages.
    MESSAGE_QUEUED = "message:person:queue"
    MESSAGE_LIMITED = "message:person:limit"
    MESSAGE_FAILED = "message:service:fail"
    MESSAGE_DELIVERED = "message:service:deliver"
    MESSAGE_UNWANTED = "message:person:unwanted"
    # Conversations by SMS.
    SMS_SESSION = "sms:person:session"
    SMS_REFUSED = "sms:webhook:refuse"
    SMS_IGNORED = "sms:message:ignore"
    SMS_STOPPED = "sms:person:stop"
    SMS_STARTED = "sms:person:start"
    SMS_HELPED = "sms:person:help"
    LINK_LEFT = "page:link:leave"
    LINK_TAKEN = "page:link:take"
    LINK_REFUSED = "page:link:refuse"
    SMS_PUMPED = "sms:service:pumping"
    # Chats inside other sites.
    HOST_VOUCHED = "embed:host:vouch"
    HOST_REFUSED = "embed:host:refuse"
    # Single sign-on.
    SSO_ASKED = "sso:provider:ask"
    SSO_REFUSED = "sso:provider:refuse"
    SSO_LOGOUT = "sso:provider:logout"
    SSO_ROLES = "sso:person:roles"
    SSO_PERSON_ADDED = "sso:person:add"
    # Administration.
    USER_ADDED = "admin:user:add"
    USER_DISABLED = "admin:user:disable"
    USER_ENABLED = "admin:user:enable"
    USER_ROLES = "admin:user:roles"
    USER_RESET = "admin:user:reset"
    USER_UNLOCKED = "admin:user:unlock"
    USER_SIGNED_OUT = "admin:user:sign_out"
    PEOPLE_READ = "admin:people:read"
    SESSIONS_READ = "admin:session:read"
    ACTION_OPENED = "admin:action:open"
    ACTION_WAITING = "admin:action:wait"
    ACTION_APPROVED = "admin:action:approve"
    ACTION_WITHDRAWN = "admin:action:withdraw"
    ACTION_DONE = "admin:action:done"
    ACTION_REFUSED = "admin:action:refuse"
    INVITATION_SENT = "admin:invitation:send"
    INVITATION_USED = "account:invitation:use"
    INVITATION_REFUSED = "account:invitation:refuse"
    TENANT_ADDED = "admin:tenant:add"
    TENANT_SET = "admin:tenant:set"
    TENANT_DISABLED = "admin:tenant:disable"
    TENANT_ENABLED = "admin:tenant:enable"
    OPERATION_GRANTED = "operation:client:grant"
    CLIENT_TOKEN = "token:client:issue"
    CLIENT_REVOKED = "token:client:revoke"
    CLIENT_REFUSED = "token:client:refuse"
    KEY_ROTATED = "admin:key:rotate"
    MASTER_STAGED = "admin:master_key:stage"
    MASTER_ROTATED = "admin:master_key:rotate"
    DATA_KEYS_RETIRED = "admin:data_key:retire"
    DATA_KEYS_DESTROYED = "admin:data_key:destroy"
    API_KEYS_BEGUN = "admin:api_key:begin"
    API_KEYS_ROTATED = "admin:api_key:rotate"
    ADMIN_REFUSED = "admin:user:refuse"
    # What people may ask for, and what goes by itself.
    DATA_EXPORTED = "data:person:export"
    DATA_REFUSED = "data:person:refuse"
    ERASURE_ASKED = "data:person:erase"
    ERASURE_DONE = "data:person:forget"
    CONSENT_GIVEN = "data:consent:give"
    CONSENT_WITHDRAWN = "data:consent:withdraw"
    PURGED = "data:retention:purge"
    # The watch.
    TEXT_HOSTILE = "turn:text:hostile"
    TOKEN_REPLAYED = "token:api:replay"
    ALERT_RAISED = "watch:rule:alert"
    WATCH_ANSWERED = "watch:response:act"
    WATCH_FAILED = "watch:monitor:fail"
    CLOCK_MOVED = "watch:clock:move"
    STARTED = "security:process:start"
    RESTORED = "security:backup:restore"


Decision = Literal["allow", "deny"]


@dataclass(frozen=True)
class AuditEvent:
    """One event. References are opaque; `person` is the trail's own pseudonym.

    `intent` is the id of the record that allowed it. `object` is the masked number of a thing, such
    as a card. `actor` is whoever did it to the person, where that was somebody else. `origin` is
    the keyed digest of the network that somebody came from, `counterparty` that of whom a payment
    goes to, `magnitude` how many digits its amount has before the point. `about` are the names, as
    their API knows them, of those whose data it was where that is somebody else's.
    """

    tag: Tag
    tenant: str | None = None
    person: str | None = None
    actor: str | None = None
    roles: tuple[str, ...] = ()
    session: str | None = None
    turn: str | None = None
    operation: str | None = None
    scope: str | None = None
    arguments: str | None = None
    object: str | None = None
    purpose: str | None = None
    decision: Decision | None = None
    reason: str | None = None
    assurance: str | None = None
    method: str | None = None
    token: str | None = None
    key: str | None = None
    intent: str | None = None
    duration_us: int | None = None
    origin: str | None = None
    counterparty: str | None = None
    magnitude: int | None = None
    about: tuple[str, ...] = ()


def event_id(writer: str, sequence: int) -> str:
    """Return what a record is called: its writer's chain, and its place in it."""
    return f"{writer}-{sequence}"


def serialise(event: AuditEvent, writer: str, sequence: int, at: datetime, previous: str) -> bytes:
    """Return the canonical bytes of a record: what its successor's hash covers.

    Absent fields are left out; keys are sorted; `at` is UTC in microseconds.
    """
    # A record is flat: `asdict` would copy each value deeply, thirty times as slowly.
    said = {name: value for name, value in vars(event).items() if value not in (None, ())}
    record = {
        **said,
        "tag": event.tag.value,
        "writer": writer,
        "sequence": sequence,
        "at": at.isoformat(timespec="microseconds"),
        "previous_sha256": previous,
    }
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
