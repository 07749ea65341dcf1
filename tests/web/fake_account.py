"""What a person of the fake gateway sees and changes on the security page."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import segno

from tests.web.fake_challenges import CODE

TOKEN = "recovery-token-1234567890"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW_CODES = [f"{letter * 4}-bcde-fghj" for letter in "acdefghjkm"]
URI = f"otpauth://totp/Northwind%20Bank:alice?secret={SECRET}&issuer=Northwind%20Bank"
WEAK = ["Add another word or two.", "Avoid names of months."]
TO_MAKE = {
    "rp": {"id": "localhost", "name": "Gatehouse (Northwind Bank)"},
    "user": {"id": "aGFuZGxl", "name": "alice", "displayName": "Alice Moreau"},
    "challenge": "Y2hhbGxlbmdl",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
    "excludeCredentials": [],
    "attestation": "none",
    "timeout": 60_000,
}
"""What a browser is asked to make."""
Json = dict[str, Any]


def rows_of_qr() -> str:
    """Return the code of `URI` as rows of 0 and 1, without its quiet zone."""
    matrix = segno.make(URI, micro=False).matrix
    return "\n".join("".join(str(module & 1) for module in row) for row in matrix)


@dataclass
class FakeAccount:
    """Factors, sessions and sign-ins of the one person there is."""

    refuse: Callable[..., Exception]
    open_challenge: Callable[[str], Json]
    enrol: bool = False
    proof_asked: bool = True
    authenticators: list[Json] = field(
        default_factory=lambda: [
            {"ref": "app-1", "method": "totp", "added_at": "2026-01-05T09:00:00Z", "paused": False},
            {
                "ref": "sms-1",
                "method": "sms",
                "hint": "•••• 12",
                "added_at": "2026-02-07T09:00:00Z",
                "paused": True,
            },
        ]
    )
    codes_left: int = 8
    erased: bool = False
    export_proof: bool = False
    """Whether a copy of the data wants a proof first."""
    copy_fails: bool = False
    reauthenticated: bool = False
    changes: dict[str, Json] = field(default_factory=dict)
    others: list[Json] = field(
        default_factory=lambda: [
            {
                "ref": "here",
                "current": True,
                "device": "Chrome on Linux",
                "signed_in_at": "2026-11-23T09:58:00Z",
                "last_seen_at": "2026-11-23T10:00:00Z",
            },
            {
                "ref": "phone",
                "current": False,
                "device": "Safari on iPhone",
                "signed_in_at": "2026-11-20T08:00:00Z",
                "last_seen_at": "2026-11-22T18:30:00Z",
            },
        ]
    )
    made: list[Json] = field(default_factory=list)
    """The passkeys that a browser has made."""
    password: str = ""
    recovered: list[Json] = field(default_factory=list)
    outbox: list[Json] = field(default_factory=list)

    def view(self) -> Json:
        """What `GET /api/authenticators` answers."""
        return {
            "authenticators": self.authenticators,
            "recovery_codes_left": self.codes_left,
            "enrol": self.enrol,
        }

    def sign_ins(self) -> list[Json]:
        """What `GET /api/sign-ins` answers."""
        return [
            {
                "at": "2026-11-23T09:58:00Z",
                "device": "Chrome on Linux",
                "outcome": "passed",
                "method": "totp",
            },
            {"at": "2026-11-21T03:12:00Z", "device": "Firefox on Windows", "outcome": "failed"},
        ]

    def end(self, ref: str) -> None:
        """End a session, or all others."""
        if ref == "others":
            self.others = [one for one in self.others if one["current"]]
        elif ref in [one["ref"] for one in self.others]:
            self.others = [one for one in self.others if one["ref"] != ref]
        else:
            raise self.refuse(404, "unknown_session", "This sign-in has ended already.")

    def change(self, kind: str, body: Json) -> Json:
        """Begin a change of `kind`."""
        if not self.reauthenticated and not self.enrol:
            raise self.refuse(401, "reauthentication_required", "Please type your password again.")
        if kind == "password" and len(body["new_password"]) < 12:
            title = "This password is too easy to guess."
            raise self.refuse(422, "weak_password", title, suggestions=WEAK)
        if kind == "phone" and not body["phone"].startswith("+"):
            title = "This number cannot be used. Please check it."
            raise self.refuse(422, "invalid_address", title, field="phone")
        self.reauthenticated = False
        change: Json = {"ref": secrets.token_urlsafe(6), "kind": kind, "state": "prove", **body}
        self.changes[change["ref"]] = change
        if self.enrol or not self.proof_asked:
            return self.go_on(change["ref"])
        challenge = self.open_challenge(f"Change: {kind}")
        if kind == "erase":
            kept = "until 2036-11-26 (bookkeeping law)"
            challenge["details"] = [{"label": "Kept: payments, accounts", "value": kept}]
        if kind == "phone":
            challenge["details"] = [{"label": "Number for codes", "value": body["phone"]}]
        return {**self.shown(change), "challenge": challenge}

    def ask_for_copy(self) -> Json:
        """Tell whether a copy can be fetched; a proof is asked for once."""
        if not self.export_proof:
            return {"state": "ready"}
        self.export_proof = False
        return {"state": "prove", "challenge": self.open_challenge("Get a copy of your data")}

    def live(self, ref: str) -> Json:
        """Return the open change that is called so."""
        if ref not in self.changes:
            raise self.refuse(404, "unknown_change", "This change is not open here.")
        return self.changes[ref]

    def go_on(self, ref: str) -> Json:
        """The change was proved."""
        change = self.live(ref)
        shows = ("totp", "phone", "email", "passkey")
        change["state"] = "confirm" if change["kind"] in shows else "done"
        if change["state"] == "done":
            return self.apply(change)
        told: Json = {}
        if change["kind"] == "passkey":
            told = {"passkey": TO_MAKE}
        elif change["kind"] == "totp":
            told = {"totp": {"secret": SECRET, "uri": URI, "qr": rows_of_qr()}}
        else:
            told = {"destination_hint": "•••• 77" if change["kind"] == "phone" else "b•••@m•••.org"}
        return {**self.shown(change), **told}

    def confirm(self, ref: str, body: Json) -> Json:
        """The new factor has shown a code, or was made."""
        change = self.live(ref)
        if change["kind"] == "passkey":
            self.made.append(body["credential"])
        elif body["code"] != CODE:
            raise self.refuse(401, "wrong_code", "That code is not right.", attempts_left=4)
        return self.apply(change)

    def apply(self, change: Json) -> Json:
        """Do it."""
        change["state"] = "done"
        kind, told = change["kind"], {}
        if kind == "remove":
            self.authenticators = [a for a in self.authenticators if a["ref"] != change["what"]]
        elif kind == "recovery":
            self.codes_left, told = len(NEW_CODES), {"codes": NEW_CODES}
        elif kind == "erase":
            self.erased = True
        elif kind == "password":
            self.password = change["new_password"]
        else:
            method = {"phone": "sms"}.get(kind, kind)
            hint = {"hint": change["name"]} if kind == "passkey" else {}
            added = {"ref": f"{method}-2", "method": method, "paused": False, **hint}
            kept = [one for one in self.authenticators if one["method"] != method]
            self.authenticators = [*kept, {**added, "added_at": "2026-11-23T10:00:00Z"}]
            self.enrol = False
        return {**self.shown(change), **told}

    @staticmethod
    def shown(change: Json) -> Json:
        """Return what the page learns of a change."""
        return {name: change[name] for name in ("ref", "kind", "state")}
