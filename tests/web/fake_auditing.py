"""What an auditor of the fake gateway sees and does at `/monitor`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
AT = "2026-11-23T09:58:00+00:00"
ALICE, BOB = "ae3b024821dff63a3c23e8ce", "1c23e8cef63ae3b024821dff"


def record(number: int, tag: str = "operation:guard:allow", **more: Any) -> Json:
    """Return a record as the list shows it."""
    usual: Json = {
        "id": f"1-{number}",
        "at": AT,
        "tag": tag,
        "person": ALICE,
        "session": "session-of-alice",
        "operation": "banking.list_accounts",
        "decision": "deny" if tag.endswith("deny") else "allow",
        "duration_ms": 3.25,
    }
    return usual | more


def alert(ref: str, **more: Any) -> Json:
    """Return an alert as the list shows it."""
    usual: Json = {
        "ref": ref,
        "rule": "password_guessing",
        "title": "Guessing at one password",
        "about": "Very many wrong passwords for one person.",
        "level": "high",
        "at": AT,
        "person": ALICE,
        "techniques": ["credential-access", "t1110.001"],
        "false_positives": ["a device that keeps an old password"],
        "steps": "Ask the person, by a way you know, whether it was them.",
        "done": ["notify", "throttle"],
        "state": "open",
        "events": 12,
    }
    return usual | more


def _bucket(number: int) -> Json:
    usual = {
        "at": f"2026-11-23T09:{number:02d}:00+00:00",
        "records": 20 + (number * 37) % 23,
        "allowed": 12 + (number * 17) % 11,
        "denied": number % 4,
        "failed_sign_ins": (number * 7) % 5,
    }
    times = {"p50_ms": 2.5 + number % 3, "p95_ms": 7.0 + (number * 5) % 9}
    return usual | (times if number % 7 else {})


@dataclass
class FakeAuditing:
    """One organisation's trail."""

    refuse: Callable[..., Exception]
    open_challenge: Callable[[str, str], Json]
    proved: bool = True
    records: list[Json] = field(
        default_factory=lambda: [
            record(60, "operation:guard:deny", reason="step_up_required"),
            record(59),
            record(58, "sign_in:password:fail", decision=None, operation=None, actor=BOB),
            record(57, "audit:record:read", person=None, actor=BOB),
        ]
    )
    arriving: list[Json] = field(default_factory=list)
    """What the feed brings at its next question."""
    alerts: list[Json] = field(
        default_factory=lambda: [
            alert("alert-1"),
            alert("alert-2", title="Emergency access", level="medium", person=BOB, done=[]),
        ]
    )
    log: Json = field(
        default_factory=lambda: {
            "state": "whole",
            "complete": True,
            "writable": True,
            "checkpoint": 41,
            "checkpoint_at": AT,
            "unsigned": 12,
            "checked_until": AT,
            "watched_until": AT,
            "newest_at": AT,
        }
    )
    ended: bool = False
    asked: list[tuple[str, str, Json]] = field(default_factory=list)

    def call(self, method: str, path: str, query: Json, body: Json) -> Any:
        """Answer one call below `/api/audit` or `/api/alerts`; bytes are a file."""
        self.asked.append((method, path, {**query, **(body or {})}))
        free = {
            "audit/verify": lambda: self.log,
            "audit/figures": _figures,
            "audit/prove": self._prove,
        }
        if path in free:
            return free[path]()
        if not self.proved:
            raise self.refuse(401, "step_up_required", "Please confirm that it is still you.")
        if path.startswith("alerts"):
            return self._alerts(method, path.removeprefix("alerts").strip("/"), query, body)
        return self._of_people(path.removeprefix("audit").strip("/"), query)

    def _prove(self) -> Json:
        if self.proved:
            return {"state": "ready"}
        challenge = self.open_challenge("Read your organisation's records", "step_up")
        self.proved = True  # Once its code has been given.
        return {"state": "prove", "challenge": challenge}

    def _of_people(self, path: str, query: Json) -> Any:
        if path == "":
            return self._records(query)
        if path in ("file", "report"):
            return b"made"
        if path.startswith("people/"):
            told = {"person": ALICE, "username": "alma", "name": "Alma Sand"}
            return told | {"roles": ["customer"], "disabled": False}
        if path == "sessions":
            return self._sessions()
        if path.startswith("actions/"):
            self.ended = True
            return {"ref": "action-1", "kind": "end_sessions", "state": "done"}
        challenge = self.open_challenge("End sessions of Alice Moreau (alice)", "administer")
        return {
            "ref": "action-1",
            "kind": "end_sessions",
            "state": "prove",
            "challenge": challenge,
        }

    def _records(self, query: Json) -> Json:
        if "newer" in query:
            arrived, self.arriving = self.arriving, []
            return {"records": [_plain(one) for one in arrived], "newer": "1.99"}
        found = [
            _plain(one)
            for one in self.records
            if query.get("person") in (None, one.get("person"), one.get("actor"))
            and one["tag"].startswith(query.get("kind", ""))
            and query.get("decision") in (None, one.get("decision"))
        ]
        if "older" in query:
            return {"records": [_plain(record(1, at="2026-11-01T08:00:00+00:00"))], "newer": "1.99"}
        return {"records": found, "older": "1.50", "newer": "1.60", "searched_until": AT}

    def _alerts(self, method: str, ref: str, query: Json, body: Json) -> Any:
        if not ref:
            found = [
                one
                for one in self.alerts
                if query.get("state") in (None, one["state"])
                and query.get("level") in (None, one["level"])
            ]
            still = sum(one["state"] == "open" for one in self.alerts)
            return {"alerts": found, "open": still}
        [known] = [one for one in self.alerts if one["ref"] == ref]
        if method == "GET":
            return {"alert": known, "evidence": [_plain(self.records[2])], "missing": 2}
        known.update(state=body["state"], moved_at=AT, moved_by=BOB)
        if "reason" in body:
            known["reason"] = body["reason"]
        return known

    def _sessions(self) -> Json:
        usual = {
            "device": "Firefox on Linux",
            "channel": "web",
            "assurance": "aal2",
            "began_at": AT,
            "last_seen_at": AT,
        }
        mine = usual | {"ref": "mine", "person": BOB, "roles": ["auditor"], "me": True, "alerts": 0}
        hers = usual | {
            "ref": "hers",
            "person": ALICE,
            "roles": ["customer"],
            "me": False,
            "alerts": 1,
        }
        return {"sessions": [mine] if self.ended else [mine, hers]}


def _plain(one: Json) -> Json:
    return {key: value for key, value in one.items() if value is not None}


def _figures() -> Json:
    return {
        "since": AT,
        "until": AT,
        "seconds": 60,
        "buckets": [_bucket(number) for number in range(60)],
        "reasons": {"step_up_required": 9, "forbidden": 2},
        "operations": {"banking.list_accounts": 31},
        "complete": True,
    }
