"""What an administrator of the fake gateway sees and does at `/admin`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
INVITED = "invitation-token-1234567890"
MADE = "abcde-fghjk-mnpqr-stuvw"
AT = "2026-11-23T09:58:00+00:00"


def person(username: str, name: str, **more: Any) -> Json:
    """Return somebody as the list shows them."""
    usual: Json = {
        "ref": f"ref-{username}",
        "username": username,
        "name": name,
        "roles": ["customer"],
        "disabled": False,
        "methods": ["totp"],
        "paused": [],
        "sessions": 0,
        "me": False,
        "second": False,
    }
    return usual | more


@dataclass
class FakeAdministration:
    """The people of one organisation, and what waits for a second administrator."""

    refuse: Callable[..., Exception]
    open_challenge: Callable[[str, str], Json]
    people: list[Json] = field(
        default_factory=lambda: [
            person("adam", "Adam Osei", roles=["admin"], me=True, second=True, last_sign_in=AT),
            person("bob", "Bob Lindqvist", sessions=1, methods=["totp", "email"], last_sign_in=AT),
            person("cleo", "Cleo Park", paused=["totp"], disabled=True),
            person("zoe", "Zoe Zander", methods=["email"], invited="expired"),
        ]
    )
    waiting: list[Json] = field(default_factory=list)
    second_admin: bool = True
    page: int = 50
    state: str = "done"
    """What becomes of an action once it is proved."""
    passwords: list[str] = field(default_factory=list)
    """First passwords that were set by a link."""
    asked: list[tuple[str, Json]] = field(default_factory=list)
    sent: str | None = None

    def call(self, method: str, path: str, query: Json, body: Json) -> Any:
        """Answer one call below `/api/admin/`."""
        what, _, rest = path.partition("/")
        if what == "actions":
            return self._action(method, rest)
        if method == "GET":
            return self._sessions(rest) if rest else self._page(query)
        self.asked.append((rest.partition("/")[2] or "add", body))
        self.sent = body.get("send")
        return self._begun(rest.partition("/")[2] or "add")

    def _page(self, query: Json) -> Json:
        find, after = query.get("find", "").lower(), query.get("after", "")
        found = [
            one
            for one in self.people
            if find in (one["username"] + one["name"]).lower() and one["username"] > after
        ]
        told: Json = {
            "people": found[: self.page],
            "roles": ["admin", "auditor", "customer", "teller"],
            "second_admin": self.second_admin,
        }
        return told | ({"next": found[self.page - 1]["username"]} if found[self.page :] else {})

    def _sessions(self, rest: str) -> list[Json]:
        ref = rest.partition("/")[0]
        known = next((one for one in self.people if one["ref"] == ref), None)
        if known is None:
            raise self.refuse(404, "unknown_person", "There is nobody of this name.")
        session = {
            "ref": "session-1",
            "device": "Firefox on Windows",
            "channel": "web",
            "assurance": "aal2",
            "signed_in_at": AT,
            "last_seen_at": AT,
        }
        return [session] * known["sessions"]

    def _action(self, method: str, rest: str) -> Any:
        if method == "GET":
            return self.waiting
        if method == "DELETE":
            self.waiting = [one for one in self.waiting if one["ref"] != rest]
            return None
        if rest.endswith("/approve"):
            return self._begun("approve")
        done: Json = {"ref": rest, "kind": self.asked[-1][0] if self.asked else "approve"}
        done["state"] = self.state
        if self.state == "done" and self.sent == "shown":
            done["password"] = MADE
        if self.state == "done" and self.sent in ("email", "sms"):
            done["sent"] = True
        return done

    def _begun(self, kind: str) -> Json:
        challenge = self.open_challenge("Disable Bob Lindqvist (bob)", "administer")
        return {"ref": "action-1", "kind": kind, "state": "prove", "challenge": challenge}

    def invited(self, body: Json) -> Json:
        """Set the first password by the link of an invitation."""
        if body["token"] != INVITED or self.passwords:
            raise self.refuse(410, "expired", "This request for a code has expired.")
        if len(body["new_password"]) < 12:
            advice = ["Add another word or two."]
            raise self.refuse(422, "weak_password", "Too easy to guess.", suggestions=advice)
        self.passwords.append(body["new_password"])
        return {"tenant": "northwind-bank", "name": "Northwind Bank", "username": "zoe"}
