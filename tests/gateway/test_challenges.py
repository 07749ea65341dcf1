"""The challenge's calls."""

from __future__ import annotations

import httpx
import pytest

from gateway.cookies import DEVICE_NAME, NAME
from security.errors import Refused
from security.model import BotMessage, ChallengeView, Detail, SessionGrant
from tests.gateway.conftest import HELD, Gateway
from tests.gateway.fakes import (
    A_CHALLENGE,
    CHALLENGE,
    CODE,
    NEW_CSRF,
    NEW_SESSION,
    NO_ANSWER,
    SIGNED_IN,
)

PATH = f"/api/challenges/{CHALLENGE}"


async def test_a_challenge_is_shown_as_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH, headers=HELD)
    assert answer.status_code == 200
    assert "destination_hint" not in answer.json()
    assert answer.json()["binding"] == "Sign in to Northwind Bank"


@pytest.mark.parametrize("id_", ["other", "x" * 200, "a b", "..%2f..%2fsession", "%00", "é"])
@pytest.mark.parametrize("verb", ["GET", "DELETE"])
async def test_a_guessed_challenge_id_is_not_there(
    client: httpx.AsyncClient, verb: str, id_: str
) -> None:
    """ASVS 6.6.2: another session's challenge does not exist here."""
    answer = await client.request(verb, f"/api/challenges/{id_}", headers=HELD)
    assert answer.status_code == 404


