"""Codes by Twilio Verify: what is asked is what Twilio has published, and what is believed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import openapi_core.exceptions
import pytest

from security.adapters.posts import build_verifier
from security.adapters.posts.forms import TwilioForm
from security.adapters.posts.post import CannotSend
from security.adapters.posts.twilio_verify import TwilioVerify
from security.verifying import Verdict
from tests.security.fake_twilio import SERVICE, FakeTwilio
from tests.security.fakes import FakeClock

from .test_forms import TOKEN as SECRETS
from .test_forms import TWILIO, told
from .twilio_api import ACCOUNT, TOKEN, VERIFY, Twilio, running_twilio

NUMBER, OTHER = "+12025550101", "+12025550102"
SID = "VE" + "3d" * 16
PENDING = {"sid": SID, "service_sid": SERVICE, "status": "pending"}


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    async with running_twilio() as server:
        server.body = json.dumps(PENDING).encode()
        yield server


@pytest.fixture
async def verify(twilio: Twilio) -> AsyncIterator[TwilioVerify]:
    form = TwilioForm(ACCOUNT, TOKEN, {}, None, twilio.url, SERVICE)
    verifier = TwilioVerify(form, SERVICE)
    yield verifier
    await verifier.close()


async def test_each_request_keeps_our_rules(twilio: Twilio, verify: TwilioVerify) -> None:
    """The part of Twilio's published document that we use, in words of our own and stricter."""
    await verify.start(NUMBER, "Northwind Bank", "VE" + "4e" * 16)
    await verify.check(SID, "123456")
    cancelled, started, checked = twilio.asked
    for asked in twilio.asked:
        asked.keep(VERIFY, "https://verify.twilio.com")
        assert asked.headers["Authorization"] == aiohttp.encode_basic_auth(ACCOUNT, TOKEN)
    assert cancelled.path.endswith("/Verifications/VE" + "4e" * 16)
    assert parse_qs(cancelled.body.decode()) == {"Status": ["canceled"]}
    assert parse_qs(started.body.decode()) == {
        "To": [NUMBER],
        "Channel": ["sms"],
        "CustomFriendlyName": ["Northwind Bank"],
    }
    assert parse_qs(checked.body.decode()) == {"VerificationSid": [SID], "Code": ["123456"]}


async def test_the_rules_notice_a_request_that_breaks_them(
    twilio: Twilio, verify: TwilioVerify
) -> None:
    """So that the test above is able to fail."""
    await verify.check(SID, "123456")
    [asked] = twilio.asked
    asked.body = asked.body.replace(b"VE3d", b"XX3d")
    with pytest.raises(openapi_core.exceptions.OpenAPIError):
        asked.keep(VERIFY, "https://verify.twilio.com")


SAYINGS: dict[str, tuple[dict[str, Any], Verdict]] = {
    "approved": ({**PENDING, "status": "approved"}, Verdict.RIGHT),
    "pending": (PENDING, Verdict.WRONG),
    "expired": ({**PENDING, "status": "expired"}, Verdict.UNKNOWN),
    "another status": ({**PENDING, "status": "Approved"}, Verdict.UNKNOWN),
    "valid alone": ({**PENDING, "status": None, "valid": True}, Verdict.UNKNOWN),
    "another verification": (
        {**PENDING, "sid": "VE" + "9f" * 16, "status": "approved"},
        Verdict.UNKNOWN,
    ),
    "another service": (
        {**PENDING, "service_sid": "VA" + "9f" * 16, "status": "approved"},
        Verdict.UNKNOWN,
    ),
    "nothing": ({}, Verdict.UNKNOWN),
}


