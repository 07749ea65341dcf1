"""Support acts for a customer who allows it, as long as they do, and not a second longer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .conftest import ACCOUNT, ASSIST, NOW, SUE, new_key


async def allow(api: Any, minutes: int = 60, subject: str = "pw-carl") -> None:
    reply = await api.post("/support-consents", {"minutes": minutes}, subject=subject)
    until = NOW + timedelta(minutes=minutes)
    assert reply.json() == {"until": until.isoformat().replace("+00:00", "Z")}


async def withdraw(api: Any) -> None:
    assert (await api.post("/support-withdrawals", {})).json() == {}


def code(reply: Any) -> str:
    return str(reply.json().get("code", "done"))


async def test_without_consent_nothing_of_a_customer_is_seen_or_changed(api: Any) -> None:
    item = await api.item_of("AC-10006")
    assert code(await api.assisted()) == "consent_required"
    assert code(await api.assisted("/assist/orders/AC-10001")) == "consent_required"
    cancel = await api.post("/assist/cancellations", {"number": "AC-10001"})
    assert (cancel.status_code, code(cancel)) == (403, "consent_required")
    assert code(await api.post("/assist/returns", item)) == "consent_required"
    assert api.state("AC-10001") == "placed"


async def test_with_consent_support_sees_and_helps(api: Any) -> None:
    await allow(api)
    assert len((await api.assisted()).json()["orders"]) == 7
    shown = await api.assisted("/assist/orders/AC-10001")
    assert shown.json()["number"] == "AC-10001"
    assert code(await api.post("/assist/cancellations", {"number": "AC-10001"})) == "done"
    assert code(await api.post("/assist/returns", await api.item_of("AC-10006"))) == "done"
    noted = "SELECT what, agent FROM events WHERE agent IS NOT NULL ORDER BY id"
    assert api.rows(noted) == [("cancelled", SUE), ("return_requested", SUE)]
    assert (await api.get("/account", ACCOUNT)).json()["support_until"] == "2026-11-23T13:00:00Z"


@pytest.mark.parametrize(("after", "seen"), [(-1, True), (0, False), (1, False)])
async def test_a_consent_ends_at_its_second(api: Any, after: int, seen: bool) -> None:
    await allow(api, 30)
    api.now = NOW + timedelta(minutes=30, seconds=after)
    expected = "done" if seen else "consent_required"
    assert code(await api.assisted()) == expected
    assert code(await api.post("/assist/cancellations", {"number": "AC-10001"})) == expected
    account = (await api.get("/account", ACCOUNT)).json()
    assert ("support_until" in account) is seen


async def test_a_consent_that_is_withdrawn_is_over_at_once(api: Any) -> None:
    await allow(api)
    await withdraw(api)
    assert code(await api.assisted()) == "consent_required"
    assert code(await api.post("/assist/cancellations", {"number": "AC-10001"})) == (
        "consent_required"
    )
    await withdraw(api)  # Saying so twice does no harm.


async def test_a_shorter_consent_replaces_a_longer_one(api: Any) -> None:
    await allow(api, 120)
    await allow(api, 5)
    api.now = NOW + timedelta(minutes=5)
    assert code(await api.assisted()) == "consent_required"


@pytest.mark.parametrize("minutes", [0, 4, 121, -5, 10.5, "60", None])
async def test_a_consent_is_neither_endless_nor_for_a_moment(api: Any, minutes: Any) -> None:
    assert code(await api.post("/support-consents", {"minutes": minutes})) == "invalid_request"


async def test_the_consent_of_one_customer_opens_no_other(api: Any) -> None:
    """ASVS 8.2.2, 8.4.1: neither a neighbour, nor the namesake of another tenant."""
    await allow(api)
    assert code(await api.assisted(subject="pw-cora")) == "consent_required"
    assert code(await api.assisted(tenant="globex")) == "consent_required"
    assert code(await api.assisted("/assist/orders/AC-20001")) == "not_found"
    assert code(await api.post("/assist/cancellations", {"number": "AC-20001"})) == "not_found"


async def test_a_customers_own_token_does_not_assist(api: Any) -> None:
    await allow(api)
    own = await api.get("/assist/orders", ASSIST)
    assert (own.status_code, code(own)) == (401, "invalid_token")
    assert code(await api.post("/assist/cancellations", {"number": "AC-10001"}, agent=None)) == (
        "invalid_token"
    )


async def test_the_key_of_a_customer_opens_nothing_to_support(api: Any) -> None:
    """ASVS 8.2.2, RFC 8693: an answer is given again to whom it was given, and to nobody else."""
    body, key = {"number": "AC-10001"}, new_key()
    assert (await api.post("/cancellations", body, key)).status_code == 200
    replies = [await api.post("/assist/cancellations", body, key) for _ in range(2)]
    assert [reply.json().get("code") for reply in replies] == ["idempotency_key_reused"] * 2


async def test_the_key_of_one_of_support_opens_nothing_to_another(api: Any) -> None:
    """ASVS 8.2.2."""
    await api.post("/support-consents", {"minutes": 5})
    body, key, path = {"number": "AC-10001"}, new_key(), "/assist/cancellations"
    first = await api.post(path, body, key)
    assert (await api.post(path, body, key)).content == first.content
    other = await api.post(path, body, key, agent="pw-tom")
    assert other.json()["code"] == "idempotency_key_reused"


async def test_support_cannot_allow_itself_anything(api: Any) -> None:
    """Whoever acts for others can neither consent in their name, nor move them house."""
    given = {"minutes": 60}
    assert code(await api.post("/support-consents", given, agent=SUE)) == "invalid_token"
    assert code(await api.post("/support-withdrawals", {}, agent=SUE)) == "invalid_token"
    address = {"street": "1 A", "postcode": "10115", "city": "B", "country": "DE"}
    assert code(await api.post("/account/address", address, agent=SUE)) == "invalid_token"


async def test_what_was_done_for_a_customer_is_settled_in_their_name(api: Any) -> None:
    await allow(api)
    key = new_key()
    await api.post("/assist/cancellations", {"number": "AC-10001"}, key)
    assert (await api.settle(key))["state"] == "done"
    assert (await api.settle(key, SUE))["state"] == "void"
