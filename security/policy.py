"""Cedar decides who may ask for which operation; parsed and validated once, at start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cedarpy


class PolicyError(ValueError):
    """Policies that do not parse or do not fit their schema; nothing starts with them."""


@dataclass(frozen=True)
class Verdict:
    """The decision with the ids of the policies that made it; falsy where it denies."""

    allowed: bool
    policies: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.allowed


class Policy:
    """The policy set of the bot, with an action for each declared operation."""

    def __init__(self, folder: Path, operations: Iterable[str]) -> None:
        text = "\n".join(path.read_text() for path in sorted(folder.glob("*.cedar")))
        schema_text = (folder / "schema.cedarschema").read_text() + _actions(operations)
        try:
            self._schema = cedarpy.Schema.from_str(schema_text)
            self._policies = cedarpy.PolicySet.from_str(text)
        except ValueError as error:
            raise PolicyError(str(error)) from None
        checked = cedarpy.validate_policies(text, self._schema)
        if not checked.validation_passed:
            raise PolicyError("; ".join(str(error.error) for error in checked.errors))
        self._operations = frozenset(operations)

    def decide(
        self, *, person: str, tenant: str, roles: Iterable[str], operation: str, api: str
    ) -> Verdict:
        """Tell whether `person` of `tenant` may ask for `operation` of this tenant's `api`.

        Anything but a clean Allow denies: an error in the evaluation, an unknown operation.
        """
        if operation not in self._operations:
            return Verdict(False, ())
        tenant_id = {"type": "Tenant", "id": tenant}
        user, service = {"type": "User", "id": person}, {"type": "Service", "id": f"{tenant}/{api}"}
        parents = [{"type": "Role", "id": role} for role in roles]
        entities = [
            {"uid": user, "attrs": {"tenant": {"__entity": tenant_id}}, "parents": parents},
            {"uid": service, "attrs": {"tenant": {"__entity": tenant_id}}, "parents": []},
        ]
        request = {
            "principal": user,
            "action": {"type": "Action", "id": operation},
            "resource": service,
            "context": {},
        }
        result = cedarpy.is_authorized(request, self._policies, entities, self._schema)
        allowed = result.decision == cedarpy.Decision.Allow and not result.diagnostics.errors
        return Verdict(allowed, tuple(result.diagnostics.reasons))


def _actions(operations: Iterable[str]) -> str:
    names = ", ".join(f'"{name}"' for name in sorted(operations))
    return f"\naction {names} appliesTo {{ principal: [User], resource: [Service] }};\n"
