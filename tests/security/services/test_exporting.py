"""GDPR 15, 20: everybody gets all of their own data, and nobody else's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from security.errors import Refused
from security.export_plan import exported
from security.services.changes import SHOWN_METHODS
from security.services.exporting import MOST_COPIES
from tests.security.fakes import FakeApi
from tests.security.services.changing import notices
from tests.security.services.contacts import ADDRESS, NUMBER, give
from tests.security.visitor import Visitor
from tests.security.world import PROJECT, World

SCHEMA = json.loads((PROJECT / "web/assets/schemas/personal-data-1.json").read_text())


async def fetch(visitor: Visitor, form: str = "json") -> Any:
    made = await visitor.world.gateway.export_own_data(visitor.cookie, form)
    return json.loads(made.content) if form == "json" else made.content


async def test_a_copy_holds_what_was_said_and_who_one_is(alice: Visitor) -> None:
    """GDPR 15: transcript, profile, factors, sessions, sign-ins, browsers, messages."""
    world = alice.world
    give(world, "alice", "sms", NUMBER)
    give(world, "alice", "email", ADDRESS)
    await alice.hear(await alice.say("dear purple armadillo"))
    whole = await fetch(alice)
    assert whole["profile"]["name"] == world.person("alice").name
    assert {one["method"] for one in whole["factors"]} >= {"totp", "sms", "email"}
    assert {one.get("reached_at") for one in whole["factors"]} >= {NUMBER, ADDRESS}
    said = [one["text"] for talk in whole["conversations"] for one in talk["messages"]]
    assert said == ["dear purple armadillo", "Well."]
    assert whole["sessions"]
    assert whole["sign_ins"][0]["outcome"] == "passed"
    assert any(one["for"] == "10 years" for one in whole["kept_for"])
    assert whole["analytics"].startswith("none")


async def test_no_secret_of_a_factor_is_in_a_copy(alice: Visitor) -> None:
    """ASVS 14.2.6: who finds the file must not be able to sign in."""
    text = json.dumps(await fetch(alice))
    person = alice.world.person("alice")
    hashed = alice.world.look("alice").password_hash
    for secret in (person.totp_secret, person.password, hashed, alice.cookie, alice.csrf):
        assert secret not in text


async def test_each_api_is_asked_with_the_persons_own_token(alice: Visitor) -> None:
    """Only declared reads, each decided by the guard, each on the trail with its intent."""
    whole = await fetch(alice)
    world = alice.world
    wanted = {
        name
        for name, operation in world.core.operations.items()
        if operation.api == "banking" and exported(operation)
    }
    assert wanted >= {"banking.list_accounts", "banking.search_transactions"}
    intended = {one["operation"] for one in world.trail("operation:guard:allow")}
    assert wanted <= intended
    assert set(whole["apis"]["banking"]) == wanted
    assert not any(world.core.operations[name].is_write for name in intended)


async def test_what_others_did_with_ones_data_is_told_without_their_names(alice: Visitor) -> None:
    await alice.ask()
    whole = await fetch(alice)
    done = [one for one in whole["accesses"] if one["what"] == "operation:api:done"]
    assert done[0]["operation"] == "banking.list_accounts"
    assert {one["by"] for one in whole["accesses"]} == {"you, or in your name"}


async def test_attack_a_copy_tells_each_record_once_also_when_older_ones_are_archived(
    alice: Visitor,
) -> None:
    """ASVS 15.2.2: it went over the same records once for every batch that is in an archive."""
    world = alice.world
    for _ in range(3):
        await alice.ask()
    [(last,)] = world.sql("SELECT max(sequence) FROM audit")
    world.sql("DELETE FROM audit WHERE sequence < ?", last - 3)
    mine = [one for one in world.records() if b'"person":"' in one]
    assert last > 2 * len(mine)
    whole = await fetch(alice)
    told = [one for one in whole["accesses"] if one["what"] != "data:person:export"]
    assert len(told) == len(mine)
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)


@pytest.mark.parametrize(("seconds", "given"), [(899, True), (900, False), (901, False)])
async def test_a_copy_needs_a_proof_of_the_last_fifteen_minutes(
    alice: Visitor, seconds: int, given: bool
) -> None:
    """The contract: class personal."""
    for _ in range(seconds // 240):
        alice.world.clock.advance(seconds=240)
        await alice.extend()
    alice.world.clock.advance(seconds=seconds % 240)
    if given:
        assert (await fetch(alice))["version"] == 1
        return
    with pytest.raises(Refused, match="step_up_required"):
        await fetch(alice)
    gateway = alice.world.gateway
    asked = await gateway.ask_for_export(alice.cookie, alice.csrf, alice.address)
    assert asked.state == "prove"
    alice.challenge = asked.challenge
    await alice.prove("alice")
    assert (await gateway.ask_for_export(alice.cookie, alice.csrf, "192.0.2.1")).state == "ready"
    assert (await fetch(alice))["version"] == 1


async def test_a_stranger_gets_nothing(visitor: Visitor) -> None:
    await visitor.arrive("northwind-bank")
    with pytest.raises(Refused, match="authentication_required"):
        await fetch(visitor)
    with pytest.raises(Refused, match="authentication_required"):
        await visitor.world.gateway.ask_for_export(visitor.cookie, visitor.csrf, "192.0.2.1")


async def test_nothing_of_anybody_else_is_in_it(alice: Visitor) -> None:
    """ASVS 8.4.1."""
    world = alice.world
    bob = Visitor(world)
    await bob.arrive("northwind-bank")
    await bob.sign_in("bob")
    await bob.hear(await bob.say("bob's own wombat"))
    text = json.dumps(await fetch(alice))
    assert "wombat" not in text
    assert world.person("bob").name not in text


async def test_a_copy_is_as_its_schema_says(alice: Visitor) -> None:
    """GDPR 20: machine-readable, for others too."""
    await alice.hear(await alice.say("hello"))
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(await fetch(alice))


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


async def test_attack_words_that_are_markup_stay_words(alice: Visitor) -> None:
    """ASVS 1.2.1: the page is opened from a disk, where nothing else would stop a script."""
    hostile = "</dd><script src=//evil.example></script><img src=x onerror=alert(1)>"
    await alice.hear(await alice.say(hostile))
    seen = Seen()
    html = await fetch(alice, "html")
    seen.feed(html)
    assert {tag for tag, _ in seen.tags} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "dl", "dt", "dd",
        "ul", "li",
    }  # fmt: skip
    assert not any("src" in attrs or "href" in attrs for _, attrs in seen.tags)
    assert "&lt;script" in html
    assert "default-src &#x27;none&#x27;" in html


async def test_an_export_is_on_the_trail(alice: Visitor) -> None:
    """ASVS 16.3.2."""
    await fetch(alice)
    assert len(alice.world.trail("data:person:export")) == 1


async def test_an_api_that_does_not_answer_is_named_and_stops_nothing(alice: Visitor) -> None:
    alice.world.api.error = Refused("api_unavailable")
    whole = await fetch(alice)
    assert whole["apis"]["banking"]["banking.list_accounts"] == {"not_told": "api_unavailable"}
    assert whole["profile"]


async def a_shop_with(world: World, orders: int) -> Visitor:
    """Somebody signed in at a shop with so many orders of theirs, ten a page at most."""
    world.sql("""UPDATE tenants SET apis = '["orders"]' WHERE id = 'acme-shop'""")
    numbers = [f"AC-{n:05d}" for n in range(orders)]

    class Shop(FakeApi):
        async def call(self, operation: Any, arguments: Any, token: str, key: Any = None) -> Any:
            await super().call(operation, arguments, token, key)
            if operation.name == "orders.show_order":
                return {"number": arguments["number"]}
            if operation.name != "orders.list_orders":
                return {}
            after = numbers.index(arguments["after"]) + 1 if "after" in arguments else 0
            page = numbers[after : after + min(10, arguments.get("limit", 5))]
            more = after + len(page) < orders
            listed = {"orders": [{"number": one} for one in page], "more": more}
            return {**listed, "next": page[-1]} if more else listed

    world.api = Shop()
    world.wire(world.core)
    carl = Visitor(world)
    await carl.arrive("acme-shop")
    await carl.sign_in("carl")
    return carl


async def test_a_copy_holds_every_one_of_many_orders(world: World) -> None:
    """GDPR 15: more than a person may ask for in a minute, each with its details."""
    carl = await a_shop_with(world, 150)
    whole = (await fetch(carl))["apis"]["orders"]
    pages = whole["orders.list_orders"]
    listed = [one["number"] for page in pages for one in page["orders"]]
    assert listed == [f"AC-{n:05d}" for n in range(150)]
    assert [one["number"] for one in whole["orders.show_order"]] == listed
    assert len(pages) == 15
    # And the chat's own pace is as it was.
    await carl.ask("orders.list_orders")


async def test_what_is_not_told_of_many_is_named(world: World) -> None:
    carl = await a_shop_with(world, 3)
    real = world.api.call

    async def call(operation: Any, arguments: Any, token: str, key: Any = None) -> Any:
        if arguments.get("number") == "AC-00001":
            raise Refused("api_unavailable")
        return await real(operation, arguments, token, key)

    world.api.call = call  # type: ignore[method-assign]
    details = (await fetch(carl))["apis"]["orders"]["orders.show_order"]
    assert details[1] == {"number": "AC-00001", "not_told": "api_unavailable"}
    assert [one["number"] for one in details] == ["AC-00000", "AC-00001", "AC-00002"]


async def test_attack_copies_by_the_dozen_are_refused(alice: Visitor) -> None:
    """ASVS 2.4.1: each one reads all of the trail and asks every API."""
    for _ in range(MOST_COPIES):
        await fetch(alice)
    calls = len(alice.world.api.calls)
    with pytest.raises(Refused, match="rate_limited"):
        await fetch(alice)
    assert len(alice.world.api.calls) == calls
    assert len(alice.world.trail("data:person:export")) == MOST_COPIES


async def test_attack_copies_at_once_are_one(alice: Visitor) -> None:
    """ASVS 2.4.1."""
    made = await asyncio.gather(*(fetch(alice) for _ in range(5)), return_exceptions=True)
    assert [str(one) for one in made if isinstance(one, Exception)] == ["rate_limited"] * 4
    assert (await fetch(alice))["version"] == 1


async def test_attack_who_holds_a_stolen_session_takes_no_copy_in_silence(alice: Visitor) -> None:
    """ASVS 6.3.7: its person hears of it, on every channel that they have."""
    give(alice.world, "alice", "sms", NUMBER)
    give(alice.world, "alice", "email", ADDRESS)
    await fetch(alice)
    for to in (NUMBER, ADDRESS):
        [words] = notices(alice.world, to)
        assert "A copy of all your data was downloaded" in words


def test_no_list_of_factors_is_forgotten() -> None:
    assert set(SHOWN_METHODS) >= {"totp", "sms", "email", "passkey", "push"}


def test_the_schema_is_one(world: World, tmp_path: Path) -> None:
    jsonschema_rs.meta.validate(SCHEMA)
