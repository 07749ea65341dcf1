"""What an organisation's records of a period come to, for whoever has to account for it.

Counts alone: no person, no session, no word. Each part says which requirement asks for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from security.auditing.figures import said_as
from security.auditing.filters import Entry, under
from security.auditing_model import AlertView, LogState

VERSION = 1


@dataclass(frozen=True)
class Part:
    """One part of the report: the tags that belong to it, each or all below it."""

    name: str
    title: str
    asked_by: str
    kinds: tuple[str, ...]


PARTS = (
    Part(
        "sign_ins",
        "Signing in and out",
        "PCI DSS 10.2.1.4, 10.2.1.5; HIPAA 164.308(a)(5)(ii)(C); ASVS 16.3.1",
        ("sign_in", "session", "sso", "embed"),
    ),
    Part("proofs", "Proofs and codes", "NIST SP 800-63B; ASVS 16.3.1", ("challenge",)),
    Part(
        "factors",
        "Passwords, factors and recovery",
        "PCI DSS 10.2.1.5; ASVS 16.3.3",
        ("account",),
    ),
    Part(
        "operations",
        "What the assistant did, and what it was refused",
        "PCI DSS 10.2.1.1; HIPAA 164.312(b); ASVS 16.3.2",
        ("operation", "pending", "turn", "token"),
    ),
    Part(
        "administration",
        "Administration, and keys",
        "PCI DSS 10.2.1.2, 10.2.1.5; HIPAA 164.308(a)(3)",
        ("admin",),
    ),
    Part("messages", "Messages to people", "ASVS 16.3.3", ("message", "sms", "page")),
    Part("rights", "Rights of people", "GDPR 12, 15, 17, 20", ("data",)),
    Part(
        "reading",
        "Who read the records",
        "PCI DSS 10.2.1.3; HIPAA 164.308(a)(1)(ii)(D)",
        ("audit",),
    ),
    Part(
        "watch",
        "What the watch saw and did",
        "PCI DSS 10.4.1, 10.7.2; HIPAA 164.308(a)(6)(ii); GDPR 33",
        ("watch", "security", "trail"),
    ),
)
_REST = Part("rest", "Anything else", "", ())


class Counts:
    """Counts an organisation's records of one period."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since, self.until = since, until
        self._tags, self._decisions = Counter[str](), Counter[str]()
        self._reasons, self._operations = Counter[str](), Counter[str]()
        self._purposes = Counter[str]()
        self._people: set[str] = set()
        self._records = 0

    def add(self, one: Entry) -> None:
        """Count a record that lies in the period."""
        if not self.since <= one.at < self.until:
            return
        said = one.said
        self._records += 1
        self._tags[said["tag"]] += 1
        if said.get("decision") == "deny":
            self._reasons[str(said.get("reason", "other"))] += 1
        if said.get("decision") in ("allow", "deny"):
            self._decisions[said["decision"]] += 1
        if said.get("decision") == "allow" and said.get("operation"):
            self._operations[said["operation"]] += 1
        if said.get("purpose") and under(said["tag"], "operation"):
            self._purposes[said["purpose"]] += 1
        if said.get("person"):
            self._people.add(said["person"])

    def plain(self) -> dict[str, Any]:
        """Return what was counted."""
        left, parts = dict(self._tags), []
        for part in PARTS:
            found = {tag: n for tag, n in left.items() if any(under(tag, k) for k in part.kinds)}
            left = {tag: n for tag, n in left.items() if tag not in found}
            parts.append(_part(part, found))
        if left:
            parts.append(_part(_REST, left))
        return {
            "records": self._records,
            "people": len(self._people),
            "decisions": dict(sorted(self._decisions.items())),
            "denied_because": dict(self._reasons.most_common()),
            "operations": dict(self._operations.most_common()),
            "purposes": dict(self._purposes.most_common()),
            "parts": parts,
        }


def _part(part: Part, counts: Mapping[str, int]) -> dict[str, Any]:
    told = {"name": part.name, "title": part.title, "asked_by": part.asked_by}
    return {**told, "counts": dict(sorted(counts.items()))}


def report(
    organisation: str,
    counts: Counts,
    alerts: Iterable[AlertView],
    log: LogState,
    made_at: datetime,
    purpose: str,
) -> dict[str, Any]:
    """Return the report as JSON: what was counted, the alerts of the period, how the log stands."""
    listed = list(alerts)
    return {
        "version": VERSION,
        "organisation": organisation,
        "since": said_as(counts.since),
        "until": said_as(counts.until),
        "made_at": said_as(made_at),
        "purpose": purpose,
        "log": log.model_dump(exclude_none=True),
        **counts.plain(),
        "alerts": {
            "by_level": dict(Counter(one.level for one in listed)),
            "by_state": dict(Counter(one.state for one in listed)),
            "by_reason": dict(Counter(one.reason for one in listed if one.reason)),
            "listed": [_alert(one) for one in listed],
        },
    }


def _alert(one: AlertView) -> dict[str, Any]:
    kept = {"at", "title", "level", "techniques", "done", "state", "reason", "moved_at"}
    return one.model_dump(exclude_none=True, include=kept)
