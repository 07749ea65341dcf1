"""Security's policies: who may, what no permit can override, and what each class wants proved."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from security.access import Access, ApprovalFact, Facts
from security.embedding import is_enough_for
from security.operations.classes import CLASSES
from security.operations.operation import Operation
from security.policy import Verdict
from security.roles import ROLES
from security.server import read_access
from tests.access.rules import LEAST, OPERATIONS, Approved, is_proved
from tests.security.policies import CUSTOMER, DECLARED, Folder
from tests.security.world import PROJECT

LEVELS = ("none", "aal1", "aal2", "aal3")
READ, WRITE = DECLARED["banking.list_accounts"], DECLARED["banking.make_transfer"]


ALL = '@id("all") permit (principal, action, resource);'
PURPOSE = "treatment"


def _of_class(kind: str, like: Operation = READ) -> Operation:
    name = f"banking.{kind}_{'write' if like.is_write else 'read'}"
    return replace(like, name=name, kind=kind, demand=CLASSES[kind])


EVERY_CLASS = {
    made.name: made for kind in CLASSES for made in (_of_class(kind), _of_class(kind, WRITE))
}
SICK = "banking.sensitive_read"
EVERY_CLASS[SICK] = replace(EVERY_CLASS[SICK], purposes=frozenset({PURPOSE}))


@pytest.fixture(scope="module")
def access() -> Access:
    return read_access(PROJECT, DECLARED)


@pytest.fixture(scope="module")
def all_permitted(tmp_path_factory: pytest.TempPathFactory) -> Access:
    """Every class, read and written, and a permit for everybody and everything."""
    path = tmp_path_factory.mktemp("open") / "policies"
    made = Folder(path, EVERY_CLASS)
    (path / "banking.cedar").write_text(ALL)
    return made.load()


# Who may


def test_the_table_of_rules_names_every_operation_with_its_class() -> None:
    """A new operation needs a row in tests/access/rules.py."""
    assert {name: rule.kind for name, rule in OPERATIONS.items()} == {
        name: operation.kind for name, operation in DECLARED.items()
    }


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_may_what_the_table_says(access: Access, role: str, name: str) -> None:
    """ASVS 8.2.2."""
    facts = replace(CUSTOMER, roles=(role,), purpose=OPERATIONS[name].purpose)
    verdict = access.may(DECLARED[name], facts)
    assert bool(verdict) is (role in OPERATIONS[name].roles or OPERATIONS[name].kind == "open")


@pytest.mark.parametrize("name", [name for name in OPERATIONS if OPERATIONS[name].kind != "open"])
def test_without_a_role_nothing_is_allowed(access: Access, name: str) -> None:
    """ASVS 8.2.1: denied by default."""
    nobody = replace(CUSTOMER, roles=(), purpose=OPERATIONS[name].purpose)
    assert access.may(DECLARED[name], nobody) == Verdict(False)
    assert not access.allows(DECLARED[name], nobody)


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
def test_a_role_that_looks_like_one_is_none(access: Access, role: str) -> None:
    """ASVS 8.2.1."""
    assert not access.may(READ, replace(CUSTOMER, roles=(role,)))


def test_an_admin_is_no_customer_unless_they_are_both(access: Access) -> None:
    assert not access.may(READ, replace(CUSTOMER, roles=("admin",)))
    assert access.may(READ, replace(CUSTOMER, roles=("admin", "customer")))


@pytest.mark.parametrize("odd", ["", '"', "\\", "\x00", "é", "a" * 10_000, '"} permit('])
def test_no_name_of_a_tenant_breaks_out_of_its_quotes(access: Access, odd: str) -> None:
    """ASVS 1.2.1: names are data; they neither allow nor fail."""
    assert not access.allows(READ, replace(CUSTOMER, session_tenant=odd))
    assert access.allows(READ, replace(CUSTOMER, tenant=odd, session_tenant=odd))


# What no permit can override


@pytest.mark.parametrize("name", EVERY_CLASS)
def test_no_permit_reaches_across_tenants(all_permitted: Access, name: str) -> None:
    """ASVS 8.4.1."""
    for session_tenant in ("clinic", "ban", "BANK", "", None):
        stranger = replace(CUSTOMER, session_tenant=session_tenant)
        verdict = all_permitted.may(EVERY_CLASS[name], stranger)
        assert not verdict
        assert "own-tenant-only" in verdict.policies


@pytest.mark.parametrize("name", EVERY_CLASS)
def test_no_permit_lets_a_visitor_out_of_the_open_class(all_permitted: Access, name: str) -> None:
    """ASVS 8.2.1: not even one whose session claims to be strong."""
    visitor = Facts(None, (), None, "web", "aal3", 1)
    for facts in (visitor, replace(visitor, session_tenant="bank", roles=("customer",))):
        verdict = all_permitted.may(EVERY_CLASS[name], facts)
        assert bool(verdict) is (EVERY_CLASS[name].kind == "open")


def test_no_permit_shows_anything_sensitive_by_sms(all_permitted: Access) -> None:
    """The contract: a sender's number can be forged."""
    sick = EVERY_CLASS[SICK]
    asked = replace(CUSTOMER, purpose=PURPOSE)
    assert all_permitted.allows(sick, asked)
    by_sms = all_permitted.allows(sick, replace(asked, channel="sms"))
    assert by_sms == Verdict(False, ("nothing-sensitive-by-sms",))


