"""Records as events of the Open Cybersecurity Schema Framework (OCSF 1.8, schema.ocsf.io).

A record says no more in OCSF than it says itself: what has no attribute of its own there stands
under `unmapped`, and `raw_data_hash` is the digest that the record after it names, so that an event
can be found in the log that proves it. People are pseudonyms, sessions are references.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson

from security.audit.kinds import KINDS, OTHER, Class, Kind, Severity
from security.audit.record import event_id
from security.audit.tags import Tag
from security.audit.verifier import FIRST_LANE

VERSION = "1.8.0"
PRODUCT = MappingProxyType({"name": "Gatehouse", "vendor_name": "Gatehouse"})
PROFILES = ("datetime", "host", "security_control")

Said = Mapping[str, Any]
Event = dict[str, Any]

_SHA256 = 3
_STATUS = {"success": (1, "Success"), "failure": (2, "Failure"), "unknown": (0, "Unknown")}
_BEGUN = (OTHER, "Begun")
_ACTION = {"allow": (1, "Allowed"), "deny": (2, "Denied")}
_USER, _SERVICE, _UNKNOWN = 1, 4, 0
_FACTORS = {"sms": 1, "push": 5, "totp": 7, "email": 8, "passkey": 10, "password": 11}
_PSEUDONYM = frozenset("0123456789abcdef")
_CHANGES = {"password": 3, "totp": 10, "phone": 10, "email": 10, "passkey": 10, "push": 10}
_WHAT_APIS_DO = {"read": 2, "write": 3, "prepare": 1}
_MAPPED = frozenset({"at", "tag", "outcome", "tenant", "decision", "session", "sequence"})
"""What has an attribute of its own in every class."""


def ocsf_event(record: bytes) -> Event:
    """Return a record as an event of OCSF. Raises `ValueError` where it is no record of ours."""
    try:
        said: Said = orjson.loads(record)
        tag = Tag(said["tag"])
        kind = KINDS[tag]
        event = _of_every_class(record, said, kind, _activity(tag, kind, said))
        event |= _OF_CLASS[kind.event](said)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"not a record of the trail: {type(error).__name__}") from None
    return event


def _of_every_class(record: bytes, said: Said, kind: Kind, activity: int) -> Event:
    status, status_in_words = _STATUS.get(said.get("outcome", kind.outcome), _BEGUN)
    moment = datetime.fromisoformat(said["at"])
    event: Event = {
        "class_uid": int(kind.event),
        "category_uid": int(kind.event) // 1000,
        "activity_id": activity,
        "type_uid": int(kind.event) * 100 + activity,
        "severity_id": int(kind.severity),
        "time": int(moment.timestamp() * 1000),
        "time_dt": said["at"],
        "status_id": status,
        "status": status_in_words,
        "metadata": _metadata(said),
        "raw_data_hash": {"algorithm_id": _SHA256, "value": hashlib.sha256(record).hexdigest()},
        "unmapped": {name: value for name, value in said.items() if name not in _MAPPED},
    }
    if activity == OTHER:
        event["activity_name"] = said["tag"].rpartition(":")[2]
    if "reason" in said:
        event["status_code"] = said["reason"]
    if "duration_us" in said:
        event["duration"] = said["duration_us"] // 1000
    if said.get("decision") in _ACTION:
        event["action_id"], event["action"] = _ACTION[said["decision"]]
    if kind.event is Class.FINDING and kind.severity > Severity.INFORMATIONAL:
        event["is_alert"] = True
    return event


def _metadata(said: Said) -> Event:
    name = event_id(said.get("writer", FIRST_LANE), said["sequence"])
    metadata: Event = {
        "version": VERSION,
        "product": dict(PRODUCT),
        "profiles": list(PROFILES),
        "uid": name,
        "sequence": said["sequence"],
        "event_code": said["tag"],
        "log_name": "trail",
        "log_version": str(said.get("version", 1)),
        "original_time": said["at"],
    }
    if "tenant" in said:
        metadata["tenant_uid"] = said["tenant"]
    # What belongs together: a call and its end, or else all that one turn did.
    belongs = name if said["tag"] == Tag.OPERATION_INTENDED.value else None
    correlated = said.get("intent") or belongs or said.get("turn")
    return metadata | ({"correlation_uid": correlated} if correlated else {})


def _activity(tag: Tag, kind: Kind, said: Said) -> int:
    """Return the activity; where the kind alone does not say, what the record says more."""
    if kind.event is Class.API and "scope" in said:
        return _WHAT_APIS_DO.get(said["scope"].rpartition(":")[2], OTHER)
    if tag in (Tag.CHANGE_OPENED, Tag.CHANGE_REFUSED, Tag.CHANGE_DONE):
        return _CHANGES.get(said.get("purpose", ""), OTHER)
    if tag.value.startswith("challenge:") and said.get("purpose", "sign_in") != "sign_in":
        return OTHER if kind.event is Class.AUTHENTICATION else kind.activity
    return kind.activity


def _user(name: str | None) -> Event:
    """Return somebody: a person by pseudonym, a client or a part of ours by name, or nobody."""
    if name is None:
        return {"name": "unknown", "type_id": _UNKNOWN}
    is_person = len(name) == 24 and _PSEUDONYM.issuperset(name)
    return {"uid": name, "type_id": _USER if is_person else _SERVICE}


def _whom(said: Said) -> Event:
    user = _user(said.get("person"))
    if "tenant" in said:
        user["org"] = {"uid": said["tenant"]}
    return user


def _session(said: Said) -> Event:
    return {"session": {"uid": said["session"]}} if "session" in said else {}


def _actor(said: Said) -> Event:
    """Return who did it: the actor where there is one, and else the person."""
    by = _user(said.get("actor", said.get("person")))
    if said.get("roles"):
        by["groups"] = [{"name": role, "type": "role"} for role in said["roles"]]
    return {"actor": {"user": by, **_session(said)}}


def _authentication(said: Said) -> Event:
    event = {"user": _whom(said), "service": dict(_HERE), **_actor(said), **_session(said)}
    if "method" in said:
        factor = _FACTORS.get(said["method"], OTHER)
        event["auth_factors"] = [{"factor_type_id": factor, "factor_type": said["method"]}]
    return event


def _account(said: Said) -> Event:
    return {"user": _whom(said), **_actor(said)}


def _access(said: Said) -> Event:
    return {**_account(said), "privileges": list(said.get("roles", ())) or ["none"]}


def _entity(said: Said) -> Event:
    kind = said["tag"].split(":")[1]
    known = said.get("key") or said.get("session") or said.get("person") or said.get("tenant")
    entity = {"name": kind, "type": kind, "type_id": OTHER}
    return {"entity": entity | ({"uid": known} if known else {}), **_actor(said)}


def _api(said: Said) -> Event:
    operation = said.get("operation") or said["tag"]
    api: Event = {"operation": operation, "service": {"name": operation.partition(".")[0]}}
    if "turn" in said:
        api["request"] = {"uid": said["turn"]}
    if "token" in said:
        api["token"] = {"uid": said["token"]}
    came = {"name": said.get("channel", "web")} | (
        {"uid": said["origin"]} if "origin" in said else {}
    )
    return {"api": api, "src_endpoint": came, **_actor(said)}


def _finding(said: Said) -> Event:
    name = event_id(said.get("writer", FIRST_LANE), said["sequence"])
    title = said.get("reason") or said["tag"]
    rule = {"name": title, "type_id": 1, "type": "Rule"}
    return {"finding_info": {"uid": name, "title": title, "analytic": rule}, **_actor(said)}


_HERE = MappingProxyType({"name": "gatehouse"})
_OF_CLASS: Mapping[Class, Callable[[Said], Event]] = MappingProxyType(
    {
        Class.BASE: _actor,
        Class.FINDING: _finding,
        Class.ACCOUNT: _account,
        Class.AUTHENTICATION: _authentication,
        Class.ENTITY: _entity,
        Class.ACCESS: _access,
        Class.LIFECYCLE: lambda _: {"app": dict(PRODUCT)},
        Class.API: _api,
        Class.ERROR: _actor,
    }
)
