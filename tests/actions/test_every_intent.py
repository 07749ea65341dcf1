"""Every intent for the right persona and for the wrong one: the guard decides what rules lead to.

The table is made of the rules, the actions and the manifests, so that no new skill is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from actions.registry import protected_actions
from cli.people import PERSONAS
from security.access import Facts
from security.operations.operation import Operation
from security.server import read_access, read_operations
from tests.security.world import PROJECT
from tests.support.bot import Bot, refused_by_api

from .conftest import FakeSecurity

OPERATIONS = read_operations(PROJECT)
ACCESS = read_access(PROJECT, OPERATIONS)
DEMO = yaml.safe_load(PERSONAS.read_text("utf-8"))
APIS = {tenant["id"]: tenant["apis"] for tenant in DEMO["tenants"]}
SAYING = {
    "add_payee": "save Anna Berg with the number XN70HRBR000200551234 as a payee",
    "help_customer": "help carl with his order",
}
"""Words that say enough of a request for something to be asked of security."""


@dataclass(frozen=True)
class Skill:
    """An intent, the action that its rule leads to, and what that asks for."""

    intent: str
    action: str
    operations: frozenset[str]

    @property
    def closed(self) -> list[Operation]:
        """The operations that not everybody may ask for."""
        asked = (OPERATIONS[name] for name in sorted(self.operations))
        return [operation for operation in asked if operation.kind != "open"]


def rules() -> Iterable[tuple[str, str]]:
    for path in sorted((PROJECT / "data" / "rules").glob("*.yml")):
        for rule in yaml.safe_load(path.read_text("utf-8"))["rules"]:
            first, *then = rule["steps"]
            yield first["intent"], then[-1]["action"]


def skills() -> list[Skill]:
    served = protected_actions(FakeSecurity())
    return [
        Skill(intent, action, served[action].operations)
        for intent, action in rules()
        if action in served
    ]


def may(person: Any, operation: Operation) -> bool:
    purposes = sorted(operation.purposes)
    tenant, roles = person["tenant"], tuple(person["roles"])
    facts = Facts(tenant, roles, tenant, "web", "aal2", 1, purpose=(purposes or [None])[0])
    here = operation.is_own or operation.api in APIS[tenant]
    return here and bool(ACCESS.may(operation, facts))


def wrong_for(skill: Skill) -> list[str]:
    """Return one persona of each tenant, and of each kind, who may ask for none of it."""
    wrong = [p for p in DEMO["people"] if not any(may(p, one) for one in skill.closed)]
    by_kind = {(person["tenant"], *person["roles"]): person["username"] for person in wrong}
    return sorted(by_kind.values())


def may_some(username: str, skill: Skill) -> bool:
    return any(may(PEOPLE[username], operation) for operation in skill.closed)


PEOPLE = {person["username"]: person for person in DEMO["people"]}
BY_NAME = {"help_customer": "sue"}
"""Where a customer may ask for a part of it, and the intent is somebody else's."""
SKILLS = skills()
WRONG = [(each, who) for each in SKILLS if each.closed for who in wrong_for(each)]
RIGHT = [
    (each, BY_NAME.get(each.intent) or next(who for who in PEOPLE if may_some(who, each)))
    for each in SKILLS
    if each.closed
]


def ids(value: Any) -> str:
    return value.intent if isinstance(value, Skill) else str(value)


@pytest.fixture
def down(bot: Bot) -> Bot:
    """A bot whose APIs are reached, and then give no answer."""
    for name in OPERATIONS:
        bot.api_says(name, refused_by_api("api_unavailable"))
    return bot


def one_of_each_tenant(cases: list[tuple[Skill, str]]) -> list[tuple[Skill, str]]:
    """Return for each intent one wrong persona of its own tenant and one of another."""
    tenant = {person["username"]: person["tenant"] for person in DEMO["people"]}
    chosen: dict[tuple[str, bool], tuple[Skill, str]] = {}
    for skill, who in cases:
        at_home = any(operation.api in APIS[tenant[who]] for operation in skill.closed)
        chosen.setdefault((skill.intent, at_home), (skill, who))
    return list(chosen.values())


@pytest.mark.parametrize(("skill", "who"), one_of_each_tenant(WRONG), ids=ids)
async def test_the_wrong_person_is_refused_and_it_is_on_record(
    down: Bot, skill: Skill, who: str
) -> None:
    """ASVS 8.2.1, 16.3.2: a polite sentence, a record, and nothing else."""
    talk = await down.signed_in(who)
    before = len(down.world.trail())
    said = await talk.runs(skill.action, SAYING.get(skill.intent, skill.intent.replace("_", " ")))
    assert said.refused == "forbidden"
    assert len(said.texts) == 1
    assert "please" in said.texts[0].lower()
    assert said.cards == []
    assert down.calls == []
    trail = down.world.trail()[before:]
    denied = [record for record in trail if record["tag"] == "operation:guard:deny"]
    assert denied
    assert {record["operation"] for record in denied} <= skill.operations


@pytest.mark.parametrize(("skill", "who"), RIGHT, ids=ids)
async def test_the_right_person_reaches_the_operation(down: Bot, skill: Skill, who: str) -> None:
    talk = await down.signed_in(who)
    said = await talk.runs(skill.action, SAYING.get(skill.intent, skill.intent.replace("_", " ")))
    reached = {name for name, _ in down.calls} & skill.operations
    # What has nothing to read first is shown to the person before anything is called, and of a
    # document the page gets a link.
    reached |= {one["operation"] for one in down.world.trail("operation:document:link")}
    assert reached or said.refused == "confirmation_required"


@pytest.mark.parametrize("skill", [each for each in SKILLS if each.closed], ids=ids)
async def test_a_visitor_is_asked_to_sign_in(down: Bot, skill: Skill) -> None:
    talk = await down.visitor()
    said = await talk.runs(skill.action, SAYING.get(skill.intent, skill.intent.replace("_", " ")))
    assert said.refused == "authentication_required"
    assert down.calls == []


def test_every_intent_of_the_contract_leads_somewhere() -> None:
    lead = dict(rules())
    contract = set(yaml.safe_load((PROJECT / "domain.yml").read_text("utf-8"))["intents"])
    assert contract <= set(lead)
