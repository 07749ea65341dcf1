"""Who may ask for which operation: facts of a session and an operation, put to Cedar.

Each API has a policy set of its own: the rules for all (`base.cedar`, `proof.cedar`) and its own
permits (`<api>.cedar`). So a permit of one API cannot open another, and a decision costs what
that API's rules cost, however many others there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from security.operations.classes import CLASSES
from security.operations.operation import Operation
from security.policy import (
    Entity,
    Policy,
    PolicyError,
    Prepared,
    Uid,
    Verdict,
    forbids_only,
)
from security.roles import ROLES

SCHEMA, BASE, PROOF = "schema.cedarschema", "base.cedar", "proof.cedar"

_KEPT = 1_024
"""How many requests each API keeps ready: a few for each operation, role and tenant."""


@dataclass(frozen=True)
class ApprovalFact:
    """The approval that an operation comes with; see `schema.cedarschema`."""

    method: str
    age: int
    exact: bool
    small: bool


@dataclass(frozen=True)
class Facts:
    """What is known of who asks. Ages are whole seconds; None is what never was.

    `tenant` and `roles` are the person's; without a person they are None and empty.
    `session_tenant` is the tenant that the session belongs to.
    """

    tenant: str | None
    roles: tuple[str, ...]
    session_tenant: str | None
    channel: str
    assurance: str
    proof_age: int | None = None
    email_age: int | None = None
    approval: ApprovalFact | None = None
    purpose: str | None = None


class Access:
    """The policies of all APIs, with an action for each declared operation."""

    def __init__(self, folder: Path, operations: Mapping[str, Operation]) -> None:
        """Raises `PolicyError` where policies or schema are missing or do not hold."""
        apis = {operation.api for operation in operations.values()}
        stray = {path.stem for path in folder.glob("*.cedar")} - apis - _names(BASE, PROOF)
        if stray:
            raise PolicyError(f"no manifest declares an API for {', '.join(sorted(stray))}.cedar")
        self._apis = {api: _ApiAccess(folder, api, operations) for api in apis}

    def may(self, operation: Operation, facts: Facts) -> Verdict:
        """Tell whether they may at all, whatever they have still to prove.

        Raises `PolicyFailure`; so does `allows`.
        """
        return self._apis[operation.api].may(operation, facts)

    def allows(self, operation: Operation, facts: Facts) -> Verdict:
        """Tell whether it may happen, with what is proved. This is the decision."""
        return self._apis[operation.api].allows(operation, facts)


class _ApiAccess:
    """The policies of one API, twice: without and with those that a proof can mend."""

    def __init__(self, folder: Path, api: str, operations: Mapping[str, Operation]) -> None:
        mine = [each for each in operations.values() if each.api == api]
        schema = _read(folder / SCHEMA) + "".join(_declared(mine))
        own = folder / f"{api}.cedar"
        # An API without a file permits nothing. Without the rules for all, nothing starts.
        permits = _read(own) if own.exists() else ""
        base = [_read(folder / BASE), permits]
        proof = _read(folder / PROOF)
        self._may = Policy(base, schema)
        self._allows = Policy([*base, proof], schema)
        if not forbids_only(proof):
            raise PolicyError(f"{PROOF} may forbid only: what it permits, no role would")
        # What is kept are entities, never a decision: they follow from their arguments alone.
        self._prepared = lru_cache(_KEPT)(self._prepare)
        self._operations = {each.name: each for each in mine}

    def may(self, operation: Operation, facts: Facts) -> Verdict:
        return self._decide(self._may, operation, facts)

    def allows(self, operation: Operation, facts: Facts) -> Verdict:
        return self._decide(self._allows, operation, facts)

    def _decide(self, policy: Policy, operation: Operation, facts: Facts) -> Verdict:
        roles = frozenset(facts.roles) & ROLES
        who = (facts.tenant, roles, facts.session_tenant)
        return policy.decide(self._prepared(operation.name, *who), _context(facts))

    def _prepare(
        self, name: str, tenant: str | None, roles: frozenset[str], session: str | None
    ) -> Prepared:
        door = _door(self._operations[name], session)
        return self._allows.prepare(_principal(tenant, roles), name, door)


def _principal(tenant: str | None, roles: frozenset[str]) -> Entity:
    """No policy of security speaks of one person, so none is named: the ids say nothing."""
    if tenant is None:
        return Entity(Uid("Visitor", "visitor"))
    parents = tuple(Uid("Role", role) for role in sorted(roles))
    return Entity(Uid("User", "user"), {"tenant": Uid("Tenant", tenant)}, parents)


def _door(operation: Operation, session_tenant: str | None) -> Entity:
    attrs: dict[str, Any] = {
        "api": operation.api,
        "scope": operation.scope,
        "scope_api": operation.scope.partition(":")[0],
        "writes": operation.is_write,
        "purposes": operation.purposes,
        "email_code": operation.email_code,
    }
    if session_tenant is not None:
        attrs["tenant"] = Uid("Tenant", session_tenant)
    return Entity(Uid("Door", operation.scope), attrs)


def _context(facts: Facts) -> dict[str, Any]:
    context: dict[str, Any] = {"assurance": facts.assurance, "channel": facts.channel}
    if facts.proof_age is not None:
        context["proof_age"] = facts.proof_age
    if facts.email_age is not None:
        context["email_age"] = facts.email_age
    if facts.purpose is not None:
        context["purpose"] = facts.purpose
    if facts.approval is not None:
        given = facts.approval
        context["approval"] = {
            "method": given.method,
            "age": given.age,
            "exact": given.exact,
            "small": given.small,
        }
    return context


def _declared(operations: list[Operation]) -> Iterator[str]:
    """Yield the part of the schema that the manifests and the table of roles know."""
    yield f"\nentity Role enum [{', '.join(map(_quoted, sorted(ROLES)))}];\n"
    for kind in CLASSES:
        names = sorted(each.name for each in operations if each.kind == kind)
        if names:
            yield (
                f'action {", ".join(map(_quoted, names))} in [Action::"{kind}"] appliesTo '
                "{ principal: [User, Visitor], resource: [Door], context: Facts };\n"
            )


def _quoted(name: str) -> str:
    return f'"{name}"'


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeError):
        raise PolicyError(f"{file.name} is missing or cannot be read") from None


def _names(*files: str) -> set[str]:
    return {Path(file).stem for file in files}
