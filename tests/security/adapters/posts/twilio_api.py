"""A stand-in for Twilio on a loopback port, and the rules that its requests have to keep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

ACCOUNT, SERVICE = "AC" + "0a" * 16, "MG" + "1b" * 16
TOKEN = "PLANTED-token"
PUBLISHED = Path(__file__).resolve().parents[5] / "shared" / "twilio" / "messages-openapi.json"
"""Twilio's published document, where it lies beside the checkout."""

_PATH = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
_TEXT = {"type": "string"}
_FORM = {
    "type": "object",
    "required": ["To", "Body"],
    "additionalProperties": False,
    "properties": {
        "To": {**_TEXT, "pattern": r"^\+[1-9][0-9]{6,14}$"},
        "From": {**_TEXT, "pattern": r"^\+[1-9][0-9]{6,14}$"},
        "MessagingServiceSid": {**_TEXT, "pattern": "^MG[0-9a-fA-F]{32}$"},
        "Body": {**_TEXT, "minLength": 1, "maxLength": 1600},
    },
    "oneOf": [{"required": ["From"]}, {"required": ["MessagingServiceSid"]}],
}
OURS: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "What we send to Twilio, and nothing else", "version": "1"},
    "servers": [{"url": "https://api.twilio.com"}],
    "paths": {
        _PATH: {
            "post": {
                "operationId": "CreateMessage",
                "security": [{"basic": []}],
                "parameters": [
                    {
                        "name": "AccountSid",
                        "in": "path",
                        "required": True,
                        "schema": {**_TEXT, "pattern": "^AC[0-9a-fA-F]{32}$"},
                    }
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/x-www-form-urlencoded": {"schema": _FORM}},
                },
                "responses": {"201": {"description": "Created"}},
            }
        }
    },
    "components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
}
"""The part of the published document that our requests use, in words of our own and stricter."""

_SERVICES = "/v2/Services/{ServiceSid}"
_SERVICE_SID = {
    "name": "ServiceSid",
    "in": "path",
    "required": True,
    "schema": {**_TEXT, "pattern": "^VA[0-9a-fA-F]{32}$"},
}
_VERIFICATION = {**_TEXT, "pattern": "^VE[0-9a-fA-F]{32}$"}


def _asks(of: str, properties: dict[str, Any], required: list[str], *parts: Any) -> dict[str, Any]:
    form = {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }
    return {
        "post": {
            "operationId": of,
            "security": [{"basic": []}],
            "parameters": [_SERVICE_SID, *parts],
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": form}},
            },
            "responses": {"201": {"description": "Created"}},
        }
    }


VERIFY: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "What we ask of Twilio Verify, and nothing else", "version": "2"},
    "servers": [{"url": "https://verify.twilio.com"}],
    "paths": {
        f"{_SERVICES}/Verifications": _asks(
            "CreateVerification",
            {
                "To": {**_TEXT, "pattern": r"^\+[1-9][0-9]{6,14}$"},
                "Channel": {**_TEXT, "enum": ["sms"]},
                "CustomFriendlyName": {**_TEXT, "minLength": 1, "maxLength": 30},
            },
            ["To", "Channel"],
        ),
        f"{_SERVICES}/Verifications/{{Sid}}": _asks(
            "UpdateVerification",
            {"Status": {**_TEXT, "enum": ["canceled"]}},
            ["Status"],
            {"name": "Sid", "in": "path", "required": True, "schema": _VERIFICATION},
        ),
        f"{_SERVICES}/VerificationCheck": _asks(
            "CreateVerificationCheck",
            {"VerificationSid": _VERIFICATION, "Code": {**_TEXT, "pattern": "^[0-9]{6}$"}},
            ["VerificationSid", "Code"],
        ),
    },
    "components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
}
"""The same of Twilio's document of Verify, version 2."""


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def keep(self, document: dict[str, Any], host: str = "https://api.twilio.com") -> None:
        """Raise where the request is not one of this document."""
        request = MockRequest(
            host,
            self.method,
            self.path,
            headers=self.headers,
            data=self.body,
            content_type=self.headers["Content-Type"].partition(";")[0],
        )
        OpenAPI.from_dict(document).validate_request(request)


def published() -> dict[str, Any]:
    """Return Twilio's own document."""
    return json.loads(PUBLISHED.read_text())  # type: ignore[no-any-return]


@dataclass
class Twilio:
    """Answers as it is told to, and keeps what it was asked."""

    status: int = 201
    body: bytes = b'{"sid": "SM1", "status": "queued"}'
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.asked.append(Asked(request.method, request.path, dict(request.headers), raw))
        await self.gate.wait()
        return web.Response(
            status=self.status,
            body=self.body,
            headers={"Content-Type": "application/json", **self.headers},
        )


@asynccontextmanager
async def running_twilio() -> AsyncIterator[Twilio]:
    """Serve on a loopback port while the block runs."""
    twilio = Twilio()
    twilio.gate.set()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", twilio.answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(host, port)] = [address[:2] for address in runner.addresses]
    twilio.url = f"http://{host}:{port}"
    try:
        yield twilio
    finally:
        twilio.gate.set()
        await runner.cleanup()
