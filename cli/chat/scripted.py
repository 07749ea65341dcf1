"""The same conversation for programs: a line of JSON in, a line of JSON out.

In: `{"text": …}`, `{"choice": …}`, `{"sign_in": {"tenant", "username", "password"}}`,
`{"code": …}` (for the challenge that was told last; what its panel asks for as `"panel": {…}`
beside it), `{"method": …}`, `{"cancel": true}`, `{"sign_out": true}`; a line that is no JSON
object is a text.
Out: `{"messages": […]}`, `{"challenge": …}`, `{"session": …}` or `{"problem": …}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cli.chat.client import ChatClient, Refusal

_NO_CHALLENGE = {"code": "unknown_challenge", "title": "No code has been asked for."}
_NOT_KNOWN = {"code": "invalid_request", "title": "This line asks for nothing that is known here."}


class Script:
    """Runs lines; remembers the challenge that was told last."""

    def __init__(self, client: ChatClient, tenant: str | None) -> None:
        self._client = client
        self._tenant = tenant
        self._challenge = ""
        self._panel: dict[str, str] = {}
        self._steps: Mapping[str, Callable[[Any], dict[str, Any]]] = {
            "text": lambda text: self._heard(client.say(str(text))),
            "choice": lambda choice: self._heard(client.choose(str(choice))),
            "sign_in": self._sign_in,
            "code": self._code,
            "method": self._method,
            "cancel": self._cancel,
            "sign_out": self._sign_out,
        }

    def run(self, lines: Iterable[str], tell: Callable[[str], object]) -> bool:
        """Answer each line; tell whether nothing was refused."""
        well = True
        for line in filter(None, (line.strip() for line in lines)):
            said = self.step(line)
            well = well and "problem" not in said
            tell(json.dumps(said, ensure_ascii=False))
        return well

    def step(self, line: str) -> dict[str, Any]:
        """Answer one line."""
        asked = _asked(line)
        panel = asked.pop("panel", None) if "code" in asked else None
        if panel is not None and not isinstance(panel, dict):
            return {"problem": _NOT_KNOWN}
        self._panel = {str(name): str(value) for name, value in (panel or {}).items()}
        if len(asked) != 1 or (name := next(iter(asked))) not in self._steps:
            return {"problem": _NOT_KNOWN}
        try:
            return self._steps[name](asked[name])
        except Refusal as refused:
            return {"problem": refused.problem}

    def _heard(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        for message in messages:
            self._challenge = message.get("challenge", {}).get("id", self._challenge)
        return {"messages": messages}

    def _sign_in(self, given: Any) -> dict[str, Any]:
        if not isinstance(given, dict):
            return {"problem": _NOT_KNOWN}
        tenant = given.get("tenant", self._tenant or "")
        names = (str(given.get("username", "")), str(given.get("password", "")))
        answer = self._client.password(str(tenant), *names)
        return self._told(answer["challenge"]) if "challenge" in answer else _session(answer)

    def _code(self, code: Any) -> dict[str, Any]:
        if not self._challenge:
            return {"problem": _NO_CHALLENGE}
        passed = self._client.answer(self._challenge, str(code), self._panel)
        self._challenge = ""
        return {**self._heard(passed["messages"]), **_session(passed)}

    def _method(self, method: Any) -> dict[str, Any]:
        if not self._challenge:
            return {"problem": _NO_CHALLENGE}
        return self._told(self._client.send(self._challenge, str(method)))

    def _cancel(self, _: Any) -> dict[str, Any]:
        if not self._challenge:
            return {"problem": _NO_CHALLENGE}
        self._client.cancel(self._challenge)
        self._challenge = ""
        return {"messages": []}

    def _sign_out(self, _: Any) -> dict[str, Any]:
        self._client.sign_out()
        return {"session": self._client.begin(self._tenant)}

    def _told(self, challenge: dict[str, Any]) -> dict[str, Any]:
        self._challenge = challenge["id"]
        return {"challenge": challenge}


def _asked(line: str) -> dict[str, Any]:
    """Read a line: an object as it is, anything else as words."""
    try:
        read = json.loads(line)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"text": line}


def _session(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"session": answer["session"]}
