"""Somebody of support asks for a customer: whose token it is, what it says, what is on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from security.errors import Refused
from security.operations.manifest import ManifestError, load_operations
from security.ports import Settled
from security.server import build_doubts
from security.tokens.verifier import TokenRefused, _agent
from tests.security.decisions import claims_of
from tests.security.letters import letters
from tests.security.visitor import Visitor
from tests.security.world import PROJECT, World
from tests.support.bot import Bot

LIST, CANCEL = "orders.assist_list_orders", "orders.assist_cancel_order"
_READ = "\n    scope: orders:assist:read"
AUDIENCE = "urn:gatehouse:api:orders"
CANCELLED = {"number": "AC-10497", "total": "58.90", "currency": "EUR"}
CARLS = {"carl@acme.example.com", "+12025550118"}
FOR_CARL = {"customer": "carl", "number": "AC-10497"}


@pytest.fixture
async def sue(bot: Bot) -> Visitor:
    bot.api_says(LIST, {"orders": [], "more": False})
    bot.api_says(CANCEL, CANCELLED)
    return (await bot.signed_in("sue")).visitor


def known_as(world: World, username: str) -> str:
    [(person_id,)] = world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?)", username
    )
    return world.core.keys.pairwise_subject(person_id, AUDIENCE)


def pseudonym(world: World, username: str) -> str:
    [(person_id,)] = world.sql(
        "SELECT id FROM people WHERE username_hash = hashed(tenant_id, ?)", username
    )
    return world.core.keys.pseudonym(person_id)


@pytest.mark.parametrize("called", ["carl", "CARL", "Carl Jensen", " carl  jensen "])
async def test_the_token_is_the_customers_with_support_behind_the_bot(
    sue: Visitor, called: str
) -> None:
    """RFC 8693 4.1: `act` is the bot, and within it whoever had the bot act."""
    await sue.ask(LIST, {"customer": called})
    [call] = sue.world.api.calls
    claims = claims_of(call.token)
    assert claims["sub"] == known_as(sue.world, "carl")
    assert claims["act"] == {
        "sub": "urn:gatehouse:bot",
        "act": {"sub": known_as(sue.world, "sue")},
    }
    assert (claims["tenant"], claims["scope"]) == ("acme-shop", "orders:assist:read")
    assert call.arguments == {}, "the name is a matter of the token, not of the call"


async def test_a_write_is_bound_to_the_request_and_to_the_customer(sue: Visitor) -> None:
    """RFC 9396."""
    assert await sue.ask(CANCEL, FOR_CARL) == CANCELLED
    [call] = sue.world.api.calls
    [detail] = claims_of(call.token)["authorization_details"]
    assert detail["arguments"] == {"number": "AC-10497"}
    assert detail["identifier"] == call.key


async def test_the_trail_says_to_whom_it_was_done_and_by_whom(sue: Visitor) -> None:
    """ASVS 16.3.2."""
    await sue.ask(CANCEL, FOR_CARL)
    for tag in ("operation:guard:allow", "operation:api:done"):
        record = sue.world.trail(tag)[-1]
        assert record["person"] == pseudonym(sue.world, "carl")
        assert record["actor"] == pseudonym(sue.world, "sue")
    assert sue.world.trail("operation:guard:allow")[-1]["roles"] == ["support_agent"]


async def test_the_customer_is_told_of_what_was_done_for_them(sue: Visitor) -> None:
    """ASVS 6.3.7: the customer, not whoever did it."""
    await sue.ask(CANCEL, FOR_CARL)
    told = [letter for letter in letters(sue.world) if "AC-10497" in letter.text]
    assert {letter.to for letter in told} == CARLS
    assert "for you" in told[0].text


@pytest.mark.parametrize(
    "called", ["nobody", "alice", "Alice Moreau", "sue", "Sue Marchetti", "", "car", "%", "carl'--"]
)
async def test_strangers_others_and_oneself_read_the_same(sue: Visitor, called: str) -> None:
    """ASVS 8.4.1: who is of another tenant does not exist here, and names cannot be tried out."""
    with pytest.raises(Refused, match=r"^consent_required$"):
        await sue.ask(LIST, {"customer": called})
    assert sue.world.api.calls == []
    assert sue.world.trail("operation:guard:deny")[-1]["reason"] in (
        "unknown_subject",
        "wrong_subject",
    )


async def test_asking_too_often_tells_no_customer_from_nobody(sue: Visitor) -> None:
    """ASVS 6.3.8, 8.4.1: once the limit of asking is reached, names cannot be tried out by it."""
    limited = 0
    for _ in range(sue.world.core.settings.limit_operations_per_minute + 1):
        try:
            await sue.ask(LIST, {"customer": "nobody"})
        except Refused as refused:
            limited += refused.code == "rate_limited"
    assert limited, "what names nobody is counted like anything else"
    for called in ("nobody", "alice", "sue", "carl", "Cora Whitfield"):
        with pytest.raises(Refused, match=r"^rate_limited$"):
            await sue.ask(LIST, {"customer": called})


@pytest.mark.parametrize("called", [None, 7, ["carl"], {"a": "carl"}])
async def test_who_is_not_named_in_words_is_not_acted_for(sue: Visitor, called: Any) -> None:
    arguments = {} if called is None else {"customer": called}
    with pytest.raises(Refused, match=r"^consent_required$"):
        await sue.ask(LIST, arguments)
    assert sue.world.api.calls == []


async def test_of_two_of_one_name_neither_is_acted_for(sue: Visitor) -> None:
    sue.world.change("cora", name="Carl Jensen")
    with pytest.raises(Refused, match=r"^consent_required$"):
        await sue.ask(LIST, {"customer": "Carl Jensen"})
    await sue.ask(LIST, {"customer": "carl"})


async def test_a_customer_who_is_disabled_is_not_acted_for(sue: Visitor) -> None:
    sue.world.sql(
        "UPDATE people SET disabled_at = 0 WHERE username_hash = hashed(tenant_id, 'carl')"
    )
    with pytest.raises(Refused, match=r"^consent_required$"):
        await sue.ask(LIST, {"customer": "carl"})


@pytest.mark.parametrize("username", ["carl", "cora", "aud4", "amy", "alice", "tess", "ivan"])
async def test_nobody_but_support_acts_for_a_customer(bot: Bot, username: str) -> None:
    somebody = (await bot.signed_in(username)).visitor
    with pytest.raises(Refused, match=r"^forbidden$"):
        await somebody.ask(LIST, {"customer": "carl"})
    assert bot.calls == []


async def test_support_has_no_orders_of_its_own_and_none_without_a_name(sue: Visitor) -> None:
    with pytest.raises(Refused, match=r"^forbidden$"):
        await sue.ask("orders.list_orders")
    with pytest.raises(Refused, match=r"^forbidden$"):
        await sue.ask("orders.allow_support", {"minutes": 60})


async def test_what_is_in_doubt_is_asked_after_in_the_customers_name(
    sue: Visitor, bot: Bot
) -> None:
    """The key is the customer's at the API: asked in another name it would be voided."""
    api: Any = sue.world.api
    bot.api_says(CANCEL, Refused("api_unavailable"))
    with pytest.raises(Refused, match=r"^in_doubt$"):
        await sue.ask(CANCEL, FOR_CARL)
    api.settled = Settled(done=True, result=CANCELLED)
    await build_doubts(sue.world.core, api).settle_all()
    subjects = {claims_of(call.token)["sub"] for call in api.settlings}
    assert subjects == {known_as(sue.world, "carl")}
    assert all("act" not in claims_of(call.token)["act"] for call in api.settlings)
    told = {letter.to for letter in letters(sue.world) if "AC-10497" in letter.text}
    assert told == CARLS


@pytest.mark.parametrize(
    "prior",
    ["pw-sue", {}, {"sub": ""}, {"sub": 7}, {"sub": "pw-carl"}, {"sub": "a", "iss": "b"},
     {"sub": "a", "act": {"sub": "b"}}, [{"sub": "a"}]],
)  # fmt: skip
def test_a_chain_of_another_form_is_refused(prior: Any) -> None:
    """RFC 8693 4.1: one person behind the bot, and not the subject."""
    claims = {"act": {"sub": "urn:gatehouse:bot", "act": prior}}
    with pytest.raises(TokenRefused):
        _agent(claims, "pw-carl")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("on_behalf_of: customer", "on_behalf_of: limit", "argument of the API"),
        (f"class: personal{_READ}", f"class: open{_READ}", "nobody does for others"),
    ],
)  # fmt: skip
def test_a_manifest_that_confuses_the_two_does_not_start(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    written = (PROJECT / "security" / "operations" / "orders.yml").read_text("utf-8")
    (tmp_path / "orders.yml").write_text(written.replace(old, new))
    with pytest.raises(ManifestError, match=why):
        load_operations(tmp_path, PROJECT)