async def test_choosing_a_method(client: httpx.AsyncClient) -> None:
    assert (
        await client.post(f"{PATH}/send", headers=HELD, json={"method": "totp"})
    ).status_code == 200
    for method, code in (("sms", "unknown_method"), ("carrier_pigeon", "invalid_request")):
        answer = await client.post(f"{PATH}/send", headers=HELD, json={"method": method})
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_clients_address_limits_what_is_sent(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.refuse["send_challenge"] = [Refused("too_many_codes", retry_after_seconds=60)]
    forged = {**HELD, "x-forwarded-for": "203.0.113.1"}
    answer = await client.post(f"{PATH}/send", headers=forged, json={"method": "sms"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_codes")
    assert answer.json()["retry_after_seconds"] == 60
    assert gateway.security.named("send_challenge") == [("sms", "127.0.0.1")]


async def test_all_that_a_challenge_tells_comes_through(
    gateway: Gateway, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = {
        "purpose": "confirm",
        "method": "sms",
        "details": [Detail(label="To", value="Anna Berg, •••• 1234")],
        "delivery": "sent",
        "resend_in": 30,
    }
    view = A_CHALLENGE.model_copy(update=shown)

    async def look(*_: object) -> ChallengeView:
        return view

    monkeypatch.setattr(gateway.security, "look_at_challenge", look)
    answer = (await client.get(PATH, headers=HELD)).json()
    assert answer["details"] == [{"label": "To", "value": "Anna Berg, •••• 1234"}]
    assert (answer["delivery"], answer["resend_in"]) == ("sent", 30)


@pytest.mark.parametrize(("said", "told"), [(True, {"enrol": True}), (False, {}), (None, {})])
async def test_a_recovery_code_leads_to_a_new_factor(
    gateway: Gateway, client: httpx.AsyncClient, said: bool | None, told: dict[str, bool]
) -> None:
    gateway.security.enrol = said
    answer = (await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})).json()
    assert {name: value for name, value in answer.items() if name == "enrol"} == told


async def test_a_device_is_remembered_also_when_the_resume_rotates(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """The newest id and the device's cookie, whichever of the two grants carried them."""
    gateway.security.resume = True
    gateway.security.device = "v" * 43
    gateway.security.rotated = SessionGrant(
        session_id="r" * 43, csrf_token=NEW_CSRF, session=SIGNED_IN
    )
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    session, device = answer.headers.get_list("set-cookie")
    assert session.startswith(f"{NAME}={'r' * 43};")
    assert device.startswith(f"{DEVICE_NAME}={'v' * 43};")


async def test_a_wrong_code_says_how_many_are_left(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": "000000"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_code")
    assert answer.json()["attempts_left"] == 4
    assert "set-cookie" not in answer.headers


async def test_a_right_code_changes_the_session_id(client: httpx.AsyncClient) -> None:
    """ASVS 7.2.4: new id and token at sign-in."""
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    assert answer.json()["status"] == "passed"
    assert answer.json()["csrf_token"] == NEW_CSRF
    assert answer.json()["messages"] == []
    assert answer.headers["set-cookie"].startswith(f"{NAME}={NEW_SESSION};")


async def test_what_waited_for_the_code_runs_by_itself(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """The resume is a turn of its own, under the new session."""
    gateway.security.resume = True
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    assert answer.json()["messages"] == [{"text": "Hello."}]
    assert gateway.security.named("open_turn") == [(NEW_SESSION, {"resume": True})]
    assert gateway.rasa.turns[0].utterance.resume is True
    assert len(gateway.security.closed) == 1


@pytest.mark.parametrize("step", ["open_turn", "close_turn"])
async def test_a_sign_in_stands_when_the_resume_fails(
    gateway: Gateway, client: httpx.AsyncClient, step: str
) -> None:
    gateway.security.resume = True
    gateway.security.refuse[step] = [Refused("security_unavailable")]
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    assert answer.status_code == 200
    assert answer.headers["set-cookie"].startswith(f"{NAME}={NEW_SESSION};")
    (message,) = answer.json()["messages"]
    assert message["refused"] == "security_unavailable"
    assert "ask again" in message["text"]


async def test_a_sign_in_stands_when_rasa_is_silent(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.resume = True
    gateway.rasa.fails = NO_ANSWER
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    assert answer.status_code == 200
    assert answer.json()["messages"][0]["refused"] == "api_unavailable"
    assert len(gateway.security.closed) == 2  # It was tried once more, and every turn is closed.


async def test_what_did_not_reach_the_person_is_asked_for_once_more(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.resume = True
    gateway.rasa.fails_once = NO_ANSWER
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    assert "refused" not in answer.json()["messages"][0]


_NOT_DONE = BotMessage(text="So I have not done it.", refused="security_unavailable")
_DONE = BotMessage(text="This is your receipt.")
_UNKNOWN = Refused("security_unavailable")
_OVER = Refused("nothing_pending")


@pytest.mark.parametrize(
    ("opens", "says", "sure"),
    [
        ([], [[_DONE]], True),
        ([], [[_NOT_DONE], [_DONE]], True),
        ([], [[_NOT_DONE], [_NOT_DONE]], False),
        ([None, _OVER], [[_NOT_DONE]], True),
        ([None, _UNKNOWN], [[_NOT_DONE]], False),
        ([_UNKNOWN], [], False),
    ],
)
async def test_nobody_hears_not_done_of_a_payment_that_may_have_been_done(
    gateway: Gateway,
    client: httpx.AsyncClient,
    opens: list[Refused | None],
    says: list[list[BotMessage]],
    sure: bool,
) -> None:
    """ASVS 15.4.2: actions out of security's reach know nothing, whatever they say of it."""
    gateway.security.resume = gateway.security.confirmed = True
    gateway.security.refuse["open_turn"] = [*opens]
    gateway.rasa.first_says = says
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    (message,) = answer.json()["messages"]
    assert (message.get("refused") == "in_doubt") is not sure
    if not sure:
        assert "do not repeat it" in message["text"]


async def test_a_rotation_during_the_resume_is_what_the_browser_gets(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.resume = True
    gateway.security.rotated = SessionGrant(
        session_id="r" * 43, csrf_token=NEW_CSRF, session=SIGNED_IN
    )
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    assert answer.headers["set-cookie"].startswith(f"{NAME}={'r' * 43};")


async def test_a_code_for_what_has_expired_meanwhile_gets_an_answer(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.security.confirmed = True
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": CODE})
    (message,) = answer.json()["messages"]
    assert message["refused"] == "nothing_pending"
    assert "ask again" in message["text"]
    assert gateway.rasa.turns == []


async def test_a_cancelled_challenge_is_void(gateway: Gateway, client: httpx.AsyncClient) -> None:
    assert (await client.delete(PATH, headers=HELD)).status_code == 204
    assert gateway.security.named("cancel_challenge") == [CHALLENGE]


@pytest.mark.parametrize("code", ["", "x" * 65, "1\n2", None, 287082, {"$ne": ""}])
async def test_a_malformed_code_uses_up_no_attempt(
    gateway: Gateway, client: httpx.AsyncClient, code: object
) -> None:
    answer = await client.post(f"{PATH}/answer", headers=HELD, json={"code": code})
    assert answer.status_code == 422
    assert gateway.security.calls == []


async def test_what_is_typed_beside_the_code_goes_on_with_it(
    gateway: Gateway, client: httpx.AsyncClient
) -> None:
    """It is in the body of this call alone."""
    body = {"code": CODE, "panel": {"new_pin": "4826"}}
    answer = await client.post(f"{PATH}/answer", headers=HELD, json=body)
    assert answer.status_code == 200
    assert gateway.security.named("answer_challenge") == [(CODE, {"new_pin": "4826"})]
    assert "4826" not in answer.text


@pytest.mark.parametrize(
    "panel", [None, [], "4826", {"new_pin": 4826}, {"new_pin": ""}, {"New": "4826"}, {"": "4826"}]
)
async def test_a_panel_of_another_shape_is_refused(
    client: httpx.AsyncClient, panel: object
) -> None:
    """Abuse: nothing of it is repeated."""
    body = {"code": CODE, "panel": panel}
    answer = await client.post(f"{PATH}/answer", headers=HELD, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "4826" not in answer.text
