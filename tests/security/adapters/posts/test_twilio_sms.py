"""SMS by Twilio's client: what it asks is what Twilio has published, and nothing leaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import openapi_core.exceptions
import pytest

from security.adapters.posts import twilio_http
from security.adapters.posts.forms import TwilioForm
from security.adapters.posts.post import CannotSend
from security.adapters.posts.twilio_sms import TwilioSms
from security.services.letters import code_letter

from .twilio_api import ACCOUNT, OURS, PUBLISHED, SERVICE, TOKEN, Twilio, published, running_twilio

TENANT, OURS_NUMBER, NUMBER = "northwind-bank", "+12025550100", "+12025550101"
TEXT = code_letter("sms", NUMBER, "123456", "Pay 50.00 EUR to Ann & Bo", "https://localhost").text


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    async with running_twilio() as server:
        yield server


def post_to(url: str, **given: Any) -> TwilioSms:
    form = {"numbers": {TENANT: OURS_NUMBER}, "messaging_service_sid": SERVICE, **given}
    return TwilioSms(TwilioForm(ACCOUNT, TOKEN, loopback_url=url, **form))


@pytest.fixture
async def post(twilio: Twilio) -> AsyncIterator[TwilioSms]:
    sms = post_to(twilio.url)
    yield sms
    await sms.close()


async def failure(post: TwilioSms, tenant: str = TENANT, to: str = NUMBER) -> CannotSend:
    with pytest.raises(CannotSend) as caught:
        await post.send(tenant, to, "", TEXT)
    assert caught.value.__cause__ is None
    assert "PLANTED" not in repr(caught.value)
    return caught.value


def sent(twilio: Twilio) -> dict[str, str]:
    [asked] = twilio.asked
    return {name: value for name, [value] in parse_qs(asked.body.decode()).items()}


async def test_it_sends_from_the_tenants_own_number(twilio: Twilio, post: TwilioSms) -> None:
    await post.send(TENANT, NUMBER, "not for SMS", TEXT)
    assert sent(twilio) == {"To": NUMBER, "From": OURS_NUMBER, "Body": TEXT}
    assert twilio.asked[0].headers["Authorization"] == aiohttp.encode_basic_auth(ACCOUNT, TOKEN)


async def test_a_tenant_without_a_number_uses_the_messaging_service(
    twilio: Twilio, post: TwilioSms
) -> None:
    await post.send("globex", NUMBER, "", TEXT)
    assert sent(twilio) == {"To": NUMBER, "MessagingServiceSid": SERVICE, "Body": TEXT}


async def test_a_tenant_with_neither_cannot_send(twilio: Twilio) -> None:
    """Attack: one tenant's words under another's number."""
    post = post_to(twilio.url, messaging_service_sid=None)
    assert (await failure(post, tenant="globex")).retry is False
    assert twilio.asked == []


@pytest.mark.parametrize("tenant", [TENANT, "globex"])
async def test_a_request_keeps_our_rules(twilio: Twilio, post: TwilioSms, tenant: str) -> None:
    await post.send(tenant, NUMBER, "", TEXT)
    twilio.asked[0].keep(OURS)


@pytest.mark.skipif(not PUBLISHED.exists(), reason="Twilio's document is not beside the checkout")
@pytest.mark.parametrize("tenant", [TENANT, "globex"])
async def test_a_request_keeps_what_twilio_has_published(
    twilio: Twilio, post: TwilioSms, tenant: str
) -> None:
    """Against the Messages resource of Twilio's own OpenAPI document."""
    await post.send(tenant, NUMBER, "", TEXT)
    twilio.asked[0].keep(published())


DOCUMENTS = [OURS, *([published()] if PUBLISHED.exists() else [])]


@pytest.mark.parametrize("document", DOCUMENTS, ids=["ours", "published"][: len(DOCUMENTS)])
async def test_the_rules_notice_a_request_that_breaks_them(
    twilio: Twilio, post: TwilioSms, document: dict[str, Any]
) -> None:
    """So that the tests above are able to fail."""
    await post.send("globex", NUMBER, "", TEXT)
    [asked] = twilio.asked
    asked.body = asked.body.replace(b"MG1b", b"XX1b")
    with pytest.raises(openapi_core.exceptions.OpenAPIError):
        asked.keep(document)