@pytest.mark.parametrize(("says", "verdict"), SAYINGS.values(), ids=SAYINGS)
async def test_only_approved_for_this_very_verification_is_right(
    twilio: Twilio, verify: TwilioVerify, says: dict[str, Any], verdict: Verdict
) -> None:
    """Fails closed: whatever else it says is no proof, and no wrong guess either."""
    twilio.body = json.dumps(says).encode()
    assert await verify.check(SID, "123456") is verdict


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_a_refusal_is_no_verdict(twilio: Twilio, verify: TwilioVerify, status: int) -> None:
    twilio.status = status
    twilio.body = json.dumps({**PENDING, "status": "approved"}).encode()
    assert await verify.check(SID, "123456") is Verdict.UNKNOWN


@pytest.mark.parametrize("raw", [b"<html>PLANTED", b"[]", b'"approved"'])
async def test_an_answer_that_makes_no_sense_is_no_verdict(
    twilio: Twilio, verify: TwilioVerify, raw: bytes
) -> None:
    twilio.body = raw
    assert await verify.check(SID, "123456") is Verdict.UNKNOWN
    with pytest.raises(CannotSend):
        await verify.start(NUMBER, "", None)


@pytest.mark.parametrize("number", ["", "12025550101", "alice@example.com", "whatsapp:+1202555010"])
async def test_only_a_telephone_number_is_sent_to(
    twilio: Twilio, verify: TwilioVerify, number: str
) -> None:
    with pytest.raises(CannotSend, match="not_a_number"):
        await verify.start(number, "", None)
    assert twilio.asked == []


def kind_twilio() -> FakeTwilio:
    return FakeTwilio(FakeClock())


async def test_an_older_code_of_a_number_is_cancelled_first() -> None:
    twilio = kind_twilio()
    verify = twilio.verify()
    first = await verify.start(NUMBER, "", None)
    second = await verify.start(NUMBER, "", first)
    assert first != second
    assert [one.status for one in twilio.verifications] == ["canceled", "pending"]
    assert len(twilio.texts) == 2


async def test_one_that_nobody_knew_of_is_found_and_started_anew() -> None:
    """Twilio says how often it has sent a code: more than once is an older one's."""
    twilio = kind_twilio()
    verify = twilio.verify()
    first = await verify.start(NUMBER, "", None)
    assert await verify.start(NUMBER, "", None) != first
    assert await verify.start(OTHER, "", None) != first
    assert [one.status for one in twilio.verifications] == ["canceled", "pending", "pending"]


async def test_one_that_is_over_needs_no_cancelling() -> None:
    twilio = kind_twilio()
    verify = twilio.verify()
    first = await verify.start(NUMBER, "", None)
    assert await verify.check(first, twilio.last_code(NUMBER)) is Verdict.RIGHT
    assert await verify.start(NUMBER, "", first) != first


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ({"code_length": 6, "psd2_enabled": False}, None),
        ({"code_length": 4, "psd2_enabled": False}, "verify_code_length_is_not_6"),
        ({"code_length": 6, "psd2_enabled": True}, "verify_service_is_for_payments"),
    ],
)
async def test_a_look_at_the_service_sends_nothing(
    twilio: Twilio, verify: TwilioVerify, service: dict[str, Any], why: str | None
) -> None:
    """`doctor`: codes of another length could not be typed here."""
    twilio.status, twilio.body = 200, json.dumps({"sid": SERVICE, **service}).encode()
    if why is None:
        await verify.reach()
    else:
        with pytest.raises(CannotSend, match=why):
            await verify.reach()
    [asked] = twilio.asked
    assert (asked.method, asked.path) == ("GET", f"/v2/Services/{SERVICE}")


async def test_it_leads_to_twilio_unless_told_otherwise() -> None:
    verifier = TwilioVerify(TwilioForm(ACCOUNT, TOKEN, {}, None, None, SERVICE), SERVICE)
    assert verifier._twilio.client.verify.base_url == "https://verify.twilio.com"
    await verifier.close()


def test_it_is_chosen_by_settings_alone() -> None:
    assert build_verifier(told(), {}) is None
    assert build_verifier(told(**TWILIO), SECRETS) is None
    chosen = build_verifier(told(**TWILIO, twilio_verify_service_sid=SERVICE), SECRETS)
    assert isinstance(chosen, TwilioVerify)
