"""The demo's outbox."""

from __future__ import annotations

import httpx
import pytest

from gateway.rates import RateLimits
from security.errors import Refused
from security.model import BotMessage, Choice
from tests.gateway.account_fakes import SENT
from tests.gateway.conftest import RATES, Gateway
from tests.gateway.demo_fakes import SIGNED

PATH = "/demo/outbox"


async def get(client: httpx.AsyncClient, query: str) -> httpx.Response:
    url = httpx.URL("https://localhost:8443").copy_with(raw_path=(PATH + query).encode())
    return await client.get(url)


async def test_all_that_was_sent_is_listed(client: httpx.AsyncClient) -> None:
    answer = await get(client, "")
    assert answer.json() == [sent.model_dump() for sent in SENT]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "to"),
    [
        ("?to=+15550100001", "+15550100001"),
        ("?to=%2B15550100001", "+15550100001"),
        ("?to=alice@example.org", "alice@example.org"),
        ("?to=alice%40example.org&_=1", "alice@example.org"),
    ],
)
async def test_what_was_sent_to_one_number_or_address(
    client: httpx.AsyncClient, query: str, to: str
) -> None:
    assert [sent["to"] for sent in (await get(client, query)).json()] == [to]


@pytest.mark.parametrize(
    "query", ["?to=", "?to=a&to=b", "?to=%00", "?to=%ff", "?to=" + "x" * 257, "?to=a%0d%0ab"]
)
async def test_a_malformed_question_is_a_clear_422(
    gateway: Gateway, client: httpx.AsyncClient, query: str
) -> None:
    answer = await get(client, query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["field"] == "to"
    assert gateway.security.calls == []


@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        *(PATH, f"{PATH}?to=+15550100001", "/demo", "/demo/phone", "/demo/chat", "/demo/"),
        *("/demo/people", "/demo/trail", "/demo/texts", "/demo/session", "/demo/attacks"),
    ],
)
async def test_in_production_there_is_no_demo(verb: str, path: str) -> None:
    """ASVS 13.4.2: the path does not exist, whatever security would say."""
    gateway = Gateway(mode="production")
    async with gateway.client() as client:
        answer = await client.request(verb, path)
        described = (await client.get("/api/openapi.json")).json()["paths"]
    assert answer.status_code == 404
    assert gateway.security.calls == []
    assert not [known for known in described if known.startswith("/demo")]


