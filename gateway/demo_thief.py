"""One client of the public API that is no browser: it keeps a cookie, shows it, and copies it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import orjson

from gateway.cookies import NAME
from gateway.demo_door import JSON, Door, Heard
from security.demo_model import Persona
from security.model import Frozen

Who = Literal["attacker", "owner"]


class Exchange(Frozen):
    """What was asked and answered, without a secret in it. `step` names it for the page."""

    who: Who
    step: str
    call: str
    sent: str | None = None
    status: int
    code: str | None = None
    answer: str | None = None


class Client:
    """Somebody at the public API; what they do is written down in `exchanges`."""

    def __init__(self, door: Door, address: str, who: Who, exchanges: list[Exchange]) -> None:
        self._door = door
        self._address = address
        self._who = who
        self._exchanges = exchanges
        self.cookie: str | None = None
        self.token = ""

    async def arrive(self, tenant: str) -> Heard:
        """Begin a session."""
        return await self.do("arrive", "POST", "/api/session", {"tenant": tenant})

    async def password(self, person: Persona) -> str | None:
        """Give the right password; return the challenge, None where none came."""
        credentials = {
            "tenant": person.tenant,
            "username": person.username,
            "password": person.password,
        }
        path = "/api/session/password"
        heard = await self.do("password", "POST", path, credentials, shown=person.username)
        challenge = heard.body.get("challenge", {}).get("id")
        return str(challenge) if challenge else None

    async def code(self, challenge: str, code: str, step: str = "code") -> Heard:
        """Answer a challenge; right codes are not shown."""
        path = f"/api/challenges/{challenge}/answer"
        shown = code if step == "guess" else "\u2022" * len(code)
        return await self.do(step, "POST", path, {"code": code}, shown=shown)

    async def say(self, words: str, step: str = "say", **headers: str) -> Heard:
        """Say something to the bot."""
        body = {"text": words}
        return await self.do(step, "POST", "/api/messages", body, shown=words, headers=headers)

    async def look(self, step: str) -> Heard:
        """Look at the session that the cookie opens, if it opens any."""
        return await self.do(step, "GET", "/api/session")

    async def do(
        self,
        step: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        shown: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Heard:
        """Ask, note it, and take over what the answer says about the session."""
        given = dict(headers or {})
        if self.cookie is not None:
            given["cookie"] = f"{NAME}={self.cookie}"
        if self.token and method != "GET":
            given["x-csrf-token"] = self.token
        if body is not None:
            given["content-type"] = JSON
        raw = orjson.dumps(body) if body is not None else b""
        heard = await self._door.ask(method, path, self._address, given, raw)
        self.cookie = heard.cookie or self.cookie
        self.token = str(heard.body.get("csrf_token") or self.token)
        told = Exchange(
            who=self._who,
            step=step,
            call=f"{method} {_template(path)}",
            sent=shown,
            status=heard.status,
            code=code_of(heard),
            answer=_words(heard),
        )
        self._exchanges.append(told)
        return heard


def code_of(heard: Heard) -> str | None:
    """Return the stable code of a refusal, also of one that the bot words."""
    if "code" in heard.body:
        return str(heard.body["code"])
    refused = [one.get("refused") for one in messages_of(heard)]
    return next((str(code) for code in refused if code), None)


def messages_of(heard: Heard) -> list[dict[str, Any]]:
    """Return the bot's messages of an answer."""
    return list(heard.body.get("messages") or [])


def _words(heard: Heard) -> str | None:
    if "title" in heard.body:
        return str(heard.body["title"])
    said = [str(one["text"]) for one in messages_of(heard) if "text" in one]
    return " ".join(said) or None


def _template(path: str) -> str:
    """Return a path without the id in it: that of a challenge is a secret of its session."""
    parts = path.split("/")
    if parts[2:3] == ["challenges"]:
        parts[3] = "{id}"
    return "/".join(parts)
