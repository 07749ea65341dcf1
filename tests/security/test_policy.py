"""Cedar: every persona against every operation, and policies that nothing starts with."""

from __future__ import annotations

import shutil
from pathlib import Path

import cedarpy
import pytest

from security.policy import Policy, PolicyError
from security.seed import SeedPerson, read_people
from security.server import read_policy
from tests.security.world import PROJECT, Origin

POLICIES = PROJECT / "security" / "policies"
EVERYBODY = read_people(PROJECT / "demo" / "personas.yml").people

# The small model of the rules: who may ask for what, were it of their own tenant.
MAY = {
    "banking.list_accounts": {"customer"},
    "banking.list_recent_transactions": {"customer"},
    "banking.list_bills": {"customer"},
    "banking.payment_options": {"customer"},
    "banking.make_transfer": {"customer"},
    "banking.pay_bill": {"customer"},
    "banking.add_payee": {"customer"},
}


@pytest.fixture(scope="module")
def policy(origin: Origin) -> Policy:
    return read_policy(PROJECT, origin.operations)


def decide(policy: Policy, operation: str, *roles: str) -> bool:
    verdict = policy.decide(
        person="p", tenant="northwind-bank", roles=roles, operation=operation, api="banking"
    )
    return bool(verdict)


def test_the_model_names_every_operation(origin: Origin) -> None:
    """A new operation needs a row in the model above."""
    assert set(MAY) == set(origin.operations)


@pytest.mark.parametrize("operation", MAY)
@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.username)
def test_each_persona_may_what_the_model_says(
    policy: Policy, person: SeedPerson, operation: str
) -> None:
    """ASVS 8.2.2: the matrix of roles and operations."""
    verdict = policy.decide(
        person=person.username,
        tenant=person.tenant,
        roles=person.roles,
        operation=operation,
        api="banking",
    )
    assert bool(verdict) is bool(MAY[operation] & set(person.roles))


@pytest.mark.parametrize("operation", MAY)
def test_without_a_role_nothing_is_allowed(policy: Policy, operation: str) -> None:
    """ASVS 8.2.1: denied by default."""
    assert not decide(policy, operation)


ODD_ROLES = {
    "capitals": "Customer",
    "a blank": "customer ",
    "nothing": "",
    "a quote": 'customer"',
    "Cedar": 'Role::"customer"',
    "a lookalike": "сustomer",
    "a line's end": "customer\n",
    "a wildcard": "*",
    "very long": "c" * 10_000,
}


@pytest.mark.parametrize("role", ODD_ROLES.values(), ids=ODD_ROLES)
def test_a_role_that_looks_like_one_is_none(policy: Policy, role: str) -> None:
    """ASVS 8.2.1."""
    assert not decide(policy, "banking.list_accounts", role)


def test_an_admin_is_no_customer_unless_they_are_both(policy: Policy) -> None:
    assert not decide(policy, "banking.list_accounts", "admin")
    assert decide(policy, "banking.list_accounts", "admin", "customer")


@pytest.mark.parametrize(
    "operation",
    ["", "banking", "banking.", "banking.delete_accounts", "BANKING.LIST_ACCOUNTS", '" , "x'],
)
def test_an_operation_that_nothing_declares_is_denied(policy: Policy, operation: str) -> None:
    """ASVS 8.2.1."""
    assert not decide(policy, operation, "customer")


@pytest.mark.parametrize("odd", ["", '"', "\\", "\x00", "é", "a" * 10_000, '"} permit('])
def test_no_name_of_a_person_or_tenant_breaks_out_of_its_quotes(policy: Policy, odd: str) -> None:
    """ASVS 1.2.1: names are data; they neither allow nor fail."""
    verdict = policy.decide(
        person=odd, tenant=odd, roles=["teller"], operation="banking.list_accounts", api=odd
    )
    assert not verdict


class Folder:
    """A copy of the project's policies, to be changed."""

    def __init__(self, path: Path) -> None:
        shutil.copytree(POLICIES, path)
        self.path = path

    def add(self, text: str) -> None:
        (self.path / "added.cedar").write_text(text)

    def load(self) -> Policy:
        return Policy(self.path, list(MAY))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "policies")


UNSOUND = {
    "no Cedar": "permit everything;",
    "an unfinished policy": "permit (principal, action, resource",
    "an operation that nothing declares": 'permit (principal, action == Action::"x.y", resource);',
    "a kind of thing that does not exist": "permit (principal is Robot, action, resource);",
    "an attribute that does not exist": (
        "permit (principal, action, resource) when { principal.salary > 1 };"
    ),
    "a comparison that makes no sense": (
        'permit (principal, action, resource) when { principal.tenant > "a" };'
    ),
    "a role for a thing": 'permit (principal in Tenant::"x", action, resource);',
}


@pytest.mark.parametrize("text", UNSOUND.values(), ids=UNSOUND)
def test_policies_that_do_not_hold_do_not_start(folder: Folder, text: str) -> None:
    """ASVS 16.5.3: validated against the schema at start."""
    folder.add(text)
    with pytest.raises(PolicyError):
        folder.load()


@pytest.mark.parametrize("schema", ["", "entity", "entity User;", "{}", "\x00"])
def test_a_schema_that_does_not_hold_does_not_start(folder: Folder, schema: str) -> None:
    (folder.path / "schema.cedarschema").write_text(schema)
    with pytest.raises(PolicyError):
        folder.load()


def test_without_any_policy_everything_is_denied(folder: Folder) -> None:
    """ASVS 8.2.1."""
    for file in folder.path.glob("*.cedar"):
        file.unlink()
    assert not decide(folder.load(), "banking.list_accounts", "customer")


def test_no_permit_reaches_across_tenants(folder: Folder) -> None:
    """ASVS 8.4.1: even a policy that allows everything is kept to the tenant's own."""
    folder.add("permit (principal, action, resource);")
    assert decide(folder.load(), "banking.list_accounts")
    entities = [
        {"uid": {"type": "User", "id": "p"}, "attrs": {"tenant": _tenant("a")}, "parents": []},
        {"uid": {"type": "Service", "id": "b/x"}, "attrs": {"tenant": _tenant("b")}, "parents": []},
    ]
    request = {
        "principal": 'User::"p"',
        "action": 'Action::"banking.list_accounts"',
        "resource": 'Service::"b/x"',
        "context": {},
    }
    text = "\n".join(file.read_text() for file in folder.path.glob("*.cedar"))
    verdict = cedarpy.is_authorized(request, text, entities)
    assert verdict.decision == cedarpy.Decision.Deny


def _tenant(name: str) -> dict[str, dict[str, str]]:
    return {"__entity": {"type": "Tenant", "id": name}}


def test_a_policy_that_fails_while_it_decides_does_not_allow(folder: Folder) -> None:
    """ASVS 16.5.3: an error beside an allow is a denial."""
    folder.add(
        "permit (principal, action, resource) when { principal.tenant == resource.tenant };\n"
        '@id("overflows")\nforbid (principal, action, resource)'
        " when { 9223372036854775807 + 1 > 0 };"
    )
    assert not decide(folder.load(), "banking.list_accounts", "customer")
