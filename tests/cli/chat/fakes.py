"""A server for a terminal, in memory: it keeps what it was asked, and answers as it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.chat.client import Held, Refusal

CHALLENGE: dict[str, Any] = {
    "id": "challenge-1",
    "purpose": "confirm",
    "method": "totp",
    "methods": ["totp", "sms"],
    "binding": "Pay 50.00 EUR to Anna Berg",
    "details": [{"label": "Amount", "value": "50.00 EUR"}],
    "expires_in": 300,
    "attempts_left": 5,
}
SESSION: dict[str, Any] = {"authenticated": True, "user": {"name": "Alice Moreau"}}


def refusal(code: str, title: str = "Not so.") -> Refusal:
    """Return what a server refuses with."""
    return Refusal({"code": code, "title": title})


class FakeClient:
    """Implements `cli.chat.client.ChatClient`, without a network."""

    def __init__(self) -> None:
        self.url = "https://localhost:8443"
        self.held = Held("cookie", "token")
        self.calls: list[tuple[Any, ...]] = []
        self.says: list[list[dict[str, Any]] | Refusal] = []
        self.answers: list[Refusal | None] = []
        self.resumed: list[dict[str, Any]] = [{"text": "Paid."}]

    def tenants(self) -> list[dict[str, str]]:
        return [{"id": "acme-shop", "name": "Acme Shop"}, {"id": "bank", "name": "Northwind Bank"}]

    def begin(self, tenant: str | None) -> dict[str, Any]:
        self.calls.append(("begin", tenant))
        return {"authenticated": False}

    def say(self, text: str) -> list[dict[str, Any]]:
        return self._said("say", text)

    def choose(self, choice: str) -> list[dict[str, Any]]:
        return self._said("choose", choice)

    def password(self, *given: str) -> dict[str, Any]:
        self.calls.append(("password", *given))
        return {"challenge": CHALLENGE}

    def send(self, challenge: str, method: str) -> dict[str, Any]:
        self.calls.append(("send", challenge, method))
        return {**CHALLENGE, "method": method, "destination_hint": "•••• 01"}

    def answer(
        self, challenge: str, code: str, panel: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        self.calls.append(("answer", challenge, code, *((dict(panel),) if panel else ())))
        refused = self.answers.pop(0) if self.answers else None
        if refused is not None:
            raise refused
        return {"session": SESSION, "messages": self.resumed}

    def cancel(self, challenge: str) -> None:
        self.calls.append(("cancel", challenge))

    def sign_out(self) -> None:
        self.calls.append(("sign_out",))

    def document(self, href: str) -> tuple[str, bytes]:
        self.calls.append(("document", href))
        return "payslip.pdf", b"%PDF"

    def _said(self, *call: str) -> list[dict[str, Any]]:
        self.calls.append(call)
        said = self.says.pop(0) if self.says else [{"text": "Hello."}]
        if isinstance(said, Refusal):
            raise said
        return said