async def test_security_has_the_last_word(gateway: Gateway, client: httpx.AsyncClient) -> None:
    gateway.security.refuse["outbox"] = [Refused("not_found")]
    answer = await get(client, "")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_foreign_page_reads_no_code(client: httpx.AsyncClient) -> None:
    """ASVS 3.5.1: the demo's codes are no other site's business."""
    answer = await client.get(PATH, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


HELLO = {"tenant": "northwind-bank", "username": "alice", "text": "what's my balance?"}


async def test_a_text_from_a_phone_goes_through_the_webhook(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """The form that security signed arrives at the webhook byte for byte; the bot answers it."""
    gateway.rasa.says = [BotMessage(text="Tom & <Jerry>")]
    answer = await client.post("/demo/texts", json=HELLO)
    assert gateway.security.named("demo_text") == [tuple(HELLO.values())]
    assert gateway.security.texts == [(SIGNED.form.encode(), SIGNED.signature)]
    said = [(one["mine"], one["text"]) for one in answer.json()]
    assert said == [(True, HELLO["text"]), (False, "Tom & <Jerry>")]
    assert (await client.get("/demo/texts")).json() == answer.json()


async def test_a_text_that_the_webhook_refuses_has_no_answer(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """ASVS 16.5.3: an undeclared refusal within fails closed, and nothing is made up."""
    gateway.security.refuses_texts = Refused("invalid_signature")
    answer = await client.post("/demo/texts", json=HELLO)
    assert (answer.status_code, answer.json()["code"]) == (503, "security_unavailable")
    assert [one["mine"] for one in (await client.get("/demo/texts")).json()] == [True]


async def test_a_phone_of_nobody_sends_nothing(gateway: Gateway, client: httpx.AsyncClient) -> None:
    gateway.security.refuse["demo_text"] = [Refused("not_found")]
    answer = await client.post("/demo/texts", json={**HELLO, "username": "nobody"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert gateway.security.texts == []
    assert (await client.get("/demo/texts")).json() == []


@pytest.mark.parametrize("changed", [{"text": ""}, {"text": "x" * 1_001}, {"from": "+1"}])
async def test_a_malformed_text_is_refused(
    gateway: Gateway, client: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    answer = await client.post("/demo/texts", json={**HELLO, **changed})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert gateway.security.calls == []


async def test_a_short_session_is_a_session_like_any_other(client: httpx.AsyncClient) -> None:
    answer = await client.post("/demo/session", json={"tenant": "northwind-bank"})
    assert answer.status_code == 201
    assert answer.json()["session"]["idle_seconds_left"] == 75
    assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("path", "body", "rate"),
    [
        ("/demo/texts", HELLO, "messages"),
        ("/demo/session", {}, "sessions"),
        ("/demo/attacks", {"attack": "intent"}, "sign_ins"),
    ],
)
async def test_what_changes_something_is_limited(path: str, body: object, rate: str) -> None:
    gateway = Gateway(limits=RateLimits({**RATES, rate: 1}))
    async with gateway.client() as client:
        statuses = [(await client.post(path, json=body)).status_code for _ in range(2)]
    assert statuses[1] == 429


async def test_attacks_use_up_the_limits_of_whoever_asks_for_them() -> None:
    """The demo is no way around a limit: what it asks within counts for the same address."""
    gateway = Gateway(limits=RateLimits({**RATES, "messages": 2}))
    async with gateway.client() as client:
        report = (await client.post("/demo/attacks", json={"attack": "intent"})).json()
    statuses = [one["status"] for one in report["exchanges"] if one["step"] == "command"]
    assert statuses == [200, 200, 429]


async def tried(gateway: Gateway, attack: str) -> dict:
    async with gateway.client() as client:
        answer = await client.post("/demo/attacks", json={"attack": attack})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_guessing_is_told_guess_by_guess_and_no_right_code_is_shown(gateway: Gateway) -> None:
    gateway.security.refuse["answer_challenge"] = [
        *(Refused("wrong_code", attempts_left=left) for left in (4, 3, 2, 1, 0)),
        Refused("locked"),
    ]
    report = await tried(gateway, "guess")
    assert report["stopped"] is True
    codes = [(one["step"], one["code"]) for one in report["exchanges"] if "code" in one]
    assert codes == [("guess", "wrong_code")] * 5 + [("right_code", "locked")]
    [last] = [one for one in report["exchanges"] if one["step"] == "right_code"]
    assert last["sent"] == "\u2022" * 6
    assert "287082" not in str(report)
    assert "correct horse" not in str(report)
    assert "s" * 43 not in str(report)


async def test_an_attack_that_succeeds_is_said_to_have_succeeded(gateway: Gateway) -> None:
    """The verdict is read off the answers: with a security that lets it pass, it says so."""
    assert (await tried(gateway, "guess"))["stopped"] is False
    assert (await tried(gateway, "replay"))["stopped"] is False
    assert (await tried(gateway, "cookie"))["stopped"] is False
    assert (await tried(gateway, "account"))["stopped"] is False
    gateway.rasa.says = [BotMessage(text="1,000", card={"kind": "balances", "accounts": []})]
    assert (await tried(gateway, "intent"))["stopped"] is False


async def test_a_replayed_code_is_refused(gateway: Gateway) -> None:
    gateway.security.refuse["answer_challenge"] = [None, Refused("wrong_code", attempts_left=4)]
    report = await tried(gateway, "replay")
    assert report["stopped"] is True
    assert [one["who"] for one in report["exchanges"]][-1] == "attacker"


async def test_a_used_code_says_when_there_is_a_new_one(gateway: Gateway) -> None:
    gateway.security.refuse["answer_challenge"] = [Refused("wrong_code", attempts_left=4)]
    report = await tried(gateway, "cookie")
    assert "stopped" not in report
    assert report["again_in"] == 17


async def test_commands_are_words(gateway: Gateway) -> None:
    gateway.rasa.says = [BotMessage(text="Sorry?", choices=[Choice(title="Help", intent="help")])]
    report = await tried(gateway, "intent")
    assert report["stopped"] is True
    said = [turn.utterance.text for turn in gateway.rasa.turns]
    assert len(said) == 3


async def test_the_trail_begins_where_the_attack_began(gateway: Gateway) -> None:
    await tried(gateway, "intent")
    assert gateway.security.named("demo_trail") == [0, 7]
