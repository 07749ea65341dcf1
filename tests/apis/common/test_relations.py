"""Relations of every kind that an API decides, and policies that no API starts with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apis.common.model import Owner
from apis.common.problems import ProblemError
from apis.common.relations import Found, RelationBroken, Relations, person, read_relations
from security.policy import PolicyError, PolicyFailure

# A clinic, a company and a shop in one: the patient owns; the physician is in the care team, or
# breaks the glass with a reason; the desk sees appointments; a manager approves for their
# people; an agent acts for a customer who has consented.
SCHEMA = """
entity Record { tenant: Tenant, owner: Subject, care_team: Set<Subject> };
entity Appointment { tenant: Tenant, owner: Subject };
entity Leave { tenant: Tenant, owner: Subject, manager: Subject };
entity Purchase { tenant: Tenant, owner: Subject, consent: Bool };
action read_record appliesTo { principal: [Subject], resource: [Record] };
action break_glass
  appliesTo { principal: [Subject], resource: [Record], context: { reason: String } };
action list_day appliesTo { principal: [Subject], resource: [Appointment] };
action approve appliesTo { principal: [Subject], resource: [Leave] };
action cancel appliesTo { principal: [Subject], resource: [Purchase] };
"""
POLICIES = """
@id("own-record") permit (principal, action == Action::"read_record", resource)
when { resource.owner == principal };
@id("care-team") permit (principal, action == Action::"read_record", resource)
when { resource.care_team.contains(principal) };
@id("glass") permit (principal in Group::"physicians", action == Action::"break_glass", resource)
when { context.reason != "" };
@id("desk") permit (principal in Group::"desk", action == Action::"list_day", resource);
@id("manager") permit (principal, action == Action::"approve", resource)
when { resource.manager == principal };
@id("agent") permit (principal in Group::"agents", action == Action::"cancel", resource)
when { resource.consent };
"""

DANA, ROB = Owner("clinic", "dana"), Owner("clinic", "rob")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "all.cedarschema").write_text(SCHEMA)
    (tmp_path / "all.cedar").write_text(POLICIES)
    return tmp_path


@pytest.fixture
def relations(folder: Path) -> Relations:
    return read_relations(folder)


def record(*team: str, tenant: str = "clinic", owner: str = "pat") -> Found:
    return Found("Record", tenant, owner, (("care_team", frozenset(map(person, team))),))


def may(relations: Relations, who: Owner, action: str, what: Found, **given: Any) -> bool:
    try:
        relations.require(who, action, what, **given)
    except ProblemError as refused:
        return refused.code != "not_found"
    return True


def test_a_patient_and_their_care_team_read_a_record(relations: Relations) -> None:
    """ASVS 8.2.2."""
    for who, expected in (("pat", True), ("dana", True), ("quinn", False), ("rob", False)):
        caller = Owner("clinic", who)
        assert may(relations, caller, "read_record", record("dana", "eve")) is expected
    assert not may(relations, DANA, "read_record", record())
    assert not may(relations, DANA, "read_record", record("dana "))


def test_a_namesake_of_another_tenant_is_somebody_else(relations: Relations) -> None:
    """ASVS 8.4.1: pairwise names mean nothing outside their tenant."""
    for who in ("pat", "dana"):
        stranger = Owner("globex", who)
        assert not may(relations, stranger, "read_record", record("dana"))
        assert not may(relations, Owner("clinic", who), "read_record", record(tenant="globex"))


@pytest.mark.parametrize(("reason", "groups", "expected"), [
    ("unconscious after a fall", {"physicians"}, True),
    ("", {"physicians"}, False),
    ("unconscious after a fall", {"desk"}, False),
    ("unconscious after a fall", set(), False),
])  # fmt: skip
def test_the_glass_breaks_for_a_physician_with_a_reason(
    relations: Relations, reason: str, groups: set[str], expected: bool
) -> None:
    """HIPAA 164.312(a)(2)(ii)."""
    given = {"reason": reason, "groups": frozenset(groups)}
    assert may(relations, DANA, "break_glass", record(), **given) is expected


def test_the_desk_sees_the_day_and_no_record(relations: Relations) -> None:
    desk = frozenset({"desk"})
    day = [Found("Appointment", "clinic", name) for name in ("pat", "quinn")]
    relations.require_all(ROB, "list_day", day, groups=desk)
    assert not may(relations, ROB, "read_record", record(), groups=desk)
    with pytest.raises(RelationBroken):
        relations.require_all(ROB, "list_day", day)


def test_one_foreign_row_spoils_a_whole_list(relations: Relations) -> None:
    """ASVS 8.4.1: a query that lost its condition shows nothing at all."""
    desk = frozenset({"desk"})
    day = [Found("Appointment", "clinic", "pat")] * 50
    relations.require_all(ROB, "list_day", day, groups=desk)
    with pytest.raises(RelationBroken):
        relations.require_all(ROB, "list_day", [*day, Found("Appointment", "c2", "p")], groups=desk)


def test_rows_of_one_owner_are_told_apart(relations: Relations) -> None:
    """ASVS 8.2.2: what one row of somebody's allows says nothing of another row of theirs."""
    bought = [Found("Purchase", "shop", "carl", (("consent", one),)) for one in (True, False)]
    agents, sue = frozenset({"agents"}), Owner("shop", "sue")
    relations.require_all(sue, "cancel", bought[:1], groups=agents)
    for rows in (bought, bought[::-1]):
        with pytest.raises(RelationBroken):
            relations.require_all(sue, "cancel", rows, groups=agents)
    relations.require_all(sue, "cancel", [], groups=agents)


