"""The calls of the public API, as a terminal makes them: one session, its cookie and token."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from cli.problems import Problem

COOKIE = "__Host-gatehouse"
_SECONDS = 60.0
_SETTLE_SECONDS = 30.0
_MAX_FILE_BYTES = 2_000_000


class Refusal(Exception):
    """What the server refuses: a stable `code`, a sentence for the person, and its details."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        self.code = str(problem.get("code", "security_unavailable"))
        self.sentence = str(problem.get("title", "The server gave no usable answer."))
        self.problem = dict(problem)
        super().__init__(self.code)


@dataclass
class Held:
    """What a terminal holds of a session between calls."""

    cookie: str = ""
    csrf_token: str = ""


class ChatClient:
    """Calls one server. `authority` is a PEM file of what it is trusted by; None: the system's.

    Each call raises `Refusal`, or `Problem` where the server is out of reach.
    """

    def __init__(self, url: str, authority: Path | None, held: Held | None = None) -> None:
        self.url = url.rstrip("/")
        self.held = held or Held()
        self._trust = ssl.create_default_context(cafile=str(authority) if authority else None)
        self._runner = asyncio.Runner()
        self._http: aiohttp.ClientSession | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            self._runner.run(self._http.close())
        self._runner.close()

    def tenants(self) -> list[dict[str, str]]:
        """List the organisations."""
        listed: list[dict[str, str]] = self._ask("GET", "/api/tenants")
        return listed

    def begin(self, tenant: str | None) -> dict[str, Any]:
        """Begin an anonymous session; return it."""
        self.held = Held()
        begun = self._ask("POST", "/api/session", {"tenant": tenant} if tenant else {})
        return dict(begun["session"])

    def look(self) -> dict[str, Any]:
        """Describe the session that is held."""
        return dict(self._ask("GET", "/api/session"))

    def past(self) -> list[dict[str, Any]]:
        """Return this conversation so far."""
        return list(self._ask("GET", "/api/messages")["messages"])

    def say(self, text: str) -> list[dict[str, Any]]:
        """Say something. A text whose answer got lost on the way is asked for once more."""
        said = {"text": text, "client_id": secrets.token_urlsafe(12)}
        return list(self._again("/api/messages", said)["messages"])

    def choose(self, choice: str) -> list[dict[str, Any]]:
        """Take an offered choice; it is sent once only."""
        return list(self._ask("POST", "/api/messages", {"choice": choice})["messages"])

    def password(self, tenant: str, username: str, password: str) -> dict[str, Any]:
        """Give the first factor; return the answer: a challenge, or a session."""
        given = {"tenant": tenant, "username": username, "password": password}
        return dict(self._ask("POST", "/api/session/password", given))

    def send(self, challenge: str, method: str) -> dict[str, Any]:
        """Choose a method, or have a code sent again; return the challenge."""
        return dict(self._ask("POST", f"/api/challenges/{challenge}/send", {"method": method}))

    def answer(
        self, challenge: str, code: str, panel: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Answer a challenge; return the session and the messages that waited for it.

        `panel` is what it asks for beside the code, such as a new PIN.
        """
        given = {"code": code, "panel": dict(panel)} if panel else {"code": code}
        return dict(self._ask("POST", f"/api/challenges/{challenge}/answer", given))

    def cancel(self, challenge: str) -> None:
        """Not me, or not now."""
        self._ask("DELETE", f"/api/challenges/{challenge}")

    def sign_out(self) -> None:
        """End the session for good."""
        self._ask("DELETE", "/api/session")
        self.held = Held()

    def document(self, href: str) -> tuple[str, bytes]:
        """Fetch what a link of the chat leads to, once; return its name and its bytes."""
        if not href.startswith("/api/documents/"):
            raise Problem("this is no link of the chat", "ask for the document again")
        return self._runner.run(self._fetch(href))

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._runner.run(self._call(method, path, body))

    def _again(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send words; where they are being answered already, wait for that answer."""
        loop_until = self._runner.get_loop().time() + _SETTLE_SECONDS
        while True:
            try:
                return self._ask("POST", path, body)
            except Refusal as refused:
                late = self._runner.get_loop().time() > loop_until
                if refused.code != "in_progress" or late:
                    raise
            self._runner.run(asyncio.sleep(0.5))

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        headers = {"X-CSRF-Token": self.held.csrf_token} if self.held.csrf_token else {}
        sends = dict(body) if body is not None else None
        try:
            async with self._open().request(
                method, f"{self.url}{path}", headers=self._cookie() | headers, json=sends
            ) as answer:
                self._keep_cookie(answer)
                said = await answer.json(content_type=None) if answer.status != 204 else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise self._unreachable(error) from None
        if answer.status >= 400:
            raise Refusal(said if isinstance(said, dict) else {})
        if isinstance(said, dict) and isinstance(said.get("csrf_token"), str):
            self.held.csrf_token = said["csrf_token"]
        return said

    async def _fetch(self, href: str) -> tuple[str, bytes]:
        try:
            async with self._open().get(f"{self.url}{href}", headers=self._cookie()) as answer:
                self._keep_cookie(answer)
                if answer.status != 200:
                    raise Refusal(await answer.json(content_type=None))
                content = await answer.content.read(_MAX_FILE_BYTES)
                disposition = answer.content_disposition
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise self._unreachable(error) from None
        name = disposition.filename if disposition and disposition.filename else "document.pdf"
        return Path(name).name, content

    def _open(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_SECONDS),
                connector=aiohttp.TCPConnector(ssl=self._trust),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "gatehouse-chat"},
            )
        return self._http

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.held.cookie}"} if self.held.cookie else {}

    def _keep_cookie(self, answer: aiohttp.ClientResponse) -> None:
        morsel = answer.cookies.get(COOKIE)
        if morsel is not None:
            self.held.cookie = morsel.value

    def _unreachable(self, error: Exception) -> Problem:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return Problem(f"{self.url} is not trusted", "give its authority with --authority")
        return Problem(f"{self.url} does not answer", "start Gatehouse, or give --url")
