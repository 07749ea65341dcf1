"""One session that is held, and a record of every call: what the fakes of security stand on."""

from __future__ import annotations

from security.errors import Refused
from security.model import SessionView, User

SESSION = "s" * 43
NEW_SESSION = "n" * 43
CSRF = "c" * 43
NEW_CSRF = "d" * 43

ANONYMOUS = SessionView(
    authenticated=False, assurance="none", idle_seconds_left=3600, absolute_seconds_left=43200
)
SIGNED_IN = SessionView(
    authenticated=True,
    user=User(name="Alice", tenant="northwind-bank", roles=["customer"]),
    tenant="northwind-bank",
    assurance="aal2",
    idle_seconds_left=300,
    absolute_seconds_left=43200,
)


class Recorder:
    """Keeps every call in `calls`; raises what `refuse` lists for it, once each (None: nothing)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []
        self.sessions = {SESSION: CSRF}
        self.refuse: dict[str, list[Refused | Exception | None]] = {}

    def _called(self, name: str, detail: object = None) -> None:
        self.calls.append((name, detail))
        refused = self.refuse[name].pop(0) if self.refuse.get(name) else None
        if refused is not None:
            raise refused

    def _held(self, session_id: str, csrf_token: str | None = None) -> None:
        if session_id not in self.sessions:
            raise Refused("session_expired")
        if csrf_token is not None and self.sessions[session_id] != csrf_token:
            raise Refused("csrf_failed")

    def named(self, name: str) -> list[object]:
        return [detail for called, detail in self.calls if called == name]
