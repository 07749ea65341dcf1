"""Asking security as the administrator of this home: its own listener, its own credential.

The credential is new at each start and lies in the run folder, which only its owner may enter.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from cli.problems import Problem
from cli.run_folder import run_folder_path
from runtime.callers import bearer
from runtime.sockets import SECURITY_ADMIN

CREDENTIAL = "cli-to-security"
"""The name of this arrow among the launcher's credentials."""

_FILE = "admin.credential"
_SECONDS = 30.0


def keep_credential(run_folder: Path, credential: str) -> None:
    """Write the credential where this user's own command line finds it, and nobody else's."""
    descriptor = os.open(run_folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(credential)


def ask(home: Path, path: str, question: Mapping[str, Any]) -> Any:
    """Ask one question and return the answer; members that are None are left out.

    Raises `Problem` where Gatehouse does not run, or refuses: `Refusal`, with the stable code.
    """
    # Who started it may have had no XDG_RUNTIME_DIR, as a service has none.
    folders = (run_folder_path(home), run_folder_path(home, {}))
    folder = next((one for one in folders if _is_there(one)), None)
    if folder is None:
        raise _not_running()
    credential = (folder / _FILE).read_text()
    given = {name: value for name, value in question.items() if value is not None}
    return asyncio.run(_post(folder / SECURITY_ADMIN, credential, path, given))


def _is_there(folder: Path) -> bool:
    """Tell whether this account can read a credential there; another one's is as good as none."""
    return os.access(folder / _FILE, os.R_OK)


class Refusal(Problem):
    """What security refuses: a problem document (RFC 9457) with a stable `code`."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        code = str(problem.get("code", "security_unavailable"))
        said = str(problem.get("title", "Security gave no answer."))
        super().__init__(said.rstrip("."), _to_do(code, problem))
        self.code = code


async def _post(socket: Path, credential: str, path: str, question: Mapping[str, Any]) -> Any:
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    connector = aiohttp.UnixConnector(str(socket))
    headers = bearer(credential)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers) as http,
            http.post(f"http://security{path}", json=dict(question)) as answer,
        ):
            said = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        raise _not_running() from None
    if answer.status != 200:
        raise Refusal(said if isinstance(said, dict) else {})
    return said


def _not_running() -> Problem:
    return Problem(
        "Gatehouse is not running",
        "start Gatehouse first, with this account and this GATEHOUSE_HOME",
    )


def _to_do(code: str, problem: Mapping[str, Any]) -> str:
    if code == "weak_password":
        suggestions = [str(one) for one in problem.get("suggestions", [])]
        return " ".join(suggestions) or "choose a longer one"
    if code == "invalid_arguments" and problem.get("field") in _LISTS:
        known = ", ".join(str(one) for one in problem.get("known", []))
        return f"{_LISTS[str(problem['field'])]} {known}"
    return _TO_DO.get(code, "look at the command's --help")


_LISTS = {
    "role": "the roles are",
    "api": "the APIs are",
    "method": "the methods are",
    "strong_method": "one of these has to stay, or nobody could approve anything:",
}
_TO_DO = {
    "unknown_tenant": "`gatehouse tenants list` shows what there is",
    "tenant_taken": "change it with `gatehouse tenants set`",
    "tenant_disabled": "`gatehouse tenants enable TENANT` first",
    "unknown_person": "`gatehouse users list TENANT` shows everybody",
    "name_taken": "choose another user name",
    "invalid_address": "write the number as +49…, the address as name@example.com",
    "invalid_request": "names are 1 to 64 of a–z, 0–9 and - (a user name also . and _), minutes "
    "1 to 60, amounts like 50.00",
    "unknown_method": "`gatehouse users list TENANT` shows what there is",
    "security_unavailable": "`gatehouse doctor` looks for what is wrong",
}
