"""What the demo's page sees of the fake gateway: people, phones, an attack, a trail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.web.fake_challenges import CODE

Json = dict[str, Any]
AT = "2026-11-23T10:00:00Z"
ALICE_PHONE = "+12025550101"


def persona(username: str, name: str, tenant: str, tenant_name: str, role: str) -> Json:
    return {
        "tenant": tenant,
        "tenant_name": tenant_name,
        "number": "+12025550191",
        "username": username,
        "name": name,
        "roles": [role],
        "password": "correct horse battery",
        "code": CODE,
        "code_seconds_left": 20,
        "phone": ALICE_PHONE if username == "alice" else "+12025550102",
        "email": f"{username}@example.org",
    }


REPORT: Json = {
    "attack": "guess",
    "exchanges": [
        {
            "who": "attacker",
            "step": "guess",
            "call": "POST /api/challenges/{id}/answer",
            "sent": "000000",
            "status": 401,
            "code": "wrong_code",
            "answer": "That code is not right.",
        }
    ],
    "stopped": True,
    "trail": [
        {
            "sequence": 8,
            "at": AT,
            "tag": "challenge:person:fail",
            "tenant": "northwind-bank",
            "method": "totp",
        }
    ],
}


@dataclass
class FakeDemo:
    """Answers texts with `answer`; keeps who texted what in `texts`."""

    people: list[Json] = field(
        default_factory=lambda: [
            persona("alice", "Alice Moreau", "northwind-bank", "Northwind Bank", "customer"),
            persona("pat", "Pat Rivera", "harbor-clinic", "Harbor Clinic", "patient"),
            persona("erin", "Erin Walsh", "globex", "Globex", "employee"),
            persona("carl", "Carl Jensen", "acme-shop", "Acme Shop", "customer"),
            persona("quinn", "Quinn Abbott", "harbor-clinic", "Harbor Clinic", "patient"),
        ]
    )
    texts: list[Json] = field(default_factory=list)
    trail: list[Json] = field(
        default_factory=lambda: [{"sequence": 7, "at": AT, "tag": "session:anonymous:create"}]
    )
    report: Json = field(default_factory=lambda: dict(REPORT))
    answer: str = "Lindenhof Homes: 1045.00 EUR"
    shorts: int = 0

    def call(self, path: str, body: Json) -> Any:
        """Answer a call below `/demo/`."""
        if path == "people":
            return self.people
        if path == "trail":
            return self.trail
        if path == "attacks":
            self.trail = self.trail + self.report["trail"]
            return {**self.report, "attack": body["attack"]}
        if body:
            who = {"at": AT, "tenant": body["tenant"], "username": body["username"]}
            self.texts = [
                *self.texts,
                {**who, "mine": True, "text": body["text"]},
                {**who, "mine": False, "text": self.answer},
            ]
        return self.texts