@pytest.mark.parametrize("purpose", [None, "", "curiosity", "Treatment", "treatment "])
@pytest.mark.parametrize("kind", ["sensitive", "personal"])
def test_no_permit_shows_anything_but_for_a_declared_purpose(
    tmp_path: Path, kind: str, purpose: str | None
) -> None:
    """HIPAA 164.312(a)(1): what is sensitive always, anything else where its manifest says so."""
    declared = replace(_of_class(kind), purposes=frozenset({"treatment", "billing"}))
    made = Folder(tmp_path / "p", {declared.name: declared})
    (made.path / "banking.cedar").write_text(ALL)
    access = made.load()
    assert access.may(declared, replace(CUSTOMER, purpose="billing"))
    verdict = access.may(declared, replace(CUSTOMER, purpose=purpose))
    assert verdict == Verdict(False, ("for-a-declared-purpose",))


def test_what_is_sensitive_but_declares_no_purpose_is_never_shown(all_permitted: Access) -> None:
    """HIPAA 164.312(a)(1)."""
    undeclared = EVERY_CLASS["banking.sensitive_write"]
    for purpose in (None, "", PURPOSE):
        assert not all_permitted.may(undeclared, replace(CUSTOMER, purpose=purpose))


SCOPES = {
    "of another API": (READ, "hr:accounts:read", "scope-of-this-api"),
    "of a namesake": (READ, "bankings:accounts:read", "scope-of-this-api"),
    "that writes, to read": (READ, "banking:transfers:write", "write-scope-for-writes"),
    "that reads, to write": (WRITE, "banking:accounts:read", "write-scope-for-writes"),
    "that only begins to write": (WRITE, "banking:transfers:writes", "write-scope-for-writes"),
}


@pytest.mark.parametrize(("operation", "scope", "policy"), SCOPES.values(), ids=SCOPES)
def test_a_manifest_cannot_widen_a_scope(
    tmp_path: Path, operation: Operation, scope: str, policy: str
) -> None:
    """RFC 8693: a token's scope never exceeds its operation, whatever a manifest says."""
    wide = replace(operation, scope=scope)
    access = Folder(tmp_path / "p", {**DECLARED, wide.name: wide}).load()
    assert access.may(wide, CUSTOMER) == Verdict(False, (policy,))


def test_a_plain_operation_cannot_change_anything(all_permitted: Access) -> None:
    """The contract: the class plain is for questions."""
    verdict = all_permitted.may(EVERY_CLASS["banking.plain_write"], CUSTOMER)
    assert verdict == Verdict(False, ("plain-changes-nothing",))


# What is proved: the table of classes, at its boundaries


