"""Passkeys on their way through: told as the browser tells them, bounded, never repeated."""

from __future__ import annotations

import httpx
import pytest

from tests.gateway.account_fakes import SHOWN
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import CHALLENGE

PATH = f"/api/challenges/{CHALLENGE}"


async def test_a_passkey_goes_on_as_the_browser_tells_it(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """What browsers tell beside it is dropped: it changes from year to year."""
    told = {
        **SHOWN,
        "clientExtensionResults": {"appid": True},
        "authenticatorAttachment": "platform",
    }
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"credential": told})
    assert answer.status_code == 200
    [shown] = gateway.security.named("answer_challenge")
    assert shown.told() == SHOWN
    assert "AAAA" not in answer.text


async def test_the_sign_in_without_a_name_begins_with_a_challenge(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/api/session/passkey", headers=HELD)
    assert answer.status_code == 200
    assert answer.json()["challenge"]["passkey"] == {"challenge": "AAAA", "rpId": "localhost"}
    assert gateway.security.named("sign_in_by_passkey") == [None]


@pytest.mark.parametrize(
    "credential",
    [
        None,
        [],
        "AAAA",
        {**SHOWN, "rawId": "A A"},
        {**SHOWN, "response": {**SHOWN["response"], "signature": 7}},
        {**SHOWN, "response": {**SHOWN["response"], "signature": "A" * 8_193}},
        {**SHOWN, "response": {**SHOWN["response"], "transports": ["usb"] * 11}},
    ],
)
async def test_a_passkey_of_another_form_is_refused(
    gateway: Gateway, client: httpx.AsyncClient, credential: object
) -> None:
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"credential": credential})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert gateway.security.calls == []