def test_a_manager_approves_for_their_own_people(relations: Relations) -> None:
    leave = Found("Leave", "globex", "erin", (("manager", person("mark")),))
    for who, expected in (("mark", True), ("erin", False), ("hana", False)):
        assert may(relations, Owner("globex", who), "approve", leave) is expected


@pytest.mark.parametrize("consent", [True, False])
def test_an_agent_acts_for_whoever_consented(relations: Relations, consent: bool) -> None:
    bought = Found("Purchase", "shop", "carl", (("consent", consent),))
    agents = frozenset({"agents"})
    assert may(relations, Owner("shop", "sue"), "cancel", bought, groups=agents) is consent
    assert not may(relations, Owner("shop", "sue"), "cancel", bought)


def test_an_action_that_nothing_declares_is_denied(relations: Relations) -> None:
    """ASVS 8.2.1."""
    assert not may(relations, DANA, "burn", record("dana"))


UNFIT = {
    "a fact that is missing": Found("Record", "clinic", "pat"),
    "a fact of another type": Found("Record", "clinic", "pat", (("care_team", "dana"),)),
    "a kind that does not exist": Found("Diary", "clinic", "pat"),
    "a kind that the action is not for": Found("Appointment", "clinic", "dana"),
}


@pytest.mark.parametrize("what", UNFIT.values(), ids=UNFIT)
def test_facts_that_do_not_fit_decide_nothing(relations: Relations, what: Found) -> None:
    """ASVS 16.5.3."""
    with pytest.raises(PolicyFailure):
        relations.require(DANA, "read_record", what)


def test_an_api_without_policies_or_schema_does_not_start(folder: Path) -> None:
    """ASVS 16.5.3."""
    for file in ("all.cedar", "all.cedarschema"):
        text = (folder / file).read_text()
        (folder / file).unlink()
        with pytest.raises(PolicyError):
            read_relations(folder)
        (folder / file).write_text("nonsense")
        with pytest.raises(PolicyError):
            read_relations(folder)
        (folder / file).write_text(text)


def test_no_permit_of_an_api_reaches_across_tenants(folder: Path) -> None:
    """ASVS 8.4.1."""
    (folder / "all.cedar").write_text('@id("all") permit (principal, action, resource);')
    relations = read_relations(folder)
    assert may(relations, DANA, "read_record", record())
    for tenant in ("globex", "", "Clinic", "clinic "):
        assert not may(relations, DANA, "read_record", record(tenant=tenant))