AGES = (None, -1, 0, 1, 299, 300, 301, 899, 900, 901, 10**9)
METHODS = ("totp", "passkey", "push", "sms", "email", "recovery", "")
APPROVALS = [
    Approved(method, age, exact, small)
    for method, age, exact, small in product(
        METHODS, (-1, 0, 59, 60, 61), (True, False), (True, False)
    )
]


@pytest.mark.parametrize("channel", ["web", "sms", "embed"])
@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_each_class_wants_what_the_contract_says(
    all_permitted: Access, kind: str, channel: str
) -> None:
    """ASVS 6.3.4, 7.5.1, RFC 9470: with everything permitted, all of it is still wanted."""
    name = f"banking.{kind}_{'write' if kind == 'binding' else 'read'}"
    asked = replace(CUSTOMER, channel=channel, purpose=PURPOSE)
    states = product(range(4), AGES, [None, APPROVALS[0]])
    if kind == "binding":
        states = product(range(4), [None, 0], [None, *APPROVALS])
    for level, age, approved in states:
        fact = ApprovalFact(**vars(approved)) if approved else None
        facts = replace(asked, assurance=LEVELS[level], proof_age=age, approval=fact)
        expected = is_proved(kind, level, age, approved, channel)
        if kind == "sensitive" and channel == "sms":
            expected = False
        assert bool(all_permitted.allows(EVERY_CLASS[name], facts)) is expected, facts


@pytest.mark.parametrize("level", ["aal1", "aal2", "aal3"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_inside_another_site_every_operation_stays_within_aal1(
    access: Access, name: str, level: str
) -> None:
    """ASVS 6.3.4: with a fresh proof and an approval too, by both readings of the table."""
    operation, rule = DECLARED[name], OPERATIONS[name]
    approval = ApprovalFact(method="totp", age=0, exact=True, small=True)
    facts = replace(
        CUSTOMER,
        roles=tuple(sorted(rule.roles)),
        channel="embed",
        assurance=level,
        proof_age=0,
        email_age=0,
        approval=approval,
        purpose=rule.purpose,
    )
    within = LEAST[rule.kind] <= 1
    assert bool(access.allows(operation, facts)) is within
    assert is_enough_for(operation.demand) is within


@pytest.mark.parametrize("level", ["", "AAL2", "aal4", "aal2 ", "2", "high"])
@pytest.mark.parametrize("kind", [kind for kind, least in LEAST.items() if least])
def test_a_level_that_nobody_knows_is_none(all_permitted: Access, kind: str, level: str) -> None:
    facts = replace(CUSTOMER, assurance=level, purpose=PURPOSE)
    assert not all_permitted.allows(EVERY_CLASS[f"banking.{kind}_read"], facts)


# A code by email, for the little that says it will do


BY_EMAIL = [name for name, operation in DECLARED.items() if operation.email_code]
EMAIL_AGES = {None: False, -1: False, 0: True, 899: True, 900: False}


@pytest.mark.parametrize("name", BY_EMAIL)
@pytest.mark.parametrize(("age", "enough"), EMAIL_AGES.items())
def test_a_code_by_email_lasts_a_quarter_of_an_hour(
    access: Access, name: str, age: int | None, enough: bool
) -> None:
    """ASVS 6.3.4: beside the password, at the page alone, and for nothing else."""
    operation, rule = DECLARED[name], OPERATIONS[name]
    facts = replace(
        CUSTOMER,
        roles=tuple(sorted(rule.roles)),
        assurance="aal1",
        proof_age=None,
        email_age=age,
        purpose=rule.purpose,
    )
    assert bool(access.allows(operation, facts)) is enough
    assert not access.allows(operation, replace(facts, channel="sms"))
    assert not access.allows(operation, replace(facts, assurance="none"))


def test_a_code_by_email_opens_nothing_that_does_not_say_so(all_permitted: Access) -> None:
    """ASVS 6.3.4."""
    asked = replace(CUSTOMER, assurance="aal1", proof_age=None, email_age=0)
    assert BY_EMAIL
    assert not all_permitted.allows(EVERY_CLASS["banking.personal_read"], asked)
