"""The calls about one's own factors and password."""

from __future__ import annotations

import httpx
import pytest
from structlog.testing import capture_logs

from security.errors import Refused
from security.model import Change
from tests.gateway.account_fakes import (
    A_RECOVERY_CODE,
    AT,
    CHANGE,
    OFFER,
    OWN,
    SHOWN,
    TOTP_SECRET,
)
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import A_CHALLENGE, CODE, PASSWORD

PATH = "/api/authenticators"
STEP = f"{PATH}/changes/{CHANGE}"
HERE = "127.0.0.1"

BEGINNINGS = [
    ("POST", f"{PATH}/totp", {}, ("totp", None, HERE)),
    ("POST", f"{PATH}/totp", None, ("totp", None, HERE)),
    ("POST", f"{PATH}/passkey", {"name": "My laptop"}, ("passkey", "My laptop", HERE)),
    ("POST", f"{PATH}/passkey", None, ("passkey", "Passkey", HERE)),
    ("POST", f"{PATH}/push", {"name": "My phone"}, ("push", "My phone", HERE)),
    ("POST", f"{PATH}/push", None, ("push", "Device", HERE)),
    ("POST", f"{PATH}/phone", {"phone": "+1 555 0100 001"}, ("phone", "+1 555 0100 001", HERE)),
    ("POST", f"{PATH}/email", {"email": "a@example.org"}, ("email", "a@example.org", HERE)),
    ("POST", f"{PATH}/recovery", {}, ("recovery", None, HERE)),
    ("POST", f"{PATH}/recovery", None, ("recovery", None, HERE)),
    ("POST", f"{PATH}/password", {"new_password": PASSWORD}, ("password", PASSWORD, HERE)),
    ("DELETE", f"{PATH}/{OWN}", None, ("remove", OWN, HERE)),
]


async def test_ones_own_factors_are_listed(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH, headers=HELD)
    factor = {"ref": OWN, "method": "sms", "hint": "•••• 0001", "added_at": AT, "paused": False}
    assert answer.json() == {"authenticators": [factor], "recovery_codes_left": 8, "enrol": False}


@pytest.mark.parametrize(("verb", "path", "body", "asked"), BEGINNINGS)
async def test_each_change_is_asked_for_by_its_kind(
    gateway: Gateway,
    client: httpx.AsyncClient,
    verb: str,
    path: str,
    body: dict[str, str] | None,
    asked: tuple[object, ...],
) -> None:
    answer = await client.request(verb, path, headers=HELD, json=body)
    assert (answer.status_code, answer.json()["ref"]) == (200, CHANGE)
    assert answer.json()["kind"] == asked[0]
    assert gateway.security.named("begin_change") == [asked]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("totp", {"secret": TOTP_SECRET}),
        ("totp", []),
        ("totp", "x"),
        ("recovery", {"codes": 100}),
        ("passkey", {"name": ""}),
        ("passkey", {"name": "x" * 41}),
        ("passkey", {"name": "a\nb"}),
        ("passkey", {"name": "Laptop", "key": "AAAA"}),
        ("push", {"name": ""}),
        ("push", {"name": "x" * 41}),
        ("phone", {}),
        ("phone", None),
        ("phone", {"phone": 15550100001}),
        ("phone", {"phone": ""}),
        ("phone", {"phone": None}),
        ("phone", {"phone": "1" * 129}),
        ("phone", {"phone": "+1555\r\n0100"}),
        ("phone", {"phone": "+15550100001", "user": "bob"}),
        ("email", {"email": "a@b\r\nBcc: c@d"}),
        ("email", {"email": "x" * 255}),
        ("email", {"email": ["a@example.org"]}),
        ("email", {"email": "a\x00@example.org"}),
        ("password", {"new_password": ""}),
        ("password", {"new_password": "x" * 257}),
        ("password", {"new_password": "a\x00b"}),
        ("password", {"new_password": {"$ne": ""}}),
        ("password", {"new_password": "x", "person": "bob"}),
        (f"changes/{CHANGE}", {"state": "done"}),
        (f"changes/{CHANGE}/confirm", {}),
        (f"changes/{CHANGE}/confirm", {"code": 287082}),
        (f"changes/{CHANGE}/confirm", {"code": "1" * 65}),
        (f"changes/{CHANGE}/confirm", {"code": "28\n7082"}),
        (f"changes/{CHANGE}/confirm", {"code": CODE, "state": "done"}),
        (f"changes/{CHANGE}/confirm", {"code": CODE, "credential": SHOWN}),
        (f"changes/{CHANGE}/confirm", {"credential": {**SHOWN, "id": "ä"}}),
        (f"changes/{CHANGE}/confirm", {"credential": {**SHOWN, "id": "A" * 1366}}),
        (f"changes/{CHANGE}/confirm", {"credential": {**SHOWN, "type": "password"}}),
        (f"changes/{CHANGE}/confirm", {"credential": {**SHOWN, "response": {}}}),
        (f"changes/{CHANGE}/confirm", {"credential": "AAAA"}),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_malformed_change_reaches_nobody(
    gateway: Gateway, client: httpx.AsyncClient, path: str, body: object
) -> None:
    """Abuse: types, sizes, control characters, fields that nobody declared."""
    content = None if body is None else body
    json = {"content-type": "application/json"}
    answer = await client.post(f"{PATH}/{path}", headers={**HELD, **json}, json=content)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert gateway.security.calls == []


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 200), (257, 422)])
async def test_the_longest_password(client: httpx.AsyncClient, length: int, status: int) -> None:
    """ASVS 6.2.9: at least 64 characters of any script; no longer than sign-in takes."""
    body = {"new_password": "é" * length}
    answer = await client.post(f"{PATH}/password", headers=HELD, json=body)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["field"] == "new_password"


