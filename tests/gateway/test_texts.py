"""Webhooks at the front door: handed on byte for byte, answered in TwiML, in time."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.texts import Texts
from security.errors import Refused
from security.model import BotMessage, Texted
from tests.gateway.conftest import Gateway

FORM = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": "c2lnbmVk"}
BODY = b"Body=a%20b++&From=%2B12025550101&Odd=%C3%A9"


async def post(
    client: httpx.AsyncClient, path: str = "/sms/inbound", **more: str
) -> httpx.Response:
    return await client.post(path, content=BODY, headers={**FORM, **more})


async def test_a_text_is_answered_in_twiml(gateway: Gateway, client: httpx.AsyncClient) -> None:
    gateway.rasa.says = [BotMessage(text="Tom & <Jerry> owe 5 €")]
    answer = await post(client)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    document = ElementTree.fromstring(answer.content)
    assert [(part.tag, part.text) for part in document] == [("Message", "Tom & <Jerry> owe 5 €")]


async def test_the_webhook_is_handed_on_byte_for_byte(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """The signature covers every byte: nothing is parsed, trimmed or decoded here."""
    await post(client)
    assert gateway.security.texts == [(BODY, "c2lnbmVk")]


async def test_an_answer_without_words_is_an_empty_response(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.received = Texted()
    answer = await post(client)
    assert answer.text.endswith("<Response></Response>")


async def test_security_may_answer_by_itself(gateway: Gateway, client: httpx.AsyncClient) -> None:
    gateway.security.received = Texted(text="Reply STOP for no more messages.")
    assert "<Message>Reply STOP for no more messages.</Message>" in (await post(client)).text
    assert gateway.rasa.turns == []


@pytest.mark.parametrize(
    ("code", "status"),
    [("invalid_signature", 403), ("replayed", 409), ("not_found", 404), ("invalid_request", 422)],
)
async def test_a_refusal_is_a_problem(
    gateway: Gateway, client: httpx.AsyncClient, code: str, status: int
) -> None:
    gateway.security.refuses_texts = Refused(code)
    for path in ("/sms/inbound", "/sms/status"):
        answer = await post(client, path)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_nobody_foresaw_says_nothing(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.refuses_texts = KeyError("PLANTED")
    answer = await post(client)
    assert (answer.status_code, answer.json()["code"]) == (503, "security_unavailable")
    assert "PLANTED" not in answer.text


async def test_attack_two_signatures_are_none(gateway: Gateway, client: httpx.AsyncClient) -> None:
    """★ A proxy and we might read another one of the two."""
    headers = [*FORM.items(), ("x-twilio-signature", "b3RoZXI=")]
    await client.post("/sms/inbound", content=BODY, headers=headers)
    assert gateway.security.texts == [(BODY, "")]


async def test_only_a_posted_form_is_a_webhook(client: httpx.AsyncClient) -> None:
    read = await client.get("/sms/inbound")
    assert (read.status_code, read.headers["allow"]) == (405, "POST")
    for media in ("application/json", "text/plain", ""):
        answer = await post(client, **{"content-type": media})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_attack_a_page_that_makes_a_browser_post_a_webhook(client: httpx.AsyncClient) -> None:
    answer = await post(client, origin="https://evil.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


async def test_a_body_beyond_measure_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sms/inbound", content=b"a" * 16_385, headers=FORM)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_status_is_noted_without_an_answer(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    answer = await post(client, "/sms/status")
    assert (answer.status_code, answer.content) == (204, b"")
    assert gateway.security.statuses == [(BODY, "c2lnbmVk")]


async def test_an_answer_that_is_late_is_sent_by_itself(gateway: Gateway) -> None:
    """Twilio waits 15 seconds; a slow bot is no lost answer, and no second one."""
    gateway.rasa.gate = asyncio.Event()
    texts = Texts(gateway.parts, seconds=0.01)
    answer = await texts._inbound(BODY, "c2lnbmVk")
    assert bytes(answer.body).endswith(b"<Response></Response>")
    gateway.rasa.gate.set()
    [running] = gateway.turns._running
    await running
    assert gateway.security.answered_texts == [True]


async def test_an_answer_that_is_just_being_written_goes_along(gateway: Gateway) -> None:
    """Not twice and not never, however close it is."""
    gateway.security.writing = asyncio.Event()
    texts = Texts(gateway.parts, seconds=0.01)
    asked = asyncio.create_task(texts._inbound(BODY, "c2lnbmVk"))
    while not gateway.security.answered_texts:
        await asyncio.sleep(0)
    gateway.security.writing.set()
    assert b"<Message>" in bytes((await asked).body)
    assert gateway.security.answered_texts == [False]


async def test_a_turn_that_is_interrupted_still_answers(gateway: Gateway) -> None:
    """A gateway that stops closes the turn, and the apology does not wait for a webhook."""
    gateway.rasa.gate = asyncio.Event()
    asked = asyncio.create_task(Texts(gateway.parts)._inbound(BODY, "c2lnbmVk"))
    await gateway.rasa.asked.wait()
    await gateway.turns.stop()
    assert gateway.security.answered_texts == [True]
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_an_answer_that_security_does_not_take_becomes_an_apology(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """As on the page: whatever rasa says, the turn is closed."""
    gateway.security.refuses_answers = [Refused("invalid_request")]
    assert (await post(client)).status_code == 200
    assert gateway.security.said == [None, "api_invalid"]


async def test_a_late_answer_that_is_lost_is_told(gateway: Gateway) -> None:
    """Nobody waits for it: not even the loop's own complaint may be all that is left of it."""
    gateway.rasa.gate = asyncio.Event()
    gateway.security.refuses_answers = [Refused("security_unavailable")]
    await Texts(gateway.parts, seconds=0.01)._inbound(BODY, "c2lnbmVk")
    [running] = gateway.turns._running
    with capture_logs() as told:
        gateway.rasa.gate.set()
        await asyncio.wait([running])
        await asyncio.sleep(0)
    assert {"event": "late_text_lost", "error": "Refused", "log_level": "error"} in told