@pytest.mark.parametrize(
    "number",
    ["", "12025550101", "+1202555010x", "whatsapp:+12025550101", "+1\n2025550101", "+0123456789"],
)
async def test_only_a_telephone_number_is_sent_to(
    twilio: Twilio, post: TwilioSms, number: str
) -> None:
    """Attack: another channel of the same service, or a second parameter."""
    assert (await failure(post, to=number)).retry is False
    assert twilio.asked == []


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        (400, False),
        (401, False),
        (404, False),
        (429, True),
        (500, False),
        (502, False),
        (503, True),
    ],
)
async def test_an_error_is_repeated_only_where_nothing_was_sent(
    twilio: Twilio, post: TwilioSms, status: int, retry: bool
) -> None:
    twilio.status, twilio.body = status, b'{"code": 21211, "message": "PLANTED", "status": 400}'
    assert (await failure(post)).retry is retry
    assert len(twilio.asked) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (None, 0.0), ("-7", 0.0), ("1e9", 0.0), ("999999999", 0.0), ("soon", 0.0)],
)
async def test_how_long_it_asks_us_to_wait_is_heard(
    twilio: Twilio, post: TwilioSms, header: str | None, seconds: float
) -> None:
    """RFC 9110 section 10.2.3."""
    twilio.status, twilio.headers = 429, {"Retry-After": header} if header else {}
    told = await failure(post)
    assert (told.retry, told.after) == (True, seconds)


LIES = {
    "no JSON": b"<html>PLANTED",
    "another shape": b"[]",
    "too much": b'"' + b"x" * (twilio_http.MAX_ANSWER_BYTES + 1) + b'"',
}


@pytest.mark.parametrize("status", [201, 400])
@pytest.mark.parametrize("raw", LIES.values(), ids=LIES)
async def test_an_answer_that_makes_no_sense_is_a_failure(
    twilio: Twilio, post: TwilioSms, raw: bytes, status: int
) -> None:
    twilio.status, twilio.body = status, raw
    assert (await failure(post)).retry is False


async def test_a_redirect_is_not_followed(twilio: Twilio, post: TwilioSms) -> None:
    """Attack: our credentials and a person's code, taken elsewhere."""
    twilio.status, twilio.headers = 307, {"Location": f"{twilio.url}/elsewhere"}
    assert (await failure(post)).retry is False
    assert len(twilio.asked) == 1


async def test_a_service_that_is_not_there_is_tried_again_later(twilio: Twilio) -> None:
    post = post_to("http://127.0.0.1:1")
    assert (await failure(post)).retry is True
    await post.close()


async def test_a_service_that_hangs_is_given_up(
    twilio: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code may have left, so it is not repeated."""
    monkeypatch.setattr(twilio_http, "_TOTAL_SECONDS", 0.05)
    twilio.gate.clear()
    post = post_to(twilio.url)
    assert (await failure(post)).retry is False
    await post.close()


async def test_nothing_of_a_message_is_logged(
    twilio: Twilio, post: TwilioSms, caplog: pytest.LogCaptureFixture
) -> None:
    """ASVS 16.2.5."""
    caplog.set_level("DEBUG")
    await post.send(TENANT, NUMBER, "", TEXT)
    twilio.status = 400
    await failure(post)
    for hidden in ("123456", NUMBER, TOKEN, "Ann"):
        assert hidden not in caplog.text


async def test_the_process_environment_does_not_lead_it_elsewhere(
    twilio: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TWILIO_EDGE", "TWILIO_REGION", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "elsewhere")
    post = post_to(twilio.url)
    await post.send(TENANT, NUMBER, "", TEXT)
    assert twilio.asked[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    await post.close()


async def test_it_leads_to_twilio_unless_told_otherwise() -> None:
    post = post_to("")
    form = TwilioForm(ACCOUNT, TOKEN, {TENANT: OURS_NUMBER}, None, None)
    assert TwilioSms(form)._client.api.base_url == "https://api.twilio.com"
    await post.close()


async def test_a_check_looks_at_the_account_and_sends_nothing(
    twilio: Twilio, post: TwilioSms
) -> None:
    twilio.status, twilio.body = 200, b'{"sid": "AC1", "status": "active"}'
    await post.check()
    [asked] = twilio.asked
    assert (asked.method, asked.path) == ("GET", f"/2010-04-01/Accounts/{ACCOUNT}.json")
    twilio.status = 401
    with pytest.raises(CannotSend, match="status_401"):
        await post.check()