@pytest.mark.parametrize("path", ["totp", "recovery", f"changes/{CHANGE}"])
async def test_what_needs_no_body_takes_only_an_empty_one(
    client: httpx.AsyncClient, path: str
) -> None:
    empty = await client.post(f"{PATH}/{path}", headers=HELD)
    plain = {**HELD, "content-type": "text/plain"}
    other = await client.post(f"{PATH}/{path}", headers=plain, content=b"{}")
    assert (empty.status_code, other.status_code) == (200, 415)


async def test_a_change_that_has_to_be_proved_carries_its_challenge(
    gateway: Gateway, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = A_CHALLENGE.model_copy(
        update={"purpose": "change", "method": "sms", "delivery": "sending", "resend_in": 30}
    )

    async def begun(*_: object) -> Change:
        return Change(ref=CHANGE, kind="totp", state="prove", challenge=view)

    monkeypatch.setattr(gateway.security, "begin_change", begun)
    answer = (await client.post(f"{PATH}/totp", headers=HELD)).json()
    assert answer["state"] == "prove"
    assert answer["challenge"] == view.model_dump(exclude_none=True)
    assert set(answer) == {"ref", "kind", "state", "challenge"}


async def test_a_change_goes_on_and_is_confirmed(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    went_on = await client.post(STEP, headers=HELD)
    assert went_on.json()["totp"] == OFFER.model_dump()
    done = await client.post(f"{STEP}/confirm", headers=HELD, json={"code": CODE})
    assert done.json() == {"ref": CHANGE, "kind": "totp", "state": "done"}
    assert gateway.security.named("go_on_with_change") == [(CHANGE, HERE)]
    wrong = await client.post(f"{STEP}/confirm", headers=HELD, json={"code": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_code")
    assert wrong.json()["attempts_left"] == 4


@pytest.mark.parametrize("path", ["totp", "recovery", f"changes/{CHANGE}"])
async def test_secrets_are_kept_by_no_cache_and_no_log(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """ASVS 14.3.2, 16.2.5: a TOTP key and recovery codes are shown once, and only here."""
    with caplog.at_level("DEBUG"), capture_logs() as events:
        answer = await client.post(f"{PATH}/{path}", headers=HELD)
    assert answer.headers["cache-control"] == "no-store"
    assert TOTP_SECRET in answer.text or A_RECOVERY_CODE in answer.text
    seen = caplog.text + repr(events) + str(answer.url)
    assert TOTP_SECRET not in seen
    assert A_RECOVERY_CODE not in seen


@pytest.mark.parametrize("ref", ["other", "x" * 129, "a b", "%00", "é", "own-1%0A"])
@pytest.mark.parametrize(
    ("verb", "path", "body", "code"),
    [
        ("DELETE", PATH, None, "unknown_authenticator"),
        ("POST", f"{PATH}/changes", None, "unknown_change"),
    ],
)
async def test_a_guessed_reference_is_not_there(
    client: httpx.AsyncClient, verb: str, path: str, body: object, code: str, ref: str
) -> None:
    """ASVS 8.2.2: another's factor or change does not exist here, and each has its own code."""
    answer = await client.request(verb, f"{path}/{ref}", headers=HELD, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_a_malformed_change_is_not_there_when_it_is_confirmed(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(f"{PATH}/changes/a b/confirm", headers=HELD, json={"code": CODE})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_change")


async def test_what_a_refusal_tells_reaches_the_person(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.refuse["begin_change"] = [
        Refused("weak_password", suggestions=["Use more words."]),
        Refused("invalid_address", field="phone"),
        Refused("too_many_codes", retry_after_seconds=60),
    ]
    weak = await client.post(f"{PATH}/password", headers=HELD, json={"new_password": "a"})
    assert (weak.status_code, weak.json()["suggestions"]) == (422, ["Use more words."])
    odd = await client.post(f"{PATH}/phone", headers=HELD, json={"phone": "12"})
    assert (odd.status_code, odd.json()["field"]) == (422, "phone")
    many = await client.post(f"{PATH}/phone", headers=HELD, json={"phone": "12"})
    assert (many.status_code, many.json()["retry_after_seconds"]) == (429, 60)
