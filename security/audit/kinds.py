"""What each kind of event is: how it ended, by which way it comes, and its class of OCSF.

One row a tag. `way` is the channel of a record that names none and happens in no session;
`event` is the class and the activity of OCSF 1.8 (`ocsf.py`). What has no class of its own there
is a base event, which says no more than that something happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Literal

from security.audit.tags import Tag

Channel = Literal["web", "sms", "embed", "push", "oauth", "shell", "system"]
"""By which way it came: what a person uses, the shell, or security's own doing."""

Outcome = Literal["begun", "success", "failure", "unknown"]
"""How it ended. What has `begun` ends in a record of its own; `unknown` is what nobody knows."""


class Class(IntEnum):
    """Classes of OCSF by their `class_uid`."""

    BASE = 0
    FINDING = 2004
    ACCOUNT = 3001
    AUTHENTICATION = 3002
    ENTITY = 3004
    ACCESS = 3005
    LIFECYCLE = 6002
    API = 6003
    ERROR = 6008


class Severity(IntEnum):
    """OCSF's `severity_id`."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


OTHER = 99
"""The activity, in each class, that has no name there."""


@dataclass(frozen=True)
class Kind:
    """What all records of one tag have in common."""

    outcome: Outcome
    way: Channel
    event: Class
    activity: int = OTHER
    severity: Severity = Severity.INFORMATIONAL


def _ok(way: Channel, event: Class, activity: int = OTHER) -> Kind:
    return Kind("success", way, event, activity)


def _no(way: Channel, event: Class, activity: int = OTHER) -> Kind:
    return Kind("failure", way, event, activity, Severity.LOW)


def _begun(way: Channel, event: Class, activity: int = OTHER) -> Kind:
    return Kind("begun", way, event, activity)


def _alarm(way: Channel, severity: Severity = Severity.MEDIUM) -> Kind:
    return Kind("success", way, Class.FINDING, 1, severity)


_T, _C = Tag, Class
_LOGON, _LOGOFF, _TICKET, _PREAUTH = 1, 2, 3, 6
_CREATE, _READ, _UPDATE, _DELETE = 1, 2, 3, 4  # of entities, and of what APIs do
_ENABLE, _DISABLE, _ACTIVATE, _DEACTIVATE = 8, 9, 10, 11

KINDS = MappingProxyType(
    {
        _T.SESSION_CREATED: _ok("web", _C.ENTITY, _CREATE),
        _T.SESSION_EXTENDED: _ok("web", _C.ENTITY, _UPDATE),
        _T.SESSION_ROTATED: _ok("web", _C.ENTITY, _UPDATE),
        _T.SESSION_ENDED: _ok("web", _C.AUTHENTICATION, _LOGOFF),
        _T.SESSION_REVOKED: _ok("web", _C.AUTHENTICATION, _LOGOFF),
        _T.SESSION_REFUSED: _no("web", _C.AUTHENTICATION),
        _T.SESSION_ALARM: _alarm("web", Severity.HIGH),
        _T.TENANT_UNKNOWN: _no("web", _C.ENTITY, _READ),
        _T.DEVICE_NEW: _ok("web", _C.ENTITY, _CREATE),
        _T.PASSWORD_PASSED: _ok("web", _C.AUTHENTICATION, _PREAUTH),
        _T.PASSWORD_FAILED: _no("web", _C.AUTHENTICATION, _PREAUTH),
        _T.PASSWORD_LIMITED: _no("web", _C.AUTHENTICATION, _PREAUTH),
        _T.REAUTHENTICATED: _ok("web", _C.AUTHENTICATION, _PREAUTH),
        _T.REAUTHENTICATION_FAILED: _no("web", _C.AUTHENTICATION, _PREAUTH),
        _T.CHALLENGE_OPENED: _begun("web", _C.AUTHENTICATION, _LOGON),
        _T.CHALLENGE_PASSED: _ok("web", _C.AUTHENTICATION, _LOGON),
        _T.CHALLENGE_FAILED: _no("web", _C.AUTHENTICATION, _LOGON),
        _T.CHALLENGE_REFUSED: _no("web", _C.AUTHENTICATION, _LOGON),
        _T.CHALLENGE_CANCELLED: _ok("web", _C.AUTHENTICATION),
        _T.CHALLENGE_LOCKED: _ok("web", _C.ACCOUNT, 9),
        _T.PUSH_APPROVED: _ok("push", _C.AUTHENTICATION),
        _T.PUSH_DENIED: _no("push", _C.AUTHENTICATION),
        _T.PUSH_REFUSED: _no("push", _C.AUTHENTICATION),
        _T.CHOICE_REFUSED: _no("web", _C.BASE),
        _T.CODE_IN_CHAT: _ok("web", _C.BASE),
        _T.PENDING_STORED: _begun("web", _C.API),
        _T.PENDING_APPROVED: _ok("web", _C.API),
        _T.PENDING_VOIDED: _ok("web", _C.API),
        _T.PENDING_FAILED: _no("system", _C.API),
        _T.PENDING_DOUBTED: Kind("unknown", "system", _C.API),
        _T.PENDING_SETTLED: _ok("system", _C.API),
        _T.OPERATION_DENIED: _no("web", _C.API),
        _T.OPERATION_INTENDED: _begun("web", _C.API),
        _T.OPERATION_RETRIED: _begun("web", _C.API),
        _T.OPERATION_REDELIVERED: _ok("web", _C.API),
        _T.OPERATION_DONE: _ok("web", _C.API),
        _T.OPERATION_DOUBTED: Kind("unknown", "web", _C.API),
        _T.OPERATION_FAILED: _no("web", _C.API),
        _T.OPERATION_GRANTED: _ok("oauth", _C.API),
        _T.DOCUMENT_LINKED: _ok("web", _C.API),
        _T.CHANGE_OPENED: _begun("web", _C.ACCOUNT),
        _T.CHANGE_REFUSED: _no("web", _C.ACCOUNT),
        _T.CHANGE_DONE: _ok("web", _C.ACCOUNT),
        _T.RECOVERY_OPENED: _begun("web", _C.ACCOUNT, 4),
        _T.RECOVERY_REFUSED: _no("web", _C.ACCOUNT, 4),
        _T.RECOVERY_DONE: _ok("web", _C.ACCOUNT, 4),
        _T.PERSON_INFORMED: _ok("system", _C.BASE),
        _T.MESSAGE_QUEUED: _begun("system", _C.BASE),
        _T.MESSAGE_LIMITED: _no("system", _C.BASE),
        _T.MESSAGE_FAILED: _no("system", _C.BASE),
        _T.MESSAGE_DELIVERED: _ok("system", _C.BASE),
        _T.MESSAGE_UNWANTED: _no("system", _C.BASE),
        _T.SMS_SESSION: _ok("sms", _C.ENTITY, _CREATE),
        _T.SMS_REFUSED: _no("sms", _C.API),
        _T.SMS_IGNORED: _no("sms", _C.BASE),
        _T.SMS_STOPPED: _ok("sms", _C.BASE),
        _T.SMS_STARTED: _ok("sms", _C.BASE),
        _T.SMS_HELPED: _ok("sms", _C.BASE),
        _T.SMS_PUMPED: _alarm("sms"),
        _T.LINK_LEFT: _ok("sms", _C.ENTITY, _CREATE),
        _T.LINK_TAKEN: _ok("web", _C.ENTITY, _ACTIVATE),
        _T.LINK_REFUSED: _no("web", _C.ENTITY, _ACTIVATE),
        _T.HOST_VOUCHED: _ok("embed", _C.AUTHENTICATION, _LOGON),
        _T.HOST_REFUSED: _no("embed", _C.AUTHENTICATION, _LOGON),
        _T.SSO_ASKED: _begun("web", _C.AUTHENTICATION, _PREAUTH),
        _T.SSO_REFUSED: _no("web", _C.AUTHENTICATION, _LOGON),
        _T.SSO_LOGOUT: _ok("web", _C.AUTHENTICATION, _LOGOFF),
        _T.SSO_ROLES: _ok("web", _C.ACCESS, 1),
        _T.SSO_PERSON_ADDED: _ok("web", _C.ACCOUNT, 1),
        _T.USER_ADDED: _ok("shell", _C.ACCOUNT, 1),
        _T.USER_DISABLED: _ok("shell", _C.ACCOUNT, 5),
        _T.USER_ENABLED: _ok("shell", _C.ACCOUNT, 2),
        _T.USER_ROLES: _ok("shell", _C.ACCESS, 1),
        _T.USER_RESET: _ok("shell", _C.ACCOUNT, 4),
        _T.USER_UNLOCKED: _ok("shell", _C.ACCOUNT, 12),
        _T.USER_SIGNED_OUT: _ok("shell", _C.AUTHENTICATION, _LOGOFF),
        _T.ADMIN_REFUSED: _no("shell", _C.ENTITY),
        _T.PEOPLE_READ: _ok("web", _C.ENTITY, _READ),
        _T.SESSIONS_READ: _ok("web", _C.ENTITY, _READ),
        _T.ACTION_OPENED: _begun("web", _C.ENTITY, _CREATE),
        _T.ACTION_WAITING: _begun("web", _C.ENTITY),
        _T.ACTION_APPROVED: _ok("web", _C.ENTITY, _ACTIVATE),
        _T.ACTION_WITHDRAWN: _ok("web", _C.ENTITY, _DELETE),
        _T.ACTION_DONE: _ok("web", _C.ENTITY, _UPDATE),
        _T.ACTION_REFUSED: _no("web", _C.ENTITY),
        _T.INVITATION_SENT: _ok("system", _C.ENTITY, _CREATE),
        _T.INVITATION_USED: _ok("web", _C.ACCOUNT, 3),
        _T.INVITATION_REFUSED: _no("web", _C.ACCOUNT, 3),
        _T.TENANT_ADDED: _ok("shell", _C.ENTITY, _CREATE),
        _T.TENANT_SET: _ok("shell", _C.ENTITY, _UPDATE),
        _T.TENANT_DISABLED: _ok("shell", _C.ENTITY, _DISABLE),
        _T.TENANT_ENABLED: _ok("shell", _C.ENTITY, _ENABLE),
        _T.CLIENT_TOKEN: _ok("oauth", _C.AUTHENTICATION, _TICKET),
        _T.CLIENT_REVOKED: _ok("oauth", _C.AUTHENTICATION, _LOGOFF),
        _T.CLIENT_REFUSED: _no("oauth", _C.AUTHENTICATION, _TICKET),
        _T.KEY_ROTATED: _ok("shell", _C.ENTITY, _UPDATE),
        _T.TRAIL_KEY_ROTATED: _ok("shell", _C.ENTITY, _UPDATE),
        _T.MASTER_STAGED: _begun("shell", _C.ENTITY, _CREATE),
        _T.MASTER_ROTATED: _ok("shell", _C.ENTITY, _UPDATE),
        _T.DATA_KEYS_RETIRED: _ok("shell", _C.ENTITY, _DEACTIVATE),
        _T.DATA_KEYS_DESTROYED: _ok("shell", _C.ENTITY, _DELETE),
        _T.API_KEYS_BEGUN: _begun("shell", _C.ENTITY, _CREATE),
        _T.API_KEYS_ROTATED: _ok("shell", _C.ENTITY, _UPDATE),
        _T.DATA_EXPORTED: _ok("web", _C.ENTITY, _READ),
        _T.DATA_REFUSED: _no("web", _C.ENTITY, _READ),
        _T.ERASURE_ASKED: _begun("web", _C.ACCOUNT, 6),
        _T.ERASURE_DONE: _ok("system", _C.ACCOUNT, 6),
        _T.ERASURE_CARRIED: _ok("system", _C.ENTITY, _DELETE),
        _T.ERASURE_LATE: Kind("failure", "system", _C.ENTITY, _DELETE, Severity.MEDIUM),
        _T.CONSENT_GIVEN: _ok("web", _C.ENTITY, _CREATE),
        _T.CONSENT_WITHDRAWN: _ok("web", _C.ENTITY, _DELETE),
        _T.PURGED: _ok("system", _C.ENTITY, _DELETE),
        _T.TRAIL_ARCHIVED: _ok("system", _C.ENTITY, _UPDATE),
        _T.REPORTED: _ok("shell", _C.ENTITY, _READ),
        _T.RECORDS_READ: _ok("web", _C.ENTITY, _READ),
        _T.RECORDS_FOLLOWED: _ok("web", _C.ENTITY, _READ),
        _T.RECORDS_SAVED: _ok("web", _C.ENTITY, _READ),
        _T.FIGURES_READ: _ok("web", _C.ENTITY, _READ),
        _T.SUMMARY_MADE: _ok("web", _C.ENTITY, _READ),
        _T.LOG_CHECKED: _ok("web", _C.ENTITY, _READ),
        _T.ALERTS_READ: _ok("web", _C.ENTITY, _READ),
        _T.EVIDENCE_READ: _ok("web", _C.ENTITY, _READ),
        _T.ALERT_ACKNOWLEDGED: _ok("web", _C.ENTITY, _UPDATE),
        _T.ALERT_CLOSED: _ok("web", _C.ENTITY, _UPDATE),
        _T.ALERT_REOPENED: _ok("web", _C.ENTITY, _UPDATE),
        _T.PERSON_NAMED: _ok("web", _C.ENTITY, _READ),
        _T.AUDIT_REFUSED: _no("web", _C.ENTITY, _READ),
        _T.TEXT_HOSTILE: _alarm("web"),
        _T.TOKEN_REPLAYED: _alarm("oauth", Severity.HIGH),
        _T.TOKEN_REFUSED: _alarm("oauth", Severity.MEDIUM),
        _T.ALERT_RAISED: _alarm("system"),
        _T.WATCH_ANSWERED: Kind("success", "system", _C.FINDING, 2),
        _T.WATCH_FAILED: Kind("failure", "system", _C.ERROR, 1, Severity.HIGH),
        _T.CLOCK_MOVED: _alarm("system"),
        _T.OUTLET_FAILED: Kind("failure", "system", _C.ERROR, 1, Severity.MEDIUM),
        _T.OUTLET_RECOVERED: _ok("system", _C.BASE),
        _T.STARTED: _ok("system", _C.LIFECYCLE, 3),
        _T.RESTORED: _ok("shell", _C.LIFECYCLE, 8),
    }
)
