"""A breach report of a whole security core: from what people did to what an operator reads."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from security.errors import Refused
from security.services.breaches import Breaches
from tests.security.conftest import MakeWorld
from tests.security.decisions import signed_in
from tests.security.fakes import NOW
from tests.security.services.test_accesses import GLASS, OPEN, invoke, opened
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.bot import Bot

DAY = timedelta(days=1)
SCHEMAS = Path(__file__).parents[3] / "web" / "assets" / "schemas"
SCHEMA = jsonschema_rs.Draft202012Validator(
    json.loads((SCHEMAS / "breach-report-1.json").read_text())
)


async def report(world: World, **asked: Any) -> dict[str, Any]:
    made = await Breaches(world.core).report(NOW - DAY, NOW + DAY, **asked)
    assert made.media_type == "application/json"
    said: dict[str, Any] = json.loads(made.content)
    SCHEMA.validate(said)
    return said


async def test_a_report_says_whose_data_which_since_when_and_is_on_the_trail(
    alice: Visitor,
) -> None:
    """GDPR 33."""
    await alice.ask()
    said = await report(alice.world)
    [bank] = said["organisations"]
    assert (bank["organisation"], bank["people"], bank["disclosures"]) == ("northwind-bank", 1, 1)
    [whose] = bank["whose"]
    assert whose["user_name"] == "alice"
    [data] = whose["data"]
    assert (data["api"], data["by"], data["times"]) == ("banking", "themselves", 1)
    assert data["fields"]
    assert datetime.fromisoformat(data["since"]) >= NOW
    [noted] = alice.world.trail("audit:report:make")
    assert (noted["reason"], noted["channel"], "tenant" in noted) == ("breach", "shell", False)
    assert said["log"]["records"] == len(alice.world.records())


async def test_a_report_is_of_one_organisation_where_one_is_named(alice: Visitor) -> None:
    await alice.ask()
    assert (await report(alice.world, tenant="globex"))["organisations"] == []
    assert len((await report(alice.world, tenant="northwind-bank"))["organisations"]) == 1
    with pytest.raises(Refused, match="unknown_tenant"):
        await report(alice.world, tenant="nowhere")


async def test_attack_a_period_that_is_none_is_refused(world: World) -> None:
    """ASVS 2.2.1."""
    with pytest.raises(Refused, match="invalid_arguments"):
        await Breaches(world.core).report(NOW, NOW)


async def test_a_report_can_be_of_one_person_client_or_session(alice: Visitor) -> None:
    await alice.ask()
    [intent] = alice.world.trail("operation:guard:allow")
    for by in (intent["person"], intent["session"]):
        assert len((await report(alice.world, by=by))["organisations"]) == 1
    assert (await report(alice.world, by="0" * 24))["organisations"] == []
    assert (await report(alice.world, suspect=True))["organisations"] == []


async def test_a_report_to_read_is_one_page_without_a_script(make_world: MakeWorld) -> None:
    world = make_world()
    alice = await signed_in(world, "alice")
    await alice.ask()
    made = await Breaches(world.core).report(NOW - DAY, NOW + DAY, form="html")
    assert made.name.endswith(".html")
    assert "<script" not in made.content
    assert "default-src &#x27;none&#x27;" in made.content
    assert "alice" in made.content
    empty = await Breaches(world.core).report(NOW - 2 * DAY, NOW - DAY, form="html")
    assert "Nobody’s data was used" in empty.content


async def test_a_physicians_account_tells_of_the_patients_that_it_saw(bot: Bot) -> None:
    """GDPR 33, HIPAA 164.404: it is the patient who has to be told."""
    bot.api_says(OPEN, opened(bot, "quinn"))
    await invoke(await bot.signed_in("dana"), OPEN, GLASS, "emergency")
    [clinic] = (await report(bot.world, tenant="harbor-clinic"))["organisations"]
    [quinn] = [one for one in clinic["whose"] if one.get("user_name") == "quinn"]
    [data] = quinn["data"]
    assert (data["what"], data["by"]["user_name"], data["purpose"]) == (OPEN, "dana", "emergency")
